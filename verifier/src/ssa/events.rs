//! Loads, stores and other effects of the blocks of a function, in one list.

use super::ValueId;

/// What a block does besides computing values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The value is a [`Node::Load`](super::Node::Load).
    Load(ValueId),
    /// Writes the low `bytes` bytes of `value`.
    Store { addr: ValueId, offset: u32, bytes: u8, value: ValueId },
    /// Anything may happen to memory that is not the function's own: calls and bulk operations.
    Effects,
}

/// The events of all blocks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Events {
    list: Vec<Event>,
    /// By block: where its events begin and end; blocks behind the last one that has any may be missing.
    spans: Vec<(u32, u32)>,
}

impl Events {
    /// Adds an event of a block, to which all those since its first one have been.
    pub(super) fn push(&mut self, block: u32, event: Event) {
        let at = block as usize;
        let end = self.list.len() as u32; // CAST: fewer than operators
        if self.spans.len() <= at {
            self.spans.resize(at + 1, (0, 0));
        }
        let span = &mut self.spans[at];
        if span.0 == span.1 {
            *span = (end, end);
        }
        debug_assert_eq!(span.1, end);
        span.1 = end + 1;
        self.list.push(event);
    }

    /// Those of a block, in order.
    pub(crate) fn of(&self, block: u32) -> &[Event] {
        match self.spans.get(block as usize) {
            Some((from, to)) => &self.list[*from as usize..*to as usize],
            None => &[],
        }
    }

    /// Those of all blocks, by block.
    pub(crate) fn by_block(&self) -> impl Iterator<Item = (u32, &[Event])> {
        (0..self.spans.len() as u32).map(|block| (block, self.of(block))) // CAST: petgraph indices are u32
    }

    /// All, in no order of blocks.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Event> {
        self.list.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Event> {
        self.list.iter_mut()
    }

    /// Drops all but those for which `keeps` says so.
    pub(super) fn retain(&mut self, mut keeps: impl FnMut(&Event) -> bool) {
        let mut kept = Vec::with_capacity(self.list.len());
        for span in &mut self.spans {
            let from = kept.len() as u32; // CAST: no more than there were
            kept.extend(self.list[span.0 as usize..span.1 as usize].iter().copied().filter(&mut keeps));
            *span = (from, kept.len() as u32); // CAST: as above
        }
        self.list = kept;
    }
}
