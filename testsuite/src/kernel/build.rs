//! `cervus.ko`: the Rust half as one object, then the kernel's own build for the rest.
//!
//! ```text
//! kmod/core ──cargo──► libcervus_core.a ──ld -r, objcopy──► core.o ──(objtool)──► core.o_shipped ─┐
//! kmod/*.c  ──────────────────────────────────────────────────────────────────────────────Kbuild──┴─► cervus.ko
//! ```

use super::{Kernel, Result, checkpatch, gate, need, output, root, target, toolchain::Toolchain};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Flags for code that every module loader accepts.
const RUSTFLAGS: &[&str] = &[
    // Absolute addresses and plain calls: the loader knows no GOT.
    "-Crelocation-model=static",
    "-Zplt=yes",
    "-Zdirect-access-external-data=yes",
    "-Zunstable-options",
    // Frame pointers in every handler would cost 14 %.
    "-Cforce-frame-pointers=non-leaf",
    "-Cjump-tables=no",
    // Allocation that cannot report failure does not compile.
    "--cfg=no_global_oom_handling",
];
/// On x86: indirect jumps, returns and their targets as the kernel wants to patch them.
const RUSTFLAGS_X86: &[&str] =
    &["-Zretpoline-external-thunk", "-Zfunction-return=thunk-extern", "-Zcf-protection=branch"];
/// In user-mode Linux modules may lie beyond 2 GiB.
const RUSTFLAGS_UML: &[&str] = &["-Ccode-model=large"];
/// With KASAN: a call of the kernel before each access, which knows where the kernel's shadow lies. Stacks and statics
/// are left alone: poisoning a frame does not go with tail calls.
const RUSTFLAGS_KASAN: &[&str] = &[
    "-Zsanitizer=kernel-address",
    "-Cllvm-args=-asan-instrumentation-with-call-threshold=0",
    "-Cllvm-args=-asan-stack=0",
    "-Cllvm-args=-asan-globals=0",
];
/// Memory functions that `compiler_builtins` brings and the kernel has better ones of.
const MEMORY: [&str; 6] = ["memcpy", "memmove", "memset", "memcmp", "bcmp", "strlen"];

/// A module to build.
pub(super) struct Module<'a> {
    /// What it is called.
    pub(super) name: &'a str,
    /// The crate of its Rust half, from the root of the repository.
    pub(super) krate: &'a str,
    /// The static library that comes of it, without `lib` and `.a`.
    pub(super) library: &'a str,
    /// Symbols of the Rust half that C calls.
    pub(super) entries: Vec<String>,
    /// Files of the C half and of its build.
    pub(super) sources: Vec<PathBuf>,
    /// With faults on purpose: the Rust half's feature `test`, and `CERVUS_TEST` for the C half.
    pub(super) faulty: bool,
}

/// Builds the module for a kernel; its path.
///
/// # Errors
/// A tool is missing, a step fails or warns, or the object holds what it must not.
pub fn build(kernel: &Kernel) -> Result<PathBuf> {
    checkpatch::check(kernel)?;
    cervus(kernel, false)
}

/// The same with faults on purpose, see `kmod/test.c`.
///
/// # Errors
/// As [`build()`].
pub(super) fn build_faulty(kernel: &Kernel) -> Result<PathBuf> {
    cervus(kernel, true)
}

fn cervus(kernel: &Kernel, faulty: bool) -> Result<PathBuf> {
    let source = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default();
        path.extension().is_some_and(|e| e == "c" || e == "h") || name == "Kbuild" || name == "Makefile"
    };
    let folder = root().join("kmod");
    let sources = fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).filter(source).collect();
    let mut entries = entries()?;
    if faulty {
        entries.push("cervus_test_panic".to_owned());
    }
    module(kernel, &Module { name: "cervus", krate: "kmod/core", library: "cervus_core", entries, sources, faulty })
}

