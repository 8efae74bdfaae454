//! The checker: one linear pass over an image that re-checks everything safety needs (rules R1-R22).
//! It is the trusted part: whatever made the image may be wrong or hostile.
//!
//! Tables are checked first, then every function's code, in order. Each op is checked with its operands and
//! every edge with the leader it goes to, then handed to a [`Sink`] with what only the checker knows: the
//! charge of an edge. What a sink has got is worth nothing until [`check`] returns `Ok`.
//!
//! # Why it is sound
//!
//! Per op the checker carries a height `h`, a credit `cr` and whether the accumulator is set. A [`Leader`]
//! claims a state; every edge to it, entry and fall-through included, must bring at least that, and the block
//! behind it starts from the claim alone (Klein and Nipkow's lightweight verification, 2003). By induction
//! over the steps of a run, at each op executed:
//!
//! - **height**: slots `[0, h)` are initialised, `h <= frame`. Reads are below `h`; writes are at most at `h`
//!   and inside the frame; the ops of a chain count one after the other, as its handler does them; a call leaves
//!   `h = base + results`. So no slot is read before it is written and no
//!   operand lies outside the frame. The frame header (return address, caller) stands physically at `m =
//!   max(params, results)`. Single slots step over it by renumbering, ranges must not straddle it, windows of
//!   calls start at or above it: no op can name a header slot.
//! - **credit**: fuel charged, less cost executed, is at least `cr >= 0`. An op takes its cost, at least 1,
//!   out of `cr`; only charges (function entry, PAY edge, `fuel`) put any in. A cycle without a charge would
//!   need `credit <= credit - cost`, so every cycle holds one, in irreducible flow too. No credit exceeds
//!   POLL_MAX and charges and returns poll, so the cost between two polls is at most POLL_MAX.
//! - **depth**: a frame with its certified callees fits in D slots: `D >= frame + 2`, and `D >= a + 2 +
//!   D[callee]` for a callee at base `a`. D falls strictly along certified calls: they cannot recurse and need
//!   no test at run time. Indirect calls take SIGDEPTH for D, which bounds every REF function of the
//!   signature; without the flag a function does not pass the signature test.
//!
//! Slots have no types: handlers are total on any 64-bit value, references are indices tested on use, bounds
//! of memory, tables and segments are tested at run time.
//!
//! No recursion, allocation, indexing, or arithmetic that could wrap; time linear in the bytes. Sections from
//! [`crate::image::UNTRUSTED`] on are never looked at.

#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::string_slice, clippy::arithmetic_side_effects, clippy::unreachable)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![deny(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss)]

mod code;
#[cfg(feature = "text")]
mod parts;
mod reject;
mod tables;

#[cfg(feature = "text")]
pub(crate) use parts::{Parts, Passed};
pub use reject::{CheckError, Code};

use crate::{
    OutOfMemory,
    image::{
        BrTab, FLAG_FLOAT, Frame, Func, Global, Image, Import, Leader, Record, Records, SectionKind, Sig, SigDepth,
    },
    op::{Op, Row, Words},
};
use core::cell::Cell;
use reject::{At, Refused, need};

/// Parameters, and results, that a function may have (wasm's implementation limit).
pub const MAX_PARAMS: u16 = 1000;
/// Signatures of an image; ops name them by 16 bits.
pub const MAX_SIGS: u32 = 65_535;
/// Slots of a frame; two header slots come on top, and slot numbers have 16 bits.
pub const MAX_FRAME: u16 = 65_533;
/// Tables of an image, imported ones included: a run looks at each whenever it comes back to guest code.
pub const MAX_TABLES: u32 = 1000;
/// Pages of a 32-bit memory.
pub const MAX_PAGES: u32 = 65_536;
/// Fuel units that a call of a host function may cost.
pub const MAX_HOST_COST: u32 = 1 << 20;
/// Arms of a branch table, the default not counted.
pub const MAX_ARMS: u32 = 65_535;
/// Words that a 16-bit branch may jump: linked distances are twice as long.
pub const FAR: u32 = 10_922;
/// Ops and records checked between two calls of [`Sink::poll`].
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
    /// Elements that all tables of the image together start with.
    pub max_table_elems: u32,
    /// Slots of one value stack.
    pub max_stack_slots: u32,
    /// Fuel that one run may claim; 0 = no limit.
    pub max_fuel_claim: u64,
    /// Capability bits granted to the program.
    pub granted: u64,
    /// `true`: the context must not be interrupted, so class bounded with a fuel claim, certified calls only,
    /// no sleeping import, no growing. `false`: any image.
    pub bounded_only: bool,
    /// Whether the context runs images that compute with floats.
    pub float: bool,
}

