//! `cervus stop` and `cervus unload`: the end of a program in the kernel.

use crate::{args, dev::Device, error::Error, output, programs};
use clap::Args;
use serde_json::json;
use std::{process::ExitCode, time::Duration};

/// How long a stopped run may take to end: a thousand times what is usual.
const PATIENCE: Duration = Duration::from_secs(10);

/// Stop the run of a program in the kernel
///
/// The program stays loaded, with its log and counters, as long as it is pinned or a file of it is open.
#[derive(Debug, Args)]
pub(crate) struct Stop {
    #[arg(help = args::PROGRAM_HELP)]
    program: String,
    /// Print what became of it as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Stop {
    pub(crate) fn execute(&self) -> Result<ExitCode, Error> {
        let device = Device::open()?;
        let program = device.program(device.find(&self.program)?)?;
        let was_running = programs::is_running(&program.info()?);
        let mut stop_ns = None;
        if was_running {
            program.stop()?;
            stop_ns = Some(program.wait(Some(PATIENCE))?.stop_ns);
        }
        let info = program.info()?;
        if self.json {
            output::json(&json!({ "stopped": was_running, "stop_ns": stop_ns, "program": programs::to_json(&info) }))?;
        } else {
            let what = if was_running { "was running, is" } else { "was not running:" };
            output::plain(&format!("{} {} {what} {}\n", info.id, programs::name(&info), programs::state(&info)))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Stop a program in the kernel and remove it
///
/// Its pin goes, and it runs no more. What is left is freed when the last open file of it is closed.
#[derive(Debug, Args)]
pub(crate) struct Unload {
    #[arg(help = args::PROGRAM_HELP)]
    program: String,
    /// Print what was done as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Unload {
    pub(crate) fn execute(&self) -> Result<ExitCode, Error> {
        let device = Device::open()?;
        let id = device.find(&self.program)?;
        device.unload(id)?;
        if self.json {
            output::json(&json!({ "unloaded": true, "id": id }))?;
        } else {
            output::plain(&format!("{id} is unloaded\n"))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
