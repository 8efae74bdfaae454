//! `cargo xtask`: the developer commands.
//!
//! `test` is what CI runs: it starts from a machine that may have nothing but a Rust toolchain, installs what is missing
//! where it may, and otherwise says in one line what to install and skips that step loudly.

use clap::{Parser, Subcommand};
use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::Instant,
};
use testsuite::kernel::{
    self,
    command::{self, KernelsArgs, KmodArgs, VmArgs},
};

/// Developer commands of Cervus.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Everything that must pass; installs what it needs.
    Test,
    /// The official suites by folder and dispatch mode.
    Conformance,
    /// Rebuilds the committed guests; `--check` compares instead.
    Guests {
        /// Build aside and compare with the committed files.
        #[arg(long)]
        check: bool,
    },
    /// Runs the corpus of loops and rewrites its table of bounds.
    Corpus,
    /// Times cervus beside wasmi in one run
    Bench {
        /// Beside wasm3, wasmtime's two compilers and native code, too; takes minutes to build
        #[arg(long)]
        peers: bool,
        /// Ours without fuel and bounds checks, to see what they cost
        #[arg(long, conflicts_with = "peers")]
        unchecked: bool,
        /// Build everything with its functions in other places first
        #[arg(long)]
        layout: Option<Layout>,
        /// Arguments of the bench, see `testsuite/benches/exec.rs`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Builds cervus.ko, the kernel module
    Kmod(KmodArgs),
    /// Boots a kernel in QEMU or as a process, loads the module, and runs a command or the cases
    Vm(VmArgs),
    /// Builds a kernel with sanitizers for `vm`, once, into a cache outside the tree
    Kernels(KernelsArgs),
    /// Random modules against wasmi, and mutated images, until stopped; other ones each time
    Fuzz {
        /// Stop after so many seconds.
        #[arg(long)]
        seconds: Option<u64>,
        /// Begin with this one, such as the one that a failure has printed.
        #[arg(long)]
        seed: Option<u64>,
    },
}

/// Builds for `bench` that differ from the release only in where code lies.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Layout {
    /// Each function at a multiple of 64 bytes.
    Aligned,
    /// Sixteen units of code generation for each crate and no optimisation across crates.
    Units,
}

/// Debian packages, and for each a file that shows that it is there; a `*` stands for anything.
type Packages = [(&'static str, &'static str)];

/// What the steps of `test` need in user space.
const PACKAGES: &Packages = &[
    ("rustc-web", "/usr/lib/rustlib/x86_64-unknown-linux-gnu"),
    ("cargo-web", "/usr/bin/cargo"),
    ("rust-web-src", "/usr/lib/rustlib/src/rust/library"),
    ("lld", "/usr/bin/wasm-ld"),
    ("clang", "/usr/bin/clang"),
    ("binutils", "/usr/bin/objdump"),
];

/// What building the kernel module and booting it needs besides. The source is there for its style checker.
const KERNEL_PACKAGES: &Packages = &[
    ("make", "/usr/bin/make"),
    ("gcc", "/usr/bin/gcc"),
    ("libc6-dev", "/usr/lib/x86_64-linux-gnu/libc.a"),
    ("gcc-multilib", "/usr/lib32/libc.a"),
    ("linux-headers-cloud-amd64", "/usr/src/linux-headers-6.1.*-cloud-amd64"),
    ("linux-image-cloud-amd64", "/boot/vmlinuz-6.1.*-cloud-amd64"),
    ("linux-source-6.1", "/usr/src/linux-source-6.1.tar.xz"),
    ("xz-utils", "/usr/bin/xz"),
    ("perl", "/usr/bin/perl"),
    ("qemu-system-x86", "/usr/bin/qemu-system-x86_64"),
    ("busybox-static", "/bin/busybox"),
    ("cpio", "/bin/cpio"),
];

fn main() -> ExitCode {
    let ok = match Args::parse().task {
        // The guest's exit status is ours.
        Task::Kmod(args) => return status("kmod", command::kmod(args)),
        Task::Vm(args) => return status("vm", command::boot(args)),
        Task::Kernels(args) => return status("kernels", command::kernels(args)),
        Task::Test => test(),
        Task::Conformance => conformance(),
        Task::Guests { check } => {
            let mut build = Command::new("bash");
            build.arg(root().join("usermode/build.sh"));
            if check {
                build.arg("--check");
            }
            run("guests", &mut build)
        }
        Task::Corpus => testsuite::corpus::results::regenerate(),
        Task::Bench { peers, unchecked, layout, args } => {
            let feature = if peers { Some("peers") } else { unchecked.then_some("unchecked") };
            run("bench", bench(feature, layout).args(args))
        }
        // In the profile that outlives a panic of wasmi.
        Task::Fuzz { .. } if cfg!(panic = "abort") => {
            let xtask = ["run", "--quiet", "--profile", "fuzz", "--package", "testsuite", "--bin", "xtask", "--"];
            run("fuzz", cargo().args(xtask).args(std::env::args_os().skip(1)))
        }
        Task::Fuzz { seconds, seed } => {
            let first = seed.unwrap_or_else(|| fastrand::u64(..));
            testsuite::fuzz::run(first, seconds.map(std::time::Duration::from_secs))
        }
    };
    if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Exit code of a command that has one of its own.
fn status(task: &str, result: kernel::Result<u8>) -> ExitCode {
    result.map_or_else(
        |error| {
            eprintln!("cargo xtask {task}: {error}");
            ExitCode::FAILURE
        },
        ExitCode::from,
    )
}

/// Root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    cargo
}

