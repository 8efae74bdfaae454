//! 64-bit integer mixing in registers: shifts, rotates, multiplications, division, bit counts.

/// Runs `n` rounds.
pub fn run(n: i32) -> i64 {
    let mut x = 0x0123_4567_89ab_cdef_u64;
    let mut sum = 0_u64;
    for i in 0..n.max(0) as u64 {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        let mut z = x.wrapping_add(i.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = z.rotate_left((x & 63) as u32) ^ (z >> 27);
        z = z.wrapping_add(u64::from(x.count_ones() + z.leading_zeros() + x.trailing_zeros()));
        sum = sum.wrapping_add(z / (x >> 40 | 1)) ^ z;
    }
    sum as i64
}
