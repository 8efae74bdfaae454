//! What one round of a loop does to the phis at its head: a list of cases.
//!
//! A case is one way through the merges that the new values depend on, so that values which change
//! together are seen together: in a binary search either `lo` or `hi` moves, never neither.

use smallvec::SmallVec;

use super::lin::{Expander, INFINITE, Key, Lin, Sense, Stop};
use crate::ssa::{Node, ValueId, block_id};

/// Cases of one loop before it is given up.
const MAX_CASES: usize = 96;
/// Choices of one case.
const MAX_CHOICES: usize = 16;

/// One way round.
pub(crate) struct Case {
    /// Blocks that are passed.
    pub(crate) passed: SmallVec<[u32; 8]>,
}

/// The operand that a head's phi gets by the edge with this number.
pub(crate) fn next_of(expander: &Expander<'_, '_>, phi: ValueId, way: usize) -> Option<ValueId> {
    match expander.ranges.ssa.node(phi) {
        Node::Phi(at) => expander.ranges.ssa.phi_args[at as usize].get(way).copied(),
        _ => None,
    }
}

/// Calls `f` for every case that the expressions made by `make` need; false if there are too many, or `f` says so.
pub(crate) fn each<T>(
    expander: &Expander<'_, '_>,
    make: &dyn Fn(&Expander<'_, '_>, usize) -> Result<T, Stop>,
    f: &mut dyn FnMut(T, &Expander<'_, '_>, &Case) -> bool,
) -> bool {
    let Some(at) = expander.at else { return false };
    let ssa = expander.ranges.ssa;
    let head = expander.nest.loops[at].head.index() as u32; // CAST: petgraph's u32
    let mut seen = 0;
    for (way, (latch, kind)) in ssa.preds[head as usize].iter().enumerate() {
        if !expander.nest.contains(at, block_id(*latch)) {
            continue;
        }
        let mut open: Vec<SmallVec<[(Key, usize); 8]>> = vec![SmallVec::new()];
        while let Some(choices) = open.pop() {
            seen += 1;
            if seen > MAX_CASES || choices.len() > MAX_CHOICES {
                return false;
            }
            let inner = Expander { choices, edge: Some((*latch, *kind)), budget: expander.budget.clone(), ..*expander };
            match make(&inner, way) {
                Ok(made) => {
                    let mut passed: SmallVec<[u32; 8]> = SmallVec::from_slice(&[*latch]);
                    for (key, choice) in &inner.choices {
                        if let Key::Block(block) = key
                            && let Some((from, _)) = ssa.preds[*block as usize].get(*choice)
                        {
                            passed.push(*from);
                        }
                    }
                    let case = Case { passed };
                    if !f(made, &inner, &case) {
                        return false;
                    }
                }
                Err(Stop::Choice(key, ways)) => {
                    for choice in 0..ways {
                        if let Key::Block(block) = key {
                            // Not through code that no run reaches, and not out of the loop.
                            let from = ssa.preds[block as usize].get(choice).map(|(from, _)| block_id(*from));
                            if from.is_none_or(|from| expander.ranges.order.number(from).is_none()) {
                                continue;
                            }
                        }
                        let mut more = inner.choices.clone();
                        more.push((key, choice));
                        open.push(more);
                    }
                }
                Err(Stop::Budget) => return false,
            }
        }
    }
    seen > 0
}

/// How much a phi of the loop's head grows in one round: least and most.
pub(crate) fn step(expander: &Expander<'_, '_>, phi: ValueId, sense: Sense) -> Option<(i128, i128)> {
    let (mut least, mut most) = (INFINITE, -INFINITE);
    let make = |inner: &Expander<'_, '_>, way: usize| {
        let next = next_of(inner, phi, way).ok_or(Stop::Budget)?;
        let old = inner.expand(phi, sense)?;
        Ok(inner.expand(next, sense)?.plus(&old, -1))
    };
    let all = each(expander, &make, &mut |grown: Lin, inner, case| {
        let (lo, hi) = inner.evaluate(&grown, &case.passed);
        least = least.min(lo);
        most = most.max(hi);
        true
    });
    (all && least <= most).then_some((least, most))
}
