//! Times the verifier on a module beside plain wasmparser validation.
//!
//! `cargo run --release -p verifier --example measure -- FILE.wasm…` prints, for each file, the
//! best of five runs of each in nanoseconds per byte. With `--report` it prints the report too.
//!
//! `--plain`, `--verify` and `--no-bounds` make one run of validation, of all and of all but loop bounds instead, so
//! that a counting tool (`valgrind --tool=callgrind`, `/usr/bin/time -v`) sees that and nothing else. They print how
//! many loops are bounded; with `--loops` each loop and its bound, to be compared with those of another build.
//!
//! `--series` measures each file with the bodies of its first functions only: an eighth, a quarter, half and all of the
//! bytes of its code, the other bodies being `unreachable`. Time in proportion to the bytes is what it is to show.

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

/// The module with the bodies that begin in the first `eighths` eighths of its code, the others being `unreachable`.
fn first_bodies(wasm: &[u8], eighths: usize) -> Result<Vec<u8>, Box<dyn Error>> {
    let (mut section, mut bodies) = (0..0, Vec::new());
    for payload in wasmparser::Parser::new(0).parse_all(wasm) {
        match payload? {
            wasmparser::Payload::CodeSectionStart { unchecked_range, .. } => section = unchecked_range,
            wasmparser::Payload::CodeSectionEntry(body) => bodies.push(body.range()),
            _ => {}
        }
    }
    let at = |offset: u64| usize::try_from(offset);
    let (from, to) = (at(section.start)?, at(section.end)?);
    let kept = from + (to - from) / 8 * eighths;
    let mut code = Vec::new();
    leb(&mut code, bodies.len());
    for body in &bodies {
        let bytes = match at(body.start)? {
            start if start < kept || eighths == 8 => &wasm[start..at(body.end)?],
            _ => &[0x00, 0x00, 0x0b][..],
        };
        leb(&mut code, bytes.len());
        code.extend_from_slice(bytes);
    }
    // Before the section stand its number and, as a LEB128 of up to five bytes, its size.
    let mut start = from - 1;
    while wasm[start - 1] & 0x80 != 0 {
        start -= 1;
    }
    let mut out = wasm[..start].to_vec();
    leb(&mut out, code.len());
    out.extend(code);
    out.extend_from_slice(&wasm[to..]);
    Ok(out)
}

/// Appends a number as LEB128.
fn leb(out: &mut Vec<u8>, mut x: usize) {
    while x >= 0x80 {
        out.push((x & 0x7f) as u8 | 0x80); // CAST: seven bits
        x >>= 7;
    }
    out.push(x as u8); // CAST: seven bits
}

fn series(files: &[String]) -> Result<(), Box<dyn Error>> {
    let host = HostSet::default();
    println!("{:>10} {:>12} {:>12} {:>6}  file", "bytes", "wasmparser", "verify", "loops");
    for file in files {
        let whole = std::fs::read(file)?;
        for eighths in [1, 2, 4, 8] {
            let wasm = first_bodies(&whole, eighths)?;
            let mut is_valid = false;
            let plain = best(|| is_valid = validate(&wasm));
            assert!(is_valid, "{file} is not valid under the supported features");
            let mut report = verify(&wasm, &host, &Policy::default());
            let ours = best(|| report = verify(&wasm, &host, &Policy::default()));
            let ms = |time: Duration| time.as_secs_f64() * 1e3;
            println!(
                "{:>10} {:>9.2} ms {:>9.2} ms {:>6}  {file}",
                wasm.len(),
                ms(plain),
                ms(ours),
                report.totals.loops
            );
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let (flags, files): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|a| a.starts_with("--"));
    let has = |name: &str| flags.iter().any(|flag| flag == name);
    let host = HostSet::default();
    if has("--series") {
        return series(&files);
    }
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
