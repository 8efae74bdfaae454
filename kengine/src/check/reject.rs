//! Why an image is refused: the list of codes, the error, and the macro that every rule is written with.

use crate::{
    OutOfMemory,
    image::{FormatError, NO_INDEX, Record, Records},
};
use core::cell::Cell;

/// One list gives the enum, its numbers, names and texts.
macro_rules! codes {
    ($($name:ident = $number:literal, $text:literal;)*) => {
        /// Kinds of failure. The number is that of the rule times 100 plus a count, and never changes. The rules:
        /// R1 frame of the image, R2 signatures, R3 imports, R4 functions, R5 memory, tables, globals, exports,
        /// R6 segments, R7 encoding, R8 credit, R9 `fuel`, R10 slots and accumulator, R11 leaders, R12 edges,
        /// R13 flow, R14 calls, R15 indirect calls, R16 references, R17 calls of imports, R18 globals in code,
        /// R19 constants and branch tables, R20 memory and tables in code, R21 stack claim, R22 context.
        #[repr(u16)]
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
        pub enum Code { $(#[doc = concat!(stringify!($number), ": ", $text, ".")] $name = $number,)* }

        impl Code {
            /// All of them, ascending.
            pub const ALL: &'static [Code] = &[$(Code::$name),*];
            /// Name of the variant.
            pub const fn name(self) -> &'static str { match self { $(Code::$name => stringify!($name),)* } }
            /// What is wrong; `expected` and `got` of the error complete it.
            #[cfg(feature = "text")]
            pub const fn text(self) -> &'static str { match self { $(Code::$name => $text,)* } }
        }
    };
}

#[rustfmt::skip]
codes! {
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
    SigCount = 201, "too many signatures";
    SigArity = 202, "too many parameters or results";
    SigTypes = 203, "signatures do not partition SIGTYPES in order";
    ValType = 204, "not a value type";
    SigOrder = 205, "signatures do not strictly ascend by (params, results, types)";
    ImportKind = 301, "import kinds do not ascend or one is unknown";
    ImportDesc = 302, "no such signature, or no type for this kind of import";
    ImportFields = 303, "a field that this kind of import does not use is not zero";
    Name = 304, "STRINGS is not UTF-8, or a name lies outside or cuts a character";
    ImportUnknown = 305, "the host has no function of this name";
    ImportSig = 306, "the host's function has another signature";
    ImportCost = 307, "not the cost that the host declares, or a cost too high";
    ImportCaps = 308, "not the capabilities that the host declares";
    Denied = 309, "a capability is needed that is not granted";
    HeaderCaps = 310, "the header's capabilities are not those of the imports";
    FuncCode = 401, "functions do not partition CODE in order, or one is empty";
    FuncLeaders = 402, "functions do not partition LEADER in order";
    FuncSig = 403, "no such signature";
    FuncFrame = 404, "parameters or results exceed the frame, or the frame the format";
    FuncDepth = 405, "the depth does not cover the frame and its header";
    FuncStack = 406, "the depth exceeds the value stack";
    FuncCredit = 407, "the entry credit exceeds POLL_MAX";
    FuncFlags = 408, "an unknown flag, or a reserved field is not zero";
    MemoryCount = 501, "more than one memory";
    MemoryLimits = 502, "flags, minimum and maximum of a memory make no sense";
    MemoryPages = 503, "more pages than the loader allows";
    TableLimits = 504, "flags, minimum and maximum of a table make no sense";
    TableElems = 505, "more table elements than the loader allows";
    TableType = 506, "not a reference type";
    GlobalType = 507, "type or mutability of a global makes no sense";
    GlobalInit = 508, "the initial value of a global does not fit its type";
    ExportIndex = 509, "an unknown kind of export, or no such index";
    StartIndex = 510, "no such start function";
    StartSig = 511, "the start function has parameters or results";
    TableCount = 512, "too many tables";
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
    Opcode = 701, "no such opcode";
    Ext = 702, "a two-word op without its second word";
    StrayBits = 703, "bits outside the op's fields are not zero";
    FloatFlag = 704, "the header's float flag does not agree with the code";
    Which = 705, "no such operator in the op's group";
    Credit = 801, "the op costs more than the credit left";
    Fuel = 901, "fuel not in [1, POLL_MAX]";
    SlotUnset = 1001, "a slot is read that is not initialised";
    SlotHole = 1002, "a slot is written above the first one that is not initialised";
    SlotFrame = 1003, "a slot is written outside the frame";
    Straddle = 1004, "a range of slots lies across the frame header";
    AccUnset = 1005, "the accumulator is read but not set";
    ZeroCount = 1006, "a range of no slots";
    LeaderOrder = 1101, "leaders do not strictly ascend";
    LeaderPlace = 1102, "a leader outside the function";
    LeaderExt = 1103, "a leader on the second word of an op";
    LeaderHeight = 1104, "a leader's height exceeds the frame";
    LeaderCredit = 1105, "a leader's credit exceeds POLL_MAX";
    BranchTarget = 1201, "no such leader";
    BranchFar = 1202, "the target is too far away for this op";
    EdgeHeight = 1203, "the target needs more slots initialised";
    EdgeCredit = 1204, "the target needs more credit";
    DeadCode = 1301, "code that nothing leads to";
    FallOff = 1302, "control runs off the end of the function";
    CallFunc = 1401, "no such function";
    CallBase = 1402, "the window of a call covers the frame header";
    CallArgs = 1403, "an argument is not initialised";
    CallResults = 1404, "the results lie outside the frame";
    CallDepth = 1405, "the depth does not cover this call";
    RetArity = 1406, "not the number of results that the signature has";
    CallSig = 1501, "no such signature";
    CallTable = 1502, "no such table of functions, or a certified call through an imported one";
    CallSigDepth = 1503, "the signature has no bound on depth";
    SigDepthCount = 1601, "SIGDEPTH does not have one record per signature";
    SigDepthBound = 1602, "a REF function is deeper than its signature's bound";
    RefIndex = 1603, "no such function";
    RefFlag = 1604, "the function lacks the REF flag";
    ImportIndex = 1701, "no such imported function";
    GlobalIndex = 1801, "no such global";
    GlobalConst = 1802, "the global is immutable";
    PoolIndex = 1901, "no such constant";
    BrTablePlace = 1902, "branch tables are not used in order, each once, all of them";
    BrTableLen = 1903, "a branch table is too long or runs out of BRTAB";
    NoMemory = 2001, "a memory op, but no memory";
    TableIndex = 2002, "no such table";
    TableTypes = 2003, "tables and segments of one op differ in type";
    ElemIndex = 2004, "no such element segment";
    DataIndex = 2005, "no such data segment";
    StackClaim = 2101, "the stack claim does not cover an entry";
    StackLimit = 2102, "the stack claim exceeds what the loader allows";
    FuelClaim = 2201, "the fuel claim exceeds what the loader allows";
    NotBounded = 2202, "the context takes only bounded images with a fuel claim";
    BoundedCall = 2203, "a bounded image makes a call that is not certified";
    Sleeps = 2204, "an import may sleep, the context may not";
    Grows = 2205, "growing is not allowed in this context";
    FloatDenied = 2206, "the context does not run images that use floats";
    Cancelled = 9001, "the sink gave up";
    NoMem = 9002, "the system has no memory for the result";
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
    /// Field of the op's row, arm of the branch table, leader, item of a segment; or [`NO_INDEX`].
    pub operand: u32,
    /// What was wanted, a value or a bound; which, follows from `code`.
    pub expected: u64,
    /// What was found; for the frame of the image (R1) the byte.
    pub got: u64,
}

impl CheckError {
    /// The check passed, but there was no memory for what was to be made of it.
    pub const fn out_of_memory() -> CheckError {
        let (func, pc, operand) = (NO_INDEX, NO_INDEX, NO_INDEX);
        CheckError { code: Code::NoMem, func, pc, operand, expected: 0, got: 0 }
    }
}

impl From<FormatError> for CheckError {
    /// R1: the first codes are those of [`crate::image::Format`], in its order.
    fn from(error: FormatError) -> Self {
        let code = Code::ALL.get(usize::from(error.what as u8)).copied().unwrap_or(Code::Reserved);
        CheckError { code, got: error.offset, ..CheckError::out_of_memory() }
    }
}

/// The check has failed; why, stands in the fault of the [`At`] that made this. Results without the 32 bytes of a
/// [`CheckError`] made the pass a fifth faster (`examples/check_speed.rs`) and its code a quarter smaller.
pub(super) struct Refused;

/// The fault is [`Code::NoMem`] until it is set.
impl From<OutOfMemory> for Refused {
    fn from(_: OutOfMemory) -> Self {
        Refused
    }
}

/// A place in the image, see [`CheckError`], and where the first fault is kept.
#[derive(Clone, Copy)]
pub(super) struct At<'e> {
    pub(super) func: u32,
    pub(super) pc: u32,
    pub(super) operand: u32,
    pub(super) fault: &'e Cell<CheckError>,
}

/// `need!(at, Code: got, < want)`, with any comparison, or `need!(at, Code: got, if condition)`.
macro_rules! need {
    ($at:expr, $code:ident: $got:expr, if $ok:expr) => {
        if !$ok {
            return Err($at.refuse(Code::$code, 0, u64::from($got)));
        }
    };
    ($at:expr, $code:ident: $got:expr, $compare:tt $want:expr) => {{
        let (got, want) = (u64::from($got), u64::from($want));
        if !(got $compare want) {
            return Err($at.refuse(Code::$code, want, got));
        }
    }};
}
pub(super) use need;

impl<'e> At<'e> {
    /// Outside all tables and code.
    pub(super) fn nowhere(fault: &'e Cell<CheckError>) -> At<'e> {
        At { func: NO_INDEX, pc: NO_INDEX, operand: NO_INDEX, fault }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn refuse(self, code: Code, expected: u64, got: u64) -> Refused {
        let At { func, pc, operand, fault } = self;
        fault.set(CheckError { code, func, pc, operand, expected, got });
        Refused
    }

    /// R1.
    pub(super) fn frame(self, error: FormatError) -> Refused {
        let CheckError { code, got, .. } = error.into();
        self.refuse(code, 0, got)
    }

    /// Record `index` of a table.
    #[inline(always)]
    pub(super) fn get<R: Record>(self, code: Code, table: Records<'_, R>, index: u32) -> Result<R, Refused> {
        table.get(index).ok_or_else(|| self.refuse(code, table.len().into(), index.into()))
    }

    /// Moves `cursor` over a part that must start there and end within `total`.
    pub(super) fn part(self, code: Code, cursor: &mut u32, start: u32, len: u32, total: u32) -> Result<(), Refused> {
        let end = start.checked_add(len).filter(|end| start == *cursor && *end <= total);
        *cursor = end.ok_or_else(|| self.refuse(code, (*cursor).into(), start.into()))?;
        Ok(())
    }
}
