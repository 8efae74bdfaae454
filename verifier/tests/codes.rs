//! Each diagnostic code: modules that get exactly that code, and a near neighbour that does not.

mod common;

use common::{host, module, policy};
use verifier::{ClassPolicy, Code, Policy, verify};

/// Bytes and policy that get `code`, and the nearest thing to them that is accepted.
struct Case {
    code: Code,
    fails: Vec<(Vec<u8>, Policy)>,
    passes: (Vec<u8>, Policy),
}

fn case(code: Code, fails: &[(&str, Policy)], passes: (&str, Policy)) -> Case {
    Case {
        code,
        fails: fails.iter().map(|(text, policy)| (module(text), policy.clone())).collect(),
        passes: (module(passes.0), passes.1),
    }
}

fn bytes(code: Code, fails: &[&[u8]]) -> Case {
    Case {
        code,
        fails: fails.iter().map(|bytes| (bytes.to_vec(), policy())).collect(),
        passes: (module("(module)"), policy()),
    }
}

fn values(keyword: &str, count: usize) -> String {
    format!("({keyword} {})", "i32 ".repeat(count))
}

fn cases() -> Vec<Case> {
    let bounded = || Policy { class: ClassPolicy::Bounded, ..policy() };
    let pages = |max| Policy { max_pages: Some(max), ..policy() };
    let allow =
        |names: &[&str]| Policy { allowed: Some(names.iter().map(|name| name.to_string()).collect()), ..policy() };
    let simd = "(module (func $f (drop (v128.const i64x2 0 0))))";
    let cut = module("(module (func (nop)))");
    let many_bad = format!("(module {})", "(func (result i32))".repeat(25));
    vec![
        bytes(Code::EmptyFile, &[b""]),
        bytes(
            Code::TextFile,
            &[b"#!/bin/sh\necho hello\n", b"fn main() {}", "// gr\u{fc}n".as_bytes(), b"<?xml version='1.0'?>"],
        ),
        bytes(
            Code::ForeignBinary,
            &[b"\x7fELF\x02\x01\x01\0\0\0", b"MZ\x90\0\x03\0\0\0", b"!<arch>\nlib.o", b"BC\xc0\xde\x35\x14"],
        ),
        bytes(
            Code::Compressed,
            &[b"\x1f\x8b\x08\0\0\0\0\0\0\x03", b"PK\x03\x04\x14\0", b"\x28\xb5\x2f\xfd\0\0\0\0"],
        ),
        bytes(Code::WebPage, &[b"<!DOCTYPE html>\n<html>", b"\n  <HTML><body>404"]),
        bytes(Code::Component, &[b"\0asm\x0d\0\x01\0", b"\0asm\x0e\0\x01\0\x07\x01"]),
        bytes(Code::UnknownVersion, &[b"\0asm\x02\0\0\0", b"\0asm\x0d\0\0\0", b"\0asm\0\0\0\x01"]),
        bytes(Code::CervusImage, &[b"\0cvi", b"\0cvi\x01\0\0\0\0\0\0\0"]),
        bytes(
            Code::Truncated,
            &[b"\0", b"\0asm", b"\0asm\x01\0\0", b"\0asm\x01\0\0\0\x01", &cut[..cut.len() - 1]],
        ),
        bytes(Code::NotWasm, &[b"\xff\xfe\xfd\xfc", b"\0\0\0\0\0\0\0\0", b"\x89PNG\r\n\x1a\n"]),
        bytes(Code::WasmText, &[b"(module)", b"  ;; a comment\n(module)", b"(; block ;) (module)"]),
        Case {
            code: Code::InvalidModule,
            fails: vec![
                (module("(module (memory 1) (export \"a\" (memory 0)) (export \"a\" (memory 0)))"), policy()),
                (module("(module (func $f (param i32)) (start $f))"), policy()),
                // An unknown section, and a function section without bodies.
                (b"\0asm\x01\0\0\0\x0f\x00".to_vec(), policy()),
                (b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0".to_vec(), policy()),
            ],
            passes: (module("(module (memory 1) (export \"a\" (memory 0)) (func $f) (start $f))"), policy()),
        },
        case(
            Code::InvalidFunction,
            &[
                ("(module (func (result i32)))", policy()),
                ("(module (func (local.set 0 (i64.const 1)) (i32.add (i32.const 1))))", policy()),
                ("(module (func (local i32) (local.set 0 (f32.const 1))))", policy()),
            ],
            ("(module (func (result i32) (i32.const 1)))", policy()),
        ),
        case(
            Code::UnsupportedFeature,
            &[
                (simd, policy()),
                ("(module (memory 1 1 shared))", policy()),
                ("(module (func $f (return_call $f)))", policy()),
                ("(module (tag $t))", policy()),
                ("(module (memory i64 1))", policy()),
                ("(module (memory 1) (memory 1))", policy()),
                ("(module (type (struct)))", policy()),
                ("(module (global i32 (i32.add (i32.const 1) (i32.const 2))))", policy()),
            ],
            ("(module (func $f (drop (i64.const 0))))", policy()),
        ),
        Case {
            code: Code::MoreErrors,
            fails: vec![(module(&many_bad), policy())],
            passes: (module(&many_bad.replace("(result i32)", "")), policy()),
        },
        case(
            Code::MissingImport,
            &[
                ("(module (import \"cwa\" \"log_wite\" (func (param i32 i32 i32))))", policy()),
                ("(module (import \"nowhere\" \"f\" (func)))", policy()),
                ("(module (import \"wasi_x\" \"f\" (func)) (import \"wasi_x\" \"g\" (func (param i64))))", policy()),
            ],
            ("(module (import \"cwa\" \"log_write\" (func (param i32 i32 i32))))", policy()),
        ),
        case(
            Code::ImportSignature,
            &[
                ("(module (import \"cwa\" \"log_write\" (func (param i32 i64 i32))))", policy()),
                ("(module (import \"cwa\" \"log_write\" (func (param i32 i32 i32) (result i32))))", policy()),
            ],
            ("(module (import \"cwa\" \"log_write\" (func (param i32 i32 i32))))", policy()),
        ),
        case(
            Code::ImportedMemory,
            &[("(module (import \"env\" \"memory\" (memory 1)))", policy())],
            ("(module (memory 1))", policy()),
        ),
        case(
            Code::ImportedTable,
            &[("(module (import \"env\" \"table\" (table 1 funcref)))", policy())],
            ("(module (table 1 funcref))", policy()),
        ),
        case(
            Code::ImportedGlobal,
            &[("(module (import \"env\" \"__memory_base\" (global i32)))", policy())],
            ("(module (global i32 (i32.const 0)))", policy()),
        ),
        case(
            Code::CapabilityDenied,
            &[("(module (import \"cwa\" \"log_write\" (func (param i32 i32 i32))))", allow(&["fs"]))],
            ("(module (import \"cwa\" \"log_write\" (func (param i32 i32 i32))))", allow(&["log"])),
        ),
        case(
            Code::TooMuchMemory,
            &[("(module (memory 17))", pages(16)), ("(module (memory 1))", pages(0))],
            ("(module (memory 16))", pages(16)),
        ),
        case(
            Code::FrameTooLarge,
            &[(
                &format!(
                    "(module (func (local {}) {} {}))",
                    "i64 ".repeat(49_000),
                    "i32.const 0 ".repeat(16_001),
                    "drop ".repeat(16_001)
                ),
                policy(),
            )],
            (
                &format!(
                    "(module (func (local {}) {} {}))",
                    "i64 ".repeat(49_000),
                    "i32.const 0 ".repeat(16_000),
                    "drop ".repeat(16_000)
                ),
                policy(),
            ),
        ),
        case(
            Code::SignatureTooLarge,
            &[(&format!("(module (type (func {} {})))", values("param", 501), values("result", 500)), policy())],
            (&format!("(module (type (func {} {})))", values("param", 500), values("result", 500)), policy()),
        ),
        case(
            Code::LimitExceeded,
            &[(&format!("(module (func (local {})))", "i32 ".repeat(50_001)), policy())],
            (&format!("(module (func (local {})))", "i32 ".repeat(50_000)), policy()),
        ),
        case(
            Code::UnboundedLoop,
            &[
                ("(module (func $spin (loop (br 0))))", bounded()),
                // Ends, or goes all the way round 2^32.
                (
                    "(module (func (param i32)
                       (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))",
                    bounded(),
                ),
            ],
            // A `loop` that nothing branches to is no loop.
            ("(module (func $once (loop (nop))))", bounded()),
        ),
        case(
            Code::Recursion,
            &[
                ("(module (func $f (call $f)))", bounded()),
                ("(module (func $f (call $g)) (func $g (call $f)))", bounded()),
                (
                    "(module (table 1 funcref) (elem (i32.const 0) $f)
                       (func $f (call_indirect (i32.const 0))))",
                    bounded(),
                ),
                (
                    "(module (table (export \"t\") 1 funcref)
                       (func (export \"f\") (call_indirect (i32.const 0))))",
                    bounded(),
                ),
            ],
            (
                "(module (table 1 funcref) (elem (i32.const 0) $g)
                   (func $f (call_indirect (i32.const 0)) (call $g (i32.const 1))) (func $g (param i32)) (func $h (call $f)))",
                bounded(),
            ),
        ),
        case(
            Code::UndeclaredRange,
            &[(
                "(module (func (export \"f\") (param i32) (local i32)
                   (block (loop
                     (br_if 1 (i32.ge_u (local.get 1) (local.get 0)))
                     (local.set 1 (i32.add (local.get 1) (i32.const 1)))
                     (br 0)))))",
                bounded(),
            )],
            (
                "(module (func (export \"f\") (param i32) (local i32)
                   (block (loop
                     (br_if 1 (i32.ge_u (local.get 1) (i32.and (local.get 0) (i32.const 63))))
                     (local.set 1 (i32.add (local.get 1) (i32.const 1)))
                     (br 0)))))",
                bounded(),
            ),
        ),
    ]
}

