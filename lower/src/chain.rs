//! Ops that follow each other in one, where the op table has a row for them: saves dispatches.
//!
//! The last step before fuel is placed: nothing takes ops back any more. Each block becomes as few ops as it can,
//! and of those as short ones.

use crate::emit::{Emitter, Inst, NO_TARGET};
use kengine::{
    isa::{Effects, Kind},
    op::{Chain, Op, Words},
};

/// Buffers that are used again from function to function.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    leader: Vec<bool>,
    /// By op: what the block costs from there on, see [`cost`].
    least: Vec<u64>,
    /// By op: how it goes on there, and how many ops that does the work of.
    made: Vec<(Op, usize)>,
    moved: Vec<u32>,
}

/// An op more is worse than any number of words.
fn cost(op: Op) -> u64 {
    1 << 32 | u64::from(op.row().words)
}

/// Empties a buffer and fills it with `count` values.
fn fill<T: Clone>(buffer: &mut Vec<T>, count: usize, value: T) {
    buffer.clear();
    buffer.resize(count, value);
}

/// Rewrites the function's ops.
pub(crate) fn chain(em: &mut Emitter, scratch: &mut Scratch) {
    let n = em.insts.len();
    let Scratch { leader, least, made, moved } = scratch;
    fill(leader, n + 1, false);
    for label in em.labels.iter().filter(|l| l.used) {
        leader[label.at as usize] = true;
    }
    fill(least, n + 1, 0);
    made.clear();
    made.extend(em.insts.iter().map(|inst| (inst.op, 1)));
    for i in (0..n).rev() {
        least[i] = least[i + 1] + cost(em.insts[i].op);
        let mut chain = Chain::start(em.insts[i].op);
        for last in i + 1..n {
            chain = match chain {
                Some(chain) if !leader[last] => as_written(em, last).and_then(|op| chain.then(op)),
                _ => break,
            };
            if let Some(op) = chain.and_then(Chain::op) {
                let all = least[last + 1] + cost(op);
                if all < least[i] {
                    (least[i], made[i]) = (all, (op, last + 1 - i));
                }
            }
        }
    }
    moved.clear();
    let (old, mut insts) = em.rewrite();
    let mut i = 0;
    while let Some((op, len)) = made.get(i).copied() {
        // No branch goes to those behind the first. CAST: fewer ops than bytes of wasm.
        moved.extend(std::iter::repeat_n(insts.len() as u32, len));
        insts.push(if len == 1 { old[i] } else { join(op, &old[i..i + len]) });
        i += len;
    }
    moved.push(insts.len() as u32);
    for label in em.labels.iter_mut().filter(|l| l.at != u32::MAX) {
        label.at = moved[label.at as usize];
    }
    em.rewritten(old, insts);
}

/// The op at `i` as it will be written: a branch backward pays. `None` if that has no form of its own.
fn as_written(em: &Emitter, i: usize) -> Option<Op> {
    let inst = &em.insts[i];
    let backward = inst.target != NO_TARGET
        && inst.op.row().field(Kind::BrTable).is_none()
        && em.labels[inst.target as usize].at as usize <= i;
    let pays = inst.op.row().effects.contains(Effects::PAY);
    if backward && !pays { inst.op.paying() } else { Some(inst.op) }
}

fn join(op: Op, insts: &[Inst]) -> Inst {
    let mut words = Words::new(op);
    let values = insts.iter().flat_map(|inst| inst.op.row().fields.iter().map(|field| inst.words.get(field.at)));
    for (field, value) in op.row().fields.iter().zip(values) {
        words.set(field.at, value);
    }
    // The places of what may trap: at most one in each word.
    let (first, second) = insts.split_at(op.parts().map_or(insts.len(), |parts| parts.in_first));
    let place =
        |insts: &[Inst]| insts.iter().find(|inst| inst.op.row().effects.contains(Effects::TRAPS)).map(|inst| inst.wasm);
    let (wasm, second) = match (place(first), place(second)) {
        (Some(first), second) => (first, second),
        (None, Some(second)) => (second, None),
        (None, None) => (insts[0].wasm, None),
    };
    Inst { op, words, target: insts[insts.len() - 1].target, wasm, second, ..insts[0] }
}
