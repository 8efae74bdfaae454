//! From byte offsets to lines of the source, by the module's DWARF sections.
//!
//! Addresses in the debug information of wasm count from the start of the code section's contents
//! (<https://yurydelendik.github.io/webassembly-dwarf/>). Broken debug information is none.

use addr2line::Context;
use addr2line::gimli::{self, EndianSlice, LittleEndian, SectionId};
use serde::Serialize;
use wasmparser::{Parser, Payload};

/// A place in a source file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SourcePlace {
    /// The file as the compiler knew it.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1; 0 if it is not known.
    pub column: u32,
    /// The line itself, if [`crate::Report::read_sources`] has found it.
    pub text: Option<String>,
}

impl std::fmt::Display for SourcePlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)?;
        if self.column > 0 { write!(f, ":{}", self.column) } else { Ok(()) }
    }
}

impl SourcePlace {
    /// Reads the line from the file, if it is there.
    pub(crate) fn read(&mut self) {
        /// Longest line that is shown, in bytes.
        const MOST: usize = 200;
        let Ok(file) = std::fs::read_to_string(&self.file) else { return };
        let line = file.lines().nth(self.line.saturating_sub(1) as usize);
        let line = line.filter(|line| line.len() <= MOST);
        // A tab takes one column, as in the debug information.
        self.text = line.map(|line| crate::diag::printable(&line.replace('\t', " ")).into_owned());
    }
}

/// The debug information of a module.
pub(crate) struct Sources<'a> {
    context: Context<EndianSlice<'a, LittleEndian>>,
    code: u64,
}

impl<'a> Sources<'a> {
    /// Reads the sections; `None` if there are no lines in them.
    pub(crate) fn new(wasm: &'a [u8]) -> Option<Self> {
        let mut sections: Vec<(&str, &[u8])> = Vec::new();
        let mut code = None;
        for payload in Parser::new(0).parse_all(wasm) {
            match payload.ok()? {
                Payload::CustomSection(section) => sections.push((section.name(), section.data())),
                Payload::CodeSectionStart { unchecked_range, .. } => code = Some(unchecked_range.start),
                _ => {}
            }
        }
        sections.iter().find(|(name, _)| *name == ".debug_line")?;
        let section = |id: SectionId| -> Result<_, gimli::Error> {
            let found = sections.iter().find(|(name, _)| *name == id.name());
            Ok(EndianSlice::new(found.map_or(&[][..], |(_, data)| data), LittleEndian))
        };
        let dwarf = gimli::Dwarf::load(section).ok()?;
        Some(Self { context: Context::from_dwarf(dwarf).ok()?, code: code? })
    }

    /// The place of an operator at a byte offset of the module.
    pub(crate) fn place(&self, offset: u64) -> Option<SourcePlace> {
        let location = self.context.find_location(offset.checked_sub(self.code)?).ok()??;
        let line = location.line.filter(|line| *line > 0)?;
        Some(SourcePlace {
            file: crate::diag::printable(location.file?).into_owned(),
            line,
            column: location.column.unwrap_or(0),
            text: None,
        })
    }
}
