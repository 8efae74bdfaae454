//! The text form gives back the bytes it was printed from, for every op and for any valid frame,
//! and says where a text goes wrong.

#![cfg(feature = "text")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use kengine::image::write::ImageBuilder;
use kengine::image::{
    BrTab, Code, Data, Elem, ElemItem, Export, FLAG_FLOAT, Func, Global, Header, Image, Import, KIND_FUNC, Leader,
    Memory, Name, Pool, SectionKind, Sig, SigDepth, Table,
};
use kengine::isa::Kind;
use kengine::lines::Line;
use kengine::op::{OP_COUNT, OPS, Op, Words};
use kengine::text::{self, Options, ParseError};
use proptest::prelude::*;

/// Random numbers that shrink: bytes from proptest, zero when they are used up.
struct Source<'a>(&'a [u8]);

impl Source<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn below(&mut self, n: u32) -> u32 {
        let value = u32::from(self.byte()) | u32::from(self.byte()) << 8;
        if n == 0 { 0 } else { value % n }
    }

    /// Small, large or anything, so that ranges hit and miss.
    fn number(&mut self) -> u64 {
        match self.byte() % 8 {
            0..4 => self.below(4).into(),
            4 => self.below(300).into(),
            5 => u64::MAX - u64::from(self.below(3)),
            6 => u64::from(u32::MAX) - u64::from(self.below(3)),
            _ => u64::from_le_bytes(core::array::from_fn(|_| self.byte())),
        }
    }

    fn bytes(&mut self, max: u32) -> Vec<u8> {
        (0..self.below(max)).map(|_| self.byte()).collect()
    }
}

/// An op with random fields; branch tables get the value given.
fn random_op(source: &mut Source<'_>, op: Op, table: u32) -> Words {
    let mut words = Words::new(op);
    for field in op.row().fields {
        let value = if field.kind == Kind::BrTable { table } else { source.number() as u32 };
        words.set(field.at, value);
    }
    words
}

