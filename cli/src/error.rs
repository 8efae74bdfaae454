//! What can go wrong in a command, with the exit code of each.
//!
//! The first line of a message is the error's own text; [`Error::details`] and [`Error::hint`] follow it.

use crate::{dev, host::Fault, image_error::ImageError, launch::Budget, names, trace::Trace};
use kengine::{text::ParseError, trap::TrapCode};
use std::{
    io,
    path::{Path, PathBuf},
};
use verifier::Report;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A file could not be opened, read or written.
    #[error("cannot {action} {}: {}", shown(.path), io_text(.source))]
    File { action: &'static str, path: PathBuf, source: io::Error },
    /// Standard output could not be written.
    #[error("cannot write to standard output: {}", io_text(.0))]
    Output(io::Error),
    /// The reader of standard output has gone.
    #[error("the reader of standard output has gone")]
    BrokenPipe,
    /// The arguments do not fit together, or not with the file.
    #[error("{message}")]
    Usage { message: String, hint: Option<String> },
    /// A text module does not parse.
    #[error("{}: not a module in the text format: {}", shown(.path), .message.lines().next().unwrap_or_default())]
    Wat { path: PathBuf, message: String },
    /// The text form of an image does not parse.
    #[error("{}:{error}", shown(.path))]
    ImageText { path: PathBuf, error: ParseError },
    /// The verifier has rejected the module.
    #[error("{}: rejected, {}", shown(.path), names::count(.report.diagnostics.len(), "error"))]
    Rejected { path: PathBuf, report: Box<Report> },
    /// The module uses something that cannot be lowered.
    #[error("{}: {error}", shown(.path))]
    Lower { path: PathBuf, error: lower::Error },
    /// The checker has rejected the image.
    #[error("{}: {error}", shown(.path))]
    Image { path: PathBuf, error: ImageError },
    /// The image has no bound, and one is demanded.
    #[error("{}: rejected: the image does not claim to be bounded", shown(.path))]
    NotBounded { path: PathBuf },
    /// The control-flow graph could not be made.
    #[error("{}: {error}", shown(.path))]
    Graph { path: PathBuf, error: verifier::Error },
    /// The kernel engine did not do what was asked.
    #[error("{0}")]
    Kernel(#[from] dev::Error),
    /// The program could not be started.
    #[error("{}: cannot start: {message}", shown(.path))]
    Launch { path: PathBuf, message: String },
    /// The program did not end by itself.
    #[error("{}: {reason}", shown(.path))]
    Ended { path: PathBuf, reason: StopReason, trace: Trace, fuel: u64 },
    /// A bench could not measure what it should.
    #[error("{}: {message}", shown(.path))]
    Bench { path: PathBuf, message: String },
}

/// Why a program did not end by itself.
#[derive(Debug)]
pub(crate) enum StopReason {
    /// A trap, with the host's reason if it has one, and the fuel of the run.
    Trap { code: TrapCode, fault: Option<Fault>, budget: Budget },
    /// Ctrl-C.
    Interrupted,
    /// Another process has stopped it in the kernel.
    Stopped,
}

impl StopReason {
    /// Exit code after Ctrl-C: 128 plus the number of SIGINT, as shells have it.
    pub(crate) const CTRL_C: u8 = 130;

    /// Whether it was ended from outside.
    pub(crate) fn is_stop(&self) -> bool {
        matches!(self, StopReason::Interrupted | StopReason::Stopped)
    }
}

impl std::fmt::Display for StopReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            StopReason::Trap { fault: Some(fault), .. } => write!(f, "trapped: {fault}"),
            StopReason::Trap { code: TrapCode::OutOfFuel, budget: Budget { units, is_claim }, .. } => match is_claim {
                true => write!(f, "trapped: out of fuel: the program claims to need at most {units} units"),
                false => write!(f, "trapped: out of fuel: the run may use {units} units"),
            },
            StopReason::Trap { code, .. } => write!(f, "trapped: {}", code.message()),
            StopReason::Interrupted => f.write_str("interrupted"),
            StopReason::Stopped => f.write_str("stopped by another command"),
        }
    }
}

