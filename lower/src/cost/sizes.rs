//! What the operators charge that handle bytes, pages or table elements, and how many of these there can be at all.
//!
//! The engine looks at the bounds first and charges then: an operation that does not fit into its memory, table or segment
//! traps, and costs nothing beyond its own weight. So none handles more than the smallest of those that it is about has.

use kengine::{
    check::Step,
    image::{Image, KIND_MEMORY, KIND_TABLE},
    isa::Kind,
    op::Op,
};

/// Pages of a memory at most.
const MAX_PAGES: u32 = 65_536;
const PAGE_BYTES: u64 = 65_536;
/// Bytes and table elements that a bulk operation handles for one unit.
const BYTES_PER_FUEL: u64 = 64;
const ELEMS_PER_FUEL: u64 = 16;

/// An operation that charges by an amount.
#[derive(Clone, Copy, Debug)]
pub(super) enum Bulk {
    /// Copies or fills bytes: of the segment, if it is given.
    Memory { data: Option<u32> },
    /// Copies or fills elements of the tables, or copies to the first one from the segment, if it is given.
    Table { tables: [u32; 2], elem: Option<u32> },
    /// Adds pages.
    MemoryGrow,
    /// Adds elements.
    TableGrow { table: u32 },
}

impl Bulk {
    /// How much one unit of fuel is for; `None` where more than one unit is for each.
    pub(super) fn per_unit(self) -> Option<u64> {
        match self {
            Bulk::Memory { .. } => Some(BYTES_PER_FUEL),
            Bulk::Table { .. } | Bulk::TableGrow { .. } => Some(ELEMS_PER_FUEL),
            Bulk::MemoryGrow => None,
        }
    }

    /// Units that it charges for an amount.
    pub(super) fn units(self, amount: u64) -> u64 {
        match self.per_unit() {
            Some(per_unit) => amount / per_unit,
            // Pages: at most 65,536.
            None => amount.saturating_mul(PAGE_BYTES / BYTES_PER_FUEL),
        }
    }
}

/// What a memory or table holds.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    /// From the start.
    least: u32,
    /// However it grows.
    most: u32,
    /// Whether an op makes it larger, or whoever gives it may. Hosts make none larger that is the image's own.
    grows: bool,
}

impl Size {
    /// The most at any time of a run.
    fn at_most(self) -> u32 {
        if self.grows { self.most } else { self.least }
    }

    /// By how much it can grow.
    fn room(self) -> u32 {
        self.most - self.least
    }
}

/// Sizes of what an image has.
#[derive(Debug, Default)]
pub(super) struct Sizes {
    /// Pages of the memory.
    memory: Size,
    /// Elements of the tables, imported ones first.
    tables: Vec<Size>,
    /// Bytes of the data segments.
    datas: Vec<u32>,
    /// Elements of the element segments.
    elems: Vec<u32>,
}

impl Sizes {
    pub(super) fn new(image: &Image<'_>) -> Self {
        let own = |flags: u32, least: u32, max: u32, top: u32| Size {
            least,
            most: if flags & 1 != 0 { max.max(least) } else { top },
            grows: false,
        };
        let given = |most| Size { least: 0, most, grows: true };
        let imports = |kind| image.imports().iter().filter(move |import| import.kind == kind);
        let memories = image.memories().iter().map(|m| own(m.flags, m.min, m.max, MAX_PAGES));
        let tables = image.tables().iter().map(|t| own(t.flags, t.min, t.max, u32::MAX));
        Sizes {
            memory: imports(KIND_MEMORY).map(|_| given(MAX_PAGES)).chain(memories).next().unwrap_or_default(),
            tables: imports(KIND_TABLE).map(|_| given(u32::MAX)).chain(tables).collect(),
            datas: image.datas().iter().map(|data| data.len).collect(),
            elems: image.elems().iter().map(|elem| elem.item_len).collect(),
        }
    }

    /// The operation, if it is one that charges by an amount; takes note of what it makes larger.
    pub(super) fn bulk(&mut self, step: &Step) -> Option<Bulk> {
        let row = step.op.row();
        let field = |kind| row.field(kind).map(|field| step.words.get(field.at));
        let mut tables = row.fields.iter().filter(|field| field.kind == Kind::Table).map(|f| step.words.get(f.at));
        let mut table = || tables.next();
        Some(match step.op {
            Op::MemoryCopy | Op::MemoryFill | Op::MemoryInit => Bulk::Memory { data: field(Kind::Data) },
            Op::TableCopy | Op::TableFill | Op::TableInit => {
                let first = table()?;
                Bulk::Table { tables: [first, table().unwrap_or(first)], elem: field(Kind::Elem) }
            }
            Op::MemoryGrow => {
                self.memory.grows = true;
                Bulk::MemoryGrow
            }
            Op::TableGrow => {
                let table = table()?;
                self.tables.get_mut(table as usize)?.grows = true;
                Bulk::TableGrow { table }
            }
            _ => return None,
        })
    }

    /// Bytes that the memory may have.
    pub(super) fn memory_bytes(&self) -> u64 {
        u64::from(self.memory.at_most()) * PAGE_BYTES
    }

    /// The most that an operation can handle.
    pub(super) fn most(&self, bulk: Bulk) -> u64 {
        // The checker has seen that tables and segments are there.
        let table = |at: u32| self.tables.get(at as usize).copied().unwrap_or_default();
        let of_segment = |lens: &[u32], at: Option<u32>| {
            at.and_then(|at| lens.get(at as usize)).map_or(u64::MAX, |len| u64::from(*len))
        };
        match bulk {
            Bulk::Memory { data } => self.memory_bytes().min(of_segment(&self.datas, data)),
            Bulk::Table { tables, elem } => {
                let tables = tables.map(|at| u64::from(table(at).at_most()));
                tables[0].min(tables[1]).min(of_segment(&self.elems, elem))
            }
            Bulk::MemoryGrow => self.memory.room().into(),
            Bulk::TableGrow { table: at } => table(at).room().into(),
        }
    }
}
