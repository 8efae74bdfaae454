//! Errors and notes on standard error, coloured where that is wanted.

use crate::{error::Error, output};
use anstyle::{AnsiColor, Style};
use serde_json::json;
use std::io::Write;
use verifier::Diagnostic;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();
const NOTE: Style = AnsiColor::Blue.on_default();

/// Prints an error, unless nobody would read it.
pub(crate) fn error(error: &Error) {
    if error.is_quiet() {
        return;
    }
    let mut text = format!("{}{ERROR}error:{ERROR:#} {error}\n{}", error.findings(true), error.details());
    if let Some(hint) = error.hint() {
        text.push_str(&format!("{HINT}  hint:{HINT:#} {hint}\n"));
    }
    to_stderr(&text);
}

/// Prints an error as a line of JSON on standard output, for who reads that, unless the command has printed how the
/// run ended there.
pub(crate) fn json_error(error: &Error) {
    if error.is_quiet() || matches!(error, Error::Ended { .. } | Error::Output(_)) {
        return;
    }
    let diagnostics = match error {
        Error::Rejected { report, .. } => report.diagnostics.as_slice(),
        _ => &[],
    };
    let details = error.findings(false) + &error.details();
    print_event(&error.to_string(), &details, error.hint(), diagnostics, error.exit_code().into());
}

/// The same of a command line that is not understood.
pub(crate) fn json_usage(error: &clap::Error) {
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let (message, details) = text.split_once('\n').unwrap_or((text, ""));
    print_event(message, details.trim(), None, &[], error.exit_code());
}

/// An error as a line of JSON.
fn print_event(message: &str, details: &str, hint: Option<String>, diagnostics: &[Diagnostic], code: i32) {
    let value = json!({
        "event": "error",
        "message": message,
        "details": details.lines().collect::<Vec<_>>(),
        "hint": hint,
        "diagnostics": diagnostics,
        "code": code,
    });
    // It is said on standard error, too.
    let _ = output::plain(&format!("{value}\n"));
}

/// Prints a remark.
pub(crate) fn note(text: &str) {
    to_stderr(&format!("{NOTE}note:{NOTE:#} {text}\n"));
}

/// Prints findings that are already text.
pub(crate) fn findings(text: &str) {
    if !text.is_empty() {
        to_stderr(text);
    }
}

fn to_stderr(text: &str) {
    // Where should a failure to report be reported?
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}
