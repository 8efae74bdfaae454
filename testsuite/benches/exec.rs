//! Execution speed: every program of `guests/programs.toml` in the embedded engine and in wasmi.
//!
//! ```text
//! cargo bench -p testsuite --bench exec -- [FILTER…] [--json FILE] [--rounds N] [--mode MODE] [--quick] [--times-only]
//! ```
//!
//! Both engines stand in one process; their runs take turns, round by round, so that whatever else the
//! machine does hits both. The figure is the thread's processor time, the least of all rounds; the spread
//! is how far the median lies above it. Every result is compared with that of the native build.
//!
//! The comparison favours wasmi: it runs without fuel, we meter and can be stopped at any time. Code
//! layout alone moves a program of an interpreter by up to 15 %, so a single row proves little.
//!
//! The second table says what the images cost in bytes and fuel: `image/wasm` is all of the image per
//! byte of the module, `ir/code` and `linked/code` are CODE and the executable form per byte of wasm
//! code section, `evidence/ir` is what stands in the image for the checker alone (leaders and signature
//! depths) per byte of CODE; `charged/executed` compares fuel with the cost of the ops executed.

mod common;

use clap::Parser;
use common::{
    Instance, Result,
    cervus::Cervus,
    charges,
    machine::Machine,
    peer::Wasmi,
    programs::Program,
    stats::{Series, geomean, time},
};
use kengine::{
    Mode,
    image::{Image, SectionKind},
};
use serde::Serialize;
use std::path::PathBuf;

