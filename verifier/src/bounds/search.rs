//! The search for the bounds of all loops of a function.

use smallvec::SmallVec;

use super::lin::Expander;
use super::prospects::Prospects;
use super::{
    Formula, LoopBound, Method, Subject, Test, USEFUL, fewest, geometric, halving, lexicographic, linear, memory,
    modular, monotone,
};
use crate::cfg::BlockId;
use crate::domain::{Compare, Value};
use crate::ranges::{Ordered, Ranges};
use crate::ssa::{ValueId, block_id};

/// What a search before this one has found, with sets that were not as narrow.
pub(super) struct Last {
    pub(super) loops: Vec<LoopBound>,
    pub(super) exact: Vec<Option<modular::Exact>>,
    /// By value: whether its set is another now.
    pub(super) changed: Vec<bool>,
}

pub(super) struct Search<'s, 'a> {
    pub(super) subject: &'s Subject<'a>,
    pub(super) prospects: &'s Prospects,
    pub(super) ranges: &'s Ranges<'a>,
    /// Bounds that following the rounds has given.
    pub(super) given: &'s [Option<u64>],
    pub(super) last: Option<Last>,
    pub(super) loops: Vec<LoopBound>,
    pub(super) clamps: Vec<(ValueId, Value)>,
    /// Sets of the operands of heads' phis, by the number of the edge.
    pub(super) starts: Vec<((ValueId, usize), Value)>,
    /// Orders that the bounds have shown.
    pub(super) orders: Vec<Ordered>,
    pub(super) exact: Vec<Option<modular::Exact>>,
    /// Edges that leave each loop.
    pub(super) exits: Vec<usize>,
    /// Most rounds of each loop, as far as they are known.
    pub(super) rounds: Vec<Option<u64>>,
    /// Fewest rounds of each loop.
    pub(super) fewest: Vec<u64>,
}

/// A bound from one exit.
pub(super) struct Exit {
    rounds: u128,
    method: Method,
    formula: Option<Formula>,
    test: Test,
    /// `rounds` is no more than the width of a type.
    exact: bool,
    /// Some rounds may bring it closer than others.
    uneven: bool,
}

impl<'s, 'a> Search<'s, 'a> {
    pub(super) fn new(
        subject: &'s Subject<'a>,
        prospects: &'s Prospects,
        ranges: &'s Ranges<'a>,
        given: &'s [Option<u64>],
        last: Option<Last>,
    ) -> Self {
        let count = subject.nest.loops.len();
        Self {
            subject,
            prospects,
            ranges,
            given,
            last,
            loops: prospects.nothing(),
            clamps: Vec::new(),
            starts: Vec::new(),
            orders: Vec::new(),
            exact: vec![None; count],
            exits: vec![0; count],
            rounds: vec![None; count],
            fewest: vec![0; count],
        }
    }

    pub(super) fn run(&mut self) {
        let nest = self.subject.nest;
        for edge in self.subject.graph.edge_indices() {
            let Some((from, to)) = self.subject.graph.edge_endpoints(edge) else { continue };
            let mut inner = nest.innermost(from);
            while let Some(at) = inner.filter(|at| !nest.contains(*at, to)) {
                self.exits[at] += 1;
                inner = nest.loops[at].parent;
            }
        }
        // Inner loops before outer ones, and of neighbours the first before the second, whose start it may make.
        let mut order: Vec<usize> = (0..nest.loops.len()).collect();
        order.sort_by_key(|at| (std::cmp::Reverse(nest.loops[*at].depth), *at));
        for at in order {
            self.bound(at);
        }
        for at in 0..nest.loops.len() {
            self.total(at);
        }
    }

