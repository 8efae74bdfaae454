//! The crate `num-bigint`: digits of pi by Gibbons' spigot (2006), whose numbers grow as it goes.

use crate::fold;
use num_bigint::BigInt;

/// The first `n` decimal digits of pi, folded one by one.
pub fn run(n: i32) -> i64 {
    let (mut q, mut r, mut t) = (BigInt::from(1), BigInt::from(0), BigInt::from(1));
    let mut k = 0_u32;
    let mut sum = 0;
    let mut digits = 0;
    while digits < n {
        k += 1;
        // (q, r, t) describes the linear map x -> (q x + r) / t; compose it with the k-th term of the series.
        let odd = 2 * k + 1;
        r = (&q * 2 + r) * odd;
        t *= odd;
        q *= k;
        if q > r {
            continue;
        }
        // A digit is safe when both ends of the interval that the tail lies in give it.
        let low = (&q * 3 + &r) / &t;
        let high = (&q * 4 + &r) / &t;
        if low == high {
            sum = fold(sum, i64::try_from(&low).expect("a digit"));
            digits += 1;
            r = (r - &t * low) * 10;
            q *= 10;
        }
    }
    sum
}
