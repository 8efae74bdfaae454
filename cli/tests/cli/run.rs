//! `cervus run`.

use crate::{cervus, example, file, repo, scratch};
use serde_json::json;

const MATH: &str = r#"(module
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func $divide (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
    (func (export "ratio") (param i32 i32) (result i32)
        (i32.mul (i32.const 100) (call $divide (local.get 0) (local.get 1))))
    (func (export "all") (param i32 i64 f32 f64) (result f64 f32 i64 i32)
        local.get 3 local.get 2 local.get 1 local.get 0)
    (func (export "ref") (param externref) (result externref) local.get 0)
    (func $deep (export "deep") (call $deep) (drop (i32.const 0)))
    (func (export "none")))"#;

#[test]
fn results() {
    let math = file(&scratch("run_results"), "math.wat", MATH);
    assert_eq!(cervus(["run", &math, "--invoke", "add", "2", "-3"]).ok(), "-1\n");
    assert_eq!(cervus(["run", &math, "--invoke", "add", "0xffff_ffff", "2"]).ok(), "1\n");
    assert_eq!(
        cervus(["run", &math, "--invoke", "all", "--", "-1", "0x10", "-inf", "0.1"]).ok(),
        "0.1\n-inf\n16\n-1\n"
    );
    assert_eq!(cervus(["run", &math, "--invoke", "all", "0", "-5", "nan", "1e9"]).code, Some(0));
    assert_eq!(cervus(["run", &math, "--invoke", "ref", "null"]).ok(), "null\n");
    assert_eq!(cervus(["run", &math, "--invoke", "none"]).ok(), "");
}

#[test]
fn every_dispatch_mode_agrees() {
    let fib = repo("testsuite/guests/wasm/fib.wasm");
    assert_eq!(cervus(["run", &fib, "--invoke", "run", "18"]).ok(), "2584\n");
    assert_eq!(cervus(["run", &fib, "--invoke", "run", "18", "--dispatch", "match"]).ok(), "2584\n");
    let err = cervus(["run", &fib, "--invoke", "run", "18", "--dispatch", "magic"]).fails(2);
    assert!(err.contains("match"), "{err}");
}

#[test]
fn json() {
    let math = file(&scratch("run_json"), "math.wat", MATH);
    let ran = cervus(["run", &math, "--invoke", "all", "1", "-2", "nan", "0.5", "--json"]);
    assert_eq!(
        ran.json()["results"],
        json!([
            { "type": "f64", "value": 0.5, "bits": "0x3fe0000000000000" },
            { "type": "f32", "value": "nan", "bits": "0x7fc00000" },
            { "type": "i64", "value": -2 },
            { "type": "i32", "value": 1 },
        ])
    );
    let ran = cervus(["run", &math, "--json", "--invoke", "ratio", "1", "0"]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(ran.json()["trap"]["message"], "trapped: integer divide by zero");
    assert_eq!(ran.json()["trap"]["backtrace"][0]["name"], "divide");
}

#[test]
fn traps() {
    let math = file(&scratch("run_traps"), "math.wat", MATH);
    let err = cervus(["run", &math, "--invoke", "ratio", "1", "0"]).fails(1);
    assert!(err.contains("integer divide by zero") && err.contains("0: divide") && err.contains("1: ratio"), "{err}");
    let err = cervus(["run", &math, "--invoke", "deep"]).fails(1);
    assert!(err.contains("call stack exhausted") && err.contains("more frames"), "{err}");
    assert!(err.lines().count() < 40, "{err}");
}

#[test]
fn wrong_calls() {
    let math = file(&scratch("run_wrong"), "math.wat", MATH);
    let err = cervus(["run", &math, "--invoke", "ad", "1", "2"]).fails(2);
    assert!(err.contains("did you mean `add`?"), "{err}");
    let err = cervus(["run", &math, "--invoke", "nothing-like-it"]).fails(2);
    assert!(err.contains("add, ratio, all, ref, deep, none"), "{err}");
    let err = cervus(["run", &math, "--invoke", "add", "1"]).fails(2);
    assert!(err.contains("takes 2 arguments, 1 was given") && err.contains("(i32, i32) -> i32"), "{err}");
    let err = cervus(["run", &math, "--invoke", "add", "1", "2.5"]).fails(2);
    assert!(err.contains("argument 2 of `add` is `2.5`, which is no i32"), "{err}");
    let err = cervus(["run", &math, "--invoke", "add", "1", "2", "--jsno"]).fails(2);
    assert!(err.contains("--jsno"), "{err}");
    let err = cervus(["run", &math]).fails(2);
    assert!(err.contains("--invoke"), "{err}");
}

#[test]
fn the_log_does_not_mix_with_results() {
    let ran = cervus(["run", &example("hello_world"), "--invoke", "__app_main"]);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("0\n", "cervus: (1) [INFO] Hello, world!\n"));
}
