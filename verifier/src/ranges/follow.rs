//! Loops followed round by round, on sets of numbers instead of numbers.
//!
//! From the sets that the variables have where the loop is entered, one round is evaluated, which gives the sets after
//! it, from which the next is. When no way back to the head is left, the loop has ended. So the loops are found that no
//! measure describes and that take few rounds: `x = x * 10 / 13`, `i = 2 * i + 1` while less than `n`,
//! `x = (x & 0xffff) + (x >> 16)`, `x >> i` until nothing is left of `x`.
//!
//! Why it holds. By induction the set of each phi of the head contains what the phi is at the start of round `r`, for
//! every entry of the loop in every run. A block of the loop that is in no loop inside of it runs at most once in a
//! round, so each of its values is one number in a round, and is in its set if its operands are in theirs: the
//! evaluation is that of the whole analysis, and what branches say holds of the same numbers. What the edges back to the
//! head say of the order of its phis is about another round, and left out. Values of loops inside keep the sets that
//! hold everywhere. A way back that no numbers of the sets can take is not taken; if there is none,
//! control has gone back to the head `r` times at most.
//!
//! The work is bounded: rounds and values are counted ([`WORK`]), and a loop whose sets do not shrink in
//! one round is given up, because they would not in the next.

use std::collections::HashSet;
use std::hash::BuildHasherDefault;

use super::Ranges;
use crate::cfg::EdgeKind;
use crate::domain::Value;
use crate::loops::LoopNest;
use crate::ssa::congruence::Mix;
use crate::ssa::{Node, Term, ValueId, block_id};

/// Values that are evaluated for a function, for each that it has, and for each function.
const WORK: (usize, usize) = (4, 2_000);
/// Values of a loop.
const MOST: usize = 400;

/// A loop that came to its end.
pub(crate) struct Followed {
    /// Most rounds of one entry.
    pub(crate) rounds: u64,
    /// What the variables of the head were in all rounds together.
    pub(crate) sets: Vec<(ValueId, Value)>,
}

