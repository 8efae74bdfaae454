//! References that a hostile image makes out of numbers: the checker has no types, so it lets them be written to a
//! table, and their use must come to nothing worse than a trap.

use kengine::{Mode, trap::TrapCode};
use testsuite::{
    guest::{End, Guest},
    pipeline,
};

/// `$hidden` is in no table, is not exported and is not named by `ref.func`: no reference to it may be used.
const WAT: &str = r#"(module
  (table 1 funcref)
  (func $hidden (result i32) (i32.const 42))
  (func $open (result i32) (i32.const 7))
  (elem declare func $open)
  (func (export "run") (result i32)
    (table.set 0 (i32.const 0) (ref.func $open))
    (drop (call $hidden))
    (call_indirect (result i32) (i32.const 0))))"#;

/// What `run` comes to if the reference is this number instead.
fn run(reference: Option<u32>, mode: Mode) -> End {
    let image = pipeline::image(&wat::parse_str(WAT).expect("the text is right")).expect("it lowers");
    let mut text = kengine::text::print(&image).expect("it prints");
    if let Some(reference) = reference {
        let at = text.find("ref_func").expect("the reference is made by an op");
        let line = text[at..].lines().next().expect("there is a line").to_string();
        let slot = line.split_whitespace().nth(1).expect("it has a destination").to_string();
        text = text.replace(&line, &format!("const_u {slot} {reference}"));
    }
    let image = kengine::text::parse(&text).expect("it parses");
    let mut guest = Guest::new(&image, mode).expect("the checker has nothing against numbers in slots");
    let func = guest.func("run").expect("it is exported");
    guest.call(func, &[], 10_000, &mut || u64::MAX)
}

#[test]
fn forged_references_trap() {
    for mode in Mode::ALL {
        assert_eq!(run(None, *mode), End::Done(vec![7]));
        // The first reference of the first instance is 1: function 0, which is not flagged.
        assert_eq!(run(Some(1), *mode), End::Trap(TrapCode::BadSignature), "an unflagged function");
        // `run` is flagged, and has the signature: a forged reference to it is as good as a real one.
        assert_eq!(run(Some(2), *mode), End::Done(vec![7]), "another flagged function");
        assert_eq!(run(Some(4), *mode), End::Trap(TrapCode::IndirectCallToNull), "one past the last");
        assert_eq!(run(Some(u32::MAX), *mode), End::Trap(TrapCode::IndirectCallToNull), "far out");
        assert_eq!(run(Some(0), *mode), End::Trap(TrapCode::IndirectCallToNull), "null");
    }
}