/// Builds a module of a Rust half and a C half.
pub(super) fn module(kernel: &Kernel, module: &Module<'_>) -> Result<PathBuf> {
    need(&[
        ("make", "make"),
        ("gcc", "gcc"),
        ("ld", "binutils"),
        ("objcopy", "binutils"),
        ("objdump", "binutils"),
        ("nm", "binutils"),
    ])?;
    let folder = kernel.folder()?.join(format!("{}{}", module.name, if module.faulty { "-faulty" } else { "" }));
    fs::create_dir_all(&folder)?;
    let core = core(kernel, module, &folder)?;
    for source in &module.sources {
        copy_if_changed(source, &folder.join(source.file_name().unwrap_or_default()))?;
    }
    copy_if_changed(&core, &folder.join("core.o_shipped"))?;
    // Kbuild wants to know how a shipped object was made.
    fs::write(folder.join(".core.o.cmd"), "")?;
    let mut make = Command::new("make");
    make.arg("-C").arg(&kernel.kdir).arg(format!("M={}", folder.display())).arg("modules");
    if kernel.is_uml()? {
        make.arg("ARCH=um");
    }
    if module.faulty {
        make.arg("CERVUS_TEST=y");
    }
    let text = output(&mut make)?;
    // Headers come without a vmlinux, so modules come without its types: that is no fault of ours.
    let complaint = |line: &&str| {
        let line = line.to_lowercase();
        line.contains("warning") || line.contains("error")
    };
    let complaints: Vec<&str> = text.lines().filter(complaint).collect();
    if !complaints.is_empty() {
        return Err(format!("the kernel's build complains:\n{}", complaints.join("\n")).into());
    }
    let built = folder.join(module.name).with_extension("ko");
    check_imports(kernel, &built)?;
    Ok(built)
}

/// The Rust half as one object.
fn core(kernel: &Kernel, module: &Module<'_>, folder: &Path) -> Result<PathBuf> {
    let toolchain = Toolchain::find()?;
    let (is_uml, has_kasan) = (kernel.is_uml()?, kernel.has("CONFIG_KASAN")?);
    let mut flags = [RUSTFLAGS, if is_uml { RUSTFLAGS_UML } else { RUSTFLAGS_X86 }].concat();
    let mut built = String::from(if is_uml { "core-uml" } else { "core-x86" });
    if has_kasan {
        flags.extend(RUSTFLAGS_KASAN);
        built += "-kasan";
    }
    let built = target().join(built);
    let mut cargo = toolchain.cargo();
    cargo
        .current_dir(root().join(module.krate))
        .args(["build", "--release", "--quiet", "--locked", "--target", "x86_64-unknown-none"])
        .args(["-Zbuild-std=core,alloc,compiler_builtins"])
        .env("CARGO_TARGET_DIR", &built)
        .env("RUSTFLAGS", flags.join(" "));
    if module.faulty {
        cargo.args(["--features", "test"]);
    }
    output(&mut cargo)?;

    let parts = folder.join("parts");
    let _ = fs::remove_dir_all(&parts);
    fs::create_dir_all(&parts)?;
    let archive = built.join("x86_64-unknown-none/release").join(format!("lib{}.a", module.library));
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

    let object = folder.join("core.rust.o");
    let mut ld = Command::new("ld");
    ld.args(["-r", "--gc-sections", "-T"]).arg(root().join("kmod/core/module.lds"));
    for entry in &module.entries {
        ld.arg("-u").arg(entry);
    }
    // The names of bitcode sections make the linker ask for a plugin that is not needed.
    output(ld.arg("-o").arg(&object).args(&objects))?;
    let mut objcopy = Command::new("objcopy");
    for entry in &module.entries {
        objcopy.arg(format!("--keep-global-symbol={entry}"));
    }
    output(objcopy.arg(&object))?;
    check_symbols(&object, module.faulty)?;
    if is_uml {
        return Ok(object);
    }
    gate::check(&object)?;

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
fn check_symbols(object: &Path, may_panic: bool) -> Result<()> {
    let text = output(Command::new("nm").arg(object))?;
    for line in text.lines() {
        let mut words = line.split_whitespace().rev();
        let (Some(name), Some(kind)) = (words.next(), words.next()) else { continue };
        if MEMORY.contains(&name) && kind != "U" {
            return Err(format!("the object defines {name}").into());
        }
        if !may_panic && (name.contains("panicking") || name.ends_with("_fail")) {
            return Err(format!("the object can panic: {name}").into());
        }
    }
    Ok(())
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
