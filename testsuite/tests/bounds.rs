//! Loop bounds and costs are never exceeded: the corpus, run with random inputs inside the declared ranges.
//!
//! `cargo xtask corpus` makes the table of results from the same runs.

use std::time::Instant;
use testsuite::{
    corpus::{
        measure,
        program::{self, LEVELS},
        table,
    },
    guest::{End, Guest},
};
use verifier::{Assumption, HostSet, Policy, verify};

/// Another seed each day, printed when something fails.
fn seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(1, |time| time.as_secs() / 86_400)
}

#[test]
fn no_run_exceeds_a_claim() {
    let seed = seed();
    let results = table::results(Some(24), seed, &|_| true).unwrap_or_else(|error| panic!("{error}"));
    let Some(results) = results else {
        println!("SKIPPED: no C compiler for wasm32 (apt-get install clang lld)");
        return;
    };
    assert!(results.broken.is_empty(), "seed {seed}:\n{}", results.broken.join("\n"));
    let all = results.sum(None);
    assert!(all.loops > 400, "the corpus has gone: {} loops", all.loops);
    // The share that the table in testsuite/corpus/RESULTS.md gives, less what a seed may change.
    assert!(all.bounded * 100 >= all.loops * 90, "{} of {} loops bounded", all.bounded, all.loops);
}

#[test]
fn a_wrong_claim_would_be_noticed() {
    let Some(source) = program::sources("c").into_iter().find(|s| s.path.ends_with("up_down.c")) else {
        panic!("no up_down.c");
    };
    let Some(wasm) = program::compile_c(&source, LEVELS[0]) else { return };
    let function = source.functions.iter().find(|f| f.name == "up_unsigned").unwrap().clone();
    let right = measure::measure(&wasm, &[function], 4, 1).unwrap();
    let broken = |change: &dyn Fn(&mut measure::Measurement)| {
        let mut wrong = right.clone();
        change(&mut wrong);
        let mut results = table::Results::default();
        results.take("up_down.c", LEVELS[0], &wrong);
        results.broken
    };
    assert_eq!(broken(&|_| {}), [""; 0]);
    let fewer = |measurement: &mut measure::Measurement| {
        let seen = measurement.loops.iter_mut().find(|l| l.function == "up_unsigned").unwrap();
        seen.claim.bound = seen.claim.bound.map(|bound| bound - 1);
    };
    assert_eq!(broken(&fewer).len(), 1, "{:?}", broken(&fewer));
    let cheaper = |measurement: &mut measure::Measurement| {
        measurement.entries[0].cost = Some(measurement.entries[0].fuel - 1);
    };
    assert_eq!(broken(&cheaper).len(), 1, "{:?}", broken(&cheaper));
}

fn counting(rounds: u64) -> Vec<u8> {
    let text = format!(
        "(module (func (export \"run\") (local i64)
           (loop $l
             (local.set 0 (i64.add (local.get 0) (i64.const 1)))
             (br_if $l (i64.lt_u (local.get 0) (i64.const {rounds}))))))"
    );
    wat::parse_str(text).unwrap()
}

#[test]
fn time_does_not_depend_on_the_number_of_rounds() {
    let time = |rounds: u64| {
        let wasm = counting(rounds);
        let best = (0..20).map(|_| {
            let start = Instant::now();
            let report = verify(&wasm, &HostSet::default(), &Policy::default());
            assert_eq!(report.functions[0].loops[0].bound, Some(rounds - 1));
            start.elapsed()
        });
        best.min().unwrap()
    };
    let (few, many) = (time(10), time(1_000_000_000));
    assert!(many < few * 20 + std::time::Duration::from_millis(5), "{few:?} for 10, {many:?} for 10^9");
}

#[test]
fn a_false_claim_ends_the_program() {
    let text = "(module
        (func $claim (export \"cervus_loop_bound\") (param i64))
        (func (export \"run\") (param i32)
          (loop $l
            (call $claim (i64.const 5))
            (br_if $l (i32.load8_u (i32.const 0)))))
        (memory 1) (data (i32.const 0) \"\\01\"))";
    let wasm = wat::parse_str(text).unwrap();
    let report = verify(&wasm, &HostSet::default(), &Policy::default());
    let l = &report.functions.iter().find(|f| !f.loops.is_empty()).unwrap().loops[0];
    assert_eq!((l.bound, l.method), (Some(5), Some(verifier::Method::Claim)));
    let mut image = testsuite::pipeline::image(&wasm).unwrap();
    let rounds = |function, branch| {
        let loops = report.rounds(function, branch);
        loops.map(|(id, l)| lower::cost::Rounds { id, entry: l.bound, total: l.total }).collect()
    };
    let costs = lower::cost::costs(&image, &testsuite::modules::AnyHost, &rounds).unwrap();
    lower::cost::claim(&mut image, &costs);
    let claim = kengine::image::Image::parse(&image).unwrap().header.fuel_claim;
    assert_eq!(Some(claim), costs.run);
    let mut guest = Guest::new(&image, kengine::Mode::default()).unwrap();
    let run = guest.func("run").unwrap();
    let end = guest.call(run, &[0], claim, &mut || u64::MAX);
    assert_eq!(end, End::Trap(kengine::trap::TrapCode::OutOfFuel));
}

#[test]
fn declared_ranges_bound_what_is_open_without() {
    let text = "(module (func (export \"sum\") (param $n i32) (local $i i32)
        (block $out (loop $l
          (br_if $out (i32.ge_u (local.get $i) (local.get $n)))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $l)))))";
    let wasm = wat::parse_str(text).unwrap();
    let with = |assumptions: &[&str]| {
        let assumptions = assumptions.iter().map(|text| text.parse::<Assumption>().unwrap()).collect();
        let policy = Policy { class: verifier::ClassPolicy::Bounded, assumptions, ..Policy::default() };
        verify(&wasm, &HostSet::default(), &policy)
    };
    let open = with(&[]);
    assert_eq!(open.diagnostics[0].code.as_str(), "W0703");
    assert_eq!(open.functions[0].loops[0].formula.as_deref(), Some("n"));
    assert_eq!(open.functions[0].loops[0].needs, ["n"]);
    for text in ["n<=4096", "sum:n<=4096", "p0<=4096", "1<=n<=4096"] {
        let report = with(&[text]);
        assert!(report.accepted(), "{text}: {}", report.to_text(false));
        assert_eq!(report.functions[0].loops[0].bound, Some(4096), "{text}");
    }
    assert!(!with(&["other:n<=4096"]).accepted());
    for bad in ["n", "n<=x", "5<=n<=4", "<=4"] {
        assert!(bad.parse::<Assumption>().is_err(), "{bad}");
    }
}