#[test]
fn each_code_has_a_case() {
    let covered: Vec<Code> = cases().iter().map(|case| case.code).collect();
    assert_eq!(covered, Code::ALL);
}

#[test]
fn failing_cases_get_their_code() {
    for case in cases() {
        for (wasm, policy) in &case.fails {
            let report = verify(wasm, &host(), policy);
            assert!(!report.accepted(), "{}", case.code);
            let mut codes: Vec<Code> = report.diagnostics.iter().map(|d| d.code).collect();
            codes.dedup();
            if case.code == Code::MoreErrors {
                assert_eq!(codes, [Code::InvalidFunction, Code::MoreErrors]);
            } else {
                assert_eq!(codes, [case.code], "{}", report.to_text(false));
            }
            for diagnostic in &report.diagnostics {
                assert!(!diagnostic.message.is_empty() && !diagnostic.help.is_empty());
                assert!(!diagnostic.message.ends_with('.') && !diagnostic.message.contains('\n'));
            }
        }
    }
}

#[test]
fn passing_cases_pass() {
    for case in cases() {
        let (wasm, policy) = case.passes;
        let report = verify(&wasm, &host(), &policy);
        assert!(report.accepted(), "{}: {}", case.code, report.to_text(false));
        assert!(report.diagnostics.is_empty());
    }
}