    fn bound(&mut self, at: usize) {
        let nest = self.subject.nest;
        if !self.prospects.hope[at] || self.stands(at) {
            return;
        }
        let rounds = std::mem::take(&mut self.rounds);
        let known_fewest = std::mem::take(&mut self.fewest);
        let head_phis = &self.prospects.phis[at];
        let exact = std::mem::take(&mut self.exact);
        let expander = Expander {
            ranges: self.ranges,
            nest,
            at: Some(at),
            rounds: &rounds,
            fewest: &known_fewest,
            head_phis,
            exact: &exact,
            choices: SmallVec::new(),
            coarse: false,
            edge: None,
            budget: std::cell::Cell::new(20_000),
            sums: &modular::Sums::default(),
        };
        let only_exit = self.only_exit(at);
        let mut exact_here = None;
        let mut whole: Vec<Exit> = Vec::new();
        let mut partial: Vec<Exit> = Vec::new();
        for (_, tests) in &self.prospects.tests[at] {
            for test in tests {
                expander.budget.set(20_000);
                let mut by_distance = None;
                let found = self.exit(&expander, test, &mut by_distance);
                if only_exit.as_ref() == Some(test) {
                    exact_here = by_distance;
                }
                if test.always { whole.extend(found) } else { partial.extend(found) }
            }
        }
        if !whole.iter().any(|exit| exit.exact) {
            whole.extend(self.both(&expander, at));
        }
        if !whole.iter().any(|exit| exit.exact) {
            whole.extend(self.by_flag(&expander, at));
        }
        // Where nothing else is known that is of use, not even in terms of parameters.
        let memory = u128::from(self.subject.memory_bytes);
        let nothing = !whole.iter().any(|exit| exit.exact && exit.rounds <= memory || exit.formula.is_some());
        whole.extend(memory::rounds(&expander, self.subject, &nest.loops[at], nothing).map(|(rounds, test)| Exit {
            rounds,
            method: Method::Memory,
            formula: None,
            test,
            exact: true,
            uneven: false,
        }));
        let mut best = whole.into_iter().filter(|exit| exit.exact || exit.formula.is_some()).min_by_key(|exit| {
            // A bound that counts before one that does not; a formula before none.
            (!exit.exact, exit.rounds, exit.formula.is_none())
        });
        if best.as_ref().is_none_or(|exit| !exit.exact) {
            best = self.together(at, partial).or(best);
        }
        if best.as_ref().is_none_or(|exit| !exit.exact) {
            best = self.by_range(&expander, at).or(best);
        }
        let uses_slots = self.subject.ssa.uses_slots;
        let bound = &mut self.loops[at];
        if let Some(exit) = best {
            bound.rounds = exit.exact.then(|| u64::try_from(exit.rounds).ok()).flatten();
            bound.method = Some(exit.method);
            bound.uneven = exit.uneven;
            bound.formula = exit.formula;
            bound.test = Some(exit.test);
            bound.assumes = uses_slots && exit.method != Method::Memory;
        }
        if let Some(given) = self.given[at]
            && bound.rounds.is_none_or(|rounds| given < rounds)
        {
            bound.rounds = Some(given);
            bound.method = Some(Method::Followed);
            bound.assumes = uses_slots;
        }
        if bound.rounds.is_none()
            && let Some(claimed) = self.claim(at)
        {
            let bound = &mut self.loops[at];
            bound.rounds = Some(claimed);
            bound.method = Some(Method::Claim);
            bound.formula = None;
        }
        if self.loops[at].rounds.is_some() && self.loops[at].method == Some(Method::Distance) {
            self.orders.extend(self.loops[at].test.and_then(|test| modular::order(&expander, &test, true)));
        } else if !self.ranges.is_large() {
            let tests = self.prospects.tests[at].iter().flat_map(|(_, tests)| tests);
            let both = tests.take(4).flat_map(|test| [*test, test.swapped()]);
            self.orders.extend(both.filter_map(|test| modular::order(&expander, &test, false)));
        }
        self.clamp(&expander, at);
        self.start(&expander, at);
        let least = fewest::rounds(&expander, self.subject);
        self.fewest = known_fewest;
        self.fewest[at] = least;
        self.exact = exact;
        self.exact[at] = exact_here;
        self.rounds = rounds;
        self.rounds[at] = self.loops[at].rounds;
    }

