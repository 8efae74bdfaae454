//! wasm bytes to a loaded program, through every stage: verifier, `lower`, checker and linker.
//!
//! What the harnesses share. Imports are accepted whatever they are: where a harness wants a module
//! to be refused for them, it says so when it makes the instance.

use crate::modules::AnyHost;
use kengine::{
    Form,
    check::{CheckError, Limits},
    link::Program,
};
use std::sync::Arc;
use verifier::{HostSet, Policy, verify};

/// Where a module was stopped on its way, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// By the verifier: the first diagnostic that is not about imports.
    Verifier(String),
    /// By `lower`, which a module that the verifier accepts should not meet.
    Lower(String),
    /// By the checker, which an image from `lower` should not meet.
    Check(String),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refusal::Verifier(text) => write!(f, "the verifier: {text}"),
            Refusal::Lower(text) => write!(f, "lower: {text}"),
            Refusal::Check(text) => write!(f, "the checker, of an image made by lower: {text}"),
        }
    }
}

/// Checker limits that let everything through that the format allows.
pub fn limits() -> Limits {
    Limits { granted: u64::MAX, ..Limits::default() }
}

/// Asks the verifier, apart from what it says of imports (`W03xx`).
///
/// # Errors
/// [`Refusal::Verifier`].
pub fn validate(wasm: &[u8]) -> Result<(), Refusal> {
    let report = verify(wasm, &HostSet::default(), &Policy::default());
    match report.diagnostics.iter().find(|d| !d.code.as_str().starts_with("W03")) {
        Some(d) => Err(Refusal::Verifier(format!("{}: {}", d.code.as_str(), d.message))),
        None => Ok(()),
    }
}

/// Verifies and lowers a module.
///
/// # Errors
/// [`Refusal`].
pub fn image(wasm: &[u8]) -> Result<Vec<u8>, Refusal> {
    validate(wasm)?;
    lower::lower(wasm, &mut lower::Options::default()).map_err(|error| Refusal::Lower(error.to_string()))
}

/// Checks and links an image, with any imports.
///
/// # Errors
/// The checker's.
pub fn load(image: &[u8], form: impl Into<Form>) -> Result<Arc<Program>, CheckError> {
    Program::load(image.to_vec(), &AnyHost, &limits(), form).map(Arc::new)
}

/// All stages in one.
///
/// # Errors
/// [`Refusal`].
pub fn program(wasm: &[u8], form: impl Into<Form>) -> Result<Arc<Program>, Refusal> {
    load(&image(wasm)?, form).map_err(|error| Refusal::Check(format!("{error:?}")))
}
