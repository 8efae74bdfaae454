//! Other engines than wasmi, behind the feature `peers`: they take minutes to build.
//!
//! wasmtime is a crate. wasm3 is fetched as a package of C sources and compiled when the bench starts, and so is the
//! native form of the guests, each once, into the target directory.

pub(crate) mod native;
pub(crate) mod wasm3;
pub(crate) mod wasmtime;

use super::Result;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// `peers` in the target directory that this program was built into.
fn cache() -> Result<PathBuf> {
    let exe = std::env::current_exe()?;
    // target/PROFILE/deps/exec-…
    let target = exe.ancestors().nth(3).unwrap_or(Path::new("target"));
    let dir = target.join("peers");
    std::fs::create_dir_all(&dir)?;
    Ok(dir)
}

/// Runs a command of the build.
///
/// # Errors
/// It is not there or fails; the text says what it said.
fn build(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|e| format!("{program}: {e}"))?;
    if !output.status.success() {
        return Err(format!("{program} failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(())
}

/// First line of what a command prints.
fn version(program: &str) -> String {
    let output = Command::new(program).arg("--version").output();
    let text = output.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default();
    text.lines().next().unwrap_or("?").into()
}
