//! The checker: one linear pass over an image that re-checks everything that safety needs (rules
//! R1-R22). It is the trusted part: whatever made the image may be wrong or hostile.
//!
//! Tables are checked first, then every function's code, in order. Each op is checked with its
//! operands and every edge against the leader it goes to, and is then handed to a [`Sink`] together
//! with what only the checker knows: the charge of an edge. What a sink has got is worth nothing
//! until [`check`] has returned `Ok`.
//!
//! # Why it is sound
//!
//! Per op the checker carries a height `h`, a credit `cr` and whether the accumulator is defined. A
//! [`Leader`] record claims a state; every edge to it, entry and fall-through included, must bring at
//! least that, and the block behind it starts from the claim alone. So induction over the run's
//! steps gives, at each op executed (Klein and Nipkow's lightweight bytecode verification, 2003):
//!
//! - **height**: slots `[0, h)` are initialised and `h <= frame`. Every read is below `h`, every write
//!   at most at `h` and inside the frame, a call leaves `h = base + results`. Hence no slot is read
//!   before it is written and no operand lies outside the frame. Header slots stand physically at
//!   `m = max(params, results)`; single slots step over them by renumbering, ranges must not straddle
//!   them, call windows start at or above them: no guest op can reach a return address.
//! - **credit**: fuel charged so far, less cost executed so far, is at least `cr >= 0`. An op takes
//!   its cost, at least 1, out of `cr`; nothing but a charge (function entry, PAY edge, `fuel`) puts
//!   any in. So a cycle without a charge would need `credit <= credit - cost`: every cycle holds one,
//!   in irreducible flow too. As no credit exceeds POLL_MAX, charges and returns poll, and a charge
//!   never lifts `cr` above POLL_MAX, the cost between two polls is at most POLL_MAX.
//! - **depth**: a frame with its certified callees fits in D slots: `D >= frame + 2`, and for a
//!   callee at base `a`, `D >= a + 2 + D[callee]`. D falls strictly along certified calls, so they
//!   neither recurse nor need a test at run time. An indirect call takes SIGDEPTH for D; that bounds
//!   every function of the image which carries the REF flag, and no other passes the signature test.
//!
//! Slots carry no types: every handler is total on any 64-bit value, references are indices that
//! are tested on use. Memory and table bounds, segments, divisors are tested at run time.
//!
//! # Its own rules
//!
//! No recursion, no allocation, no indexing, no arithmetic that could wrap or panic; time linear in
//! the bytes. Bytes of sections from [`crate::image::UNTRUSTED`] on are never looked at.

#![forbid(unsafe_code)]
#![deny(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::string_slice
)]

use crate::{
    OutOfMemory,
    image::{
        BrTab, Data, Elem, Export, FLAG_FLOAT, FUNC_REF, Format, FormatError, Func, Global, INIT_CONST, INIT_FUNC,
        INIT_GLOBAL, Image, Import, KIND_FUNC, KIND_GLOBAL, KIND_MEMORY, KIND_TABLE, Leader, MODE_ACTIVE,
        MODE_DECLARED, MODE_PASSIVE, Memory, NO_INDEX, Pool, Record, Records, SectionKind, Sig, SigDepth, Table,
        valtype::{EXTERNREF, F32, F64, FUNCREF, I32, I64},
    },
    isa::{EXT, Effects, Kind, POLL_MAX},
    op::{Op, Row, Words},
};

/// Parameters, and results, that a function may have (wasm's implementation limit).
pub const MAX_PARAMS: u16 = 1000;
/// Signatures of an image; ops name them by 16 bits.
pub const MAX_SIGS: u32 = 65_535;
/// Logical slots of a frame; two header slots come on top and slot numbers have 16 bits.
pub const MAX_FRAME: u16 = 65_533;
/// Pages of a 32-bit memory.
pub const MAX_PAGES: u32 = 65_536;
/// Fuel units that a host function may cost.
pub const MAX_HOST_COST: u32 = 1 << 20;
/// Arms of a branch table, the default not counted.
pub const MAX_ARMS: u32 = 65_535;
/// Words that a 16-bit branch may jump: the linked distance is three times as long.
pub const FAR: u32 = 10_922;
/// Records and ops checked between two calls of [`Sink::poll`].
const POLL_EVERY: u32 = 4096;

/// Header slots of a frame.
const HEADER: u32 = 2;

/// What the loader of an image allows.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the image.
    pub max_image_bytes: u64,
    /// Pages of 64 KiB that the memory starts with.
    pub max_pages: u32,
    /// Elements that all tables together start with.
    pub max_table_elems: u32,
    /// Slots of one value stack.
    pub max_stack_slots: u32,
    /// Fuel that one run may claim; 0 = no limit.
    pub max_fuel_claim: u64,
    /// Capability bits granted to the program.
    pub granted: u64,
    /// The context must not be interrupted: only class `bounded` with a fuel claim, no sleeping
    /// import, no growing. `false`: any image.
    pub bounded_only: bool,
    /// Whether the context can run images that compute with floats.
    pub float: bool,
}

impl Default for Limits {
    /// For user space: generous in everything but capabilities, of which there are none.
    fn default() -> Self {
        Limits {
            max_image_bytes: 1 << 30,
            max_pages: MAX_PAGES,
            max_table_elems: 10_000_000,
            max_stack_slots: 1 << 20,
            max_fuel_claim: 0,
            granted: 0,
            bounded_only: false,
            float: true,
        }
    }
}

/// What a host says about a function it offers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct HostInfo {
    /// Fuel units of one call.
    pub cost: u32,
    /// Capability bits that a call needs.
    pub capabilities: u64,
    /// Whether a call may wait; `false`: it never does.
    pub may_sleep: bool,
}

/// Why a host refuses an import.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ImportError {
    /// It has no function of that name.
    Unknown,
    /// Its function has another signature.
    Signature,
}

/// The host functions that images may import.
pub trait Host {
    /// Looks up a function; `params` and `results` are value types as bytes.
    ///
    /// # Errors
    /// [`ImportError`].
    fn import(&self, module: &[u8], name: &[u8], params: &[u8], results: &[u8]) -> Result<HostInfo, ImportError>;
}

/// One checked op.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Its opcode.
    pub op: Op,
    /// Its words.
    pub words: Words,
    /// Its first word, counted from the function's first.
    pub pc: u32,
    /// PAY branches: fuel to charge on the taken edge; `fuel`: fuel to charge; else 0.
    pub charge: u16,
    /// Branches: words from this op to the target; else 0.
    pub delta: i32,
}

