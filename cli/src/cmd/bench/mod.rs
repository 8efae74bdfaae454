//! `cervus bench`: times.
//!
//! The protocol of `bench run`, for scripts; one item per line on standard output and nothing else:
//!
//! ```text
//! compile_ns X     bytes in memory → verified, lowered, checked and linked, all functions
//! run_ns X         one call of the export `run(i32) -> i64`; the first, untimed call is not shown
//! checksum X       the result, as unsigned decimal
//! ```
//!
//! Fuel is counted and every access is checked, as in any other run.

mod compile;

use crate::{
    args::{self, Jobs},
    error::{Error, StopReason},
    host::{GuestHost, TextLog},
    image_error::ImageError,
    input::{self, Input},
    launch::{Bounds, Budget, Guest, Parts},
    names, output,
    pipeline::{self, Settings},
    progress::Progress,
    trace::Trace,
};
use clap::{Args, Subcommand};
use kengine::{
    image::valtype::{I32, I64},
    link::Program,
    thread::Run,
};
use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

/// Fuel of one slice: a call of any length is one slice, as far as possible.
const SLICE: u64 = 1 << 60;

/// Measure how fast programs are made ready and run
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cervus bench run sha256.wasm 1000 10
  cervus bench compile sqlite3.wasm esbuild.wasm --repeats 5")]
pub(crate) struct Bench {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Time calls of the export `run(i32) -> i64`
    ///
    /// Prints `compile_ns X`, then `run_ns X` for each timed call, then `checksum X`. One call before them is not
    /// timed.
    Run {
        #[arg(help = args::FILE_HELP)]
        file: PathBuf,
        /// Argument of `run`.
        #[arg(allow_negative_numbers = true)]
        n: i32,
        /// Timed calls.
        #[arg(value_parser = clap::value_parser!(u32).range(1..))]
        runs: u32,
        #[command(flatten)]
        jobs: Jobs,
    },
    Compile(compile::Compile),
}

impl Bench {
    /// Whether the figures are wanted as JSON.
    pub(crate) fn wants_json(&self) -> bool {
        matches!(&self.what, What::Compile(compile) if compile.json)
    }

    pub(crate) fn execute(&self) -> Result<ExitCode, Error> {
        match &self.what {
            What::Run { file, n, runs, jobs } => run(file, *n, *runs, jobs.threads())?,
            What::Compile(compile) => compile.execute()?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Bytes in memory to a linked program. The copy of the bytes is not timed.
fn ready(path: &Path, input: &Input, threads: usize) -> Result<(Program, Duration), Error> {
    let settings = Settings { strict_imports: true, threads, ..Settings::permissive() };
    let mut progress = Progress::silent();
    let (copy, is_ours) = (input.clone(), matches!(input, Input::Wasm(_)));
    let began = Instant::now();
    let image = pipeline::image(path, copy, &settings, &mut progress)?.image;
    let program = pipeline::link(image, &settings);
    let took = began.elapsed();
    match program {
        Ok(program) => Ok((program, took)),
        Err(error) => {
            // The bytes are gone; make them again for the message.
            let image = pipeline::image(path, input.clone(), &settings, &mut progress)?.image;
            Err(Error::Image { path: path.to_owned(), error: ImageError::new(&image, error, is_ours) })
        }
    }
}

fn run(path: &Path, n: i32, runs: u32, threads: usize) -> Result<(), Error> {
    let fail = |message: String| Error::Bench { path: path.to_owned(), message };
    let (program, took) = ready(path, &input::program(path)?, threads)?;
    let mut out = format!("compile_ns {}\n", took.as_nanos());
    let program = Arc::new(program);
    let image = program.image();
    let func = names::export(&image, "run");
    let Some(func) = func.filter(|func| super::load::types(&image, *func) == Some((&[I32], &[I64]))) else {
        return Err(Error::usage(format!("{}: no export `run` of type (i32) -> i64", crate::error::shown(path))));
    };

    let guest = Guest::new(Arc::clone(&program), Bounds::default()).map_err(fail)?;
    let Parts { mut store, instance, mut thread } = guest.into_parts().map_err(fail)?;
    // What the image claims is for one call.
    thread.set_budget(u64::MAX);
    let log = Box::new(TextLog::new(std::io::sink()));
    let mut host = GuestHost { id: 1, args: Vec::new(), log, fault: None };
    let mut call = |func: u32, args: &[u64]| -> Result<Option<u64>, Error> {
        let mut trapped = thread.start(&store, instance, func, args).err();
        while trapped.is_none() {
            match thread.run(&mut store, &mut host, SLICE) {
                Run::Done => return Ok(thread.results().first().copied()),
                Run::Yield => {}
                Run::Block(wait) => thread::sleep(Duration::from_nanos(wait.timeout_ns)),
                Run::Trap(code) => trapped = Some(code),
                Run::Stopped => return Err(fail("stopped".to_owned())),
            }
        }
        let code = trapped.unwrap_or(kengine::trap::TrapCode::Unreachable);
        let reason = StopReason::Trap { code, fault: host.fault.take(), budget: Budget::new(Bounds::default(), 0) };
        let trace = Trace::of(&store, &thread);
        Err(Error::Ended { path: path.to_owned(), reason, trace, fuel: thread.used() })
    };
    if image.header.start != kengine::image::NO_INDEX {
        call(image.header.start, &[])?;
    }
    let args = [u64::from(n as u32)]; // CAST: same bits
    let first = call(func, &args)?;
    for at in 1..=runs {
        let began = Instant::now();
        let result = call(func, &args)?;
        let took = began.elapsed();
        if result != first {
            return Err(fail(format!("call {at} returned {result:?}, the first one {first:?}")));
        }
        // Writing to a string cannot fail.
        let _ = writeln!(out, "run_ns {}", took.as_nanos());
    }
    let _ = writeln!(out, "checksum {}", first.unwrap_or(0));
    output::plain(&out)
}
