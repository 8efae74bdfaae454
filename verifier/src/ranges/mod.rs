//! The value analysis of one function: a set of integers for each value of [`Ssa`].
//!
//! Abstract interpretation on values instead of program points: ascending rounds over the values in
//! reverse postorder, with widening at the phis of loop heads, until nothing changes, then two
//! descending rounds (Cousot and Cousot, "Abstract Interpretation", POPL 1977). What a branch says about
//! a value (`i < n` on this side) is kept beside the value with the block from which on it holds, and
//! met with the value's own set wherever that block dominates the use.
//!
//! Only the values that loop conditions depend on are analysed.

mod eval;
mod facts;
mod follow;
mod ordered;
mod refine;
mod solve;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use crate::cfg::EdgeKind;
use crate::domain::{Compare, Value};
use crate::effort::Effort;
use crate::order::Order;
use crate::ssa::congruence::Mix;
use crate::ssa::{Node, Ssa, ValueId, block_id};
use solve::{Evaluated, Reads};

/// What a branch says of a value `v`: `v + shift` compares like this with `other`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fact {
    pub(crate) value: ValueId,
    pub(crate) op: Compare,
    /// `None` for zero.
    pub(crate) other: Option<ValueId>,
    via: Via,
}

/// What is done to a value before it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Via {
    Nothing,
    /// Added.
    Shift(u64),
    /// Another value is added.
    Plus(ValueId),
    /// Another value is subtracted.
    Minus(ValueId),
    /// Zero-extended from 32 to 64 bits.
    Extended,
    /// Cut to these bits.
    Mask(u64),
    /// Shifted to the right by so many places, fewer than the width; zeros come in.
    Shifted(u32),
    /// Sign-extended from so many bits.
    SignExtended(u8),
}

impl Fact {
    /// Whether it is about the value itself.
    pub(crate) fn is_plain(&self) -> bool {
        self.via == Via::Nothing
    }
}

/// A fact and the block that it holds from.
#[derive(Clone, Copy, Debug)]
struct Site {
    block: u32,
    /// Of the block, in the dominator tree.
    span: (u32, u32),
    /// Place of the fact in [`Ranges::told`].
    fact: u32,
}

/// What is known from outside of the function.
pub(crate) trait Known {
    /// The values of a parameter.
    fn param(&self, index: u32, width: u32) -> Value;
    /// What a load from these addresses gives, if it is known.
    fn load(&self, addr: &Value, offset: u32, bytes: u8, signed: bool, width: u32) -> Option<Value>;
    /// How much is spent on the function.
    fn effort(&self) -> &Effort;
}

/// Sets by value, block and edge.
type Asked = Table<(ValueId, u32, Option<EdgeKind>), Value>;

/// A list of facts, once asked for.
type Cached = OnceCell<Box<[Fact]>>;

/// Not among the values that are analysed.
const NOWHERE: u32 = u32::MAX;

/// Hashed by what is short and of our own making.
type Table<K, V> = HashMap<K, V, BuildHasherDefault<Mix>>;

