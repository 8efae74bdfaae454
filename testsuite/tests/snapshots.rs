//! Long texts held whole: the IR of modules and the verifier's reports.
//!
//! `INSTA_UPDATE=always cargo test -p testsuite --test snapshots` rewrites them; read the difference
//! like code.

use kengine::text;
use testsuite::{modules::host_of, pipeline};
use verifier::{ClassPolicy, Policy, Report, verify};

/// A little of everything that a module may have.
const PARTS: &str = r#"(module
  (import "env" "print" (func $print (param i32)))
  (type $unary (func (param i32) (result i32)))
  (memory (export "memory") 1 4)
  (table $table (export "table") 3 8 funcref)
  (global $count (export "count") (mut i32) (i32.const 0))
  (global $pi f64 (f64.const 3.14159))
  (global $callback (mut funcref) (ref.func $double))
  (elem (table $table) (i32.const 1) func $double $square)
  (elem $later funcref (ref.func $square) (ref.null func))
  (data (i32.const 16) "hello\00\ff")
  (data $later "later")
  (func $double (type $unary) (i32.shl (local.get 0) (i32.const 1)))
  (func $square (type $unary) (i32.mul (local.get 0) (local.get 0)))
  (func $apply (export "apply") (param $index i32) (param $value i32) (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (call_indirect $table (type $unary) (local.get $value) (local.get $index)))
  (func $sum (export "sum") (param $n i32) (result f64) (local $i i32) (local $sum f64)
    (loop $next
      (local.set $sum (f64.add (local.get $sum) (f64.mul (f64.convert_i32_u (local.get $i)) (global.get $pi))))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $sum))
  (func $setup
    (memory.init $later (i32.const 32) (i32.const 0) (i32.const 5))
    (data.drop $later)
    (call $print (i32.load8_u offset=32 (i32.const 0))))
  (start $setup))"#;

/// Wrong in more than one way.
const BROKEN: &str = r#"(module
  (import "env" "missing" (func (param i64)))
  (memory 100)
  (func $types (result i32) (i32.add (i64.const 1) (i32.const 2)))
  (func $fine (param i32) (result i32) (local.get 0)))"#;

fn assemble(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the text format")
}

/// The whole image as text, which gives the image back.
fn ir(wasm: &[u8]) -> String {
    let image = pipeline::image(wasm).unwrap_or_else(|refusal| panic!("{refusal}"));
    let text = text::print(&image).unwrap_or_else(|error| panic!("{error:?}"));
    let back = text::parse(&text).unwrap_or_else(|error| panic!("{error}"));
    assert!(back == image, "the text gives another image");
    text
}

fn json(report: &Report) -> String {
    serde_json::to_string_pretty(&report.to_json()).expect("JSON")
}

#[test]
fn ir_of_hello_world() {
    let wasm = include_bytes!("../../usermode/examples/hello_world.wasm");
    insta::assert_snapshot!("ir_hello_world", ir(wasm));
}

#[test]
fn ir_of_all_parts() {
    insta::assert_snapshot!("ir_parts", ir(&assemble(PARTS)));
}

#[test]
fn report_of_all_parts() {
    let wasm = assemble(PARTS);
    let report = verify(&wasm, &host_of(&wasm), &Policy::default());
    insta::assert_snapshot!("report_parts_text", report.to_text(false));
    insta::assert_snapshot!("report_parts_json", json(&report));
}

#[test]
fn report_of_a_broken_module() {
    let strict = Policy { class: ClassPolicy::Bounded, max_pages: Some(16), ..Policy::default() };
    let report = verify(&assemble(BROKEN), &Default::default(), &strict);
    insta::assert_snapshot!("report_broken_text", report.to_text(false));
    insta::assert_snapshot!("report_broken_json", json(&report));
}
