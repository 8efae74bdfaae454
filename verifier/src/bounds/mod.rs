//! How often each loop of a function goes round.
//!
//! A loop goes round once for each time that control passes from a latch back to its head. Each exit
//! that every round passes gives a bound of its own, and the least counts:
//!
//! - [`linear`]: a measure such as `n - i` that each way round makes smaller;
//! - [`modular`]: `p != end` with a step that divides the distance;
//! - [`geometric`]: shifted, divided, multiplied, stripped of bits;
//! - [`halving`]: a difference that is halved, whatever its ends are;
//! - [`monotone`]: something that grows with a counter, such as its square;
//! - two measures of which each round makes one smaller (`i < n && j < m`);
//! - [`memory`]: a pointer that is read through in each round and only moves up must leave memory;
//! - several exits that only together lie on every way round add up;
//! - what the program claims (`cervus_loop_bound`), where nothing else is found.
//!
//! Where a loop is entered by several ways, each is looked at by itself ([`paths`]).
//!
//! Bounds hold for each entry of the loop. For a loop in another, `total` is for each run of the
//! function: the sum over the outer rounds where the inner bound follows the outer variable
//! (triangular loops), else the product.

pub(crate) mod cases;
mod formula;
mod geometric;
mod halving;
pub(crate) mod hope;
pub(crate) mod lin;
mod linear;
mod memory;
mod modular;
mod monotone;
mod paths;

pub(crate) use formula::{Formula, value_text};

use smallvec::SmallVec;

use crate::cfg::{BlockId, EdgeKind, FlowGraph};
use crate::domain::{Compare, Value, mask_of};
use crate::loops::LoopNest;
use crate::order::Order;
use crate::ranges::{Known, Ordered, Ranges};
use crate::ssa::{Node, Ssa, Term, ValueId, block_id};
use lin::{Expander, Sense};

/// Largest bound that counts if it is not exact: what only the width of a type bounds is not bounded for
/// practical ends.
const USEFUL: u128 = 1 << 31;

/// Values of a function from which on the ranges are computed only once, and narrowed once by what was found, and the
/// entries of a loop are not taken apart into the ways that lead there.
const LARGE: usize = 2_000;

/// How a bound was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// A measure that shrinks by a constant.
    Counter,
    /// A distance that is a multiple of the step.
    Distance,
    /// A variable that is halved, shifted, multiplied.
    Logarithm,
    /// A pointer that must leave the memory.
    Memory,
    /// Several exits together.
    Exits,
    /// The program's own claim; enforced, not proved.
    Claim,
}

impl Method {
    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            Method::Counter => "counter",
            Method::Distance => "distance",
            Method::Logarithm => "logarithm",
            Method::Memory => "memory end",
            Method::Exits => "several exits",
            Method::Claim => "claimed",
        }
    }
}

/// A comparison that a loop makes in each round; it stays while `a op b`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Test {
    pub(crate) block: u32,
    pub(crate) op: Compare,
    pub(crate) a: ValueId,
    pub(crate) b: ValueId,
    /// Whether every round makes it; else a bound counts the rounds that do.
    pub(crate) always: bool,
}

/// Where a value stands in a round.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Invariant,
    Head,
    /// What the phi will be in the next round.
    Next(ValueId),
    Other,
}

impl Test {
    fn place(&self, expander: &Expander<'_, '_>, id: ValueId) -> Place {
        let (Some(at), ssa) = (expander.at, expander.ranges.ssa) else { return Place::Other };
        if !expander.varies(id) {
            return Place::Invariant;
        }
        let head = expander.nest.loops[at].head.index();
        if matches!(ssa.node(id), Node::Phi(_)) && ssa.block[id as usize] as usize == head {
            return Place::Head;
        }
        let latch = |from: u32| expander.nest.contains(at, block_id(from));
        let mut phis = expander.head_phis.iter().filter(|phi| {
            let Node::Phi(index) = ssa.node(**phi) else { return false };
            let args = &ssa.phi_args[index as usize];
            args.iter().zip(&ssa.preds[head]).all(|(arg, (from, _))| !latch(*from) || *arg == id)
        });
        phis.next().map_or(Place::Other, |phi| Place::Next(*phi))
    }

