//! Times the verifier on a module beside plain wasmparser validation.
//!
//! `cargo run --release -p verifier --example measure -- FILE.wasm…` prints, for each file, the
//! best of five runs of each in nanoseconds per byte. With `--report` it prints the report too.
//!
//! `--plain`, `--verify` and `--no-bounds` make one run of validation, of all and of all but loop bounds instead, so
//! that a counting tool (`valgrind --tool=callgrind`, `/usr/bin/time -v`) sees that and nothing else. They print how
//! many loops are bounded; with `--loops` each loop and its bound, to be compared with those of another build.

use std::error::Error;
use std::time::{Duration, Instant};

use verifier::{HostSet, Policy, Report, features, verify};

fn best(mut run: impl FnMut()) -> Duration {
    (0..5)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .min()
        .unwrap_or_default()
}

fn validate(wasm: &[u8]) -> bool {
    wasmparser::Validator::new_with_features(features()).validate_all(wasm).is_ok()
}

fn print_loops(report: &Report) {
    for function in &report.functions {
        for (at, of) in function.loops.iter().enumerate() {
            let (method, formula) = (of.method.map(|m| m.text()), of.formula.as_deref());
            println!("{} {at}: {:?} {:?} {method:?} {formula:?}", function.index, of.bound, of.total);
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let (flags, files): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|a| a.starts_with("--"));
    let has = |name: &str| flags.iter().any(|flag| flag == name);
    let host = HostSet::default();
    if has("--plain") || has("--verify") || has("--no-bounds") {
        for file in files {
            let wasm = std::fs::read(&file)?;
            if has("--plain") {
                println!("{} {file}", validate(&wasm));
                continue;
            }
            let report = verify(&wasm, &host, &Policy { skip_bounds: has("--no-bounds"), ..Policy::default() });
            let totals = &report.totals;
            println!("{} of {} loops bounded {file}", totals.bounded_loops, totals.loops);
            if has("--loops") {
                print_loops(&report);
            }
        }
        return Ok(());
    }
    println!("{:>10} {:>12} {:>12} {:>6}  file", "bytes", "wasmparser", "verify", "ratio");
    for file in files {
        let wasm = std::fs::read(&file)?;
        let mut valid = false;
        let plain = best(|| valid = validate(&wasm));
        let policy = Policy::default();
        let mut report = verify(&wasm, &host, &policy);
        let ours = best(|| report = verify(&wasm, &host, &policy));
        let per_byte = |time: Duration| time.as_nanos() as f64 / wasm.len() as f64;
        println!(
            "{:>10} {:>6.2} ns/B {:>7.2} ns/B {:>5.2}x  {file}{}",
            wasm.len(),
            per_byte(plain),
            per_byte(ours),
            ours.as_secs_f64() / plain.as_secs_f64(),
            if valid { "" } else { " (not valid under the supported features)" },
        );
        if has("--report") {
            print!("{}", report.to_text(false));
        }
    }
    Ok(())
}
