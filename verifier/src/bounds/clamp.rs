//! What a bound says of the variables of its loop.

use super::lin::{self, Expander, Sense};
use super::search::Search;
use super::{Method, distance, modular_step};
use crate::domain::Value;
use crate::ssa::{Node, block_id};

impl Search<'_, '_> {
    /// Ranges of the variables that the bound gives.
    pub(super) fn clamp(&mut self, expander: &Expander<'_, '_>, at: usize) {
        let Some(rounds) = self.loops[at].rounds else { return };
        // A claim may be false.
        if self.loops[at].method == Some(Method::Claim) {
            return;
        }
        let ssa = self.subject.ssa;
        let head = self.subject.nest.loops[at].head.index();
        for phi in &self.prospects.phis[at] {
            let Node::Phi(index) = ssa.node(*phi) else { continue };
            let width = ssa.bits(*phi);
            if !self.ranges.is_analysed(*phi) {
                continue;
            }
            let Some(step) = modular_step(expander, *phi) else { continue };
            let mut start = Value::bottom(width);
            for (arg, (from, kind)) in ssa.phi_args[index as usize].iter().zip(&ssa.preds[head]) {
                if !self.subject.nest.contains(at, block_id(*from)) {
                    start = start.join(&self.ranges.on_edge(*arg, *from, *kind));
                }
            }
            if start.is_bottom() {
                continue;
            }
            let way = i128::from(step).saturating_mul(i128::from(rounds));
            for sense in [Sense::Unsigned, Sense::Signed] {
                let (min, max) = lin::read_range(&start, sense);
                let (lo, hi) = (min + way.min(0), max + way.max(0));
                let (least, most) = lin::read_range(&Value::top(width), sense);
                if lo >= least && hi <= most {
                    // CAST: inside the range of the type.
                    let clamp = match sense {
                        Sense::Unsigned => Value::unsigned_range(lo as u64, hi as u64, width),
                        Sense::Signed => Value::signed_range(lo as i64, hi as i64, width),
                    };
                    self.clamps.push((*phi, clamp));
                }
            }
        }
    }

    /// What the variables of a loop start with, where that is better known than by its range.
    pub(super) fn start(&mut self, expander: &Expander<'_, '_>, at: usize) {
        let ssa = self.subject.ssa;
        let head = self.subject.nest.loops[at].head.index();
        if self.ranges.is_large() {
            return;
        }
        for phi in &self.prospects.phis[at] {
            let Node::Phi(index) = ssa.node(*phi) else { continue };
            if !self.ranges.is_analysed(*phi) {
                continue;
            }
            for (way, (arg, (from, kind))) in ssa.phi_args[index as usize].iter().zip(&ssa.preds[head]).enumerate() {
                if self.subject.nest.contains(at, block_id(*from)) {
                    continue;
                }
                let edge = (*from, *kind, way, head as u32); // CAST: petgraph's u32
                let known = self.ranges.on_edge(*arg, *from, *kind);
                if let Some(set) = distance::start(expander, *arg, edge)
                    && known.meet(&set) != known
                {
                    self.starts.push(((*phi, way), set));
                }
            }
        }
    }
}