/// Runs a step and says how it went.
fn run(step: &str, command: &mut Command) -> bool {
    println!("==> {step}");
    let start = Instant::now();
    let ok = match command.status() {
        Ok(status) => status.success(),
        Err(error) => {
            println!("{step}: cannot run {:?}: {error}", command.get_program());
            false
        }
    };
    println!("==> {step}: {} in {:.0} s", if ok { "ok" } else { "FAILED" }, start.elapsed().as_secs_f64());
    ok
}

/// The bench of execution; its own arguments go behind.
fn bench(feature: Option<&str>, layout: Option<Layout>) -> Command {
    let mut bench = cargo();
    bench.args(["bench", "-p", "testsuite", "--bench", "exec"]);
    bench.args(feature.iter().flat_map(|name| ["--features", name]));
    let mut name = "as released";
    match layout {
        Some(Layout::Aligned) => {
            name = "aligned";
            // Flags change every build: one of their own.
            bench.env("RUSTFLAGS", "-C llvm-args=-align-all-functions=6").args(["--target-dir", "target/aligned"]);
        }
        Some(Layout::Units) => {
            name = "units";
            bench.args(["--profile", "checks"]);
        }
        None => {}
    }
    bench.args(["--", "--layout", name]);
    bench
}

fn test() -> bool {
    let tools = install(PACKAGES, "the no-std build and the guests' reproducibility");
    let kernel_tools = install(KERNEL_PACKAGES, "the kernel module in a virtual machine");
    let mut ok = run("formatting", cargo().args(["fmt", "--all", "--check"]));
    ok &= run(
        "lints",
        cargo().args([
            "clippy",
            "--quiet",
            "--workspace",
            "--all-targets",
            "--profile",
            "checks",
            "--",
            "-D",
            "warnings",
        ]),
    );
    // RUSTC_BOOTSTRAP lets a stable compiler build the `become` dispatch, too.
    ok &= run(
        "tests",
        cargo()
            .args(["test", "--workspace", "--profile", "checks", "--no-fail-fast"])
            .env("RUSTC_BOOTSTRAP", "1")
            .env("INSTA_UPDATE", "no"),
    );
    ok &= run(
        "docs",
        cargo()
            .args(["doc", "--quiet", "--workspace", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings -A rustdoc::private_intra_doc_links"),
    );
    if tools {
        ok &= run("kengine without std", &mut bare_kengine());
        let build = root().join("usermode/build.sh");
        ok &= run("guests are reproducible", Command::new("bash").arg(build).arg("--check"));
    }
    if tools && kernel_tools {
        // By way of cargo, and as the tests were built: they have put another build of this program in its place.
        ok &= run("kernel module on Linux 6.1", cargo().args(["xtask", "vm"]).env("RUSTC_BOOTSTRAP", "1"));
    }
    println!("==> {}", if ok { "everything passed" } else { "something FAILED, see above" });
    ok
}

/// Builds the engine as the kernel module will: no std, no infallible allocation, `become` dispatch.
fn bare_kengine() -> Command {
    let mut build = cargo();
    build
        .args(["build", "--quiet", "--release", "-p", "kengine", "--no-default-features"])
        .args(["--target", "x86_64-unknown-none", "--target-dir", "target/bare"])
        .args(["-Zbuild-std=core,alloc,compiler_builtins", "-Zbuild-std-features=compiler-builtins-mem"])
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "--cfg no_global_oom_handling -D warnings");
    build
}

/// Whether there is a file of this name, in which a `*` of the last part stands for anything.
fn exists(pattern: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return Path::new(pattern).exists() };
    let (folder, before) = before.rsplit_once('/').unwrap_or((".", before));
    let fits = |name: &str| name.starts_with(before) && name.ends_with(after);
    std::fs::read_dir(folder)
        .is_ok_and(|entries| entries.flatten().any(|entry| entry.file_name().to_str().is_some_and(fits)))
}

/// Installs missing packages if that is possible; false if some are still missing, and then says what is skipped.
fn install(packages: &Packages, what: &str) -> bool {
    let missing =
        || -> Vec<&str> { packages.iter().filter(|(_, file)| !exists(file)).map(|(package, _)| *package).collect() };
    let packages = missing();
    if packages.is_empty() {
        return true;
    }
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.starts_with(b"0\n"));
    if is_root && Path::new("/usr/bin/apt-get").exists() {
        run("package lists", Command::new("apt-get").args(["update", "-qq"]));
        let mut install = Command::new("apt-get");
        install.args(["install", "-y", "-qq", "--no-install-recommends"]).args(&packages);
        run("packages", install.env("DEBIAN_FRONTEND", "noninteractive"));
    }
    let packages = missing();
    if !packages.is_empty() {
        println!("==> SKIPPED: {what}; apt-get install {}", packages.join(" "));
    }
    packages.is_empty()
}

fn conformance() -> bool {
    use testsuite::spec::{self, Config, SUITES, expected};
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    println!("{:40} {:8} {:>8} {:>8} {:>8}", "suite", "mode", "passed", "failed", "skipped");
    for suite in SUITES {
        for mode in kengine::Mode::ALL {
            let outcome = spec::run(*suite, Config { form: (*mode).into(), slice: u64::MAX });
            let unexpected = expected::unexpected(suite.name(), &outcome);
            for text in &unexpected {
                println!("  {text}");
            }
            // Failures that are listed with their reason count as skipped.
            let left_out = outcome.skipped.len() + outcome.failures.len().saturating_sub(unexpected.len());
            println!(
                "{:40} {:8} {:>8} {:>8} {:>8}",
                suite.name(),
                mode.name(),
                outcome.passed,
                unexpected.len(),
                left_out
            );
            passed += outcome.passed;
            failed += unexpected.len();
            skipped += left_out;
        }
    }
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    failed == 0
}
