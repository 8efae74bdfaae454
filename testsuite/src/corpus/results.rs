//! The verifier's claims against what was measured, and the table of it.

use super::{
    Origin, Program, SEED,
    claims::{Claim, Claims, claims},
    measure::{Measured, Seen, measure},
};
use std::{collections::BTreeMap, fmt::Write as _, path::PathBuf};

/// Random inputs for each entry.
pub const RANDOM: u32 = 24;

/// In the name of the function whose loop only makes input; see `testsuite/corpus/c/corpus.h`.
const INPUT: &str = "corpus_fill";

/// How a claim did.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Verdict {
    /// At most twice the most rounds that were seen.
    Tight,
    /// A bound, but more than that.
    Loose,
    /// None for a loop that has one.
    Missed,
    /// None, rightly.
    Unbounded,
    /// A run went beyond it, or the loop has no bound.
    Wrong,
    /// No run reached the loop, so that there is nothing to compare with.
    NotReached,
}

/// One loop of one module.
#[derive(Clone, Debug)]
pub struct Row {
    /// Name of the program.
    pub program: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Optimisation level.
    pub level: &'static str,
    /// What was seen.
    pub seen: Seen,
    /// What is claimed.
    pub claim: Claim,
    /// How that compares.
    pub verdict: Verdict,
}

/// Everything about the corpus.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// All loops but those that make input.
    pub rows: Vec<Row>,
    /// What must not be: a run that exceeds a claim, a claim about a loop without a bound, a program that
    /// does not run as declared.
    pub faults: Vec<String>,
    /// Calls that were made.
    pub calls: u64,
    /// Functions whose cost is claimed, of those that were called: number, and how many were within twice
    /// of the fuel used.
    pub costs: (usize, usize),
    /// Entries in all modules.
    pub entries: usize,
}

/// Measures all programs and compares.
pub fn compare(programs: &[Program], random: u32, seed: u64) -> Results {
    let mut results = Results::default();
    for program in programs {
        for build in &program.builds {
            let wasm = build.wasm();
            let measured = measure(&wasm, &program.manifest, random, seed);
            let both = measured.and_then(|measured| Ok((measured, claims(&wasm, &program.manifest)?)));
            if let Err(fault) = both.and_then(|(measured, claims)| results.take(program, build.level, measured, claims))
            {
                results.faults.push(format!("{} -{}: {fault}", program.name, build.level));
            }
        }
    }
    results
}

impl Results {
    /// Compares what was measured of a program at one level with what is claimed.
    ///
    /// # Errors
    /// The claims are about another module; as text.
    pub fn take(
        &mut self,
        program: &Program,
        level: &'static str,
        measured: Measured,
        claims: Claims,
    ) -> Result<(), String> {
        self.calls += measured.calls;
        self.entries += measured.fuel.len();
        let fault = |what: String| format!("{} -{level}: {what}", program.name);
        for (entry, fuel) in &measured.fuel {
            let Some((_, cost)) = claims.costs.iter().find(|(name, _)| name == entry) else { continue };
            if fuel > cost {
                self.faults.push(fault(format!("UNSOUND: {entry} used {fuel} fuel, claimed {cost}")));
            }
            self.costs.0 += 1;
            self.costs.1 += usize::from(*cost <= 2 * fuel);
        }
        let mut by_loop: BTreeMap<_, Claim> = claims.loops.into_iter().map(|claim| (claim.of, claim)).collect();
        for seen in measured.loops {
            let place = format!("{} at offset {:#x}", seen.function, seen.of.offset);
            let Some(claim) = by_loop.remove(&seen.of) else {
                if seen.rounds.unwrap_or(0) > 0 {
                    self.faults.push(fault(format!("UNSOUND: {place} went round and is not in the report")));
                }
                continue;
            };
            let is_unbounded = program.manifest.is_unbounded(&seen.function);
            let faults_before = self.faults.len();
            let rounds = seen.rounds.unwrap_or(0);
            for (what, claimed, seen) in [("entry", claim.rounds, rounds), ("call", claim.total, seen.total)] {
                if claimed.is_some_and(|claimed| seen > claimed) {
                    let text = format!("UNSOUND: {place} went round {seen} times in one {what}, claimed {claimed:?}");
                    self.faults.push(fault(text));
                }
            }
            if is_unbounded && claim.rounds.is_some() {
                self.faults.push(fault(format!("UNSOUND: {place} has no bound, claimed {:?}", claim.rounds)));
            }
            let is_wrong = self.faults.len() > faults_before;
            if seen.function.contains(INPUT) {
                continue;
            }
            let verdict = match (claim.rounds, seen.rounds) {
                (None, _) if is_unbounded => Verdict::Unbounded,
                _ if is_wrong => Verdict::Wrong,
                (_, None) => Verdict::NotReached,
                (None, _) => Verdict::Missed,
                (Some(claimed), Some(seen)) if claimed <= 2 * seen.max(1) => Verdict::Tight,
                _ => Verdict::Loose,
            };
            let (program, origin) = (program.name.clone(), program.origin);
            self.rows.push(Row { program, origin, level, seen, claim, verdict });
        }
        match by_loop.into_keys().next() {
            Some(of) => Err(format!("the report has a loop at {:#x} that the module has not", of.offset)),
            None => Ok(()),
        }
    }