/// Receives what was checked, in order; `()` ignores it.
pub trait Sink {
    /// The tables are checked; code follows.
    ///
    /// # Errors
    /// [`OutOfMemory`] ends the check, as in the other methods.
    fn begin(&mut self, image: &Image<'_>) -> Result<(), OutOfMemory>;
    /// The ops of function `index` follow, counted among the functions that the image defines.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    fn func(&mut self, index: u32, func: &Func, sig: &Sig) -> Result<(), OutOfMemory>;
    /// An op.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    fn op(&mut self, step: &Step) -> Result<(), OutOfMemory>;
    /// The op was a `br_table` with `len` arms, default included; they follow.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    fn table(&mut self, len: u32) -> Result<(), OutOfMemory>;
    /// One arm: distance in words and charge, as in [`Step`].
    ///
    /// # Errors
    /// [`OutOfMemory`].
    fn arm(&mut self, delta: i32, charge: u16) -> Result<(), OutOfMemory>;
    /// Called every 4096 ops or records; `true` gives the check up, `false` goes on.
    fn poll(&mut self) -> bool;
}

impl Sink for () {
    fn begin(&mut self, _: &Image<'_>) -> Result<(), OutOfMemory> {
        Ok(())
    }
    fn func(&mut self, _: u32, _: &Func, _: &Sig) -> Result<(), OutOfMemory> {
        Ok(())
    }
    fn op(&mut self, _: &Step) -> Result<(), OutOfMemory> {
        Ok(())
    }
    fn table(&mut self, _: u32) -> Result<(), OutOfMemory> {
        Ok(())
    }
    fn arm(&mut self, _: i32, _: u16) -> Result<(), OutOfMemory> {
        Ok(())
    }
    fn poll(&mut self) -> bool {
        false
    }
}

/// One list gives the enum, its numbers, its names and its texts.
macro_rules! codes {
    ($($rule:ident { $($name:ident = $number:literal, $text:literal;)* })*) => {
        /// Kinds of failure. The number is the rule's times 100 plus a count, and stays what it is.
        #[repr(u16)]
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
        pub enum Code { $($(#[doc = concat!(stringify!($rule), ": ", $text, ".")] $name = $number,)*)* }

        impl Code {
            /// All of them, ascending.
            #[cfg(feature = "text")]
            pub const ALL: &'static [Code] = &[$($(Code::$name),*),*];

            /// Name of the variant.
            pub const fn name(self) -> &'static str {
                match self { $($(Code::$name => stringify!($name),)*)* }
            }

            /// What is wrong, in a few words; `expected` and `got` of the error complete it.
            #[cfg(feature = "text")]
            pub const fn text(self) -> &'static str {
                match self { $($(Code::$name => $text,)*)* }
            }
        }
    };
}

#[rustfmt::skip]
codes! {
    R1 {
        Truncated = 101, "shorter than the header or than the header says";
        Magic = 102, "not an image";
        Version = 103, "another version of the format";
        TableHash = 104, "built for another op table: rebuild the image";
        Length = 105, "bytes left over";
        Reserved = 106, "a reserved field is not zero or a flag is unknown";
        SectionKind = 107, "section kinds do not ascend or one is unknown";
        SectionPlace = 108, "a section does not start where the one before it ends";
        SectionLen = 109, "the length of a section is not its count of records";
        Gap = 110, "a gap between sections is not zero";
        ImageSize = 111, "more bytes than the loader allows";
    }
    R2 {
        SigCount = 201, "too many signatures";
        SigArity = 202, "too many parameters or results";
        SigTypes = 203, "signatures do not partition SIGTYPES in order";
        ValType = 204, "not a value type";
        SigOrder = 205, "signatures do not strictly ascend by (params, results, types)";
    }
    R3 {
        ImportKind = 301, "import kinds do not ascend or one is unknown";
        ImportDesc = 302, "no such signature, or not a type of this kind of import";
        ImportFields = 303, "a field that this kind of import does not use is not zero";
        Strings = 304, "STRINGS is not UTF-8";
        Name = 305, "a name lies outside STRINGS or cuts a character";
        ImportUnknown = 306, "the host has no function of this name";
        ImportSig = 307, "the host's function has another signature";
        ImportCost = 308, "not the cost that the host declares, or a cost too high";
        ImportCaps = 309, "not the capabilities that the host declares";
        Denied = 310, "a capability is needed that is not granted";
        HeaderCaps = 311, "the header's capabilities are not those of the imports";
    }
    R4 {
        FuncCode = 401, "functions do not partition CODE in order, or one is empty";
        FuncLeaders = 402, "functions do not partition LEADER in order";
        FuncSig = 403, "no such signature";
        FuncFrame = 404, "parameters or results exceed the frame, or the frame the format";
        FuncDepth = 405, "the depth does not cover the frame and its header";
        FuncStack = 406, "the depth exceeds the value stack";
        FuncCredit = 407, "entry credit above POLL_MAX";
        FuncFlags = 408, "an unknown flag, or a reserved field is not zero";
    }
    R5 {
        MemoryCount = 501, "more than one memory";
        MemoryLimits = 502, "minimum, maximum or flags of a memory make no sense";
        MemoryPages = 503, "more pages than the loader allows";
        TableLimits = 504, "minimum, maximum or flags of a table make no sense";
        TableElems = 505, "more table elements than the loader allows";
        TableType = 506, "not a reference type";
        GlobalType = 507, "type or mutability of a global makes no sense";
        GlobalInit = 508, "the initial value of a global does not fit its type";
        ExportKind = 509, "an unknown kind of export";
        ExportIndex = 510, "no such function, table, memory or global";
        StartIndex = 511, "no such start function";
        StartSig = 512, "the start function has parameters or results";
    }
    R6 {
        ElemMode = 601, "an unknown mode, or a field that it does not use is not zero";
        ElemType = 602, "not a reference type, or not that of the table";
        ElemTable = 603, "no such table";
        ElemOffset = 604, "the offset is no constant and no imported immutable i32";
        ElemItems = 605, "element segments do not partition ELEMITEM in order";
        ElemItem = 606, "an element does not fit the segment's type";
        DataMode = 607, "an unknown mode, or a field that it does not use is not zero";
        DataMemory = 608, "an active segment, but no memory";
        DataOffset = 609, "the offset is no constant and no imported immutable i32";
        DataBytes = 610, "data segments do not partition BLOB in order";
    }
    R7 {
        Opcode = 701, "no such opcode";
        Ext = 702, "a two-word op without its second word";
        StrayBits = 703, "bits outside the op's fields are not zero";
        FloatFlag = 704, "the header's float flag does not agree with the code";
    }
    R8 { Credit = 801, "the op costs more than the credit left"; }
    R9 { Fuel = 901, "fuel not in [1, POLL_MAX]"; }
    R10 {
        SlotUnset = 1001, "a slot is read that is not initialised";
        SlotHole = 1002, "a slot is written above the first one that is not initialised";
        SlotFrame = 1003, "a slot is written outside the frame";
        Straddle = 1004, "a range of slots lies across the frame header";
        AccUnset = 1005, "the accumulator is read but not set";
        ZeroCount = 1006, "a range of no slots";
    }
    R11 {
        LeaderOrder = 1101, "leaders do not strictly ascend";
        LeaderPlace = 1102, "a leader outside the function";
        LeaderExt = 1103, "a leader on the second word of an op";
        LeaderHeight = 1104, "a leader's height exceeds the frame";
        LeaderCredit = 1105, "a leader's credit exceeds POLL_MAX";
    }
    R12 {
        BranchTarget = 1201, "no such leader";
        BranchFar = 1202, "the target is too far away for this op";
        EdgeHeight = 1203, "the target needs more slots initialised";
        EdgeCredit = 1204, "the target needs more credit";
    }
    R13 {
        DeadCode = 1301, "code that nothing leads to";
        FallOff = 1302, "control runs off the end of the function";
    }
    R14 {
        CallFunc = 1401, "no such function";
        CallBase = 1402, "the window of a call covers the frame header";
        CallArgs = 1403, "an argument is not initialised";
        CallResults = 1404, "the results lie outside the frame";
        CallDepth = 1405, "the depth does not cover this call";
        RetArity = 1406, "not the number of results that the signature has";
    }
    R15 {
        CallSig = 1501, "no such signature";
        CallTable = 1502, "no such table of functions, or certified through an imported one";
        CallSigDepth = 1503, "the signature has no bound on depth";
    }
    R16 {
        SigDepthCount = 1601, "SIGDEPTH does not have one record per signature";
        SigDepthBound = 1602, "a REF function is deeper than its signature's bound";
        RefIndex = 1603, "no such function";
        RefFlag = 1604, "the function lacks the REF flag";
    }
    R17 { ImportIndex = 1701, "no such imported function"; }
    R18 {
        GlobalIndex = 1801, "no such global";
        GlobalConst = 1802, "the global is immutable";
    }
    R19 {
        PoolIndex = 1901, "no such constant";
        BrTablePlace = 1902, "branch tables are not used in order, each once";
        BrTableLen = 1903, "a branch table is too long or runs out of BRTAB";
        BrTableLeft = 1904, "branch tables are left over";
    }
    R20 {
        NoMemory = 2001, "a memory op, but no memory";
        TableIndex = 2002, "no such table";
        TableTypes = 2003, "tables and segments of one op differ in type";
        ElemIndex = 2004, "no such element segment";
        DataIndex = 2005, "no such data segment";
    }
    R21 {
        StackClaim = 2101, "the stack claim does not cover an entry";
        StackLimit = 2102, "the stack claim exceeds what the loader allows";
    }
    R22 {
        FuelClaim = 2201, "the fuel claim exceeds what the loader allows";
        NotBounded = 2202, "the context takes only bounded images with a fuel claim";
        BoundedCall = 2203, "a bounded image makes a call that is not certified";
        Sleeps = 2204, "an import may sleep, the context may not";
        Grows = 2205, "growing is not allowed in this context";
        FloatDenied = 2206, "the context does not run images that use floats";
    }
    Host {
        Cancelled = 9001, "the sink gave up";
        NoMem = 9002, "the system has no memory for the result";
    }
}

/// The first rule that an image breaks, and where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CheckError {
    /// What is wrong.
    pub code: Code,
    /// Function, counted among those that the image defines; [`NO_INDEX`] outside code.
    pub func: u32,
    /// Word within the function; outside code the record of the table that `code` is about, or [`NO_INDEX`].
    pub pc: u32,
    /// Field of the op's row, arm of the branch table, leader or item of a record; or [`NO_INDEX`].
    pub operand: u32,
    /// What was wanted: a value, a bound or 0. What it is follows from `code`.
    pub expected: u64,
    /// What was found. For faults of the frame (R1): the byte.
    pub got: u64,
}

impl CheckError {
    /// The check passed, but there was no memory for what was to be made of it.
    pub const fn out_of_memory() -> CheckError {
        CheckError { code: Code::NoMem, func: NO_INDEX, pc: NO_INDEX, operand: NO_INDEX, expected: 0, got: 0 }
    }
}

impl From<OutOfMemory> for CheckError {
    #[cold]
    fn from(_: OutOfMemory) -> Self {
        CheckError::out_of_memory()
    }
}

impl From<FormatError> for CheckError {
    #[cold]
    fn from(error: FormatError) -> Self {
        let code = match error.what {
            Format::Truncated => Code::Truncated,
            Format::Magic => Code::Magic,
            Format::Version => Code::Version,
            Format::TableHash => Code::TableHash,
            Format::Length => Code::Length,
            Format::Reserved => Code::Reserved,
            Format::SectionKind => Code::SectionKind,
            Format::SectionPlace => Code::SectionPlace,
            Format::SectionLen => Code::SectionLen,
            Format::Gap => Code::Gap,
        };
        At::NOWHERE.error(code, 0, error.offset)
    }
}

type Result<T = (), E = CheckError> = core::result::Result<T, E>;

/// A place in the image; makes the errors.
#[derive(Clone, Copy)]
struct At {
    func: u32,
    pc: u32,
    operand: u32,
}

impl At {
    const NOWHERE: At = At { func: NO_INDEX, pc: NO_INDEX, operand: NO_INDEX };

