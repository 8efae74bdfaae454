//! Linear expressions over values, in the integers: `sum of c * v + [lo, hi]`.
//!
//! [`Expander::expand`] turns a value into one, through the operators that are exact for the numbers in
//! question: an addition is only followed if the ranges say that it does not wrap. So two expressions
//! may be subtracted and compared like numbers.
//!
//! Seen from a loop, what a phi inside the loop chooses is decided by the caller, case by case: a value
//! is expanded under a list of choices, and [`Stop::Choice`] asks for one more.

use smallvec::SmallVec;

use super::modular::{Exact, Sums};
use crate::cfg::EdgeKind;
use crate::domain::{Binary, Compare, Unary, Value, signed};
use crate::loops::LoopNest;
use crate::ranges::Ranges;
use crate::ssa::{Node, ValueId, block_id};

/// Stands for "no bound"; sums of a few do not overflow.
pub(crate) const INFINITE: i128 = 1 << 110;
/// What is beyond this is no bound: no bound less a number is none either.
const LARGEST: i128 = 1 << 108;

/// How the bits of a value are read as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Sense {
    Unsigned,
    Signed,
}

/// A value that is not expanded further, and how it is read.
pub(crate) type Leaf = (ValueId, Sense);

/// A linear expression with an interval as constant part.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lin {
    /// Sorted by leaf, no coefficient is zero.
    pub(crate) terms: SmallVec<[(Leaf, i128); 4]>,
    pub(crate) lo: i128,
    pub(crate) hi: i128,
}

impl Lin {
    pub(crate) fn constant(x: i128) -> Self {
        Self { terms: SmallVec::new(), lo: x, hi: x }
    }

    pub(crate) fn leaf(leaf: Leaf) -> Self {
        Self { terms: SmallVec::from_slice(&[(leaf, 1)]), lo: 0, hi: 0 }
    }

    /// `self + factor * other`.
    pub(crate) fn plus(&self, other: &Lin, factor: i128) -> Lin {
        let mut terms = self.terms.clone();
        for (leaf, c) in &other.terms {
            match terms.binary_search_by_key(leaf, |(l, _)| *l) {
                Ok(at) => {
                    terms[at].1 += c * factor;
                    if terms[at].1 == 0 {
                        terms.remove(at);
                    }
                }
                Err(at) => terms.insert(at, (*leaf, c * factor)),
            }
        }
        let (a, b) = (scale(other.lo, factor), scale(other.hi, factor));
        Lin { terms, lo: clamp(self.lo + a.min(b)), hi: clamp(self.hi + a.max(b)) }
    }

    pub(crate) fn shifted(mut self, by: i128) -> Lin {
        self.lo = clamp(self.lo + by);
        self.hi = clamp(self.hi + by);
        self
    }

    pub(crate) fn times(&self, factor: i128) -> Lin {
        Lin::constant(0).plus(self, factor)
    }
}

fn scale(x: i128, factor: i128) -> i128 {
    if factor == 0 {
        0
    } else if x.abs() >= INFINITE {
        x.signum() * factor.signum() * INFINITE
    } else {
        clamp(x.saturating_mul(factor))
    }
}

pub(crate) fn clamp(x: i128) -> i128 {
    if x.abs() > LARGEST { x.signum() * INFINITE } else { x }
}

/// Why a value could not be expanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The value depends on what a phi's block was entered by, or what a `select` chose: the key, and how
    /// many ways there are.
    Choice(Key, usize),
    /// Too deep or too large.
    Budget,
}

/// A place where a value depends on the way taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// The edges into a block.
    Block(u32),
    /// The two sides of every `select` by this condition.
    Select(ValueId),
    /// Whether a comparison holds, the one or the other way round.
    Compare(Compare, ValueId, ValueId),
}

/// Depth of expressions that are followed.
const MAX_DEPTH: u32 = 24;
/// Largest factor of a leaf, so that products of two do not overflow.
const MAX_FACTOR: i128 = 1 << 62;
/// Terms of an expression.
const MAX_TERMS: usize = 12;

/// Range of a leaf under a reading.
pub(crate) fn read_range(value: &Value, sense: Sense) -> (i128, i128) {
    match sense {
        Sense::Unsigned => (value.umin.into(), value.umax.into()),
        Sense::Signed => (value.smin.into(), value.smax.into()),
    }
}