    /// Sums over the loops that `of` picks.
    pub fn sum(&self, of: impl Fn(&Row) -> bool) -> Sum {
        let mut sum = Sum::default();
        for row in self.rows.iter().filter(|row| of(row)) {
            match row.verdict {
                Verdict::Tight => sum.tight += 1,
                Verdict::Loose => sum.loose += 1,
                Verdict::Missed => sum.missed += 1,
                Verdict::Wrong => sum.wrong += 1,
                Verdict::Unbounded => sum.unbounded += 1,
                Verdict::NotReached => sum.not_reached += 1,
            }
            if let (Some(total), Verdict::Tight | Verdict::Loose) = (row.claim.total, row.verdict) {
                sum.tight_total += usize::from(total <= 2 * row.seen.total.max(1));
            }
        }
        sum
    }
}

/// Numbers of loops.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Sum {
    /// As [`Verdict::Tight`].
    pub tight: usize,
    /// As [`Verdict::Loose`].
    pub loose: usize,
    /// As [`Verdict::Missed`].
    pub missed: usize,
    /// As [`Verdict::Wrong`]; in none of the other numbers.
    pub wrong: usize,
    /// As [`Verdict::Unbounded`].
    pub unbounded: usize,
    /// As [`Verdict::NotReached`].
    pub not_reached: usize,
    /// Those whose rounds in one call are claimed within twice of what was seen.
    pub tight_total: usize,
}

impl Sum {
    /// Loops that have a bound and were reached.
    pub fn truly_bounded(&self) -> usize {
        self.tight + self.loose + self.missed
    }

    /// Those of them that are claimed to have one.
    pub fn bounded(&self) -> usize {
        self.tight + self.loose
    }

    fn cells(&self) -> String {
        let of = |n: usize| match self.truly_bounded() {
            0 => "-".to_owned(),
            all => format!("{n} ({:.1} %)", 100.0 * n as f64 / all as f64),
        };
        format!(
            "{} | {} | {} | {} | {} | {} | {} | {} |",
            self.truly_bounded(),
            of(self.bounded()),
            of(self.tight),
            of(self.tight_total),
            self.missed,
            self.wrong,
            self.unbounded,
            self.not_reached
        )
    }
}

/// The file of the table.
pub fn path() -> PathBuf {
    super::folder().join("RESULTS.md")
}

