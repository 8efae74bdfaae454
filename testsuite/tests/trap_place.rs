//! Where a trap is reported: at the operator that trapped, also if that is one of a chain of which
//! either half may trap. In every form.

use kengine::{
    Form,
    image::Image,
    isa::Effects,
    op::{Op, Words},
};
use testsuite::{
    guest::{End, Guest},
    pipeline,
};
use wasmparser::{Operator, Parser, Payload};

/// Each function accesses memory at its first parameter, then at its second.
const MODULE: &str = r#"
(module
  (memory 1)
  (func (export "loads") (param i32 i32) (result i32)
    (local i32 i32)
    (local.set 2 (i32.load (local.get 0)))
    (local.set 3 (i32.load (local.get 1)))
    (i32.sub (local.get 2) (local.get 3)))
  (func (export "bytes") (param i32 i32) (result i32)
    (local i32 i32)
    (local.set 2 (i32.load8_u (local.get 0)))
    (local.set 3 (i32.load8_u (local.get 1)))
    (i32.sub (local.get 2) (local.get 3)))
  (func (export "stores") (param i32 i32) (result i32)
    (i32.store (local.get 0) (local.get 1))
    (i32.store (local.get 1) (local.get 0))
    (i32.const 7))
  (func (export "load_store") (param i32 i32) (result i32)
    (i64.store (local.get 1) (i64.load (local.get 0)))
    (i32.const 7)))
"#;

/// Offsets of the operators that access memory, by function.
fn accesses(wasm: &[u8]) -> Vec<Vec<u32>> {
    let mut functions = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let Payload::CodeSectionEntry(body) = payload.expect("a valid module") else { continue };
        let mut found = Vec::new();
        let mut operators = body.get_operators_reader().expect("operators");
        while !operators.eof() {
            let (op, offset) = operators.read_with_offset().expect("an operator");
            use Operator::{I32Load, I32Load8U, I32Store, I64Load, I64Store};
            if matches!(op, I32Load { .. } | I32Load8U { .. } | I32Store { .. } | I64Load { .. } | I64Store { .. }) {
                found.push(offset as u32);
            }
        }
        functions.push(found);
    }
    functions
}

/// Pairs of the image of which both halves may trap.
fn pairs(image: &Image<'_>) -> usize {
    let traps = |op: Op| op.row().effects.contains(Effects::TRAPS);
    let words = image.code().iter().map(|code| Words { first: code.word, ext: 0 });
    let parts = words.filter_map(|words| Op::from_u16(words.code())?.parts());
    parts.filter(|parts| parts.ops.iter().filter(|op| traps(**op)).count() == 2).count()
}

#[test]
fn a_trap_names_the_half_of_a_pair() {
    let wasm = wat::parse_str(MODULE).expect("a module");
    let bytes = pipeline::image(&wasm).expect("an image");
    let image = Image::parse(&bytes).expect("an image");
    assert_eq!(pairs(&image), 4, "each function has a pair");
    let lines: Vec<_> = image.lines().collect();
    let offset = |word: u32| lines[..lines.partition_point(|line| line.pc <= word)].last().map(|line| line.wasm);
    let outside = 0x1_0000;
    for form in Form::all() {
        for (name, accesses) in ["loads", "bytes", "stores", "load_store"].into_iter().zip(accesses(&wasm)) {
            for (half, args) in [[outside, 0], [0, outside]].into_iter().enumerate() {
                let mut guest = Guest::new(&bytes, form).expect("an instance");
                let func = guest.func(name).expect("an export");
                let end = guest.call(func, &args, u64::MAX, &mut || u64::MAX);
                assert!(matches!(end, End::Trap(_)), "{name} in form {form}: {end:?}");
                let word = guest.word().expect("a place");
                assert_eq!(offset(word), Some(accesses[half]), "{name} in form {form}, access {half}");
            }
        }
    }
}