    fn record(index: u32) -> At {
        At { pc: index, ..At::NOWHERE }
    }

    fn operand(self, operand: u32) -> At {
        At { operand, ..self }
    }

    #[cold]
    #[inline(never)]
    fn error(self, code: Code, expected: u64, got: u64) -> CheckError {
        CheckError { code, func: self.func, pc: self.pc, operand: self.operand, expected, got }
    }

    /// `got` itself is wrong.
    fn fail<T>(self, code: Code, got: impl Into<u64>) -> Result<T> {
        Err(self.error(code, 0, got.into()))
    }

    /// `got` itself is wrong unless `ok`.
    #[inline(always)]
    fn ensure(self, ok: bool, code: Code, got: impl Into<u64>) -> Result {
        if ok { Ok(()) } else { self.fail(code, got) }
    }

    #[inline(always)]
    fn same(self, code: Code, got: impl Into<u64>, want: impl Into<u64>) -> Result {
        let (got, want) = (got.into(), want.into());
        if got == want { Ok(()) } else { Err(self.error(code, want, got)) }
    }

    #[inline(always)]
    fn most(self, code: Code, got: impl Into<u64>, max: impl Into<u64>) -> Result {
        let (got, max) = (got.into(), max.into());
        if got <= max { Ok(()) } else { Err(self.error(code, max, got)) }
    }

    #[inline(always)]
    fn least(self, code: Code, got: impl Into<u64>, min: impl Into<u64>) -> Result {
        let (got, min) = (got.into(), min.into());
        if got >= min { Ok(()) } else { Err(self.error(code, min, got)) }
    }

    #[inline(always)]
    fn below(self, code: Code, got: impl Into<u64>, len: impl Into<u64>) -> Result {
        let (got, len) = (got.into(), len.into());
        if got < len { Ok(()) } else { Err(self.error(code, len, got)) }
    }

    /// Record `index` of a table.
    #[inline(always)]
    fn get<R: Record>(self, code: Code, table: Records<'_, R>, index: u32) -> Result<R> {
        table.get(index).ok_or_else(|| self.error(code, table.len().into(), index.into()))
    }

    /// Moves `cursor` over a part that must start there and end within `total`.
    fn part(self, code: Code, cursor: &mut u32, start: u32, len: u32, total: u32) -> Result {
        self.same(code, start, *cursor)?;
        *cursor = start.checked_add(len).ok_or_else(|| self.error(code, total.into(), len.into()))?;
        self.most(code, *cursor, total)
    }

