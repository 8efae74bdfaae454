//! Variables that an inner loop sets now and then, to what is less than a variable of the loop around it.
//!
//! ```text
//! while (n > 1) {                                // the outer loop: `n` is a phi of its head
//!     last = 0;
//!     for (i = 1; i < n; i++)
//!         if (v[i - 1] > v[i]) { swap(i); last = i; }
//!     n = last;                                  // less than `n` was
//! }
//! ```
//!
//! Why it holds. What the variable is after the inner loop is what it started with, or what one of its rounds set it
//! to. Each of these is compared with the limit where it is set. The limit is a phi of the outer head, so it is the same
//! number in all that happens in one round of the outer loop.

use smallvec::SmallVec;

use super::lin::{Expander, Sense};
use crate::cfg::EdgeKind;
use crate::domain::Compare;
use crate::ssa::{Node, ValueId, block_id};

/// Values and the edges on which they are passed on.
type Passed = SmallVec<[(ValueId, (u32, EdgeKind)); 8]>;

/// Values that are looked at.
const MOST: usize = 24;

/// A phi of the head that `expander` sees from that a phi of an inner loop's head, `within`, is at most, or less than
/// if the other is true.
pub(super) fn limit(
    expander: &Expander<'_, '_>,
    within: &Expander<'_, '_>,
    id: ValueId,
    sense: Sense,
) -> Option<(ValueId, bool)> {
    let values = values(within, id)?;
    let candidates =
        expander.head_phis.iter().filter(|phi| expander.ranges.ssa.bits(**phi) == expander.ranges.ssa.bits(id));
    candidates.take(4).find_map(|limit| {
        let mut all_strict = true;
        for (value, edge) in &values {
            all_strict &= is_below(expander, *value, *limit, *edge, sense)?;
        }
        Some((*limit, all_strict))
    })
}

/// What the phi may be set to, with the edges on which that is passed on, itself left out.
fn values(within: &Expander<'_, '_>, id: ValueId) -> Option<Passed> {
    let ssa = within.ranges.ssa;
    let inner = within.at?;
    let mut out = Passed::new();
    let mut seen: SmallVec<[ValueId; 8]> = SmallVec::new();
    let mut open: SmallVec<[ValueId; 8]> = SmallVec::from_slice(&[id]);
    while let Some(phi) = open.pop() {
        if seen.contains(&phi) {
            continue;
        }
        seen.push(phi);
        let Node::Phi(index) = ssa.node(phi) else { return None };
        let block = ssa.block[phi as usize];
        for (arg, edge) in ssa.phi_args[index as usize].iter().zip(&ssa.preds[block as usize]) {
            let made = block_id(ssa.block[*arg as usize]);
            // Merges of the inner loop; its phis are those of one round until the next is reached.
            let is_merge = matches!(ssa.node(*arg), Node::Phi(_))
                && within.nest.innermost(made) == Some(inner)
                && within.nest.loop_of_head(made).is_none();
            match is_merge {
                _ if *arg == id => {}
                true => open.push(*arg),
                false => out.push((*arg, *edge)),
            }
            if out.len() + open.len() > MOST {
                return None;
            }
        }
    }
    Some(out)
}

/// Whether a value is at most the limit on an edge, or less (`Some(true)`).
fn is_below(
    expander: &Expander<'_, '_>,
    value: ValueId,
    limit: ValueId,
    (from, kind): (u32, EdgeKind),
    sense: Sense,
) -> Option<bool> {
    let ranges = expander.ranges;
    let signed = sense == Sense::Signed;
    let (v, w) = (ranges.on_edge(value, from, kind), ranges.on_edge(limit, from, kind));
    let (le, lt) = if signed { (Compare::LeS, Compare::LtS) } else { (Compare::LeU, Compare::LtU) };
    if v.is_bottom() || w.is_bottom() || lt.decide(&v, &w) == Some(true) {
        return Some(true);
    }
    let facts = ranges.other_edge_facts(from, kind);
    let says = |op| facts.iter().any(|f| f.is_plain() && f.value == value && f.other == Some(limit) && f.op == op);
    match ranges.is_ordered(value, limit, signed, from) {
        _ if says(lt) => Some(true),
        Some(strict) => Some(strict),
        None => (says(le) || le.decide(&v, &w) == Some(true)).then_some(false),
    }
}
