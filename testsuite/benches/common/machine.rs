//! Where a figure was taken: it means nothing without.

use serde::Serialize;
use std::process::Command;

/// Machine, tools and source.
#[derive(Serialize)]
pub(crate) struct Machine {
    cpu: String,
    cores: usize,
    kernel: String,
    load: String,
    rustc: String,
    commit: String,
}

impl Machine {
    /// This machine, now. What cannot be found out is `?`.
    pub(crate) fn here() -> Self {
        let file = |path| std::fs::read_to_string(path).unwrap_or_default();
        let cpuinfo = file("/proc/cpuinfo");
        let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let dirty =
            if command("git", &["status", "--porcelain", "--untracked-files=no"]).is_empty() { "" } else { "+" };
        Machine {
            cpu: model.map_or("?", |(_, name)| name).into(),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            kernel: file("/proc/sys/kernel/osrelease").trim().into(),
            load: file("/proc/loadavg").split(' ').next().unwrap_or("?").into(),
            rustc: env!("MADE_BY").into(),
            commit: command("git", &["rev-parse", "--short", "HEAD"]) + dirty,
        }
    }

    /// The processor's name.
    pub(crate) fn cpu(&self) -> &str {
        &self.cpu
    }

    /// The sources' commit; `+` behind it means that they were changed.
    pub(crate) fn commit(&self) -> &str {
        &self.commit
    }
}

impl std::fmt::Display for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Machine { cpu, cores, kernel, load, rustc, commit } = self;
        write!(f, "{cpu}, {cores} cores, load {load}; Linux {kernel}; {rustc}; commit {commit} (+: with local changes)")
    }
}

/// First line that a command prints, in the directory of the sources.
fn command(name: &str, args: &[&str]) -> String {
    let output = Command::new(name).args(args).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let text = output.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or("?".into());
    text.lines().next().unwrap_or("").into()
}
