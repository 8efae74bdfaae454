//! What is known of the loops of a function before the values in them are looked at: their tests, the variables of
//! their heads, and for which of them there is hope.

use std::collections::HashSet;
use std::hash::BuildHasherDefault;

use smallvec::SmallVec;

use super::{LoopBound, Subject, Test, hope};
use crate::cfg::EdgeKind;
use crate::domain::Compare;
use crate::ranges::Ranges;
use crate::ssa::congruence::Mix;
use crate::ssa::{Node, Ssa, Term, ValueId, block_id};

/// The comparisons on which a loop stays, by block.
pub(super) type Tests = Vec<(u32, Vec<Test>)>;

/// What is known of the loops without ranges.
pub(super) struct Prospects {
    /// By loop.
    pub(super) tests: Vec<Tests>,
    /// By loop: what holds at the end of a round for a variable not to be zero that the loop goes on by.
    pub(super) flags: Vec<Vec<Test>>,
    /// By loop: whether a rule may find a bound.
    pub(super) hope: Vec<bool>,
    /// By loop: whether its rounds are worth following.
    pub(super) bent: Vec<bool>,
    /// By loop: the integer phis of its head.
    pub(super) phis: Vec<Vec<ValueId>>,
}

impl Prospects {
    pub(super) fn new(subject: &Subject<'_>, ranges: &Ranges<'_>, is_slot: &dyn Fn(ValueId) -> bool) -> Self {
        let nest = subject.nest;
        let ssa = subject.ssa;
        let all = 0..nest.loops.len();
        let tests: Vec<Tests> = all.clone().map(|at| tests(subject, ranges, at)).collect();
        let mut search = hope::Hope::new(subject, is_slot);
        let hope: Vec<bool> =
            all.clone().map(|at| !nest.loops[at].irreducible && search.is_there(at, &tests[at])).collect();
        let flag = |at: usize| if hope[at] { flags(subject, ranges, at, &tests[at]) } else { Vec::new() };
        let flags = all.clone().map(flag).collect();
        let bent = all.map(|at| hope[at] && search.is_bent(at, &tests[at])).collect();
        let mut phis = vec![Vec::new(); nest.loops.len()];
        for (id, node) in ssa.nodes.iter().enumerate() {
            let id = id as u32; // CAST: a value's name
            if matches!(node, Node::Phi(_))
                && ssa.find(id) == id
                && ssa.width[id as usize] != 0
                && let Some(at) = nest.index_of_head(block_id(ssa.block[id as usize]))
            {
                phis[at].push(id);
            }
        }
        Self { tests, flags, hope, bent, phis }
    }

    /// What is found where there is no hope.
    pub(super) fn nothing(&self) -> Vec<LoopBound> {
        let none = LoopBound {
            rounds: None,
            total: None,
            method: None,
            formula: None,
            uneven: false,
            test: None,
            assumes: false,
        };
        let first = |tests: &Tests| tests.iter().flat_map(|(_, tests)| tests).next().copied();
        self.tests.iter().map(|tests| LoopBound { test: first(tests), ..none.clone() }).collect()
    }

    /// The blocks in which loops with hope are left.
    pub(super) fn tested(&self) -> impl Iterator<Item = u32> {
        let hopeful = self.tests.iter().zip(&self.hope).filter(|(_, hope)| **hope);
        hopeful.flat_map(|(tests, _)| tests).map(|(block, _)| *block)
    }

    /// The values that the ranges of the loops with hope rest on.
    /// `follows` says whether rounds may be followed, for which conditions are looked at.
    pub(super) fn roots(&self, ssa: &Ssa, follows: bool) -> Vec<ValueId> {
        let tested = self.tested().filter_map(|block| match ssa.terms[block as usize] {
            Term::Cond(cond) if follows => Some(cond),
            _ => None,
        });
        let mut roots: Vec<ValueId> = tested.chain(ssa.claims.iter().map(|(_, value)| *value)).collect();
        for (at, tests) in self.tests.iter().enumerate().filter(|(at, _)| self.hope[*at]) {
            roots.extend(self.flags[at].iter().flat_map(|test| [test.a, test.b]));
            // A term of a condition is no operand of it where compilers do not optimise.
            roots.extend(tests.iter().flat_map(|(_, tests)| tests).flat_map(|test| [test.a, test.b]));
            let mut tested = tests.iter().flat_map(|(_, tests)| tests).flat_map(|test| [test.a, test.b]);
            if self.phis[at].len() > 1 && tested.any(|id| self.may_stand_still(ssa, at, id)) {
                roots.extend(&self.phis[at]);
            }
        }
        roots
    }

    /// Whether the tests of a loop may rest on one of these values, given by value.
    pub(super) fn rests_on(&self, ssa: &Ssa, at: usize, any: &[bool]) -> bool {
        /// Values that are looked at.
        const MOST: usize = 200;
        let tested = self.tests[at].iter().flat_map(|(_, tests)| tests).flat_map(|test| [test.a, test.b]);
        let mut open: SmallVec<[ValueId; 32]> = tested.filter(|id| ssa.constant(*id).is_none()).collect();
        let mut met: HashSet<ValueId, BuildHasherDefault<Mix>> = open.iter().copied().collect();
        while let Some(id) = open.pop() {
            if any[id as usize] || met.len() > MOST {
                return true;
            }
            if matches!(ssa.node(id), Node::Load { .. }) {
                continue;
            }
            ssa.operands(id, |v| {
                if ssa.constant(v).is_none() && met.insert(v) {
                    open.push(v);
                }
            });
        }
        false
    }

