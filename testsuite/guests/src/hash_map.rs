//! The crate `hashbrown`: inserts, look-ups and removals with a cheap hasher, through the table's group probing.

use crate::{fold, rng::Rng};
use core::hash::{BuildHasherDefault, Hasher};
use hashbrown::HashMap;

/// Multiplies and folds; no seed, so that every run does the same work.
#[derive(Default)]
struct MulHasher(u64);

impl Hasher for MulHasher {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u32(byte.into());
        }
    }

    fn write_u32(&mut self, value: u32) {
        self.0 = (self.0 ^ u64::from(value)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// Does `n` thousand operations on a map of up to 16,384 keys. The order of iteration stays out of the result.
pub fn run(n: i32) -> i64 {
    let mut rng = Rng::new(10);
    let mut map: HashMap<u32, i64, BuildHasherDefault<MulHasher>> = HashMap::default();
    let mut sum = 0_i64;
    for i in 0..i64::from(n.max(0)) * 1000 {
        let key = rng.below(16 * 1024) * 7919;
        match rng.below(4) {
            0 => sum = sum.wrapping_add(map.insert(key, i).unwrap_or(1)),
            1 => *map.entry(key).or_insert(i) += 1,
            2 => sum = sum.wrapping_add(map.get(&key).copied().unwrap_or(3)),
            _ => sum = sum.wrapping_add(map.remove(&key).unwrap_or(5)),
        }
    }
    let all = map.iter().map(|(&key, &value)| fold(key.into(), value)).fold(0, i64::wrapping_add);
    fold(fold(sum, all), map.len() as i64)
}
