//! Times and what to say of a series of them.

use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Processor time of this thread so far: other processes take from it only by cold caches.
pub(crate) fn thread_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    // CAST: processor time is not negative, and nanoseconds are below 10^9.
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// Processor time of one call.
pub(crate) fn time<T>(run: impl FnOnce() -> T) -> (Duration, T) {
    let start = thread_time();
    let value = run();
    (thread_time() - start, value)
}

/// Measurements of one thing.
#[derive(Clone, Default)]
pub(crate) struct Series(Vec<Duration>);

impl Series {
    /// Adds one.
    pub(crate) fn push(&mut self, time: Duration) {
        let at = self.0.partition_point(|t| *t <= time);
        self.0.insert(at, time);
    }

    /// The least, in milliseconds: what noise adds to cannot be below it.
    pub(crate) fn min_ms(&self) -> f64 {
        self.0.first().map_or(f64::NAN, |t| t.as_secs_f64() * 1e3)
    }

    /// The middle one, in milliseconds.
    pub(crate) fn median_ms(&self) -> f64 {
        self.0.get(self.0.len() / 2).map_or(f64::NAN, |t| t.as_secs_f64() * 1e3)
    }

    /// The most, in milliseconds.
    pub(crate) fn max_ms(&self) -> f64 {
        self.0.last().map_or(f64::NAN, |t| t.as_secs_f64() * 1e3)
    }
}

/// Geometric mean; NaN of nothing.
pub(crate) fn geomean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), v| (sum + v.ln(), count + 1.0));
    f64::exp(sum / count)
}