#[test]
fn features_are_named() {
    let cases = [
        ("simd", "(module (func $f (drop (v128.const i64x2 0 0))))"),
        ("simd", "(module (func $f (param v128)))"),
        (
            "relaxed-simd",
            "(module (func $f (drop (i8x16.relaxed_swizzle (v128.const i64x2 0 0) (v128.const i64x2 0 0)))))",
        ),
        ("threads", "(module (memory 1 1 shared))"),
        ("threads", "(module (memory 1) (func $f (drop (i32.atomic.load (i32.const 0)))))"),
        ("tail-call", "(module (func $f (return_call $f)))"),
        ("exceptions", "(module (tag $t))"),
        ("exceptions", "(module (func (block (try_table (catch_all 0) (nop)))))"),
        ("legacy exceptions", "(module (func try nop catch_all end))"),
        ("memory64", "(module (memory i64 1))"),
        ("multi-memory", "(module (memory 1) (memory 1))"),
        ("extended-const", "(module (global i32 (i32.add (i32.const 1) (i32.const 2))))"),
        ("function-references", "(module (type $t (func)) (func (param (ref $t)) (call_ref $t (local.get 0))))"),
        ("gc", "(module (type (struct)))"),
        ("gc", "(module (func (drop (ref.i31 (i32.const 1)))))"),
        ("custom-page-sizes", "(module (memory 1 (pagesize 1)))"),
        ("wide-arithmetic", "(module (func (result i64 i64) (i64.mul_wide_u (i64.const 1) (i64.const 2))))"),
        (
            "stack-switching",
            "(module (type $f (func)) (type $c (cont $f)) (func $g) (elem declare func $g)
               (func (drop (cont.new $c (ref.func $g)))))",
        ),
    ];
    for (feature, text) in cases {
        let report = verify(&module(text), &host(), &policy());
        let messages: Vec<&str> = report.diagnostics.iter().map(|d| d.message.as_str()).collect();
        let wanted = format!("the feature `{feature}` is not supported");
        assert!(messages.iter().any(|message| message.starts_with(&wanted)), "{feature}: {messages:#?}");
        assert!(report.diagnostics.iter().all(|d| d.code == Code::UnsupportedFeature), "{feature}");
    }
}

