//! `cervus.ko`: the Rust half as one object, then the kernel's own build for the rest.
//!
//! ```text
//! kmod/core ──cargo──► libcervus_core.a ──ld -r, objcopy──► core.o ──(objtool)──► core.o_shipped ─┐
//! kmod/*.c  ──────────────────────────────────────────────────────────────────────────────Kbuild──┴─► cervus.ko
//! ```

use super::{Kernel, Result, need, output, root, target, toolchain::Toolchain};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Flags for code that the module loader and the kernel's mitigations accept.
const RUSTFLAGS: &[&str] = &[
    // Absolute 32-bit addresses and plain calls: the loader knows no GOT.
    "-Crelocation-model=static",
    "-Zplt=yes",
    "-Zdirect-access-external-data=yes",
    "-Zunstable-options",
    // Frame pointers in every handler would cost 14 %.
    "-Cforce-frame-pointers=non-leaf",
    // Indirect jumps, returns and their targets as the kernel wants to patch them.
    "-Zretpoline-external-thunk",
    "-Zfunction-return=thunk-extern",
    "-Zcf-protection=branch",
    "-Cjump-tables=no",
    // Allocation that cannot report failure does not compile.
    "--cfg=no_global_oom_handling",
];
/// Memory functions that `compiler_builtins` brings and the kernel has better ones of.
const MEMORY: [&str; 6] = ["memcpy", "memmove", "memset", "memcmp", "bcmp", "strlen"];
/// Files of the C half.
const SOURCES: [&str; 14] = [
    "main.c",
    "dev.c",
    "prog.c",
    "table.c",
    "work.c",
    "host.c",
    "mem.c",
    "fpu.c",
    "test.c",
    "cervus.h",
    "cervus_uapi.h",
    "kengine.h",
    "Kbuild",
    "Makefile",
];

/// Builds the module for a kernel; its path.
///
/// # Errors
/// A tool is missing, a step fails or warns, or the object holds what it must not.
pub fn build(kernel: &Kernel) -> Result<PathBuf> {
    need(&[
        ("make", "make"),
        ("gcc", "gcc"),
        ("ld", "binutils"),
        ("objcopy", "binutils"),
        ("objdump", "binutils"),
        ("nm", "binutils"),
    ])?;
    let folder = target().join(&kernel.release);
    fs::create_dir_all(&folder)?;
    let core = core(kernel, &folder)?;
    for name in SOURCES {
        copy_if_changed(&root().join("kmod").join(name), &folder.join(name))?;
    }
    copy_if_changed(&core, &folder.join("core.o_shipped"))?;
    // Kbuild wants to know how a shipped object was made.
    fs::write(folder.join(".core.o.cmd"), "")?;
    let text =
        output(Command::new("make").arg("-C").arg(&kernel.kdir).arg(format!("M={}", folder.display())).arg("modules"))?;
    // Headers come without a vmlinux, so modules come without its types: that is no fault of ours.
    let complaint = |line: &&str| {
        let line = line.to_lowercase();
        line.contains("warning") || line.contains("error")
    };
    let complaints: Vec<&str> = text.lines().filter(complaint).collect();
    if !complaints.is_empty() {
        return Err(format!("the kernel's build complains:\n{}", complaints.join("\n")).into());
    }
    let module = folder.join("cervus.ko");
    check_imports(kernel, &module)?;
    Ok(module)
}

/// The Rust half as one object.
fn core(kernel: &Kernel, folder: &Path) -> Result<PathBuf> {
    let toolchain = Toolchain::find()?;
    let built = target().join("core");
    let mut cargo = toolchain.cargo();
    cargo
        .current_dir(root().join("kmod/core"))
        .args(["build", "--release", "--quiet", "--locked", "--target", "x86_64-unknown-none"])
        .args(["-Zbuild-std=core,alloc,compiler_builtins"])
        .env("CARGO_TARGET_DIR", &built)
        .env("RUSTFLAGS", RUSTFLAGS.join(" "));
    output(&mut cargo)?;

    let parts = folder.join("parts");
    let _ = fs::remove_dir_all(&parts);
    fs::create_dir_all(&parts)?;
    let archive = built.join("x86_64-unknown-none/release/libcervus_core.a");
    output(Command::new("ar").arg("x").arg(archive.canonicalize()?).current_dir(&parts))?;
    let mut objects: Vec<PathBuf> = fs::read_dir(&parts)?.map(|e| Ok(e?.path())).collect::<Result<_>>()?;
    objects.sort();
    for object in objects.iter().filter(|o| o.to_string_lossy().contains("compiler_builtins")) {
        let mut rename = Command::new("objcopy");
        for name in MEMORY {
            rename.arg("--redefine-sym").arg(format!("{name}=cervus_unused_{name}"));
        }
        output(rename.arg(object))?;
    }

    let entries = entries()?;
    let object = folder.join("core.rust.o");
    let mut ld = Command::new("ld");
    ld.args(["-r", "--gc-sections", "-T"]).arg(root().join("kmod/core/module.lds"));
    for entry in &entries {
        ld.arg("-u").arg(entry);
    }
    // The names of bitcode sections make the linker ask for a plugin that is not needed.
    output(ld.arg("-o").arg(&object).args(&objects))?;
    let mut objcopy = Command::new("objcopy");
    for entry in &entries {
        objcopy.arg(format!("--keep-global-symbol={entry}"));
    }
    output(objcopy.arg(&object))?;
    check_symbols(&object)?;
    check_floats(&object)?;

    // Kernels that run objtool over the whole module do it for this part, too; twice would be once too often.
    if !kernel.has("CONFIG_X86_KERNEL_IBT")? && !kernel.has("CONFIG_LTO_CLANG")? {
        annotate(kernel, &object)?;
    }
    Ok(object)
}

