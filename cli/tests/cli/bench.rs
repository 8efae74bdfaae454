//! `cervus bench`: the protocol.

use crate::{cervus, file, repo, scratch};

/// The value of a line `key X`.
#[track_caller]
fn value(line: Option<&str>, key: &str) -> u64 {
    let (found, value) = line.unwrap_or_default().split_once(' ').unwrap_or_default();
    assert_eq!(found, key);
    value.parse().unwrap()
}

#[test]
fn run() {
    let out = cervus(["bench", "run", &repo("testsuite/guests/wasm/sieve.wasm"), "1", "3"]).ok();
    let mut lines = out.lines();
    assert!(value(lines.next(), "compile_ns") > 0);
    for _ in 0..3 {
        assert!(value(lines.next(), "run_ns") > 0);
    }
    // From testsuite/guests/programs.toml.
    assert_eq!(value(lines.next(), "checksum"), 8_138_657_939_533_946_826);
    assert_eq!(lines.next(), None);
}

#[test]
fn compile() {
    let dir = scratch("bench_compile");
    let wat = r#"(module (import "a" "b" (func)) (import "a" "c" (memory 1)) (func (export "f") call 0))"#;
    for path in [repo("testsuite/guests/wasm/json.wasm"), file(&dir, "imports.wat", wat)] {
        let out = cervus(["bench", "compile", &path, "--repeats", "2", "-j", "2", "--bounds", "--json"]).ok();
        let figures: serde_json::Value = serde_json::from_str(&out).unwrap();
        let [figures] = figures.as_array().unwrap().as_slice() else { panic!("{out}") };
        assert!(figures["bytes"].as_u64() > figures["code_bytes"].as_u64());
        assert!(figures["wasmparser_ns"].as_u64() > Some(0));
        assert!(figures["wasmi_ns"].as_u64() > Some(0));
        let rows = figures["rows"].as_array().unwrap();
        assert_eq!(rows.iter().map(|row| row["threads"].as_u64()).collect::<Vec<_>>(), [Some(1), Some(2)]);
        for row in rows {
            let ns = |key: &str| row[key].as_u64().unwrap();
            assert!(ns("verify_with_bounds_ns") > 0);
            // The best of each stage.
            assert!(ns("total_ns") >= ns("verify_ns") + ns("lower_ns") + ns("check_and_link_ns"), "{row}");
            assert!(ns("check_ns") > 0);
        }
        let text = cervus(["bench", "compile", &path, "-j", "1"]).ok();
        assert!(text.contains("wasmparser validates") && text.contains("wasmi, eagerly"), "{text}");
        assert!(!text.contains("loop bounds"), "{text}");
    }
    let none = file(&dir, "none.wat", "(module (func (result i32)))");
    assert!(cervus(["bench", "compile", &none]).fails(1).contains("W"));
    assert!(cervus(["bench", "compile", &none, "-j", "0"]).fails(2).contains("-j"));
}

#[test]
fn what_cannot_be_measured() {
    let dir = scratch("bench_fails");
    let none = file(&dir, "none.wat", r#"(module (func (export "run") (result i64) i64.const 1))"#);
    assert!(cervus(["bench", "run", &none, "1", "1"]).fails(2).contains("(i32) -> i64"));
    let trap = file(&dir, "trap.wat", r#"(module (func (export "run") (param i32) (result i64) unreachable))"#);
    assert!(cervus(["bench", "run", &trap, "1", "1"]).fails(1).contains("unreachable"));
    let wat = r#"(module (global $g (mut i64) (i64.const 0))
        (func (export "run") (param i32) (result i64)
            (global.set $g (i64.add (global.get $g) (i64.const 1))) (global.get $g)))"#;
    let differs = file(&dir, "differs.wat", wat);
    assert!(cervus(["bench", "run", &differs, "1", "2"]).fails(1).contains("returned"));
    assert!(cervus(["bench", "run", &differs, "1", "0"]).fails(2).contains("RUNS"));
}
