//! Bounds that a program claims (`cervus_loop_bound`): of which loop, when they count, and what is no claim.

use verifier::{Class, HostSet, LoopReport, Method, Policy, Report, verify};

/// A list is followed until it ends, which nobody can know; `claim` is what stands in each round.
fn walk(claim: &str, inner: &str) -> String {
    format!("(loop $walk {claim} {inner} (br_if $walk (local.tee 0 (i32.load (local.get 0)))))")
}

fn claimed(rounds: u64) -> String {
    format!("(call $claim (i64.const {rounds}))")
}

/// A module with a function of one parameter and this body, and the function that claims.
fn report(claim: &str, body: &str) -> Report {
    let text = format!("(module (memory 1) {claim} (func (export \"f\") (param i32) {body}))");
    let wasm = wat::parse_str(text).expect("the module is well formed");
    verify(&wasm, &HostSet::default(), &Policy::default())
}

const CLAIM: &str = r#"(func $claim (export "cervus_loop_bound") (param i64))"#;

/// Bound and method of each loop of `f`, outer ones first.
fn loops(report: &Report) -> Vec<(Option<u64>, Option<Method>)> {
    let f = report.functions.iter().find(|f| f.name.as_deref() == Some("f")).expect("it is there");
    f.loops.iter().map(|l: &LoopReport| (l.bound, l.method)).collect()
}

const UNKNOWN: (Option<u64>, Option<Method>) = (None, None);

fn claim_of(rounds: u64) -> (Option<u64>, Option<Method>) {
    (Some(rounds), Some(Method::Claim))
}

#[test]
fn a_claim_bounds_its_loop() {
    let without = report(CLAIM, &walk("", ""));
    assert_eq!((loops(&without), without.class), (vec![UNKNOWN], Class::Metered));
    let with = report(CLAIM, &walk(&claimed(64), ""));
    assert_eq!((loops(&with), with.class), (vec![claim_of(64)], Class::Bounded));
    assert!(with.notes.iter().any(|note| note.contains("1 bound claimed by the program and not proved")), "{with:?}");
}

#[test]
fn a_proof_counts_before_a_claim() {
    let body = format!(
        "(local $i i32) (loop $count {}
            (br_if $count (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 10))))",
        claimed(3)
    );
    let report = report(CLAIM, &body);
    assert_eq!(loops(&report), [(Some(9), Some(Method::Counter))]);
}

#[test]
fn each_loop_of_a_nest_has_its_own() {
    let inner = walk(&claimed(5), "");
    assert_eq!(loops(&report(CLAIM, &walk(&claimed(70), &inner))), [claim_of(70), claim_of(5)]);
    // What is claimed of the inner loop says nothing about the outer one, and the other way round.
    assert_eq!(loops(&report(CLAIM, &walk("", &inner))), [UNKNOWN, claim_of(5)]);
    assert_eq!(loops(&report(CLAIM, &walk(&claimed(70), &walk("", "")))), [claim_of(70), UNKNOWN]);
    // How often both go round together.
    let report = report(CLAIM, &walk(&claimed(70), &inner));
    let f = &report.functions.iter().find(|f| !f.loops.is_empty()).expect("it has loops");
    assert_eq!(f.loops[1].total, Some(71 * 5));
}

#[test]
fn a_claim_may_be_computed_and_there_may_be_several() {
    let masked = "(call $claim (i64.extend_i32_u (i32.and (local.get 0) (i32.const 31))))";
    assert_eq!(loops(&report(CLAIM, &walk(masked, ""))), [claim_of(31)]);
    assert_eq!(loops(&report(CLAIM, &walk(&claimed(8), &claimed(9)))), [claim_of(9)]);
    // Any number is no bound.
    assert_eq!(loops(&report(CLAIM, &walk("(call $claim (i64.load (i32.const 8)))", ""))), [UNKNOWN]);
}

#[test]
fn what_is_no_claim() {
    let body = walk(&claimed(64), "");
    for (other, what) in [
        (r#"(func $claim (export "loop_bound") (param i64))"#, "another name"),
        (r#"(func $claim (param i64))"#, "no export"),
    ] {
        assert_eq!(loops(&report(other, &body)), [UNKNOWN], "{what}");
    }
    // A function that gives something back is called for that.
    let gives = r#"(func $claim (export "cervus_loop_bound") (param i64) (result i64) (local.get 0))"#;
    assert_eq!(loops(&report(gives, &walk("(drop (call $claim (i64.const 64)))", ""))), [UNKNOWN]);
    let two = r#"(func $claim (export "cervus_loop_bound") (param i64 i64))"#;
    assert_eq!(loops(&report(two, &walk("(call $claim (i64.const 64) (i64.const 64))", ""))), [UNKNOWN]);
    // Outside of the loop it is about none.
    assert_eq!(loops(&report(CLAIM, &format!("{}{}", claimed(64), walk("", "")))), [UNKNOWN]);
}
