//! `cervus pin` and `cervus unpin`: names that keep programs in the kernel.

use crate::{args, dev::Device, error::Error, output};
use clap::Args;
use serde_json::json;
use std::process::ExitCode;

/// Keep a program in the kernel loaded under a name
///
/// Without a pin a program ends with the last of its open files, which mostly is that of the command that has loaded
/// it. `cervus load --pin NAME` pins a program from the start.
#[derive(Debug, Args)]
pub(crate) struct Pin {
    #[arg(help = args::PROGRAM_HELP)]
    program: String,
    /// The name, of at most 31 bytes.
    #[arg(value_parser = args::pin_name)]
    name: String,
    /// Print what was done as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Pin {
    pub(crate) fn execute(&self) -> Result<ExitCode, Error> {
        let device = Device::open()?;
        let program = device.program(device.find(&self.program)?)?;
        program.pin(&self.name)?;
        if self.json {
            output::json(&json!({ "pinned": true, "id": program.id(), "pin": self.name }))?;
        } else {
            output::plain(&format!("{} is pinned as {}\n", program.id(), self.name))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Take the name of a pin away
///
/// The program ends and is removed, unless a file of it is open.
#[derive(Debug, Args)]
pub(crate) struct Unpin {
    /// The name of the pin.
    #[arg(value_parser = args::pin_name)]
    name: String,
    /// Print what was done as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Unpin {
    pub(crate) fn execute(&self) -> Result<ExitCode, Error> {
        Device::open()?.unpin(&self.name)?;
        if self.json {
            output::json(&json!({ "pinned": false, "pin": self.name }))?;
        } else {
            output::plain(&format!("{} is no pin any more\n", self.name))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
