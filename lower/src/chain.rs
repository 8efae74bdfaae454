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
    made: Vec<(Op, u16)>,
    moved: Vec<u32>,
}

/// An op more is worse than any number of words.
#[inline]
fn cost(op: Op) -> u64 {
    1 << 32 | u64::from(op.row().words)
}

/// Empties a buffer and fills it with `count` values.
fn fill<T: Clone>(buffer: &mut Vec<T>, count: usize, value: T) {
    buffer.clear();
    buffer.resize(count, value);
}

/// Rewrites the function's ops.
#[inline(never)]
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
    let mut any = false;
    for i in (0..n).rev() {
        let first = em.insts[i].op;
        least[i] = least[i + 1] + cost(first);
        let mut chain = first.chain();
        let mut last = i + 1;
        while let Some(before) = chain
            && last < n
            && !leader[last]
        {
            chain = as_written(em, last).filter(|op| op.follows()).and_then(|op| before.then(op));
            if chain.is_none() {
                break;
            }
            if let Some(op) = chain.and_then(Chain::op) {
                let all = least[last + 1] + cost(op);
                if all < least[i] {
                    // CAST: a chain is of a few ops
                    (least[i], made[i]) = (all, (op, (last + 1 - i) as u16));
                    any = true;
                }
            }
            last += 1;
        }
    }
    if any {
        rewrite(em, made, moved);
    }
}

/// Puts each chain in the place of what it is made of.
#[inline(never)]
fn rewrite(em: &mut Emitter, made: &[(Op, u16)], moved: &mut Vec<u32>) {
    fill(moved, made.len() + 1, 0);
    let insts = &mut em.insts[..made.len()];
    let (mut from, mut to) = (0, 0);
    while let Some((op, len)) = made.get(from) {
        let end = from + usize::from(*len);
        // No branch goes to those behind the first of a chain. CAST: fewer ops than bytes of wasm.
        moved[from] = to as u32;
        // In place: there are never more than before.
        insts[to] = if *len == 1 { insts[from] } else { join(*op, &insts[from..end]) };
        (from, to) = (end, to + 1);
    }
    moved[from] = to as u32; // CAST: as above
    em.insts.truncate(to);
    for label in em.labels.iter_mut().filter(|l| l.at != u32::MAX) {
        label.at = moved[label.at as usize];
    }
}

/// The op at `i` as it will be written: a branch backward pays. `None` if that has no form of its own.
#[inline]
fn as_written(em: &Emitter, i: usize) -> Option<Op> {
    let inst = &em.insts[i];
    if inst.target == NO_TARGET {
        return Some(inst.op);
    }
    let row = inst.op.row();
    let backward = !row.has(Kind::BrTable) && em.labels[inst.target as usize].at as usize <= i;
    let pays = row.effects.contains(Effects::PAY);
    if backward && !pays { inst.op.paying() } else { Some(inst.op) }
}

fn join(op: Op, insts: &[Inst]) -> Inst {
    let mut words = Words::new(op);
    let mut fields = op.row().fields.iter();
    // The places of what may trap: at most one in each word. What charges for a branch is looked up by its own, so it has
    // the place of its word if nothing there may trap.
    let (mut wasm, mut second) = (None, None);
    // Whether the op before ended in the second word.
    let mut late = false;
    for inst in insts {
        let row = inst.op.row();
        for (from, to) in row.fields.iter().zip(&mut fields) {
            words.put(to.at, inst.words.get(from.at));
            late = to.at.place().0;
        }
        if row.effects.contains(Effects::TRAPS) {
            if wasm.is_none() {
                wasm = Some((inst.wasm, late));
            } else {
                second = Some(inst.wasm);
            }
        } else if inst.target != NO_TARGET {
            match wasm {
                None => wasm = Some((inst.wasm, late)),
                Some((_, false)) if late && second.is_none() => second = Some(inst.wasm),
                Some(_) => {}
            }
        }
    }
    let (first, last) = (&insts[0], &insts[insts.len() - 1]);
    let wasm = wasm.map_or(first.wasm, |(wasm, _)| wasm);
    Inst { op, words, target: last.target, wasm, second, ..*first }
}