/// The values of one loop, or of the function if `at` is none, as linear expressions.
pub(crate) struct Expander<'r, 'a> {
    pub(crate) ranges: &'r Ranges<'a>,
    pub(crate) nest: &'r LoopNest,
    /// The loop that the values are seen from.
    pub(crate) at: Option<usize>,
    /// Most rounds of the loops that are known already, by loop.
    pub(crate) rounds: &'r [Option<u64>],
    /// Rounds that these loops take at least, by loop.
    pub(crate) fewest: &'r [u64],
    /// The integer phis of the loop's head.
    pub(crate) head_phis: &'r [ValueId],
    /// Loops whose number of rounds is known exactly, by loop.
    pub(crate) exact: &'r [Option<Exact>],
    pub(crate) choices: SmallVec<[(Key, usize); 8]>,
    /// Takes what a round chooses as it is, for its range, instead of asking for the choice: a step that is chosen
    /// from several, all of which are at least one.
    pub(crate) coarse: bool,
    /// The edge back to the head that the way round ends with.
    pub(crate) edge: Option<(u32, EdgeKind)>,
    pub(crate) budget: std::cell::Cell<u32>,
    /// Sums of values that have been asked for.
    pub(crate) sums: &'r Sums,
}

impl Expander<'_, '_> {
    /// Whether the value may differ from round to round.
    pub(crate) fn varies(&self, id: ValueId) -> bool {
        let ssa = self.ranges.ssa;
        ssa.constant(id).is_none() && self.at.is_some_and(|at| self.nest.contains(at, block_id(ssa.block[id as usize])))
    }

    pub(super) fn choice(&self, key: Key) -> Option<usize> {
        self.choices.iter().find(|(k, _)| *k == key).map(|(_, choice)| *choice)
    }

    /// A value that is not negative reads the same either way.
    fn leaf(&self, id: ValueId, sense: Sense) -> Lin {
        let value = self.ranges.of(id);
        if let Some(x) = value.as_constant() {
            return Lin::constant(read_range(&Value::constant(x, value.width()), sense).0);
        }
        let sense = if value.smin >= 0 { Sense::Unsigned } else { sense };
        Lin::leaf((id, sense))
    }

    /// The value as a number.
    pub(crate) fn expand(&self, id: ValueId, sense: Sense) -> Result<Lin, Stop> {
        self.expand_to(id, sense, MAX_DEPTH)
    }

