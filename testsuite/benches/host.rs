//! What it costs to leave a guest and to come back: host calls, waits, slices, calls from outside, new instances.
//!
//! ```text
//! cargo bench -p testsuite --bench host -- [--json FILE] [--rounds N] [--mode MODE]
//! ```
//!
//! Nanoseconds of processor time for each, the least of all rounds; ours and wasmi's take turns. `calls` divides by
//! the call of a function of the same instance in the same engine: the aim is that a host call that does nothing
//! costs at most three of those. Starting an instance of a loaded program, up to the return of its first call, is
//! to take at most 5 us: with neither memory nor imports, and with those of real programs.
//!
//! Counted with each call is an eighth of a turn of the loop around it. wasmi runs without fuel; it is given fuel
//! only where running out of it is the point.

mod common;

use clap::Parser;
use common::{
    Result,
    host::{self, Case},
    machine::Machine,
    stats::{Series, time},
};
use serde::Serialize;
use std::path::PathBuf;

/// Command line.
#[derive(Parser)]
struct Args {
    /// Write the figures to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Turns of each measurement.
    #[arg(long, default_value_t = 15)]
    rounds: u32,
    /// Dispatch mode; the fastest by default.
    #[arg(long)]
    mode: Option<String>,
    /// What cargo passes to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

/// A line of the table.
#[derive(Serialize)]
struct Row {
    what: &'static str,
    cervus_ns: f64,
    /// Missing where wasmi has nothing like it.
    wasmi_ns: Option<f64>,
}

/// All of it.
#[derive(Serialize)]
struct Report {
    machine: Machine,
    mode: &'static str,
    rounds: u32,
    rows: Vec<Row>,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let mode = common::mode(args.mode.as_deref())?;
    let machine = Machine::here();
    println!("{machine}\nmode {}, {} rounds", mode.name(), args.rounds);
    println!("\n{:<44} {:>10} {:>7} {:>10} {:>7}", "ns", "cervus", "calls", "wasmi", "calls");
    let mut rows: Vec<Row> = Vec::new();
    for Case { what, count, mut ours, mut theirs } in host::all(mode)? {
        let mut measured = [Series::default(), Series::default()];
        for _ in 0..args.rounds {
            let (took, result) = time(|| ours(count));
            result.map_err(|e| format!("{what}: {e}"))?;
            measured[0].push(took);
            if let Some(theirs) = &mut theirs {
                let (took, result) = time(|| theirs(count));
                result.map_err(|e| format!("{what}, wasmi: {e}"))?;
                measured[1].push(took);
            }
        }
        let [cervus_ns, wasmi_ns] = measured.map(|series| series.min_ms() * 1e6 / f64::from(count));
        let row = Row { what, cervus_ns, wasmi_ns: theirs.map(|_| wasmi_ns) };
        // The first row is the call that the others are held against.
        let first = rows.first().unwrap_or(&row);
        let (calls, wasmi_calls) = (row.cervus_ns / first.cervus_ns, row.wasmi_ns.zip(first.wasmi_ns));
        let wasmi = row.wasmi_ns.map_or("-".into(), |ns| format!("{ns:.1}"));
        let wasmi_calls = wasmi_calls.map_or("-".into(), |(ns, first)| format!("{:.1}", ns / first));
        println!("{what:<44} {cervus_ns:>10.1} {calls:>7.1} {wasmi:>10} {wasmi_calls:>7}");
        rows.push(row);
    }
    let report = Report { machine, mode: mode.name(), rounds: args.rounds, rows };
    if let Some(path) = &args.json {
        std::fs::write(path, serde_json::to_vec_pretty(&report)?)?;
    }
    Ok(())
}
