//! A progress bar for work that takes over a second.

use indicatif::{ProgressBar, ProgressStyle};
use std::{
    io::{self, IsTerminal},
    time::{Duration, Instant},
};

/// How long work may take before a bar appears.
const PATIENCE: Duration = Duration::from_secs(1);

/// Shows how far work has come, on standard error if that is a terminal.
pub(crate) struct Progress {
    enabled: bool,
    began: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Nothing is shown yet.
    pub(crate) fn new() -> Self {
        Progress { enabled: io::stderr().is_terminal(), began: Instant::now(), bar: None }
    }

    /// Never shows anything: for benches.
    pub(crate) fn silent() -> Self {
        Progress { enabled: false, began: Instant::now(), bar: None }
    }

    /// `done` of `total` bytes of this phase are done.
    pub(crate) fn update(&mut self, phase: &'static str, done: usize, total: usize) {
        if !self.enabled || self.bar.is_none() && self.began.elapsed() < PATIENCE {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| {
            let style = ProgressStyle::with_template("{msg:>9} [{bar:40}] {percent:>3}%");
            let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(0).with_style(style.progress_chars("=> "))
        });
        bar.set_message(phase);
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
