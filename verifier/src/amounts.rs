//! How much an operator handles whose fuel depends on it: bytes of a call of the host, bytes or elements of a bulk
//! operation, pages or elements of a grow.
//!
//! The engine charges by what the operand says, without sign, so the upper end of its range counts. Where the operand is a
//! sum of parameters, the cost can be given in terms of them, too: [`Amount::formula`]. Such a sum is one of whole numbers,
//! which is never below the operand, whether that wraps or not.

use crate::analysis::Lengths;
use crate::domain::Binary;
use crate::loops::LoopNest;
use crate::ranges::Ranges;
use crate::ssa::{self, Node, Ssa, ValueId, block_id};

/// What is known of one operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    /// The most that it handles.
    pub most: u64,
    /// The same in terms of the function's parameters, where it is at most that in each of its calls.
    pub formula: Option<String>,
}

impl Amount {
    /// What the ranges say where the operator stands; `name` gives the name of a local.
    pub(crate) fn new(
        amount: &ssa::Amount,
        ssa: &Ssa,
        nest: &LoopNest,
        ranges: &Ranges<'_>,
        name: &dyn Fn(u32) -> String,
    ) -> Self {
        let value = ranges.at(amount.value, amount.block);
        let is_once = nest.innermost(block_id(amount.block)).is_none();
        Amount {
            // What is never reached handles nothing.
            most: if value.is_bottom() { 0 } else { value.umax },
            formula: if is_once && value.as_constant().is_none() { text(ssa, amount.value, name, DEPTH) } else { None },
        }
    }
}

/// What calls of the host handle.
pub(crate) fn of_calls<'s>(ssa: &'s Ssa, lengths: &'s Lengths) -> impl Iterator<Item = ssa::Amount> + 's {
    ssa.calls.iter().filter_map(|call| {
        let value = *call.args.get(*lengths.get(&call.callee)? as usize)?;
        Some(ssa::Amount { block: call.block, offset: call.offset, value })
    })
}

/// Depth of sums that are written down.
const DEPTH: u32 = 4;

/// A sum of parameters, each times a number; `None` if it is something else.
fn text(ssa: &Ssa, id: ValueId, name: &dyn Fn(u32) -> String, depth: u32) -> Option<String> {
    let go = |v: ValueId| text(ssa, v, name, depth.checked_sub(1)?);
    let width = u64::from(ssa.width[id as usize]);
    Some(match ssa.node(id) {
        Node::Const(x) => x.to_string(),
        Node::Param(index) => name(index),
        Node::Binary(Binary::Add, a, b) => format!("({} + {})", go(a)?, go(b)?),
        Node::Binary(Binary::Mul, a, b) => format!("{} * {}", ssa.constant(b)?, go(a)?),
        Node::Binary(Binary::Shl, a, b) => {
            format!("{} * {}", 1_u64.checked_shl((ssa.constant(b)? % width) as u32)?, go(a)?)
        }
        _ => return None,
    })
}
