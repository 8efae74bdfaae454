//! The command line: what all subcommands share.
//!
//! The arguments of a subcommand stand in its own file under `cmd/`.

use crate::{
    cmd,
    dev::abi::NAME_LEN,
    host::{self, Capabilities},
};
use clap::{Args, Parser, Subcommand, ValueEnum, builder::PossibleValuesParser};
use kengine::memory::MAX_PAGES;
use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
};
use verifier::ClassPolicy;

/// Runs WebAssembly programs safely: verify, lower to a checked image, run.
#[derive(Debug, Parser)]
#[command(
    name = "cervus",
    version,
    propagate_version = false,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = "\
Examples:
  cervus load hello_world.wasm            run a program
  cervus load fib.wasm 30                 run it with arguments
  cervus run math.wat --invoke add 1 2    call one function
  cervus verify hello_world.wasm          what the program needs and may do
  cervus doctor                           whether programs can run in the kernel here

Exit codes: 0 fine, 1 rejected or trapped, 2 wrong usage, unreadable file or no kernel engine,
130 stopped by Ctrl-C; `cervus load` ends with the exit code of the program."
)]
pub(crate) struct Cli {
    /// Say more: what was done, how long it took, what it used.
    #[arg(short, long, global = true, display_order = 900)]
    pub(crate) verbose: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Verify(cmd::verify::Verify),
    Load(cmd::load::Load),
    Run(cmd::run::Run),
    Dump(cmd::dump::Dump),
    Cfg(cmd::cfg::CfgArgs),
    Bench(cmd::bench::Bench),
    Explain(cmd::explain::Explain),
    Ps(cmd::ps::Ps),
    Info(cmd::info::Info),
    Logs(cmd::logs::Logs),
    Stop(cmd::stop::Stop),
    Unload(cmd::stop::Unload),
    Pin(cmd::pin::Pin),
    Unpin(cmd::pin::Unpin),
    Top(cmd::top::Top),
    Doctor(cmd::doctor::Doctor),
}

impl Command {
    /// Whether standard output is read by a program that expects JSON.
    pub(crate) fn wants_json(&self) -> bool {
        match self {
            Command::Verify(args) => args.json,
            Command::Load(args) => args.json,
            Command::Run(args) => args.json,
            Command::Bench(args) => args.wants_json(),
            Command::Ps(args) => args.json,
            Command::Info(args) => args.json,
            Command::Logs(args) => args.json,
            Command::Stop(args) => args.json,
            Command::Unload(args) => args.json,
            Command::Pin(args) => args.json,
            Command::Unpin(args) => args.json,
            Command::Top(args) => args.json,
            Command::Doctor(args) => args.json,
            Command::Dump(args) => args.json,
            Command::Cfg(args) => args.json,
            Command::Explain(_) => false,
        }
    }
}

/// Help of an argument that names a program in the kernel.
pub(crate) const PROGRAM_HELP: &str = "A program in the kernel: its number, the name of its pin, or its own name";
/// Help of a FILE argument that takes modules only.
pub(crate) const MODULE_HELP: &str = "A module: .wasm, or .wat in the text format; `-` for standard input";
/// Help of a FILE argument that takes images too.
pub(crate) const FILE_HELP: &str =
    "A program: .wasm, .wat, or an image (.cvi) made by `cervus dump --image`; `-` for standard input";

/// Where the source code of a program is.
#[derive(Clone, Debug, Args)]
pub(crate) struct SourceArgs {
    /// Folder with source code, to show lines of it [default: the folder of the file, and the current one].
    ///
    /// Files that the debug information names are looked for in it by their whole path, then without its first
    /// folders; no file outside of these folders is read.
    #[arg(long, value_name = "DIR")]
    source_root: Vec<PathBuf>,
}

impl SourceArgs {
    /// The folders for a program in this file.
    pub(crate) fn roots(&self, file: &Path) -> Vec<PathBuf> {
        match self.source_root.as_slice() {
            [] => source_roots(file),
            given => given.to_vec(),
        }
    }
}

/// The folders that source code is looked for in without being told: that of the program, and the current one.
pub(crate) fn source_roots(file: &Path) -> Vec<PathBuf> {
    let beside = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    beside.into_iter().map(Path::to_path_buf).chain([PathBuf::from(".")]).collect()
}

/// How many threads make a program ready.
#[derive(Clone, Debug, Args)]
pub(crate) struct Jobs {
    /// Threads to verify and lower with; what comes out does not depend on it [default: one for each processor].
    #[arg(short, long, value_name = "N", value_parser = threads)]
    jobs: Option<usize>,
}

fn threads(text: &str) -> Result<usize, String> {
    /// More are no help on any machine, and each takes memory.
    const MOST: u64 = 1024;
    match number(text) {
        Ok(threads @ 1..=MOST) => Ok(threads as usize), // CAST: compared just now
        _ => Err(format!("not a whole number from 1 to {MOST}")),
    }
}

impl Jobs {
    /// The number of threads.
    pub(crate) fn threads(&self) -> usize {
        self.jobs.unwrap_or_else(processors)
    }
}

