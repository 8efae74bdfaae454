//! Real modules of the wild: what a module is made of, and a host that has everything.

use kengine::check::{Host, HostInfo, ImportError};
use verifier::{HostImport, HostSet};
use wasmparser::{CompositeInnerType, Parser, Payload, TypeRef};

/// A host that has every function, for free: to load modules that were made for other hosts.
pub struct AnyHost;

impl Host for AnyHost {
    fn import(&self, _: &[u8], _: &[u8], _: &[u8], _: &[u8]) -> Result<HostInfo, ImportError> {
        Ok(HostInfo::default())
    }
}

/// The functions that a module imports, as a host that has just those.
///
/// # Errors
/// The sections cannot be read.
pub fn host_of(wasm: &[u8]) -> wasmparser::Result<HostSet> {
    let (mut types, mut imports) = (Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::TypeSection(section) => {
                for group in section {
                    types.extend(group?.types().map(|ty| ty.composite_type.inner.clone()));
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
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
                    });
                }
            }
            Payload::CodeSectionStart { .. } => break,
            _ => {}
        }
    }
    Ok(HostSet::new(imports))
}

/// Bytes of the code section.
///
/// # Errors
/// The sections cannot be read.
pub fn code_bytes(wasm: &[u8]) -> wasmparser::Result<usize> {
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::CodeSectionStart { size, .. } = payload? {
            return Ok(size as usize);
        }
    }
    Ok(0)
}
