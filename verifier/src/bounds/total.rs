//! Rounds of a loop in one run of its function.

use smallvec::SmallVec;

use super::lin::{self, Expander};
use super::modular::Sums;
use super::search::Search;
use super::{Method, cases, formula, linear};
use crate::ssa::block_id;

impl Search<'_, '_> {
    /// Rounds in one run of the function.
    pub(super) fn total(&mut self, at: usize) {
        let nest = self.subject.nest;
        let Some(rounds) = self.loops[at].rounds else { return };
        let Some(parent) = nest.loops[at].parent else {
            self.loops[at].total = Some(rounds);
            return;
        };
        let Some(outer_total) = self.loops[parent].total else { return };
        let Some(outer) = self.loops[parent].rounds else { return };
        // Entries of the parent: all of its rounds over the rounds of one entry, rounded up.
        let entries_of_parent = self.entries(parent);
        let per_parent = self.entered_per_round(parent, at, outer);
        let product = u128::from(rounds).saturating_mul(per_parent).saturating_mul(entries_of_parent);
        let by_rounds = u128::from(rounds).saturating_mul(u128::from(outer_total).saturating_add(entries_of_parent));
        let mut total = product.min(by_rounds);
        if let Some(triangle) = self.triangle(parent, at, per_parent) {
            total = total.min(triangle.saturating_mul(entries_of_parent));
        }
        self.loops[at].total = Some(u64::try_from(total).unwrap_or(u64::MAX));
    }

    /// Times that the loop is entered in one run of the function.
    fn entries(&self, at: usize) -> u128 {
        match self.subject.nest.loops[at].parent {
            None => 1,
            Some(parent) => match self.loops[parent].rounds {
                Some(rounds) => self.entered_per_round(parent, at, rounds).saturating_mul(self.entries(parent)),
                None => u128::MAX >> 64,
            },
        }
    }

    /// Times that `inner` is entered while `outer` goes round so often: one more than that if a last part
    /// of a round reaches it.
    fn entered_per_round(&self, outer: usize, inner: usize, rounds: u64) -> u128 {
        let (nest, order, graph) = (self.subject.nest, self.subject.order, self.subject.graph);
        let head = nest.loops[inner].head;
        // Behind the test that the bound comes from, on the side that stays. Where no single test gives the bound, the
        // last part of a round may pass each of them.
        let is_from_test =
            !matches!(self.loops[outer].method, Some(Method::Claim | Method::Followed | Method::Exits) | None);
        let behind = self.loops[outer].test.filter(|_| is_from_test).is_some_and(|test| {
            let stays = graph.neighbors(block_id(test.block)).filter(|next| nest.contains(outer, *next));
            let mut stays = stays.collect::<Vec<_>>();
            stays.dedup();
            matches!(stays[..], [next] if order.dominates(next, head) && next != nest.loops[outer].head)
        });
        u128::from(rounds) + u128::from(!behind)
    }

    /// Sum of the inner bound over the outer rounds, if it follows the outer variable.
    fn triangle(&self, outer: usize, inner: usize, entries: u128) -> Option<u128> {
        let formula = self.loops[inner].formula.as_ref()?;
        let head = self.subject.nest.loops[outer].head.index() as u32; // CAST: petgraph's u32
        let phis = &self.prospects.phis[outer];
        let expander = Expander {
            ranges: self.ranges,
            nest: self.subject.nest,
            at: Some(outer),
            rounds: &self.rounds,
            fewest: &self.fewest,
            head_phis: phis,
            exact: &[],
            choices: SmallVec::new(),
            coarse: false,
            edge: None,
            budget: std::cell::Cell::new(20_000),
            sums: &Sums::default(),
        };
        let (leaf, c) = linear::coefficient_of_head(&expander, &formula.measure, head)?;
        let (least, most) = cases::step(&expander, leaf.0, leaf.1)?;
        // The measure moves by this in each outer round, at least in the direction of growth.
        let moved = if c > 0 { c * most } else { c * least };
        // Where it starts.
        let entry = self.subject.ssa.preds[head as usize]
            .iter()
            .position(|(from, _)| !self.subject.nest.contains(outer, block_id(*from)))?;
        let (from, _) = self.subject.ssa.preds[head as usize][entry];
        let first = expander.expand(cases::next_of(&expander, leaf.0, entry)?, leaf.1).ok()?;
        let mut start = formula.measure.plus(&lin::Lin::leaf(leaf), -c);
        start = start.plus(&first, c);
        let inside = start.terms.iter().any(|((id, _), _)| expander.varies(*id));
        if inside || moved.abs() >= lin::INFINITE {
            return None;
        }
        let (_, start) = expander.evaluate(&start, &[from]);
        formula::series(start, moved, formula.step, entries)
    }
}
