//! The image format `.cvi`: header, sections and records.
//!
//! Little-endian. A 72-byte [`Header`], then a table of [`Section`] records, then the sections in
//! ascending kind, each starting on the next multiple of 8 bytes, gaps zero. An empty section is
//! left out. Sections of kind [`UNTRUSTED`] and above are never read by checker or linker: they
//! serve diagnostics.
//!
//! [`Image::parse`] checks the frame (rule R1) and nothing else; what the records say is checked by
//! [`crate::check`]. Index spaces are those of wasm: imported functions, tables and globals first.

use crate::lines::Lines;
use core::fmt;

/// First four bytes of an image.
pub const MAGIC: [u8; 4] = *b"\0cvi";
/// Section kinds from here on are for diagnostics only.
pub const UNTRUSTED: u32 = 0x80;
/// Section alignment in bytes.
pub const ALIGN: usize = 8;
/// "No such index" in records.
pub const NO_INDEX: u32 = u32::MAX;

/// Records of fixed size: one list of fields gives reader, writer and length.
macro_rules! records {
    ($($(#[$meta:meta])* $name:ident { $($(#[$fmeta:meta])* $field:ident : $ty:ident),* $(,)? })*) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
        pub struct $name { $($(#[$fmeta])* pub $field: $ty),* }

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = 0 $(+ core::mem::size_of::<$ty>())*;

            /// Reads the record at the start of `bytes`; `None` if they are too few.
            #[inline]
            #[allow(unused_assignments, reason = "the last field leaves the offset unused")]
            pub fn read(bytes: &[u8]) -> Option<Self> {
                let mut at = 0;
                $(let $field = {
                    const SIZE: usize = core::mem::size_of::<$ty>();
                    let field = <[u8; SIZE]>::try_from(bytes.get(at..at + SIZE)?).ok()?;
                    at += SIZE;
                    $ty::from_le_bytes(field)
                };)*
                Some($name { $($field),* })
            }

            /// Bytes of the record, in order.
            #[inline]
            #[allow(unused_assignments, reason = "nothing is left behind the last field")]
            pub fn to_bytes(&self) -> [u8; Self::LEN] {
                let mut bytes = [0; Self::LEN];
                let mut rest = bytes.as_mut_slice();
                $(if let Some((place, behind)) = core::mem::take(&mut rest).split_first_chunk_mut() {
                    *place = self.$field.to_le_bytes();
                    rest = behind;
                })*
                bytes
            }
        }
    )* };
}

records! {
    /// First bytes of an image.
    Header {
        /// [`MAGIC`].
        magic: u32,
        /// [`crate::isa::VERSION`].
        version: u32,
        /// Length of the whole image in bytes.
        total_len: u64,
        /// [`crate::op::TABLE_HASH`].
        table_hash: u64,
        /// [`FLAG_FLOAT`]; unknown bits are refused.
        flags: u32,
        /// Number of sections.
        section_count: u32,
        /// Function index of the start function, or [`NO_INDEX`].
        start: u32,
        /// 0 metered, 1 bounded.
        class: u32,
        /// Value-stack slots that the deepest certified call chain of any export needs.
        stack_claim: u64,
        /// Fuel that one run of the entry needs at most; 0 = no claim. Enforced as the run's fuel.
        fuel_claim: u64,
        /// Capability bits that the imports need.
        capabilities: u64,
        /// Zero.
        reserved: u64,
    }

    /// Where a section stands.
    Section {
        /// One of [`SectionKind`], or `>= UNTRUSTED`.
        kind: u32,
        /// First byte, counted from the start of the image; a multiple of [`ALIGN`].
        offset: u32,
        /// Bytes.
        len: u32,
        /// Records.
        count: u32,
    }

    /// A function signature; its value types are the next `params + results` bytes of SIGTYPES.
    Sig {
        /// Number of parameters.
        params: u16,
        /// Number of results.
        results: u16,
        /// First byte in SIGTYPES.
        types: u32,
    }

    /// An import. Functions come first, then tables, memories, globals.
    Import {
        /// [`KIND_FUNC`], [`KIND_TABLE`], [`KIND_MEMORY`] or [`KIND_GLOBAL`].
        kind: u32,
        /// Function: signature index. Table: reference type. Global: value type. Memory: 0.
        desc: u32,
        /// Global: 1 if mutable. Table, memory: 1 if `max` is given. Function: 0.
        flags: u32,
        /// Table elements or memory pages at least.
        min: u32,
        /// Table elements or memory pages at most.
        max: u32,
        /// Function: fuel units one call costs, as the host declares it.
        cost: u32,
        /// Function: capability bits that a call needs, as the host declares them.
        capabilities: u64,
        /// Module name in STRINGS.
        module: u32,
        /// Its bytes.
        module_len: u32,
        /// Field name in STRINGS.
        name: u32,
        /// Its bytes.
        name_len: u32,
    }

    /// A function that the image defines.
    Func {
        /// First word in CODE.
        code: u32,
        /// Words.
        code_len: u32,
        /// First record in LEADER.
        leader: u32,
        /// Records.
        leader_len: u32,
        /// Signature index.
        sig: u32,
        /// D: slots that this frame and every certified callee need, headers included.
        depth: u32,
        /// Logical slots of the frame (the two header slots come on top).
        frame: u16,
        /// Credit at entry; every caller pays it.
        credit: u16,
        /// [`FUNC_REF`].
        flags: u16,
        /// Zero.
        reserved: u16,
    }

    /// A branch target and the state that every edge to it must bring.
    Leader {
        /// Word, counted from the function's first.
        pc: u32,
        /// Slots `[0, height)` are initialised.
        height: u16,
        /// Credit at least.
        credit: u16,
    }

    /// One word of CODE.
    Code {
        /// See [`crate::isa`].
        word: u64,
    }

    /// One entry of BRTAB: a table is `n`, then `n + 1` leader indices, the last the default.
    BrTab {
        /// Count or leader index.
        value: u32,
    }

    /// Per signature: bound on D over the REF functions of that signature; [`NO_INDEX`] if a
    /// certified indirect call of it is not possible.
    SigDepth {
        /// Slots.
        depth: u32,
    }

    /// A 64-bit constant.
    Pool {
        /// The constant.
        value: u64,
    }

    /// A table that the image defines.
    Table {
        /// Reference type, as in wasm.
        ty: u32,
        /// 1 if `max` is given.
        flags: u32,
        /// Elements at instantiation.
        min: u32,
        /// Elements at most.
        max: u32,
    }

    /// The memory that the image defines (at most one, and none if one is imported).
    Memory {
        /// 1 if `max` is given.
        flags: u32,
        /// Pages at instantiation.
        min: u32,
        /// Pages at most.
        max: u32,
        /// Zero.
        reserved: u32,
    }

    /// A global that the image defines.
    Global {
        /// Value type, as in wasm.
        ty: u16,
        /// 1 if mutable.
        mutable: u16,
        /// [`INIT_CONST`], [`INIT_GLOBAL`] or [`INIT_FUNC`].
        init: u32,
        /// Constant bits, imported global's index or function index.
        value: u64,
    }

    /// An element segment.
    Elem {
        /// [`MODE_ACTIVE`], [`MODE_PASSIVE`] or [`MODE_DECLARED`].
        mode: u32,
        /// Table index; 0 unless active.
        table: u32,
        /// [`INIT_CONST`] or [`INIT_GLOBAL`]; 0 unless active.
        offset_init: u32,
        /// Offset or imported global's index.
        offset: u32,
        /// First record in ELEMITEM.
        item: u32,
        /// Records.
        item_len: u32,
        /// Reference type, as in wasm.
        ty: u32,
        /// Zero.
        reserved: u32,
    }

    /// One reference of an element segment.
    ElemItem {
        /// [`INIT_CONST`] (null), [`INIT_GLOBAL`] or [`INIT_FUNC`].
        init: u32,
        /// 0, imported global's index or function index.
        index: u32,
    }

    /// A data segment.
    Data {
        /// [`MODE_ACTIVE`] or [`MODE_PASSIVE`].
        mode: u32,
        /// [`INIT_CONST`] or [`INIT_GLOBAL`]; 0 if passive.
        offset_init: u32,
        /// Offset in memory or imported global's index.
        offset: u32,
        /// First byte in BLOB.
        start: u32,
        /// Bytes.
        len: u32,
        /// Zero.
        reserved: u32,
    }

    /// An export.
    Export {
        /// [`KIND_FUNC`], …
        kind: u32,
        /// Index in its index space.
        index: u32,
        /// Name in STRINGS.
        name: u32,
        /// Its bytes.
        name_len: u32,
    }

    /// Name of a function, for diagnostics.
    Name {
        /// Function index.
        func: u32,
        /// First byte in NAMEBYTES.
        name: u32,
        /// Bytes.
        name_len: u32,
        /// Zero.
        reserved: u32,
    }
}

/// Header flag: the image computes with f32 or f64.
pub const FLAG_FLOAT: u32 = 1;
/// Function flag: a reference to this function may exist (table, `ref.func`, export).
pub const FUNC_REF: u16 = 1;
/// Import and export kinds, as in wasm.
pub const KIND_FUNC: u32 = 0;
/// A table.
pub const KIND_TABLE: u32 = 1;
/// A memory.
pub const KIND_MEMORY: u32 = 2;
/// A global.
pub const KIND_GLOBAL: u32 = 3;
/// Initialised by a constant (references: null).
pub const INIT_CONST: u32 = 0;
/// Initialised by an imported immutable global.
pub const INIT_GLOBAL: u32 = 1;
/// Initialised by a reference to a function.
pub const INIT_FUNC: u32 = 2;
/// Segment copied at instantiation.
pub const MODE_ACTIVE: u32 = 0;
/// Segment copied by `memory.init`/`table.init`.
pub const MODE_PASSIVE: u32 = 1;
/// Element segment that only declares references.
pub const MODE_DECLARED: u32 = 2;
/// Value types, as in wasm.
pub mod valtype {
    /// i32.
    pub const I32: u8 = 0x7f;
    /// i64.
    pub const I64: u8 = 0x7e;
    /// f32.
    pub const F32: u8 = 0x7d;
    /// f64.
    pub const F64: u8 = 0x7c;
    /// funcref.
    pub const FUNCREF: u8 = 0x70;
    /// externref.
    pub const EXTERNREF: u8 = 0x6f;
}

/// Section kinds with their record lengths; the order is the order in the file.
macro_rules! sections {
    ($($(#[$meta:meta])* $name:ident = $code:literal, $len:expr;)*) => {
        /// Kinds of section.
        #[repr(u32)]
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum SectionKind { $($(#[$meta])* $name = $code),* }

        impl SectionKind {
            /// Every kind, ascending.
            pub const ALL: &'static [SectionKind] = &[$(SectionKind::$name),*];

            /// Bytes of one record.
            pub const fn record_len(self) -> usize {
                match self { $(SectionKind::$name => $len),* }
            }

            /// The kind with this number.
            pub const fn from_u32(kind: u32) -> Option<SectionKind> {
                match kind { $($code => Some(SectionKind::$name),)* _ => None }
            }
        }
    };
}

sections! {
    /// Signatures.
    Sig = 1, Sig::LEN;
    /// Value types of the signatures.
    SigTypes = 2, 1;
    /// Imports.
    Import = 3, Import::LEN;
    /// Functions.
    Func = 4, Func::LEN;
    /// Branch targets.
    Leader = 5, Leader::LEN;
    /// Words.
    Code = 6, Code::LEN;
    /// Branch tables.
    BrTab = 7, BrTab::LEN;
    /// Depth per signature.
    SigDepth = 8, SigDepth::LEN;
    /// Constants.
    Pool = 9, Pool::LEN;
    /// Tables.
    Table = 10, Table::LEN;
    /// Memory.
    Memory = 11, Memory::LEN;
    /// Globals.
    Global = 12, Global::LEN;
    /// Element segments.
    Elem = 13, Elem::LEN;
    /// Their references.
    ElemItem = 14, ElemItem::LEN;
    /// Data segments.
    Data = 15, Data::LEN;
    /// Their bytes.
    Blob = 16, 1;
    /// Exports.
    Export = 17, Export::LEN;
    /// Names of imports and exports.
    Strings = 18, 1;
    /// Function names, for diagnostics.
    Name = 0x80, Name::LEN;
    /// Their bytes.
    NameBytes = 0x81, 1;
    /// Wasm offsets, for diagnostics.
    Line = 0x82, 1;
}

/// Number of section kinds.
pub const SECTION_KINDS: usize = SectionKind::ALL.len();

/// A parsed image: header and sections, borrowed from the bytes.
#[derive(Clone, Copy)]
pub struct Image<'a> {
    /// The header.
    pub header: Header,
    /// Bytes of each section, in the order of [`SectionKind::ALL`]; empty if absent.
    sections: [&'a [u8]; SECTION_KINDS],
}

impl fmt::Debug for Image<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Image").field("header", &self.header).finish_non_exhaustive()
    }
}

/// Why bytes are no image; `offset` is a byte of the image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FormatError {
    /// What is wrong.
    pub what: Format,
    /// Where.
    pub offset: u64,
}

/// What is wrong with the frame of an image (rule R1).
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Shorter than the header or than the header says.
    Truncated,
    /// The first four bytes are not [`MAGIC`].
    Magic,
    /// Another version of the format.
    Version,
    /// Built for another op table: rebuild the image with this cervus.
    TableHash,
    /// `total_len` is not the number of bytes.
    Length,
    /// A reserved field is not zero or an unknown flag is set.
    Reserved,
    /// Section kinds do not ascend, or one is unknown.
    SectionKind,
    /// A section does not start where the one before it ends.
    SectionPlace,
    /// `len` is not `count` records.
    SectionLen,
    /// A gap between sections is not zero.
    Gap,
}

/// What an image's frame says: for those who keep the bytes and look at them again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    header: Header,
    /// First byte and length of each section, in the order of [`SectionKind::ALL`]; nothing where it is absent.
    spans: [(u32, u32); SECTION_KINDS],
}

impl Frame {
    /// Checks the frame of an image and finds its sections.
    ///
    /// # Errors
    /// [`FormatError`]: the first fault, by offset.
    pub(crate) fn of(bytes: &[u8]) -> Result<Frame, FormatError> {
        let fail = |what, offset: usize| Err(FormatError { what, offset: offset as u64 });
        let Some(header) = Header::read(bytes) else {
            let magic_ok = bytes.len() >= 4 && bytes.starts_with(&MAGIC);
            return fail(if magic_ok { Format::Truncated } else { Format::Magic }, bytes.len());
        };
        if header.magic != u32::from_le_bytes(MAGIC) {
            return fail(Format::Magic, 0);
        }
        if header.version != crate::isa::VERSION {
            return fail(Format::Version, 4);
        }
        if header.table_hash != crate::op::TABLE_HASH {
            return fail(Format::TableHash, 16);
        }
        if header.total_len != bytes.len() as u64 {
            let short = header.total_len > bytes.len() as u64;
            return fail(if short { Format::Truncated } else { Format::Length }, 8);
        }
        if header.reserved != 0 || header.flags & !FLAG_FLOAT != 0 || header.class > 1 {
            return fail(Format::Reserved, 24);
        }
        let mut spans = [(0, 0); SECTION_KINDS];
        let table_len = usize::try_from(header.section_count).ok().and_then(|n| n.checked_mul(Section::LEN));
        let Some(mut end) = table_len.and_then(|n| n.checked_add(Header::LEN)) else {
            return fail(Format::Truncated, 28);
        };
        let mut table = bytes.get(Header::LEN..end).ok_or(FormatError { what: Format::Truncated, offset: 28 })?;
        let mut kinds = SectionKind::ALL.iter().zip(spans.iter_mut());
        let mut at = Header::LEN;
        while let Some(section) = Section::read(table) {
            let start = section.offset as usize; // CAST: u32 fits usize on every target
            let Some((kind, slot)) = kinds.find(|(kind, _)| **kind as u32 == section.kind) else {
                return fail(Format::SectionKind, at);
            };
            let aligned = end.checked_next_multiple_of(ALIGN);
            if aligned != Some(start) || section.len == 0 {
                return fail(Format::SectionPlace, at);
            }
            if (section.count as usize).checked_mul(kind.record_len()) != Some(section.len as usize) {
                return fail(Format::SectionLen, at);
            }
            let stop = start.checked_add(section.len as usize);
            let Some(stop) = stop.filter(|stop| *stop <= bytes.len()) else { return fail(Format::Truncated, at) };
            if bytes.get(end..start).is_none_or(|gap| gap.iter().any(|b| *b != 0)) {
                return fail(Format::Gap, end);
            }
            *slot = (section.offset, section.len);
            end = stop;
            at = at.saturating_add(Section::LEN);
            table = table.get(Section::LEN..).unwrap_or(&[]);
        }
        if end != bytes.len() {
            return fail(Format::Length, end);
        }
        Ok(Frame { header, spans })
    }

    /// The image that these bytes are: those that were checked.
    #[inline]
    pub(crate) fn image<'a>(&self, bytes: &'a [u8]) -> Image<'a> {
        Image { header: self.header, sections: self.spans.map(|span| body(bytes, span)) }
    }

    /// The records of one section of the image that these bytes are.
    #[inline]
    pub(crate) fn records<'a, R: Record>(&self, bytes: &'a [u8], kind: SectionKind) -> Records<'a, R> {
        let at = SectionKind::ALL.iter().position(|k| *k == kind);
        let span = at.and_then(|at| self.spans.get(at)).copied().unwrap_or((0, 0));
        Records { bytes: body(bytes, span), _record: core::marker::PhantomData }
    }
}