/// An image whose functions, leaders, tables and strings stand one after the other, as `lower`
/// writes them, but with random fields everywhere.
fn usual_image(source: &mut Source<'_>) -> Vec<u8> {
    let mut b = ImageBuilder::default();
    b.header = header(source);
    let string = |b: &mut ImageBuilder, source: &mut Source<'_>, kind| {
        let (bytes, start) = (source.bytes(12), b.section(kind).len() as u32);
        b.section(kind).extend(&bytes);
        (start, bytes.len() as u32)
    };
    for _ in 0..source.below(4) {
        let (params, results) = (source.below(4) as u16, source.below(3) as u16);
        let types = b.section(SectionKind::SigTypes).len() as u32;
        for _ in 0..params + results {
            let ty = if source.byte() < 200 { 0x7c + source.byte() % 4 } else { source.byte() };
            b.section(SectionKind::SigTypes).push(ty);
        }
        b.push(SectionKind::Sig, Sig { params, results, types }.to_bytes());
        b.push(SectionKind::SigDepth, SigDepth { depth: source.number() as u32 }.to_bytes());
    }
    let mut func_index = 0;
    let mut named = |b: &mut ImageBuilder, source: &mut Source<'_>| {
        if source.byte() & 1 == 0 {
            let (name, name_len) = string(b, source, SectionKind::NameBytes);
            b.push(SectionKind::Name, Name { func: func_index, name, name_len, reserved: 0 }.to_bytes());
        }
        func_index += 1;
    };
    for _ in 0..source.below(5) {
        let (module, module_len) = string(&mut b, source, SectionKind::Strings);
        let (name, name_len) = string(&mut b, source, SectionKind::Strings);
        let import = Import {
            kind: source.below(5),
            desc: source.number() as u32,
            flags: source.below(3),
            min: source.number() as u32,
            max: source.number() as u32,
            cost: source.number() as u32,
            capabilities: source.number(),
            module,
            module_len,
            name,
            name_len,
        };
        if import.kind == KIND_FUNC {
            named(&mut b, source);
        }
        b.push(SectionKind::Import, import.to_bytes());
    }
    for _ in 0..source.below(3) {
        let limits = (source.below(3), source.number() as u32, source.number() as u32);
        let table = Table { ty: 0x6f + source.below(3), flags: limits.0, min: limits.1, max: limits.2 };
        b.push(SectionKind::Table, table.to_bytes());
        let memory = Memory { flags: limits.0, min: limits.1, max: limits.2, reserved: source.below(2) };
        b.push(SectionKind::Memory, memory.to_bytes());
        let ty = 0x7b + source.below(6) as u16;
        let global = Global { ty, mutable: source.below(3) as u16, init: source.below(4), value: source.number() };
        b.push(SectionKind::Global, global.to_bytes());
        b.push(SectionKind::Pool, Pool { value: source.number() }.to_bytes());
    }
    for _ in 0..source.below(3) {
        let item = b.section(SectionKind::ElemItem).len() as u32 / ElemItem::LEN as u32;
        let item_len = source.below(40);
        for _ in 0..item_len {
            let item = ElemItem { init: source.below(4), index: source.number() as u32 };
            b.push(SectionKind::ElemItem, item.to_bytes());
        }
        let place = (source.below(4), source.number() as u32);
        let elem = Elem {
            mode: source.below(4),
            table: source.below(2),
            offset_init: place.0,
            offset: place.1,
            item,
            item_len,
            ty: source.number() as u32,
            reserved: source.below(2),
        };
        b.push(SectionKind::Elem, elem.to_bytes());
        let (start, blob) = (b.section(SectionKind::Blob).len() as u32, source.bytes(300));
        b.section(SectionKind::Blob).extend(&blob);
        let data = Data {
            mode: source.below(4),
            offset_init: place.0,
            offset: place.1,
            start,
            len: blob.len() as u32,
            reserved: source.below(2),
        };
        b.push(SectionKind::Data, data.to_bytes());
        let (name, name_len) = string(&mut b, source, SectionKind::Strings);
        let export = Export { kind: source.below(5), index: source.number() as u32, name, name_len };
        b.push(SectionKind::Export, export.to_bytes());
    }
    let mut last_line = Line::default();
    for _ in 0..source.below(4) {
        named(&mut b, source);
        let (code, leader) = (b.section(SectionKind::Code).len() / 8, b.section(SectionKind::Leader).len() / 8);
        let (mut code_len, mut leader_len) = (0, 0);
        for _ in 0..source.below(20) {
            if source.byte() < 80 {
                let (height, credit) = (source.number() as u16, source.number() as u16);
                b.push(SectionKind::Leader, Leader { pc: code_len, height, credit }.to_bytes());
                leader_len += 1;
            }
            let op = OPS[source.below(OP_COUNT as u32) as usize];
            let table = b.section(SectionKind::BrTab).len() as u32 / 4;
            if op.row().field(Kind::BrTable).is_some() {
                let arms = source.below(4);
                b.push(SectionKind::BrTab, BrTab { value: arms }.to_bytes());
                for _ in 0..=arms {
                    b.push(SectionKind::BrTab, BrTab { value: source.number() as u32 }.to_bytes());
                }
            }
            let words = random_op(source, op, table);
            b.push(SectionKind::Code, Code { word: words.first }.to_bytes());
            code_len += 1;
            if op.row().words == 2 {
                b.push(SectionKind::Code, Code { word: words.ext }.to_bytes());
                code_len += 1;
            }
            let line = Line { pc: code_len, wasm: source.number() as u32 };
            line.write(std::mem::replace(&mut last_line, line), b.section(SectionKind::Line));
        }
        let func = Func {
            code: code as u32,
            code_len,
            leader: leader as u32,
            leader_len,
            sig: source.number() as u32,
            depth: source.number() as u32,
            frame: source.number() as u16,
            credit: source.number() as u16,
            flags: source.below(3) as u16,
            reserved: source.below(2) as u16,
        };
        b.push(SectionKind::Func, func.to_bytes());
    }
    b.finish().unwrap()
}

