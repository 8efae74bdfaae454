//! Places in the source code: from a byte offset in the module to file, line and column.
//!
//! The compiler's debug information (DWARF, in custom sections) says which line an operator came from. It is
//! read when the first place is asked for, so that a report without findings costs nothing, and a module
//! without debug information or with a broken one just has no places.

mod dwarf;
mod files;
mod locate;
mod params;

use std::cell::OnceCell;
use std::path::PathBuf;

use serde::Serialize;

use dwarf::DebugInfo;
use files::Files;
pub(crate) use params::param_names;

/// A place in the source code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Name of the function that the line is in, demangled: an inlined one has its own name.
    pub function: Option<String>,
    /// The file as the compiler called it, control characters escaped.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1; 0 if only the line is known.
    pub column: u32,
    /// The line itself, if the file may be read and has it; of a very long one the part around the column.
    pub text: Option<String>,
    /// Bytes of the line that are missing in front of `text`.
    #[serde(skip)]
    pub missing: u32,
}

impl std::fmt::Display for Place {
    /// `file:line:column`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)?;
        if self.column > 0 {
            write!(f, ":{}", self.column)?;
        }
        Ok(())
    }
}

/// The debug information of a module and the files that it names.
pub struct Sources<'a> {
    wasm: &'a [u8],
    info: OnceCell<Option<DebugInfo<'a>>>,
    files: Files,
}

impl<'a> Sources<'a> {
    /// The sources of a module. Lines are read only from files in one of the folders `roots`, or below: what a
    /// module names must not decide what a report shows. Names are looked for in each root, first as they are
    /// and then without their first folders: `/build/x/src/a.c` is found as `src/a.c`.
    pub fn new(wasm: &'a [u8], roots: &[PathBuf]) -> Self {
        Self { wasm, info: OnceCell::new(), files: Files::new(roots) }
    }

    /// The place of a byte of the module, the innermost inlined function first; empty if nothing is known.
    pub fn places(&self, offset: u64) -> Vec<Place> {
        let Some(info) = self.info() else { return Vec::new() };
        let mut places = info.places(offset);
        for place in &mut places {
            if let Some((text, missing)) = self.files.line(&place.file, place.line, place.column) {
                (place.text, place.missing) = (Some(text), missing);
            }
            place.file = crate::diag::printable(self.files.short(&place.file)).into_owned();
        }
        places
    }

    /// As [`Sources::places`], and if nothing is known of that byte the place of the next operators: compilers give
    /// no line to `loop` and the like. At the end of a function, where nothing follows, that of the operators before.
    /// What stands outside of functions has no place.
    pub fn places_near(&self, offset: u64) -> Vec<Place> {
        /// Bytes that are looked at.
        const REACH: u64 = 16;
        let Some(body) = self.info().and_then(|info| info.body(offset)) else { return Vec::new() };
        let behind = offset..body.end.min(offset + REACH);
        let before = body.start.max(offset.saturating_sub(REACH))..offset;
        behind.chain(before.rev()).map(|at| self.places(at)).find(|places| !places.is_empty()).unwrap_or_default()
    }

    /// Whether the module says anything about its source code.
    pub fn has_debug_info(&self) -> bool {
        self.info().is_some()
    }

    fn info(&self) -> Option<&DebugInfo<'a>> {
        self.info.get_or_init(|| DebugInfo::read(self.wasm)).as_ref()
    }
}
