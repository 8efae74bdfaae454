//! The `cervus` command: verifies, lowers, checks and runs wasm programs.
//!
//! ```text
//! args ──► cmd::* ──► input (file, .wat, .cvi) ──► pipeline (verifier, lower) ──► engine ─┬► launch ► embedded, host
//!                                                                                         └► kernel ► dev ► /dev/cervus
//! exit code ◄── report (errors → text) ◄───────────────────────────────────────────────────────────┘
//! ```
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | fine |
//! | 1 | the program was rejected or has trapped |
//! | 2 | wrong usage, a file could not be read or written, or the kernel engine cannot do what was asked |
//! | 130 | stopped by Ctrl-C |
//! | 141 | the reader of standard output went away |
//! | other | the guest's own, of `cervus load` |

#![deny(unsafe_code)]

mod args;
mod cmd;
mod dev;
mod doctor;
mod embedded;
mod engine;
mod error;
mod host;
mod human;
mod image_error;
mod input;
mod kernel;
mod launch;
mod names;
mod output;
mod pipeline;
mod privileges;
mod programs;
mod progress;
mod report;
mod table;
mod trace;
mod values;

use clap::Parser;
use std::{env, path::Path, process::ExitCode};

// Guests of the command are anybody's.
const _: () = assert!(!kengine::UNCHECKED, "the feature `unchecked` of kengine is for `cargo xtask bench`");

/// Called by this name, the command is `cervus load`, as in the first Cervus.
const LOADER: &str = "cvload";

fn main() -> ExitCode {
    let mut words: Vec<_> = env::args_os().collect();
    if words.first().is_some_and(|name| Path::new(name).file_name() == Some(LOADER.as_ref())) {
        words.insert(1, "load".into());
    }
    let cli = match args::Cli::try_parse_from(&words) {
        Ok(cli) => cli,
        Err(error) => {
            if error.use_stderr() && words.iter().take_while(|word| *word != "--").any(|word| word == "--json") {
                report::json_usage(&error);
            }
            // `--help`, `--version` and wrong usage: prints and exits, with 0 or 2.
            error.exit()
        }
    };
    match cmd::dispatch(&cli) {
        Ok(code) => code,
        Err(error) => {
            if cli.command.wants_json() {
                report::json_error(&error);
            }
            report::error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}