    /// Flags, minimum and maximum of a table or memory; without a maximum the field is zero.
    fn limits(self, code: Code, flags: u32, min: u32, max: u32, most: u32) -> Result {
        self.most(code, flags, 1u32)?;
        self.most(code, max, if flags == 0 { 0 } else { most })?;
        self.most(code, min, if flags == 0 { most } else { max })
    }
}

/// Sum that cannot wrap.
#[inline(always)]
fn sum(a: impl Into<u64>, b: impl Into<u64>) -> u64 {
    a.into().saturating_add(b.into())
}

/// Length in bytes of a section; they are shorter than 2^32.
fn len32(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

fn is_ref(ty: u32) -> bool {
    ty == FUNCREF.into() || ty == EXTERNREF.into()
}

fn is_valtype(ty: u32) -> bool {
    [I32, I64, F32, F64].iter().any(|t| ty == u32::from(*t)) || is_ref(ty)
}

/// Proof that an image passed; only [`check`] makes it.
#[derive(Clone, Copy, Debug)]
pub struct Checked<'a> {
    image: Image<'a>,
}

impl<'a> Checked<'a> {
    /// The image.
    pub fn image(&self) -> &Image<'a> {
        &self.image
    }
}

/// Checks an image and shows its ops to `sink`.
///
/// # Errors
/// [`CheckError`]: the first rule broken, [`Code::Cancelled`] or [`Code::NoMem`].
pub fn check<'a, S: Sink>(bytes: &'a [u8], host: &dyn Host, limits: &Limits, sink: &mut S) -> Result<Checked<'a>> {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    At::NOWHERE.most(Code::ImageSize, size, limits.max_image_bytes)?;
    let image = Image::parse(bytes)?;
    let strings = core::str::from_utf8(image.section(SectionKind::Strings));
    let Ok(strings) = strings else { return At::NOWHERE.fail(Code::Strings, 0u32) };
    let mut check = Check {
        sig_types: image.section(SectionKind::SigTypes),
        strings,
        sigs: image.sigs(),
        imports: image.imports(),
        funcs: image.funcs(),
        leaders: image.leaders(),
        code: image.section(SectionKind::Code),
        brtabs: image.brtabs(),
        sig_depths: image.sig_depths(),
        pool: image.pool(),
        tables: image.tables(),
        globals: image.globals(),
        elems: image.elems(),
        datas: image.datas(),
        image,
        limits,
        sink,
        imported: Imported::default(),
        memories: image.memories().len(),
        work: 0,
        arms: 0,
        floats: false,
    };
    check.header()?;
    check.sigs()?;
    check.imports(host)?;
    check.memories_and_tables()?;
    check.globals()?;
    check.funcs()?;
    check.elems()?;
    check.datas()?;
    check.exports()?;
    check.sink.begin(&image)?;
    check.code()?;
    Ok(Checked { image })
}

/// Imports by kind.
#[derive(Clone, Copy, Default)]
struct Imported {
    funcs: u32,
    tables: u32,
    /// Imports before the first global.
    before_globals: u32,
    globals: u32,
}

/// The check of one image: its tables, looked up once, and where the pass stands.
struct Check<'a, 's, S> {
    image: Image<'a>,
    sig_types: &'a [u8],
    strings: &'a str,
    sigs: Records<'a, Sig>,
    imports: Records<'a, Import>,
    funcs: Records<'a, Func>,
    leaders: Records<'a, Leader>,
    code: &'a [u8],
    brtabs: Records<'a, BrTab>,
    sig_depths: Records<'a, SigDepth>,
    pool: Records<'a, Pool>,
    tables: Records<'a, Table>,
    globals: Records<'a, Global>,
    elems: Records<'a, Elem>,
    datas: Records<'a, Data>,
    limits: &'s Limits,
    sink: &'s mut S,
    imported: Imported,
    /// Memories, imported and own: 0 or 1.
    memories: u32,
    /// Ops and records checked since the sink was last asked.
    work: u32,
    /// Next record of BRTAB.
    arms: u32,
    /// An op that computes with floats was seen.
    floats: bool,
}

