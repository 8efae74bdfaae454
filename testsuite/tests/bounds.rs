//! No run of a program of the corpus goes beyond what the verifier claims of it, no loop without a bound is
//! claimed to have one, and loops that go round ever so often are bounded without following them.
//!
//! Every loop of `testsuite/corpus` gets counters and runs on the ends of the declared ranges and on random
//! inputs. The seed of those is printed, and `CERVUS_SEED` sets it.

use testsuite::corpus::{
    self,
    claims::{Claim, Claims, claims},
    measure::measure,
    results::{RANDOM, Results, Verdict, compare, path, table},
};
use verifier::{HostSet, Policy, verify};

/// Of the loops that have a bound, how many must be bounded, in percent. The aim is 95; what is reached stays.
const BOUNDED: usize = 93;
/// As [`BOUNDED`], for those within twice of what was seen. That is the aim.
const TIGHT: usize = 85;

#[test]
fn the_table_is_up_to_date() {
    let programs = corpus::programs();
    let results = compare(&programs, RANDOM, corpus::SEED);
    assert!(results.faults.is_empty(), "{}", results.faults.join("\n"));
    let committed = std::fs::read_to_string(path()).expect("the table");
    // A loop that no run reaches says nothing about its claim: there may be few.
    let not_reached = results.rows.iter().filter(|row| row.verdict == Verdict::NotReached).count();
    assert!(not_reached * 50 < results.rows.len(), "{not_reached} not reached");
    let sum = results.sum(|_| true);
    assert!(sum.bounded() * 100 >= BOUNDED * sum.truly_bounded(), "{sum:?}");
    assert!(sum.tight * 100 >= TIGHT * sum.truly_bounded(), "{sum:?}");
    assert!(committed == table(&programs, &results), "`cargo xtask corpus` makes another {}", path().display());
}

#[test]
fn no_run_goes_beyond_a_claim() {
    let seed = match std::env::var("CERVUS_SEED") {
        Ok(seed) => seed.parse().expect("CERVUS_SEED is a number"),
        Err(_) => fastrand::u64(..),
    };
    println!("CERVUS_SEED={seed}");
    let results = compare(&corpus::programs(), RANDOM, seed);
    assert!(results.faults.is_empty(), "CERVUS_SEED={seed}\n{}", results.faults.join("\n"));
    assert!(results.calls > 10_000, "only {} calls", results.calls);
}

#[test]
fn enough_loops_of_both_kinds() {
    let programs = corpus::programs();
    for origin in [corpus::Origin::Shape, corpus::Origin::Published] {
        let entries = programs.iter().filter(|p| p.origin == origin).map(|p| p.manifest.entries.len());
        assert!(entries.sum::<usize>() >= 60, "{origin:?}");
    }
}

#[test]
fn a_wrong_claim_is_noticed() {
    let programs = corpus::programs();
    let program = programs.iter().find(|program| program.name == "c/counting").expect("a program");
    let build = program.builds.iter().find(|build| build.level == "O0").expect("a level");
    let wasm = build.wasm();
    let measured = measure(&wasm, &program.manifest, 0, corpus::SEED).expect("a measurement");
    let right = claims(&wasm, &program.manifest).expect("claims");
    let faults = |change: &dyn Fn(&mut Claims)| {
        let (mut results, mut claims) = (Results::default(), right.clone());
        change(&mut claims);
        results.take(program, build.level, measured.clone(), claims).expect("claims about this module");
        results.faults
    };
    assert_eq!(faults(&|_| {}), [""; 0]);
    let exact = |claim: &Claim| measured.loops.iter().any(|seen| seen.of == claim.of && seen.rounds == claim.rounds);
    let at = right.loops.iter().position(exact).expect("an exact claim");
    let less = |claim: &mut Option<u64>| *claim = claim.map(|most| most - 1);
    for change in [
        &(|claims: &mut Claims| less(&mut claims.loops[at].rounds)) as &dyn Fn(&mut Claims),
        &|claims| less(&mut claims.loops[at].total),
        &|claims| {
            claims.loops.remove(at);
        },
        &|claims| {
            claims.costs.iter_mut().for_each(|(name, cost)| {
                if name == "up" {
                    *cost /= 4
                }
            })
        },
    ] {
        assert_eq!(faults(change).len(), 1, "{:?}", faults(change));
    }
}

/// A module whose loops go round `n` times each, nested and side by side.
fn rounds(n: u32) -> Vec<u8> {
    let nest = |from: u32| {
        format!(
            "(local.set {from} (i32.const 0))
            (loop
                (local.set {inner} (i32.const 0))
                (loop
                    (i32.store (i32.const 0) (i32.add (local.get {from}) (i32.load (i32.const 0))))
                    (local.set {inner} (i32.add (local.get {inner}) (i32.const 1)))
                    (br_if 0 (i32.lt_u (local.get {inner}) (i32.const {n}))))
                (local.set {from} (i32.add (local.get {from}) (i32.const 1)))
                (br_if 0 (i32.lt_u (local.get {from}) (i32.const {n}))))",
            inner = from + 1
        )
    };
    let body: String = (0..200).map(|_| nest(0)).collect();
    let text = format!("(module (memory 1) (func (export \"run\") (local i32 i32) {body}))");
    wat::parse_str(text).expect("the module is well formed")
}

/// 400 loops, half of them nested in the others: an analysis that follows rounds does not come back from the second.
#[test]
fn work_does_not_depend_on_the_rounds() {
    for n in [10, 1_000_000_000] {
        let report = verify(&rounds(n), &HostSet::default(), &Policy::default());
        let loops: Vec<_> = report.functions.iter().flat_map(|f| &f.loops).collect();
        assert_eq!(loops.len(), 400);
        // Control goes back to the head once less than the body runs.
        assert!(loops.iter().all(|l| l.bound == Some(u64::from(n) - 1)), "{:?}", loops.first());
    }
}
