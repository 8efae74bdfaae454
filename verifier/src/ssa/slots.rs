//! Stack slots to values: what compilers keep in the shadow stack when they do not optimise.
//!
//! A function lowers `__stack_pointer` at its entry and keeps its variables at constant distances from
//! it. Such a slot is followed like a local if nothing else can reach it:
//!
//! - its address is only used to load and store, always with the same place and size;
//! - no address at or below it leaves the function (is passed, stored, merged with others): who gets
//!   `&x` may write from `x` upward, not below; a function whose [`footprint`](super::footprint) is known, only there;
//! - no store with a computed index reaches it. The index is taken from the value analysis: slots are
//!   followed first, ranges computed, and where a store could reach a slot after all, that slot is
//!   given up and all is done again. (The first store that broke the assumption would have to do so in a
//!   state in which it still held, for which the ranges are right.)
//!
//! What remains is the assumption that no pointer from elsewhere happens to point into the frame, "no
//! wild writes". A bound that rests on it says so; the engine's fuel enforces it in any case. In code that was
//! [not optimised](super::unoptimised) it includes that an index of which nothing is known stays in its array.

use super::footprint::Footprint;
use super::vars::{Initial, Vars};
use super::{Event, NO_LOCAL, Node, Ssa, ValueId, unoptimised};
use crate::domain::{Binary, Unary, mask_of, signed};
use crate::order::Order;

/// The global that holds the stack pointer: linkers put it first.
pub(super) const STACK_POINTER: u32 = 0;

/// A slot: bytes from and to, counted from the stack pointer at the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot {
    from: i64,
    to: i64,
}

impl Slot {
    /// What an access with this offset, to so many bytes, reaches from a place.
    fn at(place: i64, offset: u32, bytes: u8) -> Self {
        let from = place + i64::from(offset);
        Self { from, to: from + i64::from(bytes) }
    }
}

/// A store with a computed index.
#[derive(Clone, Debug)]
pub(crate) struct Computed {
    /// What stands before the index.
    base: i64,
    /// The index: sum of these.
    pub(crate) indices: Vec<ValueId>,
    pub(crate) block: u32,
    bytes: i64,
    /// Whether the index may count downward from the base in an array.
    is_negated: bool,
}

/// What a pointer into the frame is.
#[derive(Clone, Debug)]
enum Place {
    /// At a fixed distance.
    Fixed(i64),
    /// At a distance plus the sum of some values.
    Computed(i64, Vec<ValueId>),
}

/// All uses of the frame.
#[derive(Debug, Default)]
pub(crate) struct Frame {
    slots: Vec<Slot>,
    /// Loads of the slots, in ascending order.
    loads: Vec<ValueId>,
    pub(crate) stores: Vec<Computed>,
    /// Those of the parameters, ascending, if the body is not optimised.
    params: Option<Vec<Slot>>,
}

/// Pointers into the frame, few of all values.
struct Places {
    /// By value: one more than the number of its place; 0 if it has none.
    of: Vec<u32>,
    list: Vec<Place>,
}

impl Places {
    /// Where a value points, if it is a pointer into the frame.
    fn get(&self, id: ValueId) -> Option<&Place> {
        self.list.get((self.of[id as usize] as usize).checked_sub(1)?)
    }

