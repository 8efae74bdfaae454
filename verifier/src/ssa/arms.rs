//! What the targets of a `br_table` say of its index: `loop { switch (state) { case 0: ... state = 1; ... } }` is how
//! compilers write loops that are entered in the middle, and state machines.

use smallvec::SmallVec;

use super::{Node, Ssa};

/// Targets of a table that is a choice of a few, not a dispatcher; of others nothing is noted.
const FEW: usize = 32;

/// The targets of a `br_table` that is being read.
#[derive(Default)]
pub(super) struct Arms {
    /// Arms so far.
    count: u32,
    /// By target, in the order that they are first named in: depth, least index and most.
    targets: SmallVec<[(u32, u32, u32); 8]>,
}

impl Arms {
    /// The next arm; `most` is the greatest index that takes it, if that is more than one.
    pub(super) fn add(&mut self, depth: u32, most: Option<u32>) {
        let index = self.count;
        let most = most.unwrap_or(index);
        self.count += 1;
        if let Some(target) = self.targets.iter_mut().find(|(to, ..)| *to == depth) {
            target.2 = most;
        } else if self.targets.len() <= FEW {
            self.targets.push((depth, index, most));
        }
    }

    /// Puts the ends between which the index lies on each edge into [`Ssa::arms`].
    pub(super) fn note(self, ssa: &mut Ssa, block: u32, offset: u32) {
        if self.targets.len() > FEW {
            return;
        }
        for (number, (_, least, most)) in self.targets.into_iter().enumerate() {
            let [least, most] = [least, most].map(|end| ssa.add(Node::Const(end.into()), 32, block, offset));
            ssa.arms.push(((block, number as u32), (least, most))); // CAST: few
        }
    }
}