/// The table, as markdown.
pub fn table(programs: &[Program], results: &Results) -> String {
    let mut text = String::from(
        "# Loop bounds of the corpus\n\n\
         Made by `cargo xtask corpus`; `README.md` beside it says how. A loop is a `loop` operator of a compiled module that\n\
         something branches back to. *Bounded*: the verifier claims a bound under the declared ranges. *Within 2x*: at most\n\
         twice the most rounds that a run took for one entry of the loop; *total within 2x*: the same for all its rounds in\n\
         one call of its function. Targets: 95 % bounded, 85 % within 2x.\n\n",
    );
    let header = "loops with a bound | bounded | within 2x | total within 2x | missed | wrong | without a bound, none claimed | \
                  not reached |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|\n";
    let _ = writeln!(text, "| | {header}| **all** | {}", results.sum(|_| true).cells());
    for (origin, name) in [(Origin::Shape, "own shapes"), (Origin::Published, "published algorithms")] {
        let _ = writeln!(text, "| {name} | {}", results.sum(|row| row.origin == origin).cells());
    }
    for language in ["c", "rust"] {
        for level in ["O0", "O2", "O3", "Oz"] {
            let sum = results.sum(|row| row.level == level && row.program.starts_with(language));
            if sum != Sum::default() {
                let _ = writeln!(text, "| {language} -{level} | {}", sum.cells());
            }
        }
    }
    let count = |origin| {
        let of = programs.iter().filter(|program| program.origin == origin);
        (of.clone().count(), of.map(|program| program.manifest.entries.len()).sum::<usize>())
    };
    let (shapes, published) = (count(Origin::Shape), count(Origin::Published));
    let _ = write!(
        text,
        "\n{} files with {} functions of own shapes, {} files with {} functions of published algorithms; {} calls.\n",
        shapes.0, shapes.1, published.0, published.1, results.calls,
    );
    let _ = match results.costs {
        (0, _) => writeln!(text, "Worst-case cost: none claimed yet."),
        (claimed, tight) => writeln!(
            text,
            "Worst-case cost: claimed for {claimed} of {} functions, {tight} within 2x of the fuel used.",
            results.entries
        ),
    };
    text.push_str("\n## Wrong claims\n\n");
    if results.faults.is_empty() {
        text.push_str("None.\n");
    }
    for fault in &results.faults {
        let _ = writeln!(text, "- {fault}");
    }
    text.push_str("\n## By program\n\n| program | ");
    text.push_str(header);
    for program in programs {
        let _ = writeln!(text, "| {} | {}", program.name, results.sum(|row| row.program == program.name).cells());
    }
    text.push_str("\n## Missed\n\n| loop | seen | the verifier says |\n|---|---:|---|\n");
    for row in results.rows.iter().filter(|row| row.verdict == Verdict::Missed) {
        let rounds = row.seen.rounds.unwrap_or(0);
        let _ = writeln!(text, "| {} | {rounds} | {} |", row.place(), row.claim.why_not.replace('|', "\\|"));
    }
    text.push_str("\n## Bounded, but not within 2x\n\n| loop | seen | claimed |\n|---|---:|---:|\n");
    for row in results.rows.iter().filter(|row| row.verdict == Verdict::Loose) {
        let (seen, claimed) = (row.seen.rounds.unwrap_or(0), row.claim.rounds.unwrap_or(0));
        let _ = writeln!(text, "| {} | {seen} | {claimed} |", row.place());
    }
    text
}

impl Row {
    /// For people.
    pub fn place(&self) -> String {
        let Row { program, level, seen, .. } = self;
        format!("{program} -{level} {} {:#x}", seen.function, seen.of.offset)
    }
}

/// Measures and writes the table; false if something must not be.
///
/// # Panics
/// The table cannot be written.
pub fn regenerate() -> bool {
    let programs = super::programs();
    let results = compare(&programs, RANDOM, SEED);
    for fault in &results.faults {
        println!("{fault}");
    }
    let text = table(&programs, &results);
    print!("{}", text.split("\n## ").next().unwrap_or_default());
    std::fs::write(path(), text).expect("the table is written");
    results.faults.is_empty()
}
