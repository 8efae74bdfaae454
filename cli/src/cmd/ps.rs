//! `cervus ps`: the programs in the kernel.

use crate::{dev::Device, error::Error, output, programs};
use clap::Args;
use serde_json::json;
use std::process::ExitCode;

/// List the programs in the kernel
///
/// CPU time, fuel and runs count since a program was loaded; memory is its linear memory.
#[derive(Debug, Args)]
pub(crate) struct Ps {
    /// Print the list as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Ps {
    pub(crate) fn execute(&self) -> Result<ExitCode, Error> {
        let infos = Device::open()?.list()?;
        if self.json {
            let programs: Vec<_> = infos.iter().map(programs::to_json).collect();
            output::json(&json!({ "programs": programs }))?;
        } else {
            output::plain(&programs::table(&infos))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