/// The result of the analysis.
pub(crate) struct Ranges<'a> {
    pub(crate) ssa: &'a Ssa,
    pub(crate) order: &'a Order,
    known: &'a dyn Known,
    effort: &'a Effort,
    /// Facts on the edges that are the only ones into a block.
    told: Vec<Fact>,
    /// Those of an edge, by the block that it leads to: places in `told`.
    told_by: Vec<(u32, u32)>,
    /// Sites of all values, by value; where those of each value begin.
    sites: Vec<Site>,
    site_starts: Vec<u32>,
    /// The values that are analysed, in the order of evaluation.
    list: Vec<ValueId>,
    /// By value: its place in `list`, or [`NOWHERE`].
    place: Vec<u32>,
    /// By place: the set.
    values: Vec<Value>,
    /// Sets found otherwise, which hold as well.
    clamps: Table<ValueId, Value>,
    /// Sets of the operands of phis found otherwise, by phi and number of the edge.
    starts: Table<(ValueId, usize), Value>,
    /// By place: how many steps down its operands something is that a branch speaks of, see [`Ranges::deep`].
    near: Vec<u8>,
    /// Facts that hold in a block, by block, once asked for.
    known_facts: Vec<Cached>,
    /// Facts on the other edges out of a block, by block and side, once asked for.
    known_edges: Vec<[Cached; 2]>,
    /// Facts on the edges to targets of a `br_table`, by place in [`Ssa::arms`], once asked for.
    known_arms: Vec<Cached>,
    reads: Reads,
    /// By place: the last evaluation and what came of it.
    evaluated: Vec<Evaluated>,
    results: Vec<Value>,
    /// By place: number of the evaluation that changed it last.
    changed_at: Vec<u32>,
    /// Orders that loop bounds have shown.
    orders: Vec<Ordered>,
    /// Head of the loop that is followed round by round: the sets of its values are those of one round.
    followed: Option<u32>,
    /// Sets on edges and in blocks that have been asked for since the analysis came to its end, which do not change
    /// until it goes on: by value, block and edge.
    asked: RefCell<Asked>,
    /// Whether the analysis has come to its end.
    is_settled: bool,
}

/// In the blocks that this one dominates a value is at most another as an unsigned number, or less if `strict`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ordered {
    pub(crate) block: u32,
    pub(crate) value: ValueId,
    pub(crate) most: ValueId,
    pub(crate) strict: bool,
}

impl<'a> Ranges<'a> {
    /// Before anything is analysed: what branches say can be asked for, sets cannot.
    pub(crate) fn new(ssa: &'a Ssa, order: &'a Order, known: &'a dyn Known) -> Self {
        Self {
            ssa,
            order,
            known,
            effort: known.effort(),
            told: Vec::new(),
            told_by: Vec::new(),
            sites: Vec::new(),
            site_starts: Vec::new(),
            list: Vec::new(),
            place: Vec::new(),
            values: Vec::new(),
            clamps: Table::default(),
            starts: Table::default(),
            near: Vec::new(),
            known_facts: Vec::new(),
            known_edges: Vec::new(),
            known_arms: Vec::new(),
            reads: Reads::default(),
            evaluated: Vec::new(),
            results: Vec::new(),
            changed_at: Vec::new(),
            orders: Vec::new(),
            followed: None,
            asked: RefCell::default(),
            is_settled: false,
        }
    }

    /// Whether the function has so many values that dear steps are left out.
    pub(crate) fn is_large(&self) -> bool {
        self.ssa.nodes.len() > self.effort.large
    }