    /// Whether what the last search has found of a loop would be found again: takes it over then.
    fn stands(&mut self, at: usize) -> bool {
        let Some(last) = &mut self.last else { return false };
        if self.given[at].is_some() || self.prospects.rests_on(self.subject.ssa, at, &last.changed) {
            return false;
        }
        self.rounds[at] = last.loops[at].rounds;
        // Its total may be another.
        self.loops[at] = LoopBound { total: None, ..last.loops[at].clone() };
        self.exact[at] = last.exact[at].take();
        true
    }

    /// A bound from two tests, of which each round brings one closer to its end.
    fn both(&self, expander: &Expander<'_, '_>, at: usize) -> Option<Exit> {
        /// Tests that are paired.
        const MOST: usize = 4;
        let tests = self.prospects.tests[at].iter().flat_map(|(_, tests)| tests).filter(|test| test.always);
        let tests: Vec<&Test> = tests.take(MOST).collect();
        let pairs = tests.iter().enumerate().flat_map(|(i, one)| tests[i + 1..].iter().map(move |other| (one, other)));
        let found = pairs.filter_map(|(one, other)| {
            expander.budget.set(20_000);
            Some((linear::rounds_of_both(expander, one, other)?.rounds, **one))
        });
        let (rounds, test) = found.min_by_key(|(rounds, _)| *rounds)?;
        let exact = self.useful(rounds, None, false);
        Some(Exit { rounds, method: Method::Exits, formula: None, test, exact, uneven: false })
    }

    /// A bound of a loop that goes on while a variable is not zero, by what must hold at the end of a round for it not
    /// to be: `while (going) { ...; if (i >= n) going = 0; }`. One more round than those at the end of which it holds.
    fn by_flag(&self, expander: &Expander<'_, '_>, at: usize) -> Option<Exit> {
        let found = self.prospects.flags[at].iter().filter_map(|test| {
            expander.budget.set(20_000);
            let exit = self.exit(expander, test, &mut None).filter(|exit| exit.exact)?;
            Some(Exit { rounds: exit.rounds.checked_add(1)?, method: Method::Exits, formula: None, ..exit })
        });
        found.min_by_key(|exit| exit.rounds)
    }

    /// A bound from what the variables of the head may be at all.
    fn by_range(&self, expander: &Expander<'_, '_>, at: usize) -> Option<Exit> {
        /// Tests that are looked at.
        const MOST: usize = 4;
        if self.ranges.is_large() {
            return None;
        }
        let tests = || self.prospects.tests[at].iter().flat_map(|(_, tests)| tests).take(MOST);
        let whole = lexicographic::rounds_of_range(expander).zip(tests().next());
        let both = tests().filter_map(|test| Some((lexicographic::rounds(expander, test)?, test)));
        let (rounds, test) = whole.into_iter().chain(both).min_by_key(|(rounds, _)| *rounds)?;
        self.useful(rounds, None, false).then_some(Exit {
            rounds,
            method: Method::Exits,
            formula: None,
            test: *test,
            exact: true,
            uneven: true,
        })
    }

    /// The test of the loop's only exit.
    fn only_exit(&self, at: usize) -> Option<Test> {
        let [(_, tests)] = self.prospects.tests[at].as_slice() else { return None };
        (self.exits[at] == 1)
            .then(|| tests.iter().copied().find(|test| test.always && test.op == Compare::Ne))
            .flatten()
    }