fn header(source: &mut Source<'_>) -> Header {
    Header {
        flags: source.below(2) * FLAG_FLOAT,
        start: source.number() as u32,
        class: source.below(2),
        stack_claim: source.number(),
        fuel_claim: source.number(),
        capabilities: source.number(),
        ..Header::default()
    }
}

/// An image whose frame is valid and whose sections hold anything.
fn any_frame(source: &mut Source<'_>) -> Vec<u8> {
    let mut b = ImageBuilder::default();
    b.header = header(source);
    for kind in SectionKind::ALL {
        for _ in 0..source.below(6) {
            let mut record: Vec<u8> = Vec::new();
            if *kind == SectionKind::Code && source.byte() < 200 {
                let op = OPS[source.below(OP_COUNT as u32) as usize];
                let table = source.below(5);
                let words = random_op(source, op, table);
                record.extend(words.first.to_le_bytes());
                if words.ext != 0 && source.byte() < 200 {
                    record.extend(words.ext.to_le_bytes());
                }
            }
            while record.is_empty() || !record.len().is_multiple_of(kind.record_len()) {
                record.extend((source.number() as u32).to_le_bytes());
                if kind.record_len() < 4 {
                    record.truncate(1);
                }
            }
            b.section(*kind).extend(record);
        }
    }
    b.finish().unwrap()
}

fn round_trip(image: &[u8]) -> String {
    let text = text::print(image).unwrap();
    match text::parse(&text) {
        Ok(again) if again == image => {}
        Ok(_) => panic!("other bytes from\n{text}"),
        Err(error) => panic!("{error} in\n{text}"),
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn usual_images_round_trip(bytes in proptest::collection::vec(any::<u8>(), 0..4000)) {
        let image = usual_image(&mut Source(&bytes));
        let text = round_trip(&image);
        // The short forms suffice for the usual layout.
        for long in ["rest ", "at(", ".word", "brtab["] {
            let quoted = text.lines().all(|line| !line.contains(long) || line.contains('"'));
            prop_assert!(quoted, "{long} in\n{text}");
        }
        let parsed = Image::parse(&image).unwrap();
        for func in 0..6 {
            let options = Options { lines: true, ..Options::default() };
            let _ = text::print_func(&parsed, func, options);
        }
    }

    #[test]
    fn any_valid_frame_round_trips(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let image = any_frame(&mut Source(&bytes));
        round_trip(&image);
        let parsed = Image::parse(&image).unwrap();
        for func in [0, 1, 2, 3, 8, u32::MAX] {
            let _ = text::print_func(&parsed, func, Options { leaders: false, pcs: false, lines: true });
        }
    }

    /// A damaged text is an error or another image, never a panic, and no image is malformed.
    #[test]
    fn damaged_texts_do_no_harm(
        bytes in proptest::collection::vec(any::<u8>(), 0..1500),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), 0..8u8, "[@sg0-9()\\[\\],=\" \\\\;:?\nä-]{0,3}"), 1..4),
    ) {
        let mut text = text::print(&usual_image(&mut Source(&bytes))).unwrap();
        for (at, cut, put) in damage {
            let start = text.floor_char_boundary(at.index(text.len() + 1));
            let end = text.ceil_char_boundary((start + usize::from(cut)).min(text.len()));
            text.replace_range(start..end, &put);
        }
        if let Ok(image) = text::parse(&text) {
            prop_assert!(Image::parse(&image).is_ok());
            round_trip(&image);
        }
    }

    #[test]
    fn words_print_without_an_image(first: u64, ext: u64) {
        let _ = text::op(Words { first, ext });
        let shown = text::op(Words { first: first | 0xffff, ext });
        prop_assert_eq!(text::parse_op(&shown).unwrap(), Words { first: first | 0xffff, ext });
    }
}

