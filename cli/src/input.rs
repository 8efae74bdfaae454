//! Files: what the user names, turned into module or image bytes.

use crate::error::Error;
use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

/// Longest file that is read.
const MAX_BYTES: u64 = 1 << 30;
/// What stands for standard input.
const STDIN: &str = "-";
/// First bytes of a wasm binary.
const WASM_MAGIC: &[u8] = b"\0asm";

/// What a file holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Input {
    /// A module, or whatever else it is: the verifier tells.
    Wasm(Vec<u8>),
    /// An image.
    Image(Vec<u8>),
}

/// Reads a program; text is assembled.
///
/// # Errors
/// The file cannot be read, or is a text module that does not parse.
pub(crate) fn program(path: &Path) -> Result<Input, Error> {
    let bytes = read(path)?;
    if bytes.starts_with(&kengine::image::MAGIC) {
        return Ok(Input::Image(bytes));
    }
    module_of(path, bytes).map(Input::Wasm)
}

/// Reads a module; text is assembled.
///
/// # Errors
/// As [`program`].
pub(crate) fn module(path: &Path) -> Result<Vec<u8>, Error> {
    module_of(path, read(path)?)
}

/// Whether the path stands for standard input, which can be read once.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path == Path::new(STDIN)
}

/// Reads a file of any kind.
///
/// # Errors
/// It cannot be read.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, Error> {
    read(path)
}

/// Reads text.
///
/// # Errors
/// The file cannot be read or is not UTF-8.
pub(crate) fn text(path: &Path) -> Result<String, Error> {
    String::from_utf8(read(path)?)
        .map_err(|_| Error::usage(format!("{}: not text in UTF-8", crate::error::shown(path))))
}

fn module_of(path: &Path, bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    if bytes.starts_with(WASM_MAGIC) || !is_wat(path, &bytes) {
        return Ok(bytes);
    }
    let fail = |message| Error::Wat { path: path.to_owned(), message };
    let text = str::from_utf8(&bytes).map_err(|error| fail(format!("{error}")))?;
    // With the lines of the text, so that findings can be shown where they are.
    let mut parser = wat::Parser::new();
    parser.generate_dwarf(wat::GenerateDwarf::Lines);
    parser.parse_str(Some(path), text).map_err(|error| fail(error.to_string()))
}

/// Whether to treat bytes that are no wasm binary as a text module: by the name, or because they begin like one.
fn is_wat(path: &Path, bytes: &[u8]) -> bool {
    if bytes.is_empty() {
        return false;
    }
    let named = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("wat"));
    let start = bytes.trim_ascii_start();
    named || ["(module", "(;", ";;"].iter().any(|head| start.starts_with(head.as_bytes()))
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let fail = |source| Error::File { action: "read", path: path.to_owned(), source };
    let mut file: Box<dyn Read> = match is_stdin(path) {
        true => Box::new(io::stdin().lock()),
        false => Box::new(File::open(path).map_err(fail)?),
    };
    let mut bytes = Vec::new();
    // Opening a directory works on Linux, reading it then fails by itself with a good message.
    file.by_ref().take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(fail)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Error::usage(format!("{}: longer than 1 GiB", crate::error::shown(path))));
    }
    Ok(bytes)
}

/// Writes a file.
///
/// # Errors
/// It cannot be written.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    std::fs::write(path, bytes).map_err(|source| Error::File { action: "write", path: path.to_owned(), source })
}
