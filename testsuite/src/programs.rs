//! The guests of this repository: programs to test and measure with, and the examples of `usermode`.

use serde::Deserialize;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// One of `guests/programs.toml`, which explains the fields.
#[derive(Clone, Deserialize, Debug)]
pub struct Program {
    /// Name of the module in `guests/wasm`.
    pub name: String,
    /// Small argument of its export `run`.
    pub test_n: i32,
    /// Result of `run(test_n)` in the native build.
    pub expect: i64,
}

/// Top of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// All programs.
///
/// # Panics
/// The list is not as expected.
pub fn programs() -> Vec<Program> {
    #[derive(Deserialize)]
    struct List {
        program: Vec<Program>,
    }
    let list: List = toml::from_str(include_str!("../guests/programs.toml")).expect("the list of programs");
    list.program
}

impl Program {
    /// The module.
    ///
    /// # Panics
    /// It is not there.
    pub fn wasm(&self) -> Vec<u8> {
        let path = root().join("testsuite/guests/wasm").join(&self.name).with_extension("wasm");
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run usermode/build.sh", path.display()))
    }
}

/// Every `.wasm` file that the repository holds: name relative to its top, and bytes; by name.
///
/// # Panics
/// A file cannot be read.
pub fn modules() -> Vec<(String, Vec<u8>)> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for dir in ["usermode/examples", "usermode/examples/c", "testsuite/guests/wasm"] {
        let entries = fs::read_dir(root().join(dir)).into_iter().flatten().flatten();
        paths.extend(entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "wasm")));
    }
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
        (name, fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    };
    paths.into_iter().map(read).collect()
}
