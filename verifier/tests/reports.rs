//! Whole reports, as text and as JSON, held as snapshots.

mod common;

use common::{host, module, policy};
use verifier::{Class, ClassPolicy, Policy, Report, function_cfg, verify};

const PROGRAM: &str = r#"(module
  (import "cwa" "log_write" (func $log (param i32 i32 i32)))
  (import "cwa" "resource_read" (func $read (param i32 i32 i32) (result i32)))
  (memory (export "memory") 2 16)
  (table 2 2 funcref)
  (elem (i32.const 0) $square $fib)
  (func $square (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))
  (func $_ZN5guest3fib17h0123456789abcdefE (export "fib") (param i32) (result i32)
    (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
      (then (local.get 0))
      (else (i32.add
        (call $fib (i32.sub (local.get 0) (i32.const 1)))
        (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
  (func $sum (export "sum") (param i32) (result i32) (local $total i32)
    (loop $again
      (local.set $total (i32.add (local.get $total)
        (call_indirect (param i32) (result i32) (local.get 0) (i32.const 0))))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (call $log (i32.const 6) (i32.const 0) (i32.const 4))
    (local.get $total)))"#;

fn program() -> Vec<u8> {
    module(&PROGRAM.replace("$_ZN5guest3fib17h0123456789abcdefE", "$fib (@name \"_ZN5guest3fib17h0123456789abcdefE\")"))
}

fn json(report: &Report) -> String {
    serde_json::to_string_pretty(&report.to_json()).expect("JSON")
}

#[test]
fn accepted_metered() {
    let report = verify(&program(), &host(), &policy());
    insta::assert_snapshot!("program_text", report.to_text(false));
    insta::assert_snapshot!("program_json", json(&report));
}

#[test]
fn rejected_by_policy() {
    let strict = Policy {
        class: ClassPolicy::Bounded,
        max_pages: Some(1),
        allowed: Some(vec!["log".to_owned()]),
        ..Policy::default()
    };
    let report = verify(&program(), &host(), &strict);
    insta::assert_snapshot!("program_strict_text", report.to_text(false));
    insta::assert_snapshot!("program_strict_json", json(&report));
}

#[test]
fn accepted_bounded() {
    let wasm = module(
        "(module (func $abs (export \"abs\") (param i32) (result i32)
           (if (i32.lt_s (local.get 0) (i32.const 0))
             (then (return (i32.sub (i32.const 0) (local.get 0)))))
           (local.get 0)))",
    );
    let report = verify(&wasm, &host(), &Policy { class: ClassPolicy::Bounded, ..policy() });
    assert_eq!(report.class, Class::Bounded);
    insta::assert_snapshot!("bounded_text", report.to_text(false));
    insta::assert_snapshot!("bounded_json", json(&report));
}

#[test]
fn every_missing_import_at_once() {
    let wasm = module(
        "(module
           (import \"cwa\" \"log_wrte\" (func (param i32 i32 i32)))
           (import \"cwa\" \"resource_read\" (func (param i32 i32) (result i32)))
           (import \"hexagon\" \"syscall_0\" (func (param i64)))
           (import \"env\" \"a\" (func))
           (import \"env\" \"b\" (func (result f64)))
           (import \"env\" \"memory\" (memory 1))
           (import \"env\" \"table\" (table 1 funcref))
           (import \"env\" \"base\" (global i32)))",
    );
    let report = verify(&wasm, &host(), &policy());
    insta::assert_snapshot!("imports_text", report.to_text(false));
    insta::assert_snapshot!("imports_json", json(&report));
}

/// The text of each kind of wrong file and of invalid modules.
#[test]
fn rejections() {
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("empty", Vec::new()),
        ("text", b"int main(void) { return 0; }".to_vec()),
        ("elf", b"\x7fELF\x02\x01\x01\0".to_vec()),
        ("gzip", b"\x1f\x8b\x08\0".to_vec()),
        ("html", b"<!doctype html>".to_vec()),
        ("component", b"\0asm\x0d\0\x01\0".to_vec()),
        ("version", b"\0asm\x02\0\0\0".to_vec()),
        ("image", b"\0cvi\x01\0\0\0".to_vec()),
        ("truncated", program()[..150].to_vec()),
        ("unknown", vec![0xde, 0xad, 0xbe, 0xef, 0x00]),
        ("wat", b"(module)".to_vec()),
        ("start", module("(module (func $f (param i32)) (start $f))")),
        ("body", module("(module (func $sum (result i32) (i64.const 1)))")),
        (
            "simd",
            module("(module (func $dot (result v128) (v128.const i64x2 0 0)) (func $b (drop (v128.const i64x2 0 0))))"),
        ),
        ("tail call", module("(module (func $f (return_call $f)))")),
        ("name", module("(module (func (@name \"a\\nerror[W9999]: \\u{1b}[31mforged\") (result i32)))")),
        ("locals", module(&format!("(module (func (local {})))", "i32 ".repeat(50_001)))),
    ];
    let mut text = String::new();
    for (name, wasm) in cases {
        text.push_str(&format!("=== {name}\n{}\n", verify(&wasm, &host(), &policy()).to_text(false)));
    }
    insta::assert_snapshot!("rejections", text);
}

#[test]
fn colour_changes_nothing_else() {
    let report = verify(&program(), &host(), &policy());
    let coloured = report.to_text(true);
    assert!(coloured.contains("\x1b[1;32maccepted\x1b[0m"));
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\x1b') {
        plain.push_str(before);
        rest = after.split_once('m').expect("a colour").1;
    }
    plain.push_str(rest);
    assert_eq!(plain, report.to_text(false));
}

#[test]
fn graphs() {
    let cfg = function_cfg(&program(), 4).expect("a graph");
    insta::assert_snapshot!("sum_dot", cfg.to_dot());
    insta::assert_snapshot!("sum_svg", cfg.to_svg());
    let errors: Vec<String> = [
        function_cfg(&program(), 0),
        function_cfg(&program(), 99),
        function_cfg(b"hello", 0),
        function_cfg(&module("(module (func $f (result i32)))"), 0),
    ]
    .into_iter()
    .map(|result| result.err().map_or_else(|| "fine".to_owned(), |error| error.to_string()))
    .collect();
    insta::assert_snapshot!("graph_errors", errors.join("\n"));
}

/// The table does not drown the reader.
#[test]
fn many_functions() {
    let text: String = (0..60).map(|at| format!("(func {})", "loop br 0 end ".repeat(at % 3))).collect();
    let report = verify(&module(&format!("(module {text})")), &host(), &policy());
    let lines = report.to_text(false).lines().count();
    assert!(lines < 80, "{lines}");
    assert_eq!(report.functions.len(), 60);
}
