//! `cervus bench compile`: the load path, stage by stage, beside others in the same run.
//!
//! Rounds go over all measurements in turn and the best of each counts, so that what else the machine does falls on
//! all alike. Everything is done in memory; all functions of a module, none lazily.

use crate::{
    args::{self, Jobs},
    error::{Error, shown},
    image_error::ImageError,
    input, output,
    pipeline::{self, Settings},
    progress::Progress,
};
use clap::Args;
use serde_json::{Value, json};
use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use verifier::Sources;
use wasmparser::Validator;

/// Time the way from bytes to a linked program, stage by stage
///
/// Beside it stand, measured in the same run on one thread: validation by wasmparser, and the translation by wasmi
/// that makes all functions ready. Large modules are loaded without loop bounds: then `verify` is all sections but the
/// bodies, which are validated as they are lowered, in one read. In others it is validation, graphs, loops with their
/// bounds and the call graph. Imports that the host lacks do not matter. Times are the best of all repeats.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cervus bench compile esbuild.wasm
  cervus bench compile small.wasm middle.wasm large.wasm --repeats 5 --bounds
  cervus bench compile esbuild.wasm -j 4 --json")]
pub(super) struct Compile {
    #[arg(help = args::MODULE_HELP, required = true)]
    files: Vec<PathBuf>,
    /// How often.
    #[arg(long, value_name = "N", default_value = "3", value_parser = clap::value_parser!(u32).range(1..))]
    repeats: u32,
    /// Also look for loop bounds, once, on one thread and on all.
    #[arg(long)]
    bounds: bool,
    #[command(flatten)]
    jobs: Jobs,
    /// Print an array of objects, times in nanoseconds.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What one module took.
struct Figures {
    path: PathBuf,
    bytes: usize,
    code_bytes: u64,
    /// Validation by wasmparser.
    wasmparser: Duration,
    /// Eager translation by wasmi, validation included; `None` if it refuses the module or is not built in.
    wasmi: Option<Duration>,
    rows: Vec<Row>,
}

/// The stages on so many threads.
struct Row {
    threads: usize,
    /// Whether bodies are validated by `lower`, not by `verify`.
    in_one: bool,
    verify: Duration,
    lower: Duration,
    check_and_link: Duration,
    /// The check alone, always on one thread, as the kernel does it.
    check: Duration,
    /// The verifier with loop bounds.
    bounds: Option<Duration>,
}

impl Compile {
    pub(super) fn execute(&self) -> Result<(), Error> {
        let mut all = Vec::new();
        for file in &self.files {
            let figures = self.measure(file)?;
            if !self.json {
                output::plain(&figures.to_text())?;
            }
            all.push(figures.to_json());
        }
        if self.json { output::json(&Value::Array(all)) } else { Ok(()) }
    }

    fn measure(&self, path: &Path) -> Result<Figures, Error> {
        let wasm = input::module(path)?;
        let mut threads = vec![1, self.jobs.threads()];
        threads.dedup();
        let mut figures = Figures {
            path: path.to_owned(),
            bytes: wasm.len(),
            code_bytes: verifier::code_bytes(&wasm),
            wasmparser: Duration::MAX,
            wasmi: None,
            rows: threads.into_iter().map(Row::new).collect(),
        };
        for _ in 0..self.repeats {
            let validated = Instant::now();
            let valid = Validator::new_with_features(verifier::features()).validate_all(&wasm).is_ok();
            keep(&mut figures.wasmparser, validated.elapsed());
            if let Some(took) = peer::eager(&wasm).filter(|_| valid) {
                keep(figures.wasmi.get_or_insert(Duration::MAX), took);
            }
            for row in &mut figures.rows {
                row.round(path, &wasm)?;
            }
        }
        for row in figures.rows.iter_mut().filter(|_| self.bounds) {
            let settings = Settings { bounds: true, threads: row.threads, ..Settings::permissive() };
            let began = Instant::now();
            pipeline::verify(&wasm, &settings, &mut Progress::silent());
            row.bounds = Some(began.elapsed());
        }
        Ok(figures)
    }
}

/// The shorter time stays.
fn keep(best: &mut Duration, took: Duration) {
    *best = took.min(*best);
}

impl Row {
    fn new(threads: usize) -> Self {
        let most = Duration::MAX;
        Row { threads, in_one: false, verify: most, lower: most, check: most, check_and_link: most, bounds: None }
    }

    /// Once through all stages.
    fn round(&mut self, path: &Path, wasm: &[u8]) -> Result<(), Error> {
        let settings = Settings { threads: self.threads, ..Settings::permissive() };
        let mut progress = Progress::silent();
        let began = Instant::now();
        let accepted = pipeline::accepts_declarations(wasm, &settings);
        let verify = began.elapsed();
        let began = Instant::now();
        let image = accepted.then(|| pipeline::validate_and_lower(wasm, self.threads, &mut progress)).flatten();
        let lower = began.elapsed();
        self.in_one = image.is_some();
        let image = match image {
            Some(image) => {
                keep(&mut self.verify, verify);
                keep(&mut self.lower, lower);
                image
            }
            None => self.verify_then_lower(path, wasm, &settings, verify + lower)?,
        };
        let refused = |error| Error::Image { path: path.to_owned(), error: ImageError::new(&image, error, true) };
        let began = Instant::now();
        pipeline::check(&image, &settings).map_err(refused)?;
        keep(&mut self.check, began.elapsed());
        let copy = image.clone();
        let began = Instant::now();
        let program = pipeline::link(copy, &settings);
        keep(&mut self.check_and_link, began.elapsed());
        program.map_err(refused)?;
        Ok(())
    }

