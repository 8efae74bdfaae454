//! Boots a kernel in QEMU with the module and the cases in an initramfs, and judges what it prints.

use super::{Kernel, Result, cases, need, output, root, target};
use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// What is to happen in the guest.
#[derive(Debug)]
pub enum Guest {
    /// The cases.
    Cases,
    /// A command line.
    Command(Vec<String>),
}

/// Lines that no kernel prints who is well.
const COMPLAINTS: [&str; 10] = [
    "WARNING: CPU",
    "BUG:",
    "Oops",
    "Call Trace:",
    "hung_task",
    "blocked for more than",
    "soft lockup",
    "general protection",
    "Kernel panic",
    "unreferenced object",
];
/// What ends the output; without it the guest has died.
const END: &str = "cervus-vm: exit ";

/// Boots, runs, prints what the guest prints; its exit status.
///
/// # Errors
/// A tool is missing, QEMU fails, the kernel complains, the guest does not end in time, or a case fails, is
/// missing or there twice.
pub fn vm(kernel: &Kernel, module: &Path, guest: &Guest, append: &str, limit: Duration) -> Result<u8> {
    need(&[
        ("qemu-system-x86_64", "qemu-system-x86"),
        ("busybox", "busybox-static"),
        ("cpio", "cpio"),
        ("gcc", "gcc"),
    ])?;
    let image = kernel.image.as_ref().ok_or_else(|| format!("no image of {} under /boot", kernel.release))?;
    let initrd = initramfs(module, guest)?;
    let mut qemu = Command::new("qemu-system-x86_64")
        .args(["-accel", "tcg", "-cpu", "max,-cx16", "-smp", "2", "-m", "512", "-nographic", "-no-reboot"])
        .arg("-kernel")
        .arg(image)
        .arg("-initrd")
        .arg(initrd)
        .args(["-append", &format!("console=ttyS0 panic=-1 loglevel=6 {append}")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("QEMU cannot be run: {error}"))?;
    let stdout = qemu.stdout.take().ok_or("QEMU has no output")?;
    let (lines, received) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        for line in BufReader::new(stdout).split(b'\n').map_while(std::io::Result::ok) {
            if lines.send(String::from_utf8_lossy(&line).trim_end().to_owned()).is_err() {
                break;
            }
        }
    });
    let deadline = Instant::now() + limit;
    let mut judge = Judge::default();
    while let Ok(line) = received.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        println!("{line}");
        judge.see(&line);
    }
    let late = Instant::now() >= deadline;
    if late {
        qemu.kill()?;
    }
    qemu.wait()?;
    let _ = reader.join();
    if late {
        return Err(format!("the guest has not ended within {} s", limit.as_secs()).into());
    }
    judge.verdict(matches!(guest, Guest::Cases))
}

/// Reads the guest's output.
#[derive(Default)]
struct Judge {
    plan: Option<usize>,
    results: BTreeMap<usize, Vec<bool>>,
    complaints: Vec<String>,
    exit: Option<u8>,
}

impl Judge {
    fn see(&mut self, line: &str) {
        // The guest quotes other output after a '#'.
        if line.starts_with('#') {
            return;
        }
        if let Some(plan) = line.strip_prefix("1..") {
            self.plan = plan.parse().ok();
        } else if let Some(rest) = line.strip_prefix("ok ") {
            self.result(rest, true);
        } else if let Some(rest) = line.strip_prefix("not ok ") {
            self.result(rest, false);
        } else if let Some(status) = line.strip_prefix(END) {
            self.exit = status.parse().ok();
        } else if COMPLAINTS.iter().any(|c| line.contains(c)) {
            self.complaints.push(line.to_owned());
        }
    }

    fn result(&mut self, rest: &str, ok: bool) {
        if let Some(number) = rest.split(' ').next().and_then(|n| n.parse().ok()) {
            self.results.entry(number).or_default().push(ok);
        }
    }

    fn verdict(self, cases: bool) -> Result<u8> {
        if !self.complaints.is_empty() {
            return Err(format!("the kernel complains:\n{}", self.complaints.join("\n")).into());
        }
        let exit = self.exit.ok_or("the guest has died")?;
        if !cases {
            return Ok(exit);
        }
        let plan = self.plan.ok_or("no plan")?;
        for number in 1..=plan {
            match self.results.get(&number).map(Vec::as_slice) {
                Some([true]) => {}
                Some([false]) => return Err(format!("case {number} has failed").into()),
                Some(_) => return Err(format!("case {number} has more than one verdict").into()),
                None => return Err(format!("case {number} has no verdict").into()),
            }
        }
        match self.results.len() == plan {
            true => Ok(exit),
            false => Err(format!("{} verdicts for {plan} cases", self.results.len()).into()),
        }
    }
}

/// Packs busybox, the module, the client, the images and the script.
fn initramfs(module: &Path, guest: &Guest) -> Result<PathBuf> {
    let folder = target().join("initramfs");
    let _ = fs::remove_dir_all(&folder);
    for name in ["bin", "proc", "sys", "dev", "images", "examples", "tmp"] {
        fs::create_dir_all(folder.join(name))?;
    }
    let busybox = output(Command::new("sh").args(["-c", "command -v busybox"]))?;
    fs::copy(busybox.trim(), folder.join("bin/busybox"))?;
    symlink("busybox", folder.join("bin/sh"))?;
    fs::copy(module, folder.join("cervus.ko"))?;
    for name in ["client", "stress"] {
        output(
            Command::new("gcc")
                .args(["-O2", "-Wall", "-Wextra", "-Werror", "-static", "-pthread", "-o"])
                .arg(folder.join("bin").join(name))
                .arg(root().join("kmod/tests").join(name).with_extension("c")),
        )?;
    }
    let images = cases::images()?;
    for image in &images {
        fs::write(folder.join("images").join(image.name).with_extension("cvi"), &image.bytes)?;
    }
    let script = match guest {
        Guest::Cases => cases::script(&images)?,
        Guest::Command(words) => {
            let words: Vec<String> = words.iter().map(|w| format!("'{}'", w.replace('\'', r"'\''"))).collect();
            format!("insmod /cervus.ko\n{}\n", words.join(" "))
        }
    };
    fs::write(folder.join("script"), script)?;
    fs::write(folder.join("init"), INIT)?;
    fs::set_permissions(folder.join("init"), fs::Permissions::from_mode(0o755))?;
    let initrd = target().join("initrd");
    let pack = format!("find . | cpio --quiet -o -H newc > '{}'", initrd.display());
    output(Command::new("sh").args(["-c", &pack]).current_dir(&folder))?;
    Ok(initrd)
}

/// First process of the guest.
const INIT: &str = r#"#!/bin/sh
/bin/busybox --install -s /bin
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
export PATH=/bin
sh /script
echo "cervus-vm: exit $?"
poweroff -f
"#;