    fn expand_to(&self, id: ValueId, sense: Sense, depth: u32) -> Result<Lin, Stop> {
        let ssa = self.ranges.ssa;
        self.budget.set(self.budget.get().checked_sub(1).ok_or(Stop::Budget)?);
        if depth == 0 {
            return Ok(self.leaf(id, sense));
        }
        // Such as a comparison that a branch before it has decided.
        if !matches!(ssa.node(id), Node::Const(_)) && self.ranges.of(id).as_constant().is_some() {
            return Ok(self.leaf(id, sense));
        }
        let block = ssa.block[id as usize];
        // What is known where the value is made, and on the edge that the way round ends with.
        let range = |v: ValueId| {
            let here = self.ranges.at(v, block);
            self.edge.map_or(here, |(from, kind)| here.meet(&self.ranges.on_edge(v, from, kind)))
        };
        let go = |v: ValueId| self.expand_to(v, sense, depth - 1);
        let width = ssa.bits(id);
        let fits = |lo: i128, hi: i128| {
            let top = Value::top(width);
            let (min, max) = read_range(&top, sense);
            min <= lo && hi <= max
        };
        let result = match ssa.node(id) {
            Node::Const(x) => Lin::constant(match sense {
                Sense::Unsigned => x.into(),
                Sense::Signed => signed(x, width).into(),
            }),
            Node::Binary(Binary::Add, a, b) => {
                let (x, y) = (range(a), range(b));
                if x.is_bottom() || y.is_bottom() {
                    return Ok(self.leaf(id, sense));
                }
                let (xr, yr) = (read_range(&x, sense), read_range(&y, sense));
                if fits(xr.0 + yr.0, xr.1 + yr.1) {
                    go(a)?.plus(&go(b)?, 1)
                } else if let Some(c) = ssa.constant(b).map(|c| i128::from(signed(c, width))) {
                    // `i + 0xffffffff` is `i - 1` if `i` is not zero.
                    if c < 0 && fits(xr.0 + c, xr.1 + c) { go(a)?.shifted(c) } else { self.leaf(id, sense) }
                } else {
                    self.leaf(id, sense)
                }
            }
            Node::Binary(Binary::Sub, a, b) => {
                let (x, y) = (range(a), range(b));
                let (xr, yr) = (read_range(&x, sense), read_range(&y, sense));
                let whole = !x.is_bottom() && !y.is_bottom() && fits(xr.0 - yr.1, xr.1 - yr.0);
                if whole || self.ranges.is_ordered(b, a, sense == Sense::Signed, block).is_some() {
                    go(a)?.plus(&go(b)?, -1)
                } else {
                    self.leaf(id, sense)
                }
            }
            Node::Binary(op @ (Binary::Mul | Binary::Shl), a, b) => {
                let factor = ssa.constant(b).map(|c| match op {
                    Binary::Mul => i128::from(signed(c, width)),
                    _ => 1 << (c % u64::from(width)),
                });
                let xr = read_range(&range(a), sense);
                match factor {
                    Some(f) if fits((xr.0 * f).min(xr.1 * f), (xr.0 * f).max(xr.1 * f)) => go(a)?.times(f),
                    _ => self.leaf(id, sense),
                }
            }
            Node::Binary(Binary::Or, a, b) => {
                let (x, y) = (range(a), range(b));
                let apart = (x.bits.value | x.bits.mask) & (y.bits.value | y.bits.mask) == 0;
                if apart && x.smin >= 0 && y.smin >= 0 { go(a)?.plus(&go(b)?, 1) } else { self.leaf(id, sense) }
            }
            Node::Unary(Unary::Zext(64), a) => self.expand_to(a, Sense::Unsigned, depth - 1)?,
            Node::Unary(Unary::Sext(64), a) if sense == Sense::Signed || range(a).smin >= 0 => {
                self.expand_to(a, Sense::Signed, depth - 1)?
            }
            Node::Unary(Unary::Zext(32), a) => {
                let (lo, hi) = read_range(&range(a), sense);
                if fits(lo, hi) { go(a)? } else { self.leaf(id, sense) }
            }
            // Redundant masks and extensions.
            Node::Binary(Binary::And, a, b) if ssa.constant(b).is_some() => {
                let (x, m) = (range(a), ssa.constant(b).unwrap_or(0));
                let kept = (x.bits.value | x.bits.mask) & !m == 0;
                if kept { go(a)? } else { self.leaf(id, sense) }
            }
            Node::Unary(Unary::SignExtend(from), a) => {
                let x = range(a);
                let half = 1i64 << (from - 1);
                let same = !x.is_bottom() && x.smin >= -half && x.smax < half;
                if same { go(a)? } else { self.leaf(id, sense) }
            }
            Node::Select(cond, a, b) if self.varies(id) && !self.coarse => {
                let (key, first) = self.outcome(cond);
                match self.choice(key) {
                    Some(way) if way == first => go(a)?,
                    Some(_) => go(b)?,
                    None => return Err(Stop::Choice(key, 2)),
                }
            }
            Node::Compare(..) if self.varies(id) && !self.coarse => {
                let (key, first) = self.outcome(id);
                match self.choice(key) {
                    Some(way) => Lin::constant((way == first).into()),
                    None => return Err(Stop::Choice(key, 2)),
                }
            }
            Node::Phi(phi) if self.varies(id) => {
                let args = &ssa.phi_args[phi as usize];
                let head = self.at.map(|at| self.nest.loops[at].head.index() as u32);
                if head == Some(block) || self.coarse {
                    self.leaf(id, sense)
                } else if let Some(inner) = self.nest.index_of_head(block_id(block)) {
                    self.through_loop(id, inner, sense, depth)?
                } else {
                    match self.choice(Key::Block(block)) {
                        Some(way) => go(*args.get(way).ok_or(Stop::Budget)?)?,
                        None => return Err(Stop::Choice(Key::Block(block), args.len())),
                    }
                }
            }
            _ => self.leaf(id, sense),
        };
        Ok(if result.terms.len() > MAX_TERMS || result.terms.iter().any(|(_, c)| c.abs() > MAX_FACTOR) {
            self.leaf(id, sense)
        } else {
            result
        })
    }

    /// What decides a condition, and which of the two ways makes it hold: the same for `a < b`, `a >= b`
    /// and `!(a < b)`.
    pub(super) fn outcome(&self, mut cond: ValueId) -> (Key, usize) {
        let ssa = self.ranges.ssa;
        let mut first = 0;
        for _ in 0..MAX_DEPTH {
            match ssa.node(cond) {
                Node::Compare(Compare::Eq, a, b)
                    if ssa.constant(b) == Some(0) && matches!(ssa.node(a), Node::Compare(..)) =>
                {
                    cond = a;
                    first = 1 - first;
                }
                Node::Compare(op, a, b) => {
                    use Compare::*;
                    let (op, turned) = match op {
                        Eq | LtS | LtU | LeS | LeU => (op, false),
                        Ne | GeS | GeU | GtS | GtU => (op.negated(), true),
                    };
                    return (Key::Compare(op, a, b), if turned { 1 - first } else { first });
                }
                _ => break,
            }
        }
        (Key::Select(cond), first)
    }

