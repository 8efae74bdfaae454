//! The crate `sha2`: 32-bit rotates, adds and xors in long straight lines.

use crate::{fold_bytes, rng::Rng};
use sha2::{Digest, Sha256};

/// SHA-256 of `n` KiB, fed in pieces of 1,000 and 24 bytes.
pub fn run(n: i32) -> i64 {
    let data = Rng::new(11).prose(64 * 1024);
    let mut hasher = Sha256::new();
    for block in data.chunks_exact(1024).cycle().take(n.max(0) as usize) {
        let (piece, rest) = block.split_at(1000);
        hasher.update(piece);
        hasher.update(rest);
    }
    fold_bytes(0, &hasher.finalize())
}
