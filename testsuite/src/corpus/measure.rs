//! Runs of the corpus: what loops and calls really do, beside what is claimed of them.

use super::{
    probe::{Count, Probed, probe},
    program::{Argument, Function},
};
use crate::{
    guest::{End, Guest},
    modules::AnyHost,
    pipeline,
};
use kengine::{Mode, trap::TrapCode};
use lower::cost::Rounds;
use verifier::{Assumption, HostSet, LoopReport, Policy, verify};

/// Fuel of one measured call; only loops without a bound use it up.
const BUDGET: u64 = 20_000_000;

/// A loop, what is claimed of it and what was seen.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Name of the function that has the loop.
    pub function: String,
    /// What is claimed.
    pub claim: LoopReport,
    /// What was seen in the calls of all entries.
    pub seen: Count,
    /// Most rounds in all in one call of its function, if that is an entry.
    pub own_total: Option<u64>,
}

/// What one entry does.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Whether a loop of it has no bound.
    pub unbounded: bool,
    /// Most fuel that a call took.
    pub fuel: u64,
    /// Fuel that a call is said to take at most.
    pub cost: Option<u64>,
}

/// A module, measured.
#[derive(Clone, Debug)]
pub struct Measurement {
    /// All loops.
    pub loops: Vec<Measured>,
    /// All entries.
    pub entries: Vec<Entry>,
}

/// The policy that declares the ranges of all arguments.
pub fn policy(functions: &[Function]) -> Policy {
    let mut assumptions = Vec::new();
    for function in functions {
        for (index, arg) in function.args.iter().enumerate().filter(|(_, arg)| !arg.is_free()) {
            let (param, min, max) = (format!("p{index}"), arg.min, arg.max);
            assumptions.push(Assumption { function: Some(function.name.clone()), param, min, max });
        }
    }
    Policy { assumptions, ..Policy::default() }
}

/// Arguments to try: the ends of the ranges, and random ones.
pub fn inputs(function: &Function, runs: usize, rng: &mut fastrand::Rng) -> Vec<Vec<u64>> {
    let slot = |x: i64| u64::from(x as u32); // CAST: i32 arguments as their bits
    if function.args.is_empty() {
        return vec![Vec::new()];
    }
    let ends = |pick: fn(&Argument) -> i64| function.args.iter().map(|a| slot(pick(a))).collect::<Vec<u64>>();
    let mut all = vec![ends(|a| a.max), ends(|a| a.min)];
    for run in 0..runs {
        let mut one = |arg: &Argument| match rng.u8(..) {
            // Ranges at their end show the worst case; free numbers should be of every size.
            0..96 if !arg.is_free() => arg.max,
            96..112 => arg.min,
            // Small numbers, those around powers of two, and any.
            112..160 if arg.is_free() => rng.i64(0..300),
            160..176 if arg.is_free() => (1i64 << rng.u32(0..32)) - 1,
            _ if arg.is_free() => i64::from(rng.u32(..) >> rng.u32(0..32)),
            _ => rng.i64(arg.min..=arg.max),
        };
        let mut args: Vec<u64> = function.args.iter().map(|arg| slot(one(arg))).collect();
        if run % 4 == 0 && args.len() > 1 {
            // Values near each other.
            let near = args[0].wrapping_add(rng.u64(0..3));
            let last = &function.args[function.args.len() - 1];
            if (last.min..=last.max).contains(&(near as i64)) {
                args[function.args.len() - 1] = near & 0xffff_ffff;
            }
        }
        all.push(args);
    }
    all
}

/// Runs all entries of a module with many inputs.
///
/// # Errors
/// A stage refuses the module, or a run ends in an unexpected way.
pub fn measure(wasm: &[u8], functions: &[Function], runs: usize, seed: u64) -> Result<Measurement, String> {
    let Probed { wasm: probed, loops: places } = probe(wasm)?;
    let report = verify(wasm, &HostSet::default(), &policy(functions));
    if !report.accepted() {
        return Err(report.to_text(false));
    }
    let plain = pipeline::image(wasm).map_err(|refusal| refusal.to_string())?;
    let counted = pipeline::image(&probed).map_err(|refusal| refusal.to_string())?;
    let of = |function, branch| {
        report.rounds(function, branch).map(|(id, l)| Rounds { id, entry: l.bound, total: l.total }).collect()
    };
    let costs = lower::cost::costs(&plain, &AnyHost, &of).map_err(|error| format!("{error:?}"))?;
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut seen = vec![Count::default(); places.len()];
    let mut own = vec![None; places.len()];
    let mut entries = Vec::new();
    for function in functions {
        let index = exported(wasm, &function.name).ok_or_else(|| format!("no export `{}`", function.name))?;
        let mut fuel = 0;
        for args in inputs(function, runs, &mut rng) {
            // Counters add up over the calls of a guest, so each call gets a guest of its own.
            let mut guest = Guest::new(&counted, Mode::default())?;
            let end = guest.call(index, &args, BUDGET, &mut || u64::MAX);
            for (at, globals) in guest.globals().chunks(2).enumerate().take(places.len()) {
                if let [rounds, total] = globals {
                    seen[at].rounds = seen[at].rounds.max(*rounds);
                    seen[at].total = seen[at].total.max(*total);
                    if places[at].function == index {
                        own[at] = own[at].max(Some(*total));
                    }
                }
            }
            match end {
                End::Done(_) => {}
                End::Trap(TrapCode::OutOfFuel) if function.unbounded => break,
                End::Trap(code) => return Err(format!("{}({args:?}): {}", function.name, code.message())),
            }
            let mut guest = Guest::new(&plain, Mode::default())?;
            let before = guest.used();
            guest.call(index, &args, BUDGET, &mut || u64::MAX);
            fuel = fuel.max(guest.used() - before);
        }
        let cost = costs.functions.get(index as usize).copied().flatten();
        entries.push(Entry { name: function.name.clone(), unbounded: function.unbounded, fuel, cost });
    }
    let mut loops = Vec::new();
    for f in &report.functions {
        for claim in &f.loops {
            let at = places.iter().position(|place| place.offset == claim.offset);
            let at = at.ok_or_else(|| format!("no counter for the loop at {:#x}", claim.offset))?;
            let function = f.name.clone().unwrap_or_default();
            loops.push(Measured { function, claim: claim.clone(), seen: seen[at], own_total: own[at] });
        }
    }
    Ok(Measurement { loops, entries })
}

fn exported(wasm: &[u8], name: &str) -> Option<u32> {
    for payload in wasmparser::Parser::new(0).parse_all(wasm) {
        if let Ok(wasmparser::Payload::ExportSection(exports)) = payload {
            return exports.into_iter().flatten().find(|export| export.name == name).map(|export| export.index);
        }
    }
    None
}
