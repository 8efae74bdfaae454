//! Standard output: a reader that goes away is no reason to panic.

use crate::error::Error;
use std::io::{self, Write};

/// Writes plain text.
///
/// # Errors
/// The reader has gone, or the text cannot be written.
pub(crate) fn plain(text: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Error::output)
}

/// Writes text with colours, which are left out where they are not wanted.
///
/// # Errors
/// As [`plain`].
pub(crate) fn coloured(text: &str) -> Result<(), Error> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Error::output)
}

/// Writes a JSON value over several lines.
///
/// # Errors
/// As [`plain`].
pub(crate) fn json(value: &serde_json::Value) -> Result<(), Error> {
    plain(&format!("{value:#}\n"))
}
