//! CRC-32 by a table of 256 words: one dependent load per byte.

use crate::{fold, rng::Rng};

/// The CRC of `n` KiB, the same 16 KiB block over and over.
pub fn run(n: i32) -> i64 {
    let table: [u32; 256] = core::array::from_fn(|byte| {
        (0..8).fold(byte as u32, |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
    });
    let mut rng = Rng::new(3);
    let block: Vec<u8> = (0..16 * 1024).map(|_| rng.next() as u8).collect();
    let mut crc = !0_u32;
    for kib in 0..n.max(0) as usize {
        for &byte in block.iter().skip(kib % 16 * 1024).take(1024) {
            crc = (crc >> 8) ^ table[((crc ^ u32::from(byte)) & 0xff) as usize];
        }
    }
    fold(n.into(), (!crc).into())
}
