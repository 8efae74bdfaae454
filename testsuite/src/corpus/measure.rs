//! Runs of a program of the corpus on inputs from its declared ranges.

use super::{
    count::{Counted, Loop, NOT_REACHED, count},
    manifest::{Entry, Manifest, Range},
};
use crate::{
    guest::{End, Guest},
    pipeline,
};
use fastrand::Rng;
use kengine::{Mode, trap::TrapCode};
use wasmparser::ValType;

/// Fuel for one call. What a function without a bound uses up.
const FUEL: u64 = 40_000_000;
/// As [`FUEL`], for functions that are declared to have no bound: there is nothing to wait for.
const FUEL_UNBOUNDED: u64 = 100_000;

/// The most that was seen of a loop in all runs.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Which loop.
    pub of: Loop,
    /// Name of its function.
    pub function: String,
    /// Rounds of one entry; `None` if no run reached it.
    pub rounds: Option<u64>,
    /// Rounds in one call of its function.
    pub total: u64,
}

/// What was measured of one module.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Loops in the order of their offsets.
    pub loops: Vec<Seen>,
    /// Entries in the order of the manifest, with the most fuel that a call of the module without counters used.
    pub fuel: Vec<(String, u64)>,
    /// Calls that were made.
    pub calls: u64,
}

/// Runs all entries of a module on `random` random inputs each, and on the ends of the ranges.
///
/// # Errors
/// A call that trapped or did not end though it is declared to; or the module cannot be run. As text.
pub fn measure(wasm: &[u8], manifest: &Manifest, random: u32, seed: u64) -> Result<Measured, String> {
    let counted = count(wasm)?;
    let plain_image = pipeline::image(wasm).map_err(|refusal| refusal.to_string())?;
    let counted_image = pipeline::image(&counted.wasm).map_err(|refusal| format!("with counters: {refusal}"))?;
    let mut most = vec![NOT_REACHED; 2 * counted.loops.len()];
    let mut measured = Measured { loops: Vec::new(), fuel: Vec::new(), calls: 0 };
    for entry in &manifest.entries {
        let mut plain = Guest::new(&plain_image, Mode::ALL[0])?;
        let mut guest = Guest::new(&counted_image, Mode::ALL[0])?;
        let mut fuel = 0;
        for args in inputs(entry, random, seed) {
            measured.calls += 1;
            let shown =
                || format!("{}({})", entry.name, args.iter().map(i64::to_string).collect::<Vec<_>>().join(", "));
            let slots = slots(&counted, entry, &args)?;
            let end = call(&mut guest, entry, &slots)?.0;
            merge(&mut most, &guest);
            if entry.unbounded.is_some() {
                guest = Guest::new(&counted_image, Mode::ALL[0])?;
                continue;
            }
            let (plain_end, used) = call(&mut plain, entry, &slots)?;
            fuel = fuel.max(used);
            match (&end, &plain_end) {
                (End::Done(a), End::Done(b)) if a == b => {}
                (End::Done(_), End::Done(_)) => return Err(format!("{}: counters change the result", shown())),
                (End::Trap(code), _) | (_, End::Trap(code)) => return Err(format!("{} trapped: {code:?}", shown())),
            }
        }
        measured.fuel.push((entry.name.clone(), fuel));
    }
    measured.loops = loops(&counted, &most);
    Ok(measured)
}

/// The arguments as the engine takes them: those of 32 bits zero-extended.
fn slots(counted: &Counted, entry: &Entry, args: &[i64]) -> Result<Vec<u64>, String> {
    let types = counted.params.get(&entry.name).ok_or_else(|| format!("no export `{}`", entry.name))?;
    if types.len() != args.len() {
        return Err(format!("{} has {} parameters, {} are declared", entry.name, types.len(), args.len()));
    }
    let slot = |(ty, arg): (&ValType, &i64)| match ty {
        ValType::I64 => arg.cast_unsigned(),
        _ => u64::from(*arg as u32), // CAST: cut to the parameter's width
    };
    Ok(types.iter().zip(args).map(slot).collect())
}

fn call(guest: &mut Guest, entry: &Entry, slots: &[u64]) -> Result<(End, u64), String> {
    let func = guest.func(&entry.name).ok_or_else(|| format!("no export `{}`", entry.name))?;
    let budget = if entry.unbounded.is_some() { FUEL_UNBOUNDED } else { FUEL };
    let before = guest.used();
    let end = guest.call(func, slots, budget, &mut || u64::MAX);
    if entry.unbounded.is_some() && !matches!(end, End::Done(_) | End::Trap(TrapCode::OutOfFuel)) {
        return Err(format!("{}: {end:?}", entry.name));
    }
    Ok((end, guest.used() - before))
}

/// Takes in the counters, which are the last globals of the module.
fn merge(most: &mut [i64], guest: &Guest) {
    let globals = guest.globals();
    let counters = &globals[globals.len().saturating_sub(most.len())..];
    for (most, seen) in most.iter_mut().zip(counters) {
        *most = (*most).max(seen.cast_signed());
    }
}

fn loops(counted: &Counted, most: &[i64]) -> Vec<Seen> {
    let number = |value: i64| u64::try_from(value).ok();
    let name = |function: &u32| counted.names.get(function).cloned().unwrap_or_else(|| format!("function {function}"));
    let pairs = counted.loops.iter().zip(most.chunks_exact(2));
    pairs
        .map(|(of, most)| Seen {
            of: *of,
            function: name(&of.function),
            rounds: number(most[0]),
            total: number(most[1]).unwrap_or(0),
        })
        .collect()
}

/// Values for parameters of any value that lead to input without variety, the worst case of many loops; see
/// `testsuite/corpus/c/corpus.h`.
const PLAIN: [i64; 14] = [1, 2, 3, 5, 7, 10, 15, 64, 127, 128, 200, 255, 511, 512];

/// Arguments for an entry: the ends of the ranges in all combinations, what its lines `run:` say,
/// [`PLAIN`] ones, and random ones.
fn inputs(entry: &Entry, random: u32, seed: u64) -> Vec<Vec<i64>> {
    let mut rng = Rng::with_seed(seed ^ entry.name.bytes().fold(0, |hash, byte| hash * 31 + u64::from(byte)));
    let mut all = entry.runs.clone();
    for bits in 0..1_u32 << entry.params.len().min(4) {
        let end = |(at, range): (usize, &Range)| match (range, bits >> at & 1) {
            (Some((lo, _)), 0) => *lo,
            (Some((_, hi)), _) => *hi,
            (None, 0) => 0,
            (None, _) => -1,
        };
        all.push(entry.params.iter().enumerate().map(end).collect());
    }
    if entry.params.contains(&None) {
        let with = |plain: i64| entry.params.iter().map(|range| range.map_or(plain, |(_, hi)| hi)).collect();
        all.extend(PLAIN.map(with));
    }
    if !entry.params.is_empty() {
        all.extend((0..random).map(|_| entry.params.iter().map(|range| value(*range, &mut rng)).collect()));
    }
    all
}

/// A value of a range: now and then near an end, else of a random size or anywhere.
fn value(range: Range, rng: &mut Rng) -> i64 {
    let (lo, hi) = range.unwrap_or((i64::MIN, i64::MAX));
    match rng.u8(..4) {
        0 => lo.saturating_add(rng.i64(0..3)).min(hi),
        1 => hi.saturating_sub(rng.i64(0..3)).max(lo),
        2 => {
            let small = (rng.u64(..) >> rng.u32(1..64)).cast_signed();
            small.clamp(lo, hi)
        }
        _ => rng.i64(lo..=hi),
    }
}