    /// The long way, after so much time with the short one.
    fn verify_then_lower(
        &mut self,
        path: &Path,
        wasm: &[u8],
        settings: &Settings,
        tried: Duration,
    ) -> Result<Vec<u8>, Error> {
        let mut progress = Progress::silent();
        let began = Instant::now();
        let report = pipeline::verify(wasm, settings, &mut progress);
        keep(&mut self.verify, tried + began.elapsed());
        if !report.accepted() {
            let sources = Sources::new(wasm, &args::source_roots(path));
            return Err(pipeline::rejected(path, report, &sources));
        }
        let began = Instant::now();
        let image = pipeline::lower(wasm, self.threads, &mut progress);
        keep(&mut self.lower, began.elapsed());
        image.map_err(|error| Error::Lower { path: path.to_owned(), error })
    }

    fn total(&self) -> Duration {
        self.verify + self.lower + self.check_and_link
    }
}

impl Figures {
    fn to_text(&self) -> String {
        let megabytes = self.bytes as f64 / 1e6;
        let rate = |took: Duration| megabytes / took.as_secs_f64();
        let ms = |took: Duration| took.as_secs_f64() * 1e3;
        let mut text = format!("{}: {megabytes:.2} MB\n", shown(&self.path));
        let _ = writeln!(
            text,
            "  wasmparser validates {:>9.2} ms {:>7.1} MB/s",
            ms(self.wasmparser),
            rate(self.wasmparser)
        );
        match self.wasmi {
            Some(took) => {
                let _ = writeln!(text, "  wasmi, eagerly       {:>9.2} ms {:>7.1} MB/s", ms(took), rate(took));
            }
            None => text.push_str("  wasmi, eagerly       not measured\n"),
        }
        let lower = if self.rows.iter().all(|row| row.in_one) { "validate+lower" } else { "lower" };
        let _ = writeln!(text, "  threads    verify {lower:>14}  check+link     total ms    MB/s  by wasmi");
        for row in &self.rows {
            let against = self.wasmi.map_or(String::new(), |wasmi| ratio(wasmi, row.total()));
            let [verify, lower, link, total] = [row.verify, row.lower, row.check_and_link, row.total()].map(ms);
            let _ = writeln!(
                text,
                "  {:>7} {verify:>9.2} {lower:>14.2} {link:>11.2} {total:>12.2} {:>7.1} {against:>9}",
                row.threads,
                rate(row.total()),
            );
        }
        let check = self.rows.iter().map(|row| row.check).min().unwrap_or_default();
        let _ = writeln!(text, "  the check alone, on one thread: {:.2} ms", ms(check));
        for row in &self.rows {
            if let Some(took) = row.bounds {
                let _ = writeln!(
                    text,
                    "  verify with loop bounds, threads: {}: {:.0} ms, by wasmparser's time {}",
                    row.threads,
                    ms(took),
                    ratio(took, self.wasmparser)
                );
            }
        }
        text
    }

    fn to_json(&self) -> Value {
        let ns = |took: Duration| u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let row = |row: &Row| {
            json!({
                "threads": row.threads,
                "verify_ns": ns(row.verify),
                "lower_ns": ns(row.lower),
                "lower_validates": row.in_one,
                "check_ns": ns(row.check),
                "check_and_link_ns": ns(row.check_and_link),
                "total_ns": ns(row.total()),
                "verify_with_bounds_ns": row.bounds.map(ns),
            })
        };
        json!({
            "file": shown(&self.path),
            "bytes": self.bytes,
            "code_bytes": self.code_bytes,
            "wasmparser_ns": ns(self.wasmparser),
            "wasmi_ns": self.wasmi.map(ns),
            "rows": self.rows.iter().map(row).collect::<Vec<_>>(),
        })
    }
}

fn ratio(a: Duration, b: Duration) -> String {
    format!("{:.2}x", a.as_secs_f64() / b.as_secs_f64())
}

#[cfg(feature = "peers")]
mod peer {
    use std::time::{Duration, Instant};
    use wasmi::{CompilationMode, Config, Engine, Module};

    /// The time in which wasmi makes all functions ready.
    pub(super) fn eager(wasm: &[u8]) -> Option<Duration> {
        let mut config = Config::default();
        config.compilation_mode(CompilationMode::Eager).consume_fuel(false);
        let engine = Engine::new(&config);
        let began = Instant::now();
        let module = Module::new(&engine, wasm);
        let took = began.elapsed();
        module.is_ok().then_some(took)
    }
}

#[cfg(not(feature = "peers"))]
mod peer {
    /// Not built in.
    pub(super) fn eager(_: &[u8]) -> Option<std::time::Duration> {
        None
    }
}
