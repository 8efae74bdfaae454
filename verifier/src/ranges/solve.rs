//! The fixpoint: which values are analysed, in which order, and how often.
//!
//! Ascending rounds with widening, then two descending ones. A set is made again only if one that it was made from has
//! changed, which most evaluations are spared by: [`Reads`] keeps what each has read.

use std::cell::{Cell, RefCell};

use super::Ranges;
use crate::domain::{Binary, Compare, Unary, Value};
use crate::ssa::{Node, ValueId, block_id};

/// Values that are many.
const MANY: usize = 150;

/// Which sets each set was made from, so that only those are made again of which something has changed.
#[derive(Default)]
pub(super) struct Reads {
    is_on: Cell<bool>,
    /// By place: the number of the evaluation that read it last.
    pub(super) read_by: Vec<Cell<u32>>,
    /// Number of the evaluation that is under way.
    now: Cell<u32>,
    /// Places.
    list: RefCell<Vec<u32>>,
}

impl Reads {
    /// Reads that are kept; what was evaluated later is evaluated again each time.
    const MOST: usize = 1 << 24;

    #[inline]
    pub(super) fn note(&self, place: u32) {
        if self.is_on.get() {
            let now = self.now.get();
            if self.read_by[place as usize].replace(now) != now {
                self.list.borrow_mut().push(place);
            }
        }
    }
}

/// The last evaluation of a value.
#[derive(Clone, Copy, Default)]
pub(super) struct Evaluated {
    /// When; 0 if never.
    at: u32,
    /// What it read: places in [`Reads::list`].
    from: u32,
    to: u32,
}

