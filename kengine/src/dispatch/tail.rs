//! Tail dispatch: every handler ends in a jump to the next one.
//!
//! The machine registers are the handlers' arguments, so the calling convention keeps them in
//! processor registers. A cell holds its handler's address: a distance of 32 bits from a fixed
//! function would make cells smaller by a quarter and every op two instructions longer.
//!
//! One file, expanded once per keyword: [`by_return`] relies on the optimiser (opt-level >= 2 turns
//! a call in tail position into a jump, which a test with 10^8 ops on a small stack guards),
//! [`by_become`] on the compiler, which refuses to build a call that is not a tail call.

use super::Backend;
use crate::{
    exec::{Cell, Ctx, Exit, Flow, Regs, apart, call, generated},
    op::Op,
};

/// A handler: `ctx ip fp mem mem_len acc`, six integer argument registers.
type Handler = unsafe fn(*mut Ctx, *const Cell, *mut u64, *mut u8, usize, u64);

macro_rules! tail_mode {
    ($module:ident, $go:ident, $d:tt) => {
        pub(crate) mod $module {
            use super::*;

            /// See the file's head.
            pub(crate) struct Tail;

            /// Ends an activation.
            unsafe fn halt(c: *mut Ctx, ip: *const Cell, fp: *mut u64, mem: *mut u8, len: usize, acc: u64) {
                // SAFETY: `c` is the context that `enter` was given.
                unsafe { (*c).exit = Exit::DONE };
                let leave: Handler = leave;
                $go!(leave, c, ip, fp, mem, len, acc)
            }

            /// Saves the machine registers and leaves the loop.
            #[cold]
            #[inline(never)]
            unsafe fn leave(c: *mut Ctx, ip: *const Cell, fp: *mut u64, _: *mut u8, _: usize, acc: u64) {
                // SAFETY: `c` is the context that `enter` was given.
                unsafe {
                    (*c).ip = ip;
                    (*c).fp = fp;
                    (*c).acc = acc;
                }
            }

            /// Goes on with a call of an import: the handlers of such calls save no registers.
            #[inline(never)]
            unsafe fn import(c: *mut Ctx, ip: *const Cell, fp: *mut u64, mem: *mut u8, len: usize, acc: u64) {
                let mut r = Regs { ip, fp, mem, len, acc };
                // SAFETY: V1-V6 are the caller's, which has put the import's index into `acc`.
                let flow = unsafe { call::import(&mut *c, &mut r) };
                let exit = match flow {
                    Flow::Next | Flow::Jump | Flow::Import => {
                        // SAFETY: V2: `ip` stands on a linked cell again.
                        let next = unsafe { next(r.ip) };
                        $go!(next, c, r.ip, r.fp, r.mem, r.len, r.acc)
                    }
                    Flow::Yield => Exit::YIELD,
                    Flow::Trap(code) => Exit::trap(code),
                    Flow::Slow(op) => Exit::slow(op),
                };
                // SAFETY: `c` is the context that `enter` was given.
                unsafe { (*c).exit = exit };
                let leave: Handler = leave;
                $go!(leave, c, r.ip, r.fp, r.mem, r.len, r.acc)
            }

            /// The handler of the cell at `ip`.
            ///
            /// # Safety
            /// V2: a cell linked for this mode.
            #[inline(always)]
            unsafe fn next(ip: *const Cell) -> Handler {
                // SAFETY: V2: the linker has put the address of a handler there.
                unsafe { core::mem::transmute::<usize, Handler>((*ip).handler) }
            }

            macro_rules! handlers {
                        (
                            rows { $d (($d row:ident, $d variant:ident, $d row_words:literal, $d _n:literal))* }
                            alternates { $d (($d other:ident, $d of:ident, $d other_words:literal, $d _m:literal, $d sse:pat, $d mask:pat))* }
                        ) => {
                            mod handler {
                                use super::*;
                                $d (handlers! { $d row, $d row_words })*
                                $d (handlers! { $d other, $d other_words })*
                            }

                            impl Backend for Tail {
                                fn handler(op: Option<Op>, sse: bool, mask: bool) -> usize {
                                    let handler: Handler = match (op, sse, mask) {
                                        (None, ..) => halt,
                                        $d ((Some(Op::$d of), $d sse, $d mask) => handler::$d other,)*
                                        $d ((Some(Op::$d variant), ..) => handler::$d row,)*
                                    };
                                    handler as usize
                                }

                                #[inline]
                                unsafe fn enter(ctx: &mut Ctx) {
                                    let (ip, fp, mem, len, acc) = (ctx.ip, ctx.fp, ctx.mem, ctx.mem_len, ctx.acc);
                                    // SAFETY: the caller's contract is the handlers'.
                                    unsafe { next(ip)(ctx, ip, fp, mem, len, acc) }
                                }
                            }
                        };
                        ($d name:ident, $d words:literal) => {
                                    pub(super) unsafe fn $d name(
                                        c: *mut Ctx, ip: *const Cell, fp: *mut u64, mem: *mut u8, len: usize, acc: u64,
                                    ) {
                                        let mut r = Regs { ip, fp, mem, len, acc };
                                        // SAFETY: V1-V6 are the caller's; `ip` stands on a cell of this op.
                                        let flow = unsafe { generated::$d name(&mut *c, &mut r) };
                                        // Two jumps, one for each way on: each predicts for itself.
                                        let exit = match flow {
                                            Flow::Next => {
                                                // SAFETY: V2: an op that falls through is followed by another.
                                                r.ip = unsafe { r.ip.add($d words) };
                                                // SAFETY: V2: `ip` stands on a linked cell again.
                                                let next = unsafe { next(r.ip) };
                                                $go!(next, c, r.ip, r.fp, r.mem, r.len, r.acc)
                                            }
                                            Flow::Jump => {
                                                // SAFETY: V2: `ip` stands on a linked cell again.
                                                let next = unsafe { next(r.ip) };
                                                apart();
                                                $go!(next, c, r.ip, r.fp, r.mem, r.len, r.acc)
                                            }
                                            Flow::Import => {
                                                let import: Handler = import;
                                                $go!(import, c, r.ip, r.fp, r.mem, r.len, r.acc)
                                            }
                                            Flow::Yield => Exit::YIELD,
                                            Flow::Trap(code) => Exit::trap(code),
                                            Flow::Slow(op) => Exit::slow(op),
                                        };
                                        // SAFETY: `c` is the context that `enter` was given.
                                        unsafe { (*c).exit = exit };
                                        let leave: Handler = leave;
                                        $go!(leave, c, r.ip, r.fp, r.mem, r.len, r.acc)
                                    }
                        };
                    }
            generated::for_each_handler!(handlers);
        }
    };
}

#[cfg(dispatch_return)]
macro_rules! go_return {
    ($next:expr, $($arg:expr),*) => {
        // SAFETY: the callee's contract is ours: V1-V6.
        return unsafe { $next($($arg),*) }
    };
}

#[cfg(dispatch_become)]
macro_rules! go_become {
    ($next:expr, $($arg:expr),*) => {
        // SAFETY: the callee's contract is ours: V1-V6.
        unsafe { become $next($($arg),*) }
    };
}

#[cfg(dispatch_return)]
tail_mode!(by_return, go_return, $);
#[cfg(dispatch_become)]
tail_mode!(by_become, go_become, $);
