//! Values that are equal in every run become one, so that what a branch says of one is known of all.
//!
//! Optimistic value numbering (Alpern, Wegman and Zadeck, "Detecting Equality of Variables in Programs", POPL 1988;
//! in the form of rounds in reverse postorder): everything is equal until something shows that it is not. Sums of
//! multiples are compared as such, modulo the width, so that `n + ~i` and `n - 1 - i` are one, and `x & 3` is
//! compared by what `x` is modulo 4. A value takes the place of an equal one where its block dominates the other's.
//!
//! Then expressions are written in terms of each other, for what is said of one to reach the other:
//!
//! - `x & 12` as `(x & 15) & 12`, if `x & 15` is computed before;
//! - `n - i - 1` as `(n - i - 2) + 1`, if that is computed before;
//! - a variable that each round moves by `c` as its start and `c` times a variable that counts the rounds, if the
//!   loop has one.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use smallvec::SmallVec;

use super::{Event, Node, Ssa, Term, ValueId, block_id};
use crate::domain::{Binary, Compare, Unary, mask_of, signed};
use crate::order::Order;

/// Rounds after which nothing is replaced.
const ROUNDS: usize = 12;
/// Terms of a sum; longer ones are not looked into.
const TERMS: usize = 4;
/// No number yet: equal to anything.
const NONE: u32 = u32::MAX;

/// Values, each with a number.
type Multiples = SmallVec<[(ValueId, u64); 2]>;

/// A sum of multiples of values and a constant, modulo the width; terms sorted by value, no multiple is zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Sum {
    terms: Multiples,
    constant: u64,
}

impl Sum {
    /// `self + factor * other`, if it is not too long.
    fn plus(&self, other: &Sum, factor: u64, mask: u64) -> Option<Sum> {
        let mut out = self.clone();
        for (id, c) in &other.terms {
            let c = c.wrapping_mul(factor) & mask;
            match out.terms.binary_search_by_key(id, |(v, _)| *v) {
                Ok(at) => {
                    out.terms[at].1 = out.terms[at].1.wrapping_add(c) & mask;
                    if out.terms[at].1 == 0 {
                        out.terms.remove(at);
                    }
                }
                Err(at) if c != 0 => out.terms.insert(at, (*id, c)),
                Err(_) => {}
            }
        }
        out.constant = out.constant.wrapping_add(other.constant.wrapping_mul(factor)) & mask;
        (out.terms.len() <= TERMS).then_some(out)
    }

    /// Modulo a power of two.
    fn modulo(mut self, mask: u64) -> Sum {
        self.constant &= mask;
        self.terms.iter_mut().for_each(|(_, c)| *c &= mask);
        self.terms.retain(|(_, c)| *c != 0);
        self
    }
}

/// What makes values of the same key equal. Operands are numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Const(u8, u64),
    Param(u32),
    Global(u32),
    Unary(u8, Unary, u32),
    Binary(u8, Binary, u32, u32),
    Compare(Compare, u32, u32),
    Select(u32, u32, u32),
    Phi(u32, SmallVec<[u32; 4]>),
    Sum(u8, Sum),
    /// The low bits of a sum, under a mask.
    Low(u8, u64, Sum),
}

/// A hasher for short keys of our own making, to which nobody can choose collisions that matter: the work is bounded
/// by the table's length.
#[derive(Default)]
pub(crate) struct Mix(u64);

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|b| self.write_u64((*b).into()));
    }

    fn write_u8(&mut self, x: u8) {
        self.write_u64(x.into());
    }

    fn write_u32(&mut self, x: u32) {
        self.write_u64(x.into());
    }

    fn write_u64(&mut self, x: u64) {
        self.0 = (self.0.rotate_left(23) ^ x).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_usize(&mut self, x: usize) {
        self.write_u64(x as u64);
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 29
    }
}

type Table<K, V> = HashMap<K, V, BuildHasherDefault<Mix>>;

