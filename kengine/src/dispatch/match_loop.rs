//! `loop { match … }`: the reference, and the mode for debug builds and Miri.

use super::Backend;
use crate::{
    exec::{Ctx, Exit, Flow, Regs, call::import, generated},
    op::Op,
};

/// See the module.
pub(crate) struct Match;

/// Handler word of the cell that ends an activation; opcodes start at 1.
const HALT: usize = 0;

macro_rules! match_loop {
    (
        rows { $(($name:ident, $variant:ident, $words:literal, $number:literal))* }
        alternates { $(($other:ident, $of:ident, $other_words:literal, $other_number:literal, $sse:pat, $mask:pat))* }
    ) => {
        impl Backend for Match {
            fn handler(op: Option<Op>, sse: bool, mask: bool) -> usize {
                match (op, sse, mask) {
                    (None, ..) => HALT,
                    $((Some(Op::$of), $sse, $mask) => $other_number,)*
                    (Some(op), ..) => op as usize,
                }
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
                            $($number => (generated::$name(ctx, &mut r), $words),)*
                            $($other_number => (generated::$other(ctx, &mut r), $other_words),)*
                            _ => break Exit::DONE,
                        }
                    };
                    // SAFETY: V1-V6, as above; the op's body has put the import's index where it belongs.
                    let flow = if flow == Flow::Import { unsafe { import(ctx, &mut r) } } else { flow };
                    match flow {
                        // SAFETY: V2: an op that falls through is followed by another.
                        Flow::Next => r.ip = unsafe { r.ip.add(words) },
                        Flow::Jump | Flow::Import => {}
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
