//! How often each op runs: counts of the `match` mode, for the bench that asks what to fuse.
//!
//! Only with the feature `profile`, which no engine in use has.

use crate::{exec::Cell, link::Program};
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// Largest program that is counted, in words of CODE.
pub const MAX_WORDS: usize = 1 << 20;

/// Address of the first cell of the program that is counted; 0 if there is none.
static BASE: AtomicUsize = AtomicUsize::new(0);
static COUNTS: [AtomicU64; MAX_WORDS] = [const { AtomicU64::new(0) }; MAX_WORDS];

/// Counts the ops of this program from here on, from zero.
pub fn start(program: &Program) {
    BASE.store(program.cells() as usize, Relaxed);
    for count in &COUNTS {
        count.store(0, Relaxed);
    }
}

/// How often the op at this word of CODE has run; 0 past [`MAX_WORDS`].
pub fn count(word: u32) -> u64 {
    COUNTS.get(word as usize).map_or(0, |count| count.load(Relaxed))
}

/// The op at `ip` is about to run.
#[inline(always)]
pub(crate) fn step(ip: *const Cell) {
    // One cell for each word, in order.
    let cell = (ip as usize).wrapping_sub(BASE.load(Relaxed)) / size_of::<Cell>();
    if let Some(count) = COUNTS.get(cell) {
        // One thread at a time.
        count.store(count.load(Relaxed).wrapping_add(1), Relaxed);
    }
}