/// Lets equal values be one: those that the branches at the end of the `tested` blocks depend on, and other branches as
/// far as they speak of the same; without `tested`, all that any branch or call depends on.
pub(crate) fn unify(ssa: &mut Ssa, order: &Order, is_head: &dyn Fn(u32) -> bool, tested: Option<&[u32]>) {
    let list = schedule(ssa, order, tested);
    let Some(numbers) = Numbers::find(ssa, &list) else { return };
    replace(ssa, order, &list, &numbers);
    ssa.remove_trivial_phis();
    let differences = take_differences(ssa, is_head);
    let counted = count_by_one(ssa, order, is_head);
    if in_step(ssa, is_head) || counted || differences {
        let list = schedule(ssa, order, tested);
        let Some(numbers) = Numbers::find(ssa, &list) else { return };
        replace(ssa, order, &list, &numbers);
        ssa.remove_trivial_phis();
    }
}

/// The values that are compared with each other.
fn wanted(ssa: &Ssa, tested: Option<&[u32]>) -> Vec<bool> {
    let mut is_wanted = vec![false; ssa.nodes.len()];
    let mut open: Vec<ValueId> = ssa.claims.iter().map(|(_, value)| *value).collect();
    let take = |open: &mut Vec<ValueId>, is_wanted: &mut Vec<bool>| {
        while let Some(id) = open.pop() {
            if !std::mem::replace(&mut is_wanted[id as usize], true) {
                ssa.operands(id, |v| open.push(v));
            }
        }
    };
    let conditions =
        || ssa.terms.iter().filter_map(|term| if let Term::Cond(cond) = term { Some(*cond) } else { None });
    let Some(tested) = tested else {
        open.extend(conditions());
        open.extend(ssa.calls.iter().flat_map(|call| call.args.iter().copied()));
        open.extend(ssa.amounts.iter().map(|amount| amount.value));
        take(&mut open, &mut is_wanted);
        return is_wanted;
    };
    open.extend(tested.iter().filter_map(|block| match ssa.terms[*block as usize] {
        Term::Cond(cond) => Some(cond),
        _ => None,
    }));
    take(&mut open, &mut is_wanted);
    open.extend(conditions().filter(|cond| speaks_of(ssa, *cond, &is_wanted)));
    take(&mut open, &mut is_wanted);
    is_wanted
}

/// Whether a condition depends on one of these values, as far as the next operands show.
fn speaks_of(ssa: &Ssa, cond: ValueId, of: &[bool]) -> bool {
    /// Values that are looked at.
    const MOST: usize = 16;
    let mut open: SmallVec<[ValueId; MOST]> = SmallVec::from_slice(&[cond]);
    let mut at = 0;
    while let Some(id) = open.get(at).copied() {
        if of[id as usize] && ssa.constant(id).is_none() {
            return true;
        }
        ssa.operands(id, |v| {
            if open.len() < MOST {
                open.push(v);
            }
        });
        at += 1;
    }
    false
}

/// The values that are compared, operands before users apart from what phis take, blocks in reverse postorder.
fn schedule(ssa: &Ssa, order: &Order, tested: Option<&[u32]>) -> Vec<ValueId> {
    let mut is_wanted = wanted(ssa, tested);
    let mut list = Vec::new();
    let mut stack: Vec<(ValueId, bool)> = Vec::new();
    // In the order of the program, as far as operands allow.
    for root in 0..ssa.nodes.len() as u32 {
        stack.push((root, false));
        while let Some((id, done)) = stack.pop() {
            if done {
                list.push(id);
                continue;
            }
            // Taken once.
            if !std::mem::replace(&mut is_wanted[id as usize], false) {
                continue;
            }
            stack.push((id, true));
            if !matches!(ssa.node(id), Node::Phi(_)) {
                ssa.operands(id, |v| stack.push((v, false)));
            }
        }
    }
    let number = |id: ValueId| order.number(block_id(ssa.block[id as usize])).unwrap_or(u32::MAX);
    list.retain(|id| number(*id) != u32::MAX || ssa.constant(*id).is_some());
    list.sort_by_cached_key(|id| (number(*id), !matches!(ssa.node(*id), Node::Phi(_))));
    list
}

/// The classes of equal values.
struct Numbers {
    /// By value: the class, named after one of its values.
    of: Vec<u32>,
    /// The sum that a class is, where it is more than one term.
    sums: Table<u32, Sum>,
}

