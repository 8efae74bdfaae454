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
//! - [`lexicographic`]: a measure that stands still while a second one moves;
//! - [`memory`]: a pointer that is read through in each round and only moves up must leave memory;
//! - rounds followed one by one on sets of numbers, where there are few ([`crate::ranges`]);
//! - a variable that the loop goes on by, and what must hold for it not to be zero;
//! - several exits that only together lie on every way round add up;
//! - what the program claims (`cervus_loop_bound`), where nothing else is found.
//!
//! What a loop inside of it does to a measure is known from its least and most rounds ([`fewest`]) and from the limit below
//! which it sets a variable ([`last`]).
//!
//! Where a loop is entered by several ways, each is looked at by itself ([`paths`]).
//!
//! Bounds hold for each entry of the loop. For a loop in another, `total` is for each run of the
//! function: the sum over the outer rounds where the inner bound follows the outer variable
//! (triangular loops), else the product.

pub(crate) mod cases;
mod clamp;
mod distance;
mod fewest;
mod formula;
mod geometric;
mod halving;
mod hope;
mod last;
mod lexicographic;
pub(crate) mod lin;
mod linear;
mod memory;
mod modular;
mod monotone;
mod paths;
mod prospects;
mod search;
mod total;

pub(crate) use formula::{Formula, write_value};

use crate::cfg::FlowGraph;
use crate::domain::{Compare, Value, mask_of};
use crate::loops::LoopNest;
use crate::order::Order;
use crate::ranges::{Known, Ranges};
use crate::ssa::{Node, Ssa, ValueId, block_id};
use lin::Expander;
use prospects::Prospects;
use search::{Last, Search};

/// Largest bound that counts if it is not exact: what only the width of a type bounds is not bounded for
/// practical ends.
const USEFUL: u128 = 1 << 31;

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
    /// Its rounds followed one by one, on sets of numbers.
    Followed,
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
            Method::Followed => "followed",
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
    /// Some rounds may bring the loop closer to its end than others, so that the bound need not be near the truth.
    pub(crate) uneven: bool,
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

/// What is known of the loops of a function before the ranges are solved.
pub(crate) struct Outlook<'a> {
    prospects: Prospects,
    ranges: Ranges<'a>,
}

impl Outlook<'_> {
    /// The blocks in which loops are left for which there is hope.
    pub(crate) fn tested(&self) -> Vec<u32> {
        self.prospects.tested().collect()
    }
}

/// What is found if there is no hope for any loop, loads that `is_slot` names being variables.
///
/// # Errors
///
/// What is known before the ranges, if there are loops for which there is hope.
pub(crate) fn hopeless<'a>(
    subject: &Subject<'a>,
    is_slot: &dyn Fn(ValueId) -> bool,
) -> Result<Findings<'a>, Box<Outlook<'a>>> {
    let ranges = Ranges::new(subject.ssa, subject.order, subject.known);
    let prospects = Prospects::new(subject, &ranges, is_slot);
    if prospects.hope.contains(&true) {
        return Err(Box::new(Outlook { prospects, ranges }));
    }
    Ok(Findings { loops: prospects.nothing(), ranges })
}

