//! Bytes of any kind: the verifier never panics, and says something about all of them.

mod common;

use common::{host, module, policy};
use proptest::prelude::*;
use verifier::{ClassPolicy, Code, Policy, function_cfg, verify};

const EVERYTHING: &str = r#"(module $all
  (type $sig (func (param i32) (result i32)))
  (import "cwa" "log_write" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1 4)
  (table $t 3 funcref)
  (global $g (mut i32) (i32.const 0))
  (global $r funcref (ref.func $leaf))
  (elem (table $t) (i32.const 0) func $leaf $loops)
  (elem declare func $main)
  (data (i32.const 8) "hello")
  (func $leaf (type $sig) (local.get 0))
  (func $loops (type $sig) (local $i i32)
    (block $done (loop $outer
      (loop $inner
        (br_if $inner (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get 0))))
      (br_table $outer $done (local.get $i))))
    (if (result i32) (local.get $i) (then (i32.const 1)) (else (call $main) (i32.const 2))))
  (func $main (export "main")
    (block $out (block $in
      (br_table $in $out $in (i32.const 7)))
      (drop (call_indirect (type $sig) (i32.const 1) (i32.const 0))))
    (drop (ref.func $main))
    (memory.fill (i32.const 0) (i32.const 0) (i32.const 8))
    (call $log (i32.const 0) (i32.const 8) (i32.const 5))
    (return) (unreachable))
  (start $main))"#;

fn look_at(wasm: &[u8]) {
    let strict =
        Policy { class: ClassPolicy::Bounded, max_pages: Some(0), allowed: Some(Vec::new()), ..Policy::default() };
    for policy in [policy(), strict] {
        let report = verify(wasm, &host(), &policy);
        assert_eq!(report.accepted(), report.diagnostics.is_empty());
        assert!(!report.class_reasons.is_empty());
        let text = report.to_text(true);
        assert!(report.to_json().is_object() && !text.is_empty());
    }
    for index in 0..4 {
        if let Ok(cfg) = function_cfg(wasm, index) {
            assert!(cfg.to_dot().starts_with("digraph"));
        }
    }
}

#[test]
fn the_module_is_fine() {
    let report = verify(&module(EVERYTHING), &host(), &policy());
    assert!(report.accepted(), "{}", report.to_text(false));
}

#[test]
fn every_truncation_is_refused() {
    let wasm = module(EVERYTHING);
    for end in 0..wasm.len() {
        look_at(&wasm[..end]);
        let report = verify(&wasm[..end], &host(), &policy());
        // A cut between two sections can leave a module that is whole by itself.
        let code = report.diagnostics.first().map(|d| d.code);
        assert!(
            matches!(code, None | Some(Code::EmptyFile | Code::Truncated | Code::InvalidModule)),
            "{end}: {code:?}"
        );
    }
}

#[test]
fn every_byte_changed() {
    let wasm = module(EVERYTHING);
    for at in 0..wasm.len() {
        for value in [0x00, 0x01, 0x0b, 0x40, 0x7f, 0x80, 0xfc, 0xfd, 0xff, wasm[at] ^ 0x10] {
            let mut mutant = wasm.clone();
            mutant[at] = value;
            look_at(&mutant);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn garbage(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        look_at(&bytes);
    }

    #[test]
    fn garbage_after_a_header(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut wasm = b"\0asm\x01\0\0\0".to_vec();
        wasm.extend(bytes);
        look_at(&wasm);
    }

    #[test]
    fn garbage_as_a_body(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        let mut wasm = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a".to_vec();
        let body_len = bytes.len() as u8 + 2;
        wasm.extend([body_len + 2, 1, body_len, 0]);
        wasm.extend(bytes);
        wasm.push(0x0b);
        look_at(&wasm);
    }

    #[test]
    fn a_few_bytes_changed(changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..8)) {
        let mut wasm = module(EVERYTHING);
        for (at, value) in changes {
            let at = at % wasm.len();
            wasm[at] = value;
        }
        look_at(&wasm);
    }
}

/// Shapes on which a careless algorithm takes quadratic time or overflows the native stack.
#[test]
fn hostile_shapes_take_linear_time() {
    let deep = 100_000;
    let shapes = [
        format!("(func {} {})", "block ".repeat(deep), "end ".repeat(deep)),
        format!("(func {} {})", "loop ".repeat(deep), "end ".repeat(deep)),
        format!("(func {} {})", "loop i32.const 0 br_if 0 ".repeat(deep), "end ".repeat(deep)),
        format!("(func {} {} {})", "loop ".repeat(deep), "i32.const 0 br_if 9 ".repeat(deep), "end ".repeat(deep)),
        format!("(func block {} end)", "i32.const 0 br_if 0 ".repeat(deep)),
        format!("(func loop {} end)", "i32.const 0 br_if 0 ".repeat(deep)),
        format!("(func {} {})", "i32.const 0 if ".repeat(deep), "else end ".repeat(deep)),
        format!("(func block i32.const 0 br_table {} end)", "0 ".repeat(deep)),
        // A chain of calls as deep as the module.
        (0..20_000).map(|at| format!("(func call {})", at + 1)).collect::<String>() + "(func)",
    ];
    for shape in shapes {
        let wasm = module(&format!("(module {shape})"));
        let start = std::time::Instant::now();
        let report = verify(&wasm, &host(), &policy());
        assert!(report.accepted(), "{}", report.to_text(false));
        let time = start.elapsed();
        assert!(time.as_secs() < 5, "{time:?} for {}", &shape[..60]);
    }
}

#[test]
fn progress_reaches_the_end() {
    let wasm = module(&format!("(module {})", "(func (nop) (nop) (nop))".repeat(50_000)));
    let mut calls = Vec::new();
    verifier::verify_with_progress(&wasm, &host(), &policy(), &mut |done, total| calls.push((done, total)));
    assert!(calls.len() > 2 && calls.is_sorted());
    assert_eq!(calls.last(), Some(&(wasm.len(), wasm.len())));
}
