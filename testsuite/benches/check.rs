//! What comes before execution: checker, lowering, verifier, beside wasmparser and wasmi.
//!
//! ```text
//! cargo bench -p testsuite --bench check -- [FILTER…] [--json FILE] [--rounds N] [--quick]
//! ```
//!
//! First the checker alone, on synthetic images of 10^3 to 10^6 ops: its time per op must not grow with the
//! image and stay within 20 ns. Then every module of the guests, and those big ones that the command
//! `modules` has fetched: nanoseconds per op for the checker, per byte of module for the rest.
//!
//! `wasmi` is `Engine::new` and `Module::new` with eager translation, validation included, so it is to be
//! compared with the sum of ours (verify, lower, check+link): ratio `wasmi / cervus`, above 1 we are
//! faster. Our sum contains more: the report with loops and call graph, and a second, independent check.
//! `parser` is wasmparser's validation alone. Processor time, the least of all rounds, which take turns.

mod common;

use clap::Parser;
use common::{
    Result,
    machine::Machine,
    peer,
    programs::Program,
    stats::{Series, geomean, time},
    synthetic,
};
use kengine::{
    Mode,
    check::{Limits, check},
    image::Image,
    isa::EXT,
    link::Program as Linked,
};
use serde::Serialize;
use std::path::PathBuf;
use testsuite::modules::{AnyHost, Packages, host_of};
use verifier::Policy;

/// Checker's target, nanoseconds per op.
const TARGET_NS: f64 = 20.0;

