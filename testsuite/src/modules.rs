//! Real modules of the wild, through the whole pipeline; `bin/modules.rs` is the command.
//!
//! [`packages`] fetches them, [`figures`] measures one. Here stands what benches use too: a host that has
//! everything, and what a module is made of.

mod figures;
mod packages;

pub use figures::{Figures, HEADING, Measured, Outcome, apart, measure};
pub use packages::{Fetched, Package, Packages};

use kengine::check::{Host, HostInfo, ImportError};
use verifier::{HostImport, HostSet};
use wasmparser::{CompositeInnerType, Parser, Payload, TypeRef};

/// Whatever goes wrong, as text for the person who runs the command.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A host that has every function, for free: to load modules that were made for other hosts.
#[derive(Debug)]
pub struct AnyHost;

impl Host for AnyHost {
    fn import(&self, _: &[u8], _: &[u8], _: &[u8], _: &[u8]) -> std::result::Result<HostInfo, ImportError> {
        Ok(HostInfo::default())
    }
}

/// The functions that a module imports, as a host that has just those; none from where it is broken.
pub fn host_of(wasm: &[u8]) -> HostSet {
    let (mut types, mut imports) = (Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(wasm).map_while(wasmparser::Result::ok) {
        match payload {
            Payload::TypeSection(section) => {
                for group in section.into_iter().map_while(wasmparser::Result::ok) {
                    types.extend(group.into_types().map(|ty| ty.composite_type.inner));
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports().map_while(wasmparser::Result::ok) {
                    let TypeRef::Func(ty) = import.ty else { continue };
                    let Some(CompositeInnerType::Func(ty)) = types.get(ty as usize) else { continue };
                    imports.push(HostImport {
                        module: import.module.into(),
                        name: import.name.into(),
                        params: ty.params().into(),
                        results: ty.results().into(),
                        capability: String::new(),
                        cost: 0,
                        may_sleep: false,
                        len_param: None,
                    });
                }
            }
            Payload::CodeSectionStart { .. } => break,
            _ => {}
        }
    }
    HostSet::new(imports)
}

/// Bytes of the code section, and functions in it.
///
/// # Errors
/// The sections cannot be read.
pub fn code_section(wasm: &[u8]) -> wasmparser::Result<(usize, u32)> {
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::CodeSectionStart { size, count, .. } = payload? {
            return Ok((size as usize, count));
        }
    }
    Ok((0, 0))
}
