//! Expressions in terms of each other, for what is said of one to reach the other:
//!
//! - `n - i - 1` as `(n - i - 2) + 1`, if that is computed before;
//! - a variable that each round moves by `c` as its start and `c` times a variable that counts the rounds, if the
//!   loop has one.

use smallvec::SmallVec;

use super::congruence::Table;
use super::{Event, Node, Ssa, Term, ValueId, block_id};
use crate::domain::{Binary, mask_of, signed};
use crate::order::Order;

/// Writes a variable that is kept as the difference of two others as that: in a binary search `n` beside `lo` and
/// `hi`. Whether there were any.
pub(super) fn take_differences(ssa: &mut Ssa, is_head: &dyn Fn(u32) -> bool) -> bool {
    let mut by_block: Table<u32, SmallVec<[ValueId; 4]>> = Table::default();
    for id in 0..ssa.nodes.len() as u32 {
        let block = ssa.block[id as usize];
        let is_phi = matches!(ssa.node(id), Node::Phi(_)) && ssa.find(id) == id && ssa.width[id as usize] != 0;
        if is_phi && is_head(block) && ssa.preds[block as usize].len() == 2 {
            by_block.entry(block).or_default().push(id);
        }
    }
    let mut any = false;
    for phis in by_block.values() {
        let args = |ssa: &Ssa, id: ValueId| match ssa.node(id) {
            Node::Phi(phi) => <[ValueId; 2]>::try_from(ssa.phi_args[phi as usize].as_slice()).ok(),
            _ => None,
        };
        for &id in phis {
            // `x` takes what `y` and `z` take, subtracted, by each edge.
            let is_difference = |ssa: &Ssa, x: ValueId, y: ValueId, z: ValueId| {
                let by_constants = match (ssa.constant(x), ssa.constant(y), ssa.constant(z)) {
                    (Some(x), Some(b), Some(c)) => b.wrapping_sub(c) & mask_of(ssa.bits(y)) == x,
                    (None, None, Some(0)) => x == y,
                    _ => false,
                };
                by_constants || ssa.node(x) == Node::Binary(Binary::Sub, y, z)
            };
            let Some(own) = args(ssa, id) else { continue };
            if !own.iter().any(|arg| matches!(ssa.node(*arg), Node::Binary(Binary::Sub, ..))) {
                continue;
            }
            let others = || {
                phis.iter()
                    .copied()
                    .filter(|other| *other != id && ssa.width[*other as usize] == ssa.width[id as usize])
            };
            let found = others().find_map(|b| {
                let y = args(ssa, b)?;
                let c = others().find(|c| {
                    *c != b
                        && args(ssa, *c).is_some_and(|z| (0..2).all(|way| is_difference(ssa, own[way], y[way], z[way])))
                })?;
                Some((b, c))
            });
            if let Some((b, c)) = found {
                ssa.nodes[id as usize] = Node::Binary(Binary::Sub, b, c);
                any = true;
            }
        }
    }
    any
}

/// A phi of a loop's head that each round moves by a constant.
struct Moving {
    id: ValueId,
    start: ValueId,
    step: u64,
}

/// Writes a variable that is apart from another of the same loop by a constant as that and the constant: modulo the
/// width they start so, and each way round takes them to values that are apart by as much, or moves both by the same.
/// Whether there were any.
pub(super) fn in_step(ssa: &mut Ssa, is_head: &dyn Fn(u32) -> bool) -> bool {
    /// Variables of a loop.
    const MOST: usize = 24;
    let mut by_head: Table<u32, SmallVec<[ValueId; 8]>> = Table::default();
    // What branches compare stays as it is.
    let mut compared: Vec<bool> = vec![false; ssa.nodes.len()];
    for id in 0..ssa.nodes.len() as u32 {
        match ssa.node(id) {
            Node::Compare(_, a, b) => [a, b].into_iter().for_each(|v| compared[v as usize] = true),
            Node::Phi(_) if ssa.find(id) == id && ssa.width[id as usize] != 0 && is_head(ssa.block[id as usize]) => {
                by_head.entry(ssa.block[id as usize]).or_default().push(id);
            }
            _ => {}
        }
    }
    for term in &ssa.terms {
        if let Term::Cond(id) = term {
            compared[*id as usize] = true;
        }
    }
    let mut any = false;
    for (block, mut phis) in by_head {
        phis.truncate(MOST);
        // The others in terms of those that are compared.
        phis.sort_by_key(|id| !compared[*id as usize]);
        let mut kept: SmallVec<[ValueId; 8]> = SmallVec::new();
        for id in phis {
            let width = ssa.width[id as usize];
            let mut others = kept.iter().filter(|_| !compared[id as usize]);
            let found = others.find_map(|other| Some((*other, apart(ssa, *other, id)?)));
            let Some((other, by)) = found else {
                kept.push(id);
                continue;
            };
            let offset = ssa.offset[id as usize];
            let by = ssa.add(Node::Const(by), width, block, offset);
            ssa.nodes[id as usize] = Node::Binary(Binary::Add, other, by);
            any = true;
        }
    }
    any
}