    /// A phi of a loop inside of this one: where it started plus what the rounds have added.
    fn through_loop(&self, id: ValueId, inner: usize, sense: Sense, depth: u32) -> Result<Lin, Stop> {
        let ssa = self.ranges.ssa;
        let Node::Phi(phi) = ssa.node(id) else { return Ok(self.leaf(id, sense)) };
        let block = ssa.block[id as usize];
        let args = &ssa.phi_args[phi as usize];
        let mut start = None;
        for (arg, (from, _)) in args.iter().zip(&ssa.preds[block as usize]) {
            if !self.nest.contains(inner, block_id(*from)) {
                if start.is_some_and(|s| s != *arg) {
                    return Ok(self.leaf(id, sense));
                }
                start = Some(*arg);
            }
        }
        let Some(start) = start else { return Ok(self.leaf(id, sense)) };
        let within = Expander {
            ranges: self.ranges,
            nest: self.nest,
            at: Some(inner),
            rounds: self.rounds,
            fewest: self.fewest,
            head_phis: &[],
            exact: self.exact,
            choices: SmallVec::new(),
            coarse: false,
            edge: None,
            budget: std::cell::Cell::new(self.budget.get() / 2),
            sums: &Sums::default(),
        };
        let step = super::cases::step(&within, id, sense);
        // What is not counted, but set, may be less than a limit, who knows how much.
        if step.is_none_or(|(least, most)| least < 0 && most > 0)
            && let Some((limit, strict)) = super::last::limit(self, &within, id, sense)
        {
            let mut out = self.expand_to(limit, sense, depth - 1)?;
            out.hi -= i128::from(strict);
            out.lo = -INFINITE;
            return Ok(out);
        }
        let Some((least, most)) = step else { return Ok(self.leaf(id, sense)) };
        let rounds = self.rounds.get(inner).copied().flatten().map_or(INFINITE, i128::from);
        let times = |step: i128| match step {
            0 => 0,
            _ if rounds >= INFINITE || step.abs() >= INFINITE => step.signum() * INFINITE,
            _ => clamp(step.saturating_mul(rounds)),
        };
        let mut out = self.expand_to(start, sense, depth - 1)?;
        let fewest = self.fewest.get(inner).copied().unwrap_or(0).into();
        let at_least = |step: i128| if step.abs() >= INFINITE { 0 } else { clamp(step.saturating_mul(fewest)) };
        out.lo = clamp(out.lo + if least > 0 { at_least(least) } else { times(least) });
        out.hi = clamp(out.hi + if most < 0 { at_least(most) } else { times(most) });
        Ok(out)
    }

    /// What a value is where a comparison came out so.
    fn chosen(&self, id: ValueId, value: Value, key: Key, choice: usize) -> Value {
        let Key::Compare(op, a, b) = key else { return value };
        let op = if choice == 0 { op } else { op.negated() };
        let (op, other) = match (a == id, b == id) {
            (true, false) => (op, b),
            (false, true) => (op.swapped(), a),
            _ => return value,
        };
        let other = self.ranges.of(other);
        if value.is_bottom() || other.is_bottom() || other.width() != value.width() {
            return value;
        }
        op.refine_left(&value, &other)
    }

    /// Range of an expression where all of the blocks have been passed.
    pub(crate) fn evaluate(&self, lin: &Lin, blocks: &[u32]) -> (i128, i128) {
        let mut terms: SmallVec<[(Leaf, i128, Value); 4]> = SmallVec::new();
        for ((id, sense), c) in &lin.terms {
            let value = blocks.iter().fold(self.ranges.of(*id), |value, b| value.meet(&self.ranges.deep_at(*id, *b)));
            let value = self.choices.iter().fold(value, |value, (key, choice)| self.chosen(*id, value, *key, *choice));
            if value.is_bottom() {
                // No run comes here.
                return (0, 0);
            }
            // A number that is not negative here, though it may be elsewhere, is the same either way.
            let sense = if value.smin >= 0 { Sense::Unsigned } else { *sense };
            match terms.iter_mut().find(|(leaf, ..)| *leaf == (*id, sense)) {
                Some((_, all, _)) => *all += c,
                None => terms.push(((*id, sense), *c, value)),
            }
        }
        let (mut lo, mut hi) = (lin.lo, lin.hi);
        for ((_, sense), c, value) in &terms {
            let (min, max) = read_range(value, *sense);
            let (a, b) = (scale(min, *c), scale(max, *c));
            lo = clamp(lo + a.min(b));
            hi = clamp(hi + a.max(b));
        }
        (lo, hi)
    }
}

#[cfg(test)]
mod tests {
    use super::{INFINITE, Lin};

    #[test]
    fn no_bound_less_a_number_is_none() {
        let open = Lin { hi: INFINITE, lo: -INFINITE, ..Lin::constant(0) };
        for number in [5, -5, 1 << 64, -(1 << 64)] {
            let moved = open.clone().shifted(number);
            assert_eq!((moved.lo, moved.hi), (-INFINITE, INFINITE));
            let turned = Lin::constant(number).plus(&open, -3);
            assert_eq!((turned.lo, turned.hi), (-INFINITE, INFINITE));
        }
        assert_eq!(Lin::constant(7).plus(&Lin::constant(1 << 64), 2), Lin::constant((1 << 65) + 7));
    }
}