impl Numbers {
    fn find(ssa: &Ssa, list: &[ValueId]) -> Option<Numbers> {
        let mut numbers = Numbers { of: vec![NONE; ssa.nodes.len()], sums: Table::default() };
        for _ in 0..ROUNDS {
            let mut table: Table<Key, u32> = Table::default();
            numbers.sums.clear();
            let mut changed = false;
            for &id in list {
                let number = match numbers.key(ssa, id) {
                    Known::Nothing => continue,
                    Known::Class(class) => class,
                    Known::Own => id,
                    Known::Key(key) => {
                        let sum = if let Key::Sum(_, sum) = &key { Some(sum.clone()) } else { None };
                        let class = *table.entry(key).or_insert(id);
                        if let Some(sum) = sum {
                            numbers.sums.entry(class).or_insert(sum);
                        }
                        class
                    }
                };
                changed |= std::mem::replace(&mut numbers.of[id as usize], number) != number;
            }
            if !changed {
                return Some(numbers);
            }
        }
        None
    }

    /// The sum that a value is; `None` if it has no number yet.
    fn sum(&self, ssa: &Ssa, id: ValueId) -> Option<Sum> {
        if let Some(x) = ssa.constant(id) {
            return Some(Sum { terms: SmallVec::new(), constant: x });
        }
        let class = self.of[id as usize];
        if class == NONE {
            return None;
        }
        if let Some(x) = ssa.constant(class) {
            return Some(Sum { terms: SmallVec::new(), constant: x });
        }
        let single = || Sum { terms: SmallVec::from_slice(&[(class, 1)]), constant: 0 };
        Some(self.sums.get(&class).cloned().unwrap_or_else(single))
    }

    fn key(&self, ssa: &Ssa, id: ValueId) -> Known {
        let number = |v: ValueId| self.of[v as usize];
        let width = ssa.width[id as usize];
        if width == 0 {
            return Known::Own;
        }
        let known = |vs: &[ValueId]| vs.iter().all(|v| number(*v) != NONE);
        match ssa.node(id) {
            Node::Const(x) => Known::Key(Key::Const(width, x)),
            Node::Param(index) => Known::Key(Key::Param(index)),
            Node::Global(index) => Known::Key(Key::Global(index)),
            Node::Opaque(..) | Node::Load { .. } => Known::Own,
            Node::Unary(op, a) if known(&[a]) => Known::Key(Key::Unary(width, op, number(a))),
            Node::Binary(op, a, b) if known(&[a, b]) => {
                let (a, b) = match op {
                    Binary::Add | Binary::Mul | Binary::And | Binary::Or | Binary::Xor if number(a) > number(b) => {
                        (b, a)
                    }
                    _ => (a, b),
                };
                self.linear(ssa, op, a, b, width)
                    .unwrap_or_else(|| Known::Key(Key::Binary(width, op, number(a), number(b))))
            }
            Node::Compare(op, a, b) if known(&[a, b]) => Known::Key(Key::Compare(op, number(a), number(b))),
            Node::Select(c, a, b) if known(&[c, a, b]) => Known::Key(Key::Select(number(c), number(a), number(b))),
            Node::Phi(phi) => {
                let args = &ssa.phi_args[phi as usize];
                Known::Key(Key::Phi(ssa.block[id as usize], args.iter().map(|arg| number(*arg)).collect()))
            }
            _ => Known::Nothing,
        }
    }

