//! The op table: the one description of the register IR.
//!
//! `build/` expands this table into the opcode enum, the row data that encoder, decoder, checker,
//! printer, parser and random-op generator read, and the handlers' skeletons for every dispatch
//! mode. Nothing else in the project lists ops. This file is compiled twice: into the crate (the
//! types) and into its build script (types and table), so it is plain data.
//!
//! # Encoding
//!
//! An op is one or two 8-byte little-endian words. The second word starts with [`EXT`], which is
//! never an opcode, so a jump into the middle of an op is a reject and not a surprise.
//!
//! ```text
//!            bits 0..16   16..32   32..48   48..64
//! word 1     opcode       A        B        C          (B|C may be one 32-bit field)
//! word 2     0xFFFF       D        E        F          (E|F may be one 32-bit field)
//! ```
//!
//! Fields are placed in the row's order: a 16-bit field takes the next free place of A..F, a
//! 32-bit field takes B|C if it is free and E|F otherwise. Unused places are zero.
//!
//! # Names
//!
//! `type_action_forms[_n][_pay]`. The form letters say where each input comes from: `s` a slot,
//! `i` a sign-extended 16-bit immediate, `a` the accumulator. Ops write their result to a slot
//! *and* to the accumulator; `_n` ("no store") ops write the accumulator alone. `_pay` branches
//! charge fuel on the taken edge and poll; a form with that suffix in a family's list is there
//! in no other way. An op without a type (`and_ss`, `br_lt_u_ss`) serves
//! i32 and i64 alike: i32 values stand zero-extended in their slots. `f32`/`f64` values stand as
//! their bits.
//!
//! # Adding an op
//!
//! For a new operator `i32_foo(a, b)`: (1) add a [`Family`] line below; (2) write the pure function
//! `i32_foo` in `exec/int.rs` (the build fails until it is there) and bump [`VERSION`]; (3) emit it
//! in `lower`; (4) add a `.wast` case and one filetest. Directed images, the footprint test and the
//! round-trip tests pick the new rows up by themselves.

/// Version of the image format; a changed encoding bumps it. The op-table hash catches the rest.
pub const VERSION: u32 = 1;

/// First 16 bits of the second word of a two-word op; never an opcode.
pub const EXT: u16 = 0xffff;

/// Largest fuel charge of one edge, leader credit and function credit, in fuel units; the bound
/// on the cost between two polls. About 10-20 us of interpretation.
pub const POLL_MAX: u16 = 4096;

/// What a field of an op means; decides how the checker treats it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Slot written by the op.
    Dst,
    /// Slot read by the op.
    Src,
    /// Slot read and then written.
    SrcDst,
    /// Signed 16-bit immediate, sign-extended to 64 bits.
    Imm16,
    /// 32-bit immediate; the op says how it is extended.
    Imm32,
    /// Unsigned 16-bit memory offset in bytes.
    Off16,
    /// Unsigned 32-bit memory offset or absolute address in bytes.
    Off32,
    /// Branch target: leader index minus the number of leaders passed so far, this op's own included;
    /// so 0 is the next leader and -1 the one whose block holds the branch.
    Leader16,
    /// Branch target: index of a leader of the same function.
    Leader32,
    /// Index into the constant pool.
    Pool,
    /// Index of a global among those that the image defines.
    Global,
    /// Like `Global`, and the global must be mutable.
    GlobalMut,
    /// Index of a global among the imported ones.
    GlobalImport,
    /// Like `GlobalImport`, and the global must be mutable.
    GlobalImportMut,
    /// Index of a function among those that the image defines.
    Func,
    /// Index of any function (imports first) that carries the REF flag, if it is defined here.
    FuncRef,
    /// Index of an imported function.
    Import,
    /// Start of a branch table in the BRTAB section.
    BrTable,
    /// Index of a signature.
    Sig,
    /// Index of a table.
    Table,
    /// Index of an element segment.
    Elem,
    /// Index of a data segment.
    Data,
    /// Number of slots of the window or range that another field of the op starts.
    Count,
    /// Fuel that `fuel` tops up to, `[1, POLL_MAX]`.
    Fuel,
    /// First slot of a call's argument and result window (size by signature of `Func/Import/Sig`).
    CallBase,
    /// First of `n` consecutive slots, read and updated in place.
    Window(u8),
    /// Which of the `n` operators of a [`Group`], `[0, n)`.
    Which(u8),
}

impl Kind {
    /// A number of its own, below 32, the same for windows and groups of any length.
    #[inline]
    pub const fn number(self) -> u32 {
        match self {
            Kind::Dst => 0,
            Kind::Src => 1,
            Kind::SrcDst => 2,
            Kind::Imm16 => 3,
            Kind::Imm32 => 4,
            Kind::Off16 => 5,
            Kind::Off32 => 6,
            Kind::Leader16 => 7,
            Kind::Leader32 => 8,
            Kind::Pool => 9,
            Kind::Global => 10,
            Kind::GlobalMut => 11,
            Kind::GlobalImport => 12,
            Kind::GlobalImportMut => 13,
            Kind::Func => 14,
            Kind::FuncRef => 15,
            Kind::Import => 16,
            Kind::BrTable => 17,
            Kind::Sig => 18,
            Kind::Table => 19,
            Kind::Elem => 20,
            Kind::Data => 21,
            Kind::Count => 22,
            Kind::Fuel => 23,
            Kind::CallBase => 24,
            Kind::Which(_) => 30,
            Kind::Window(_) => 31,
        }
    }

    /// A bit for each kind, by its number.
    pub const fn bits(kinds: &[Kind]) -> u32 {
        let (mut bits, mut rest) = (0, kinds);
        while let [kind, others @ ..] = rest {
            bits |= 1 << kind.number();
            rest = others;
        }
        bits
    }

    /// Whether the field takes 32 bits of the encoding.
    pub const fn is_wide(self) -> bool {
        matches!(
            self,
            Kind::Imm32
                | Kind::Off32
                | Kind::Leader32
                | Kind::Pool
                | Kind::Global
                | Kind::GlobalMut
                | Kind::GlobalImport
                | Kind::GlobalImportMut
                | Kind::Func
                | Kind::FuncRef
                | Kind::Import
                | Kind::BrTable
        )
    }
}

/// Where in the one or two words a field stands. Its number says the first 16-bit lane (bits 0 to 2; A to C are 1 to 3,
/// D to F are 5 to 7) and whether it has two (bit 3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
#[allow(missing_docs, reason = "the drawing in the head of this file names them")]
pub enum At {
    A = 1,
    B = 2,
    C = 3,
    Bc = 2 | 8,
    D = 5,
    E = 6,
    F = 7,
    Ef = 6 | 8,
}

impl At {
    /// Its first lane, `[1, 8)`.
    #[inline]
    pub const fn lane(self) -> u32 {
        self as u32 & 7
    }

    /// Whether it is in the second word, its first bit, and its bits shifted down.
    #[inline]
    pub const fn place(self) -> (bool, u32, u64) {
        let mask = if self as u8 & 8 == 0 { 0xffff } else { 0xffff_ffff };
        (self.lane() >= 4, self.lane() % 4 * 16, mask)
    }
}