impl Ranges<'_> {
    /// Follows these loops for so many rounds, inner ones first; those that came to their end, with what was found.
    pub(crate) fn follow(&mut self, nest: &LoopNest, loops: &[(usize, u64)]) -> Vec<(usize, Followed)> {
        let mut own: Vec<Vec<ValueId>> = vec![Vec::new(); nest.loops.len()];
        if loops.is_empty() {
            return Vec::new();
        }
        for id in &self.list {
            if let Some(at) = nest.innermost(block_id(self.ssa.block[*id as usize])) {
                own[at].push(*id);
            }
        }
        self.settle(false);
        let mut work = WORK.0 * self.list.len() + WORK.1;
        let found = loops.iter().map(|(at, most)| (*at, self.follow_one(nest, (*at, *most), &own[*at], &mut work)));
        let found = found.filter_map(|(at, found)| Some((at, found?))).collect();
        self.settle(true);
        found
    }

    /// Follows a loop with these values of its own, in the order of evaluation.
    fn follow_one(
        &mut self,
        nest: &LoopNest,
        (at, most): (usize, u64),
        own: &[ValueId],
        work: &mut usize,
    ) -> Option<Followed> {
        if own.len() > MOST {
            return None;
        }
        let decisive = self.decisive(nest, at, own);
        // What was found is found again with the sets of all variables.
        if decisive.len() < own.len() {
            let found = self.follow_one_with(nest, (at, most), &decisive, work)?;
            return self.follow_one_with(nest, (at, most), own, work).or(Some(found));
        }
        self.follow_one_with(nest, (at, most), own, work)
    }

    /// Those of the values of a loop that its branches depend on, in the same order.
    fn decisive(&self, nest: &LoopNest, at: usize, own: &[ValueId]) -> Vec<ValueId> {
        let ssa = self.ssa;
        let tested = nest.own_blocks(at).iter().filter_map(|block| match ssa.terms[block.index()] {
            Term::Cond(cond) => Some(cond),
            _ => None,
        });
        let mut open: Vec<ValueId> = tested.collect();
        let mut met: HashSet<ValueId, BuildHasherDefault<Mix>> = HashSet::default();
        while let Some(id) = open.pop() {
            if nest.contains(at, block_id(ssa.block[id as usize])) && ssa.constant(id).is_none() && met.insert(id) {
                ssa.operands(id, |v| open.push(v));
            }
        }
        own.iter().copied().filter(|id| met.contains(id)).collect()
    }

    /// Follows a loop on these of its values.
    fn follow_one_with(
        &mut self,
        nest: &LoopNest,
        (at, most): (usize, u64),
        own: &[ValueId],
        work: &mut usize,
    ) -> Option<Followed> {
        let ssa = self.ssa;
        let head = nest.loops[at].head.index();
        let is_phi = |id: &ValueId| matches!(ssa.node(*id), Node::Phi(_)) && ssa.block[*id as usize] as usize == head;
        let (phis, others): (Vec<ValueId>, Vec<ValueId>) = own.iter().partition(|id| is_phi(id));
        let everywhere: Vec<Value> = phis.iter().map(|id| self.of(*id)).collect();
        let before: Vec<Value> = others.iter().map(|id| self.of(*id)).collect();
        let ways = |inside: bool| {
            let ways = ssa.preds[head].iter().enumerate();
            ways.filter(move |(_, (from, _))| nest.contains(at, block_id(*from)) == inside)
        };
        let mut now = vec![None; phis.len()];
        for (way, (from, kind)) in ways(false) {
            self.take(&phis, &everywhere, way, (*from, *kind), &mut now);
        }
        let mut sets = now.clone();
        let mut found = None;
        self.followed = Some(head as u32); // CAST: petgraph's u32
        for round in 0..most.min((self.effort.followed / (own.len() + 1)) as u64) {
            let Some(rest) = work.checked_sub(own.len() + 1) else { break };
            *work = rest;
            for (id, value) in phis.iter().zip(&now) {
                self.set(*id, value.unwrap_or(Value::bottom(ssa.bits(*id))));
            }
            for (id, all) in others.iter().zip(&before) {
                let value = self.eval(*id);
                self.set(*id, all.meet(&value));
            }
            let mut next = vec![None; phis.len()];
            let mut goes_on = false;
            for (way, edge) in ways(true) {
                goes_on |= self.is_open(nest, at, *edge) && self.take(&phis, &everywhere, way, *edge, &mut next);
            }
            if !goes_on {
                found = Some(round);
                break;
            }
            let shrinks = |(old, new): (&Option<Value>, &Option<Value>)| match (old, new) {
                (Some(old), Some(new)) => !old.leq(new),
                _ => true,
            };
            if !now.iter().zip(&next).any(shrinks) {
                break;
            }
            for (all, next) in sets.iter_mut().zip(&next) {
                *all = join(*all, *next);
            }
            now = next;
        }
        self.followed = None;
        for (id, value) in phis.iter().zip(&everywhere).chain(others.iter().zip(&before)) {
            self.set(*id, *value);
        }
        let sets = phis.into_iter().zip(sets).filter_map(|(id, set)| Some((id, set?))).collect();
        found.map(|rounds| Followed { rounds, sets })
    }

    /// Adds what the phis of a head are after an edge; false if nothing can come by it.
    fn take(
        &self,
        phis: &[ValueId],
        everywhere: &[Value],
        way: usize,
        (from, kind): (u32, EdgeKind),
        into: &mut [Option<Value>],
    ) -> bool {
        let mut values = Vec::with_capacity(phis.len());
        for (id, all) in phis.iter().zip(everywhere) {
            let Node::Phi(phi) = self.ssa.node(*id) else { continue };
            let arg = self.ssa.phi_args[phi as usize][way];
            let value = self.on_edge(arg, from, kind).meet(all);
            if value.is_bottom() {
                return false;
            }
            values.push(value);
        }
        for (all, value) in into.iter_mut().zip(values) {
            *all = join(*all, Some(value));
        }
        true
    }

    /// Whether the branches on the way to an edge back to the head may all go that way.
    fn is_open(&self, nest: &LoopNest, at: usize, (from, kind): (u32, EdgeKind)) -> bool {
        /// Branches that are looked at.
        const REACH: usize = 24;
        let (mut from, mut kind) = (from, kind);
        for _ in 0..REACH {
            if self.order.number(block_id(from)).is_none() {
                return false;
            }
            if let Term::Cond(cond) = self.ssa.terms[from as usize] {
                let test = self.at(cond, from);
                let goes = match kind {
                    EdgeKind::True => test.as_constant() != Some(0),
                    EdgeKind::False => test.contains(0),
                    _ => true,
                };
                if !goes || test.is_bottom() {
                    return false;
                }
            }
            // Up the dominators to the next branch.
            let mut block = block_id(from);
            loop {
                if block == nest.loops[at].head {
                    return true;
                }
                if let [(before, way)] = self.ssa.preds[block.index()][..] {
                    (from, kind) = (before, way);
                    break;
                }
                let Some(up) = self.order.idom(block) else { return true };
                block = up;
            }
        }
        true
    }
}

fn join(a: Option<Value>, b: Option<Value>) -> Option<Value> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.join(&b)),
        (a, b) => a.or(b),
    }
}