impl Ranges<'_> {
    /// The values to analyse: operands before users, blocks in reverse postorder.
    pub(super) fn schedule(&self, roots: &[ValueId]) -> Vec<ValueId> {
        let ssa = self.ssa;
        let mut met = vec![false; ssa.nodes.len()];
        let mut list: Vec<ValueId> = Vec::new();
        let take = |met: &mut [bool], list: &mut Vec<ValueId>, id: ValueId| {
            if !std::mem::replace(&mut met[id as usize], true) && ssa.constant(id).is_none() {
                list.push(id);
            }
        };
        roots.iter().for_each(|id| take(&mut met, &mut list, *id));
        let mut at = 0;
        while let Some(&id) = list.get(at) {
            at += 1;
            match ssa.node(id) {
                // What is in memory is known for some addresses of constant data only.
                Node::Load { addr, .. } if !self.may_be_narrow(addr, 8) => {}
                _ => ssa.operands(id, |v| take(&mut met, &mut list, v)),
            }
            for fact in self.sites_of(id).iter().map(|site| self.fact(site)) {
                // That it is not equal to another value says nothing.
                if fact.op != Compare::Ne {
                    fact.other.into_iter().for_each(|v| take(&mut met, &mut list, v));
                }
            }
        }
        list.sort_unstable();
        self.sorted(&list)
    }

    /// Those of the values that can be reached and are no constants, by block and phis first, else in the order of the
    /// list. Sorted by counting.
    fn sorted(&self, list: &[ValueId]) -> Vec<ValueId> {
        let ssa = self.ssa;
        let key = |id: ValueId| {
            let number = self.order.number(block_id(ssa.block[id as usize]))? as usize;
            match ssa.node(id) {
                Node::Const(_) => None,
                Node::Phi(_) => Some(2 * number),
                _ => Some(2 * number + 1),
            }
        };
        let mut next = vec![0_u32; 2 * self.order.rpo.len() + 1];
        for key in list.iter().filter_map(|id| key(*id)) {
            next[key + 1] += 1;
        }
        let mut all = 0;
        for next in &mut next {
            all += *next;
            *next = all;
        }
        let mut sorted = vec![0; all as usize];
        for &id in list {
            if let Some(key) = key(id) {
                sorted[next[key] as usize] = id;
                next[key] += 1;
            }
        }
        sorted
    }

    /// Whether an address may turn out to be one of few: by its form, a mask or a test that is made of it.
    fn may_be_narrow(&self, id: ValueId, depth: u32) -> bool {
        let ssa = self.ssa;
        let go = |v: ValueId| self.may_be_narrow(v, depth - 1);
        let is_tested = || self.sites_of(id).iter().any(|site| self.fact(site).op != Compare::Ne);
        let by_form = match ssa.node(id) {
            Node::Const(_) | Node::Compare(..) => true,
            _ if depth == 0 => true,
            Node::Param(index) => !self.known.param(index, ssa.bits(id)).is_top(),
            Node::Opaque(_, max) => max < crate::domain::mask_of(ssa.bits(id)),
            Node::Global(_) => false,
            Node::Load { bytes, .. } => bytes < 4,
            Node::Binary(Binary::Add | Binary::Sub | Binary::Or | Binary::Xor, a, b) => go(a) && go(b),
            Node::Binary(Binary::Mul | Binary::Shl | Binary::Rotl | Binary::Rotr, a, _) => go(a),
            Node::Unary(Unary::Zext(_) | Unary::Sext(_), a) => go(a),
            Node::Select(_, a, b) => go(a) && go(b),
            Node::Binary(..) | Node::Unary(..) | Node::Phi(_) => true,
        };
        by_form || is_tested()
    }

    /// Constants that loops are likely to stop at, ascending.
    fn steps(&self, list: &[ValueId]) -> Vec<u64> {
        const MOST: usize = 64;
        let mut steps = Vec::new();
        for id in list {
            if let Node::Compare(_, a, b) = self.ssa.node(*id) {
                for c in [a, b].into_iter().filter_map(|v| self.ssa.constant(v)) {
                    steps.extend([c.wrapping_sub(1), c, c.wrapping_add(1)]);
                }
            }
            if steps.len() >= MOST {
                break;
            }
        }
        steps.extend([0, 1, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff, i64::MAX as u64]); // CAST: bits
        steps.sort_unstable();
        steps.dedup();
        steps
    }

    /// The sets of all values of the list, from nothing.
    pub(super) fn solve(&mut self, is_head: &dyn Fn(u32) -> bool) {
        let list = std::mem::take(&mut self.list);
        let steps = self.steps(&list);
        self.values.clear();
        self.values.extend(list.iter().map(|id| Value::bottom(self.ssa.bits(*id))));
        // Evaluations are numbered; an evaluation is left out if nothing that it read has changed since.
        let mut evaluated = vec![Evaluated::default(); list.len()];
        let mut results = self.values.clone();
        let mut changed_at = vec![0_u32; list.len()];
        for reader in &self.reads.read_by {
            reader.set(0);
        }
        self.reads.list.borrow_mut().clear();
        self.reads.now.set(0);
        let mut updates = vec![0_u8; list.len()];
        let patience = if list.len() > MANY { self.effort.patience.0 } else { self.effort.patience.1 };
        // What may be anything stays so until the sets are made smaller again.
        let mut is_top = vec![false; list.len()];
        // The evaluation that changed something last.
        let mut latest = 0;
        for round in 0.. {
            let mut changed = false;
            for (place, &id) in list.iter().enumerate() {
                let of = evaluated[place];
                if is_top[place] || of.at > latest || !self.is_stale(&of, &changed_at) {
                    continue;
                }
                let old = self.values[place];
                let (this, new) = self.eval_noting(id);
                evaluated[place] = this;
                results[place] = new;
                let joined = old.join(&new);
                if joined == old {
                    continue;
                }
                changed = true;
                latest = self.reads.now.get();
                changed_at[place] = latest;
                let count = &mut updates[place];
                *count = count.saturating_add(1);
                let widens = matches!(self.ssa.node(id), Node::Phi(_)) && is_head(self.ssa.block[id as usize]);
                self.values[place] = if round > 3 * patience {
                    Value::top(old.width())
                } else if round > patience {
                    old.widen_to(joined, &new, &[])
                } else if widens && *count > self.effort.changes.0 {
                    let mask = crate::domain::mask_of(old.width());
                    let fitting = &steps[..steps.partition_point(|s| *s <= mask)];
                    old.widen_to(joined, &new, if *count > self.effort.changes.1 { &[] } else { fitting })
                } else {
                    joined
                };
                is_top[place] = self.values[place].is_top();
            }
            if !changed {
                break;
            }
        }
        self.evaluated = evaluated;
        self.results = results;
        self.changed_at = changed_at;
        self.list = list;
        self.descend();
    }

    /// Two descending rounds. Each set is right; evaluated from right sets, it stays so.
    pub(super) fn descend(&mut self) {
        let list = std::mem::take(&mut self.list);
        for round in 0..2 {
            for (place, &id) in list.iter().enumerate() {
                let is_stale = self.is_stale(&self.evaluated[place], &self.changed_at);
                if is_stale {
                    (self.evaluated[place], self.results[place]) = self.eval_noting(id);
                }
                if is_stale || round == 0 {
                    self.narrow_at(place, self.results[place]);
                }
            }
        }
        self.list = list;
    }

    /// Takes off what is not in `by`, if the value is analysed.
    pub(super) fn narrow(&mut self, id: ValueId, by: Value) {
        if self.is_analysed(id) {
            self.narrow_at(self.place[id as usize] as usize, by);
        }
    }

    fn narrow_at(&mut self, place: usize, by: Value) {
        let met = self.values[place].meet(&by);
        if met != self.values[place] {
            self.values[place] = met;
            self.changed_at[place] = self.reads.now.get();
        }
    }

    /// Whether something that an evaluation read has changed since, or there was none.
    fn is_stale(&self, evaluated: &Evaluated, changed_at: &[u32]) -> bool {
        let reads = self.reads.list.borrow();
        let read = &reads[evaluated.from as usize..evaluated.to as usize];
        evaluated.at == 0 || read.iter().any(|place| changed_at[*place as usize] >= evaluated.at)
    }

    /// Evaluates a value and keeps what it read.
    fn eval_noting(&self, id: ValueId) -> (Evaluated, Value) {
        let reads = &self.reads;
        let from = reads.list.borrow().len();
        reads.now.set(reads.now.get() + 1);
        reads.is_on.set(true);
        let value = self.eval(id);
        reads.is_on.set(false);
        let mut list = reads.list.borrow_mut();
        if list.len() > Reads::MOST {
            list.truncate(from);
            return (Evaluated::default(), value);
        }
        // CAST: at most the limit.
        (Evaluated { at: reads.now.get(), from: from as u32, to: list.len() as u32 }, value)
    }
}