/// One field of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field {
    /// Name in the text form and in generated accessors.
    pub name: &'static str,
    /// Meaning.
    pub kind: Kind,
    /// Place in the encoding.
    pub at: At,
}

bitflags::bitflags! {
    /// What an op does besides its fields.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct Effects: u16 {
        /// Reads the accumulator.
        const ACC_IN = 1 << 0;
        /// Leaves its result in the accumulator.
        const ACC_SET = 1 << 1;
        /// Leaves nothing of use in the accumulator.
        const ACC_CLOBBER = 1 << 2;
        /// Charges and polls on the taken edge (`br_table`: on every arm).
        const PAY = 1 << 3;
        /// The next word is not reached from here.
        const TERMINATOR = 1 << 4;
        /// May trap.
        const TRAPS = 1 << 5;
        /// Reads linear memory.
        const READS_MEM = 1 << 6;
        /// Writes linear memory.
        const WRITES_MEM = 1 << 7;
        /// Computes with f32 or f64.
        const FLOAT = 1 << 8;
        /// Transfers to another function and comes back; ends the credit of no one but polls.
        const CALL = 1 << 9;
        /// Certified: needs no run-time stack test, obeys the depth rule.
        const CERTIFIED = 1 << 10;
        /// Leaves the function.
        const RET = 1 << 11;
        /// Handled outside the dispatch loop, in safe code.
        const SLOW = 1 << 12;
        /// Grows memory or a table.
        const GROWS = 1 << 13;
    }
}

/// How the handler of a family is put together around its function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// `result = f(lhs, rhs)`.
    Binary,
    /// `result = f(arg)`.
    Unary,
    /// Jump to the leader if `f(lhs, rhs)`; the bool says that the condition is negated.
    BranchCmp(bool),
    /// `result = f(mem, addr + off)`.
    Load,
    /// `f(mem, addr + off, value)`.
    Store,
    /// `var += step; jump if f(var, limit)`, always `_pay`. Form `z`: the limit is 0; form `u`: the step is 1
    /// and the limit in a slot.
    Loop,
}

/// Rows that differ only in where their operands come from.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// First part of the rows' names.
    pub name: &'static str,
    /// Function in `exec/` that computes it.
    pub body: &'static str,
    /// Template of the handlers.
    pub shape: Shape,
    /// Forms, separated by blanks.
    pub forms: &'static str,
    /// Effects of every row.
    pub effects: Effects,
    /// Meaning, as an equation.
    pub doc: &'static str,
}

/// Operators that programs seldom spend their time in, in one row: its last field says which of them it is, so that
/// there is room for rows that more depends on.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// Name of the row.
    pub name: &'static str,
    /// Its operators: families of the same shape, binary or unary, that have no rows of their own.
    pub families: &'static [&'static str],
}

/// A row with a handler of its own in `exec/control.rs`, `exec/call.rs` or `exec/mem.rs`.
#[derive(Clone, Copy, Debug)]
pub struct Single {
    /// Name of row and handler.
    pub name: &'static str,
    /// Fields in encoding order.
    pub fields: &'static [(&'static str, Kind)],
    /// Effects.
    pub effects: Effects,
    /// Meaning.
    pub doc: &'static str,
}

const fn fam(
    name: &'static str,
    body: &'static str,
    shape: Shape,
    forms: &'static str,
    effects: Effects,
    doc: &'static str,
) -> Family {
    Family { name, body, shape, forms, effects, doc }
}

const fn op(
    name: &'static str,
    fields: &'static [(&'static str, Kind)],
    effects: Effects,
    doc: &'static str,
) -> Single {
    Single { name, fields, effects, doc }
}

const NONE: Effects = Effects::empty();
const TRAPS: Effects = Effects::TRAPS;
const FLOAT: Effects = Effects::FLOAT;
const FTRAPS: Effects = Effects::FLOAT.union(Effects::TRAPS);
const ACC_IN: Effects = Effects::ACC_IN;
const ACC_SET: Effects = Effects::ACC_SET;
const CLOBBER: Effects = Effects::ACC_CLOBBER;
const LOADS: Effects = Effects::TRAPS.union(Effects::READS_MEM);
const STORES: Effects = Effects::TRAPS.union(Effects::WRITES_MEM);
const JUMP: Effects = Effects::TERMINATOR;
const SLOW: Effects = Effects::SLOW.union(Effects::TRAPS).union(Effects::ACC_CLOBBER);
const CALLS: Effects = Effects::CALL.union(Effects::TRAPS);

