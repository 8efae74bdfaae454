//! Boots a kernel, in QEMU or as a process, with the module and the cases in an initramfs, and has the output judged.

use super::{Kernel, Result, initramfs, judge::Judge, need};
use std::{
    io::{BufRead, BufReader, Read},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::Sender,
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// What is to happen in the guest.
#[derive(Clone, Debug)]
pub enum Guest {
    /// The cases; with `all` the long ones, too.
    Cases {
        /// The long ones, too.
        all: bool,
    },
    /// Mistakes made on purpose, which the kernel must report.
    Canaries,
    /// A fault made to happen at this place, see `kmod/test.c`.
    Fault(&'static str),
    /// A command line.
    Command(Vec<String>),
}

/// How to boot.
#[derive(Clone, Debug)]
pub struct Options {
    /// More for the kernel's command line.
    pub append: String,
    /// How long the guest may take.
    pub limit: Duration,
    /// Print the kernel's log, too.
    pub verbose: bool,
}

/// Memory of the guest; a sanitizer takes an eighth of it, and keeps freed blocks for a while.
const MEMORY_MIB: (u32, u32) = (512, 1024);

/// Boots, runs, prints what the guest prints; its exit status.
///
/// # Errors
/// A tool is missing, the guest's kernel cannot be started or complains, the guest does not end in time, or a case
/// fails, is missing or there twice.
pub fn vm(kernel: &Kernel, module: &Path, guest: &Guest, options: &Options) -> Result<u8> {
    let initrd = initramfs::pack(kernel, module, guest)?;
    let mut child = command(kernel, &initrd, &options.append)?
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // User-mode Linux is several processes; see `end`.
        .process_group(0)
        .spawn()
        .map_err(|error| format!("the guest's kernel cannot be started: {error}"))?;
    let (lines, received) = std::sync::mpsc::channel();
    let readers = [
        read(child.stdout.take().ok_or("no output")?, lines.clone(), Line::Guest),
        read(child.stderr.take().ok_or("no log")?, lines, Line::Kernel),
    ];
    let deadline = Instant::now() + options.limit;
    let mut judge = Judge::new(kernel.is_uml()?);
    let mut log = Vec::new();
    while let Ok(line) = received.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        match line {
            Line::Guest(line) => {
                judge.guest(&line);
                if options.verbose || !line.starts_with("cervus-vm: ") {
                    println!("{line}");
                }
            }
            Line::Kernel(line) => {
                judge.kernel(&line);
                if options.verbose {
                    println!("{line}");
                }
                log.push(line);
            }
        }
    }
    let late = Instant::now() >= deadline;
    end(&mut child, late)?;
    for reader in readers {
        let _ = reader.join();
    }
    for line in judge.skipped() {
        println!("skipped: {line}");
    }
    let verdict = match late {
        true => Err(format!("the guest has not ended within {} s", options.limit.as_secs()).into()),
        false => judge.verdict(!matches!(guest, Guest::Command(_))),
    };
    if verdict.is_err() && !options.verbose {
        let file = kernel.folder()?.join("kernel.log");
        std::fs::write(&file, log.join("\n"))?;
        println!("the kernel's log is in {}; its end:", file.display());
        for line in &log[log.len().saturating_sub(40)..] {
            println!("{line}");
        }
    }
    verdict
}

/// A line of output.
enum Line {
    Guest(String),
    Kernel(String),
}

/// Sends the lines of a pipe.
fn read(pipe: impl Read + Send + 'static, lines: Sender<Line>, kind: fn(String) -> Line) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n').map_while(std::io::Result::ok) {
            if lines.send(kind(String::from_utf8_lossy(&line).trim_end().to_owned())).is_err() {
                break;
            }
        }
    })
}

/// The command that boots. The guest's output comes out as its standard output, the kernel's log as its standard error.
fn command(kernel: &Kernel, initrd: &Path, append: &str) -> Result<Command> {
    let image = kernel.image.as_ref().ok_or_else(|| format!("no image of {} under /boot", kernel.release))?;
    let memory = if kernel.has("CONFIG_KASAN")? { MEMORY_MIB.1 } else { MEMORY_MIB.0 };
    // One report of KASAN must not hide the next; scripts write marks into the log, which are not to be rationed.
    let common = format!("panic=-1 loglevel=7 kasan_multi_shot printk.devkmsg=on {append}");
    let mut command;
    if kernel.is_uml()? {
        command = Command::new(image);
        command.arg(format!("mem={memory}M")).arg(format!("initrd={}", initrd.display()));
        command.args(["rdinit=/init", "con=null", "con0=null,fd:2", "con1=null,fd:1", "cervus.out=tty1"]);
        command.args(common.split_whitespace());
    } else {
        need(&[("qemu-system-x86_64", "qemu-system-x86")])?;
        command = Command::new("qemu-system-x86_64");
        command.args(["-accel", "tcg", "-cpu", "max,-cx16", "-smp", "2", "-no-reboot"]);
        command.args(["-display", "none", "-monitor", "none", "-nodefaults"]);
        command.args(["-serial", "file:/dev/stderr", "-serial", "stdio"]);
        command.arg("-m").arg(memory.to_string()).arg("-kernel").arg(image).arg("-initrd").arg(initrd);
        command.arg("-append").arg(format!("console=ttyS0 cervus.out=ttyS1 {common}"));
    }
    Ok(command)
}

/// Waits for the end of the guest's kernel, or brings it about: its whole process group, for user-mode Linux keeps each
/// of the guest's address spaces in a process of its own.
fn end(child: &mut Child, kill: bool) -> Result<()> {
    if kill {
        let _ = Command::new("kill").args(["-KILL", "--", &format!("-{}", child.id())]).status();
        child.kill()?;
    }
    child.wait()?;
    Ok(())
}