/// Processors that this process may use.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// What a program may have and do.
#[derive(Clone, Debug, Args)]
pub(crate) struct Grants {
    /// Pages of 64 KiB that the memory of the program may have.
    #[arg(long, value_name = "N", value_parser = pages)]
    pub(crate) max_pages: Option<u32>,
    /// Capabilities to grant besides log, args and sleep, which every program gets unless `none` is
    /// listed: then only the listed ones count.
    #[arg(long, value_name = "CAP", value_delimiter = ',', value_parser = capability_names())]
    pub(crate) allow: Vec<String>,
}

impl Grants {
    /// The granted capabilities.
    pub(crate) fn capabilities(&self) -> Capabilities {
        let start =
            if self.allow.iter().any(|name| name == NONE) { Capabilities::empty() } else { host::DEFAULT_GRANT };
        self.allow.iter().filter_map(|name| Capabilities::from_name(&name.to_uppercase())).fold(start, |all, c| all | c)
    }
}

/// In `--allow`: no default capabilities.
const NONE: &str = "none";

fn capability_names() -> PossibleValuesParser {
    PossibleValuesParser::new(Capabilities::names().chain([NONE.to_owned()]).collect::<Vec<_>>())
}

fn pages(text: &str) -> Result<u32, String> {
    match number(text) {
        Ok(pages) if pages <= u64::from(MAX_PAGES) => Ok(pages as u32), // CAST: compared just now
        _ => Err(format!("not a whole number of pages from 0 to {MAX_PAGES}, the most that a memory has")),
    }
}

/// A whole number in decimal; `_` may group digits.
pub(crate) fn number(text: &str) -> Result<u64, String> {
    text.replace('_', "").parse().map_err(|_| format!("not a whole number from 0 to {}", u64::MAX))
}

/// A name to pin a program by, as the kernel module takes it.
pub(crate) fn pin_name(text: &str) -> Result<String, String> {
    if text.is_empty() || text.starts_with(|c: char| c.is_ascii_digit()) {
        return Err("a name does not begin with a digit: numbers stand for programs".to_owned());
    }
    if text.len() >= NAME_LEN {
        return Err(format!("a name has at most {} bytes", NAME_LEN - 1));
    }
    if text.chars().any(|c| c.is_control() || c == '/') {
        return Err("a name has no control characters and no `/`".to_owned());
    }
    Ok(text.to_owned())
}

/// The class demanded of a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PolicyArg {
    /// Every run must provably end: no unbounded loop, no recursion
    Bounded,
    /// Anything valid; fuel and time slices keep it in bounds
    #[default]
    Metered,
}

/// The class demanded of a program that is run.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct RunPolicy {
    /// The class that the program must have, as for `cervus verify`.
    ///
    /// With it, bounds of loops are looked for in modules of any size, which may take a second for each megabyte; without
    /// it in those of up to 64 KiB, in those that claim bounds, and no class is demanded.
    #[arg(long, value_enum)]
    policy: Option<PolicyArg>,
}

impl RunPolicy {
    /// The class.
    pub(crate) fn class(self) -> ClassPolicy {
        self.policy.unwrap_or_default().into()
    }

    /// Whether bounds are looked for in modules of any size.
    pub(crate) fn looks_for_bounds(self) -> bool {
        self.policy.is_some()
    }
}

impl From<PolicyArg> for ClassPolicy {
    fn from(policy: PolicyArg) -> Self {
        match policy {
            PolicyArg::Bounded => ClassPolicy::Bounded,
            PolicyArg::Metered => ClassPolicy::Metered,
        }
    }
}

/// Where a program runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineArg {
    /// The kernel if /dev/cervus can be used, else embedded
    #[default]
    Auto,
    /// In this process
    Embedded,
    /// In the kernel, by /dev/cervus
    Kernel,
}

/// A function by name or by index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FunctionArg {
    Index(u32),
    Name(String),
}

impl std::str::FromStr for FunctionArg {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.parse().map_or_else(|_| Self::Name(text.to_owned()), Self::Index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn grants_add_to_the_default() {
        let grants = |allow: &[&str]| {
            Grants { max_pages: None, allow: allow.iter().map(|s| (*s).to_owned()).collect() }.capabilities()
        };
        assert_eq!(grants(&[]), host::DEFAULT_GRANT);
        assert_eq!(grants(&["log"]), host::DEFAULT_GRANT);
        assert_eq!(grants(&["none"]), Capabilities::empty());
        assert_eq!(grants(&["none", "log"]), Capabilities::LOG);
    }

    #[test]
    fn names_of_pins() {
        assert_eq!(pin_name("web-1"), Ok("web-1".to_owned()));
        assert!(pin_name(&"x".repeat(NAME_LEN - 1)).is_ok());
        for wrong in ["", "1a", "a/b", "a\nb", &"x".repeat(NAME_LEN)] {
            assert!(pin_name(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn numbers_may_be_grouped() {
        assert_eq!(number("1_000"), Ok(1000));
        assert!(number("-1").is_err());
        assert!(pages("65537").is_err());
        assert_eq!(threads("1_000"), Ok(1000));
        assert!(threads("0").is_err() && threads("1025").is_err());
    }
}
