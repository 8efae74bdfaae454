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
use verifier::{Assumption, FunctionReport, HostSet, LoopReport, Policy, Report, verify};

/// Fuel of one measured call; only loops without a bound use it up.
const BUDGET: u64 = 20_000_000;

/// A loop of an exported function or of one that it calls.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The function that has the loop.
    pub function: u32,
    /// What is claimed.
    pub claim: LoopReport,
    /// What was seen.
    pub seen: Count,
    /// The run was cut off in it: it may go on for ever.
    pub cut_off: bool,
}

/// What one entry does.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// The report for this entry's ranges.
    pub report: Report,
    /// Its loops and those of its callees.
    pub loops: Vec<Measured>,
    /// Most fuel that a call took.
    pub fuel: u64,
    /// Fuel that a call is said to take at most.
    pub cost: Option<u64>,
}

/// The policy that declares the ranges of a function's arguments.
pub fn policy(function: &Function) -> Policy {
    let ranged = function.args.iter().enumerate().filter(|(_, arg)| !arg.is_free());
    let assumptions = ranged.map(|(index, arg)| Assumption {
        function: Some(function.name.clone()),
        param: format!("p{index}"),
        min: arg.min,
        max: arg.max,
    });
    Policy { assumptions: assumptions.collect(), ..Policy::default() }
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

/// Runs an entry with many inputs.
///
/// # Errors
/// A stage refuses the module, or a run ends in an unexpected way.
pub fn entry(wasm: &[u8], probed: &Probed, function: &Function, runs: usize, seed: u64) -> Result<Entry, String> {
    let policy = policy(function);
    let report = verify(wasm, &HostSet::default(), &policy);
    if !report.accepted() {
        return Err(report.to_text(false));
    }
    let plain = pipeline::image(wasm).map_err(|refusal| refusal.to_string())?;
    let of = |function, branch| {
        report.rounds(function, branch).map(|(id, l)| Rounds { id, entry: l.bound, total: l.total }).collect()
    };
    let costs = lower::cost::costs(&plain, &AnyHost, &of).map_err(|error| format!("{error:?}"))?;
    let counted = pipeline::image(&probed.wasm).map_err(|refusal| refusal.to_string())?;
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut seen = vec![Count::default(); probed.loops.len()];
    let (mut fuel, mut cut_off) = (0, false);
    let inputs = inputs(function, runs, &mut rng);
    // Counters are cumulative over the calls of a guest, so the totals need a guest for each call.
    for args in &inputs {
        let mut guest = Guest::new(&counted, Mode::default())?;
        let index = guest.func(&function.name).ok_or_else(|| format!("no export `{}`", function.name))?;
        match guest.call(index, args, BUDGET, &mut || u64::MAX) {
            End::Done(_) => {}
            End::Trap(TrapCode::OutOfFuel) => cut_off = true,
            End::Trap(code) => return Err(format!("{}({args:?}): {}", function.name, code.message())),
        }
        for (count, globals) in seen.iter_mut().zip(guest.globals().chunks(2)) {
            if let [rounds, total] = globals {
                count.rounds = count.rounds.max(*rounds);
                count.total = count.total.max(*total);
            }
        }
        if cut_off {
            break;
        }
        let mut guest = Guest::new(&plain, Mode::default())?;
        let index = guest.func(&function.name).ok_or_else(|| format!("no export `{}`", function.name))?;
        let before = guest.used();
        guest.call(index, args, BUDGET, &mut || u64::MAX);
        fuel = fuel.max(guest.used() - before);
    }
    let reached = reached(&report, &function.name, wasm);
    let mut loops = Vec::new();
    for f in report.functions.iter().filter(|f| reached.contains(&f.index)) {
        for claim in &f.loops {
            let at = probed.loops.iter().position(|place| place.offset == claim.offset);
            let seen =
                at.map(|at| seen[at]).ok_or_else(|| format!("no counter for the loop at {:#x}", claim.offset))?;
            loops.push(Measured { function: f.index, claim: claim.clone(), seen, cut_off });
        }
    }
    let cost = exported(wasm, &function.name).and_then(|index| costs.functions.get(index as usize).copied().flatten());
    Ok(Entry { name: function.name.clone(), report, loops, fuel, cost })
}

/// Functions that an export reaches.
fn reached(report: &Report, export: &str, wasm: &[u8]) -> Vec<u32> {
    let Some(start) = exported(wasm, export) else { return Vec::new() };
    let by_index = |index: u32| report.functions.iter().find(|f: &&FunctionReport| f.index == index);
    let (mut open, mut out) = (vec![start], Vec::new());
    while let Some(index) = open.pop() {
        if !out.contains(&index) {
            out.push(index);
            open.extend(by_index(index).map(|f| f.calls.clone()).unwrap_or_default());
        }
    }
    out
}

fn exported(wasm: &[u8], name: &str) -> Option<u32> {
    for payload in wasmparser::Parser::new(0).parse_all(wasm) {
        if let Ok(wasmparser::Payload::ExportSection(exports)) = payload {
            return exports.into_iter().flatten().find(|export| export.name == name).map(|export| export.index);
        }
    }
    None
}

/// A module with its counters.
///
/// # Errors
/// As [`probe`].
pub fn prepare(wasm: &[u8]) -> Result<Probed, String> {
    probe(wasm)
}