/// Bounds of all loops, in the order of the nest. `more` are further values whose ranges are wanted; `outlook` is what is
/// known of the same values.
pub(crate) fn find<'a>(subject: &Subject<'a>, more: &[ValueId], outlook: Option<Box<Outlook<'a>>>) -> Findings<'a> {
    let is_head = |block: u32| subject.nest.loop_of_head(block_id(block)).is_some();
    let Outlook { prospects, mut ranges } = outlook.map(|outlook| *outlook).unwrap_or_else(|| {
        let ranges = Ranges::new(subject.ssa, subject.order, subject.known);
        Outlook { prospects: Prospects::new(subject, &ranges, &|_| false), ranges }
    });
    let mut roots: Vec<ValueId> = more.to_vec();
    roots.extend(prospects.roots(subject.ssa, !ranges.is_large()));
    ranges.analyse(&is_head, &roots);
    let mut round = 0;
    let mut last = None;
    let mut given = vec![None; subject.nest.loops.len()];
    let is_large = ranges.is_large();
    let most = if is_large { 2 } else { 3 };
    loop {
        let mut search = Search::new(subject, &prospects, &ranges, &given, last.take());
        search.run();
        let Search { loops, clamps: mut found, orders, starts, exact, .. } = search;
        round += 1;
        let started = ranges.start(starts);
        let ordered_values: Vec<ValueId> = orders.iter().map(|order| order.value).collect();
        let ordered = ranges.order(orders) && loops.iter().any(|of| of.rounds.is_none());
        let followed = round <= most
            && !is_large
            && followed(&mut ranges, subject.nest, &loops, &prospects, &mut given, &mut found);
        let better: Vec<(ValueId, Value)> =
            found.into_iter().filter(|(id, clamp)| ranges.of(*id).meet(clamp) != ranges.of(*id)).collect();
        if !followed && (round >= most || better.is_empty() && !ordered && !started) {
            return Findings { loops, ranges };
        }
        if round >= most {
            continue;
        }
        let before = (!ranges.effort().is_thorough).then(|| ranges.sets());
        if is_large {
            ranges.narrowed(better);
        } else {
            ranges.again(&is_head, better);
        }
        if let Some(before) = before {
            let mut changed = ranges.changed(&before);
            ordered_values.iter().for_each(|id| changed[*id as usize] = true);
            last = Some(Last { loops, exact, changed });
        }
    }
}

/// Follows the loops for which there is no bound, or one that is seldom near the truth. Whether anything is new.
fn followed(
    ranges: &mut Ranges<'_>,
    nest: &LoopNest,
    loops: &[LoopBound],
    prospects: &Prospects,
    given: &mut [Option<u64>],
    clamps: &mut Vec<(ValueId, Value)>,
) -> bool {
    /// Bounds that are not worth the effort.
    const FEW: u64 = 8;
    /// Rounds that are followed: a little more than what it takes to shift a number out.
    const BENT: u64 = 72;
    /// Where there are only sums and differences, for which there are other rules.
    const STRAIGHT: u64 = 20;
    let all = ranges.effort().is_thorough;
    let is_open = |bound: &LoopBound| match (bound.rounds, bound.method) {
        (None, _) | (_, Some(Method::Claim)) => true,
        _ if !all => false,
        (Some(rounds), Some(Method::Memory | Method::Exits | Method::Logarithm)) => rounds > FEW,
        (Some(rounds), Some(Method::Counter)) => rounds > FEW && (bound.uneven || bound.formula.is_none()),
        _ => false,
    };
    // One that compares with what may be anything does not come to an end.
    let varies = |at: usize, id: ValueId| nest.contains(at, block_id(ranges.ssa.block[id as usize]));
    let ends = |at: usize, id: ValueId| varies(at, id) || !ranges.of(id).is_top();
    let may_end = |at: usize| {
        let mut tests = prospects.tests[at].iter().flat_map(|(_, tests)| tests);
        tests.any(|test| ends(at, test.a) && ends(at, test.b))
    };
    let worth = |at: usize| prospects.hope[at] && (all || prospects.bent[at]);
    let open = |at: usize| worth(at) && given[at].is_none() && is_open(&loops[at]) && may_end(at);
    let rounds = |at: usize| if prospects.bent[at] { BENT } else { STRAIGHT };
    let open: Vec<(usize, u64)> = (0..loops.len()).filter(|at| open(*at)).map(|at| (at, rounds(at))).collect();
    let mut any = false;
    for (at, found) in ranges.follow(nest, &open) {
        any = true;
        given[at] = Some(found.rounds);
        clamps.extend(found.sets);
    }
    any
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