#[test]
fn every_op_prints_and_parses_alone() {
    for op in OPS {
        for value in [0, 1, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, u32::MAX] {
            let mut words = Words::new(op);
            for field in op.row().fields {
                words.set(field.at, value);
            }
            let shown = text::op(words);
            assert_eq!(text::parse_op(&shown), Ok(words), "{shown}");
        }
    }
}

#[test]
fn every_op_round_trips_in_a_function() {
    let mut b = ImageBuilder::default();
    for op in OPS {
        let words = random_op(&mut Source(&[op as u16 as u8; 64]), op, 0);
        b.push(SectionKind::Code, Code { word: words.first }.to_bytes());
        if words.ext != 0 {
            b.push(SectionKind::Code, Code { word: words.ext }.to_bytes());
        }
    }
    let code_len = b.section(SectionKind::Code).len() as u32 / 8;
    b.push(SectionKind::Func, Func { code_len, ..Func::default() }.to_bytes());
    let text = round_trip(&b.finish().unwrap());
    for op in OPS {
        assert!(text.contains(&format!("  {}", op.row().name)), "{}", op.row().name);
    }
}

#[test]
fn op_names_do_not_look_like_statements() {
    // A body line begins with an op, a number, `@` or `.word`; a statement ends the body.
    for op in OPS {
        let name = op.row().name;
        let text = format!("image version=1\nfunc 0\n{name} ?");
        if op.row().fields.is_empty() {
            assert_eq!(text::parse(&text).unwrap_err().message, "expected the end of the line, found `?`");
        } else {
            let error = text::parse(&text).unwrap_err();
            assert_eq!((error.line, error.column as usize), (3, name.len() + 2), "{name}: {error}");
        }
    }
}

fn fib() -> Vec<u8> {
    const TEXT: &str = r#"
image version=1 class=bounded float start=f2 stack=20 fuel=1000 capabilities=0x1
sig 0 (i32, i64) -> (f64) depth=20
sig 1 () -> () depth=none
import 0 func "env" "print" sig=1 cost=10 capabilities=0x1 name="host_print"
import 1 memory "env" at(0, 3) min=1 max=2
table 0 funcref min=2 max=5
global 0 i32 mut init=5
global 1 funcref init=f1
pool 0 0x123456789abcdef0
elem 0 active table=0 offset=0 funcref [f1, null]
data 0 active offset=16 "a\00\"b\\\n\c3\a4"
export "fib" f1 ; a comment
func 1 "fib" sig=0 frame=6 depth=20 credit=12 ref
@0 h=3 credit=7
  i32_add_ss s4, s0, s1
  br_i32_lt_s_si_pay s0, -5, @1
  select s1, s2, s3, s4
@1 h=3 credit=0
  call s5, f1
  const_pool s4, pool[0]
  br_table s0, [@1, @0, @1]
func 2 sig=1 frame=0 depth=2 credit=3
  call_import s0, i0
  load32_u_far s1, s2, +70000
  .word 1, 0xffff
  global_set_s s1, g0
  br @7
  br_ne_ss s0, s1, @-2
  ret
name f9 "other"
lines (0:35 1:40)
"#;
    text::parse(TEXT).unwrap()
}