    fn linear(&self, ssa: &Ssa, op: Binary, a: ValueId, b: ValueId, width: u8) -> Option<Known> {
        let mask = mask_of(width.into());
        let (constant_a, constant_b) = (ssa.constant(a), ssa.constant(b));
        let sum = match (op, constant_a, constant_b) {
            (Binary::Add, ..) => self.sum(ssa, a)?.plus(&self.sum(ssa, b)?, 1, mask)?,
            (Binary::Sub, ..) => self.sum(ssa, a)?.plus(&self.sum(ssa, b)?, mask, mask)?,
            (Binary::Mul, _, Some(c)) => Sum::default().plus(&self.sum(ssa, a)?, c, mask)?,
            (Binary::Mul, Some(c), _) => Sum::default().plus(&self.sum(ssa, b)?, c, mask)?,
            (Binary::Shl, _, Some(c)) => Sum::default().plus(&self.sum(ssa, a)?, 1 << (c % u64::from(width)), mask)?,
            // `~x` is `-x - 1`.
            (Binary::Xor, _, Some(c)) if c == mask => {
                Sum { terms: SmallVec::new(), constant: mask }.plus(&self.sum(ssa, a)?, mask, mask)?
            }
            (Binary::And, _, Some(c)) | (Binary::And, Some(c), _) if c & c.wrapping_add(1) == 0 && c != 0 => {
                let x = if constant_b.is_some() { a } else { b };
                let sum = self.sum(ssa, x)?;
                return (sum.terms.len() > 1 || sum.constant != 0)
                    .then(|| Known::Key(Key::Low(width, c, sum.modulo(c))));
            }
            _ => return None,
        };
        Some(match sum.terms.as_slice() {
            [] => Known::Key(Key::Const(width, sum.constant)),
            [(class, 1)] if sum.constant == 0 => Known::Class(*class),
            _ => Known::Key(Key::Sum(width, sum)),
        })
    }
}

/// What is known of the class of a value.
enum Known {
    /// Not all of its operands have numbers.
    Nothing,
    /// Equal to nothing else.
    Own,
    Class(u32),
    Key(Key),
}

fn replace(ssa: &mut Ssa, order: &Order, list: &[ValueId], numbers: &Numbers) {
    let dominates = |ssa: &Ssa, a: ValueId, b: ValueId| {
        order.dominates(block_id(ssa.block[a as usize]), block_id(ssa.block[b as usize]))
    };
    // Those of a class that no other dominates.
    let mut leaders: Table<u32, SmallVec<[ValueId; 2]>> = Table::default();
    for &id in list {
        if ssa.constant(id).is_some() || ssa.width[id as usize] == 0 {
            continue;
        }
        let class = numbers.of[id as usize];
        if class == NONE || ssa.constant(class).is_some() {
            continue;
        }
        let own = leaders.entry(class).or_default();
        match own.iter().find(|leader| dominates(ssa, **leader, id)) {
            Some(leader) => ssa.replaced[id as usize] = *leader,
            None => own.push(id),
        }
    }
    // Sums that differ by a constant, and masks of the same value.
    let mut apart: Table<(u8, Multiples), Multiples> = Table::default();
    let mut masked: Table<ValueId, Multiples> = Table::default();
    for &id in list {
        if ssa.replaced[id as usize] != id {
            continue;
        }
        let Node::Binary(op, a, b) = ssa.node(id) else { continue };
        if op == Binary::And
            && let Some(mask) = ssa.constant(b)
        {
            let own = masked.entry(numbers.of[a as usize]).or_default();
            let wider = own.iter().find(|(other, m)| m & mask == mask && *m != mask && dominates(ssa, *other, id));
            if let Some((other, _)) = wider {
                ssa.nodes[id as usize] = Node::Binary(Binary::And, *other, b);
            }
            own.push((id, mask));
            continue;
        }
        let Some(sum) = numbers.sums.get(&numbers.of[id as usize]).filter(|sum| sum.terms.len() > 1) else { continue };
        let width = ssa.width[id as usize];
        let own = apart.entry((width, sum.terms.clone())).or_default();
        match own.iter().find(|(other, _)| dominates(ssa, *other, id)) {
            Some((other, constant)) => {
                let by = sum.constant.wrapping_sub(*constant) & mask_of(width.into());
                let (other, block, offset) = (*other, ssa.block[id as usize], ssa.offset[id as usize]);
                let by = ssa.add(Node::Const(by), width, block, offset);
                ssa.nodes[id as usize] = Node::Binary(Binary::Add, other, by);
            }
            None => own.push((id, sum.constant)),
        }
    }
}

/// Writes a variable that is kept as the difference of two others as that: in a binary search `n` beside `lo` and
/// `hi`. Whether there were any.
fn take_differences(ssa: &mut Ssa, is_head: &dyn Fn(u32) -> bool) -> bool {
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
fn in_step(ssa: &mut Ssa, is_head: &dyn Fn(u32) -> bool) -> bool {
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
fn count_by_one(ssa: &mut Ssa, order: &Order, is_head: &dyn Fn(u32) -> bool) -> bool {
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
