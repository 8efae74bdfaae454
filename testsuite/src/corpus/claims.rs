//! What the verifier claims about the loops of a module, with the declared ranges as its assumptions.

use super::{count::Loop, manifest::Manifest};
use crate::{modules::AnyHost, pipeline};
use lower::cost::{Handled, Rounds, costs};
use verifier::{Assumption, HostSet, Policy, Report, verify};

/// What is claimed about one loop.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Which loop.
    pub of: Loop,
    /// Most rounds of one entry.
    pub rounds: Option<u64>,
    /// Most rounds in one call of its function.
    pub total: Option<u64>,
    /// 1 for an outermost loop.
    pub depth: u32,
    /// Without a bound: what is known about it.
    pub why_not: String,
}

/// What is claimed about a module.
#[derive(Clone, Debug)]
pub struct Claims {
    /// Its loops. A `loop` operator that nothing branches back to is none.
    pub loops: Vec<Claim>,
    /// Most fuel for one call, by name of the function.
    pub costs: Vec<(String, u64)>,
}

/// Asks the verifier.
///
/// # Errors
/// It rejects the module; as text.
pub fn claims(wasm: &[u8], manifest: &Manifest) -> Result<Claims, String> {
    let report = report(wasm, manifest);
    if !report.accepted() {
        return Err(report.to_text(false));
    }
    let mut claims = Claims { loops: Vec::new(), costs: Vec::new() };
    let image = pipeline::image(wasm).map_err(|refusal| refusal.to_string())?;
    let rounds = |function, branch| {
        let loops = report.rounds(function, branch);
        loops.map(|(id, l)| Rounds { id, entry: l.bound, total: l.total }).collect()
    };
    let amounts = |_, function, offset| Handled {
        most: report.amount(function, offset).map(|amount| amount.most),
        has_formula: false,
    };
    let costs = costs(&image, &AnyHost, &rounds, &amounts).map_err(|error| format!("{error:?}"))?;
    for function in &report.functions {
        let cost = costs.functions.get(function.index as usize).copied().flatten();
        if let (Some(name), Some(cost)) = (&function.name, cost) {
            claims.costs.push((name.clone(), cost));
        }
        claims.loops.extend(function.loops.iter().map(|l| Claim {
            of: Loop { function: function.index, offset: l.offset },
            rounds: l.bound,
            total: l.total,
            depth: l.depth,
            why_not: why_not(l),
        }));
    }
    Ok(claims)
}

/// The verifier's report under the declared ranges.
pub fn report(wasm: &[u8], manifest: &Manifest) -> Report {
    let policy = Policy { assumptions: assumptions(manifest), ..Policy::default() };
    verify(wasm, &HostSet::default(), &policy)
}

fn assumptions(manifest: &Manifest) -> Vec<Assumption> {
    let of_entry = |entry: &super::manifest::Entry| {
        let name = entry.name.clone();
        let ranges = entry.params.clone().into_iter().enumerate();
        ranges.filter_map(move |(at, range)| {
            let (min, max) = range?;
            Some(Assumption { function: Some(name.clone()), param: format!("p{at}"), min, max })
        })
    };
    manifest.entries.iter().flat_map(of_entry).collect()
}

fn why_not(l: &verifier::LoopReport) -> String {
    match (&l.formula, l.needs.as_slice(), &l.condition) {
        (Some(formula), needs @ [_, ..], _) => format!("goes round {formula} times; unknown: {}", needs.join(", ")),
        (_, _, Some(condition)) => format!("goes on while {condition}"),
        _ => "no exit that every round passes".to_owned(),
    }
}