    /// The operands, and whether they are those of the next round: a test of `i + 1` at the end of a round
    /// is one of `i` at the start of the next.
    pub(crate) fn states(&self, expander: &Expander<'_, '_>) -> (ValueId, ValueId, bool) {
        if !self.always {
            return (self.a, self.b, false);
        }
        match (self.place(expander, self.a), self.place(expander, self.b)) {
            (Place::Next(a), Place::Next(b)) => (a, b, true),
            (Place::Next(a), Place::Invariant) => (a, self.b, true),
            (Place::Invariant, Place::Next(b)) => (self.a, b, true),
            _ => (self.a, self.b, false),
        }
    }

    fn swapped(&self) -> Test {
        Test { op: self.op.swapped(), a: self.b, b: self.a, ..*self }
    }
}

/// What is known about one loop.
#[derive(Clone, Debug)]
pub(crate) struct LoopBound {
    /// Most rounds for each entry; `None` if there is no useful bound.
    pub(crate) rounds: Option<u64>,
    /// Most rounds in one run of the function.
    pub(crate) total: Option<u64>,
    pub(crate) method: Option<Method>,
    /// The bound in terms of parameters and outer variables.
    pub(crate) formula: Option<Formula>,
    /// The test that the bound comes from, or the first one for which there is none.
    pub(crate) test: Option<Test>,
    /// Rests on "no wild writes".
    pub(crate) assumes: bool,
}

/// Everything that the search needs.
pub(crate) struct Subject<'a> {
    pub(crate) graph: &'a FlowGraph,
    pub(crate) order: &'a Order,
    pub(crate) nest: &'a LoopNest,
    pub(crate) ssa: &'a Ssa,
    pub(crate) known: &'a dyn Known,
    /// Bytes that the memory may have at most.
    pub(crate) memory_bytes: u64,
}

/// What was found, with the ranges that it was found by.
pub(crate) struct Findings<'a> {
    pub(crate) loops: Vec<LoopBound>,
    pub(crate) ranges: Ranges<'a>,
}

/// The comparisons on which a loop stays, by block.
type Tests = Vec<(u32, Vec<Test>)>;

/// What is known of the loops without ranges.
struct Prospects {
    /// By loop.
    tests: Vec<Tests>,
    /// By loop: whether a rule may find a bound.
    hope: Vec<bool>,
    /// By loop: the integer phis of its head.
    phis: Vec<Vec<ValueId>>,
}

impl Prospects {
    fn new(subject: &Subject<'_>, ranges: &Ranges<'_>, is_slot: &dyn Fn(ValueId) -> bool) -> Self {
        let nest = subject.nest;
        let ssa = subject.ssa;
        let all = 0..nest.loops.len();
        let tests: Vec<Tests> = all.clone().map(|at| tests(subject, ranges, at)).collect();
        let mut search = hope::Hope::new(subject, is_slot);
        let hope = all.map(|at| !nest.loops[at].irreducible && search.is_there(at, &tests[at])).collect();
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
        Self { tests, hope, phis }
    }

    /// What is found where there is no hope.
    fn nothing(&self) -> Vec<LoopBound> {
        let none = LoopBound { rounds: None, total: None, method: None, formula: None, test: None, assumes: false };
        let first = |tests: &Tests| tests.iter().flat_map(|(_, tests)| tests).next().copied();
        self.tests.iter().map(|tests| LoopBound { test: first(tests), ..none.clone() }).collect()
    }
}

/// What is found if there is no hope for any loop, loads that `is_slot` names being variables. `None` if there is.
pub(crate) fn hopeless<'a>(subject: &Subject<'a>, is_slot: &dyn Fn(ValueId) -> bool) -> Option<Findings<'a>> {
    let ranges = Ranges::new(subject.ssa, subject.order, subject.known);
    let prospects = Prospects::new(subject, &ranges, is_slot);
    (!prospects.hope.contains(&true)).then(|| Findings { loops: prospects.nothing(), ranges })
}