/// The tables.
impl<'a, S: Sink> Check<'a, '_, S> {
    /// Counts an op or record; every loop comes by here.
    #[inline(always)]
    fn tick(&mut self) -> Result {
        self.work = self.work.saturating_add(1);
        if self.work < POLL_EVERY {
            return Ok(());
        }
        self.work = 0;
        At::NOWHERE.ensure(!self.sink.poll(), Code::Cancelled, 0u32)
    }

    /// R21, R22: what the header claims against what the loader allows.
    fn header(&mut self) -> Result {
        let (header, at) = (&self.image.header, At::NOWHERE);
        at.most(Code::StackLimit, header.stack_claim, self.limits.max_stack_slots)?;
        let max_fuel = if self.limits.max_fuel_claim == 0 { u64::MAX } else { self.limits.max_fuel_claim };
        at.most(Code::FuelClaim, header.fuel_claim, max_fuel)?;
        let bounded = header.class == 1 && header.fuel_claim != 0;
        at.ensure(bounded || !self.limits.bounded_only, Code::NotBounded, header.class)?;
        at.ensure(self.limits.float || header.flags & FLAG_FLOAT == 0, Code::FloatDenied, header.flags)
    }

    /// R2, and that SIGDEPTH has a record for each.
    fn sigs(&mut self) -> Result {
        At::NOWHERE.most(Code::SigCount, self.sigs.len(), MAX_SIGS)?;
        At::NOWHERE.same(Code::SigDepthCount, self.sig_depths.len(), self.sigs.len())?;
        let (mut cursor, mut last) = (0, None);
        for (index, sig) in (0..).zip(self.sigs.iter()) {
            self.tick()?;
            let at = At::record(index);
            at.most(Code::SigArity, sig.params.max(sig.results), MAX_PARAMS)?;
            let len = u32::from(sig.params).saturating_add(sig.results.into());
            at.part(Code::SigTypes, &mut cursor, sig.types, len, len32(self.sig_types))?;
            let (params, results) = self.types(&sig);
            for ty in params.iter().chain(results) {
                at.ensure(is_valtype((*ty).into()), Code::ValType, *ty)?;
            }
            let key = Some((sig.params, sig.results, params, results));
            at.ensure(last < key, Code::SigOrder, index)?;
            last = key;
        }
        At::NOWHERE.same(Code::SigTypes, cursor, len32(self.sig_types))
    }

    /// Parameter and result types.
    fn types(&self, sig: &Sig) -> (&'a [u8], &'a [u8]) {
        let types = usize::try_from(sig.types).ok().and_then(|start| self.sig_types.get(start..)).unwrap_or(&[]);
        let (params, rest) = types.split_at_checked(sig.params.into()).unwrap_or_default();
        (params, rest.get(..sig.results.into()).unwrap_or(&[]))
    }

    /// A name in STRINGS.
    fn name(&self, at: At, start: u32, len: u32) -> Result<&'a [u8]> {
        let (from, to) = (usize::try_from(start), usize::try_from(sum(start, len)));
        let name = from.ok().zip(to.ok()).and_then(|(from, to)| self.strings.get(from..to));
        name.map(str::as_bytes).ok_or_else(|| at.error(Code::Name, len.into(), start.into()))
    }

    /// R3; sets `imported`.
    fn imports(&mut self, host: &dyn Host) -> Result {
        let (mut last, mut caps) = (KIND_FUNC, 0);
        for (index, import) in (0..).zip(self.imports.iter()) {
            self.tick()?;
            let at = At::record(index);
            at.least(Code::ImportKind, import.kind, last)?;
            at.most(Code::ImportKind, import.kind, KIND_GLOBAL)?;
            last = import.kind;
            let module = self.name(at, import.module, import.module_len)?;
            let name = self.name(at, import.name, import.name_len)?;
            if import.kind == KIND_FUNC {
                self.imported.funcs = index.saturating_add(1);
                let unused = u64::from(import.flags) | u64::from(import.min) | u64::from(import.max);
                at.same(Code::ImportFields, unused, 0u32)?;
                self.host_func(at, &import, host, module, name)?;
                caps |= import.capabilities;
                continue;
            }
            at.same(Code::ImportFields, import.capabilities | u64::from(import.cost), 0u32)?;
            if import.kind == KIND_GLOBAL {
                self.imported.globals = self.imported.globals.saturating_add(1);
                at.ensure(is_valtype(import.desc), Code::ImportDesc, import.desc)?;
                at.most(Code::ImportFields, import.flags, 1u32)?;
                at.same(Code::ImportFields, import.min | import.max, 0u32)?;
                continue;
            }
            self.imported.before_globals = index.saturating_add(1);
            if import.kind == KIND_TABLE {
                self.imported.tables = self.imported.tables.saturating_add(1);
                at.ensure(is_ref(import.desc), Code::ImportDesc, import.desc)?;
                at.limits(Code::TableLimits, import.flags, import.min, import.max, u32::MAX)?;
            } else {
                self.memories = self.memories.saturating_add(1);
                at.same(Code::ImportDesc, import.desc, 0u32)?;
                at.limits(Code::MemoryLimits, import.flags, import.min, import.max, MAX_PAGES)?;
                at.most(Code::MemoryPages, import.min, self.limits.max_pages)?;
            }
        }
        self.imported.before_globals = self.imported.before_globals.max(self.imported.funcs);
        At::NOWHERE.same(Code::HeaderCaps, self.image.header.capabilities, caps)
    }

    /// An imported function against what the host says about it.
    fn host_func(&self, at: At, import: &Import, host: &dyn Host, module: &[u8], name: &[u8]) -> Result {
        let sig = at.get(Code::ImportDesc, self.sigs, import.desc)?;
        let (params, results) = self.types(&sig);
        let info = match host.import(module, name, params, results) {
            Ok(info) => info,
            Err(ImportError::Unknown) => return at.fail(Code::ImportUnknown, import.name),
            Err(ImportError::Signature) => return at.fail(Code::ImportSig, import.desc),
        };
        at.same(Code::ImportCost, import.cost, info.cost)?;
        at.most(Code::ImportCost, import.cost, MAX_HOST_COST)?;
        at.same(Code::ImportCaps, import.capabilities, info.capabilities)?;
        at.same(Code::Denied, import.capabilities & !self.limits.granted, 0u32)?;
        at.ensure(!(info.may_sleep && self.limits.bounded_only), Code::Sleeps, import.name)
    }

    /// R5: memories and tables defined here.
    fn memories_and_tables(&mut self) -> Result {
        At::NOWHERE.most(Code::MemoryCount, self.memories, 1u32)?;
        if let Some(Memory { flags, min, max, reserved }) = self.image.memories().get(0) {
            let at = At::record(0);
            at.same(Code::MemoryLimits, reserved, 0u32)?;
            at.limits(Code::MemoryLimits, flags, min, max, MAX_PAGES)?;
            at.most(Code::MemoryPages, min, self.limits.max_pages)?;
        }
        let mut elems = 0;
        for (index, table) in (0..).zip(self.tables.iter()) {
            self.tick()?;
            let at = At::record(index);
            at.ensure(is_ref(table.ty), Code::TableType, table.ty)?;
            at.limits(Code::TableLimits, table.flags, table.min, table.max, u32::MAX)?;
            elems = sum(elems, table.min);
            at.most(Code::TableElems, elems, self.limits.max_table_elems)?;
        }
        Ok(())
    }

    /// R5: globals defined here.
    fn globals(&mut self) -> Result {
        for (index, global) in (0..).zip(self.globals.iter()) {
            self.tick()?;
            let at = At::record(index);
            let ty = u32::from(global.ty);
            at.ensure(is_valtype(ty), Code::GlobalType, ty)?;
            at.most(Code::GlobalType, global.mutable, 1u32)?;
            // A constant reference is null; the narrow types leave the upper half zero.
            let max = if is_ref(ty) { 0 } else { u64::MAX };
            let max = if ty == I32.into() || ty == F32.into() { u32::MAX.into() } else { max };
            if global.init == INIT_CONST {
                at.most(Code::GlobalInit, global.value, max)?;
            } else {
                let index = u32::try_from(global.value).unwrap_or(NO_INDEX);
                self.init(at, Code::GlobalInit, global.init, index, ty)?;
            }
        }
        Ok(())
    }

    /// A value of type `ty` that comes from an imported immutable global or is a function reference.
    fn init(&self, at: At, code: Code, init: u32, index: u32, ty: u32) -> Result {
        match init {
            INIT_GLOBAL => {
                let global = self.imported_global(at, code, index)?;
                at.same(code, global.desc, ty)?;
                at.same(code, global.flags, 0u32)
            }
            INIT_FUNC => {
                at.same(code, ty, FUNCREF)?;
                self.reference(at, index)
            }
            _ => at.fail(code, init),
        }
    }

    fn imported_global(&self, at: At, code: Code, index: u32) -> Result<Import> {
        at.below(code, index, self.imported.globals)?;
        at.get(code, self.imports, self.imported.before_globals.saturating_add(index))
    }

    /// R16: a function, imports first, that may be referred to.
    fn reference(&self, at: At, index: u32) -> Result {
        let Some(own) = index.checked_sub(self.imported.funcs) else { return Ok(()) };
        let func = at.get(Code::RefIndex, self.funcs, own)?;
        at.ensure(func.flags & FUNC_REF != 0, Code::RefFlag, index)
    }

    /// Reference type of a table, imports first.
    fn table_type(&self, at: At, code: Code, index: u32) -> Result<u32> {
        match index.checked_sub(self.imported.tables) {
            Some(own) => Ok(at.get(code, self.tables, own)?.ty),
            None => Ok(at.get(code, self.imports, self.imported.funcs.saturating_add(index))?.desc),
        }
    }

    /// R4 and, for REF functions, R16.
    fn funcs(&mut self) -> Result {
        let (mut code, mut leader) = (0, 0);
        let code_len = len32(self.code) / 8;
        for (index, func) in (0..).zip(self.funcs.iter()) {
            self.tick()?;
            let at = At::record(index);
            at.part(Code::FuncCode, &mut code, func.code, func.code_len, code_len)?;
            at.least(Code::FuncCode, func.code_len, 1u32)?;
            at.part(Code::FuncLeaders, &mut leader, func.leader, func.leader_len, self.leaders.len())?;
            let sig = at.get(Code::FuncSig, self.sigs, func.sig)?;
            at.most(Code::FuncFrame, sig.params.max(sig.results), func.frame)?;
            at.most(Code::FuncFrame, func.frame, MAX_FRAME)?;
            at.least(Code::FuncDepth, func.depth, sum(func.frame, HEADER))?;
            at.most(Code::FuncStack, func.depth, self.limits.max_stack_slots)?;
            at.most(Code::FuncCredit, func.credit, POLL_MAX)?;
            at.most(Code::FuncFlags, func.flags, FUNC_REF)?;
            at.same(Code::FuncFlags, func.reserved, 0u32)?;
            if func.flags & FUNC_REF != 0 {
                // NONE is the largest number: no certified call can afford it.
                let bound = at.get(Code::SigDepthCount, self.sig_depths, func.sig)?.depth;
                at.most(Code::SigDepthBound, func.depth, bound)?;
            }
        }
        At::NOWHERE.same(Code::FuncCode, code, code_len)?;
        At::NOWHERE.same(Code::FuncLeaders, leader, self.leaders.len())
    }

    /// R6: element segments. Where active ones end is tested at instantiation.
    fn elems(&mut self) -> Result {
        let mut cursor = 0;
        let items = self.image.elem_items();
        for (index, elem) in (0..).zip(self.elems.iter()) {
            self.tick()?;
            let at = At::record(index);
            at.most(Code::ElemMode, elem.mode, MODE_DECLARED)?;
            at.same(Code::ElemMode, elem.reserved, 0u32)?;
            at.ensure(is_ref(elem.ty), Code::ElemType, elem.ty)?;
            if elem.mode == MODE_ACTIVE {
                let ty = self.table_type(at, Code::ElemTable, elem.table)?;
                at.same(Code::ElemType, elem.ty, ty)?;
                self.offset(at, Code::ElemOffset, elem.offset_init, elem.offset)?;
            } else {
                at.same(Code::ElemMode, elem.table | elem.offset_init | elem.offset, 0u32)?;
            }
            let from = cursor;
            at.part(Code::ElemItems, &mut cursor, elem.item, elem.item_len, items.len())?;
            for number in from..cursor {
                self.tick()?;
                let at = at.operand(number);
                let item = at.get(Code::ElemItems, items, number)?;
                if item.init == INIT_CONST {
                    at.same(Code::ElemItem, item.index, 0u32)?;
                } else {
                    self.init(at, Code::ElemItem, item.init, item.index, elem.ty)?;
                }
            }
        }
        At::NOWHERE.same(Code::ElemItems, cursor, items.len())
    }

    /// R6: data segments.
    fn datas(&mut self) -> Result {
        let (mut cursor, blob) = (0, len32(self.image.section(SectionKind::Blob)));
        for (index, data) in (0..).zip(self.datas.iter()) {
            self.tick()?;
            let at = At::record(index);
            at.most(Code::DataMode, data.mode, MODE_PASSIVE)?;
            at.same(Code::DataMode, data.reserved, 0u32)?;
            if data.mode == MODE_ACTIVE {
                at.ensure(self.memories != 0, Code::DataMemory, index)?;
                self.offset(at, Code::DataOffset, data.offset_init, data.offset)?;
            } else {
                at.same(Code::DataMode, data.offset_init | data.offset, 0u32)?;
            }
            at.part(Code::DataBytes, &mut cursor, data.start, data.len, blob)?;
        }
        At::NOWHERE.same(Code::DataBytes, cursor, blob)
    }

    /// Offset of an active segment: any i32, or an imported global that holds one.
    fn offset(&self, at: At, code: Code, init: u32, value: u32) -> Result {
        match init {
            INIT_CONST => Ok(()),
            INIT_GLOBAL => self.init(at, code, init, value, I32.into()),
            _ => at.fail(code, init),
        }
    }

    /// R5 and R21: exports and the start function.
    fn exports(&mut self) -> Result {
        let claim = self.image.header.stack_claim;
        for (index, Export { kind, index: what, name, name_len }) in (0..).zip(self.image.exports().iter()) {
            self.tick()?;
            let at = At::record(index);
            self.name(at, name, name_len)?;
            let count = match kind {
                KIND_FUNC => sum(self.imported.funcs, self.funcs.len()),
                KIND_TABLE => sum(self.imported.tables, self.tables.len()),
                KIND_MEMORY => self.memories.into(),
                KIND_GLOBAL => sum(self.imported.globals, self.globals.len()),
                _ => return at.fail(Code::ExportKind, kind),
            };
            at.below(Code::ExportIndex, what, count)?;
            if kind == KIND_FUNC {
                self.reference(at, what)?;
                let own = what.checked_sub(self.imported.funcs).and_then(|own| self.funcs.get(own));
                at.least(Code::StackClaim, claim, own.map_or(0, |func| func.depth))?;
            }
        }
        let (at, start) = (At::NOWHERE, self.image.header.start);
        if start == NO_INDEX {
            return Ok(());
        }
        let (sig, depth) = match start.checked_sub(self.imported.funcs) {
            Some(own) => at.get(Code::StartIndex, self.funcs, own).map(|func| (func.sig, func.depth))?,
            None => at.get(Code::StartIndex, self.imports, start).map(|import| (import.desc, 0))?,
        };
        let sig = at.get(Code::StartIndex, self.sigs, sig)?;
        at.same(Code::StartSig, sig.params.max(sig.results), 0u32)?;
        at.least(Code::StackClaim, claim, depth)
    }
}

