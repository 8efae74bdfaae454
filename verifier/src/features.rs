//! The supported feature set, and which proposal a module needs beyond it.
//!
//! wasmparser says for some errors which feature would have avoided them, not for all. So the
//! failing part is validated again with one proposal after the other switched on; the first that
//! gets past the error is named. Only sections or single bodies are validated again, never the
//! whole module.

use wasmparser::{
    FuncToValidate, FuncValidatorAllocations, FunctionBody, Parser, Payload, Validator, ValidatorResources,
    WasmFeatures,
};

/// The supported set: wasm 2.0 without SIMD. That is wasm 1.0 with sign extension, saturating
/// float-to-int, multi-value, mutable globals, bulk memory and reference types (`funcref` and
/// `externref`).
pub fn features() -> WasmFeatures {
    WasmFeatures::WASM2.difference(WasmFeatures::SIMD)
}

/// A proposal outside of the supported set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Proposal {
    /// The name that people know it by.
    pub(crate) name: &'static str,
    /// The switches it needs, with those of the proposals it builds on.
    pub(crate) bits: WasmFeatures,
    /// How to do without it.
    pub(crate) help: &'static str,
}

const fn proposal(name: &'static str, bits: WasmFeatures, help: &'static str) -> Proposal {
    Proposal { name, bits, help }
}

use WasmFeatures as F;

/// Simple ones first: the first that gets past an error is named.
pub(crate) const PROPOSALS: &[Proposal] = &[
    proposal("simd", F::SIMD, "build without SIMD: `-C target-feature=-simd128` for Rust, no `-msimd128` for C"),
    proposal(
        "relaxed-simd",
        F::SIMD.union(F::RELAXED_SIMD),
        "build without SIMD: `-C target-feature=-relaxed-simd,-simd128` for Rust, no `-mrelaxed-simd` for C",
    ),
    proposal(
        "threads",
        F::THREADS,
        "build without atomics and shared memory: no `+atomics` for Rust, no `-pthread` for C",
    ),
    proposal("tail-call", F::TAIL_CALL, "build without tail calls: no `-mtail-call`"),
    proposal(
        "exceptions",
        F::EXCEPTIONS,
        "build without exceptions: `-fno-exceptions` for C++, `-C panic=abort` for Rust",
    ),
    proposal(
        "legacy exceptions",
        F::EXCEPTIONS.union(F::LEGACY_EXCEPTIONS),
        "build without exceptions: `-fno-exceptions` for C++, `-C panic=abort` for Rust",
    ),
    proposal("memory64", F::MEMORY64, "build for 32-bit memory: wasm32 instead of wasm64"),
    proposal("multi-memory", F::MULTI_MEMORY, "keep everything in one memory"),
    proposal(
        "extended-const",
        F::EXTENDED_CONST,
        "build without extended constant expressions: no `-mextended-const`, no position independent code",
    ),
    proposal("function-references", F::FUNCTION_REFERENCES, "use plain `funcref`"),
    proposal("gc", F::GC.union(F::FUNCTION_REFERENCES), "use a language or backend that manages its own memory"),
    proposal("custom-page-sizes", F::CUSTOM_PAGE_SIZES, "use pages of 64 KiB"),
    proposal("wide-arithmetic", F::WIDE_ARITHMETIC, "build without wide arithmetic"),
    proposal("compact-imports", F::COMPACT_IMPORTS, "write the import section in its standard form"),
    proposal("memory-control", F::MEMORY_CONTROL, "build without memory control"),
    proposal(
        "acquire-release-atomics",
        F::ACQUIRE_RELEASE_ATOMICS.union(F::THREADS),
        "build without atomics and shared memory",
    ),
    proposal(
        "shared-everything-threads",
        F::SHARED_EVERYTHING_THREADS.union(F::THREADS).union(F::GC).union(F::FUNCTION_REFERENCES),
        "build without atomics and shared memory",
    ),
    proposal(
        "stack-switching",
        F::STACK_SWITCHING.union(F::EXCEPTIONS).union(F::GC).union(F::FUNCTION_REFERENCES),
        "build without stack switching",
    ),
    proposal(
        "custom-descriptors",
        F::CUSTOM_DESCRIPTORS.union(F::GC).union(F::FUNCTION_REFERENCES),
        "use a language or backend that manages its own memory",
    ),
    proposal(
        "multibyte-array-access",
        F::MULTIBYTE_ARRAY_ACCESS.union(F::GC).union(F::FUNCTION_REFERENCES),
        "use a language or backend that manages its own memory",
    ),
];

/// The proposals to try, the parser's own guess first.
fn candidates(error: &wasmparser::Error) -> impl Iterator<Item = &'static Proposal> {
    let hint =
        error.missing_wasm_feature().and_then(|bits| PROPOSALS.iter().find(|proposal| proposal.bits.contains(bits)));
    hint.into_iter().chain(PROPOSALS)
}

/// Which proposal gets the sections past `error`, if one does.
pub(crate) fn missing_in_sections(
    wasm: &[u8],
    base: WasmFeatures,
    error: &wasmparser::Error,
) -> Option<&'static Proposal> {
    candidates(error).find(|proposal| {
        !base.contains(proposal.bits)
            && match validate_sections(wasm, base | proposal.bits) {
                Ok(()) => true,
                Err(later) => later.offset() > error.offset(),
            }
    })
}

/// Validates all but the function bodies.
fn validate_sections(wasm: &[u8], features: WasmFeatures) -> wasmparser::Result<()> {
    let mut validator = Validator::new_with_features(features);
    let mut parser = Parser::new(0);
    parser.set_features(features);
    for payload in parser.parse_all(wasm) {
        let payload = payload?;
        validator.payload(&payload)?;
        if matches!(payload, Payload::End(_)) {
            break;
        }
    }
    Ok(())
}

/// Which proposals a body needs, each with the error that it got past: all that had to be switched
/// on to get through, or to where no proposal helps any more. The error that is left then is the
/// second value.
pub(crate) fn missing_in_body(
    resources: &ValidatorResources,
    index: u32,
    ty: u32,
    body: &FunctionBody<'_>,
    error: wasmparser::Error,
    known: &[&'static Proposal],
) -> (Vec<(&'static Proposal, wasmparser::Error)>, Option<wasmparser::Error>) {
    let validate = |features: WasmFeatures| {
        let func = FuncToValidate { resources: resources.clone(), index, ty, features };
        func.into_validator(FuncValidatorAllocations::default()).validate(body)
    };
    let mut base = features();
    let mut found = Vec::new();
    let mut error = error;
    loop {
        // What other bodies needed is the likeliest.
        let next = known.iter().copied().chain(candidates(&error)).find_map(|proposal| {
            if base.contains(proposal.bits) {
                return None;
            }
            match validate(base | proposal.bits) {
                Ok(()) => Some((proposal, None)),
                Err(later) if later.offset() > error.offset() => Some((proposal, Some(later))),
                Err(_) => None,
            }
        });
        match next {
            Some((proposal, later)) => {
                base |= proposal.bits;
                match later {
                    Some(later) => found.push((proposal, std::mem::replace(&mut error, later))),
                    None => {
                        found.push((proposal, error));
                        return (found, None);
                    }
                }
            }
            None => return (found, Some(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_set_is_what_it_says() {
        let set = features();
        assert!(set.floats() && set.reference_types() && set.bulk_memory() && set.multi_value());
        assert!(set.mutable_global() && set.sign_extension() && set.saturating_float_to_int());
        for proposal in PROPOSALS {
            assert!(!set.intersects(proposal.bits), "{}", proposal.name);
        }
    }
}
