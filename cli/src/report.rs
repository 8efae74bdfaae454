//! Errors and notes on standard error, coloured where that is wanted.

use crate::error::Error;
use anstyle::{AnsiColor, Style};
use std::io::Write;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();
const NOTE: Style = AnsiColor::Blue.on_default();

/// Prints an error, unless nobody would read it.
pub(crate) fn error(error: &Error) {
    if error.is_quiet() {
        return;
    }
    let mut text = format!("{ERROR}error:{ERROR:#} {error}\n{}", error.details());
    if let Some(hint) = error.hint() {
        text.push_str(&format!("{HINT}  hint:{HINT:#} {hint}\n"));
    }
    to_stderr(&text);
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