/// What holds before an op.
#[derive(Clone, Copy)]
struct State {
    /// Slots `[0, h)` are initialised.
    h: u32,
    /// Fuel charged and not yet spent.
    cr: u32,
    /// The accumulator is defined.
    acc: bool,
}

/// The function under check.
struct Body<'f> {
    func: &'f Func,
    sig: Sig,
    frame: u32,
    /// First header slot: max(params, results).
    header: u32,
    /// Leaders at or before the current op.
    passed: u32,
}

impl Body<'_> {
    /// R10: a range of slots stays on one side of the header.
    #[inline(always)]
    fn range(&self, at: At, start: u32, len: u32) -> Result {
        let apart = start >= self.header || sum(start, len) <= self.header.into();
        at.ensure(apart, Code::Straddle, start)
    }
}

/// R12: an edge. Returns what is to be charged on it; an edge that does not pay needs the credit.
#[inline(always)]
fn edge(at: At, state: State, leader: &Leader, pays: bool) -> Result<u16> {
    at.least(Code::EdgeHeight, state.h, leader.height)?;
    if pays {
        let owed = u32::from(leader.credit).saturating_sub(state.cr);
        return Ok(u16::try_from(owed).unwrap_or(u16::MAX)); // not above `leader.credit`
    }
    at.least(Code::EdgeCredit, state.cr, leader.credit)?;
    Ok(0)
}