impl Error {
    /// Wrong usage.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Error::Usage { message: message.into(), hint: None }
    }

    /// Wrong usage, with a way out.
    pub(crate) fn usage_hint(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Error::Usage { message: message.into(), hint: Some(hint.into()) }
    }

    /// A failure to write to standard output.
    pub(crate) fn output(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Error::BrokenPipe,
            _ => Error::Output(error),
        }
    }

    /// Whether nothing should be said: nobody reads any more.
    pub(crate) fn is_quiet(&self) -> bool {
        match self {
            Error::BrokenPipe => true,
            Error::Ended { reason: StopReason::Trap { fault: Some(Fault::Output(error)), .. }, .. } => {
                error.kind() == io::ErrorKind::BrokenPipe
            }
            _ => false,
        }
    }

    /// Exit code of the process.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            // 128 plus the number of SIGPIPE: what a program ends with that leaves this to the system.
            error if error.is_quiet() => 141,
            Error::File { .. } | Error::Output(_) | Error::BrokenPipe | Error::Usage { .. } | Error::Kernel(_) => 2,
            Error::Graph {
                error: verifier::Error::NoSuchFunction { .. } | verifier::Error::Imported { .. }, ..
            } => 2,
            Error::Ended { reason: StopReason::Interrupted | StopReason::Stopped, .. } => StopReason::CTRL_C,
            Error::Ended { reason: StopReason::Trap { fault: Some(Fault::Output(_)), .. }, .. } => 2,
            _ => 1,
        }
    }

    /// What stands before the message: the verifier's findings, as `cervus verify` shows them.
    pub(crate) fn findings(&self, colour: bool) -> String {
        match self {
            Error::Rejected { report, .. } => report.diagnostics_text(colour),
            _ => String::new(),
        }
    }

    /// Lines after the first, each ended.
    pub(crate) fn details(&self) -> String {
        match self {
            Error::Wat { message, .. } => message.lines().skip(1).map(|line| format!("{line}\n")).collect(),
            Error::Image { error, .. } => error.details(),
            Error::Ended { trace, .. } => trace.to_text(),
            _ => String::new(),
        }
    }

    /// What would help.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Error::Usage { hint, .. } => hint.clone(),
            Error::File { path, source, .. } => match source.kind() {
                io::ErrorKind::NotFound => missing_file_hint(path),
                io::ErrorKind::IsADirectory => Some("give a file".to_owned()),
                _ => None,
            },
            Error::Lower { error: lower::Error::Internal { .. }, .. } => Some(OUR_FAULT.to_owned()),
            Error::Image { error, .. } => error.hint(),
            Error::NotBounded { .. } => {
                Some("make it again of a module that `cervus verify --policy bounded` accepts".to_owned())
            }
            Error::Kernel(error) => error.hint(),
            Error::Ended { path, reason: StopReason::Trap { code: TrapCode::OutOfFuel, budget, .. }, .. } => {
                Some(match budget.is_claim {
                    true => format!(
                        "a loop went round more often than its bound; `cervus verify {}` lists the bounds, and which of \
                         them the program claims by `cervus_loop_bound`",
                        shown(path)
                    ),
                    false => "give it more with --fuel".to_owned(),
                })
            }
            Error::Ended { reason: StopReason::Trap { code: TrapCode::StackOverflow, .. }, .. } => {
                Some("the program probably recurses without end".to_owned())
            }
            _ => None,
        }
    }
}

/// Said when the fault is not the user's.
pub(crate) const OUR_FAULT: &str = "this is a fault of cervus, not of the program: please report it with the file";

/// A path for a message.
pub(crate) fn shown(path: &Path) -> String {
    names::printable(&path.to_string_lossy())
}

/// An I/O error without the number of the operating system.
pub(crate) fn io_text(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or_default().to_lowercase()
        }
    }
}

/// The nearest name in the same directory.
fn missing_file_hint(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_str()?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(entries) = directory.read_dir() else {
        return Some(format!("there is no directory {}", shown(directory)));
    };
    // A huge directory is not worth the wait.
    let mut names: Vec<String> =
        entries.take(10_000).flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    if names.iter().any(|name| name == wanted) {
        let target = path.read_link().ok()?;
        return Some(format!("it is a link to {}, which is not there", shown(&target)));
    }
    names.sort();
    names::did_you_mean(wanted, &names)
}
