//! The programs of `kmod/tests/peers`, for `kmod/tests/speed.c`: compiled to eBPF, and by way of wasm to images.

use super::{Result, cases::lower, on_path, output, root};
use std::{fs, path::Path, process::Command};

/// Programs, each a file of its own.
const NAMES: [&str; 3] = ["mix", "crc", "lag"];
/// Loops stay loops: the eBPF verifier follows every turn of them either way.
const CFLAGS: [&str; 2] = ["-O2", "-fno-unroll-loops"];

/// Compiles them into a folder, if there is a compiler; else a note stands there that says what to install.
///
/// # Errors
/// The compiler complains, or the folder cannot be written.
pub(super) fn write(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    if !["clang", "wasm-ld", "llvm-objcopy"].iter().all(|program| on_path(program)) {
        return Ok(fs::write(folder.join("MISSING"), "apt-get install clang lld llvm\n")?);
    }
    for name in NAMES {
        let source = root().join("kmod/tests/peers").join(name).with_extension("c");
        let (object, bpf, wasm) = (folder.join("object"), folder.join(name).with_extension("bpf"), folder.join("wasm"));
        let clang = || {
            let mut clang = Command::new("clang");
            clang.args(CFLAGS);
            clang
        };
        output(clang().args(["-target", "bpf", "-mcpu=v3", "-c", "-o"]).arg(&object).arg(&source))?;
        output(Command::new("llvm-objcopy").args(["-O", "binary", "-j", "prog"]).arg(&object).arg(bpf))?;
        output(clang().args(["--target=wasm32", "-nostdlib", "-Wl,--no-entry", "-o"]).arg(&wasm).arg(&source))?;
        fs::write(folder.join(name).with_extension("cvi"), lower(name, &fs::read(&wasm)?)?)?;
        fs::remove_file(object)?;
        fs::remove_file(wasm)?;
    }
    Ok(())
}