/// Lists return and retpoline sites and stack layouts in the object, as the kernel's configuration asks for.
fn annotate(kernel: &Kernel, object: &Path) -> Result<()> {
    let mut objtool = Command::new(kernel.kdir.join("tools/objtool/objtool"));
    // The object was linked from several.
    objtool.args(["--module", "--link"]);
    for (option, flag) in [
        ("CONFIG_UNWINDER_ORC", "--orc"),
        ("CONFIG_RETPOLINE", "--retpoline"),
        ("CONFIG_MITIGATION_RETPOLINE", "--retpoline"),
        ("CONFIG_RETHUNK", "--rethunk"),
        ("CONFIG_MITIGATION_RETHUNK", "--rethunk"),
    ] {
        if kernel.has(option)? {
            objtool.arg(flag);
        }
    }
    let text = output(objtool.arg(object))?;
    if text.trim().is_empty() { Ok(()) } else { Err(format!("objtool complains:\n{text}").into()) }
}

/// Symbols that C calls: the names in the table of `kengine::ffi`.
fn entries() -> Result<Vec<String>> {
    let header = fs::read_to_string(root().join("kmod/kengine.h"))?;
    let before = header.split("What the Rust half calls").next().unwrap_or_default();
    let mut names: Vec<String> = before
        .match_indices("cervus_")
        .filter_map(|(at, _)| {
            let name: String = before[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            before[at + name.len()..].starts_with('(').then_some(name)
        })
        .collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// No panic in it, and no memory functions that the C half would get instead of the kernel's.
fn check_symbols(object: &Path) -> Result<()> {
    let text = output(Command::new("nm").arg(object))?;
    for line in text.lines() {
        let mut words = line.split_whitespace().rev();
        let (Some(name), Some(kind)) = (words.next(), words.next()) else { continue };
        if MEMORY.contains(&name) && kind != "U" {
            return Err(format!("the object defines {name}").into());
        }
        if name.contains("panicking") || name.ends_with("_fail") {
            return Err(format!("the object can panic: {name}").into());
        }
    }
    Ok(())
}

/// Float registers are used by the handlers that are made for that and by the `match` loop, which holds the same bodies;
/// nowhere else, and there without calls into soft-float code.
fn check_floats(object: &Path) -> Result<()> {
    let text = output(Command::new("objdump").args(["-d", "--no-show-raw-insn"]).arg(object))?;
    let mut handlers = 0;
    // `address <function>:`, then its instructions, up to an empty line.
    for function in text.split("\n\n") {
        let Some((_, rest)) = function.split_once('<') else { continue };
        let Some((name, code)) = rest.split_once(">:") else { continue };
        let uses = code.contains("%xmm");
        if name.ends_with("_sse") {
            handlers += 1;
            if !uses || code.contains("\tcall") {
                return Err(format!("{name} does not compute by SSE instructions alone").into());
            }
        } else if uses && !name.contains("match_loop") {
            return Err(format!("{name} uses float registers").into());
        }
    }
    if handlers == 0 { Err("the object has no handlers for floats".into()) } else { Ok(()) }
}

/// Every symbol that the module wants is one that the kernel exports.
fn check_imports(kernel: &Kernel, module: &Path) -> Result<()> {
    let exported = fs::read_to_string(kernel.kdir.join("Module.symvers"))?;
    let exported: std::collections::HashSet<&str> = exported.lines().filter_map(|l| l.split('\t').nth(1)).collect();
    let wanted = output(Command::new("nm").arg("-u").arg(module))?;
    let missing: Vec<&str> = wanted
        .lines()
        .filter_map(|line| line.split_whitespace().last())
        .filter(|name| !exported.contains(name))
        .collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("not exported by the kernel: {}", missing.join(" ")).into()) }
}

fn copy_if_changed(from: &Path, to: &Path) -> Result<()> {
    let new = fs::read(from).map_err(|error| format!("{}: {error}", from.display()))?;
    if fs::read(to).is_ok_and(|old| old == new) {
        return Ok(());
    }
    Ok(fs::write(to, new)?)
}
