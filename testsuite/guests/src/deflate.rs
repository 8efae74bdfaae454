//! The crate `miniz_oxide`: compresses text, expands it again, compares.

use crate::{fold_bytes, rng::Rng};
use miniz_oxide::{deflate::compress_to_vec_zlib, inflate::decompress_to_vec_zlib};

/// Round trip of `n` KiB of text at level 6. Panics when the text does not come back.
pub fn run(n: i32) -> i64 {
    let text = Rng::new(12).prose(n.max(0) as usize * 1024);
    let packed = compress_to_vec_zlib(&text, 6);
    let unpacked = decompress_to_vec_zlib(&packed).expect("own output is valid zlib");
    assert!(unpacked == text);
    fold_bytes(text.len() as i64, &packed)
}