#[inline]
fn body(bytes: &[u8], (start, len): (u32, u32)) -> &[u8] {
    // CAST: u32 fits usize on every target.
    bytes.get(start as usize..).and_then(|rest| rest.get(..len as usize)).unwrap_or(&[])
}

impl<'a> Image<'a> {
    /// Checks the frame of an image and finds its sections.
    ///
    /// # Errors
    /// [`FormatError`]: the first fault, by offset.
    pub fn parse(bytes: &'a [u8]) -> Result<Image<'a>, FormatError> {
        Ok(Frame::of(bytes)?.image(bytes))
    }

    /// Bytes of a section; empty if it is absent.
    #[inline]
    pub fn section(&self, kind: SectionKind) -> &'a [u8] {
        let at = SectionKind::ALL.iter().position(|k| *k == kind);
        at.and_then(|at| self.sections.get(at)).copied().unwrap_or(&[])
    }
}

/// A section as an array of records, read one by one.
macro_rules! accessors {
    ($($(#[$meta:meta])* $method:ident: $record:ident;)*) => {
        impl<'a> Image<'a> { $(
            $(#[$meta])*
            #[inline]
            pub fn $method(&self) -> Records<'a, $record> {
                Records { bytes: self.section(SectionKind::$record), _record: core::marker::PhantomData }
            }
        )* }
        $(impl Record for $record {
            const LEN: usize = $record::LEN;
            #[inline]
            fn read(bytes: &[u8]) -> Option<Self> { $record::read(bytes) }
        })*
    };
}

/// A record type of the format.
pub trait Record: Sized {
    /// Bytes.
    const LEN: usize;
    /// Reads one at the start of `bytes`.
    fn read(bytes: &[u8]) -> Option<Self>;
}

/// The records of one section.
#[derive(Clone, Copy, Debug)]
pub struct Records<'a, R> {
    bytes: &'a [u8],
    _record: core::marker::PhantomData<R>,
}

impl<'a, R: Record> Records<'a, R> {
    /// Number of records.
    #[inline]
    pub fn len(&self) -> u32 {
        // CAST: sections are shorter than 2^32 bytes.
        self.bytes.len().checked_div(R::LEN).unwrap_or(0) as u32
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Record `index`.
    #[inline]
    pub fn get(&self, index: u32) -> Option<R> {
        let at = (index as usize).checked_mul(R::LEN)?;
        R::read(self.bytes.get(at..)?)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = R> + use<'a, R> {
        self.iter_from(0)
    }

    /// Those from record `index` on, in order.
    pub fn iter_from(&self, index: u32) -> impl Iterator<Item = R> + use<'a, R> {
        let at = (index as usize).checked_mul(R::LEN);
        let mut rest = at.and_then(|at| self.bytes.get(at..)).unwrap_or(&[]);
        core::iter::from_fn(move || {
            let record = R::read(rest)?;
            rest = rest.get(R::LEN..)?;
            Some(record)
        })
    }
}

accessors! {
    /// Signatures.
    sigs: Sig;
    /// Imports.
    imports: Import;
    /// Functions defined here.
    funcs: Func;
    /// Branch targets of all functions.
    leaders: Leader;
    /// Words of all functions.
    code: Code;
    /// Branch tables of all functions.
    brtabs: BrTab;
    /// Depth bounds per signature.
    sig_depths: SigDepth;
    /// Constants.
    pool: Pool;
    /// Tables defined here.
    tables: Table;
    /// The memory, if defined here.
    memories: Memory;
    /// Globals defined here.
    globals: Global;
    /// Element segments.
    elems: Elem;
    /// References of the element segments.
    elem_items: ElemItem;
    /// Data segments.
    datas: Data;
    /// Exports.
    exports: Export;
    /// Function names.
    names: Name;
}

impl<'a> Image<'a> {
    /// Value types of a signature, parameters first.
    pub fn sig_types(&self, sig: &Sig) -> Option<&'a [u8]> {
        let start = sig.types as usize;
        let len = usize::from(sig.params).checked_add(usize::from(sig.results))?;
        self.section(SectionKind::SigTypes).get(start..start.checked_add(len)?)
    }

    /// A name in STRINGS, as bytes.
    pub fn string(&self, start: u32, len: u32) -> Option<&'a [u8]> {
        let start = start as usize;
        self.section(SectionKind::Strings).get(start..start.checked_add(len as usize)?)
    }

    /// Name of a function from the diagnostic sections, if it is there and UTF-8.
    pub fn func_name(&self, func: u32) -> Option<&'a str> {
        let names = self.names();
        // Names stand in ascending order of their function.
        let (mut low, mut high) = (0, names.len());
        while low < high {
            let mid = low.checked_add(high.checked_sub(low)? / 2)?;
            let name = names.get(mid)?;
            if name.func == func {
                let start = name.name as usize;
                let end = start.checked_add(name.name_len as usize)?;
                return core::str::from_utf8(self.section(SectionKind::NameBytes).get(start..end)?).ok();
            }
            if name.func < func {
                low = mid.checked_add(1)?;
            } else {
                high = mid;
            }
        }
        None
    }

    /// The line map.
    pub fn lines(&self) -> Lines<'a> {
        Lines::new(self.section(SectionKind::Line))
    }

    /// Wasm offset of the op at a word of CODE, if the line map covers it. Reads the map up to there.
    pub fn wasm_offset(&self, word: u32) -> Option<u32> {
        self.lines().at(word)
    }
}

