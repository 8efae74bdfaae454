//! Real modules, whole: `cargo run --release -p testsuite --bin modules [-- FILTER…] [--json FILE]`.
//!
//! Fetches packages from npm, by name and version, into the target directory (once), and takes every
//! module of these (0.3 to 65 MB) through verify, lower, check and link: all its functions, with a host that
//! offers whatever it imports. Each module has a process of its own, so that its peak of memory can be
//! told; times are processor time, the better of two.
//!
//! Prints a table in Markdown and a summary line. Exit code 1 if a module that the verifier accepts is not
//! lowered, or what was lowered does not pass the checker: either is a bug of ours. A module that needs an
//! unsupported feature is listed with the feature's name and counts as neither.

use clap::Parser;
use std::{path::PathBuf, process::ExitCode};
use testsuite::modules::{self, Outcome, Packages};

/// Command line.
#[derive(Parser)]
#[command(about = "Takes real wasm modules from npm packages through the whole pipeline")]
struct Args {
    /// Only packages whose name contains one of these.
    filter: Vec<String>,
    /// Write the figures to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Take this module, in this process, and print its figures as JSON.
    #[arg(long, hide = true)]
    one: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("modules: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> modules::Result<ExitCode> {
    if let Some(path) = &args.one {
        println!("{}", serde_json::to_string(&modules::measure(&std::fs::read(path)?)?)?);
        return Ok(ExitCode::SUCCESS);
    }
    println!("{}", modules::HEADING);
    let mut figures = Vec::new();
    for package in Packages::default().matching(&args.filter) {
        for module in package.fetch()? {
            let row = modules::apart(&module)?;
            println!("{row}");
            figures.push(row);
        }
    }
    let count = |what: fn(&Outcome) -> bool| figures.iter().filter(|m| what(&m.figures.outcome)).count();
    let (passed, unsupported) = (count(Outcome::passed), count(Outcome::unsupported));
    let failed = figures.len() - passed - unsupported;
    let functions: u32 = figures.iter().filter(|m| m.figures.outcome.passed()).map(|m| m.figures.functions).sum();
    println!(
        "\n{passed} passed ({functions} functions), {failed} failed, {unsupported} skipped for an unsupported feature"
    );
    if let Some(path) = &args.json {
        std::fs::write(path, serde_json::to_vec_pretty(&figures)?)?;
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
