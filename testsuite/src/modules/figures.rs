//! One module through the pipeline: times, sizes, peak of memory.

use super::{AnyHost, Fetched, Result, code_section, host_of};
use kengine::{
    Mode,
    check::{CheckError, Limits},
    image::{Image, KIND_FUNC, SectionKind},
    link::Program,
    text,
};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use std::{fmt, process::Command, time::Duration};
use verifier::{Code, Policy};

/// How far a module came.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Outcome {
    /// Every function was verified, lowered, checked and linked.
    Passed,
    /// It needs something that is not supported, named here.
    Unsupported(String),
    /// A fault of ours: the stage that refused, and its words.
    Failed(String),
}

impl Outcome {
    /// See [`Outcome::Passed`].
    pub fn passed(&self) -> bool {
        matches!(self, Outcome::Passed)
    }

    /// See [`Outcome::Unsupported`].
    pub fn unsupported(&self) -> bool {
        matches!(self, Outcome::Unsupported(_))
    }
}

/// What was measured; zero where the module did not get to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Figures {
    /// Size of the module.
    pub wasm_bytes: usize,
    /// Size of its code section.
    pub code_bytes: usize,
    /// Functions that it defines.
    pub functions: u32,
    /// Milliseconds of the verifier.
    pub verify_ms: f64,
    /// Milliseconds of `lower`.
    pub lower_ms: f64,
    /// Milliseconds of checking and linking.
    pub check_ms: f64,
    /// Words of IR, 8 bytes each.
    pub ir_words: u32,
    /// Size of the image, without names.
    pub image_bytes: usize,
    /// Size of the executable form.
    pub linked_bytes: usize,
    /// Most memory that the process had, module included, after one turn.
    pub peak_bytes: usize,
    /// How far it came.
    pub outcome: Outcome,
}

/// A module and its figures.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// Package, version and path.
    pub name: String,
    /// What was measured.
    pub figures: Figures,
}

/// First lines of the table whose rows are [`Measured`].
pub const HEADING: &str = "\
| module | MB | functions | verify ms | lower ms | check+link ms | MB/s | image/wasm | linked/code | peak MB | outcome |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|";

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let m = &self.figures;
        let mb = |bytes: usize| bytes as f64 / 1e6;
        write!(f, "| {} | {:.1} | {} | {:.0} | ", self.name, mb(m.wasm_bytes), m.functions, m.verify_ms)?;
        let outcome = match &m.outcome {
            Outcome::Passed => {
                let rate = mb(m.wasm_bytes) / (m.verify_ms + m.lower_ms + m.check_ms) * 1e3;
                let image = m.image_bytes as f64 / m.wasm_bytes as f64;
                let linked = m.linked_bytes as f64 / m.code_bytes as f64;
                write!(f, "{:.0} | {:.0} | {rate:.1} | {image:.2} | {linked:.2} | ", m.lower_ms, m.check_ms)?;
                "passed"
            }
            Outcome::Unsupported(what) => {
                write!(f, "| | | | | ")?;
                what
            }
            Outcome::Failed(what) => {
                write!(f, "| | | | | ")?;
                what
            }
        };
        write!(f, "{:.0} | {outcome} |", mb(m.peak_bytes))
    }
}

/// Measures a module in a process of its own.
///
/// # Errors
/// The process could not be started, or died.
pub fn apart(module: &Fetched) -> Result<Measured> {
    let output = Command::new(std::env::current_exe()?).arg("--one").arg(&module.path).output()?;
    let figures = serde_json::from_slice(&output.stdout);
    let figures = figures.map_err(|_| format!("{}: {}", module.name, String::from_utf8_lossy(&output.stderr)))?;
    Ok(Measured { name: module.name.clone(), figures })
}

/// Measures a module in this process.
///
/// # Errors
/// The sections of the module cannot be read.
pub fn measure(wasm: &[u8]) -> Result<Figures> {
    let mut figures = turn(wasm)?;
    figures.peak_bytes = peak().unwrap_or(0);
    let second = turn(wasm)?;
    figures.verify_ms = figures.verify_ms.min(second.verify_ms);
    figures.lower_ms = figures.lower_ms.min(second.lower_ms);
    figures.check_ms = figures.check_ms.min(second.check_ms);
    Ok(figures)
}