/// How much the second of two phis of one block is more than the first, modulo the width, if it always is.
fn apart(ssa: &Ssa, one: ValueId, other: ValueId) -> Option<u64> {
    let (Node::Phi(x), Node::Phi(y)) = (ssa.node(one), ssa.node(other)) else { return None };
    if ssa.width[one as usize] != ssa.width[other as usize] {
        return None;
    }
    let mask = mask_of(ssa.bits(one));
    let plus = |id: ValueId| match ssa.node(id) {
        Node::Const(c) => (None, c),
        Node::Binary(Binary::Add, x, c) if ssa.constant(c).is_some() => (Some(x), ssa.constant(c).unwrap_or(0)),
        _ => (Some(id), 0),
    };
    let mut all = None;
    for (x, y) in ssa.phi_args[x as usize].iter().zip(&ssa.phi_args[y as usize]) {
        let ((x, c), (y, d)) = (plus(*x), plus(*y));
        let by = d.wrapping_sub(c) & mask;
        match (x == Some(one), y == Some(other)) {
            // Moved by the same, they stay as far apart.
            (true, true) if by == 0 => continue,
            _ if x == y => {}
            _ => return None,
        }
        if all.is_some_and(|all| all != by) {
            return None;
        }
        all = Some(by);
    }
    all
}

/// Writes the variables of each loop in terms of one that counts; whether there were any.
pub(super) fn count_by_one(ssa: &mut Ssa, order: &Order, is_head: &dyn Fn(u32) -> bool) -> bool {
    let mut by_head: Table<u32, Vec<Moving>> = Table::default();
    let mut compared: Vec<bool> = vec![false; ssa.nodes.len()];
    // What exits compare and pointers stay as they are.
    let mut note = |v: ValueId| {
        compared[v as usize] = true;
        if let Node::Binary(Binary::Add, x, _) = ssa.node(v) {
            compared[x as usize] = true;
        }
    };
    for id in 0..ssa.nodes.len() as u32 {
        match ssa.node(id) {
            Node::Compare(_, a, b) => [a, b].into_iter().for_each(&mut note),
            Node::Load { addr, .. } => note(addr),
            _ => {}
        }
    }
    for term in &ssa.terms {
        if let Term::Cond(id) = term {
            note(*id);
        }
    }
    for event in ssa.events.iter() {
        if let Event::Store { addr, .. } = event {
            note(*addr);
        }
    }
    for id in 0..ssa.nodes.len() as u32 {
        let Node::Phi(phi) = ssa.node(id) else { continue };
        let block = ssa.block[id as usize];
        if ssa.find(id) != id || ssa.width[id as usize] == 0 || !is_head(block) {
            continue;
        }
        let own = order.number(block_id(block));
        let (mut start, mut step, mut plain) = (None, None, true);
        for (arg, (from, _)) in ssa.phi_args[phi as usize].iter().zip(&ssa.preds[block as usize]) {
            // Edges from behind are those of the loop; what no run reaches has no number.
            if order.number(block_id(*from)) < own {
                plain &= start.replace(*arg).is_none();
                continue;
            }
            match ssa.node(*arg) {
                Node::Binary(Binary::Add, x, c) if x == id => match ssa.constant(c) {
                    Some(c) => plain &= step.replace(c).is_none_or(|s| s == c),
                    None => plain = false,
                },
                _ => plain = false,
            }
        }
        let is_outside = |start: ValueId| {
            let from = ssa.block[start as usize];
            ssa.constant(start).is_some() || from != block && order.dominates(block_id(from), block_id(block))
        };
        if let (Some(start), Some(step), true) = (start.filter(|start| is_outside(*start)), step, plain) {
            by_head.entry(block).or_default().push(Moving { id, start, step });
        }
    }
    let mut any = false;
    for (block, moving) in by_head {
        let constant = |m: &Moving| ssa.constant(m.start).map(|c| signed(c, ssa.bits(m.id)));
        // With the step 1 and the lowest constant start.
        let counter = moving.iter().filter(|m| m.step == 1).filter_map(|m| Some((constant(m)?, m.id))).min();
        let Some((first, counter)) = counter else { continue };
        let width = ssa.width[counter as usize];
        let mask = mask_of(width.into());
        for m in &moving {
            if m.id == counter || ssa.width[m.id as usize] != width || m.step != 1 && compared[m.id as usize] {
                continue;
            }
            if m.step == 1 && ssa.constant(m.start).is_none() {
                continue;
            }
            // start + step * (counter - first)
            // CAST: modulo the width.
            let less = (first as u64).wrapping_mul(m.step).wrapping_neg() & mask;
            let offset = ssa.offset[m.id as usize];
            if m.step == mask {
                // start + first - counter
                let from = match ssa.constant(m.start) {
                    Some(start) => ssa.add(Node::Const(start.wrapping_add(less) & mask), width, block, offset),
                    None if less == 0 => m.start,
                    None => {
                        let less = ssa.add(Node::Const(less), width, block, offset);
                        ssa.add(Node::Binary(Binary::Add, m.start, less), width, block, offset)
                    }
                };
                ssa.nodes[m.id as usize] = Node::Binary(Binary::Sub, from, counter);
                any = true;
                continue;
            }
            let times = match m.step {
                1 => counter,
                step => {
                    let step = ssa.add(Node::Const(step), width, block, offset);
                    ssa.add(Node::Binary(Binary::Mul, counter, step), width, block, offset)
                }
            };
            ssa.nodes[m.id as usize] = match ssa.constant(m.start) {
                Some(start) => {
                    let start = ssa.add(Node::Const(start.wrapping_add(less) & mask), width, block, offset);
                    Node::Binary(Binary::Add, times, start)
                }
                None => {
                    let less = ssa.add(Node::Const(less), width, block, offset);
                    let times = ssa.add(Node::Binary(Binary::Add, times, less), width, block, offset);
                    Node::Binary(Binary::Add, m.start, times)
                }
            };
            any = true;
        }
    }
    any
}
