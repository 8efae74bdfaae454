//! A Rust that can build `core` for the kernel: a compiler together with its own sources.

use super::{Result, output};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// What to say when there is none.
const INSTALL: &str = "no Rust with the sources of its library was found: \
    `rustup toolchain install nightly --component rust-src`, or `apt-get install rustc-web rust-web-src`";

/// A compiler with sources.
#[derive(Debug)]
pub(super) enum Toolchain {
    /// A toolchain of rustup, by name.
    Rustup(String),
    /// A compiler of the system, driven by whatever cargo is there.
    System(PathBuf),
}

impl Toolchain {
    /// The first that is there.
    ///
    /// # Errors
    /// None is; the error says what to install.
    pub(super) fn find() -> Result<Toolchain> {
        // rustup's proxy picks the compiler by an argument; other compilers take it for a file name.
        if let Ok(sysroot) = output(Command::new("rustc").args(["+nightly", "--print", "sysroot"]))
            && has_sources(Path::new(sysroot.trim()))
        {
            return Ok(Toolchain::Rustup("nightly".to_owned()));
        }
        let system = PathBuf::from("/usr/bin/rustc");
        if system.is_file()
            && let Ok(sysroot) = output(Command::new(&system).args(["--print", "sysroot"]))
            && has_sources(Path::new(sysroot.trim()))
        {
            return Ok(Toolchain::System(system));
        }
        Err(INSTALL.into())
    }

    /// `cargo` with this compiler, all features unlocked.
    pub(super) fn cargo(&self) -> Command {
        let mut cargo = Command::new("cargo");
        match self {
            Toolchain::Rustup(name) => {
                cargo = Command::new("rustup");
                cargo.args(["run", name, "cargo"]).env_remove("RUSTC");
            }
            Toolchain::System(rustc) => {
                cargo.env("RUSTC", rustc);
            }
        }
        // What cargo has set for the command that we are part of is not meant for this one.
        for name in ["CARGO", "RUSTUP_TOOLCHAIN", "RUSTC_WRAPPER", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
            cargo.env_remove(name);
        }
        cargo.env("RUSTC_BOOTSTRAP", "1");
        cargo
    }
}

fn has_sources(sysroot: &Path) -> bool {
    sysroot.join("lib/rustlib/src/rust/library/core/src/lib.rs").is_file()
}
