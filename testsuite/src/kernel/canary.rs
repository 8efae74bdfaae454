//! Mistakes made on purpose, so that a test kernel's silence means something: `kmod/tests/canary.c` and its Rust half.
//!
//! They have a boot of their own: KASAN and lockdep switch lockdep off when they have reported something.

use super::{
    Kernel, Result,
    build::{Module, module},
    root,
};
use std::path::PathBuf;

/// A mistake, the option of the kernel that finds it, and what the report must say.
const MISTAKES: [(&str, &str, &str); 4] = [
    ("warn", "CONFIG_BUG", "WARNING: CPU"),
    ("sleep", "CONFIG_DEBUG_ATOMIC_SLEEP", "BUG: sleeping function called from invalid context"),
    ("order", "CONFIG_PROVE_LOCKING", "WARNING: possible circular locking dependency detected"),
    // Last: lockdep is off after it.
    ("overrun", "CONFIG_KASAN", "BUG: KASAN: slab-out-of-bounds in"),
];

/// Builds `canary.ko`.
pub(super) fn build(kernel: &Kernel) -> Result<PathBuf> {
    let tests = root().join("kmod/tests");
    let canary = Module {
        name: "cervus_canary",
        krate: "kmod/tests/canary",
        library: "cervus_canary",
        entries: vec!["canary_overrun".to_owned()],
        sources: vec![tests.join("canary.c"), tests.join("canary/Kbuild")],
        faulty: false,
    };
    module(kernel, &canary)
}

/// The guest's script.
pub(super) fn script(kernel: &Kernel) -> Result<String> {
    let mut tests = String::new();
    for (mistake, option, report) in MISTAKES {
        if kernel.has(option)? {
            tests += &format!("sings {mistake} '{report}'\n");
        } else {
            tests += &format!("skip 'a mistake is reported: {mistake}' 'this kernel has no {option}'\n");
        }
    }
    // One for each mistake, those of the leak, the module.
    let count = MISTAKES.len() + 3;
    Ok(format!("echo KTAP version 1\necho 1..{count}\n{COMMON}{LEAK}{tests}"))
}

/// Functions of all scripts.
const COMMON: &str = include_str!("common.sh");
/// Functions of this one, and the leak.
const LEAK: &str = include_str!("canary.sh");