    /// The places of a function's values; `None` if it has no frame.
    fn new(ssa: &Ssa) -> Option<Places> {
        let is_base = |id: usize| ssa.nodes[id] == Node::Global(STACK_POINTER) && ssa.width[id] == 32;
        let first = (0..ssa.nodes.len()).find(|id| is_base(*id))?;
        let mut places = Places { of: vec![0; ssa.nodes.len()], list: Vec::new() };
        let constant = |v: ValueId| ssa.constant(v).map(|x| signed(x, 32));
        for id in first..ssa.nodes.len() {
            let place = match ssa.nodes[id] {
                Node::Global(STACK_POINTER) if ssa.width[id] == 32 => Some(Place::Fixed(0)),
                Node::Binary(Binary::Add, a, b) => match (places.get(a), places.get(b)) {
                    (Some(p), None) => Some(constant(b).map_or_else(|| p.indexed(b, id), |c| p.moved(c))),
                    (None, Some(p)) => Some(constant(a).map_or_else(|| p.indexed(a, id), |c| p.moved(c))),
                    _ => None,
                },
                Node::Binary(Binary::Sub, a, b) => places.get(a).map(|p| match constant(b) {
                    Some(c) => p.moved(c.wrapping_neg()),
                    None => p.indexed(id as u32, id), // CAST: a value's name
                }),
                // Alignment of the frame: `sp & -16` lies at most 15 bytes below, and is a new base.
                _ => None,
            };
            if let Some(place) = place {
                places.list.push(place);
                places.of[id] = places.list.len() as u32; // CAST: fewer than values
            }
        }
        Some(places)
    }
}

impl Place {
    fn moved(&self, by: i64) -> Place {
        match self {
            Place::Fixed(at) => Place::Fixed(at.wrapping_add(by)),
            Place::Computed(at, indices) => Place::Computed(at.wrapping_add(by), indices.clone()),
        }
    }

    /// With an index added, which gives the value `id`.
    fn indexed(&self, index: ValueId, id: usize) -> Place {
        /// Summands of an index that are followed.
        const SUMMANDS: usize = 4;
        match self {
            Place::Fixed(at) => Place::Computed(*at, vec![index]),
            Place::Computed(at, indices) if indices.len() < SUMMANDS => {
                Place::Computed(*at, indices.iter().copied().chain([index]).collect())
            }
            // Unknown: the pointer itself as index has no useful range. CAST: a value's name.
            Place::Computed(at, _) => Place::Computed(*at, vec![id as u32]),
        }
    }
}

