//! Execution speed: every program of `guests/programs.toml` in the embedded engine and in others.
//!
//! ```text
//! cargo xtask bench [--peers | --unchecked] [--layout NAME] -- [FILTER…] [--engines NAME,…] [--mode MODE] [--rounds N]
//!             [--json FILE] [--svg FILE] [--quick] [--times-only]
//! ```
//!
//! Engines: `cervus` in the mode that `--mode` says or the fastest one, `return`, `become` and `match` for it in
//! that mode, `wasmi`, `wasmi-fuel`; with the feature `peers` also `wasm3`, `winch`, `cranelift`, `native`. The
//! others are held against the first. What is set in each is printed, and how each was built stands in its file
//! (`common/peer.rs`, `common/peers/`).
//!
//! All stand in one process (native code in a second one); their runs take turns, round by round, so that
//! whatever else the machine does hits all of them. The figure is the thread's processor time, the least of all
//! rounds; median and most stand beside it. Every result is compared with that of the native build.
//!
//! The comparison favours the others: they run without fuel (but for `wasmi-fuel`), we meter and can be stopped at
//! any time. Code layout alone moves a program of an interpreter by up to 15 %, so a single row proves little, and
//! `--layout` builds everything again with the functions in other places.
//!
//! The last table says what the images cost in bytes and fuel: `image/wasm` is all of the image per byte of the
//! module, `ir/code` and `linked/code` are CODE and the executable form per byte of wasm code section,
//! `evidence/ir` is what stands in the image for the checker alone (leaders and signature depths) per byte of CODE;
//! `charged/executed` compares fuel with the cost of the ops executed.

mod common;

use clap::Parser;
use common::{
    Instance, Result,
    engines::{self, Engine},
    machine::Machine,
    programs::Program,
    report::{Report, Row, heading, line},
    sizes::{self, Sizes},
    stats::Series,
};
use std::{collections::BTreeMap, path::PathBuf};

/// Command line.
#[derive(Parser)]
struct Args {
    /// Only programs whose name contains one of these.
    filter: Vec<String>,
    /// These engines; the others are held against the first.
    #[arg(long, value_delimiter = ',')]
    engines: Vec<String>,
    /// Dispatch mode of `cervus`; the fastest by default.
    #[arg(long)]
    mode: Option<String>,
    /// Runs of each program in each engine.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Write the figures to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Draw the figures into this file.
    #[cfg(feature = "peers")]
    #[arg(long)]
    svg: Option<PathBuf>,
    /// How this build was laid out, for the report.
    #[arg(long, default_value = "as released")]
    layout: String,
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

fn main() -> Result<()> {
    let args = Args::parse();
    let mode = common::mode(args.mode.as_deref())?;
    let machine = Machine::here();
    println!("{machine}; layout: {}", args.layout);
    let engines = engines::list(&args.engines, mode)?;
    for Engine { name, settings, .. } in &engines {
        println!("{name}: {settings}");
    }
    println!("\nprocessor time, ms, least of {} rounds", args.rounds);
    heading(&engines.iter().map(|engine| engine.name.clone()).collect::<Vec<_>>());
    let mut programs = Vec::new();
    for program in Program::list(&args.filter)? {
        programs.push(measure(&program, &engines, &args).map_err(|e| format!("{}: {e}", program.name))?);
    }
    let geomeans = BTreeMap::new();
    let (layout, rounds, quick) = (args.layout, args.rounds, args.quick);
    let mut report = Report { machine, layout, rounds, quick, engines, geomeans, programs };
    report.finish();
    if !args.times_only {
        sizes::print(&report.programs, report.ours());
    }
    if let Some(path) = &args.json {
        std::fs::write(path, serde_json::to_vec_pretty(&report)?)?;
    }
    #[cfg(feature = "peers")]
    if let Some(path) = &args.svg {
        common::plot::draw(&report, path)?;
    }
    Ok(())
}

/// Runs a program in all engines by turns and prints its line.
fn measure(program: &Program, engines: &[Engine], args: &Args) -> Result<Row> {
    let wasm = program.wasm()?;
    let (n, expect) = match args.quick {
        true => (program.test_n, program.expect),
        false => (program.bench_n, program.bench_expect),
    };
    let mut turns: Vec<(&str, Box<dyn Instance>, Series)> = Vec::new();
    for engine in engines {
        match engine.instance(&program.name, &wasm) {
            Ok(mut instance) => {
                // Wakes caches and page tables up, and shows that a second call gives what the first did.
                check(program.expect, instance.run(program.test_n)?, &engine.name)?;
                turns.push((&engine.name, instance, Series::default()));
            }
            Err(error) => println!("{}: {} cannot run it: {error}", program.name, engine.name),
        }
    }
    for _ in 0..args.rounds {
        for (engine, instance, series) in &mut turns {
            let (took, result) = instance.timed(n).map_err(|e| format!("{engine}: {e}"))?;
            check(expect, result, engine)?;
            series.push(took);
        }
    }
    let times: BTreeMap<_, _> = turns.iter().map(|(name, _, series)| (name.to_string(), series.into())).collect();
    let row = Row {
        name: program.name.clone(),
        kind: program.kind.clone(),
        times,
        sizes: Sizes::of(program, n, !args.times_only)?,
    };
    let ms = |engine: &Engine| row.times.get(&engine.name).map_or("-".into(), |times| format!("{:.1}", times.min_ms));
    line(&row.name, &row.kind, engines.iter().map(ms));
    Ok(row)
}

fn check(expect: i64, got: i64, engine: &str) -> Result<()> {
    if expect != got {
        return Err(format!("{engine} gives {got}, the native build {expect}").into());
    }
    Ok(())
}