impl Default for Limits {
    /// For user space: generous in all but capabilities, of which there are none.
    fn default() -> Self {
        let (max_image_bytes, max_table_elems, max_stack_slots) = (1 << 30, 10_000_000, 1 << 20);
        let (max_pages, max_fuel_claim, granted, bounded_only, float) = (MAX_PAGES, 0, 0, false, true);
        #[rustfmt::skip]
        return Limits {
            max_image_bytes, max_pages, max_table_elems, max_stack_slots, max_fuel_claim, granted, bounded_only, float,
        };
    }
}

/// What a host says about a function that it offers.
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
    /// Its row.
    pub row: &'static Row,
    /// Its words.
    pub words: Words,
    /// Its first word, counted from the function's first.
    pub pc: u32,
    /// PAY branches: fuel to charge on the taken edge; `fuel`: fuel to charge; else 0.
    pub charge: u16,
    /// Branches: words from this op to the target; else 0.
    pub delta: i32,
}

/// Receives what was checked, in order; `()` ignores it. Any [`OutOfMemory`] ends the check.
#[allow(clippy::missing_errors_doc, reason = "said once, above")]
pub trait Sink {
    /// The tables are checked; code follows.
    fn begin(&mut self, image: &Image<'_>) -> Result<(), OutOfMemory>;
    /// The ops of function `index` follow, counted among the functions that the image defines.
    fn func(&mut self, index: u32, func: &Func, sig: &Sig) -> Result<(), OutOfMemory>;
    /// An op.
    fn op(&mut self, step: &Step) -> Result<(), OutOfMemory>;
    /// The op was a `br_table` with `len` arms, default included; they follow.
    fn table(&mut self, len: u32) -> Result<(), OutOfMemory>;
    /// One arm: distance and charge, as in [`Step`].
    fn arm(&mut self, delta: i32, charge: u16) -> Result<(), OutOfMemory>;
    /// Called every 4096 ops or records; `true` gives the check up, `false` goes on.
    fn poll(&mut self) -> bool;
}

#[rustfmt::skip]
impl Sink for () {
    fn begin(&mut self, _: &Image<'_>) -> Result<(), OutOfMemory> { Ok(()) }
    fn func(&mut self, _: u32, _: &Func, _: &Sig) -> Result<(), OutOfMemory> { Ok(()) }
    fn op(&mut self, _: &Step) -> Result<(), OutOfMemory> { Ok(()) }
    fn table(&mut self, _: u32) -> Result<(), OutOfMemory> { Ok(()) }
    fn arm(&mut self, _: i32, _: u16) -> Result<(), OutOfMemory> { Ok(()) }
    fn poll(&mut self) -> bool { false }
}

type Result<T = (), E = Refused> = core::result::Result<T, E>;

/// Sum that cannot wrap.
#[inline(always)]
fn sum(a: impl Into<u64>, b: impl Into<u64>) -> u64 {
    a.into().saturating_add(b.into())
}

/// Records with their places.
fn numbered<'a, 'e, R: Record>(
    at: At<'e>,
    records: Records<'a, R>,
) -> impl Iterator<Item = (At<'e>, R)> + use<'a, 'e, R> {
    (0..).map(move |pc| At { pc, ..at }).zip(records.iter())
}

/// Proof that an image passed; only [`check`] makes it.
#[derive(Clone, Copy, Debug)]
pub struct Checked<'a> {
    image: Image<'a>,
    frame: Frame,
}

impl<'a> Checked<'a> {
    /// The image.
    pub fn image(&self) -> &Image<'a> {
        &self.image
    }

    /// Where its sections stand.
    pub(crate) fn frame(&self) -> Frame {
        self.frame
    }
}

/// Checks an image and shows its ops to `sink`.
///
/// # Errors
/// [`CheckError`]: the first rule broken, [`Code::Cancelled`] or [`Code::NoMem`].
pub fn check<'a, S: Sink>(
    bytes: &'a [u8],
    host: &dyn Host,
    limits: &Limits,
    sink: &mut S,
) -> Result<Checked<'a>, CheckError> {
    let fault = Cell::new(CheckError::out_of_memory());
    let frame = run(At::nowhere(&fault), bytes, host, limits, sink);
    frame.map(|frame| Checked { image: frame.image(bytes), frame }).map_err(|Refused| fault.get())
}

fn run<S: Sink>(at: At<'_>, bytes: &[u8], host: &dyn Host, limits: &Limits, sink: &mut S) -> Result<Frame> {
    let tables = Tables::of(at, bytes, limits)?;
    let mut check = Check::new(&tables, Found::default(), at, limits, sink, Some(0));
    check.tables(host)?;
    check.sink.begin(&tables.image)?;
    let all = check.code(0..u32::MAX)?;
    tables.whole(at, all)?;
    Ok(tables.frame)
}