/// How the function uses its frame; `None` if there is nothing to follow. `footprint` says what a function writes through
/// its parameters, where that is known, and `is_head` which blocks are loop heads.
pub(crate) fn frame<'f>(
    ssa: &Ssa,
    footprint: &dyn Fn(u32) -> Option<&'f Footprint>,
    is_head: &dyn Fn(u32) -> bool,
) -> Option<Frame> {
    let places = Places::new(ssa)?;
    let mut frame = Frame::default();
    // The lowest address that leaves the function.
    let mut escaped = i64::MAX;
    let mut escape = |v: ValueId| {
        if let Some(Place::Fixed(at) | Place::Computed(at, _)) = places.get(v) {
            escaped = escaped.min(*at);
        }
    };
    for id in 0..ssa.nodes.len() as u32 {
        if ssa.find(id) != id {
            continue;
        }
        match ssa.node(id) {
            Node::Load { .. } | Node::Compare(..) => {}
            // A pointer again, or (two pointers, an index) something that is not followed.
            _ if let Some(place) = places.get(id) => {
                if let Place::Computed(_, indices) = place {
                    indices.iter().copied().filter(|v| *v != id).for_each(&mut escape);
                }
            }
            _ => ssa.operands(id, &mut escape),
        }
    }
    // What calls write.
    let mut written: Vec<Slot> = Vec::new();
    for call in &ssa.calls {
        let known = footprint(call.callee);
        for (at, arg) in call.args.iter().enumerate() {
            let bytes = known.and_then(|known| known.written(at));
            match (places.get(*arg), bytes) {
                (Some(Place::Fixed(from)), Some((least, most))) => {
                    written.push(Slot { from: from.wrapping_add(least), to: from.wrapping_add(most) });
                }
                _ => escape(*arg),
            }
        }
    }
    ssa.leaves.iter().copied().for_each(&mut escape);
    for event in ssa.events.iter() {
        if let Event::Store { value, .. } = event {
            escape(*value);
        }
    }
    let mut slots = Vec::new();
    let mut loads = Vec::new();
    for (block, events) in ssa.events.by_block() {
        for event in events {
            let (addr, offset, bytes, is_store) = match *event {
                Event::Load(id) => match ssa.node(id) {
                    Node::Load { addr, offset, bytes, .. } => (addr, offset, bytes, false),
                    _ => continue,
                },
                Event::Store { addr, offset, bytes, .. } => (addr, offset, bytes, true),
                Event::Effects => continue,
            };
            match places.get(addr) {
                Some(Place::Fixed(at)) => {
                    let slot = Slot::at(*at, offset, bytes);
                    slots.push(slot);
                    if let Event::Load(id) = *event {
                        loads.push((id, slot));
                    }
                }
                Some(Place::Computed(at, indices)) if is_store => frame.stores.push(Computed {
                    base: at + i64::from(offset),
                    indices: indices.clone(),
                    block,
                    bytes: bytes.into(),
                    is_negated: indices.iter().any(|index| unoptimised::is_negated(ssa, *index)),
                }),
                _ => {}
            }
        }
    }
    slots.sort_unstable();
    slots.dedup();
    let overlaps: Vec<bool> = {
        let mut overlaps = vec![false; slots.len()];
        let mut reach = 0;
        for at in 1..slots.len() {
            if slots[at].from < slots[reach].to {
                overlaps[at] = true;
                overlaps[reach] = true;
            }
            if slots[at].to > slots[reach].to {
                reach = at;
            }
        }
        overlaps
    };
    // The frame lies below the stack pointer that the caller had.
    let is_written = |slot: &Slot| written.iter().any(|by| slot.from < by.to && by.from < slot.to);
    let own = slots
        .iter()
        .zip(overlaps)
        .filter(|(slot, overlaps)| !overlaps && slot.to <= 0 && slot.to <= escaped && !is_written(slot));
    frame.slots = own.map(|(slot, _)| *slot).collect();
    loads.retain(|(_, slot)| frame.slots.binary_search(slot).is_ok());
    frame.loads = loads.into_iter().map(|(id, _)| id).collect();
    frame.loads.sort_unstable();
    if !frame.stores.is_empty() {
        let slot_of = |addr: ValueId, offset: u32, bytes: u8| match places.get(addr) {
            Some(Place::Fixed(at)) => Some(Slot::at(*at, offset, bytes)),
            _ => None,
        };
        frame.params = unoptimised::params(ssa, is_head, &slot_of);
    }
    (!frame.slots.is_empty()).then_some(frame)
}

impl Frame {
    /// Gives up the slots that a store with this range of the index (both ends included) may reach; whether
    /// there were any.
    pub(crate) fn give_up(&mut self, store: usize, least: i128, most: i128) -> bool {
        let store = &self.stores[store];
        let (from, to) = (i128::from(store.base) + least, i128::from(store.base + store.bytes) + most);
        // "No wild writes": it stays in its array.
        let params = self.params.as_ref().filter(|_| !store.is_negated);
        let is_apart = |slot: &Slot| match params {
            Some(params) => slot.to <= store.base || slot.from > store.base && params.binary_search(slot).is_ok(),
            None => false,
        };
        let before = self.slots.len();
        self.slots.retain(|slot| i128::from(slot.to) <= from || to <= i128::from(slot.from) || is_apart(slot));
        self.slots.len() != before
    }

    /// Whether the slots can be followed without knowing any range.
    pub(crate) fn is_plain(&self) -> bool {
        self.stores.is_empty()
    }

    /// Whether a value is loaded from what was a slot to begin with.
    pub(crate) fn is_loaded(&self, id: ValueId) -> bool {
        self.loads.binary_search(&id).is_ok()
    }

    /// Whether any slot is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }
}

struct SlotVars<'f> {
    slots: &'f [Slot],
}

