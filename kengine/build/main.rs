//! Expands the op table of `src/isa.rs` and picks the dispatch mode.
//!
//! Writes two files to `OUT_DIR`: `ops.rs` (opcode enum, row data, families) and `handlers.rs` (one
//! body per row, the list over which every dispatch mode expands). See `src/isa.rs` for the table
//! and `src/dispatch/mod.rs` for the modes.

#![allow(missing_docs, unreachable_pub, reason = "a build script has no public interface")]
#![allow(clippy::expect_used, clippy::panic, reason = "a failing build script fails the build, with this message")]

mod emit;
mod expand;
#[path = "../src/isa.rs"]
#[allow(dead_code, unreachable_pub, reason = "the crate uses the rest of this file")]
mod isa;

use std::{env, fs, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/isa.rs");
    println!("cargo::rerun-if-env-changed=RUSTC_BOOTSTRAP");

    let rows = expand::rows();
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let out = Path::new(&out);
    fs::write(out.join("ops.rs"), emit::ops(&rows)).expect("OUT_DIR is writable");
    fs::write(out.join("handlers.rs"), emit::handlers(&rows)).expect("OUT_DIR is writable");

    // `match` is always there. A tail mode is added where it is safe: `become` is checked by the
    // compiler, so any optimisation level will do; a plain sibling call needs an optimiser that makes
    // jumps of calls in tail position also where much was inlined, which opt-level 1 does not.
    let miri = env::var("CARGO_CFG_MIRI").is_ok();
    if !miri && has_become() {
        println!("cargo::rustc-cfg=dispatch_become");
    }
    let level = env::var("OPT_LEVEL").unwrap_or_default();
    let instrumented = env::var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|f| f.contains("-Cinstrument-coverage"));
    if !miri && matches!(level.as_str(), "2" | "3" | "s" | "z") && !instrumented {
        println!("cargo::rustc-cfg=dispatch_return");
    }
}

/// Whether this compiler accepts `#![feature(explicit_tail_calls)]`.
fn has_become() -> bool {
    if env::var("RUSTC_BOOTSTRAP").is_ok_and(|v| v == "1" || v.split(',').any(|c| c == "kengine")) {
        return true;
    }
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let version = std::process::Command::new(rustc).arg("--version").output();
    version.is_ok_and(|v| String::from_utf8_lossy(&v.stdout).contains("nightly"))
}
