//! Tells the benchmarks which compiler made them: `RUSTC` may name another one than `rustc` does when they run.

use std::{env, process::Command};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=RUSTC");
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().ok().and_then(|out| String::from_utf8(out.stdout).ok());
    println!("cargo:rustc-env=MADE_BY={}", version.as_deref().map_or("?", str::trim));
}
