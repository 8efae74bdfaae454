//! `cervus verify`: the verifier's report, and whether the rest of the pipeline agrees.

use crate::{
    args::{self, Grants, PolicyArg},
    error::{Error, shown},
    input, output,
    pipeline::{self, Settings},
    progress::Progress,
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
use verifier::{Assumption, Code, Diagnostic, FunctionRef, Report, Verdict};

/// Bytes of a function record that are evidence: depth and credit.
const FUNC_EVIDENCE: usize = 6;

/// Say whether a program may run, what it needs and what was proved about it
///
/// An accepted module is also lowered and checked, so that `cervus load` will take it under the same options.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cervus verify hello_world.wasm
  cervus verify hello_world.wasm --json | jq .diagnostics
  cervus verify filter.wasm --policy bounded --allow none
  cervus verify sum.wasm --policy bounded --assume 'n<=4096'
  cervus verify sum.wasm --compare old.json
  cervus -v verify hello_world.wasm       also sizes and times")]
pub(crate) struct Verify {
    #[arg(help = args::MODULE_HELP)]
    file: PathBuf,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
    /// Print the functions as comma-separated values.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// An earlier report (JSON) to compare with; exit code 1 if something is worse.
    #[arg(long, value_name = "OLD.json", conflicts_with_all = ["json", "csv"])]
    compare: Option<PathBuf>,
    /// The class that the program must have.
    #[arg(long, value_enum, default_value_t)]
    policy: PolicyArg,
    /// A range that whoever calls the program keeps to: `n<=4096`, `1<=n<=64` or `n=16`, of a parameter by its name
    /// or as p0, p1 and so on; `sum:n<=4096` for the function `sum` alone.
    #[arg(long, value_name = "RANGE")]
    assume: Vec<Assumption>,
    #[command(flatten)]
    grants: Grants,
}

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
        };
        let mut progress = Progress::new();
        let began = Instant::now();
        let mut report = pipeline::verify(&wasm, &settings, &mut progress);
        let verifying = began.elapsed();
        let made = match report.accepted() {
            true => self.make(&wasm, &settings, &mut report, &mut progress)?,
            false => None,
        };
        drop(progress);
        report.read_sources();

        if self.csv {
            output::plain(&report.to_csv())?;
        } else if let Some(path) = self.compare.as_ref().filter(|_| report.accepted()) {
            return self.compared(&report, path);
        } else if self.json {
            let mut value = report.to_json();
            value["image"] = made.as_ref().map_or(Value::Null, Made::to_json);
            if verbose {
                value["verify_ns"] = json!(nanoseconds(verifying));
            }
            output::json(&value)?;
        } else {
            let mut text = report.to_text(true);
            if let Some(made) = made.filter(|_| verbose) {
                text.push_str(&made.to_text(wasm.len(), verifying));
            }
            output::coloured(&text)?;
        }
        Ok(if report.accepted() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Says what differs from an earlier report.
    fn compared(&self, report: &Report, path: &Path) -> Result<ExitCode, Error> {
        let usage = |what: String| Error::usage_hint(what, "give a file that `cervus verify --json` has written");
        let text = std::fs::read_to_string(path).map_err(|error| usage(format!("{}: {error}", shown(path))))?;
        let before: Value =
            serde_json::from_str(&text).map_err(|error| usage(format!("{}: no report: {error}", shown(path))))?;
        if !before["functions"].is_array() {
            return Err(usage(format!("{}: JSON, but no report", shown(path))));
        }
        let changes = report.compare(&before);
        let mut out: String = changes.iter().map(|change| format!("{change}\n")).collect();
        let worse = changes.iter().filter(|change| change.worse).count();
        out.push_str(&format!("{worse} worse, {} better\n", changes.len() - worse));
        output::plain(&out)?;
        Ok(if worse == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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
        let mut image = match pipeline::lower(wasm, progress) {
            Ok(image) => image,
            Err(error) => {
                let diagnostic =
                    diagnostic(&error, report).ok_or_else(|| Error::Lower { path: self.file.clone(), error })?;
                report.diagnostics.push(diagnostic);
                report.verdict = Verdict::Rejected;
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

/// A module's fault that only lowering finds, as a finding of the report; `None` if it is our own fault.
fn diagnostic(error: &lower::Error, report: &Report) -> Option<Diagnostic> {
    let (code, func, offset) = match *error {
        lower::Error::Invalid { offset, .. } => (Code::InvalidModule, None, Some(offset)),
        lower::Error::Unsupported { func, offset, .. } => (Code::UnsupportedFeature, func, Some(offset)),
        lower::Error::Limit { func, .. } => (Code::LimitExceeded, func, None),
        lower::Error::Internal { .. } => return None,
    };
    let name = |index| report.functions.iter().find(|f| f.index == index).and_then(|f| f.name.clone());
    Some(Diagnostic {
        code,
        message: error.to_string(),
        function: func.map(|index| FunctionRef { index, name: name(index) }),
        offset,
        source: None,
        help: code.help().to_owned(),
    })
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