    /// Whether a way round may leave a tested variable of the head as it is, so that another one must move.
    fn may_stand_still(&self, ssa: &Ssa, at: usize, tested: ValueId) -> bool {
        /// Values that are looked at.
        const MOST: usize = 24;
        let is_head = |id: ValueId| self.phis[at].contains(&id);
        let mut open: SmallVec<[ValueId; 8]> = SmallVec::from_slice(&[tested]);
        let mut moved: SmallVec<[ValueId; 2]> = SmallVec::new();
        // What is tested is the variable, or made from it.
        for _ in 0..MOST {
            let Some(id) = open.pop() else { break };
            match ssa.node(id) {
                _ if is_head(id) => moved.push(id),
                Node::Phi(phi) => open.extend_from_slice(&ssa.phi_args[phi as usize]),
                Node::Binary(_, a, b) => open.extend([a, b]),
                Node::Unary(_, a) => open.push(a),
                _ => {}
            }
        }
        moved.iter().any(|phi| {
            let Node::Phi(index) = ssa.node(*phi) else { return false };
            let mut open: SmallVec<[ValueId; 8]> = SmallVec::from_slice(&ssa.phi_args[index as usize]);
            for _ in 0..MOST {
                match open.pop() {
                    None => return false,
                    Some(id) if id == *phi => return true,
                    Some(id) if is_head(id) => {}
                    Some(id) => match ssa.node(id) {
                        Node::Phi(phi) => open.extend_from_slice(&ssa.phi_args[phi as usize]),
                        Node::Select(_, a, b) => open.extend([a, b]),
                        _ => {}
                    },
                }
            }
            false
        })
    }
}

/// The comparisons on which the loop stays, by block.
fn tests(subject: &Subject<'_>, ranges: &Ranges<'_>, at: usize) -> Tests {
    let nest = subject.nest;
    let graph = subject.graph;
    let mut out = Vec::new();
    for &block in subject.nest.own_blocks(at) {
        let Term::Cond(cond) = subject.ssa.terms[block.index()] else { continue };
        let mut leaves = [None; 2];
        for edge in graph.edges(block) {
            use petgraph::visit::EdgeRef;
            let side = match edge.weight() {
                EdgeKind::True => 1,
                EdgeKind::False => 0,
                _ => continue,
            };
            leaves[side] = Some(!nest.contains(at, edge.target()));
        }
        let stays_if = match leaves {
            [Some(true), Some(false)] => true,
            [Some(false), Some(true)] => false,
            _ => continue,
        };
        let mut facts = Vec::new();
        ranges.facts(cond, stays_if, &mut facts);
        let block = block.index() as u32; // CAST: petgraph's u32
        let mut latches = nest.loops[at].latches.iter();
        let always = latches.all(|latch| subject.order.dominates(block_id(block), *latch));
        let zero = |test: &crate::ranges::Fact| test.other.or_else(|| zero_of(subject.ssa, test.value));
        let mut tests: Vec<Test> = Vec::new();
        for fact in facts.iter().filter(|fact| fact.is_plain()) {
            let Some(b) = zero(fact) else { continue };
            let test = Test { block, op: fact.op, a: fact.value, b, always };
            // A comparison is a fact about either operand.
            if !tests.contains(&test.swapped()) {
                tests.push(test);
            }
        }
        out.push((block, tests));
    }
    out
}

/// What must hold at the end of a round for a variable that the loop goes on by not to be zero: `going` in
/// `while (going) { ...; if (i >= n) going = 0; }`.
fn flags(subject: &Subject<'_>, ranges: &Ranges<'_>, at: usize, tests: &Tests) -> Vec<Test> {
    let (ssa, nest) = (subject.ssa, subject.nest);
    let head = nest.loops[at].head.index();
    let mut latches = ssa.preds[head].iter().enumerate().filter(|(_, (from, _))| nest.contains(at, block_id(*from)));
    let (Some((way, (latch, _))), None) = (latches.next(), latches.next()) else { return Vec::new() };
    let mut out = Vec::new();
    for flag in tests.iter().flat_map(|(_, tests)| tests).filter(|test| test.always && test.op == Compare::Ne) {
        if ssa.constant(flag.b) == Some(0)
            && ssa.block[flag.a as usize] as usize == head
            && let Node::Phi(phi) = ssa.node(flag.a)
            && let Some(next) = ssa.phi_args[phi as usize].get(way)
        {
            let mut facts = Vec::new();
            ranges.facts(*next, true, &mut facts);
            let plain = facts.iter().filter(|fact| fact.is_plain() && fact.value != *next);
            out.extend(plain.filter_map(|fact| {
                Some(Test { block: *latch, op: fact.op, a: fact.value, b: fact.other?, always: true })
            }));
        }
    }
    out
}

/// A constant zero of the same width.
fn zero_of(ssa: &Ssa, id: ValueId) -> Option<ValueId> {
    ssa.zeros.iter().copied().find(|zero| ssa.width[*zero as usize] == ssa.width[id as usize])
}
