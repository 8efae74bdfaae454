//! What the tests share: a small host and a way to write modules as text.
#![allow(dead_code, reason = "no test uses all of it")]

use verifier::{HostImport, HostSet, Policy};
use wasmparser::ValType;

/// A module from the text format. It need not be valid.
pub(crate) fn module(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the text format")
}

pub(crate) fn policy() -> Policy {
    Policy::default()
}

/// A host with a few functions.
pub(crate) fn host() -> HostSet {
    use ValType::{I32, I64};
    let import = |module: &str, name: &str, params: &[ValType], results: &[ValType], capability: &str| HostImport {
        module: module.to_owned(),
        name: name.to_owned(),
        params: params.to_vec(),
        results: results.to_vec(),
        capability: capability.to_owned(),
        cost: 100,
        may_sleep: capability == "fs",
        len_param: (name == "log_write").then_some(2),
    };
    HostSet::new(vec![
        import("cwa", "log_write", &[I32, I32, I32], &[], "log"),
        import("cwa", "runtime_spec_major", &[], &[I32], ""),
        import("cwa", "resource_open", &[I32, I32], &[I32], "fs"),
        import("cwa", "resource_read", &[I32, I32, I32], &[I32], "fs"),
        import("hexagon_e", "syscall_0", &[I64, I64, I64, I64, I64, I64], &[I64], "log"),
    ])
}
