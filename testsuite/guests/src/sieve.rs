//! Sieve of Eratosthenes over bytes: short store loops with growing strides.

use crate::fold;

const LIMIT: usize = 200_000;

/// Counts and sums the primes below 200,000, `n` times.
pub fn run(n: i32) -> i64 {
    let mut composite = vec![false; LIMIT];
    let mut result = 0;
    for _ in 0..n.max(0) {
        composite.fill(false);
        let (mut count, mut sum) = (0, 0);
        for i in 2..LIMIT {
            if composite[i] {
                continue;
            }
            count += 1;
            sum += i as i64;
            for multiple in (i.saturating_mul(i)..LIMIT).step_by(i) {
                composite[multiple] = true;
            }
        }
        result = fold(fold(result, count), sum);
    }
    result
}
