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
    /// Times cervus beside wasmi in one run.
    Bench {
        /// Arguments of the bench, see `testsuite/benches/exec.rs`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Random modules against wasmi, and mutated images, until stopped.
    Fuzz {
        /// Stop after so many seconds.
        #[arg(long)]
        seconds: Option<u64>,
    },
}

/// Debian packages that the steps of `test` need, and a file that shows each is there.
const PACKAGES: &[(&str, &str)] = &[
    ("rustc-web", "/usr/lib/rustlib/x86_64-unknown-linux-gnu"),
    ("cargo-web", "/usr/bin/cargo"),
    ("rust-web-src", "/usr/lib/rustlib/src/rust/library"),
    ("lld", "/usr/bin/wasm-ld"),
    ("clang", "/usr/bin/clang"),
    ("binutils", "/usr/bin/objdump"),
];

fn main() -> ExitCode {
    let ok = match Args::parse().task {
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
        Task::Bench { args } => {
            run("bench", cargo().args(["bench", "-p", "testsuite", "--bench", "exec", "--"]).args(args))
        }
        Task::Fuzz { seconds } => testsuite::fuzz::run(seconds.map(std::time::Duration::from_secs)),
    };
    if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
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

fn test() -> bool {
    let tools = install();
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

/// Installs missing packages if that is possible; false if some are still missing.
fn install() -> bool {
    let missing = || -> Vec<&str> {
        PACKAGES.iter().filter(|(_, file)| !Path::new(file).exists()).map(|(package, _)| *package).collect()
    };
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
        println!(
            "==> SKIPPED: the no-std build and the guests' reproducibility; apt-get install {}",
            packages.join(" ")
        );
    }
    packages.is_empty()
}

fn conformance() -> bool {
    use testsuite::spec::{self, Config, SUITES, expected};
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    println!("{:40} {:8} {:>8} {:>8} {:>8}", "suite", "mode", "passed", "failed", "skipped");
    for suite in SUITES {
        for mode in kengine::Mode::ALL {
            let outcome = spec::run(*suite, Config { mode: *mode, slice: u64::MAX });
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
