//! The kernel module: `cargo run -p testsuite --bin kernel -- build`, and `-- vm` to boot and test it.

use clap::{Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode, time::Duration};
use testsuite::kernel::{self, Guest, Kernel, Result};

/// Command line.
#[derive(Parser)]
#[command(about = "Builds cervus.ko and tests it in a virtual machine")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build cervus.ko
    Build {
        /// Headers to build against [default: those of the running kernel].
        #[arg(long, value_name = "DIR")]
        kdir: Option<PathBuf>,
        /// One of Debian's stock kernels instead.
        #[arg(long, conflicts_with = "kdir", value_parser = kernel::NAMES)]
        kernel: Option<String>,
    },
    /// Boot a stock kernel in QEMU, load the module, and run the cases or a command
    Vm {
        /// Kernel to boot.
        #[arg(long, default_value = "bookworm", value_parser = kernel::NAMES)]
        kernel: String,
        /// More for the kernel's command line.
        #[arg(long, default_value = "", allow_hyphen_values = true)]
        append: String,
        /// Seconds that the guest may take.
        #[arg(long, default_value_t = 600)]
        limit: u64,
        /// Command to run instead of the cases; `client` is there, and images under /images.
        #[arg(last = true)]
        command: Vec<String>,
    },
}

fn main() -> ExitCode {
    match run(Args::parse().command) {
        Ok(code) => code.into(),
        Err(error) => {
            eprintln!("kernel: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<u8> {
    match command {
        Command::Build { kdir, kernel } => {
            let kernel = match (kdir, kernel) {
                (Some(kdir), _) => Kernel::at(&kdir)?,
                (None, Some(name)) => Kernel::named(&name)?,
                (None, None) => Kernel::running()?,
            };
            println!("{}", kernel::build(&kernel)?.display());
            Ok(0)
        }
        Command::Vm { kernel, append, limit, command } => {
            let kernel = Kernel::named(&kernel)?;
            let module = kernel::build(&kernel)?;
            let guest = if command.is_empty() { Guest::Cases } else { Guest::Command(command) };
            kernel::vm(&kernel, &module, &guest, &append, Duration::from_secs(limit))
        }
    }
}