    /// How much is spent on the function.
    pub(crate) fn effort(&self) -> &'a Effort {
        self.effort
    }

    /// The sets of the values that are analysed, in the order of evaluation.
    pub(crate) fn sets(&self) -> Vec<Value> {
        self.values.clone()
    }

    /// By value: whether its set is another than it was.
    pub(crate) fn changed(&self, before: &[Value]) -> Vec<bool> {
        let mut changed = vec![false; self.ssa.nodes.len()];
        for ((id, old), new) in self.list.iter().zip(before).zip(&self.values) {
            changed[*id as usize] = new != old;
        }
        changed
    }

    /// Says whether the sets may be about to change.
    fn settle(&mut self, is_settled: bool) {
        self.is_settled = is_settled;
        self.asked.get_mut().clear();
    }

    /// Analyses what the `roots` depend on. `is_head` says which blocks are loop heads.
    pub(crate) fn analyse(&mut self, is_head: &dyn Fn(u32) -> bool, roots: &[ValueId]) {
        let ssa = self.ssa;
        self.known_facts.resize_with(ssa.terms.len(), Cached::new);
        self.known_edges.resize_with(ssa.terms.len(), Default::default);
        self.known_arms.resize_with(ssa.arms.len(), Cached::new);
        self.collect_sites();
        self.list = self.schedule(roots);
        self.place = vec![NOWHERE; ssa.nodes.len()];
        for (place, id) in self.list.iter().enumerate() {
            self.place[*id as usize] = place as u32; // CAST: fewer than values
        }
        self.near = self.distances();
        self.reads.read_by = vec![Cell::new(0); self.list.len()];
        self.solve(is_head);
        self.settle(true);
    }

    /// Analyses the same values again with more that is known of some.
    pub(crate) fn again(&mut self, is_head: &dyn Fn(u32) -> bool, clamps: Vec<(ValueId, Value)>) {
        self.settle(false);
        self.clamp(clamps);
        self.solve(is_head);
        self.settle(true);
    }

    /// As [`Ranges::again`], from the sets that have been found: quicker, and not as narrow where something had to
    /// be widened.
    pub(crate) fn narrowed(&mut self, clamps: Vec<(ValueId, Value)>) {
        self.settle(false);
        for (id, clamp) in &clamps {
            self.narrow(*id, *clamp);
        }
        self.clamp(clamps);
        self.descend();
        self.settle(true);
    }

    fn clamp(&mut self, clamps: Vec<(ValueId, Value)>) {
        for (id, clamp) in clamps {
            self.clamps.entry(id).and_modify(|old| *old = old.meet(&clamp)).or_insert(clamp);
        }
    }

    /// Takes in sets of the operands of phis, by phi and number of the edge; whether there are any.
    pub(crate) fn start(&mut self, found: Vec<((ValueId, usize), Value)>) -> bool {
        let any = !found.is_empty();
        for (of, set) in found {
            self.starts.entry(of).and_modify(|old| *old = old.meet(&set)).or_insert(set);
        }
        any
    }

    /// Takes in orders that hold; whether any is new.
    pub(crate) fn order(&mut self, found: Vec<Ordered>) -> bool {
        let before = self.orders.len();
        for order in found {
            if !self.orders.contains(&order) {
                self.orders.push(order);
            }
        }
        self.orders.len() > before
    }

    /// The orders that hold in a block.
    fn orders_in(&self, block: u32) -> impl Iterator<Item = &Ordered> {
        self.orders.iter().filter(move |order| self.order.dominates(block_id(order.block), block_id(block)))
    }

    /// Whether the value is among those that are analysed.
    pub(crate) fn is_analysed(&self, id: ValueId) -> bool {
        self.place[id as usize] != NOWHERE
    }

    /// The set of a value, wherever it is used.
    #[inline]
    pub(crate) fn of(&self, id: ValueId) -> Value {
        match self.place[id as usize] {
            NOWHERE => match self.ssa.node(id) {
                Node::Const(x) => Value::constant(x, self.ssa.bits(id)),
                _ => Value::top(self.ssa.bits(id)),
            },
            place => self.values[place as usize],
        }
    }

    /// Sets the set of a value that is analysed.
    fn set(&mut self, id: ValueId, value: Value) {
        self.values[self.place[id as usize] as usize] = value;
    }

    /// The set of a value where it is used in a block.
    pub(crate) fn at(&self, id: ValueId, block: u32) -> Value {
        self.refined(id, block, self.effort.depth)
    }

    fn refined(&self, id: ValueId, block: u32, depth: u32) -> Value {
        let place = self.place[id as usize];
        let mut value = match place {
            NOWHERE => self.of(id),
            place => {
                self.reads.note(place);
                self.values[place as usize]
            }
        };
        // What branches say of a value holds behind the block that computes it.
        if depth == 0 || self.ssa.block[id as usize] == block {
            return value;
        }
        let sites = self.sites_of(id);
        if sites.is_empty() || value.is_bottom() {
            return value;
        }
        let Some(span) = self.order.span(block_id(block)) else { return value };
        for site in sites {
            if site.span.0 <= span.0 && span.1 <= site.span.1 {
                value = self.meet_fact(value, self.fact(site), site.block, depth - 1);
            }
        }
        value
    }

    fn fact(&self, site: &Site) -> &Fact {
        &self.told[site.fact as usize]
    }

    /// Collects what branches say where the edges from them are the only ones into a block.
    fn collect_sites(&mut self) {
        let ssa = self.ssa;
        let mut told = Vec::with_capacity(ssa.preds.len());
        let mut told_by = vec![(0, 0); ssa.preds.len()];
        for (block, preds) in ssa.preds.iter().enumerate() {
            if let [(from, kind)] = preds[..]
                && self.order.number(block_id(block as u32)).is_some()
            {
                let first = told.len() as u32; // CAST: fewer than a few for each block
                self.find_edge_facts(from, kind, &mut told);
                told_by[block] = (first, told.len() as u32);
            }
        }
        // Sorted by value, by counting.
        let mut starts = vec![0_u32; ssa.nodes.len() + 1];
        for fact in &told {
            starts[fact.value as usize + 1] += 1;
        }
        let mut all = 0;
        for start in &mut starts {
            all += *start;
            *start = all;
        }
        let nothing = Site { block: 0, span: (0, 0), fact: 0 };
        let mut sites = vec![nothing; told.len()];
        let mut next = starts.clone();
        for (block, (first, end)) in told_by.iter().enumerate() {
            let block = block as u32; // CAST: petgraph's u32
            let Some(span) = self.order.span(block_id(block)) else { continue };
            for fact in *first..*end {
                let place = &mut next[told[fact as usize].value as usize];
                sites[*place as usize] = Site { block, span, fact };
                *place += 1;
            }
        }
        (self.told, self.told_by, self.sites, self.site_starts) = (told, told_by, sites, starts);
    }

    /// Where something is known of a value; of many places the first few.
    fn sites_of(&self, id: ValueId) -> &[Site] {
        let (from, to) = (self.site_starts[id as usize] as usize, self.site_starts[id as usize + 1] as usize);
        &self.sites[from..to.min(from + self.effort.sites)]
    }

    /// The facts that hold in a block and compare two values, the nearest first.
    pub(crate) fn facts_at(&self, block: u32) -> &[Fact] {
        /// Dominators that are looked at.
        const REACH: usize = 24;
        self.known_facts[block as usize].get_or_init(|| {
            let mut out = Vec::new();
            let mut at = Some(block_id(block));
            for _ in 0..REACH {
                let Some(here) = at else { break };
                if let [(from, kind)] = self.ssa.preds[here.index()][..] {
                    out.extend_from_slice(self.edge_facts(from, kind, here.index() as u32));
                }
                at = self.order.idom(here);
            }
            out.into()
        })
    }

    /// What [`Ranges::near`] holds; 0 for values that are not analysed.
    fn distances(&self) -> Vec<u8> {
        let mut near = vec![0_u8; self.list.len()];
        let of = |near: &[u8], v: ValueId| match self.place[v as usize] {
            NOWHERE if self.ssa.constant(v).is_some() => u8::MAX,
            NOWHERE => 0,
            place => near[place as usize],
        };
        for (place, &id) in self.list.iter().enumerate() {
            near[place] = match self.ssa.node(id) {
                _ if !self.sites_of(id).is_empty() => 0,
                Node::Select(..) => 0,
                Node::Binary(_, a, b) => of(&near, a).min(of(&near, b)).saturating_add(1),
                Node::Unary(_, a) => of(&near, a).saturating_add(1),
                _ => u8::MAX,
            };
        }
        near
    }

    /// Whether one of the facts is about a value or, so many steps down, its operands.
    fn is_told(&self, id: ValueId, facts: &[Fact], depth: u32) -> bool {
        facts.iter().any(|fact| fact.value == id)
            || depth > 0
                && match self.ssa.node(id) {
                    Node::Binary(_, a, b) => self.is_told(a, facts, depth - 1) || self.is_told(b, facts, depth - 1),
                    Node::Unary(_, a) => self.is_told(a, facts, depth - 1),
                    Node::Select(..) => true,
                    _ => false,
                }
    }
}