/// Writes images; the counterpart of [`Image`], for user space.
#[cfg(feature = "text")]
pub mod write {
    use super::{ALIGN, Header, MAGIC, SECTION_KINDS, Section, SectionKind};
    extern crate alloc;
    use alloc::{vec, vec::Vec};
    use core::ops::Range;

    /// Sections under construction.
    #[derive(Clone, Debug)]
    pub struct ImageBuilder {
        /// Header; lengths, counts, magic, version and hash are filled in by [`ImageBuilder::finish`].
        pub header: Header,
        sections: [Vec<u8>; SECTION_KINDS],
    }

    impl Default for ImageBuilder {
        fn default() -> Self {
            let header = Header { start: super::NO_INDEX, ..Header::default() };
            ImageBuilder { header, sections: [const { Vec::new() }; SECTION_KINDS] }
        }
    }

    impl ImageBuilder {
        /// Bytes of a section so far.
        pub fn section(&mut self, kind: SectionKind) -> &mut Vec<u8> {
            let at = SectionKind::ALL.iter().position(|k| *k == kind).unwrap_or(0);
            // INVARIANT: `ALL` has SECTION_KINDS entries and holds every kind.
            #[allow(clippy::indexing_slicing, reason = "position in an array of the same length")]
            &mut self.sections[at]
        }

