//! Variables to values: which definition reaches which use.
//!
//! Used twice: for locals, globals and block results, and then for stack slots.
//!
//! Control flow of wasm is structured, which spares most phis: where ways meet behind a construct, or at the head of a
//! loop, a variable that nothing in the construct writes is what it was before the construct ([`Span`]).

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use smallvec::SmallVec;

use super::congruence::Mix;
use super::{Args, BlockPreds, Node, Ssa, ValueId};

/// Names a variable in a block.
fn key(block: u32, var: u32) -> u64 {
    u64::from(block) << 32 | u64::from(var)
}

/// No value.
const NONE: ValueId = u32::MAX;

/// The definitions in force at the end of each block, and the phis that wait for operands.
#[derive(Default)]
pub(crate) struct Vars {
    /// Variables below `dense`: by block, then variable; one more than the value, or 0 where nothing is known.
    table: Vec<u32>,
    dense: u32,
    /// The others, by block (the high half of the key) and variable.
    ends: HashMap<u64, ValueId, BuildHasherDefault<Mix>>,
    /// Phis whose operands are not known yet: value, variable.
    pending: Vec<(ValueId, u32)>,
    /// By variable: offsets of the operators that write it, ascending.
    writes: Vec<SmallVec<[u32; 4]>>,
    /// Blocks that look-ups may still visit.
    budget: usize,
    /// Blocks that the look-up under way has visited.
    visited: Vec<u32>,
    /// By variable below `dense`: what it is in the block that is being read, if the stamp is the current one.
    now: Vec<(u32, ValueId)>,
    stamp: u32,
}

/// What a variable is where the function starts, and how it looks.
pub(crate) trait Initial {
    /// The value of a variable at the entry.
    fn initial(&mut self, ssa: &mut Ssa, var: u32) -> ValueId;
    /// Width of a variable.
    fn width(&self, var: u32) -> u8;
    /// The local that it is, or [`super::NO_LOCAL`].
    fn local(&self, var: u32) -> u32;
}

/// What is known of the edges into a block while the body is being read.
pub(crate) trait Preds {
    /// The only block before this one, if there is one and no other can come; `Err` for the entry.
    fn single(&self, block: u32) -> Result<Option<u32>, Entry>;
    /// The construct behind which ways meet in this block, or whose head it is, if it has been read to its end.
    fn span(&self, block: u32) -> Option<Span>;
}

/// A construct: every way to the block that it belongs to comes from `entry` through operators in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// The block that it begins in, which dominates the other.
    pub(crate) entry: u32,
    /// Offsets of its first and its last operator.
    pub(crate) first: u32,
    pub(crate) last: u32,
}

/// The block is the function's first.
pub(crate) struct Entry;

impl Preds for Vec<BlockPreds> {
    fn single(&self, block: u32) -> Result<Option<u32>, Entry> {
        match self[block as usize].as_slice() {
            [] => Err(Entry),
            [(one, _)] => Ok(Some(*one)),
            _ => Ok(None),
        }
    }

    fn span(&self, _: u32) -> Option<Span> {
        None
    }
}

/// The edges into the blocks of a body that has been read.
struct Settled<'s> {
    /// By block: the only one before it, or one of the two below.
    before: Vec<u32>,
    /// By block.
    spans: &'s [Option<Span>],
}

impl<'s> Settled<'s> {
    /// No block comes before.
    const NO_BLOCK: u32 = u32::MAX;
    /// Ways meet.
    const MANY: u32 = u32::MAX - 1;

    fn new(preds: &[BlockPreds], spans: &'s [Option<Span>]) -> Self {
        let before = preds.iter().map(|preds| match preds.as_slice() {
            [] => Self::NO_BLOCK,
            [(one, _)] => *one,
            _ => Self::MANY,
        });
        Self { before: before.collect(), spans }
    }
}

impl Preds for Settled<'_> {
    #[inline]
    fn single(&self, block: u32) -> Result<Option<u32>, Entry> {
        match self.before[block as usize] {
            Self::NO_BLOCK => Err(Entry),
            Self::MANY => Ok(None),
            before => Ok(Some(before)),
        }
    }

    fn span(&self, block: u32) -> Option<Span> {
        self.spans.get(block as usize).copied().flatten()
    }
}

impl Vars {
    /// For a number of variables that are read and written in many of so many `blocks`, and any number of others behind
    /// them.
    pub(crate) fn new(variables: usize, blocks: usize, budget: usize) -> Self {
        /// Variables with a place in each block, so that a block of a few bytes takes little.
        const DENSE: usize = 32;
        /// Places of a body that may have more.
        const PLACES: usize = 1 << 14;
        let dense = variables.min(DENSE.max(PLACES / blocks.max(1))) as u32; // CAST: below 2^15
        let table = vec![0; blocks * dense as usize];
        Self { dense, table, budget, now: vec![(0, NONE); dense as usize], stamp: 1, ..Self::default() }
    }

    /// Forgets what variables are in the block that is being read, because another one is going to be.
    pub(crate) fn forget(&mut self) {
        self.stamp += 1;
    }

