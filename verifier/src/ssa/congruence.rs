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

use super::recast::{count_by_one, in_step, take_differences};
use super::{Node, Ssa, Term, ValueId, block_id};
use crate::domain::{Binary, Compare, Unary, mask_of};
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

pub(super) type Table<K, V> = HashMap<K, V, BuildHasherDefault<Mix>>;

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
