//! The programs of `guests/programs.toml`.

use super::Result;
use serde::Deserialize;
use std::path::Path;

/// One of them; the file explains the fields.
#[derive(Deserialize)]
#[allow(missing_docs, reason = "see the file")]
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) test_n: i32,
    pub(crate) expect: i64,
    pub(crate) bench_n: i32,
    pub(crate) bench_expect: i64,
}

impl Program {
    /// Those whose name contains one of `filters`, or all.
    ///
    /// # Errors
    /// The list is not as expected.
    pub(crate) fn list(filters: &[String]) -> Result<Vec<Program>> {
        #[derive(Deserialize)]
        struct List {
            program: Vec<Program>,
        }
        let List { mut program } = toml::from_str(include_str!("../../guests/programs.toml"))?;
        program.retain(|p| filters.is_empty() || filters.iter().any(|f| p.name.contains(f.as_str())));
        Ok(program)
    }

    /// The module.
    ///
    /// # Errors
    /// It is not there.
    pub(crate) fn wasm(&self) -> Result<Vec<u8>> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("guests/wasm").join(&self.name).with_extension("wasm");
        std::fs::read(path).map_err(|e| format!("{}.wasm: {e}", self.name).into())
    }
}