    /// What a variable is in the block that is being read, if it has been asked for or written there.
    #[inline]
    pub(crate) fn now(&self, var: u32) -> Option<ValueId> {
        self.now.get(var as usize).filter(|(stamp, _)| *stamp == self.stamp).map(|(_, value)| *value)
    }

    /// As [`Vars::read`], in the block that is being read.
    pub(crate) fn read_now(
        &mut self,
        ssa: &mut Ssa,
        preds: &impl Preds,
        vars: &mut impl Initial,
        block: u32,
        var: u32,
    ) -> Option<ValueId> {
        let value = self.read(ssa, preds, vars, block, var)?;
        if let Some(now) = self.now.get_mut(var as usize) {
            *now = (self.stamp, value);
        }
        Some(value)
    }

    /// What is known of a variable at the end of a block.
    fn get(&self, block: u32, var: u32) -> Option<ValueId> {
        if var < self.dense {
            let at = block as usize * self.dense as usize + var as usize;
            return self.table.get(at)?.checked_sub(1);
        }
        self.ends.get(&key(block, var)).copied()
    }

    /// Notes a definition by the operator at an offset; offsets ascend.
    pub(crate) fn define(&mut self, block: u32, var: u32, value: ValueId, offset: u32) {
        if self.writes.len() <= var as usize {
            self.writes.resize_with(var as usize + 1, SmallVec::new);
        }
        self.writes[var as usize].push(offset);
        if let Some(now) = self.now.get_mut(var as usize) {
            *now = (self.stamp, value);
        }
        self.write(block, var, value);
    }

    /// Whether an operator of the construct may write a variable.
    fn is_written(&self, var: u32, span: Span) -> bool {
        let Some(writes) = self.writes.get(var as usize) else { return false };
        writes.get(writes.partition_point(|at| *at < span.first)).is_some_and(|at| *at <= span.last)
    }

    /// The block above this one at whose end the variable is the same, if a construct says so.
    fn above(&self, preds: &impl Preds, block: u32, var: u32) -> Option<u32> {
        preds.span(block).filter(|span| !self.is_written(var, *span)).map(|span| span.entry)
    }

    /// Notes what is known of a variable at the end of a block.
    pub(crate) fn write(&mut self, block: u32, var: u32, value: ValueId) {
        let at = block as usize;
        if var < self.dense {
            let from = at * self.dense as usize;
            if let Some(entry) = self.table.get_mut(from + var as usize) {
                *entry = value + 1;
            }
            return;
        }
        self.ends.insert(key(block, var), value);
    }

    /// Takes so much off the budget; `None` when it is used up.
    pub(crate) fn spend(&mut self, amount: usize) -> Option<()> {
        self.budget = self.budget.checked_sub(amount)?;
        Some(())
    }

    /// The value of a variable at the end of what is known of a block; `None` when the budget is used up.
    pub(crate) fn read(
        &mut self,
        ssa: &mut Ssa,
        preds: &impl Preds,
        vars: &mut impl Initial,
        block: u32,
        var: u32,
    ) -> Option<ValueId> {
        let mut at = block;
        self.visited.clear();
        let value = loop {
            self.spend(1)?;
            if let Some(found) = self.get(at, var) {
                break found;
            }
            match preds.single(at) {
                Err(Entry) => break vars.initial(ssa, var),
                Ok(Some(before)) => {
                    self.visited.push(at);
                    at = before;
                }
                Ok(None) => {
                    if let Some(above) = self.above(preds, at, var) {
                        self.visited.push(at);
                        at = above;
                        continue;
                    }
                    let phi = ssa.phi_args.len() as u32; // CAST: fewer than values
                    ssa.phi_args.push(Args::new());
                    let id = ssa.add(Node::Phi(phi), vars.width(var), at, 0);
                    ssa.local[id as usize] = vars.local(var);
                    self.pending.push((id, var));
                    break id;
                }
            }
        };
        self.write(at, var, value);
        if var < self.dense {
            // The next look-up comes to an end sooner.
            while let Some(visited) = self.visited.pop() {
                self.write(visited, var, value);
            }
        } else if at != block {
            self.write(block, var, value);
        }
        Some(value)
    }

    /// Gives every phi its operands.
    pub(crate) fn finish(&mut self, ssa: &mut Ssa, vars: &mut impl Initial, spans: &[Option<Span>]) -> Option<()> {
        let preds = std::mem::take(&mut ssa.preds);
        let settled = Settled::new(&preds, spans);
        while let Some((id, var)) = self.pending.pop() {
            let block = ssa.block[id as usize];
            // It was made before the end of its loop was read.
            if let Some(above) = self.above(&settled, block, var) {
                ssa.replaced[id as usize] = self.read(ssa, &settled, vars, above, var)?;
                continue;
            }
            let mut args = Args::with_capacity(preds[block as usize].len());
            for (before, _) in &preds[block as usize] {
                args.push(self.read(ssa, &settled, vars, *before, var)?);
            }
            if let Node::Phi(phi) = ssa.node(id) {
                ssa.phi_args[phi as usize] = args;
            }
        }
        ssa.preds = preds;
        ssa.remove_trivial_phis();
        Some(())
    }
}
