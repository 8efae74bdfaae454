//! Times the verifier on a module beside plain wasmparser validation.
//!
//! `cargo run --release -p verifier --example measure -- FILE.wasm…` prints, for each file, the
//! best of five runs of each in nanoseconds per byte. With `--report` it prints the report too.

use std::error::Error;
use std::time::{Duration, Instant};

use verifier::{HostSet, Policy, features, verify};

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

fn main() -> Result<(), Box<dyn Error>> {
    let (flags, files): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|a| a == "--report");
    println!("{:>10} {:>12} {:>12} {:>6}  file", "bytes", "wasmparser", "verify", "ratio");
    for file in files {
        let wasm = std::fs::read(&file)?;
        let mut valid = false;
        let plain = best(|| {
            let mut validator = wasmparser::Validator::new_with_features(features());
            valid = validator.validate_all(&wasm).is_ok();
        });
        let host = HostSet::default();
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
        if !flags.is_empty() {
            print!("{}", report.to_text(false));
        }
    }
    Ok(())
}