/// One report names every feature and every bad function, not the first only.
#[test]
fn errors_are_collected() {
    let wasm = module(
        "(module (memory i64 1)
           (func $ok)
           (func $vec (drop (v128.const i64x2 0 0)))
           (func $vec2 (drop (v128.const i64x2 0 0)))
           (func $tail (return_call $ok))
           (func $both (drop (v128.const i64x2 0 0)) (return_call $ok))
           (func $bad (result i32))
           (func $bad2 (result i64) (i32.const 0)))",
    );
    let report = verify(&wasm, &host(), &policy());
    let found: Vec<_> = report
        .diagnostics
        .iter()
        .map(|d| (d.code.as_str(), d.function.as_ref().and_then(|f| f.name.as_deref()), d.message.as_str()))
        .collect();
    assert_eq!(
        found.iter().map(|f| (f.0, f.1)).collect::<Vec<_>>(),
        [
            ("W0203", None),
            ("W0203", Some("vec")),
            ("W0203", Some("tail")),
            ("W0202", Some("bad")),
            ("W0202", Some("bad2")),
        ]
    );
    assert!(found[1].2.ends_with("(and 2 more functions need it)"), "{}", found[1].2);
    assert!(found[2].2.ends_with("(and 1 more function needs it)"), "{}", found[2].2);
    // The functions that are valid are still described.
    assert_eq!(report.functions.iter().map(|f| f.name.as_deref()).collect::<Vec<_>>(), [Some("ok")]);
}

#[test]
fn offsets_point_at_the_operator() {
    let wasm = module("(module (func $f (nop) (i64.const 1) (i32.eqz) (drop)))");
    let report = verify(&wasm, &host(), &policy());
    let offset = report.diagnostics[0].offset.expect("an offset") as usize;
    assert_eq!(wasm[offset], 0x45, "i32.eqz");
}
