//! `loop { match … }`: the reference, and the mode for debug builds and Miri.

use super::Backend;
use crate::{
    exec::{Ctx, Exit, Flow, Regs, generated},
    op::Op,
};

/// See the module.
pub(crate) struct Match;

/// Handler word of the cell that ends an activation; opcodes start at 1.
const HALT: i32 = 0;

macro_rules! match_loop {
    ($(($name:ident, $variant:ident, $words:literal))*) => {
        #[allow(non_upper_case_globals, reason = "named as the ops are")]
        mod code {
            $(pub(super) const $name: i32 = crate::op::Op::$variant as i32;)*
        }

        impl Backend for Match {
            fn handler(op: Option<Op>) -> i32 {
                op.map_or(HALT, |op| op as i32)
            }

            unsafe fn enter(ctx: &mut Ctx) {
                // Field by field: a register file passed by value would be kept in memory.
                let mut r = Regs { ip: ctx.ip, fp: ctx.fp, mem: ctx.mem, len: ctx.mem_len, acc: ctx.acc };
                let exit = loop {
                    #[cfg(feature = "profile")]
                    crate::profile::step(r.ip);
                    // SAFETY: V2: `ip` stands on a linked cell; V1-V6 are the caller's, and each
                    // body leaves `r` on a linked cell again.
                    let (flow, words) = unsafe {
                        match (*r.ip).handler {
                            $(code::$name => (generated::$name(ctx, &mut r), $words),)*
                            _ => break Exit::DONE,
                        }
                    };
                    match flow {
                        // SAFETY: V2: an op that falls through is followed by another.
                        Flow::Next => r.ip = unsafe { r.ip.add(words) },
                        Flow::Jump => {}
                        Flow::Yield => break Exit::YIELD,
                        Flow::Trap(code) => break Exit::trap(code),
                        Flow::Slow(op) => break Exit::slow(op),
                    }
                };
                ctx.exit = exit;
                ctx.ip = r.ip;
                ctx.fp = r.fp;
                ctx.acc = r.acc;
            }
        }
    };
}

generated::for_each_handler!(match_loop);
