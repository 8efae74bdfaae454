//! The command lines of `cargo xtask kmod`, `vm` and `kernels`.

use super::{Guest, Kernel, NAMES, Options, Result, build, build::build_faulty, faults::FAULTS, make, vm};
use clap::Args;
use std::{path::PathBuf, time::Duration};

/// `cargo xtask kmod`.
#[derive(Args, Debug)]
pub struct KmodArgs {
    /// Headers to build against [default: $KDIR, else those of the running kernel].
    #[arg(long, value_name = "DIR", conflicts_with = "kernel")]
    kdir: Option<PathBuf>,
    /// One of the kernels that the tests know instead.
    #[arg(long, value_name = "NAME", value_parser = NAMES)]
    kernel: Option<String>,
}

/// `cargo xtask vm`.
#[derive(Args, Debug)]
pub struct VmArgs {
    /// Kernel to boot.
    #[arg(long, default_value = "bookworm", value_parser = NAMES)]
    kernel: String,
    /// More for the kernel's command line.
    #[arg(long, default_value = "", allow_hyphen_values = true)]
    append: String,
    /// Seconds that the guest may take.
    #[arg(long, default_value_t = 600)]
    limit: u64,
    /// Print the kernel's log, too.
    #[arg(long)]
    verbose: bool,
    /// Without a command: the long cases, too.
    #[arg(long)]
    all: bool,
    /// Without a command: not the cases, only the mistakes made on purpose that the kernel must report.
    #[arg(long, conflicts_with = "all")]
    canaries: bool,
    /// Without a command: not the cases, only faults made to happen, one boot for each.
    #[arg(long, conflicts_with_all = ["all", "canaries"])]
    faults: bool,
    /// Command to run in the guest instead of the cases; `cervus` is there, and guests under /examples and /images.
    #[arg(last = true)]
    command: Vec<String>,
}

/// `cargo xtask kernels`.
#[derive(Args, Debug)]
pub struct KernelsArgs {
    /// Kernel to build: uml, uml-fast or debug.
    name: String,
    /// Tarball of the kernel's source [default: that of the package linux-source-6.1].
    #[arg(long, value_name = "FILE")]
    source: Option<PathBuf>,
}

/// Builds the module and prints where it is.
///
/// # Errors
/// See [`build()`].
pub fn kmod(args: KmodArgs) -> Result<u8> {
    let kdir = args.kdir.or_else(|| std::env::var_os("KDIR").map(PathBuf::from));
    let kernel = match (args.kernel, kdir) {
        (Some(name), _) => Kernel::named(&name)?,
        (None, Some(kdir)) => Kernel::at(&kdir)?,
        (None, None) => Kernel::running()?,
    };
    println!("{}", build(&kernel)?.display());
    Ok(0)
}

/// Boots a kernel with the module; exit status of what ran there. Cases on a kernel with sanitizers are preceded by
/// a boot of their own for the mistakes that the kernel must report.
///
/// # Errors
/// See [`vm()`].
pub fn boot(args: VmArgs) -> Result<u8> {
    let kernel = Kernel::named(&args.kernel)?;
    let module = build(&kernel)?;
    let options = Options { append: args.append, limit: Duration::from_secs(args.limit), verbose: args.verbose };
    if !args.command.is_empty() {
        return vm(&kernel, &module, &Guest::Command(args.command), &options);
    }
    if args.faults {
        let module = build_faulty(&kernel)?;
        for (place, _) in FAULTS {
            println!("a fault at: {place}");
            let status = vm(&kernel, &module, &Guest::Fault(place), &options)?;
            if status != 0 {
                return Ok(status);
            }
        }
        return Ok(0);
    }
    if args.canaries || args.all || kernel.has("CONFIG_KASAN")? {
        let status = vm(&kernel, &module, &Guest::Canaries, &options)?;
        if args.canaries || status != 0 {
            return Ok(status);
        }
    }
    vm(&kernel, &module, &Guest::Cases { all: args.all }, &options)
}

/// Builds a kernel for the tests and prints where it is.
///
/// # Errors
/// See [`make()`].
pub fn kernels(args: KernelsArgs) -> Result<u8> {
    let kernel = make(&args.name, args.source.as_deref())?;
    println!("{}", kernel.image.unwrap_or(kernel.kdir).display());
    Ok(0)
}
