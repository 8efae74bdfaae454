//! The text form of images: what `cervus dump` prints and what snapshots hold.
//!
//! ```text
//! bytes ──Image::parse──► print ──► text ──► parse ──ImageBuilder──► the same bytes
//! ```
//!
//! [`print`] takes any image whose frame is valid, checked or not, and [`parse`] gives back exactly
//! its bytes: what does not follow the usual layout (overlapping strings, words that are no op,
//! code of no function) is written in the long forms below. Operands are printed from the rows of
//! the op table; nothing here knows an op by name.
//!
//! # Form
//!
//! One statement a line, `;` starts a comment, line breaks inside brackets do not count.
//!
//! ```text
//! image version=1 class=metered start=f1 stack=20 fuel=0 capabilities=0x1
//! sig 0 (i32) -> (i64) depth=none
//! import 0 func "env" "print" sig=0 cost=10 capabilities=0x1
//! table 0 funcref min=1 max=5
//! memory 0 min=1
//! global 0 i32 mut init=5              ; or a global `gN`, a function `fN`
//! pool 0 0x123456789abcdef0
//! elem 0 active table=0 offset=0 funcref [f1, null]
//! data 0 active offset=16 "bytes\00"   ; or ("in" "pieces"), over several lines
//! export "fib" f1                      ; f, t, m, g: function, table, memory, global
//! func 1 "fib" sig=0 frame=6 depth=20 credit=12 ref
//! @0 h=3 credit=7                      ; leader: height, credit
//!      0  br_i32_lt_s_si_pay s0, 5, @0 ; word, op, operands in the row's order
//!      1  const_pool       s4, pool[0]=0x123456789abcdef0
//!      2  .word            0x0000000000000000
//! name f9 "other"                      ; a name that could not stand on its function's line
//! lines (0:35 1:40)                    ; word of CODE : wasm offset
//! rest strings ("abc")                 ; the part of a section that no record before covers
//! ```
//!
//! | operand | form | operand | form |
//! |---|---|---|---|
//! | slot, window, call base | `s4` | function (imports first), import | `f2`, `i2` |
//! | immediate | `-5` | table, element and data segment | `t0`, `e0`, `d0` |
//! | memory offset | `+16` | signature | `sig2` |
//! | leader of the function | `@3` | number of slots | `x4` |
//! | the same, relative | `@-1` | constant | `pool[3]=0x5` |
//! | global (imports first) | `g1` | branch table | `[@1, @2, @0]` or `brtab[7]` |
//!
//! Strings, types, segments and code stand in their sections one after the other. A piece that
//! repeats what stands there already is followed by its place (`"env"@0`); a piece that cannot be
//! placed is given by place and length alone (`at(5, 3)`), and `rest` brings the bytes. Numbers
//! that have no word of their own here are written `?kind:value` or `key=value`.

mod lex;
mod parse;
mod print;

pub use parse::{ParseError, parse, parse_op};
pub use print::{Options, op, print, print_func};

use crate::image::{KIND_FUNC, KIND_GLOBAL, SectionKind, valtype};
use crate::isa::{EXT, Kind};
use crate::op::{Op, Row, Words};

/// Words that begin a statement; no op has one of these names.
const KEYWORDS: [&str; 14] = [
    "image", "sig", "import", "table", "memory", "global", "pool", "elem", "data", "export", "func", "name", "lines",
    "rest",
];

/// Sections that `rest` can continue, under their names there.
const RESTS: [(&str, SectionKind); 10] = [
    ("types", SectionKind::SigTypes),
    ("leaders", SectionKind::Leader),
    ("code", SectionKind::Code),
    ("brtab", SectionKind::BrTab),
    ("sigdepths", SectionKind::SigDepth),
    ("elemitems", SectionKind::ElemItem),
    ("blob", SectionKind::Blob),
    ("strings", SectionKind::Strings),
    ("namebytes", SectionKind::NameBytes),
    ("lines", SectionKind::Line),
];

/// Value types by name.
const TYPES: [(&str, u8); 6] = [
    ("i32", valtype::I32),
    ("i64", valtype::I64),
    ("f32", valtype::F32),
    ("f64", valtype::F64),
    ("funcref", valtype::FUNCREF),
    ("externref", valtype::EXTERNREF),
];

/// Kinds of imports, by their number.
const IMPORT_KINDS: [&str; 4] = ["func", "table", "memory", "global"];
/// Prefixes of exported indices, by their kind's number.
const EXPORT_KINDS: [&str; 4] = ["f", "t", "m", "g"];
/// Prefixes of initial values, by their number; a constant has none.
const INITS: [&str; 3] = ["", "g", "f"];
/// Modes of segments, by their number.
const MODES: [&str; 3] = ["active", "passive", "declared"];

/// How an operand is written.
enum Syntax {
    /// Prefix and unsigned number.
    Number(&'static str),
    /// Prefix and index of something the image defines, counted as in wasm: imports, of the kind
    /// with this number, come first. Without an image it is `prefix+N`, counted from the first own.
    Own(&'static str, u32),
    /// Signed 16-bit number.
    Signed,
    /// 32-bit number, hexadecimal from 2^31 on.
    Bits,
    /// `@` and a leader of the function.
    Leader,
    /// `pool[index]=value`.
    Pool,
    /// Arms or `brtab[start]`.
    Arms,
}

/// How an operand of this kind is written.
fn syntax(kind: Kind) -> Syntax {
    match kind {
        Kind::Dst | Kind::Src | Kind::SrcDst | Kind::CallBase | Kind::Window(_) => Syntax::Number("s"),
        Kind::Imm16 => Syntax::Signed,
        Kind::Imm32 => Syntax::Bits,
        Kind::Off16 | Kind::Off32 => Syntax::Number("+"),
        Kind::Leader16 => Syntax::Leader,
        Kind::Leader32 => Syntax::Number("@"),
        Kind::Pool => Syntax::Pool,
        Kind::Global | Kind::GlobalMut => Syntax::Own("g", KIND_GLOBAL),
        Kind::GlobalImport | Kind::GlobalImportMut => Syntax::Number("g"),
        Kind::Func => Syntax::Own("f", KIND_FUNC),
        Kind::FuncRef => Syntax::Number("f"),
        Kind::Import => Syntax::Number("i"),
        Kind::BrTable => Syntax::Arms,
        Kind::Sig => Syntax::Number("sig"),
        Kind::Table => Syntax::Number("t"),
        Kind::Elem => Syntax::Number("e"),
        Kind::Data => Syntax::Number("d"),
        Kind::Count => Syntax::Number("x"),
        Kind::Fuel | Kind::Which(_) => Syntax::Number(""),
    }
}

/// The op that starts at `first`, if the words are one; `next` is the word after it.
fn decode(first: u64, next: Option<u64>) -> Option<(&'static Row, Words)> {
    let row = Op::from_u16(Words { first, ext: 0 }.code())?.row();
    let ext = if row.words == 2 { next.filter(|ext| ext & 0xffff == u64::from(EXT))? } else { 0 };
    let words = Words { first, ext };
    (!words.stray_bits(row)).then_some((row, words))
}
