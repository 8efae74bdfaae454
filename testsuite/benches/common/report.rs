//! What the bench of execution found, as tables and for `--json`.

use super::{engines::Engine, machine::Machine, sizes::Sizes, stats::Series, stats::geomean};
use serde::Serialize;
use std::collections::BTreeMap;

/// Milliseconds of an engine's runs of one program.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Times {
    pub(crate) min_ms: f64,
    pub(crate) median_ms: f64,
    pub(crate) max_ms: f64,
}

impl From<&Series> for Times {
    fn from(series: &Series) -> Self {
        Times { min_ms: series.min_ms(), median_ms: series.median_ms(), max_ms: series.max_ms() }
    }
}

/// A program.
#[derive(Serialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) kind: String,
    /// By engine; one that refuses the program is missing.
    pub(crate) times: BTreeMap<String, Times>,
    pub(crate) sizes: Sizes,
}

impl Row {
    /// The least time of `engine` by that of `by`.
    pub(crate) fn ratio(&self, engine: &str, by: &str) -> Option<f64> {
        Some(self.times.get(engine)?.min_ms / self.times.get(by)?.min_ms)
    }
}

/// All of it.
#[derive(Serialize)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    /// How the build was laid out.
    pub(crate) layout: String,
    pub(crate) rounds: u32,
    pub(crate) quick: bool,
    pub(crate) engines: Vec<Engine>,
    /// By engine: the geometric mean over the programs of its time by that of the first one.
    pub(crate) geomeans: BTreeMap<String, f64>,
    pub(crate) programs: Vec<Row>,
}

impl Report {
    /// The first engine: what the others are held against.
    pub(crate) fn ours(&self) -> &str {
        self.engines.first().map_or("", |engine| engine.name.as_str())
    }

    /// Geometric mean of the times of `engine` by those of `by`, over the programs that both ran.
    pub(crate) fn geomean(&self, engine: &str, by: &str) -> f64 {
        geomean(self.programs.iter().filter_map(|row| row.ratio(engine, by)))
    }

    /// Fills the means in and prints the tables of ratios and of spread.
    pub(crate) fn finish(&mut self) {
        let names: Vec<String> = self.engines.iter().map(|engine| engine.name.clone()).collect();
        self.geomeans = names.iter().map(|name| (name.clone(), self.geomean(name, self.ours()))).collect();
        println!("\ntime by that of {}: above 1, {} is faster", self.ours(), self.ours());
        heading(&names);
        for row in &self.programs {
            line(&row.name, &row.kind, names.iter().map(|name| ratio(row.ratio(name, self.ours()))));
        }
        line("geomean", "", names.iter().map(|name| ratio(self.geomeans.get(name).copied())));
        let extreme = |name: &str, pick: fn(f64, f64) -> f64| {
            self.programs.iter().filter_map(|row| row.ratio(name, self.ours())).reduce(pick)
        };
        line("least", "", names.iter().map(|name| ratio(extreme(name, f64::min))));
        line("most", "", names.iter().map(|name| ratio(extreme(name, f64::max))));
        if names.iter().any(|name| name == "native") {
            line("by native", "geomean", names.iter().map(|name| ratio(Some(self.geomean(name, "native")))));
        }
        println!("\nspread: how far the median and the slowest run lie above the fastest, percent");
        heading(&names);
        for row in &self.programs {
            let spread = |times: &Times| {
                let above = |ms: f64| (ms / times.min_ms - 1.0) * 100.0;
                format!("+{:.1} +{:.1}", above(times.median_ms), above(times.max_ms))
            };
            let spread = names.iter().map(|name| row.times.get(name).map_or("-".into(), spread));
            line(&row.name, &row.kind, spread);
        }
    }
}

fn ratio(ratio: Option<f64>) -> String {
    ratio.map_or("-".into(), |ratio| format!("{ratio:.2}x"))
}

/// Heads a table with a column for each engine.
pub(crate) fn heading(engines: &[String]) {
    line("program", "kind", engines.iter().cloned());
}

/// A line of such a table.
pub(crate) fn line(program: &str, kind: &str, cells: impl Iterator<Item = String>) {
    let cells: String = cells.map(|cell| format!("{cell:>13}")).collect();
    println!("{program:<14} {kind:<14}{cells}");
}
