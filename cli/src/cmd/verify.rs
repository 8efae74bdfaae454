//! `cervus verify`: the verifier's report, and whether the rest of the pipeline agrees.

use crate::{
    args::{self, Grants, Jobs, PolicyArg, SourceArgs},
    error::{Error, shown},
    input, names, output,
    pipeline::{self, Settings},
    progress::Progress,
    report,
};
use clap::Args;
use kengine::{
    Mode,
    image::{Image, SectionKind},
};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};
use verifier::{Assumption, Comparison, Report, Sources};

/// Bytes of a function record that are evidence: depth and credit.
const FUNC_EVIDENCE: usize = 6;

/// Say whether a program may run, what it needs and what was proved about it
///
/// An accepted module is also lowered and checked, so that `cervus load` will take it under the same options.
/// Exit codes: 0 accepted, 1 rejected, 2 wrong usage or unreadable file, 3 accepted and worse than the report that
/// --compare names.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cervus verify hello_world.wasm
  cervus verify hello_world.wasm --json | jq .diagnostics
  cervus verify filter.wasm --policy bounded --allow none
  cervus verify filter.wasm --policy bounded --assume 'n<=4096'
  cervus verify filter.wasm --json > old.json; cervus verify new.wasm --compare old.json
  cervus -v verify hello_world.wasm       also sizes and times")]
pub(crate) struct Verify {
    #[arg(help = args::MODULE_HELP)]
    file: PathBuf,
    /// Print the report as JSON.
    #[arg(long, conflicts_with = "csv")]
    pub(crate) json: bool,
    /// Print a line for each function, as CSV with a head line; findings go to standard error.
    #[arg(long)]
    csv: bool,
    /// Say what is better or worse than in this older report, made with --json.
    #[arg(long, value_name = "OLD.json", conflicts_with = "csv")]
    compare: Option<PathBuf>,
    /// The class that the program must have.
    #[arg(long, value_enum, default_value_t)]
    policy: PolicyArg,
    /// Range that callers keep a parameter to: `n<=4096`, `1<=n<=9`, `sum:p0<=64` (may be given several times).
    ///
    /// Parameters have the names of the source where the module has debug information or names of locals, and always
    /// p0, p1 and so on.
    #[arg(long, value_name = "RANGE", allow_hyphen_values = true)]
    assume: Vec<Assumption>,
    #[command(flatten)]
    sources: SourceArgs,
    #[command(flatten)]
    grants: Grants,
    #[command(flatten)]
    jobs: Jobs,
}

/// Exit code when a figure is worse than in the older report.
const WORSE: u8 = 3;

/// What became of an accepted module.
struct Made {
    image_bytes: usize,
    code_bytes: usize,
    evidence_bytes: usize,
    linked_bytes: usize,
    lowering: Duration,
    checking: Duration,
}

impl Verify {
    pub(crate) fn execute(&self, verbose: bool) -> Result<ExitCode, Error> {
        let wasm = input::module(&self.file)?;
        let settings = Settings {
            class: self.policy.into(),
            max_pages: self.grants.max_pages,
            granted: self.grants.capabilities(),
            strict_imports: true,
            mode: Mode::default(),
            bounds: true,
            assumptions: self.assume.clone(),
            threads: self.jobs.threads(),
        };
        let old = self.compare.as_deref().map(old_report).transpose()?;
        let mut progress = Progress::new();
        let began = Instant::now();
        let mut report = pipeline::verify(&wasm, &settings, &mut progress);
        let verifying = began.elapsed();
        pipeline::all_used(&report)?;
        let made = match report.accepted() {
            true => self.make(&wasm, &settings, &mut report, &mut progress)?,
            false => None,
        };
        drop(progress);

        if !report.accepted() || report.totals.loops > 0 {
            report.locate(&Sources::new(&wasm, &self.sources.roots(&self.file)));
        }
        let comparison = match &old {
            Some((path, old)) => Some(Comparison::new(old, &report).map_err(|why| not_a_report(path, &why))?),
            None => None,
        };

        if self.csv {
            report::findings(&report.diagnostics_text(true));
            output::plain(&report.to_csv())?;
        } else if self.json {
            let mut value = report.to_json();
            value["image"] = made.as_ref().map_or(Value::Null, Made::to_json);
            if verbose {
                value["verify_ns"] = json!(nanoseconds(verifying));
            }
            if let Some(comparison) = &comparison {
                value["comparison"] = json!(comparison);
            }
            output::json(&value)?;
        } else {
            let mut text = report.to_text(true);
            if let Some(made) = made.filter(|_| verbose) {
                text.push_str(&made.to_text(wasm.len(), verifying));
            }
            if let Some(comparison) = &comparison {
                text.push_str(&format!("\n{}", comparison.to_text(true)));
            }
            output::coloured(&text)?;
        }
        Ok(match report.accepted() {
            false => ExitCode::FAILURE,
            true if comparison.is_some_and(|comparison| comparison.is_worse()) => ExitCode::from(WORSE),
            true => ExitCode::SUCCESS,
        })
    }