/// Bounds of all loops, in the order of the nest. `more` are further values whose ranges are wanted.
pub(crate) fn find<'a>(subject: &Subject<'a>, more: &[ValueId]) -> Findings<'a> {
    let is_head = |block: u32| subject.nest.loop_of_head(block_id(block)).is_some();
    let mut ranges = Ranges::new(subject.ssa, subject.order, subject.known);
    let prospects = Prospects::new(subject, &ranges, &|_| false);
    let mut roots: Vec<ValueId> = more.to_vec();
    for (tests, _) in prospects.tests.iter().zip(&prospects.hope).filter(|(_, hope)| **hope) {
        for (block, _) in tests {
            if let Term::Cond(cond) = subject.ssa.terms[*block as usize] {
                roots.push(cond);
            }
        }
    }
    roots.extend(subject.ssa.claims.iter().map(|(_, value)| *value));
    ranges.analyse(&is_head, &roots);
    let mut round = 0;
    loop {
        let mut search = Search {
            subject,
            prospects: &prospects,
            ranges: &ranges,
            loops: prospects.nothing(),
            clamps: Vec::new(),
            orders: Vec::new(),
            exact: vec![None; subject.nest.loops.len()],
            exits: vec![0; subject.nest.loops.len()],
            rounds: vec![None; subject.nest.loops.len()],
        };
        search.run();
        let Search { loops, clamps: found, orders, .. } = search;
        round += 1;
        let ordered = ranges.order(orders) && loops.iter().any(|of| of.rounds.is_none());
        let better: Vec<(ValueId, Value)> =
            found.into_iter().filter(|(id, clamp)| ranges.of(*id).meet(clamp) != ranges.of(*id)).collect();
        let most = if subject.ssa.nodes.len() > LARGE { 2 } else { 3 };
        if round == most || better.is_empty() && !ordered {
            return Findings { loops, ranges };
        }
        if subject.ssa.nodes.len() > LARGE {
            ranges.narrowed(better);
        } else {
            ranges.again(&is_head, better);
        }
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

/// A constant zero of the same width.
fn zero_of(ssa: &Ssa, id: ValueId) -> Option<ValueId> {
    ssa.zeros.iter().copied().find(|zero| ssa.width[*zero as usize] == ssa.width[id as usize])
}

struct Search<'s, 'a> {
    subject: &'s Subject<'a>,
    prospects: &'s Prospects,
    ranges: &'s Ranges<'a>,
    loops: Vec<LoopBound>,
    clamps: Vec<(ValueId, Value)>,
    /// Orders that the bounds have shown.
    orders: Vec<Ordered>,
    exact: Vec<Option<modular::Exact>>,
    /// Edges that leave each loop.
    exits: Vec<usize>,
    /// Most rounds of each loop, as far as they are known.
    rounds: Vec<Option<u64>>,
}

/// A bound from one exit.
struct Exit {
    rounds: u128,
    method: Method,
    formula: Option<Formula>,
    test: Test,
    /// `rounds` is no more than the width of a type.
    exact: bool,
}

impl Search<'_, '_> {
    fn run(&mut self) {
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
        if !self.prospects.hope[at] {
            return;
        }
        let rounds = std::mem::take(&mut self.rounds);
        let head_phis = &self.prospects.phis[at];
        let exact = std::mem::take(&mut self.exact);
        let expander = Expander {
            ranges: self.ranges,
            nest,
            at: Some(at),
            rounds: &rounds,
            head_phis,
            exact: &exact,
            choices: SmallVec::new(),
            edge: None,
            budget: std::cell::Cell::new(20_000),
        };
        let mut whole: Vec<Exit> = Vec::new();
        let mut partial: Vec<Exit> = Vec::new();
        for (_, tests) in &self.prospects.tests[at] {
            for test in tests {
                expander.budget.set(20_000);
                let found = self.exit(&expander, test);
                if test.always { whole.extend(found) } else { partial.extend(found) }
            }
        }
        if !whole.iter().any(|exit| exit.exact) {
            whole.extend(self.both(&expander, at));
        }
        // Where nothing else is known, not even in terms of parameters.
        let nothing = !whole.iter().any(|exit| exit.exact || exit.formula.is_some());
        whole.extend(memory::rounds(&expander, self.subject, &nest.loops[at], nothing).map(|(rounds, test)| Exit {
            rounds,
            method: Method::Memory,
            formula: None,
            test,
            exact: true,
        }));
        let mut best = whole.into_iter().filter(|exit| exit.exact || exit.formula.is_some()).min_by_key(|exit| {
            // A bound that counts before one that does not; a formula before none.
            (!exit.exact, exit.rounds, exit.formula.is_none())
        });
        if best.as_ref().is_none_or(|exit| !exit.exact) {
            best = self.together(at, partial).or(best);
        }
        let uses_slots = self.subject.ssa.uses_slots;
        let bound = &mut self.loops[at];
        if let Some(exit) = best {
            bound.rounds = exit.exact.then(|| u64::try_from(exit.rounds).ok()).flatten();
            bound.method = Some(exit.method);
            bound.formula = exit.formula;
            bound.test = Some(exit.test);
            bound.assumes = uses_slots && exit.method != Method::Memory;
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
            self.orders.extend(self.loops[at].test.and_then(|test| modular::order(&expander, &test)));
        }
        self.clamp(&expander, at);
        let only_exit = self.only_exit(at);
        let found = only_exit.and_then(|test| modular::exact(&expander, &test));
        self.exact = exact;
        self.exact[at] = found;
        self.rounds = rounds;
        self.rounds[at] = self.loops[at].rounds;
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
        Some(Exit { rounds, method: Method::Exits, formula: None, test, exact })
    }

    /// The test of the loop's only exit.
    fn only_exit(&self, at: usize) -> Option<Test> {
        let [(_, tests)] = self.prospects.tests[at].as_slice() else { return None };
        (self.exits[at] == 1)
            .then(|| tests.iter().copied().find(|test| test.always && test.op == Compare::Ne))
            .flatten()
    }

    fn exit(&self, expander: &Expander<'_, '_>, test: &Test) -> Option<Exit> {
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
            add(Exit { rounds: found.rounds, method, formula, test: *test, exact });
        }
        if !test.always {
            return best;
        }
        if test.op == Compare::Ne {
            // A distance is the same either way.
            if let Some((rounds, start, step)) = modular::rounds(expander, test) {
                // `n` steps are left where the distance is `n`.
                let formula = start.and_then(|start| Formula::rounds(expander, start.shifted(1 - step), step, false));
                let exact = self.useful(rounds, formula.as_ref(), false);
                add(Exit { rounds, method: Method::Distance, formula, test: *test, exact });
            }
        }
        for test in [*test, test.swapped()] {
            if let Some(rounds) = geometric::rounds(expander, &test) {
                let exact = self.useful(rounds, None, false);
                add(Exit { rounds, method: Method::Logarithm, formula: None, test, exact });
            }
            if let Some(rounds) = halving::rounds(expander, &test) {
                add(Exit { rounds, method: Method::Logarithm, formula: None, test, exact: true });
            }
            if let Some(rounds) = monotone::rounds(expander, &test) {
                let exact = self.useful(rounds, None, false);
                add(Exit { rounds, method: Method::Counter, formula: None, test, exact });
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

    /// Ranges of the variables that the bound gives.
    fn clamp(&mut self, expander: &Expander<'_, '_>, at: usize) {
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

    /// Rounds in one run of the function.
    fn total(&mut self, at: usize) {
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
        // Behind the test that the bound comes from, on the side that stays.
        let behind = self.loops[outer].test.is_some_and(|test| {
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
            head_phis: phis,
            exact: &[],
            choices: SmallVec::new(),
            edge: None,
            budget: std::cell::Cell::new(20_000),
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

/// The constant that a phi grows by in each round, modulo its width, as a signed number.
fn modular_step(expander: &Expander<'_, '_>, phi: ValueId) -> Option<i64> {
    let ssa = expander.ranges.ssa;
    let at = expander.at?;
    let head = expander.nest.loops[at].head.index();
    let mut step = None;
    for (way, (from, _)) in ssa.preds[head].iter().enumerate() {
        if !expander.nest.contains(at, block_id(*from)) {
            continue;
        }
        let next = cases::next_of(expander, phi, way)?;
        let grown = modular::difference(expander, next, phi)?;
        if step.is_some_and(|s| s != grown) {
            return None;
        }
        step = Some(grown);
    }
    let width = ssa.bits(phi);
    step.map(|s| crate::domain::signed(s & mask_of(width), width))
}
