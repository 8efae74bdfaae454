//! The table of results: bounded, tight, missed.

use super::{
    measure::{self, Measured, Measurement},
    program::{self, Source},
};
use std::fmt::Write;

/// Inputs that are tried for each entry.
const RUNS: usize = 96;

/// What became of the loops of one source at one level.
#[derive(Clone, Copy, Debug, Default)]
pub struct Row {
    /// Loops that have a bound.
    pub loops: usize,
    /// Of these, those that got one.
    pub bounded: usize,
    /// Of these, those whose claim is at most twice what was seen.
    pub tight: usize,
}

impl Row {
    fn add(&mut self, other: &Row) {
        self.loops += other.loops;
        self.bounded += other.bounded;
        self.tight += other.tight;
    }
}

/// Whether a claim is within twice the truth; a difference of one round is none.
pub fn is_tight(claim: u64, seen: u64) -> bool {
    claim <= seen.saturating_mul(2).max(seen + 1)
}

/// All results.
#[derive(Debug, Default)]
pub struct Results {
    /// By source and level.
    pub rows: Vec<(String, String, Row)>,
    /// What has no bound though it has one, or a loose one, in words.
    pub misses: Vec<String>,
    /// Claims that a run exceeded, in words. None may be.
    pub broken: Vec<String>,
    /// Entries with a cost, of these those within twice the fuel used, and entries that should have one.
    pub costs: usize,
    /// Of these, those that are at most twice the most fuel seen.
    pub tight_costs: usize,
    /// Entries whose loops all have bounds and that got no cost.
    pub without_cost: usize,
    /// Loops that have no bound and got none.
    pub rightly_open: usize,
}

impl Results {
    /// Takes a measured module in.
    pub fn take(&mut self, source: &str, level: &str, measurement: &Measurement) {
        let mut row = Row::default();
        for entry in &measurement.entries {
            match entry.cost {
                Some(cost) => {
                    if cost < entry.fuel {
                        let text = format!("{source} {level} {}: {cost} fuel claimed, {} used", entry.name, entry.fuel);
                        self.broken.push(text);
                    }
                    self.costs += 1;
                    self.tight_costs += usize::from(cost <= entry.fuel.saturating_mul(2));
                }
                None => self.without_cost += usize::from(!entry.unbounded),
            }
        }
        for measured in &measurement.loops {
            let unbounded = measurement.entries.iter().any(|entry| entry.unbounded && entry.name == measured.function);
            self.take_loop(&format!("{source} {level}"), unbounded, measured, &mut row);
        }
        self.rows.push((source.to_owned(), level.to_owned(), row));
    }

    fn take_loop(&mut self, place: &str, unbounded: bool, measured: &Measured, row: &mut Row) {
        let Measured { function, claim, seen, own_total } = measured;
        let place = format!("{place} {function} loop at {:#x}", claim.offset);
        if let (Some(total), Some(own)) = (claim.total, own_total)
            && total < *own
        {
            self.broken.push(format!("{place}: {total} rounds in all claimed, {own} seen"));
        }
        let Some(bound) = claim.bound else {
            if unbounded {
                self.rightly_open += 1;
                return;
            }
            row.loops += 1;
            let why = claim.formula.as_ref().map_or("no measure found".to_owned(), |f| format!("formula {f}"));
            let on = claim.condition.clone().unwrap_or_default();
            self.misses.push(format!("{place}: no bound ({why}; while {on}), {} rounds seen", seen.rounds));
            return;
        };
        if bound < seen.rounds {
            self.broken.push(format!("{place}: {bound} rounds claimed, {} seen", seen.rounds));
        }
        row.loops += 1;
        row.bounded += 1;
        if is_tight(bound, seen.rounds) {
            row.tight += 1;
        } else {
            let method = claim.method.map_or("", verifier::Method::text);
            self.misses.push(format!("{place}: {bound} rounds by {method}, {} seen", seen.rounds));
        }
    }

    /// Sums over all rows, or those of a level.
    pub fn sum(&self, level: Option<&str>) -> Row {
        let mut all = Row::default();
        self.rows.iter().filter(|(_, l, _)| level.is_none_or(|level| level == l)).for_each(|(_, _, row)| all.add(row));
        all
    }

    /// The table in Markdown.
    pub fn markdown(&self) -> String {
        let mut out = String::from(
            "# Loop bounds: results on the corpus\n\n\
             Made by `cargo xtask corpus`. A loop counts once for each level of optimisation. *Bounded*: the verifier\n\
             gives a bound under the declared ranges of the arguments. *Tight*: that bound is at most twice the most\n\
             rounds seen in the runs. No run exceeded a claim.\n\n\
             | source | level | loops | bounded | tight |\n|---|---|---:|---:|---:|\n",
        );
        let percent = |part: usize, all: usize| 100.0 * part as f64 / all.max(1) as f64;
        for (source, level, row) in &self.rows {
            let _ = writeln!(out, "| {source} | {level} | {} | {} | {} |", row.loops, row.bounded, row.tight);
        }
        let all = self.sum(None);
        let _ = writeln!(
            out,
            "| **all** | | {} | {} ({:.1} %) | {} ({:.1} %) |\n\n{} loops without a bound were told apart.\n",
            all.loops,
            all.bounded,
            percent(all.bounded, all.loops),
            all.tight,
            percent(all.tight, all.loops),
            self.rightly_open,
        );
        let _ = writeln!(
            out,
            "Worst-case cost: {} entries have one, {} of them within twice the fuel seen; {} should have one.\n",
            self.costs, self.tight_costs, self.without_cost
        );
        let _ = writeln!(out, "## Missed or loose\n");
        for miss in &self.misses {
            let _ = writeln!(out, "- {}", miss.replace('|', "\\|").replace('*', "\\*"));
        }
        out
    }
}

/// Measures the corpus; `None` if there is no compiler.
///
/// # Errors
/// Something in the corpus does not run.
pub fn results(runs: Option<usize>, seed: u64, keep: &dyn Fn(&Source) -> bool) -> Result<Option<Results>, String> {
    let mut results = Results::default();
    for source in program::sources("c").iter().filter(|source| keep(source)) {
        let name = source.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        for level in program::LEVELS {
            let Some(wasm) = program::compile_c(source, level) else { return Ok(None) };
            let measurement = measure::measure(&wasm, &source.functions, runs.unwrap_or(RUNS), seed)
                .map_err(|error| format!("{name} {level}: {error}"))?;
            results.take(&name, level, &measurement);
        }
    }
    Ok(Some(results))
}