fn turn(wasm: &[u8]) -> Result<Figures> {
    let (code_bytes, functions) = code_section(wasm)?;
    let mut figures = Figures {
        wasm_bytes: wasm.len(),
        code_bytes,
        functions,
        verify_ms: 0.0,
        lower_ms: 0.0,
        check_ms: 0.0,
        ir_words: 0,
        image_bytes: 0,
        linked_bytes: 0,
        peak_bytes: 0,
        outcome: Outcome::Passed,
    };
    let host = host_of(wasm);
    let report = timed(&mut figures.verify_ms, || verifier::verify(wasm, &host, &Policy::default()));
    let refused: Vec<_> = report
        .diagnostics
        .iter()
        // What no host here offers is no matter of the pipeline: `lower` and the checker know them.
        .filter(|d| !matches!(d.code, Code::ImportedMemory | Code::ImportedTable | Code::ImportedGlobal))
        .collect();
    if let Some(first) = refused.first() {
        let feature = refused.iter().find(|d| d.code == Code::UnsupportedFeature);
        figures.outcome = match feature {
            Some(d) => Outcome::Unsupported(d.message.clone()),
            None => Outcome::Failed(format!("verify: {} {} at {:?}", first.code, first.message, first.offset)),
        };
        return Ok(figures);
    }
    drop(refused);
    drop(report);
    let lowered = timed(&mut figures.lower_ms, || lower::lower(wasm, &mut lower::Options::default()));
    let bytes = match lowered {
        Ok(bytes) => bytes,
        Err(lower::Error::Unsupported { feature, .. }) => {
            figures.outcome = Outcome::Unsupported(feature);
            return Ok(figures);
        }
        Err(error) => {
            figures.outcome = Outcome::Failed(format!("lower: {error}"));
            return Ok(figures);
        }
    };
    let image = Image::parse(&bytes).map_err(|e| format!("{e:?}"))?;
    let names = image.section(SectionKind::Name).len() + image.section(SectionKind::NameBytes).len();
    figures.image_bytes = bytes.len() - names;
    figures.ir_words = image.code().len();
    let loaded = timed(&mut figures.check_ms, || Program::load(bytes, &AnyHost, &Limits::default(), Mode::default()));
    match loaded {
        Ok(program) => figures.linked_bytes = program.linked_bytes(),
        Err(error) => figures.outcome = Outcome::Failed(rejection(wasm, &error)),
    }
    Ok(figures)
}

/// The checker's words, with the op and what stands around it.
fn rejection(wasm: &[u8], error: &CheckError) -> String {
    let words = format!("check: {error:?}");
    let Ok(bytes) = lower::lower(wasm, &mut lower::Options::default()) else { return words };
    let Ok(image) = Image::parse(&bytes) else { return words };
    if error.func >= image.funcs().len() {
        return words;
    }
    let imported = image.imports().iter().filter(|i| i.kind == KIND_FUNC).count();
    // CAST: sections are shorter than 2^32 records.
    let text =
        text::print_func(&image, error.func + imported as u32, text::Options { leaders: true, pcs: true, lines: true });
    let at = text.lines().position(|line| line.split_whitespace().next() == Some(&error.pc.to_string()));
    let around = text.lines().skip(at.unwrap_or(0).saturating_sub(12)).take(20);
    format!("{words}: `{}`", around.collect::<Vec<_>>().join("` `"))
}

/// Runs a stage and notes its processor time.
fn timed<T>(ms: &mut f64, run: impl FnOnce() -> T) -> T {
    let now = || {
        let now = clock_gettime(ClockId::ThreadCPUTime);
        // CAST: processor time is not negative, and nanoseconds are below 10^9.
        Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
    };
    let start = now();
    let value = run();
    *ms = (now() - start).as_secs_f64() * 1e3;
    value
}

/// Most memory that this process had.
fn peak() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: usize = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}
