//! The `cervus` command: verifies, lowers, checks and runs wasm programs.
//!
//! ```text
//! args ──► cmd::* ──► input (file, .wat, .cvi) ──► pipeline (verifier, lower, kengine) ──► embedded (worker pool)
//!                                                                                            │ host (what guests import)
//! exit code ◄── report (errors → text) ◄─────────────────────────────────────────────────────┘
//! ```
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | fine |
//! | 1 | the program was rejected or has trapped |
//! | 2 | wrong usage, or a file could not be read or written |
//! | 130 | stopped by Ctrl-C |
//! | 141 | the reader of standard output went away |
//! | other | the guest's own, of `cervus load` |

#![forbid(unsafe_code)]

mod args;
mod cmd;
mod embedded;
mod error;
mod host;
mod image_error;
mod input;
mod launch;
mod names;
mod output;
mod pipeline;
mod progress;
mod report;
mod trace;
mod values;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    // On `--help`, `--version` and wrong usage this prints and exits, with 0 or 2.
    let cli = args::Cli::parse();
    match cmd::dispatch(&cli) {
        Ok(code) => code,
        Err(error) => {
            report::error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}
