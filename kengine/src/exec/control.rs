//! Control ops: constants, copies, branches.

#![allow(clippy::missing_safety_doc, reason = "every body has the contract of `crate::exec`: V1, V2, V5")]
#![allow(unused_variables, reason = "bodies share one signature")]

use super::{Ctx, Flow, Regs, generated::*, nospec, opaque};
use crate::trap::TrapCode;

/// Body of an op: its block runs under the contract V1, V2, V5.
macro_rules! bodies {
    ($($(#[$meta:meta])* fn $name:ident($c:ident, $r:ident) $body:block)*) => { $(
        $(#[$meta])*
        #[inline(always)]
        #[allow(unused_unsafe, reason = "some bodies only name a slow op")]
        pub(crate) unsafe fn $name($c: &mut Ctx, $r: &mut Regs) -> Flow {
            // SAFETY: V1, V2, V5: the op was checked and linked; `r` stands on its cell.
            unsafe { $body }
        }
    )* };
}
pub(crate) use bodies;

bodies! {
    fn unreachable(c, r) { Flow::Trap(TrapCode::Unreachable) }

    fn fuel(c, r) {
        let charge = r.x();
        r.ip = r.ip.add(1);
        c.pay(charge)
    }

    fn zero(c, r) {
        // A plain loop: most counts are small, and a call to memset would make the handler push.
        let dst = r.fp.add(usize::from(ZeroFields::dst_slot(r)));
        let len = usize::from(ZeroFields::count(r)) * 8;
        let mut at = 0;
        while at != len {
            dst.byte_add(at).write(0);
            at = opaque!(at + 8);
        }
        Flow::Next
    }

    fn copy(c, r) {
        let v = CopyFields::src(r);
        CopyFields::set_dst(r, v);
        Flow::Next
    }

    fn copy_a(c, r) {
        let v = r.acc;
        CopyAFields::set_dst(r, v);
        Flow::Next
    }

    fn copy_n(c, r) {
        r.acc = CopyNFields::src(r);
        Flow::Next
    }

    fn const_u(c, r) {
        r.acc = u64::from(ConstUFields::value(r));
        ConstUFields::set_dst(r, r.acc);
        Flow::Next
    }

    fn const_s(c, r) {
        // CAST: sign extension.
        r.acc = i64::from(ConstSFields::value(r) as i32) as u64;
        ConstSFields::set_dst(r, r.acc);
        Flow::Next
    }

    fn const_u_n(c, r) {
        r.acc = u64::from(ConstUNFields::value(r));
        Flow::Next
    }

    fn const_pool(c, r) {
        r.acc = *c.pool.add(ConstPoolFields::value(r) as usize);
        ConstPoolFields::set_dst(r, r.acc);
        Flow::Next
    }

    fn const_pool_n(c, r) {
        r.acc = *c.pool.add(ConstPoolNFields::value(r) as usize);
        Flow::Next
    }

    fn select(c, r) {
        let (lhs, rhs) = (SelectFields::lhs(r), SelectFields::rhs(r));
        r.acc = if SelectFields::cond(r) as u32 != 0 { lhs } else { rhs };
        SelectFields::set_dst(r, r.acc);
        Flow::Next
    }

    fn select_a(c, r) {
        let (lhs, rhs) = (SelectAFields::lhs(r), SelectAFields::rhs(r));
        r.acc = if r.acc as u32 != 0 { lhs } else { rhs };
        SelectAFields::set_dst(r, r.acc);
        Flow::Next
    }

    fn br(c, r) {
        r.jump32(BrFields::to(r));
        Flow::Jump
    }

    fn br_pay(c, r) {
        let charge = r.x();
        r.jump32(BrPayFields::to(r));
        c.pay(charge)
    }

    fn br_if_s(c, r) { jump_if(c, r, BrIfSFields::cond(r) as u32 != 0, BrIfSFields::to(r)) }
    fn br_if_s_pay(c, r) { pay_if(c, r, BrIfSPayFields::cond(r) as u32 != 0, BrIfSPayFields::to(r)) }
    fn br_if_a(c, r) { jump_if(c, r, r.acc as u32 != 0, BrIfAFields::to(r)) }
    fn br_if_a_pay(c, r) { pay_if(c, r, r.acc as u32 != 0, BrIfAPayFields::to(r)) }
    fn br_ifz_s(c, r) { jump_if(c, r, BrIfzSFields::cond(r) as u32 == 0, BrIfzSFields::to(r)) }
    fn br_ifz_s_pay(c, r) { pay_if(c, r, BrIfzSPayFields::cond(r) as u32 == 0, BrIfzSPayFields::to(r)) }
    fn br_ifz_a(c, r) { jump_if(c, r, r.acc as u32 == 0, BrIfzAFields::to(r)) }
    fn br_ifz_a_pay(c, r) { pay_if(c, r, r.acc as u32 == 0, BrIfzAPayFields::to(r)) }

    fn br_table(c, r) {
        let arm = arm(c, BrTableFields::index(r) as u32, BrTableFields::table(r));
        // Void at a leader: any value that is at hand leaves its register free.
        r.acc = arm;
        r.jump32(arm as u32);
        Flow::Jump
    }

    fn br_table_pay(c, r) {
        let arm = arm(c, BrTablePayFields::index(r) as u32, BrTablePayFields::table(r));
        r.acc = arm;
        r.jump32(arm as u32);
        // CAST: charges fit 16 bits (POLL_MAX).
        c.pay((arm >> 32) as u16)
    }

    fn br_table_a(c, r) {
        let arm = arm(c, r.acc as u32, BrTableAFields::table(r));
        r.acc = arm;
        r.jump32(arm as u32);
        Flow::Jump
    }

    fn br_table_a_pay(c, r) {
        let arm = arm(c, r.acc as u32, BrTableAPayFields::table(r));
        r.acc = arm;
        r.jump32(arm as u32);
        // CAST: charges fit 16 bits (POLL_MAX).
        c.pay((arm >> 32) as u16)
    }
}

/// # Safety
/// V2: `distance` is the op's.
#[inline(always)]
unsafe fn jump_if(_: &mut Ctx, r: &mut Regs, taken: bool, distance: u32) -> Flow {
    if !taken {
        return Flow::Next;
    }
    // SAFETY: V2.
    unsafe { r.jump32(distance) };
    Flow::Jump
}

/// # Safety
/// V2, V5: `distance` is the op's.
#[inline(always)]
unsafe fn pay_if(c: &mut Ctx, r: &mut Regs, taken: bool, distance: u32) -> Flow {
    if !taken {
        return Flow::Next;
    }
    // SAFETY: V2, V5.
    unsafe {
        let charge = r.x();
        r.jump32(distance);
        c.pay(charge)
    }
}

/// The arm of a branch table that an index selects.
///
/// # Safety
/// V2: `table` is the start of a table that the checker has seen.
#[inline(always)]
unsafe fn arm(c: &Ctx, index: u32, table: u32) -> u64 {
    // SAFETY: V2: at `table` stands the index of the last arm, then the arms.
    unsafe {
        let table = c.arms.add(table as usize);
        let last = *table as u32;
        *table.add(1 + nospec::clamp(index, last) as usize)
    }
}