impl Initial for SlotVars<'_> {
    fn initial(&mut self, ssa: &mut Ssa, var: u32) -> ValueId {
        let width = self.width(var);
        let bytes = self.slots[var as usize].to - self.slots[var as usize].from;
        ssa.add(Node::Opaque(0, mask_of(bytes as u32 * 8)), width, 0, 0) // CAST: at most 8
    }

    fn width(&self, var: u32) -> u8 {
        let slot = self.slots[var as usize];
        if slot.to - slot.from == 8 { 64 } else { 32 }
    }

    fn local(&self, _: u32) -> u32 {
        NO_LOCAL
    }
}

/// Replaces loads of the slots by what was stored there. `None` if it would take too long.
pub(crate) fn promote(ssa: &mut Ssa, order: &Order, frame: &Frame) -> Option<()> {
    let places = Places::new(ssa)?;
    let mut vars = SlotVars { slots: &frame.slots };
    let mut ends = Vars::new(frame.slots.len(), ssa.terms.len(), ssa.nodes.len() * 64);
    let slot_of = |addr: ValueId, offset: u32, bytes: u8| {
        let Some(Place::Fixed(at)) = places.get(addr) else { return None };
        frame.slots.binary_search(&Slot::at(*at, offset, bytes)).ok().map(|at| at as u32)
    };
    let preds = std::mem::take(&mut ssa.preds);
    let mut events = std::mem::take(&mut ssa.events);
    let mut given_up = false;
    'blocks: for block in &order.rpo {
        let block = block.index() as u32; // CAST: petgraph indices are u32
        for event in events.of(block) {
            match *event {
                Event::Store { addr, offset, bytes, value } => {
                    let Some(var) = slot_of(addr, offset, bytes) else { continue };
                    let width = ssa.width[value as usize];
                    let at = ssa.offset[value as usize];
                    let wide = bytes == 8;
                    // Kept zero-extended to the width of the variable.
                    let kept = match (width, wide) {
                        (0, _) => {
                            let max = mask_of(u32::from(bytes) * 8);
                            ssa.add(Node::Opaque(0, max), if wide { 64 } else { 32 }, block, at)
                        }
                        (64, false) => ssa.add(Node::Unary(Unary::Zext(32), value), 32, block, at),
                        _ => value,
                    };
                    let kept = if bytes < 4 {
                        let mask = ssa.add(Node::Const(mask_of(u32::from(bytes) * 8)), 32, block, at);
                        ssa.add(Node::Binary(Binary::And, kept, mask), 32, block, at)
                    } else {
                        kept
                    };
                    ends.write(block, var, kept);
                }
                Event::Load(id) => {
                    let Node::Load { addr, offset, bytes, signed } = ssa.node(id) else { continue };
                    let Some(var) = slot_of(addr, offset, bytes) else { continue };
                    let width = ssa.width[id as usize];
                    if width == 0 {
                        continue;
                    }
                    let Some(mut value) = ends.read(ssa, &preds, &mut vars, block, var) else {
                        given_up = true;
                        break 'blocks;
                    };
                    let at = ssa.offset[id as usize];
                    if signed && bytes < 4 {
                        value = ssa.add(Node::Unary(Unary::SignExtend(bytes * 8), value), 32, block, at);
                    }
                    if width == 64 && bytes < 8 {
                        let op = if signed { Unary::Sext(64) } else { Unary::Zext(64) };
                        value = ssa.add(Node::Unary(op, value), 64, block, at);
                    }
                    ssa.replaced[id as usize] = value;
                    ssa.uses_slots = true;
                }
                Event::Effects => {}
            }
        }
    }
    ssa.preds = preds;
    // What is written to a slot goes nowhere else.
    events.retain(|event| match *event {
        Event::Store { addr, offset, bytes, .. } => slot_of(addr, offset, bytes).is_none(),
        _ => true,
    });
    ssa.events = events;
    if given_up {
        return None;
    }
    ends.finish(ssa, &mut vars, &[])
}
