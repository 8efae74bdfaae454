//! The official WebAssembly suites, in every dispatch mode of the build.
//!
//! Once in one piece, and for the whole of 1.0 and 2.0 once more with a return to the host at every
//! poll. What may fail stands in `spec-expected.txt`.

use kengine::Mode;
use testsuite::spec::{self, Config, SUITES, expected};

fn run(config: Config, pick: impl Fn(&str) -> bool) {
    let mut wrong = Vec::new();
    for suite in SUITES.iter().filter(|suite| pick(suite.name())) {
        let outcome = spec::run(*suite, config);
        wrong.extend(expected::unexpected(suite.name(), &outcome));
        let (name, mode) = (suite.name(), config.mode.name());
        println!("{name}, {mode}: {} passed, {} failed", outcome.passed, outcome.failures.len());
        assert!(outcome.passed > 0 && outcome.skipped.is_empty(), "{:?}", outcome.skipped);
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), config.mode.name(), wrong.join("\n"));
}

#[test]
fn unsliced() {
    for mode in Mode::ALL {
        run(Config { mode: *mode, slice: u64::MAX }, |_| true);
    }
}

#[test]
fn yielding_at_every_poll() {
    for mode in Mode::ALL {
        run(Config { mode: *mode, slice: 0 }, |suite| suite.starts_with("wasm-v"));
    }
}
