//! What the benches share: the clock, the machine, the programs, the engines.

#![allow(dead_code, reason = "each bench uses its part")]

pub(crate) mod cervus;
pub(crate) mod charges;
pub(crate) mod engines;
pub(crate) mod host;
pub(crate) mod machine;
pub(crate) mod peer;
#[cfg(feature = "peers")]
pub(crate) mod peers;
#[cfg(feature = "peers")]
pub(crate) mod plot;
pub(crate) mod programs;
pub(crate) mod report;
pub(crate) mod sizes;
pub(crate) mod stats;
pub(crate) mod synthetic;

use kengine::Mode;
use std::time::Duration;

/// What can go wrong here: anything, and then the bench ends with its text.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The dispatch mode of a name, or that of this build.
///
/// # Errors
/// This build has no such mode.
pub(crate) fn mode(name: Option<&str>) -> Result<Mode> {
    match name {
        Some(name) => Ok(name.parse().map_err(|()| format!("no mode `{name}` in this build"))?),
        None => Ok(Mode::default()),
    }
}

/// An engine with one program in it.
pub(crate) trait Instance {
    /// Calls `run(n)` to its end.
    ///
    /// # Errors
    /// The guest trapped.
    fn run(&mut self, n: i32) -> Result<i64>;

    /// The same with its processor time.
    ///
    /// # Errors
    /// As [`Instance::run`].
    fn timed(&mut self, n: i32) -> Result<(Duration, i64)> {
        let (time, result) = stats::time(|| self.run(n));
        Ok((time, result?))
    }
}
