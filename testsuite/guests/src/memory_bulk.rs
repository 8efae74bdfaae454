//! Copies and fills of all sizes: `memory.copy` and `memory.fill` where the compiler has them, byte loops for the rest.

use crate::{fold, fold_bytes, rng::Rng};

const BUFFER_BYTES: usize = 256 * 1024;

/// Does `n` rounds of copies (overlapping ones too), fills and a compare.
pub fn run(n: i32) -> i64 {
    let mut rng = Rng::new(8);
    let mut a: Vec<u8> = (0..BUFFER_BYTES).map(|i| (i * 7) as u8).collect();
    let mut b = vec![0_u8; BUFFER_BYTES];
    let mut sum = 0;
    for round in 0..n.max(0) {
        // Sizes from 1 byte to 128 KiB, each power of two as likely as the next.
        let magnitude = rng.below(18);
        let len = 1 + rng.below(1 << magnitude) as usize;
        let from = rng.below((BUFFER_BYTES - len) as u32) as usize;
        let to = rng.below((BUFFER_BYTES - len) as u32) as usize;
        b[to..to + len].copy_from_slice(&a[from..from + len]);
        a.copy_within(from..from + len, to);
        b[from..from + len / 4].fill(round as u8);
        let same = a[to..to + len] == b[to..to + len];
        sum = fold(sum, i64::from(same) + i64::from(a[to]) + i64::from(b[to + len - 1]));
    }
    fold_bytes(fold_bytes(sum, &a[..4096]), &b[..4096])
}