const fn group(name: &'static str, families: &'static [&'static str]) -> Group {
    Group { name, families }
}

use Kind::*;
use Shape::*;

/// Every form of a commutative operator.
const COMM: &str = "ss si as ai ss_n si_n as_n ai_n";
/// Shifts: mostly by a constant.
const SHIFT: &str = "ss si as ai si_n ai_n";
/// Compare with a slot; the immediate forms are those of the neighbour (`<= c` is `< c + 1`).
const CMP_S: &str = "ss";
/// Compare with a constant; the slot forms are those of the mirrored operator.
const CMP_I: &str = "si";

/// Of a family that is in a [`Group`].
const GROUPED: &str = "";

/// Families of ops around one pure function.
#[rustfmt::skip]
pub const FAMILIES: &[Family] = &[
    // --- int -------------------------------------------------------------------------------------
    fam("i32_add", "int::i32_add", Binary, COMM, NONE, "`dst = lhs + rhs` modulo 2^32"),
    fam("i64_add", "int::i64_add", Binary, "ss si as as_n", NONE, "`dst = lhs + rhs` modulo 2^64"),
    fam("i32_sub", "int::i32_sub", Binary, "ss as sa is ss_n as_n sa_n", NONE, "`dst = lhs - rhs` modulo 2^32"),
    fam("i64_sub", "int::i64_sub", Binary, "ss", NONE, "`dst = lhs - rhs` modulo 2^64"),
    fam("i32_mul", "int::i32_mul", Binary, "ss si as ai si_n as_n ai_n", NONE, "`dst = lhs * rhs` modulo 2^32"),
    fam("i64_mul", "int::i64_mul", Binary, "ss si as ss_n si_n as_n", NONE, "`dst = lhs * rhs` modulo 2^64"),
    fam("i32_div_s", "int::i32_div_s", Binary, "ss", TRAPS, "`dst = lhs / rhs`, signed, toward zero"),
    fam("i32_div_u", "int::i32_div_u", Binary, "ss si", TRAPS, "`dst = lhs / rhs`, unsigned"),
    fam("i32_rem_s", "int::i32_rem_s", Binary, "ss", TRAPS, "`dst = lhs % rhs`, sign of `lhs`"),
    fam("i32_rem_u", "int::i32_rem_u", Binary, "ss", TRAPS, "`dst = lhs % rhs`, unsigned"),
    fam("i64_div_s", "int::i64_div_s", Binary, GROUPED, TRAPS, "`dst = lhs / rhs`, signed, toward zero"),
    fam("i64_div_u", "int::i64_div_u", Binary, "ss", TRAPS, "`dst = lhs / rhs`, unsigned"),
    fam("i64_rem_s", "int::i64_rem_s", Binary, GROUPED, TRAPS, "`dst = lhs % rhs`, sign of `lhs`"),
    fam("i64_rem_u", "int::i64_rem_u", Binary, GROUPED, TRAPS, "`dst = lhs % rhs`, unsigned"),
    fam("and", "int::i64_and", Binary, COMM, NONE, "`dst = lhs & rhs`, both widths"),
    fam("or", "int::i64_or", Binary, "ss si as ai si_n as_n", NONE, "`dst = lhs | rhs`, both widths (i32: immediates >= 0)"),
    fam("xor", "int::i64_xor", Binary, "ss si as ai ss_n as_n", NONE, "`dst = lhs ^ rhs`, both widths (i32: immediates >= 0)"),
    fam("i32_xor", "int::i32_xor", Binary, "si", NONE, "`dst = lhs ^ rhs`, 32 bits"),
    fam("i32_shl", "int::i32_shl", Binary, SHIFT, NONE, "`dst = lhs << (rhs mod 32)`"),
    fam("i32_shr_s", "int::i32_shr_s", Binary, "ss si", NONE, "`dst = lhs >> (rhs mod 32)`, sign-filling"),
    fam("i32_shr_u", "int::i32_shr_u", Binary, "ss si ai si_n ai_n", NONE, "`dst = lhs >> (rhs mod 32)`, zero-filling"),
    fam("i64_shl", "int::i64_shl", Binary, "ss si ai si_n ai_n", NONE, "`dst = lhs << (rhs mod 64)`"),
    fam("i64_shr_s", "int::i64_shr_s", Binary, "ss si", NONE, "`dst = lhs >> (rhs mod 64)`, sign-filling"),
    fam("i64_shr_u", "int::i64_shr_u", Binary, "ss si ai si_n ai_n", NONE, "`dst = lhs >> (rhs mod 64)`, zero-filling"),
    fam("i32_rotl", "int::i32_rotl", Binary, "ss si ai si_n", NONE, "`dst = lhs` rotated left by `rhs mod 32`"),
    fam("i32_rotr", "int::i32_rotr", Binary, GROUPED, NONE, "`dst = lhs` rotated right by `rhs mod 32`"),
    fam("i64_rotl", "int::i64_rotl", Binary, "ss si ai", NONE, "`dst = lhs` rotated left by `rhs mod 64`"),
    fam("i64_rotr", "int::i64_rotr", Binary, GROUPED, NONE, "`dst = lhs` rotated right by `rhs mod 64`"),
    fam("eq", "int::i64_eq", Binary, "ss si", NONE, "`dst = lhs == rhs`, both widths (i32: immediates >= 0)"),
    fam("ne", "int::i64_ne", Binary, "ss si", NONE, "`dst = lhs != rhs`, both widths (i32: immediates >= 0)"),
    fam("i32_eq", "int::i32_eq", Binary, "si", NONE, "`dst = lhs == rhs`, 32 bits"),
    fam("i32_ne", "int::i32_ne", Binary, "si", NONE, "`dst = lhs != rhs`, 32 bits"),
    fam("lt_u", "int::i64_lt_u", Binary, "ss si ss_n", NONE, "`dst = lhs < rhs`, unsigned, both widths"),
    fam("le_u", "int::i64_le_u", Binary, CMP_S, NONE, "`dst = lhs <= rhs`, unsigned, both widths"),
    fam("gt_u", "int::i64_gt_u", Binary, CMP_I, NONE, "`dst = lhs > rhs`, unsigned, both widths"),
    fam("i32_lt_s", "int::i32_lt_s", Binary, "ss si", NONE, "`dst = lhs < rhs`, signed"),
    fam("i32_le_s", "int::i32_le_s", Binary, CMP_S, NONE, "`dst = lhs <= rhs`, signed"),
    fam("i32_gt_s", "int::i32_gt_s", Binary, CMP_I, NONE, "`dst = lhs > rhs`, signed"),
    fam("i64_lt_s", "int::i64_lt_s", Binary, "ss si", NONE, "`dst = lhs < rhs`, signed"),
    fam("i64_le_s", "int::i64_le_s", Binary, CMP_S, NONE, "`dst = lhs <= rhs`, signed"),
    fam("i64_gt_s", "int::i64_gt_s", Binary, CMP_I, NONE, "`dst = lhs > rhs`, signed"),
    fam("i32_clz", "int::i32_clz", Unary, GROUPED, NONE, "`dst` = leading zero bits of `arg`"),
    fam("i32_ctz", "int::i32_ctz", Unary, GROUPED, NONE, "`dst` = trailing zero bits of `arg`"),
    fam("i32_popcnt", "int::i32_popcnt", Unary, GROUPED, NONE, "`dst` = one bits of `arg`"),
    fam("i64_clz", "int::i64_clz", Unary, "s", NONE, "`dst` = leading zero bits of `arg`"),
    fam("i64_ctz", "int::i64_ctz", Unary, "s", NONE, "`dst` = trailing zero bits of `arg`"),
    fam("i64_popcnt", "int::i64_popcnt", Unary, "s", NONE, "`dst` = one bits of `arg`"),
    fam("i32_extend8_s", "int::i32_extend8_s", Unary, GROUPED, NONE, "`dst = sext32(arg as i8)`"),
    fam("i32_extend16_s", "int::i32_extend16_s", Unary, GROUPED, NONE, "`dst = sext32(arg as i16)`"),
    fam("i64_extend8_s", "int::i64_extend8_s", Unary, GROUPED, NONE, "`dst = sext64(arg as i8)`"),
    fam("i64_extend16_s", "int::i64_extend16_s", Unary, GROUPED, NONE, "`dst = sext64(arg as i16)`"),
    fam("i64_extend32_s", "int::i64_extend32_s", Unary, "s s_n", NONE, "`dst = sext64(arg as i32)`, also `i64.extend_i32_s`"),
    fam("i32_wrap", "int::i32_wrap", Unary, "s a", NONE, "`dst = arg` modulo 2^32, also cleans an i32 slot"),
    // --- branches on a comparison ------------------------------------------------------------------
    fam("br_eq", "int::i64_eq", BranchCmp(false), "ss_pay si_pay as_pay ai_pay", NONE, "jump if `lhs == rhs`"),
    fam("br_ne", "int::i64_ne", BranchCmp(false), "ss si as_pay ai_pay", NONE, "jump if `lhs != rhs`"),
    fam("br_i32_eq", "int::i32_eq", BranchCmp(false), "si_pay", NONE, "jump if `lhs == rhs`, 32 bits"),
    fam("br_i32_ne", "int::i32_ne", BranchCmp(false), "si_pay", NONE, "jump if `lhs != rhs`, 32 bits"),
    fam("br_lt_u", "int::i64_lt_u", BranchCmp(false), "ss si as_pay ai_pay", NONE, "jump if `lhs < rhs`, unsigned"),
    fam("br_le_u", "int::i64_le_u", BranchCmp(false), "ss_pay as_pay", NONE, "jump if `lhs <= rhs`, unsigned"),
    fam("br_gt_u", "int::i64_gt_u", BranchCmp(false), "si as_pay ai_pay", NONE, "jump if `lhs > rhs`, unsigned"),
    fam("br_ge_u", "int::i64_ge_u", BranchCmp(false), "as_pay", NONE, "jump if `lhs >= rhs`, unsigned"),
    fam("br_i32_lt_s", "int::i32_lt_s", BranchCmp(false), "ss_pay si as_pay", NONE, "jump if `lhs < rhs`, signed"),
    fam("br_i32_le_s", "int::i32_le_s", BranchCmp(false), "ss_pay as_pay", NONE, "jump if `lhs <= rhs`, signed"),
    fam("br_i32_gt_s", "int::i32_gt_s", BranchCmp(false), "si_pay as_pay", NONE, "jump if `lhs > rhs`, signed"),
    fam("br_i32_ge_s", "int::i32_ge_s", BranchCmp(false), "as_pay", NONE, "jump if `lhs >= rhs`, signed"),
    fam("br_i64_lt_s", "int::i64_lt_s", BranchCmp(false), "ss_pay si_pay", NONE, "jump if `lhs < rhs`, signed"),
    fam("br_i64_le_s", "int::i64_le_s", BranchCmp(false), "ss_pay", NONE, "jump if `lhs <= rhs`, signed"),
    fam("br_i64_gt_s", "int::i64_gt_s", BranchCmp(false), "si_pay", NONE, "jump if `lhs > rhs`, signed"),
    fam("br_f64_lt", "float::f64_lt", BranchCmp(false), "ss_pay", FLOAT, "jump if `lhs < rhs`"),
    fam("br_f64_le", "float::f64_le", BranchCmp(false), "ss_pay as_pay", FLOAT, "jump if `lhs <= rhs`"),
    fam("br_f64_not_lt", "float::f64_lt", BranchCmp(true), "ss_pay", FLOAT, "jump unless `lhs < rhs`"),
    fam("br_f64_not_le", "float::f64_le", BranchCmp(true), "ss_pay as_pay", FLOAT, "jump unless `lhs <= rhs`"),
    fam("loop_i32_ne", "int::i32_ne", Loop, "s i z u", NONE, "`var += step` modulo 2^32; jump if `var != limit`"),
    fam("loop_i32_lt_u", "int::i32_lt_u", Loop, "s u", NONE, "`var += step` modulo 2^32; jump if `var < limit`, unsigned"),
    // --- mem ---------------------------------------------------------------------------------------
    fam("load8_u", "mem::load8_u", Load, "s a s_n a_n far", LOADS, "`dst = zext(mem8[addr + off])`"),
    fam("i32_load8_s", "mem::i32_load8_s", Load, "s", LOADS, "`dst = sext32(mem8[addr + off])`"),
    fam("load16_u", "mem::load16_u", Load, "s a a_n far", LOADS, "`dst = zext(mem16[addr + off])`"),
    fam("i32_load16_s", "mem::i32_load16_s", Load, "s", LOADS, "`dst = sext32(mem16[addr + off])`"),
    fam("load32_u", "mem::load32_u", Load, "s a s_n a_n far abs abs_n", LOADS, "`dst = zext(mem32[addr + off])`"),
    fam("i64_load32_s", "mem::i64_load32_s", Load, "s", LOADS, "`dst = sext64(mem32[addr + off])`"),
    fam("load64", "mem::load64", Load, "s a s_n a_n far", LOADS, "`dst = mem64[addr + off]`"),
    fam("store8", "mem::store8", Store, "ss as sa si far", STORES, "`mem8[addr + off] = value`"),
    fam("store16", "mem::store16", Store, "ss far", STORES, "`mem16[addr + off] = value`"),
    fam("store32", "mem::store32", Store, "ss as sa si far abs", STORES, "`mem32[addr + off] = value`"),
    fam("store64", "mem::store64", Store, "ss sa si far", STORES, "`mem64[addr + off] = value`"),
    // --- float -------------------------------------------------------------------------------------
    fam("f32_add", "float::f32_add", Binary, "ss as as_n", FLOAT, "`dst = lhs + rhs`"),
    fam("f32_sub", "float::f32_sub", Binary, "ss sa", FLOAT, "`dst = lhs - rhs`"),
    fam("f32_mul", "float::f32_mul", Binary, "ss as ss_n as_n", FLOAT, "`dst = lhs * rhs`"),
    fam("f32_div", "float::f32_div", Binary, "ss", FLOAT, "`dst = lhs / rhs`"),
    fam("f32_min", "float::f32_min", Binary, GROUPED, FLOAT, "`dst` = lesser of `lhs` and `rhs`, NaN if either is"),
    fam("f32_max", "float::f32_max", Binary, GROUPED, FLOAT, "`dst` = greater of `lhs` and `rhs`, NaN if either is"),
    fam("f32_copysign", "float::f32_copysign", Binary, "ss", NONE, "`dst` = `lhs` with the sign of `rhs`"),
    fam("f32_abs", "float::f32_abs", Unary, GROUPED, NONE, "`dst` = `arg` with the sign bit cleared"),
    fam("f32_neg", "float::f32_neg", Unary, GROUPED, NONE, "`dst` = `arg` with the sign bit flipped"),
    fam("f32_ceil", "float::f32_ceil", Unary, GROUPED, FLOAT, "`dst` = `arg` rounded up"),
    fam("f32_floor", "float::f32_floor", Unary, GROUPED, FLOAT, "`dst` = `arg` rounded down"),
    fam("f32_trunc", "float::f32_trunc", Unary, GROUPED, FLOAT, "`dst` = `arg` rounded toward zero"),
    fam("f32_nearest", "float::f32_nearest", Unary, "s", FLOAT, "`dst` = `arg` rounded to nearest, ties to even"),
    fam("f32_sqrt", "float::f32_sqrt", Unary, "s", FLOAT, "`dst` = square root of `arg`"),
    fam("f32_eq", "float::f32_eq", Binary, GROUPED, FLOAT, "`dst = lhs == rhs`"),
    fam("f32_ne", "float::f32_ne", Binary, GROUPED, FLOAT, "`dst = lhs != rhs`"),
    fam("f32_lt", "float::f32_lt", Binary, "ss", FLOAT, "`dst = lhs < rhs`"),
    fam("f32_le", "float::f32_le", Binary, "ss", FLOAT, "`dst = lhs <= rhs`"),
    fam("f64_add", "float::f64_add", Binary, "ss as ss_n as_n", FLOAT, "`dst = lhs + rhs`"),
    fam("f64_sub", "float::f64_sub", Binary, "ss sa ss_n sa_n", FLOAT, "`dst = lhs - rhs`"),
    fam("f64_mul", "float::f64_mul", Binary, "ss as ss_n as_n", FLOAT, "`dst = lhs * rhs`"),
    fam("f64_div", "float::f64_div", Binary, "ss sa", FLOAT, "`dst = lhs / rhs`"),
    fam("f64_min", "float::f64_min", Binary, GROUPED, FLOAT, "`dst` = lesser of `lhs` and `rhs`, NaN if either is"),
    fam("f64_max", "float::f64_max", Binary, GROUPED, FLOAT, "`dst` = greater of `lhs` and `rhs`, NaN if either is"),
    fam("f64_copysign", "float::f64_copysign", Binary, "ss", NONE, "`dst` = `lhs` with the sign of `rhs`"),
    fam("f64_abs", "float::f64_abs", Unary, GROUPED, NONE, "`dst` = `arg` with the sign bit cleared"),
    fam("f64_neg", "float::f64_neg", Unary, GROUPED, NONE, "`dst` = `arg` with the sign bit flipped"),
    fam("f64_ceil", "float::f64_ceil", Unary, GROUPED, FLOAT, "`dst` = `arg` rounded up"),
    fam("f64_floor", "float::f64_floor", Unary, GROUPED, FLOAT, "`dst` = `arg` rounded down"),
    fam("f64_trunc", "float::f64_trunc", Unary, GROUPED, FLOAT, "`dst` = `arg` rounded toward zero"),
    fam("f64_nearest", "float::f64_nearest", Unary, GROUPED, FLOAT, "`dst` = `arg` rounded to nearest, ties to even"),
    fam("f64_sqrt", "float::f64_sqrt", Unary, "s a", FLOAT, "`dst` = square root of `arg`"),
    fam("f64_eq", "float::f64_eq", Binary, GROUPED, FLOAT, "`dst = lhs == rhs`"),
    fam("f64_ne", "float::f64_ne", Binary, GROUPED, FLOAT, "`dst = lhs != rhs`"),
    fam("f64_lt", "float::f64_lt", Binary, "ss", FLOAT, "`dst = lhs < rhs`"),
    fam("f64_le", "float::f64_le", Binary, "ss", FLOAT, "`dst = lhs <= rhs`"),
    fam("i32_trunc_f32_s", "convert::i32_trunc_f32_s", Unary, GROUPED, FTRAPS, "`dst = arg` toward zero; traps on NaN and overflow"),
    fam("i32_trunc_f32_u", "convert::i32_trunc_f32_u", Unary, GROUPED, FTRAPS, "`dst = arg` toward zero; traps on NaN and overflow"),
    fam("i32_trunc_f64_s", "convert::i32_trunc_f64_s", Unary, GROUPED, FTRAPS, "`dst = arg` toward zero; traps on NaN and overflow"),
    fam("i32_trunc_f64_u", "convert::i32_trunc_f64_u", Unary, GROUPED, FTRAPS, "`dst = arg` toward zero; traps on NaN and overflow"),
    fam("i64_trunc_f32_s", "convert::i64_trunc_f32_s", Unary, GROUPED, FTRAPS, "`dst = arg` toward zero; traps on NaN and overflow"),
    fam("i64_trunc_f32_u", "convert::i64_trunc_f32_u", Unary, GROUPED, FTRAPS, "`dst = arg` toward zero; traps on NaN and overflow"),
    fam("i64_trunc_f64_s", "convert::i64_trunc_f64_s", Unary, GROUPED, FTRAPS, "`dst = arg` toward zero; traps on NaN and overflow"),
    fam("i64_trunc_f64_u", "convert::i64_trunc_f64_u", Unary, GROUPED, FTRAPS, "`dst = arg` toward zero; traps on NaN and overflow"),
    fam("i32_trunc_sat_f32_s", "convert::i32_trunc_sat_f32_s", Unary, GROUPED, FLOAT, "`dst = arg` toward zero, saturating; NaN gives 0"),
    fam("i32_trunc_sat_f32_u", "convert::i32_trunc_sat_f32_u", Unary, "s", FLOAT, "`dst = arg` toward zero, saturating; NaN gives 0"),
    fam("i32_trunc_sat_f64_s", "convert::i32_trunc_sat_f64_s", Unary, GROUPED, FLOAT, "`dst = arg` toward zero, saturating; NaN gives 0"),
    fam("i32_trunc_sat_f64_u", "convert::i32_trunc_sat_f64_u", Unary, GROUPED, FLOAT, "`dst = arg` toward zero, saturating; NaN gives 0"),
    fam("i64_trunc_sat_f32_s", "convert::i64_trunc_sat_f32_s", Unary, GROUPED, FLOAT, "`dst = arg` toward zero, saturating; NaN gives 0"),
    fam("i64_trunc_sat_f32_u", "convert::i64_trunc_sat_f32_u", Unary, GROUPED, FLOAT, "`dst = arg` toward zero, saturating; NaN gives 0"),
    fam("i64_trunc_sat_f64_s", "convert::i64_trunc_sat_f64_s", Unary, GROUPED, FLOAT, "`dst = arg` toward zero, saturating; NaN gives 0"),
    fam("i64_trunc_sat_f64_u", "convert::i64_trunc_sat_f64_u", Unary, GROUPED, FLOAT, "`dst = arg` toward zero, saturating; NaN gives 0"),
    fam("f32_convert_i32_s", "convert::f32_convert_i32_s", Unary, GROUPED, FLOAT, "`dst` = nearest f32 of `arg`"),
    fam("f32_convert_i32_u", "convert::f32_convert_i32_u", Unary, "s a a_n", FLOAT, "`dst` = nearest f32 of `arg`"),
    fam("f32_convert_i64_s", "convert::f32_convert_i64_s", Unary, GROUPED, FLOAT, "`dst` = nearest f32 of `arg`"),
    fam("f32_convert_i64_u", "convert::f32_convert_i64_u", Unary, GROUPED, FLOAT, "`dst` = nearest f32 of `arg`"),
    fam("f64_convert_i32_s", "convert::f64_convert_i32_s", Unary, "s", FLOAT, "`dst = arg`, exact"),
    fam("f64_convert_i32_u", "convert::f64_convert_i32_u", Unary, "s", FLOAT, "`dst = arg`, exact"),
    fam("f64_convert_i64_s", "convert::f64_convert_i64_s", Unary, GROUPED, FLOAT, "`dst` = nearest f64 of `arg`"),
    fam("f64_convert_i64_u", "convert::f64_convert_i64_u", Unary, "s", FLOAT, "`dst` = nearest f64 of `arg`"),
    fam("f32_demote_f64", "convert::f32_demote_f64", Unary, GROUPED, FLOAT, "`dst` = nearest f32 of `arg`"),
    fam("f64_promote_f32", "convert::f64_promote_f32", Unary, GROUPED, FLOAT, "`dst = arg`, exact"),
];

/// Rows of several families; what they read and write, and in which order, is as in `ss` and `s`.
#[rustfmt::skip]
pub const GROUPS: &[Group] = &[
    group("i32_bits", &["i32_clz", "i32_ctz", "i32_popcnt"]),
    group("extend", &["i32_extend8_s", "i32_extend16_s", "i64_extend8_s", "i64_extend16_s"]),
    group("float_sign", &["f32_abs", "f32_neg", "f64_abs", "f64_neg"]),
    group("float_round", &["f32_ceil", "f32_floor", "f32_trunc", "f64_ceil", "f64_floor", "f64_trunc", "f64_nearest"]),
    group("float_trunc", &["i32_trunc_f32_s", "i32_trunc_f32_u", "i32_trunc_f64_s", "i32_trunc_f64_u", "i64_trunc_f32_s", "i64_trunc_f32_u", "i64_trunc_f64_s", "i64_trunc_f64_u"]),
    group("float_trunc_sat", &["i32_trunc_sat_f32_s", "i32_trunc_sat_f64_s", "i32_trunc_sat_f64_u", "i64_trunc_sat_f32_s", "i64_trunc_sat_f32_u", "i64_trunc_sat_f64_s", "i64_trunc_sat_f64_u"]),
    group("float_convert", &["f32_convert_i32_s", "f32_convert_i64_s", "f32_convert_i64_u", "f64_convert_i64_s", "f32_demote_f64", "f64_promote_f32"]),
    group("i64_divide", &["i64_div_s", "i64_rem_s", "i64_rem_u"]),
    group("rotr", &["i32_rotr", "i64_rotr"]),
    group("float_min_max", &["f32_min", "f32_max", "f64_min", "f64_max"]),
    group("float_eq_ne", &["f32_eq", "f32_ne", "f64_eq", "f64_ne"]),
];

/// Ops with a handler of their own.
#[rustfmt::skip]
pub const SINGLES: &[Single] = &[
    // --- control -----------------------------------------------------------------------------------
    op("unreachable", &[], TRAPS.union(JUMP), "trap"),
    op("fuel", &[("to", Fuel)], Effects::PAY, "top the credit up to `to` units: charge the difference and poll"),
    op("zero", &[("dst", Dst), ("count", Count)], NONE, "`dst .. dst + count = 0`; costs `1 + count / 64`"),
    op("copy", &[("dst", Dst), ("src", Src)], NONE, "`dst = src`"),
    op("copy_a", &[("dst", Dst)], ACC_IN, "`dst = acc`"),
    op("copy_n", &[("src", Src)], ACC_SET, "`acc = src`"),
    op("const_u", &[("dst", Dst), ("value", Imm32)], ACC_SET, "`dst = zext64(value)`"),
    op("const_s", &[("dst", Dst), ("value", Imm32)], ACC_SET, "`dst = sext64(value)`"),
    op("const_u_n", &[("value", Imm32)], ACC_SET, "`acc = zext64(value)`"),
    op("const_pool", &[("dst", Dst), ("value", Pool)], ACC_SET, "`dst = pool[value]`"),
    op("const_pool_n", &[("value", Pool)], ACC_SET, "`acc = pool[value]`"),
    op("select", &[("dst", Dst), ("lhs", Src), ("rhs", Src), ("cond", Src)], ACC_SET, "`dst = cond as i32 != 0 ? lhs : rhs`"),
    op("select_a", &[("dst", Dst), ("lhs", Src), ("rhs", Src)], ACC_IN.union(ACC_SET), "`dst = acc as i32 != 0 ? lhs : rhs`"),
    op("br", &[("to", Leader32)], JUMP, "jump"),
    op("br_pay", &[("to", Leader32)], JUMP.union(Effects::PAY), "jump; charges"),
    op("br_if_s", &[("cond", Src), ("to", Leader32)], NONE, "jump if `cond as i32 != 0`"),
    op("br_if_s_pay", &[("cond", Src), ("to", Leader32)], Effects::PAY, "jump if `cond as i32 != 0`; charges"),
    op("br_if_a", &[("to", Leader32)], ACC_IN, "jump if `acc as i32 != 0`"),
    op("br_if_a_pay", &[("to", Leader32)], ACC_IN.union(Effects::PAY), "jump if `acc as i32 != 0`; charges"),
    op("br_ifz_s", &[("cond", Src), ("to", Leader32)], NONE, "jump if `cond as i32 == 0`"),
    op("br_ifz_s_pay", &[("cond", Src), ("to", Leader32)], Effects::PAY, "jump if `cond as i32 == 0`; charges"),
    op("br_ifz_a", &[("to", Leader32)], ACC_IN, "jump if `acc as i32 == 0`"),
    op("br_ifz_a_pay", &[("to", Leader32)], ACC_IN.union(Effects::PAY), "jump if `acc as i32 == 0`; charges"),
    op("br_table", &[("index", Src), ("table", BrTable)], JUMP, "jump to arm `min(index as u32, last)`"),
    op("br_table_pay", &[("index", Src), ("table", BrTable)], JUMP.union(Effects::PAY), "jump to arm `min(index as u32, last)`; charges"),
    op("br_table_a", &[("table", BrTable)], JUMP.union(ACC_IN), "jump to arm `min(acc as u32, last)`"),
    op("br_table_a_pay", &[("table", BrTable)], JUMP.union(ACC_IN).union(Effects::PAY), "jump to arm `min(acc as u32, last)`; charges"),
    // --- call --------------------------------------------------------------------------------------
    op("ret", &[], JUMP.union(Effects::RET), "return; no results"),
    op("ret_s", &[("src", Src)], JUMP.union(Effects::RET), "return `src`"),
    op("ret_a", &[], JUMP.union(Effects::RET).union(ACC_IN), "return `acc`"),
    op("ret_n", &[("src", Src), ("count", Count)], JUMP.union(Effects::RET), "return the `count` values from `src` on"),
    op("call", &[("base", CallBase), ("func", Func)], CALLS.union(Effects::CERTIFIED), "certified call; arguments and results at `base`"),
    op("callx", &[("base", CallBase), ("func", Func)], CALLS, "call with a run-time stack test"),
    op("call_import", &[("base", CallBase), ("func", Import)], CALLS.union(Effects::SLOW), "call of an imported function"),
    op("call_indirect", &[("base", CallBase), ("index", Src), ("sig", Sig)], CALLS.union(Effects::CERTIFIED), "certified call through table 0"),
    op("callx_indirect", &[("base", CallBase), ("index", Src), ("sig", Sig)], CALLS, "call through table 0 with a run-time stack test"),
    op("callx_indirect_t", &[("base", CallBase), ("index", Src), ("sig", Sig), ("table", Table)], CALLS, "call through any table with a run-time stack test"),
    op("ref_func", &[("dst", Dst), ("func", FuncRef)], ACC_SET, "`dst` = reference to the function"),
    // --- globals and memory ------------------------------------------------------------------------
    op("global_get", &[("dst", Dst), ("global", Global)], ACC_SET, "`dst = global`"),
    op("global_get_n", &[("global", Global)], ACC_SET, "`acc = global`"),
    op("global_set_s", &[("src", Src), ("global", GlobalMut)], NONE, "`global = src`"),
    op("global_set_a", &[("global", GlobalMut)], ACC_IN, "`global = acc`"),
    op("global_get_import", &[("dst", Dst), ("global", GlobalImport)], Effects::SLOW.union(ACC_SET), "`dst` = imported global"),
    op("global_set_import", &[("src", Src), ("global", GlobalImportMut)], Effects::SLOW, "imported global `= src`"),
    op("memory_size", &[("dst", Dst)], ACC_SET, "`dst` = pages of 64 KiB"),
    op("memory_grow", &[("dst", Dst), ("pages", Src)], SLOW.union(Effects::GROWS), "`dst` = old pages, or -1 (i32) if the memory can't grow by `pages`"),
    op("memory_copy", &[("args", Window(3))], STORES.union(LOADS).union(CLOBBER), "copy `args[2]` bytes from `args[1]` to `args[0]`; consumes `args`"),
    op("memory_fill", &[("args", Window(3))], STORES.union(CLOBBER), "set `args[2]` bytes at `args[0]` to `args[1]`; consumes `args`"),
    op("memory_init", &[("args", Window(3)), ("data", Data)], SLOW.union(STORES), "copy `args[2]` bytes of the segment from `args[1]` to `args[0]`; consumes `args`"),
    op("data_drop", &[("data", Data)], SLOW, "drop the segment"),
    op("table_get", &[("dst", Dst), ("index", Src), ("table", Table)], SLOW, "`dst = table[index]`"),
    op("table_set", &[("index", Src), ("value", Src), ("table", Table)], SLOW, "`table[index] = value`"),
    op("table_size", &[("dst", Dst), ("table", Table)], SLOW, "`dst` = elements"),
    op("table_grow", &[("dst", Dst), ("value", Src), ("count", Src), ("table", Table)], SLOW.union(Effects::GROWS), "`dst` = old size, or -1 (i32)"),
    op("table_fill", &[("args", Window(3)), ("table", Table)], SLOW, "set `args[2]` elements from `args[0]` on to `args[1]`; consumes `args`"),
    op("table_copy", &[("args", Window(3)), ("dst_table", Table), ("src_table", Table)], SLOW, "copy `args[2]` elements from `args[1]` to `args[0]`; consumes `args`"),
    op("table_init", &[("args", Window(3)), ("table", Table), ("elem", Elem)], SLOW, "copy `args[2]` elements of the segment from `args[1]` to `args[0]`; consumes `args`"),
    op("elem_drop", &[("elem", Elem)], SLOW, "drop the segment"),
];

/// One-word ops that often follow each other, as one op of one or two words: `first_then_second`, and so on. It
/// does what they do, one after the other, with one dispatch. The fields of all stand in their order; those of an op
/// are in one word. A word has room for one op that may trap: the trap's place is that word. A `br_table` needs its
/// `_pay` form, too.
#[rustfmt::skip]
pub const CHAINS: &[&str] = &[
    "and_ai_n i64_mul_as const_u",
    "and_as and_ss_n",
    "and_as_n and_as br_eq_ai_pay",
    "and_as_n i32_add_as_n i32_add_ai_n store8_as",
    "and_si i32_add_as_n i32_add_ai_n",
    "and_si i32_add_as_n i32_add_ai_n load16_u_a_n",
    "and_si load8_u_s",
    "and_si_n br_if_a",
    "and_si_n br_ne_ai_pay",
    "const_u br",
    "const_u br_i32_lt_s_si",
    "const_u br_table",
    "const_u br_table_pay",
    "const_u const_u",
    "const_u_n and_as",
    "const_u_n and_as_n store64_sa",
    "copy br",
    "copy br_ne_ss",
    "copy br_ne_ss_pay",
    "copy const_u",
    "copy copy",
    "copy i32_add_si",
    "copy loop_i32_ne_z_pay",
    "copy_a copy",
    "f32_convert_i32_u_a i32_add_si_n load8_u_a_n f32_convert_i32_u_a_n f32_mul_as",
    "f32_le_ss select_a",
    "f32_lt_ss select_a",
    "f64_add_as f64_sqrt_a f64_mul_as_n f64_div_sa",
    "f64_add_ss_n f64_mul_as_n f64_add_as",
    "f64_mul_as const_pool_n f64_add_as_n",
    "f64_mul_as f64_mul_ss",
    "f64_mul_as load64_s_n f64_add_as_n",
    "f64_mul_as_n f64_add_as store64_sa",
    "f64_mul_as_n f64_add_as_n store64_sa",
    "f64_mul_as_n f64_sub_sa_n store64_sa",
    "f64_mul_ss f64_add_as_n br_f64_le_as_pay",
    "f64_mul_ss f64_add_as_n br_f64_not_le_as_pay",
    "f64_mul_ss_n f64_add_as",
    "f64_mul_ss_n f64_mul_as_n f64_add_as_n store64_sa",
    "f64_mul_ss_n f64_mul_as_n f64_sub_sa_n store64_sa",
    "f64_sub_ss_n f64_add_as",
    "global_get_n i32_add_ai",
    "i32_add_ai_n load8_u_a_n f32_convert_i32_u_a_n f32_mul_as",
    "i32_add_as i32_add_as",
    "i32_add_as_n load16_u_a br_ifz_a",
    "i32_add_as_n load64_a_n store64_sa",
    "i32_add_as_n load8_u_a_n i32_add_as_n i32_shl_ai_n i32_add_as_n",
    "i32_add_si br_gt_u_si_pay",
    "i32_add_si br_pay",
    "i32_add_si copy",
    "i32_add_si copy_a",
    "i32_add_si f64_mul_ss_n",
    "i32_add_si i32_add_si",
    "i32_add_si i32_add_si_n",
    "i32_add_si i32_add_ss_n",
    "i32_add_si i32_add_ss_n load8_u_a_n",
    "i32_add_si i32_shl_si_n i32_add_as_n",
    "i32_add_si i64_add_ss",
    "i32_add_si load32_u_s_n i32_shl_ai_n",
    "i32_add_si load64_a",
    "i32_add_si load64_a_n",
    "i32_add_si load64_a_n br_ne_ai_pay",
    "i32_add_si load64_a_n f64_sub_sa",
    "i32_add_si load64_a_n i64_add_as_n",
    "i32_add_si loop_i32_lt_u_u_pay",
    "i32_add_si loop_i32_ne_z_pay",
    "i32_add_si store32_sa",
    "i32_add_si_n and_ai_n br_gt_u_ai_pay",
    "i32_add_si_n br_table_a",
    "i32_add_si_n br_table_a_pay",
    "i32_add_si_n global_set_a",
    "i32_add_si_n load32_u_a",
    "i32_add_si_n load64_a",
    "i32_add_si_n load64_a_n",
    "i32_add_si_n load64_a_n f64_sub_sa",
    "i32_add_si_n load8_u_a_n",
    "i32_add_si_n load8_u_a_n f32_convert_i32_u_a_n f32_mul_as_n f32_add_as",
    "i32_add_si_n load8_u_a_n xor_as_n i32_mul_as",
    "i32_add_si_n store8_sa",
    "i32_add_ss i32_add_ai_n",
    "i32_add_ss i32_add_ai_n load8_u_a_n",
    "i32_add_ss i32_mul_si",
    "i32_add_ss load8_u_a_n",
    "i32_add_ss load8_u_a_n xor_as_n",
    "i32_add_ss loop_i32_ne_u_pay",
    "i32_add_ss loop_i32_ne_z_pay",
    "i32_add_ss store32_sa",
    "i32_add_ss store8_si",
    "i32_add_ss xor_ss_n and_as_n",
    "i32_add_ss_n br_ge_u_as_pay",
    "i32_add_ss_n i32_add_ai",
    "i32_add_ss_n load8_u_a_n i32_add_as_n load8_u_a_n",
    "i32_add_ss_n store8_as",
    "i32_load8_s_s br_i32_lt_s_si",
    "i32_mul_ai_n store8_sa",
    "i32_mul_ai_n store8_sa i32_add_si",
    "i32_mul_as_n i32_add_as i32_add_si",
    "i32_mul_as_n store32_sa i32_add_si",
    "i32_mul_si_n i32_add_as",
    "i32_rotl_si_n xor_as",
    "i32_rotl_si_n xor_as_n i32_add_as",
    "i32_shl_ai_n i32_add_ai br_pay",
    "i32_shl_ai_n i32_add_as_n",
    "i32_shl_ai_n i32_sub_sa_n i32_add_ai load32_u_a_n",
    "i32_shl_si_n i32_add_as",
    "i32_shl_si_n i32_add_as_n",
    "i32_shl_si_n i32_sub_sa_n i32_add_ai",
    "i32_shr_u_ai_n xor_as i32_shl_ai_n xor_as",
    "i32_shr_u_si_n xor_as",
    "i32_shr_u_si_n xor_as_n",
    "i32_shr_u_si_n xor_as_n i32_add_as_n i32_add_as",
    "i32_shr_u_ss loop_i32_ne_z_pay",
    "i32_sub_sa_n and_as br_gt_u_as_pay",
    "i64_add_as and_ai_n xor_as_n store64_sa",
    "i64_add_as br_gt_u_si_pay",
    "i64_add_as i64_clz_s",
    "i64_add_as i64_shr_u_si_n",
    "i64_add_as_n xor_as i64_add_ss",
    "i64_add_si br_ne_ai_pay",
    "i64_add_ss i64_shr_u_ai_n xor_as_n",
    "i64_ctz_s i32_shr_u_ai_n i32_add_as_n",
    "i64_ctz_s i32_shr_u_ai_n i32_add_as_n and_as",
    "i64_ctz_s i64_popcnt_s",
    "i64_extend32_s_s_n i64_add_as_n",
    "i64_load32_s_s store64_sa",
    "i64_mul_as i64_rotl_ss",
    "i64_mul_as_n i64_add_as i64_shl_ai_n i64_add_as",
    "i64_mul_as_n i64_add_as store32_sa",
    "i64_mul_as_n i64_rotl_ai i32_add_si_n load8_u_a_n",
    "i64_mul_as_n i64_shr_u_ai f64_convert_i64_u_s f64_mul_as_n",
    "i64_mul_as_n i64_shr_u_ai i64_add_si",
    "i64_mul_as_n i64_shr_u_ai i64_mul_si_n i64_shr_u_ai_n",
    "i64_mul_as_n i64_shr_u_ai i64_mul_ss_n",
    "i64_mul_as_n i64_shr_u_ai_n br_table_a",
    "i64_mul_as_n i64_shr_u_ai_n br_table_a_pay",
    "i64_mul_as_n i64_shr_u_ai_n i32_mul_ai",
    "i64_mul_as_n i64_shr_u_ai_n i32_shl_ai",
    "i64_mul_as_n i64_shr_u_ai_n i32_shl_ai_n i32_add_as load32_u_a_n",
    "i64_mul_ss_n i64_add_as_n i64_add_as_n store64_sa",
    "i64_shl_ai_n xor_as i64_shr_u_ai_n xor_as",
    "i64_shl_si_n and_as_n and_as_n br_ne_ai_pay",
    "i64_shl_si_n xor_as",
    "i64_shr_u_ai_n xor_as",
    "i64_shr_u_ai_n xor_as i32_wrap_a and_as",
    "i64_shr_u_ai_n xor_as i64_shl_ai_n xor_as",
    "i64_shr_u_ai_n xor_as_n i32_wrap_a and_as i32_add_as_n",
    "i64_shr_u_si_n xor_as",
    "load32_u_a br_gt_u_as_pay",
    "load32_u_a copy",
    "load32_u_s and_ai_n br_if_a",
    "load32_u_s and_si_n",
    "load32_u_s br_i32_ge_s_as_pay",
    "load32_u_s br_i32_gt_s_as_pay",
    "load32_u_s br_i32_le_s_as_pay",
    "load32_u_s br_if_a_pay",
    "load32_u_s br_ifz_a",
    "load32_u_s br_le_u_as_pay",
    "load32_u_s i32_shl_as or_as_n",
    "load32_u_s i32_sub_as_n br_ge_u_as_pay",
    "load32_u_s load32_u_s",
    "load32_u_s load32_u_s_n",
    "load32_u_s_n i32_add_as",
    "load32_u_s_n i32_sub_as_n br_ge_u_as_pay",
    "load64_a_n and_as br_ne_ai_pay",
    "load64_s i64_mul_si_n",
    "load64_s_n f64_mul_as_n f64_add_as_n store64_sa",
    "load64_s_n store64_sa",
    "load8_u_a i32_add_as_n load8_u_a_n br_ifz_a",
    "load8_u_a i32_add_si_n load8_u_a_n",
    "load8_u_a_n f32_convert_i32_u_a_n f32_mul_as_n f32_add_as_n f32_sub_sa f32_mul_as_n",
    "load8_u_a_n i32_shl_ai_n or_as_n i32_mul_as_n i32_shr_u_ai_n and_ai_n",
    "load8_u_s i32_add_si_n load8_u_a_n",
    "load8_u_s load8_u_s",
    "load8_u_s_n br_table_a",
    "load8_u_s_n br_table_a_pay",
    "lt_u_ss_n select_a",
    "or_ai i64_div_u_ss",
    "or_si_n store32_sa",
    "store32_as i32_add_si",
    "store32_sa i32_add_si",
    "store32_sa store32_ss",
    "store32_ss store32_ss",
    "store64_sa br_pay",
    "store64_sa i32_add_si",
    "store64_sa load64_s",
    "store8_sa i32_add_si",
    "store8_sa loop_i32_ne_z_pay",
    "xor_as const_pool_n",
    "xor_as_n and_ai_n i32_shl_ai_n i32_add_as_n load32_u_a",
    "xor_as_n i32_add_as i32_rotl_si",
    "xor_as_n i64_mul_as",
    "xor_as_n i64_mul_as i32_add_si",
    "xor_as_n i64_mul_as_n i64_rotl_ai",
];