#[test]
fn golden() {
    let expected = r#"image version=1 class=bounded float start=f2 stack=20 fuel=1000 capabilities=0x1
sig 0 (i32, i64) -> (f64) depth=20
sig 1 () -> () depth=none
import 0 func "env" "print" sig=1 cost=10 capabilities=0x1 name="host_print"
import 1 memory "env" "env"@0 min=1 max=2
table 0 funcref min=2 max=5
global 0 i32 mut init=5
global 1 funcref init=f1
pool 0 0x123456789abcdef0
elem 0 active table=0 offset=0 funcref [f1, null]
data 0 active offset=16 "a\00\"b\\\n\c3\a4"
export "fib" f1
func 1 "fib" sig=0 frame=6 depth=20 credit=12 ref
@0 h=3 credit=7
     0  i32_add_ss       s4, s0, s1
     1  br_i32_lt_s_si_pay s0, -5, @1
     2  select           s1, s2, s3, s4
@1 h=3 credit=0
     4  call             s5, f1  ; fib
     5  const_pool       s4, pool[0]=0x123456789abcdef0
     6  br_table         s0, [@1, @0, @1]
func 2 sig=1 frame=0 depth=2 credit=3
     0  call_import      s0, i0  ; host_print
     1  load32_u_far     s1, s2, +70000
     3  unreachable
     4  .word            0x000000000000ffff
     5  global_set_s     s1, g0
     6  br               @7
     7  br_ne_ss         s0, s1, @-2
     8  ret
name f9 "other"
lines (
  0:0x23 1:0x28
)
"#;
    let text = round_trip(&fib());
    assert_eq!(text, expected);
}

/// The example in the module's documentation is a text that parses.
#[test]
fn documented_form_parses() {
    let docs = include_str!("../src/text/mod.rs");
    let from = docs.find("//! image version=").unwrap();
    let example = docs[from..].split("//! ```").next().unwrap();
    let example: String = example.lines().map(|line| format!("{}\n", line.trim_start_matches("//!"))).collect();
    round_trip(&text::parse(&example).unwrap());
}

#[test]
fn one_function() {
    let bytes = fib();
    let image = Image::parse(&bytes).unwrap();
    let shown = text::print_func(&image, 1, Options { leaders: false, pcs: false, lines: true });
    let expected = r#"func 1 "fib" sig=0 frame=6 depth=20 credit=12 ref
@0
  i32_add_ss       s4, s0, s1  ; wasm 0x23
  br_i32_lt_s_si_pay s0, -5, @1  ; wasm 0x28
  select           s1, s2, s3, s4  ; wasm 0x28
@1
  call             s5, f1  ; fib, wasm 0x28
  const_pool       s4, pool[0]=0x123456789abcdef0  ; wasm 0x28
  br_table         s0, [@1, @0, @1]  ; wasm 0x28
"#;
    assert_eq!(shown, expected);
    let import = r#"import 0 func "env" "print" sig=1 cost=10 capabilities=0x1"#;
    assert_eq!(text::print_func(&image, 0, Options::default()).trim_end(), import);
    assert_eq!(text::print_func(&image, 7, Options::default()), "; no function 7\n");
}

/// Records that share bytes do not multiply them in the text.
#[test]
fn text_stays_linear() {
    let mut b = ImageBuilder::default();
    b.section(SectionKind::Blob).resize(1 << 16, 7);
    b.section(SectionKind::Strings).resize(1 << 16, b'a');
    b.section(SectionKind::NameBytes).resize(1 << 16, b'a');
    b.push(SectionKind::BrTab, BrTab { value: 1 << 15 }.to_bytes());
    b.section(SectionKind::BrTab).resize(1 << 18, 0);
    b.push(SectionKind::Name, Name { func: 0, name: 0, name_len: 1 << 16, reserved: 0 }.to_bytes());
    for _ in 0..1000 {
        b.push(SectionKind::Data, Data { len: 1 << 16, ..Data::default() }.to_bytes());
        b.push(SectionKind::Export, Export { name_len: 1 << 16, ..Export::default() }.to_bytes());
        b.push(SectionKind::Code, Code { word: Op::BrTable as u64 }.to_bytes());
        b.push(SectionKind::Code, Code { word: Op::Call as u64 }.to_bytes());
        b.push(SectionKind::Func, Func { code_len: 1000, ..Func::default() }.to_bytes());
    }
    let image = b.finish().unwrap();
    let text = round_trip(&image);
    assert!(text.len() < 16 * image.len(), "{} from {}", text.len(), image.len());
}

