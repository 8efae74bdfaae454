//! The corpus: programs whose loops the verifier is measured by.
//!
//! A program is a source file below `testsuite/corpus`, own loop shapes in `shapes` and algorithms from the
//! literature in `published`; its first comment lists the functions to call and the ranges of their
//! parameters ([`manifest`]). `usermode/build.sh` compiles each at several levels. [`count`] puts counters
//! into the loops of a module, [`measure`] runs it on inputs from the declared ranges, [`claims`] asks the
//! verifier, and [`results`] sets one against the other; its table is `testsuite/corpus/RESULTS.md`.

pub mod claims;
pub mod count;
pub mod manifest;
pub mod measure;
pub mod results;

use crate::programs::root;
use manifest::Manifest;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Seed of all random inputs of the table.
pub const SEED: u64 = 5;

/// Where a program's loops come from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Origin {
    /// A shape of loop made for the corpus.
    Shape,
    /// An algorithm that is published elsewhere.
    Published,
}

impl Origin {
    /// The folder of its sources.
    pub fn folder(self) -> &'static str {
        match self {
            Origin::Shape => "shapes",
            Origin::Published => "published",
        }
    }
}

/// A source file and its compiled modules.
#[derive(Clone, Debug)]
pub struct Program {
    /// File name without extension, with the language: `c/sort`, `rust/sort`.
    pub name: String,
    /// Where its loops come from.
    pub origin: Origin,
    /// What its first comment declares.
    pub manifest: Manifest,
    /// The compiled modules, by level.
    pub builds: Vec<Build>,
}

/// A program compiled at one level.
#[derive(Clone, Debug)]
pub struct Build {
    /// Optimisation level: `O0`, `O2`, `O3` or `Oz`.
    pub level: &'static str,
    path: PathBuf,
}

impl Build {
    /// The module.
    ///
    /// # Panics
    /// It is not there.
    pub fn wasm(&self) -> Vec<u8> {
        fs::read(&self.path).unwrap_or_else(|error| panic!("{}: {error}; run usermode/build.sh", self.path.display()))
    }
}

/// The folder of the corpus.
pub fn folder() -> PathBuf {
    root().join("testsuite/corpus")
}

/// Languages: folder, extension of sources, levels.
const LANGUAGES: [(&str, &str, &[&str]); 2] = [("c", "c", &["O0", "O2", "O3", "Oz"]), ("rust", "rs", &["O2", "Oz"])];

/// All programs, by name.
///
/// # Panics
/// A source cannot be read, or its declarations make no sense.
pub fn programs() -> Vec<Program> {
    let mut programs = Vec::new();
    for origin in [Origin::Shape, Origin::Published] {
        for (language, extension, levels) in LANGUAGES {
            let entries = fs::read_dir(folder().join(language).join(origin.folder())).into_iter().flatten().flatten();
            let sources =
                entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == extension));
            programs.extend(sources.map(|path| read(&path, origin, language, levels)));
        }
    }
    programs.sort_by(|a, b| (a.origin, &a.name).cmp(&(b.origin, &b.name)));
    programs
}

fn read(path: &Path, origin: Origin, language: &str, levels: &[&'static str]) -> Program {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let manifest = manifest::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let module = |level| folder().join("wasm").join(language).join(level).join(&*stem).with_extension("wasm");
    let builds = levels.iter().map(|level| Build { level, path: module(level) }).collect();
    Program { name: format!("{language}/{stem}"), origin, manifest, builds }
}