    /// Lowers, checks and links; what cannot be lowered is added to the report.
    fn make(
        &self,
        wasm: &[u8],
        settings: &Settings,
        report: &mut Report,
        progress: &mut Progress,
    ) -> Result<Option<Made>, Error> {
        let began = Instant::now();
        let mut image = match pipeline::lower(wasm, settings.threads, progress) {
            Ok(image) => image,
            Err(error) => {
                pipeline::reject(&self.file, error, report)?;
                return Ok(None);
            }
        };
        pipeline::claim(&mut image, report);
        let lowering = began.elapsed();
        let began = Instant::now();
        let program = pipeline::explained_link(&image, settings, true)
            .map_err(|error| Error::Image { path: self.file.clone(), error })?;
        let checking = began.elapsed();
        let section = |kind| Image::parse(&image).map_or(0, |image| image.section(kind).len());
        let funcs = section(SectionKind::Func) / SectionKind::Func.record_len();
        Ok(Some(Made {
            image_bytes: image.len(),
            code_bytes: section(SectionKind::Code),
            evidence_bytes: section(SectionKind::Leader) + section(SectionKind::SigDepth) + funcs * FUNC_EVIDENCE,
            linked_bytes: program.linked_bytes(),
            lowering,
            checking,
        }))
    }
}

/// Reads the report to compare with.
fn old_report(path: &Path) -> Result<(&Path, Value), Error> {
    let value = serde_json::from_slice(&input::bytes(path)?).map_err(|error| not_a_report(path, &error.to_string()))?;
    Ok((path, value))
}

fn not_a_report(path: &Path, why: &str) -> Error {
    Error::usage_hint(
        format!("{}: {}", shown(path), names::printable(why)),
        "--compare takes what `cervus verify FILE --json` has printed",
    )
}

impl Made {
    fn to_json(&self) -> Value {
        json!({
            "bytes": self.image_bytes,
            "code_bytes": self.code_bytes,
            "evidence_bytes": self.evidence_bytes,
            "linked_bytes": self.linked_bytes,
        })
    }

    fn to_text(&self, wasm_bytes: usize, verifying: Duration) -> String {
        let ratio = |a: usize, b: usize| a as f64 / b.max(1) as f64;
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        format!(
            "\n\
             image         {} bytes, {:.2} per byte of the module\n\
             evidence      {} bytes (leaders, depths, credits), {:.2} per byte of code\n\
             linked        {} bytes\n\
             time          verified in {:.2} ms, lowered in {:.2} ms, checked and linked in {:.2} ms\n",
            self.image_bytes,
            ratio(self.image_bytes, wasm_bytes),
            self.evidence_bytes,
            ratio(self.evidence_bytes, self.code_bytes),
            self.linked_bytes,
            ms(verifying),
            ms(self.lowering),
            ms(self.checking),
        )
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
