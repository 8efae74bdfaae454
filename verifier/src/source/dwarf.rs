//! DWARF in wasm: custom sections `.debug_*`, where an address is an offset from the start of the contents of the
//! code section ("DWARF for WebAssembly", WebAssembly tool conventions).

use std::collections::HashMap;
use std::ops::Range;

use addr2line::Context;
use gimli::{Dwarf, EndianSlice, LittleEndian};
use wasmparser::{Parser, Payload};

use super::Place;
use crate::diag::printable;

pub(super) type Reader<'a> = EndianSlice<'a, LittleEndian>;

/// Inlined functions around one place that are told.
const MAX_INLINED: usize = 16;

/// The debug information of one module as it stands there.
pub(super) struct Sections<'a> {
    pub(super) dwarf: Dwarf<Reader<'a>>,
    /// Offset in the module of the contents of the code section, and their end.
    code: (u64, u64),
    /// The same of each function body, in their order.
    bodies: Vec<Range<u64>>,
}

impl<'a> Sections<'a> {
    /// `None` if there are none.
    pub(super) fn read(wasm: &'a [u8]) -> Option<Self> {
        let mut sections: HashMap<&str, &'a [u8]> = HashMap::new();
        let mut code = None;
        let mut bodies = Vec::new();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload {
                Ok(Payload::CodeSectionStart { unchecked_range, .. }) => {
                    code = Some((unchecked_range.start, unchecked_range.end));
                }
                Ok(Payload::CodeSectionEntry(body)) => bodies.push(body.range().start..body.range().end),
                Ok(Payload::CustomSection(section)) if section.name().starts_with(".debug_") => {
                    sections.insert(section.name(), section.data());
                }
                // What stands behind a broken section is not looked for.
                Err(_) => break,
                Ok(_) => {}
            }
        }
        sections.contains_key(".debug_line").then_some(())?;
        let section = |id: gimli::SectionId| -> Result<Reader<'a>, gimli::Error> {
            Ok(EndianSlice::new(sections.get(id.name()).copied().unwrap_or(&[]), LittleEndian))
        };
        Some(Self { dwarf: Dwarf::load(section).ok()?, code: code?, bodies })
    }

    /// Number of the function whose code begins at this address. Functions that the linker has left out are at address
    /// 0 or at the end of the address space, where none begins.
    pub(super) fn body_at(&self, address: u64) -> Option<u32> {
        let offset = self.code.0.checked_add(address)?;
        let at = self.bodies.binary_search_by_key(&offset, |body| body.start).ok()?;
        u32::try_from(at).ok()
    }
}

/// The same, with an index by address.
pub(super) struct DebugInfo<'a> {
    context: Context<Reader<'a>>,
    code: (u64, u64),
    bodies: Vec<Range<u64>>,
}

impl<'a> DebugInfo<'a> {
    /// `None` if there is none, or it cannot be read.
    pub(super) fn read(wasm: &'a [u8]) -> Option<Self> {
        let Sections { dwarf, code, bodies } = Sections::read(wasm)?;
        Some(Self { context: Context::from_dwarf(dwarf).ok()?, code, bodies })
    }

    /// The function body that this byte of the module is in, or stands right behind.
    pub(super) fn body(&self, offset: u64) -> Option<Range<u64>> {
        let body = self.bodies.get(self.bodies.partition_point(|body| body.end < offset))?;
        (body.start <= offset).then(|| body.clone())
    }

    /// The place of a byte of the module, the innermost inlined function first.
    pub(super) fn places(&self, offset: u64) -> Vec<Place> {
        self.try_places(offset).unwrap_or_default()
    }

    fn try_places(&self, offset: u64) -> Option<Vec<Place>> {
        let (start, end) = self.code;
        if offset >= end {
            return None;
        }
        let address = offset.checked_sub(start)?;
        let mut places = Vec::new();
        // Debug information in other files (split DWARF) is not looked for.
        if let Ok(mut frames) = self.context.find_frames(address).skip_all_loads() {
            while let Ok(Some(frame)) = frames.next() {
                let function = frame.function.as_ref().and_then(|f| f.demangle().ok()).map(|name| tidy(&name));
                if let Some(place) = frame.location.and_then(|at| place(at, function)) {
                    places.push(place);
                }
                if places.len() == MAX_INLINED {
                    break;
                }
            }
        }
        // The line table alone says where, if not in what function.
        if places.is_empty() {
            let location = self.context.find_location(address).ok()??;
            places.push(place(location, None)?);
        }
        Some(places)
    }
}

fn place(location: addr2line::Location<'_>, function: Option<String>) -> Option<Place> {
    Some(Place {
        function,
        file: location.file?.to_owned(),
        // Line 0 says that the operator came from no line.
        line: location.line.filter(|line| *line > 0)?,
        column: location.column.unwrap_or(0),
        text: None,
        missing: 0,
    })
}

/// A demangled name without the hash that Rust appends.
fn tidy(name: &str) -> String {
    let name = match name.rsplit_once("::h") {
        Some((rest, hash)) if hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => rest,
        _ => name,
    };
    printable(name).into_owned()
}
