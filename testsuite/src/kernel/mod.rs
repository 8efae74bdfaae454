//! The kernel module: built by [`build()`], booted and tested by [`vm()`]; [`command`] is the command line.
//!
//! Modules are built in the target directory, one folder per kernel; kernels that are built here ([`make()`]) lie in
//! a cache outside the tree ([`cache()`]). The tree stays as it is.

mod build;
mod canary;
mod cases;
mod checkpatch;
mod closed;
pub mod command;
mod faults;
pub mod gate;
mod initramfs;
pub mod judge;
mod kernels;
mod made;
mod peers;
mod suite;
mod toolchain;
mod vm;

pub use build::build;
pub use kernels::{Kernel, NAMES};
pub use made::make;
pub use vm::{Guest, Options, vm};

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Whatever goes wrong, as text for the person who runs the command.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Where everything is built.
fn target() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("kernel")
}

/// Where kernels are built and kept: `$CERVUS_CACHE`, else `cervus` in the user's cache folder.
fn cache() -> Result<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    named("CERVUS_CACHE")
        .or_else(|| named("XDG_CACHE_HOME").map(|folder| folder.join("cervus")))
        .or_else(|| named("HOME").map(|home| home.join(".cache/cervus")))
        .ok_or_else(|| "no place for a cache: set CERVUS_CACHE or HOME".into())
}

/// Runs a command and gives back what it printed.
///
/// # Errors
/// It cannot be run, or fails; the error holds its output.
fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{name} cannot be run: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(text) } else { Err(format!("{name} failed ({}):\n{text}", output.status).into()) }
}

/// Whether a program is on the path.
fn on_path(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

/// Says in one line what to install if a program is missing.
///
/// # Errors
/// It is.
fn need(programs: &[(&str, &str)]) -> Result<()> {
    let missing: Vec<&str> = programs.iter().filter(|(name, _)| !on_path(name)).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("programs are missing: apt-get install {}", missing.join(" ")).into())
}
