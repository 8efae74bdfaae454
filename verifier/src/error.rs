//! What can go wrong when one function is asked for, as `cervus cfg` does.
//!
//! [`verify`](crate::verify) itself never fails: what it finds is in the report.

use crate::diag::{Diagnostic, FunctionRef};

/// Why there is no control-flow graph.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The module or the function does not validate.
    #[error("{}", place(.0))]
    Rejected(Box<Diagnostic>),
    /// The module has no function with this index.
    #[error("there is no function {index}: the module has {count} functions, imported ones included")]
    NoSuchFunction {
        /// The index asked for.
        index: u32,
        /// Number of functions, imported ones included.
        count: u32,
    },
    /// The function is imported and so has no body.
    #[error("{function} is imported and has no body")]
    Imported {
        /// The function asked for.
        function: FunctionRef,
    },
}

fn place(diagnostic: &Diagnostic) -> String {
    let mut text = format!("{}: {}", diagnostic.code, diagnostic.message);
    if let Some(function) = &diagnostic.function {
        text.push_str(&format!(", in {function}"));
    }
    if let Some(offset) = diagnostic.offset {
        text.push_str(&format!(", at offset {offset:#x}"));
    }
    text
}
