//! The subcommands, one file each.

pub(crate) mod bench;
pub(crate) mod cfg;
pub(crate) mod doctor;
pub(crate) mod dump;
pub(crate) mod explain;
pub(crate) mod info;
pub(crate) mod load;
pub(crate) mod logs;
pub(crate) mod pin;
pub(crate) mod ps;
pub(crate) mod run;
pub(crate) mod stop;
pub(crate) mod top;
pub(crate) mod verify;

use crate::{
    args::{Cli, Command},
    error::Error,
};
use std::process::ExitCode;

/// Does what the command line says; returns the exit code.
///
/// # Errors
/// What the command could not do.
pub(crate) fn dispatch(cli: &Cli) -> Result<ExitCode, Error> {
    match &cli.command {
        Command::Verify(args) => args.execute(cli.verbose),
        Command::Load(args) => args.execute(cli.verbose),
        Command::Run(args) => args.execute(cli.verbose),
        Command::Dump(args) => args.execute(cli.verbose),
        Command::Cfg(args) => args.execute(),
        Command::Bench(args) => args.execute(),
        Command::Explain(args) => args.execute(),
        Command::Ps(args) => args.execute(),
        Command::Info(args) => args.execute(),
        Command::Logs(args) => args.execute(),
        Command::Stop(args) => args.execute(),
        Command::Unload(args) => args.execute(),
        Command::Pin(args) => args.execute(),
        Command::Unpin(args) => args.execute(),
        Command::Top(args) => args.execute(),
        Command::Doctor(args) => args.execute(),
    }
}