/// What the code of some functions, which follow each other, has shown, and what all code together must agree on.
#[derive(Clone, Copy, Debug)]
struct Seen {
    /// First and last of its records of BRTAB, as `[first, end)`; the same twice if it has none. `None` if it has none
    /// and where they would stand is not known.
    arms: Option<(u32, u32)>,
    /// An op that computes with floats.
    floats: bool,
}

impl Seen {
    /// Of this code and that behind it. `None` if the records of the latter do not stand behind those of the former.
    #[cfg(feature = "text")]
    fn then(self, next: Seen) -> Option<Seen> {
        let arms = match (self.arms, next.arms) {
            (Some((first, middle)), Some((start, end))) => (middle == start).then_some(Some((first, end)))?,
            (arms, None) | (None, arms) => arms,
        };
        Some(Seen { arms, floats: self.floats | next.floats })
    }
}

/// Imports by kind.
#[derive(Clone, Copy, Debug, Default)]
struct Imported {
    funcs: u32,
    tables: u32,
    memories: u32,
    globals: u32,
}

/// What the check of the tables has found out.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    imported: Imported,
    /// There is a memory.
    memory: bool,
}

/// The tables of an image.
#[derive(Clone, Copy, Debug)]
struct Tables<'a> {
    frame: Frame,
    image: Image<'a>,
    strings: &'a str,
    sigs: Records<'a, Sig>,
    imports: Records<'a, Import>,
    funcs: Records<'a, Func>,
    leaders: Records<'a, Leader>,
    brtabs: Records<'a, BrTab>,
    sig_depths: Records<'a, SigDepth>,
    globals: Records<'a, Global>,
    /// Constants in the pool.
    pool: u32,
}

impl<'a> Tables<'a> {
    /// R1, and that names are UTF-8.
    fn of(at: At<'_>, bytes: &'a [u8], limits: &Limits) -> Result<Tables<'a>> {
        need!(at, ImageSize: u64::try_from(bytes.len()).unwrap_or(u64::MAX), <= limits.max_image_bytes);
        let frame = Frame::of(bytes).map_err(|error| at.frame(error))?;
        let image = frame.image(bytes);
        let strings = core::str::from_utf8(image.section(SectionKind::Strings));
        Ok(Tables {
            frame,
            strings: strings.map_err(|_| at.refuse(Code::Name, 0, 0))?,
            sigs: image.sigs(),
            imports: image.imports(),
            funcs: image.funcs(),
            leaders: image.leaders(),
            brtabs: image.brtabs(),
            sig_depths: image.sig_depths(),
            globals: image.globals(),
            pool: image.pool().len(),
            image,
        })
    }

    /// What must be used up by all code.
    fn whole(&self, at: At<'_>, seen: Seen) -> Result {
        let (start, end) = seen.arms.unwrap_or((0, 0));
        need!(at, BrTablePlace: start, == 0u32);
        need!(at, BrTablePlace: end, == self.brtabs.len());
        need!(at, FloatFlag: seen.floats, == self.image.header.flags & FLAG_FLOAT != 0);
        Ok(())
    }
}

/// The check of an image, or of some of its functions: the tables, and where the pass stands.
struct Check<'a, 's, S> {
    tables: &'s Tables<'a>,
    found: Found,
    /// No place in particular.
    at: At<'s>,
    limits: &'s Limits,
    sink: &'s mut S,
    /// Ops and records checked since the sink was last asked.
    work: u32,
    /// First record of BRTAB of this pass; not known before it comes to one.
    first_arm: Option<u32>,
    /// Next record of BRTAB, once the first is known.
    arms: u32,
    /// An op that computes with floats was seen.
    floats: bool,
}

impl<'a, 's, S: Sink> Check<'a, 's, S> {
    fn new(
        tables: &'s Tables<'a>,
        found: Found,
        at: At<'s>,
        limits: &'s Limits,
        sink: &'s mut S,
        first_arm: Option<u32>,
    ) -> Check<'a, 's, S> {
        let arms = first_arm.unwrap_or(0);
        Check { tables, found, at, limits, sink, work: 0, first_arm, arms, floats: false }
    }

    /// Counts an op or record; every loop comes by here.
    #[inline(always)]
    fn tick(&mut self) -> Result {
        self.work = self.work.saturating_add(1);
        if self.work == POLL_EVERY {
            self.work = 0;
            need!(self.at, Cancelled: 0u32, if !self.sink.poll());
        }
        Ok(())
    }
}
