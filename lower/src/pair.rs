//! Two ops in one, where the op table has a row for both: saves a dispatch.
//!
//! The last step before fuel is placed: nothing takes ops back any more. In each block as many pairs are
//! made as there can be.

use crate::emit::{Emitter, Inst, NO_TARGET};
use kengine::{
    isa::{EXT, Effects, Kind},
    op::{Op, Words},
};

/// Buffers that are used again from function to function.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    leader: Vec<bool>,
    most: Vec<u32>,
    made: Vec<Option<Op>>,
    moved: Vec<u32>,
}

/// Empties a buffer and fills it with `count` values.
fn fill<T: Clone>(buffer: &mut Vec<T>, count: usize, value: T) {
    buffer.clear();
    buffer.resize(count, value);
}

/// Rewrites the function's ops.
pub(crate) fn pair(em: &mut Emitter, scratch: &mut Scratch) {
    let n = em.insts.len();
    let Scratch { leader, most, made, moved } = scratch;
    fill(leader, n + 1, false);
    for label in em.labels.iter().filter(|l| l.used) {
        leader[label.at as usize] = true;
    }
    // Pairs from op i on: the most there can be, and the op that i and i + 1 make if that is part of it.
    fill(most, n + 2, 0);
    fill(made, n, None);
    for i in (0..n).rev() {
        most[i] = most[i + 1];
        if i + 1 < n
            && !leader[i + 1]
            && most[i + 2] >= most[i + 1]
            && let Some(op) = together(em, i)
        {
            most[i] = most[i + 2] + 1;
            made[i] = Some(op);
        }
    }
    moved.clear();
    let (old, mut insts) = em.rewrite();
    let mut rest = old.iter().enumerate();
    while let Some((i, first)) = rest.next() {
        moved.push(insts.len() as u32); // CAST: fewer ops than bytes of wasm
        match made[i] {
            Some(op) => {
                let Some((_, second)) = rest.next() else { break };
                // No branch goes there.
                moved.push(insts.len() as u32);
                insts.push(join(op, first, second));
            }
            None => insts.push(*first),
        }
    }
    moved.push(insts.len() as u32);
    for label in em.labels.iter_mut().filter(|l| l.at != u32::MAX) {
        label.at = moved[label.at as usize];
    }
    em.rewritten(old, insts);
}

/// The op that does the work of ops `i` and `i + 1`, if there is one and the checker will take it: all
/// that it reads must be there before, and what it writes must not leave a hole.
fn together(em: &Emitter, i: usize) -> Option<Op> {
    let (first, second) = (&em.insts[i], &em.insts[i + 1]);
    let backward = second.target != NO_TARGET
        && second.op.row().field(Kind::BrTable).is_none()
        && em.labels[second.target as usize].at as usize <= i + 1;
    let pays = second.op.row().effects.contains(Effects::PAY);
    let op = first.op.pair(if backward && !pays { second.op.paying()? } else { second.op })?;
    let height = u32::from(first.height());
    let fits = second.op.row().fields.iter().all(|field| match field.kind {
        Kind::Src | Kind::SrcDst => second.words.get(field.at) < height,
        Kind::Dst => second.words.get(field.at) <= height,
        _ => true,
    });
    fits.then_some(op)
}

fn join(op: Op, first: &Inst, second: &Inst) -> Inst {
    let words =
        Words { first: first.words.first & !0xffff | op as u64, ext: second.words.first & !0xffff | u64::from(EXT) };
    // The place of what may trap.
    let traps = |inst: &Inst| inst.op.row().effects.contains(Effects::TRAPS);
    let (wasm, other) = match (traps(first), traps(second)) {
        (true, true) => (first.wasm, Some(second.wasm)),
        (false, true) => (second.wasm, None),
        _ => (first.wasm, None),
    };
    Inst { op, words, target: second.target, wasm, second: other, ..*first }
}
