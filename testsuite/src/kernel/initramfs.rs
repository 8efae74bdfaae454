//! The file system of the guest: busybox, the module, `cervus`, test programs, images, examples and a script.

use super::{Kernel, Result, canary, cases, faults, need, output, peers, root, suite, target, vm::Guest};
use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
};

/// C programs of the guest, under `kmod/tests`.
const PROGRAMS: [&str; 4] = ["client", "speed", "stress", "suite"];
/// Flags for all of them.
const CFLAGS: [&str; 6] = ["-O2", "-Wall", "-Wextra", "-Werror", "-static", "-pthread"];

/// For 32 bits. Random pointers are cut there, and `ssize_t` is no wider than the lengths that it is compared with.
const CFLAGS_32: [&str; 3] = ["-m32", "-Wno-sign-compare", "-Wno-int-to-pointer-cast"];

/// Packs everything; the archive.
///
/// # Errors
/// A tool is missing, or something cannot be built.
pub(super) fn pack(kernel: &Kernel, module: &Path, guest: &Guest) -> Result<PathBuf> {
    need(&[("busybox", "busybox-static"), ("cpio", "cpio"), ("gcc", "gcc libc6-dev")])?;
    let folder = kernel.folder()?.join("initramfs");
    let _ = fs::remove_dir_all(&folder);
    for name in ["bin", "proc", "sys", "dev", "images", "examples", "tmp"] {
        fs::create_dir_all(folder.join(name))?;
    }
    let busybox = output(Command::new("sh").args(["-c", "command -v busybox"]))?;
    fs::copy(busybox.trim(), folder.join("bin/busybox"))?;
    symlink("busybox", folder.join("bin/sh"))?;
    fs::copy(module, folder.join("cervus.ko"))?;
    programs(kernel, &folder)?;
    fs::copy(cervus()?, folder.join("bin/cervus"))?;
    symlink("cervus", folder.join("bin/cvload"))?;
    for entry in fs::read_dir(root().join("usermode/examples"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "wasm") {
            fs::copy(&path, folder.join("examples").join(path.file_name().unwrap_or_default()))?;
        }
    }
    let images = cases::images()?;
    for image in &images {
        fs::write(folder.join("images").join(image.name).with_extension("cvi"), &image.bytes)?;
    }
    let script = match guest {
        Guest::Cases { all } => {
            let suite = suite::write(&folder.join("images/suite"))?;
            println!("{suite}");
            cases::script(&images, *all)?
        }
        Guest::Canaries => {
            fs::copy(canary::build(kernel)?, folder.join("cervus_canary.ko"))?;
            canary::script(kernel)?
        }
        Guest::Fault(place) => faults::script(place).ok_or_else(|| format!("no such place: {place}"))?,
        Guest::Command(words) => {
            peers::write(&folder.join("images/peers"))?;
            let words: Vec<String> = words.iter().map(|w| format!("'{}'", w.replace('\'', r"'\''"))).collect();
            format!("insmod /cervus.ko || exit\n{}\n", words.join(" "))
        }
    };
    fs::write(folder.join("script"), script)?;
    fs::write(folder.join("init"), INIT)?;
    fs::set_permissions(folder.join("init"), fs::Permissions::from_mode(0o755))?;
    let initrd = kernel.folder()?.join("initrd");
    // Packing hard costs more than it saves.
    let pack = format!("find . | cpio --quiet -o -H newc | gzip -1 > '{}'", initrd.display());
    output(Command::new("sh").args(["-c", &pack]).current_dir(&folder))?;
    Ok(initrd)
}

/// Compiles the C programs, for 64 and, where the compiler and the kernel can, for 32 bits.
fn programs(kernel: &Kernel, folder: &Path) -> Result<()> {
    let compile = |name: &str, suffix: &str, more: &[&str]| {
        let source = root().join("kmod/tests").join(name).with_extension("c");
        let program = folder.join("bin").join(format!("{name}{suffix}"));
        output(Command::new("gcc").args(CFLAGS).args(more).arg("-o").arg(program).arg(source))
    };
    for name in PROGRAMS {
        compile(name, "", &[])?;
    }
    if !kernel.has("CONFIG_IA32_EMULATION")? {
        return skip_32(folder, "the kernel runs no 32-bit programs");
    }
    let probe = "echo 'int main(void) { return 0; }' | gcc -m32 -static -x c -o /dev/null -";
    if output(Command::new("sh").args(["-c", probe])).is_err() {
        return skip_32(folder, "no 32-bit compiler: apt-get install gcc-multilib");
    }
    for name in PROGRAMS {
        compile(name, "32", &CFLAGS_32)?;
    }
    Ok(())
}

/// Leaves the reason why there are no 32-bit programs where the guest's script looks for it.
fn skip_32(folder: &Path, why: &str) -> Result<()> {
    Ok(fs::write(folder.join("no32"), why)?)
}

/// The command as a static program, built in a place and with flags of its own.
fn cervus() -> Result<PathBuf> {
    const TARGET: &str = "x86_64-unknown-linux-gnu";
    let built = target().join("static");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(root())
        .args(["build", "--quiet", "--locked", "--package", "cervus", "--profile", "checks", "--target", TARGET])
        .env("CARGO_TARGET_DIR", &built)
        .env("RUSTFLAGS", "-Ctarget-feature=+crt-static");
    output(&mut cargo)?;
    Ok(built.join(TARGET).join("checks/cervus"))
}

/// First process of the guest. Its output goes to a line of its own, past the kernel's log; closing that line waits
/// until all is out.
const INIT: &str = r#"#!/bin/sh
/bin/busybox --install -s /bin
export PATH=/bin HOME=/ TERM=dumb
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
mount -t tmpfs none /tmp
mount -t debugfs none /sys/kernel/debug 2>/dev/null
mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null
out=$(sed 's/.*cervus.out=\([^ ]*\).*/\1/' /proc/cmdline)
exec >/dev/$out 2>&1 </dev/null
sh /script
echo "cervus-vm: exit $?"
exec >/dev/null 2>&1
poweroff -f
"#;