    /// A bound from one test; in `exact` how often the loop goes round if that is its only exit.
    fn exit(&self, expander: &Expander<'_, '_>, test: &Test, exact: &mut Option<modular::Exact>) -> Option<Exit> {
        let mut best: Option<Exit> = None;
        let mut add = |exit: Exit| {
            let better = best.as_ref().is_none_or(|b| {
                (!exit.exact, exit.rounds, exit.formula.is_none()) < (!b.exact, b.rounds, b.formula.is_none())
            });
            if better {
                best = Some(exit);
            }
        };
        if let Some(found) = linear::rounds(expander, test) {
            let formula = match (found.start, found.step) {
                (Some(start), step @ 1..) if !found.settled => Formula::rounds(expander, start, step, found.post),
                _ => None,
            };
            let method = if found.step == 0 { Method::Logarithm } else { Method::Counter };
            let exact = self.useful(found.rounds, formula.as_ref(), found.step == 0);
            add(Exit { rounds: found.rounds, method, formula, test: *test, exact, uneven: found.uneven });
        }
        if !test.always {
            return best;
        }
        if test.op == Compare::Ne {
            // A distance is the same either way.
            if let Some((rounds, start, step)) = modular::rounds(expander, test, exact) {
                // `n` steps are left where the distance is `n`.
                let formula = start.and_then(|start| Formula::rounds(expander, start.shifted(1 - step), step, false));
                let exact = self.useful(rounds, formula.as_ref(), false);
                add(Exit { rounds, method: Method::Distance, formula, test: *test, exact, uneven: false });
            }
        }
        for test in [*test, test.swapped()] {
            if let Some(rounds) = geometric::rounds(expander, &test) {
                let exact = self.useful(rounds, None, false);
                add(Exit { rounds, method: Method::Logarithm, formula: None, test, exact, uneven: false });
            }
            if let Some(rounds) = halving::rounds(expander, &test) {
                add(Exit { rounds, method: Method::Logarithm, formula: None, test, exact: true, uneven: false });
            }
            if let Some(rounds) = monotone::rounds(expander, &test) {
                let exact = self.useful(rounds, None, false);
                add(Exit { rounds, method: Method::Counter, formula: None, test, exact, uneven: false });
            }
        }
        best
    }

    fn useful(&self, rounds: u128, formula: Option<&Formula>, logarithm: bool) -> bool {
        logarithm || rounds < USEFUL || formula.is_some_and(|f| f.is_constant() && rounds <= u128::from(u64::MAX / 2))
    }

    /// The sum of exits that together lie on every way round.
    fn together(&self, at: usize, partial: Vec<Exit>) -> Option<Exit> {
        let mut by_block: Vec<Exit> = Vec::new();
        for exit in partial.into_iter().filter(|exit| exit.exact) {
            match by_block.iter_mut().find(|e| e.test.block == exit.test.block) {
                Some(other) if other.rounds <= exit.rounds => {}
                Some(other) => *other = exit,
                None => by_block.push(exit),
            }
        }
        // Dearest first: those that the others make up for are left out.
        by_block.sort_by_key(|exit| std::cmp::Reverse(exit.rounds));
        let cuts = |exits: &[Exit], without: Option<usize>| {
            let nest = self.subject.nest;
            let head = nest.loops[at].head;
            let blocked = |block: BlockId| {
                exits.iter().enumerate().any(|(i, e)| Some(i) != without && e.test.block as usize == block.index())
            };
            let mut seen = std::collections::HashSet::new();
            let mut open = vec![head];
            while let Some(block) = open.pop() {
                if blocked(block) || !seen.insert(block) {
                    continue;
                }
                for next in self.subject.graph.neighbors(block) {
                    if next == head {
                        return false;
                    }
                    if nest.contains(at, next) {
                        open.push(next);
                    }
                }
            }
            true
        };
        if by_block.is_empty() || by_block.len() > 16 || !cuts(&by_block, None) {
            return None;
        }
        let mut i = 0;
        while i < by_block.len() {
            if by_block.len() > 1 && cuts(&by_block, Some(i)) {
                by_block.remove(i);
            } else {
                i += 1;
            }
        }
        let rounds = by_block.iter().map(|exit| exit.rounds).sum();
        let last = by_block.pop()?;
        Some(Exit { rounds, method: Method::Exits, formula: None, ..last })
    }

    /// What the program claims of the loop: a call of `cervus_loop_bound` in it and in none inside of it.
    fn claim(&self, at: usize) -> Option<u64> {
        let nest = self.subject.nest;
        let here = self.subject.ssa.claims.iter().filter(|(block, _)| nest.innermost(block_id(*block)) == Some(at));
        let bounds = here.map(|(block, value)| self.ranges.at(*value, *block)).filter(|v| !v.is_bottom());
        bounds.map(|v| v.umax).filter(|max| u128::from(*max) < USEFUL).max()
    }
}
