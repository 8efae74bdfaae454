//! Floats as functions and as text: the crates `libm` and `ryu`, and the parser and printer of `core`.

use crate::{fold, fold_bytes, rng::Rng};
use core::fmt::Write;

/// Takes `n` numbers through elementary functions, prints each in three ways and reads it back.
pub fn run(n: i32) -> i64 {
    let mut rng = Rng::new(16);
    let mut ryu_text = ryu::Buffer::new();
    let mut text = String::new();
    let mut sum = 0;
    for _ in 0..n.max(0) {
        let x = (rng.unit() - 0.5) * 200.0;
        let y = libm::sin(x) * libm::exp(x / 40.0) + libm::pow(x.abs(), 0.75) - libm::atan2(x, 2.5);
        let z = libm::log(x.abs() + 1.0).max(libm::cbrt(y)).min(libm::hypot(x, y)) + libm::tanh(x);
        let single = libm::cosf(x as f32) + libm::floorf(y as f32).copysign(z as f32);

        let shortest = ryu_text.format(z);
        assert!(shortest.parse() == Ok(z));
        sum = fold_bytes(sum, shortest.as_bytes());
        text.clear();
        write!(text, "{y:.3} {x:e} {single}").expect("a String takes any text");
        sum = fold_bytes(sum, text.as_bytes());
        sum = fold(sum, y.to_bits() as i64 ^ i64::from(y as i32) ^ i64::from(single.to_bits()));
    }
    sum
}
