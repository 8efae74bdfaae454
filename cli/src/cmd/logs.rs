//! `cervus logs`: what a program in the kernel has written.

use crate::{
    args,
    dev::{Device, LogRecord, abi::State},
    error::Error,
    host::{Level, LogSink, TextLog},
    kernel,
};
use clap::Args;
use serde_json::{Value, json};
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// Print the log of a program in the kernel
///
/// Each record comes once: what was printed is taken out of the program's stream, which keeps the first 64 KiB that
/// nobody has read. The kernel log (`dmesg`) has the lines, too.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cervus logs 3
  cervus logs -f server                   until its run ends, or Ctrl-C")]
pub(crate) struct Logs {
    #[arg(help = args::PROGRAM_HELP)]
    program: String,
    /// Wait for more until the program's run ends.
    #[arg(short, long)]
    follow: bool,
    /// Print the records as JSON, one object per line.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Logs {
    pub(crate) fn execute(&self) -> Result<ExitCode, Error> {
        let device = Device::open()?;
        let program = device.program(device.find(&self.program)?)?;
        if State::from_u32(program.info()?.state) == Some(State::Ready) {
            return Err(Error::usage(format!("program {} has not been started: there is no log yet", program.id())));
        }
        if !self.follow {
            program.do_not_block()?;
        }
        let (id, mut text) = (program.id(), TextLog::new(io::stdout()));
        let mut write = |record: &LogRecord| match self.json {
            true => writeln!(io::stdout(), "{}", to_json(id, record)),
            false => text.record(id, Level(record.level), &record.text),
        };
        match kernel::copy_log(&program, &mut write) {
            Err(Error::Output(error)) => Err(Error::output(error)),
            other => other.map(|()| ExitCode::SUCCESS),
        }
    }
}

/// As a record of `cervus load --json`, with its time in nanoseconds since boot.
fn to_json(id: u32, record: &LogRecord) -> Value {
    json!({ "event": "log", "id": id, "level": record.level, "text": record.text, "time_ns": record.time_ns })
}
