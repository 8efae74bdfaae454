//! `cervus info`: one program in the kernel.

use crate::{args, dev::Device, error::Error, output, programs};
use clap::Args;
use rustix::time::{ClockId, clock_gettime};
use std::process::ExitCode;

/// Say everything about a program in the kernel
#[derive(Debug, Args)]
pub(crate) struct Info {
    #[arg(help = args::PROGRAM_HELP)]
    program: String,
    /// Print it as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Info {
    pub(crate) fn execute(&self) -> Result<ExitCode, Error> {
        let device = Device::open()?;
        let mut info = device.program(device.find(&self.program)?)?.info()?;
        // The file that was opened to ask does not count.
        info.files = info.files.saturating_sub(1);
        if self.json {
            output::json(&programs::to_json(&info))?;
        } else {
            let now = clock_gettime(ClockId::Boottime);
            let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
            let now_ns = seconds.saturating_mul(1_000_000_000).saturating_add(u64::try_from(now.tv_nsec).unwrap_or(0));
            output::plain(&programs::details(&info, now_ns))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
