//! Which loops a rule could bound at all, found without ranges: most loops of real programs follow pointers through
//! memory or wait for what a call returns, and looking closer at those is in vain.
//!
//! Every rule wants a variable of the loop that each round moves. So there is hope where a test depends on a phi of the
//! head, or an access goes to one, of which no way round makes something unrelated, such as what was loaded.

use smallvec::SmallVec;

use super::{Subject, Test, memory};
use crate::domain::{Binary, Unary};
use crate::ssa::{Node, ValueId, block_id};

/// Values of one slice; what is longer is hoped for.
const MOST: usize = 200;

/// Looks for hope, loop by loop.
pub(crate) struct Hope<'s, 'a> {
    subject: &'s Subject<'a>,
    /// Loads that may turn out to be variables.
    is_slot: &'s dyn Fn(ValueId) -> bool,
    /// By value: number of the slice that it was met in last.
    met: Vec<u32>,
    slice: u32,
    open: Vec<ValueId>,
}

impl<'s, 'a> Hope<'s, 'a> {
    pub(crate) fn new(subject: &'s Subject<'a>, is_slot: &'s dyn Fn(ValueId) -> bool) -> Self {
        Self { subject, is_slot, met: vec![0; subject.ssa.nodes.len()], slice: 0, open: Vec::new() }
    }

    /// Whether a rule may find a bound for the loop, which stays on these tests.
    pub(crate) fn is_there(&mut self, at: usize, tests: &[(u32, Vec<Test>)]) -> bool {
        let subject = self.subject;
        let nest = subject.nest;
        let claimed = |(block, _): &(u32, ValueId)| nest.contains(at, block_id(*block));
        if subject.ssa.claims.iter().any(claimed) {
            return true;
        }
        if tests.iter().flat_map(|(_, tests)| tests).any(|test| self.depends_on_moved(at, &[test.a, test.b], true)) {
            return true;
        }
        let mut events = memory::each_round(subject, at);
        events
            .any(|(addr, offset, _)| memory::may_leave(subject, offset, 1) && self.depends_on_moved(at, &[addr], false))
    }

    /// Whether anything but sums and differences makes the variables that the tests of a loop depend on: where nothing
    /// does, there is no use in following the rounds.
    pub(crate) fn is_bent(&mut self, at: usize, tests: &[(u32, Vec<Test>)]) -> bool {
        let ssa = self.subject.ssa;
        self.slice += 1;
        self.open.clear();
        self.open.extend(tests.iter().flat_map(|(_, tests)| tests).flat_map(|test| [test.a, test.b]));
        while let Some(id) = self.open.pop() {
            let block = ssa.block[id as usize];
            if ssa.constant(id).is_some()
                || std::mem::replace(&mut self.met[id as usize], self.slice) == self.slice
                || !self.subject.nest.contains(at, block_id(block))
            {
                continue;
            }
            match ssa.node(id) {
                Node::Load { .. } => continue,
                Node::Binary(Binary::Add | Binary::Sub, ..) | Node::Unary(Unary::Zext(_) | Unary::Sext(_), _) => {}
                // A condition.
                Node::Binary(Binary::And, _, b) if ssa.constant(b) == Some(1) => {}
                Node::Binary(..) | Node::Unary(..) => return true,
                _ => {}
            }
            ssa.operands(id, |v| self.open.push(v));
        }
        false
    }

    /// Whether values depend on a phi of the head that a round moves. `otherwise` says what if they are the same in
    /// all rounds.
    fn depends_on_moved(&mut self, at: usize, of: &[ValueId], otherwise: bool) -> bool {
        let ssa = self.subject.ssa;
        let head = self.subject.nest.loops[at].head.index();
        self.slice += 1;
        self.open.clear();
        self.open.extend_from_slice(of);
        let mut seen = 0;
        let mut phis: SmallVec<[ValueId; 8]> = SmallVec::new();
        let mut varies = false;
        while let Some(id) = self.open.pop() {
            let block = ssa.block[id as usize] as usize;
            if ssa.constant(id).is_some()
                || std::mem::replace(&mut self.met[id as usize], self.slice) == self.slice
                || !self.subject.nest.contains(at, block_id(block as u32))
            // CAST: petgraph's u32
            {
                continue;
            }
            varies = true;
            seen += 1;
            if seen > MOST {
                return true;
            }
            match ssa.node(id) {
                Node::Phi(_) if block == head => phis.push(id),
                Node::Load { .. } if (self.is_slot)(id) => return true,
                Node::Load { .. } => {}
                _ => ssa.operands(id, |v| self.open.push(v)),
            }
        }
        if varies { phis.iter().any(|phi| self.is_moved(at, *phi)) } else { otherwise }
    }

    /// Whether no way round gives a phi of the head something that has nothing to do with what it was.
    fn is_moved(&mut self, at: usize, phi: ValueId) -> bool {
        let ssa = self.subject.ssa;
        let nest = self.subject.nest;
        let head = nest.loops[at].head.index();
        let Node::Phi(index) = ssa.node(phi) else { return true };
        self.slice += 1;
        self.open.clear();
        for (arg, (from, _)) in ssa.phi_args[index as usize].iter().zip(&ssa.preds[head]) {
            if nest.contains(at, block_id(*from)) {
                self.open.push(*arg);
            }
        }
        let mut seen = 0;
        while let Some(id) = self.open.pop() {
            let block = ssa.block[id as usize];
            if std::mem::replace(&mut self.met[id as usize], self.slice) == self.slice
                || !nest.contains(at, block_id(block))
            {
                continue;
            }
            seen += 1;
            if seen > MOST {
                return true;
            }
            match ssa.node(id) {
                Node::Load { .. } if !(self.is_slot)(id) => return false,
                Node::Opaque(..) | Node::Global(_) => return false,
                Node::Phi(index) if nest.loop_of_head(block_id(block)).is_none() => {
                    self.open.extend_from_slice(&ssa.phi_args[index as usize]);
                }
                Node::Select(_, a, b) => self.open.extend([a, b]),
                _ => {}
            }
        }
        true
    }
}