#[test]
fn errors_say_where() {
    // Text after the first line, line and column, message.
    let cases: &[(&str, u32, u32, &str)] = &[
        ("func 0\n  i32_ad_ss s0, s1, s2", 3, 3, "unknown op `i32_ad_ss`; did you mean `i32_add_ss`?"),
        ("func 0\n; ä\n  ä s0", 4, 3, "unknown op `ä`"),
        ("func 0\n  copy s0 s1", 3, 11, "expected `,`, found `s1`"),
        ("func 0\n  copy s0", 3, 10, "expected `,`, found the end of the text"),
        ("func 0\n  copy s0, 1", 3, 12, "expected `s` and a number, found `1`"),
        ("func 0\n  copy s0, s65536", 3, 12, "`s65536` is no number in range"),
        ("func 0\n  ret s0", 3, 7, "expected the end of the line, found `s0`"),
        ("func 0\n  1 ret", 3, 3, "this is word 1 of the function, expected 0"),
        ("func 0\n  br_ne_ss s0, s1, @40000", 3, 20, "leader 40000 is too far from here for this op"),
        ("func 0\n  const_pool s0, pool[0]=1", 3, 26, "constant 0 of the pool is another one"),
        ("func 0\n  br_table s0, []", 3, 16, "a branch table has at least one arm"),
        ("func 0\n  i32_add s0, s1, s2", 3, 3, "unknown op `i32_add`; did you mean `i32_add_ai`?"),
        ("func 0\n@1 h=0", 3, 1, "this is leader 1, expected @0"),
        ("func 0\n@0 height=0", 3, 4, "`leader` has no attribute `height=…`"),
        ("func 0 code=at(0, 1)\nret", 3, 1, "`code=at(…)` says where the code of this function is"),
        ("func 1", 2, 6, "this has index 1, expected 0"),
        ("func 0 sig=0 sig=0", 2, 14, "`sig` stands here twice"),
        ("func 0 ref=1", 2, 8, "`func` has no attribute `ref=…`"),
        ("ret", 2, 1, "`ret` outside a function"),
        ("fnc 0", 2, 1, "unknown statement `fnc`; did you mean `func`?"),
        ("\n\npool 0 0x1ffffffffffffffff", 4, 8, "`0x1ffffffffffffffff` is no number in range"),
        ("sig 0 (i32, i31) -> ()", 2, 13, "expected a type, found `i31`"),
        ("data 0 passive \"abc\ndef\"", 2, 16, "this string is not closed on its line"),
        ("data 0 passive \"ab\\x\"", 2, 19, "unknown escape `\\x`"),
        ("data 0 passive (\n  \"ab\"\n  5)", 4, 3, "expected a string, found `5`"),
        ("export \"a\" f0\nexport \"b\"@0 f0", 3, 11, "this is not what stands there"),
        ("memory 0 min=1\nimport 0 memory \"\" \"\" min=1", 3, 1, "imports come before what the image defines"),
        ("image version=1", 2, 1, "`image` stands here twice"),
        ("rest pool (1)", 2, 6, "`rest` knows no section `pool`"),
    ];
    for (text, line, column, message) in cases {
        let expected = ParseError { line: *line, column: *column, message: (*message).into() };
        assert_eq!(text::parse(&format!("image version=1\n{text}")), Err(expected), "{text}");
    }
    for text in ["", "\n; nothing\n", "sig 0 () -> ()"] {
        assert_eq!(text::parse(text).unwrap_err().message, "the text does not begin with `image version=…`");
    }
    assert_eq!(text::parse("image version=9").unwrap_err().to_string(), "1:7: version 9 of the form, expected 1");
    for op in ["br_table s0, [@1]", "br_ne_ss s0, s1, @1", "call s0, f1"] {
        assert!(text::parse_op(op).unwrap_err().message.contains("needs") || op.contains('['), "{op}");
    }
}
