//! How often a loop goes round at least before control goes on to the rest of a loop around it.
//!
//! `for (lane = 0; lane < 4; lane++) p += 4;` takes `p` on by 16, not just by something between 0 and 16, which tells
//! that the loop around it makes progress. The number is read from a variable that each round moves by the same `s`:
//! where the loop is left, it has come at least from where it started to the nearest number that it can be there.
//!
//! Why it holds. With `s > 0`, a start of at most `c` and at least `e` on an edge that leaves the loop, so few rounds `r`
//! that `c + s * r < e` would leave the variable below `e`: it has not wrapped, since it never passed `e`. Likewise
//! downward.

use super::cases::next_of;
use super::lin::Expander;
use super::{Subject, modular_step};
use crate::domain::Value;
use crate::ssa::block_id;

/// Variables of a head that are looked at.
const MOST: usize = 8;

/// Rounds of the loop that `expander` sees from, at least, on all ways that stay in a loop around it.
pub(super) fn rounds(expander: &Expander<'_, '_>, subject: &Subject<'_>) -> u64 {
    let Some(at) = expander.at.filter(|at| subject.nest.loops[*at].parent.is_some()) else { return 0 };
    let (nest, ranges, ssa) = (subject.nest, expander.ranges, expander.ranges.ssa);
    if ranges.is_large() {
        return 0;
    }
    let head = nest.loops[at].head.index();
    let is_inside = |block| nest.contains(at, block);
    let mut exits: Vec<(u32, crate::cfg::EdgeKind)> = Vec::new();
    for edge in subject.graph.edge_indices() {
        if let (Some((from, to)), Some(kind)) = (subject.graph.edge_endpoints(edge), subject.graph.edge_weight(edge))
            && is_inside(from)
            && !is_inside(to)
            && nest.innermost(to).is_some()
        {
            exits.push((from.index() as u32, *kind)); // CAST: petgraph's u32
        }
    }
    let of_phi = |phi: u32| -> Option<u64> {
        let step = modular_step(expander, phi).filter(|step| *step != 0)?;
        let mut start = Value::bottom(ssa.bits(phi));
        for (way, (from, kind)) in ssa.preds[head].iter().enumerate() {
            if !is_inside(block_id(*from)) {
                start = start.join(&ranges.on_edge(next_of(expander, phi, way)?, *from, *kind));
            }
        }
        if start.is_bottom() {
            return None;
        }
        let mut fewest = u64::MAX;
        for (from, kind) in &exits {
            let end = ranges.on_edge(phi, *from, *kind);
            if !end.is_bottom() {
                let apart = match step > 0 {
                    true => end.umin.saturating_sub(start.umax),
                    false => start.umin.saturating_sub(end.umax),
                };
                fewest = fewest.min(apart.div_ceil(step.unsigned_abs()));
            }
        }
        Some(fewest).filter(|fewest| *fewest != u64::MAX)
    };
    let all = expander.head_phis.iter().filter(|phi| ranges.is_analysed(**phi)).take(MOST);
    all.filter_map(|phi| of_phi(*phi)).max().unwrap_or(0)
}
