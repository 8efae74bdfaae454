//! 10^8 ops, and every row some 10^5 times, on a native stack of 256 KiB.
//!
//! The tail modes keep the native stack flat only if every handler leaves by a jump. A single one
//! that calls its successor would lose at least 16 bytes each time, and end the process here. The thread
//! that the operating system then names says which form and row it was.

use fastrand::Rng;
use kengine::{
    Form,
    isa::Kind,
    op::{OPS, Op},
};
use std::thread::Builder;
use testsuite::{
    guest::{End, Guest},
    pipeline,
    rows::{SLOTS, Subject},
};

/// Bytes of native stack.
const STACK: usize = 256 << 10;
/// Runs of each row: the stack would not even hold a return address for each.
const RUNS: u32 = 1 << 16;

/// Runs `body` on a small stack of this name.
fn on_small_stack(name: String, body: impl FnOnce() + Send + 'static) {
    let thread = Builder::new().name(name.clone()).stack_size(STACK).spawn(body);
    let ended = thread.unwrap_or_else(|error| panic!("{name}: {error}")).join();
    assert!(ended.is_ok(), "{name}: see above");
}

/// Twelve ops a turn at least: arithmetic, memory, a call, an indirect call, a branch table, floats.
const MIXED: &str = r#"(module
    (memory 1)
    (table 2 funcref)
    (elem (i32.const 0) $inc $dec)
    (func $inc (param i64) (result i64) (i64.add (local.get 0) (i64.const 1)))
    (func $dec (param i64) (result i64) (i64.sub (local.get 0) (i64.const 1)))
    (func (export "run") (param $turns i32) (result i64)
        (local $sum i64) (local $f f64)
        (loop $again
            (i64.store (i32.and (local.get $turns) (i32.const 0xfff8)) (local.get $sum))
            (local.set $sum (i64.add (local.get $sum)
                (i64.load (i32.and (i32.mul (local.get $turns) (i32.const 24)) (i32.const 0xfff8)))))
            (local.set $sum (call $inc (local.get $sum)))
            (local.set $sum (call_indirect (param i64) (result i64) (local.get $sum)
                (i32.and (local.get $turns) (i32.const 1))))
            (block $a (block $b (block $c
                (br_table $a $b $c (i32.and (local.get $turns) (i32.const 3))))
                (local.set $f (f64.add (local.get $f) (f64.const 0.5))))
                (local.set $sum (i64.rotl (local.get $sum) (i64.const 7))))
            (local.set $turns (i32.sub (local.get $turns) (i32.const 1)))
            (br_if $again (i32.ne (local.get $turns) (i32.const 0))))
        (i64.add (local.get $sum) (i64.trunc_f64_s (local.get $f)))))"#;
/// So many make 10^8 ops.
const TURNS: u64 = 100_000_000 / 12;

#[test]
fn a_hundred_million_ops() {
    let wasm = wat::parse_str(MIXED).expect("well-formed");
    let image = pipeline::image(&wasm).unwrap_or_else(|refusal| panic!("{refusal}"));
    let mut ends = Vec::new();
    for form in Form::all() {
        let image = image.clone();
        let (send, receive) = std::sync::mpsc::channel();
        on_small_stack(form.to_string(), move || {
            let mut guest = Guest::new(&image, form).expect("loads");
            let effect = guest.effect("run", &[TURNS], u64::MAX, &mut || u64::MAX);
            send.send(effect).expect("somebody listens");
        });
        ends.push(receive.recv().expect("the thread has sent it"));
    }
    assert!(matches!(ends[0].end, End::Done(_)), "{:?}", ends[0].end);
    assert!(ends[0].fuel >= 100_000_000, "{:?}", ends[0]);
    assert!(ends.iter().all(|end| *end == ends[0]), "{ends:#?}");
}

#[test]
fn every_row() {
    // Operands of 1 let no row trap but `unreachable`.
    const ONES: [u64; SLOTS as usize] = [1; SLOTS as usize];
    for form in Form::all() {
        for op in OPS.into_iter().filter(|op| *op != Op::Unreachable) {
            on_small_stack(format!("{form}: {}", op.row().name), move || {
                let mut subject = Subject::random(op, &mut Rng::with_seed(1));
                for (field, value) in &mut subject.fields {
                    if matches!(field.kind, Kind::Imm16 | Kind::Imm32 | Kind::Off16 | Kind::Off32) {
                        *value = 1;
                    }
                }
                let end = subject.load(1, form).instance().repeat(&ONES, RUNS);
                assert_eq!(end, Ok(Vec::new()), "{subject:?}");
            });
        }
    }
}
