//! The official WebAssembly suites, in every form of the build: dispatch modes, and each with the second handlers.
//!
//! Once in one piece, and for the whole of 1.0 and 2.0 once more with a return to the host at every
//! poll. What may fail stands in `spec-expected.txt`.

use kengine::Form;
use testsuite::spec::{self, Config, SUITES, expected};

/// Runs the suites that `pick` takes, in every form, with this much fuel between returns to the host.
fn run(slice: u64, pick: impl Fn(&str) -> bool) {
    let mut wrong = Vec::new();
    for form in Form::all() {
        for suite in SUITES.iter().filter(|suite| pick(suite.name())) {
            let outcome = spec::run(*suite, Config { form, slice });
            let name = suite.name();
            println!("{name}, {form}: {} passed, {} failed", outcome.passed, outcome.failures.len());
            wrong.extend(expected::unexpected(name, &outcome).iter().map(|text| format!("{form}: {text}")));
            assert!(outcome.passed > 0 && outcome.skipped.is_empty(), "{:?}", outcome.skipped);
        }
    }
    assert!(wrong.is_empty(), "{} unexpected:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn unsliced() {
    run(u64::MAX, |_| true);
}

#[test]
fn yielding_at_every_poll() {
    run(0, |suite| suite.starts_with("wasm-v"));
}