/// Command line.
#[derive(Parser)]
struct Args {
    /// Only programs whose name contains one of these.
    filter: Vec<String>,
    /// Write the figures to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Runs of each program in each engine.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Dispatch mode; the fastest by default.
    #[arg(long)]
    mode: Option<String>,
    /// Small inputs: checks the results, the times mean little.
    #[arg(long)]
    quick: bool,
    /// No table of costs: its runs of rewritten images would stand in a profile.
    #[arg(long)]
    times_only: bool,
    /// What cargo passes to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

/// Figures of one program.
#[derive(Serialize)]
struct Row {
    name: String,
    kind: String,
    wasmi_ms: f64,
    cervus_ms: f64,
    /// wasmi's time by ours.
    speed: f64,
    wasmi_spread_percent: f64,
    cervus_spread_percent: f64,
    wasm_bytes: usize,
    wasm_code_bytes: usize,
    image_bytes: usize,
    ir_bytes: usize,
    evidence_bytes: usize,
    linked_bytes: usize,
    charged: u64,
    /// Missing if not asked for, or where the rewritten image would need far branches.
    executed: Option<u64>,
}

/// All of it.
#[derive(Serialize)]
struct Report {
    machine: Machine,
    mode: &'static str,
    rounds: u32,
    quick: bool,
    geomean_speed: f64,
    programs: Vec<Row>,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let mode = match &args.mode {
        Some(name) => name.parse().map_err(|()| format!("no mode `{name}` in this build"))?,
        None => Mode::default(),
    };
    let machine = Machine::here();
    println!("{machine}");
    println!("mode {}, {} rounds; processor time, ms, least; speed = wasmi / cervus", mode.name(), args.rounds);
    println!("\n{:<14} {:<14} {:>9} {:>9} {:>7}  spread wasmi, cervus", "program", "kind", "wasmi", "cervus", "speed");
    let mut programs = Vec::new();
    for program in Program::list(&args.filter)? {
        let row = measure(&program, mode, &args).map_err(|e| format!("{}: {e}", program.name))?;
        println!(
            "{:<14} {:<14} {:>9.1} {:>9.1} {:>6.2}x  +{:.1} %, +{:.1} %",
            row.name,
            row.kind,
            row.wasmi_ms,
            row.cervus_ms,
            row.speed,
            row.wasmi_spread_percent,
            row.cervus_spread_percent
        );
        programs.push(row);
    }
    let geomean_speed = geomean(programs.iter().map(|r| r.speed));
    println!("{:<14} {:<14} {:>9} {:>9} {geomean_speed:>6.2}x", "geomean", "", "", "");
    if !args.times_only {
        sizes(&programs);
    }
    let (rounds, quick) = (args.rounds, args.quick);
    let report = Report { machine, mode: mode.name(), rounds, quick, geomean_speed, programs };
    if let Some(path) = &args.json {
        std::fs::write(path, serde_json::to_vec_pretty(&report)?)?;
    }
    Ok(())
}

fn measure(program: &Program, mode: Mode, args: &Args) -> Result<Row> {
    let wasm = program.wasm()?;
    let (n, expect) = match args.quick {
        true => (program.test_n, program.expect),
        false => (program.bench_n, program.bench_expect),
    };
    let mut wasmi = Wasmi::new(&wasm)?;
    let mut cervus = Cervus::new(&wasm, mode)?;
    // Wakes caches and page tables up, and shows that a second call gives what the first did.
    check(program.expect, wasmi.run(program.test_n)?, "wasmi")?;
    check(program.expect, cervus.run(program.test_n)?, "cervus")?;
    let (mut wasmi_times, mut cervus_times, mut charged) = (Series::default(), Series::default(), 0);
    for _ in 0..args.rounds {
        let (took, result) = time(|| wasmi.run(n));
        check(expect, result?, "wasmi")?;
        wasmi_times.push(took);
        let before = cervus.charged();
        let (took, result) = time(|| cervus.run(n));
        check(expect, result?, "cervus")?;
        cervus_times.push(took);
        charged = cervus.charged() - before;
    }
    let bytes = lower::lower(&wasm, &mut lower::Options::default())?;
    let image = Image::parse(&bytes).map_err(|e| format!("{e:?}"))?;
    let section = |kind| image.section(kind).len();
    Ok(Row {
        name: program.name.clone(),
        kind: program.kind.clone(),
        wasmi_ms: wasmi_times.min_ms(),
        cervus_ms: cervus_times.min_ms(),
        speed: wasmi_times.min_ms() / cervus_times.min_ms(),
        wasmi_spread_percent: wasmi_times.spread(),
        cervus_spread_percent: cervus_times.spread(),
        wasm_bytes: wasm.len(),
        wasm_code_bytes: testsuite::modules::code_section(&wasm)?.0,
        image_bytes: bytes.len(),
        ir_bytes: section(SectionKind::Code),
        evidence_bytes: section(SectionKind::Leader) + section(SectionKind::SigDepth),
        linked_bytes: cervus.linked_bytes(),
        charged,
        executed: if args.times_only { None } else { charges::executed(&bytes, n).ok() },
    })
}

fn check(expect: i64, got: i64, engine: &str) -> Result<()> {
    if expect != got {
        return Err(format!("{engine} gives {got}, the native build {expect}").into());
    }
    Ok(())
}

fn sizes(rows: &[Row]) {
    println!(
        "\n{:<14} {:>10} {:>8} {:>11} {:>11} {:>14} {:>8} {:>16}",
        "program",
        "image/wasm",
        "ir/code",
        "linked/code",
        "evidence/ir",
        "executed cost",
        "ns/cost",
        "charged/executed"
    );
    let ratio = |a: usize, b: usize| a as f64 / b as f64;
    for r in rows {
        let (executed, ns, over) = match r.executed {
            Some(n) => {
                let cost = n as f64;
                (n.to_string(), format!("{:.2}", r.cervus_ms * 1e6 / cost), format!("{:.3}", r.charged as f64 / cost))
            }
            None => ("-".into(), "-".into(), "-".into()),
        };
        println!(
            "{:<14} {:>10.2} {:>8.2} {:>11.2} {:>11.3} {executed:>14} {ns:>8} {over:>16}",
            r.name,
            ratio(r.image_bytes, r.wasm_bytes),
            ratio(r.ir_bytes, r.wasm_code_bytes),
            ratio(r.linked_bytes, r.wasm_code_bytes),
            ratio(r.evidence_bytes, r.ir_bytes),
        );
    }
    let mean = |of: fn(&Row) -> f64| geomean(rows.iter().map(of));
    println!(
        "{:<14} {:>10.2} {:>8.2} {:>11.2} {:>11.3} {:>14} {:>8} {:>16.3}",
        "geomean",
        mean(|r| r.image_bytes as f64 / r.wasm_bytes as f64),
        mean(|r| r.ir_bytes as f64 / r.wasm_code_bytes as f64),
        mean(|r| r.linked_bytes as f64 / r.wasm_code_bytes as f64),
        mean(|r| r.evidence_bytes as f64 / r.ir_bytes as f64),
        "",
        "",
        geomean(rows.iter().filter_map(|r| Some(r.charged as f64 / r.executed? as f64))),
    );
}
