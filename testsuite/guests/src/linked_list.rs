//! Pointer chasing: a list whose nodes lie in random order, walked and relinked.

use crate::{fold, rng::Rng};
use std::cell::Cell;

struct Node<'a> {
    next: Cell<Option<&'a Node<'a>>>,
    value: Cell<i64>,
}

/// Nodes in the list: with 16 bytes each on wasm32, half a megabyte.
const NODES: usize = 32 * 1024;

/// Walks the whole list `n` times; each walk changes the values and moves every 64th node one place back.
pub fn run(n: i32) -> i64 {
    let mut rng = Rng::new(6);
    let nodes: Vec<Node<'_>> =
        (0..NODES).map(|_| Node { next: Cell::new(None), value: Cell::new(rng.below(1000).into()) }).collect();
    let mut order: Vec<usize> = (0..NODES).collect();
    for i in (1..NODES).rev() {
        order.swap(i, rng.below(i as u32 + 1) as usize);
    }
    for pair in order.windows(2) {
        nodes[pair[0]].next.set(Some(&nodes[pair[1]]));
    }
    let head = &nodes[order[0]];

    let mut sum = 0_i64;
    for _ in 0..n.max(0) {
        let (mut at, mut place) = (head, 0_u32);
        while let Some(next) = at.next.get() {
            sum = sum.wrapping_mul(31).wrapping_add(at.value.get());
            at.value.set(at.value.get() ^ (sum & 0xff));
            if place % 64 == 63
                && let Some(after) = next.next.get()
            {
                // at -> next -> after becomes at -> after -> next.
                next.next.set(after.next.get());
                after.next.set(Some(next));
                at.next.set(Some(after));
            }
            at = next;
            place += 1;
        }
        sum = fold(sum, place.into());
    }
    sum
}