        /// Appends a record and returns its index.
        pub fn push(&mut self, kind: SectionKind, record: impl AsRef<[u8]>) -> u32 {
            let section = self.section(kind);
            let index = section.len() / kind.record_len();
            section.extend_from_slice(record.as_ref());
            index as u32 // CAST: sections are shorter than 2^32 bytes
        }

        /// The image. `None` if a section or the image would exceed 4 GiB.
        pub fn finish(&self) -> Option<Vec<u8>> {
            self.finish_with([]).map(|(image, [])| image)
        }

        /// The image with so many bytes more, all zero, at the end of some sections, for the caller to fill in; and
        /// where these bytes stand in it. `None` as in [`ImageBuilder::finish`].
        pub fn finish_with<const N: usize>(
            &self,
            room: [(SectionKind, usize); N],
        ) -> Option<(Vec<u8>, [Range<usize>; N])> {
            let more = |kind: SectionKind| room.iter().filter(|(k, _)| *k == kind).map(|(_, len)| len).sum::<usize>();
            let all = SectionKind::ALL.iter().zip(&self.sections);
            let used: Vec<_> =
                all.map(|(kind, s)| (*kind, s, more(*kind))).filter(|(_, s, n)| s.len() + n > 0).collect();
            let mut end = Header::LEN + used.len() * Section::LEN;
            let mut table = Vec::new();
            // First byte behind each section's own bytes.
            let mut ends = Vec::new();
            for (kind, bytes, more) in &used {
                let offset = end.next_multiple_of(ALIGN);
                let len = bytes.len().checked_add(*more)?;
                end = offset.checked_add(len)?;
                ends.push((*kind, offset + bytes.len()));
                let section = Section {
                    kind: *kind as u32,
                    offset: u32::try_from(offset).ok()?,
                    len: u32::try_from(len).ok()?,
                    count: (len / kind.record_len()) as u32, // CAST: no more than bytes
                };
                table.extend_from_slice(&section.to_bytes());
            }
            let header = Header {
                magic: u32::from_le_bytes(MAGIC),
                version: crate::isa::VERSION,
                total_len: end as u64,
                table_hash: crate::op::TABLE_HASH,
                section_count: used.len() as u32,
                ..self.header
            };
            // Pages that nobody has touched yet, if it is large.
            let mut image = vec![0; end];
            let mut put = |start: usize, bytes: &[u8]| {
                let place = image.get_mut(start..start + bytes.len());
                if let Some(place) = place {
                    place.copy_from_slice(bytes);
                }
            };
            put(0, &header.to_bytes());
            put(Header::LEN, &table);
            for ((_, bytes, _), (_, end)) in used.iter().zip(&ends) {
                put(end - bytes.len(), bytes);
            }
            let places = room.map(|(kind, len)| {
                let start = ends.iter().find(|(k, _)| *k == kind).map_or(0, |(_, end)| *end);
                start..start + len
            });
            Some((image, places))
        }
    }
}