/// Command line.
#[derive(Parser)]
struct Args {
    /// Only modules whose name contains one of these.
    filter: Vec<String>,
    /// Write the figures to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Turns for each module; ten times as many for the checker on synthetic images.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// One turn each, and no big modules.
    #[arg(long)]
    quick: bool,
    /// What cargo passes to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

/// The checker on an image.
#[derive(Serialize)]
struct Synthetic {
    ops: u32,
    bytes: usize,
    ns_per_op: f64,
}

/// A module through all stages. Nanoseconds per byte of module where nothing else is said.
#[derive(Serialize)]
struct Row {
    name: String,
    wasm_bytes: usize,
    ops: usize,
    check_ns_per_op: f64,
    parser: f64,
    verify: f64,
    lower: f64,
    check_link: f64,
    wasmi: f64,
    /// wasmi's time by ours.
    speed: f64,
}

/// All of it.
#[derive(Serialize)]
struct Report {
    machine: Machine,
    synthetic: Vec<Synthetic>,
    modules: Vec<Row>,
}

fn main() -> Result<()> {
    let mut args = Args::parse();
    if args.quick {
        args.rounds = 1;
    }
    let machine = Machine::here();
    println!("{machine}\n\n{:>9} {:>11} {:>9}   checker on synthetic images", "ops", "bytes", "ns/op");
    let mut synthetic = Vec::new();
    for ops in [1_000, 10_000, 100_000, 1_000_000] {
        let row = checker(ops, 10 * args.rounds)?;
        println!("{:>9} {:>11} {:>9.1}", row.ops, row.bytes, row.ns_per_op);
        synthetic.push(row);
    }
    let most = synthetic.iter().map(|r| r.ns_per_op).fold(0.0, f64::max);
    println!("at most {most:.1} ns/op, target {TARGET_NS}: {}", if most <= TARGET_NS { "met" } else { "NOT MET" });
    println!(
        "\n{:<44} {:>9} {:>9} {:>9}  ns/byte: {:>7} {:>7} {:>7} {:>10} {:>7} {:>7}",
        "module", "bytes", "ops", "check/op", "parser", "verify", "lower", "check+link", "wasmi", "speed"
    );
    let mut modules = Vec::new();
    for (name, wasm) in inputs(&args)? {
        match measure(&name, &wasm, args.rounds) {
            Ok(row) => {
                println!("{}", line(&row));
                modules.push(row);
            }
            // Modules of the wild may need features that one or the other engine lacks.
            Err(error) => println!("{name:<44} {error}"),
        }
    }
    println!("geomean of speed: {:.2}x", geomean(modules.iter().map(|r| r.speed)));
    if let Some(path) = &args.json {
        std::fs::write(path, serde_json::to_vec_pretty(&Report { machine, synthetic, modules })?)?;
    }
    Ok(())
}

fn inputs(args: &Args) -> Result<Vec<(String, Vec<u8>)>> {
    let mut inputs = Vec::new();
    for program in Program::list(&args.filter)? {
        inputs.push((program.name.clone(), program.wasm()?));
    }
    if !args.quick {
        let big = Packages::default().present();
        for module in big.filter(|m| args.filter.is_empty() || args.filter.iter().any(|f| m.name.contains(f.as_str())))
        {
            inputs.push((module.name, std::fs::read(&module.path)?));
        }
    }
    Ok(inputs)
}

fn checker(ops: u32, rounds: u32) -> Result<Synthetic> {
    let (bytes, ops) = synthetic::image(ops).ok_or("the image is too big")?;
    let mut times = Series::default();
    for _ in 0..rounds {
        let (took, checked) = time(|| check(&bytes, &AnyHost, &Limits::default(), &mut ()).map(|_| ()));
        checked.map_err(|e| format!("{e:?}"))?;
        times.push(took);
    }
    Ok(Synthetic { ops, bytes: bytes.len(), ns_per_op: times.min_ms() * 1e6 / f64::from(ops) })
}

fn measure(name: &str, wasm: &[u8], rounds: u32) -> Result<Row> {
    let host = host_of(wasm);
    let bytes = lower::lower(wasm, &mut lower::Options::default())?;
    let image = Image::parse(&bytes).map_err(|e| format!("{e:?}"))?;
    // CAST: the low half-word is the opcode.
    let ops = image.code().iter().filter(|code| code.word as u16 != EXT).count();
    let mut series: [Series; 6] = std::array::from_fn(|_| Series::default());
    for _ in 0..rounds {
        let [parser, verify, lowering, checking, loading, wasmi] = &mut series;
        let (took, valid) =
            time(|| wasmparser::Validator::new_with_features(verifier::features()).validate_all(wasm).map(|_| ()));
        valid?;
        parser.push(took);
        // A big report takes its time to be freed; that is part of it.
        verify.push(time(|| drop(verifier::verify(wasm, &host, &Policy::default()))).0);
        let (took, lowered) = time(|| lower::lower(wasm, &mut lower::Options::default()));
        lowered?;
        lowering.push(took);
        let (took, checked) = time(|| check(&bytes, &AnyHost, &Limits::default(), &mut ()).map(|_| ()));
        checked.map_err(|e| format!("{e:?}"))?;
        checking.push(took);
        let copy = bytes.clone();
        let (took, linked) = time(|| Linked::load(copy, &AnyHost, &Limits::default(), Mode::default()));
        linked.map_err(|e| format!("{e:?}"))?;
        loading.push(took);
        let (took, module) = time(|| wasmi::Module::new(&peer::engine(), wasm));
        module.map_err(|e| format!("wasmi: {e}"))?;
        wasmi.push(took);
    }
    let [parser, verify, lower, check, check_link, wasmi] = series.map(|s| s.min_ms() * 1e6);
    let len = wasm.len() as f64;
    Ok(Row {
        name: name.into(),
        wasm_bytes: wasm.len(),
        ops,
        check_ns_per_op: check / ops as f64,
        parser: parser / len,
        verify: verify / len,
        lower: lower / len,
        check_link: check_link / len,
        wasmi: wasmi / len,
        speed: wasmi / (verify + lower + check_link),
    })
}

fn line(r: &Row) -> String {
    format!(
        "{:<44} {:>9} {:>9} {:>9.1}  {:>8} {:>7.2} {:>7.2} {:>7.2} {:>10.2} {:>7.2} {:>6.2}x",
        r.name, r.wasm_bytes, r.ops, r.check_ns_per_op, "", r.parser, r.verify, r.lower, r.check_link, r.wasmi, r.speed
    )
}