/// The code.
impl<'a, S: Sink> Check<'a, '_, S> {
    /// R7-R20 for every function, then what must be used up.
    fn code(&mut self) -> Result {
        for (index, func) in (0..).zip(self.funcs.iter()) {
            self.body(index, &func)?;
        }
        let at = At::NOWHERE;
        at.same(Code::BrTableLeft, self.arms, self.brtabs.len())?;
        let flag = self.image.header.flags & FLAG_FLOAT != 0;
        at.same(Code::FloatFlag, flag, self.floats)
    }

    fn body(&mut self, index: u32, func: &Func) -> Result {
        let mut at = At { func: index, pc: 0, operand: NO_INDEX };
        let sig = at.get(Code::FuncSig, self.sigs, func.sig)?;
        self.sink.func(index, func, &sig)?;
        let (params, frame) = (u32::from(sig.params), u32::from(func.frame));
        let header = params.max(sig.results.into());
        let mut body = Body { func, sig, frame, header, passed: 0 };
        let mut state = State { h: params, cr: func.credit.into(), acc: false };
        let mut next = self.next_leader(at, &body, None)?;
        let mut words = self.words(func).iter().map(|word| u64::from_le_bytes(*word));
        // Control comes here from the op before; at first from the caller.
        let mut reached = true;
        while let Some(first) = words.next() {
            self.tick()?;
            if let Some(leader) = next.filter(|leader| leader.pc == at.pc) {
                if reached {
                    edge(at, state, &leader, false)?;
                }
                state = State { h: leader.height.into(), cr: leader.credit.into(), acc: false };
                body.passed = body.passed.saturating_add(1);
                next = self.next_leader(at, &body, Some(at.pc))?;
            } else {
                at.ensure(reached, Code::DeadCode, at.pc)?;
            }
            let mut words_of = Words { first, ext: 0 };
            let Some(op) = Op::from_u16(words_of.code()) else { return at.fail(Code::Opcode, words_of.code()) };
            let row = op.row();
            if row.words == 2 {
                words_of.ext = words.next().unwrap_or(0);
                at.same(Code::Ext, words_of.ext & 0xffff, EXT)?;
            }
            at.ensure(!words_of.stray_bits(row), Code::StrayBits, first)?;
            self.op(at, &body, &mut state, op, row, words_of)?;
            reached = !row.effects.contains(Effects::TERMINATOR);
            at.pc = at.pc.saturating_add(row.words.into());
            if let Some(leader) = next {
                at.least(Code::LeaderExt, leader.pc, at.pc)?;
            }
        }
        at.ensure(!reached, Code::FallOff, at.pc)
    }

    /// Words of a function.
    fn words(&self, func: &Func) -> &'a [[u8; 8]] {
        let (words, _) = self.code.as_chunks::<8>();
        let (from, to) = (usize::try_from(func.code), usize::try_from(sum(func.code, func.code_len)));
        from.ok().zip(to.ok()).and_then(|(from, to)| words.get(from..to)).unwrap_or(&[])
    }

    /// Leader `index` of the function, as some edge claims it.
    #[inline(always)]
    fn leader(&self, at: At, func: &Func, index: u32) -> Result<Leader> {
        at.below(Code::BranchTarget, index, func.leader_len)?;
        at.get(Code::BranchTarget, self.leaders, func.leader.saturating_add(index))
    }

    /// R11: the leader after those passed; `last` is where the one before it stands.
    #[inline(always)]
    fn next_leader(&self, at: At, body: &Body<'_>, last: Option<u32>) -> Result<Option<Leader>> {
        if body.passed >= body.func.leader_len {
            return Ok(None);
        }
        let leader = self.leader(at, body.func, body.passed)?;
        let at = At { pc: leader.pc, ..at.operand(body.passed) };
        at.ensure(last.is_none_or(|last| last < leader.pc), Code::LeaderOrder, leader.pc)?;
        at.below(Code::LeaderPlace, leader.pc, body.func.code_len)?;
        at.most(Code::LeaderHeight, leader.height, body.frame)?;
        at.most(Code::LeaderCredit, leader.credit, POLL_MAX)?;
        Ok(Some(leader))
    }

    /// One op: reads and indices by the fields of its row, then cost, writes and edges.
    #[inline(always)]
    fn op(&mut self, at: At, body: &Body<'_>, state: &mut State, op: Op, row: &Row, words: Words) -> Result {
        let effects = row.effects;
        at.ensure(state.acc || !effects.contains(Effects::ACC_IN), Code::AccUnset, 0u32)?;
        // Where the slots written end; the last slot field; the `Count` field.
        let (mut end, mut slot, mut count) = (0, 0, 0);
        let (mut target, mut near, mut table, mut fuel) = (None, false, None, None);
        let (mut base, mut host_cost, mut types) = (0, 0, None);
        // Signature and depth of the function called.
        let mut callee: Option<(Sig, u32)> = None;
        for (operand, field) in (0..).zip(row.fields) {
            let value = words.get(field.at);
            let at = at.operand(operand);
            match field.kind {
                Kind::Src | Kind::SrcDst => {
                    at.below(Code::SlotUnset, value, state.h)?;
                    slot = value;
                }
                Kind::Dst => {
                    at.most(Code::SlotHole, value, state.h)?;
                    at.below(Code::SlotFrame, value, body.frame)?;
                    slot = value;
                    end = value.saturating_add(1);
                }
                Kind::Window(len) => {
                    at.most(Code::SlotUnset, sum(value, len), state.h)?;
                    body.range(at, value, len.into())?;
                }
                Kind::Imm16 | Kind::Imm32 | Kind::Off16 | Kind::Off32 => {}
                Kind::Leader32 => target = Some(value),
                Kind::Leader16 => {
                    let delta = u16::try_from(value).unwrap_or(0).cast_signed();
                    target = Some(body.passed.checked_add_signed(delta.into()).unwrap_or(NO_INDEX));
                    near = true;
                }
                Kind::Pool => at.below(Code::PoolIndex, value, self.pool.len())?,
                Kind::Global => at.below(Code::GlobalIndex, value, self.globals.len())?,
                Kind::GlobalMut => {
                    let global = at.get(Code::GlobalIndex, self.globals, value)?;
                    at.same(Code::GlobalConst, global.mutable, 1u32)?;
                }
                Kind::GlobalImport => at.below(Code::GlobalIndex, value, self.imported.globals)?,
                Kind::GlobalImportMut => {
                    let global = self.imported_global(at, Code::GlobalIndex, value)?;
                    at.same(Code::GlobalConst, global.flags, 1u32)?;
                }
                Kind::Func => {
                    let func = at.get(Code::CallFunc, self.funcs, value)?;
                    callee = Some((at.get(Code::CallFunc, self.sigs, func.sig)?, func.depth));
                }
                Kind::FuncRef => self.reference(at, value)?,
                Kind::Import => {
                    at.below(Code::ImportIndex, value, self.imported.funcs)?;
                    let import = at.get(Code::ImportIndex, self.imports, value)?;
                    host_cost = import.cost;
                    callee = Some((at.get(Code::ImportIndex, self.sigs, import.desc)?, 0));
                }
                Kind::BrTable => {
                    at.same(Code::BrTablePlace, value, self.arms)?;
                    table = Some(value);
                }
                Kind::Sig => {
                    let depth = at.get(Code::CallSig, self.sig_depths, value)?.depth;
                    callee = Some((at.get(Code::CallSig, self.sigs, value)?, depth));
                    if effects.contains(Effects::CERTIFIED) {
                        // Another instance's functions in an imported table know nothing of SIGDEPTH.
                        at.same(Code::CallTable, self.imported.tables, 0u32)?;
                        at.ensure(depth != NO_INDEX, Code::CallSigDepth, value)?;
                    }
                    // Table 0, unless a `Table` field follows and says otherwise.
                    if row.field(Kind::Table).is_none() {
                        let ty = self.table_type(at, Code::CallTable, 0)?;
                        at.same(Code::CallTable, ty, FUNCREF)?;
                    }
                }
                Kind::Table | Kind::Elem => {
                    let ty = match field.kind {
                        Kind::Table => self.table_type(at, Code::TableIndex, value)?,
                        _ => at.get(Code::ElemIndex, self.elems, value)?.ty,
                    };
                    at.same(Code::TableTypes, ty, types.unwrap_or(ty))?;
                    at.ensure(callee.is_none() || ty == FUNCREF.into(), Code::CallTable, ty)?;
                    types = Some(ty);
                }
                Kind::Data => at.below(Code::DataIndex, value, self.datas.len())?,
                Kind::Count => {
                    count = value;
                    body.range(at, slot, count)?;
                    if effects.contains(Effects::RET) {
                        at.most(Code::SlotUnset, sum(slot, count), state.h)?;
                    } else {
                        at.least(Code::ZeroCount, count, 1u32)?;
                        at.most(Code::SlotFrame, sum(slot, count), body.frame)?;
                        end = slot.saturating_add(count);
                    }
                }
                Kind::Fuel => {
                    at.least(Code::Fuel, value, 1u32)?;
                    at.most(Code::Fuel, value, POLL_MAX)?;
                    fuel = Some(value);
                }
                Kind::CallBase => base = value,
            }
        }
        let cost = row.cost(count, host_cost);
        state.cr = state.cr.checked_sub(cost).ok_or_else(|| at.error(Code::Credit, state.cr.into(), cost.into()))?;
        self.floats |= effects.contains(Effects::FLOAT);
        let memory = effects.intersects(Effects::READS_MEM.union(Effects::WRITES_MEM));
        if memory || op == Op::MemorySize || op == Op::MemoryGrow {
            at.ensure(self.memories != 0, Code::NoMemory, 0u32)?;
        }
        at.ensure(!(self.limits.bounded_only && effects.contains(Effects::GROWS)), Code::Grows, 0u32)?;
        state.h = state.h.max(end);
        if effects.contains(Effects::CALL) {
            let Some((sig, depth)) = callee else { return at.fail(Code::Opcode, words.code()) };
            let certified = effects.contains(Effects::CERTIFIED).then_some(depth);
            self.call(at, body, state, base, &sig, certified)?;
            let bounded = self.image.header.class == 1;
            let checked = certified.is_none() && row.field(Kind::Import).is_none();
            at.ensure(!(bounded && checked), Code::BoundedCall, words.code())?;
        } else if effects.intersects(Effects::ACC_SET.union(Effects::ACC_CLOBBER)) {
            state.acc = effects.contains(Effects::ACC_SET);
        }
        if effects.contains(Effects::RET) {
            let values = match op {
                Op::Ret => 0,
                Op::RetS | Op::RetA => 1,
                Op::RetN => count,
                _ => return at.fail(Code::Opcode, words.code()),
            };
            at.same(Code::RetArity, values, body.sig.results)?;
        }
        let pays = effects.contains(Effects::PAY);
        let mut step = Step { op, words, pc: at.pc, charge: 0, delta: 0 };
        if let Some(fuel) = fuel {
            step.charge = u16::try_from(fuel.saturating_sub(state.cr)).unwrap_or(u16::MAX); // not above `fuel`
            state.cr = state.cr.max(fuel);
        }
        if let Some(target) = target {
            (step.delta, step.charge) = self.branch(at, body, *state, target, pays)?;
            at.ensure(!near || step.delta.unsigned_abs() <= FAR, Code::BranchFar, step.delta.unsigned_abs())?;
        }
        self.sink.op(&step)?;
        if let Some(table) = table {
            self.br_table(at, body, *state, table, pays)?;
        }
        Ok(())
    }

    /// R14, R15, R17: the window of a call and, if it is certified, the callee's depth.
    fn call(&self, at: At, body: &Body<'_>, state: &mut State, base: u32, sig: &Sig, depth: Option<u32>) -> Result {
        at.least(Code::CallBase, base, body.header)?;
        at.most(Code::CallArgs, sum(base, sig.params), state.h)?;
        let after = base.saturating_add(sig.results.into());
        at.most(Code::CallResults, after, body.frame)?;
        if let Some(depth) = depth {
            at.most(Code::CallDepth, sum(sum(base, HEADER), depth), body.func.depth)?;
        }
        state.h = after;
        state.acc = sig.results != 0;
        Ok(())
    }

    /// An edge to a leader by its index: distance and charge.
    #[inline(always)]
    fn branch(&self, at: At, body: &Body<'_>, state: State, target: u32, pays: bool) -> Result<(i32, u16)> {
        let leader = self.leader(at, body.func, target)?;
        let charge = edge(at, state, &leader, pays)?;
        // Fails for a leader outside any function only: words are fewer than 2^29.
        let delta = i64::from(leader.pc).saturating_sub(at.pc.into());
        let delta = i32::try_from(delta).map_err(|_| at.error(Code::LeaderPlace, 0, leader.pc.into()))?;
        Ok((delta, charge))
    }

    /// R19: the next branch table, `n` and `n + 1` leaders; each is an edge.
    fn br_table(&mut self, at: At, body: &Body<'_>, state: State, table: u32, pays: bool) -> Result {
        let n = at.get(Code::BrTableLen, self.brtabs, table)?.value;
        at.most(Code::BrTableLen, n, MAX_ARMS)?;
        let (first, len) = (table.saturating_add(1), n.saturating_add(1));
        self.arms = first.saturating_add(len);
        at.most(Code::BrTableLen, self.arms, self.brtabs.len())?;
        self.sink.table(len)?;
        for (arm, number) in (first..self.arms).zip(0..) {
            self.tick()?;
            let at = at.operand(number);
            let target = at.get(Code::BrTableLen, self.brtabs, arm)?.value;
            let (delta, charge) = self.branch(at, body, state, target, pays)?;
            self.sink.arm(delta, charge)?;
        }
        Ok(())
    }
}
