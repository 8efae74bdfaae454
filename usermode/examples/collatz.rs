//! `collatz N` counts the steps from N to 1, halving even numbers and taking `3 N + 1` of odd ones.
//!
//! Nobody has proved that there is an end, so the program claims one: of the numbers below 100,000 none takes more than
//! 350 steps. With the claim it is of the class `bounded`, and the engine ends a run that goes on for longer, such as
//! that of 837799, which takes 524.
//!
//! Nothing here panics or formats, whose loops would have no bound. Exit code 2 when N is missing or no number.

#![no_std]
#![no_main]

use cervus_bounds::loop_bound;
use usermode::{Level, log};

/// Digits of the largest N.
const DIGITS: usize = 9;
/// Steps that the program claims to be enough.
const MOST_STEPS: u64 = 350;

fn steps(mut n: u64) -> u32 {
    let mut steps = 0;
    while n > 1 {
        loop_bound(MOST_STEPS);
        n = match n % 2 {
            0 => n / 2,
            _ => 3 * n + 1,
        };
        steps += 1;
    }
    steps
}

/// A number of 1 to [`DIGITS`] decimal digits.
fn number(text: &[u8]) -> Option<u64> {
    let is_number = (1..=DIGITS).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
    let digits = text.iter().take(DIGITS).map(|digit| u64::from(digit - b'0'));
    is_number.then(|| digits.fold(0, |number, digit| 10 * number + digit))
}

/// The number as text, at the end of `out`.
fn decimal(mut number: u32, out: &mut [u8; 10]) -> &str {
    let mut len = 0;
    for place in out.iter_mut().rev() {
        *place = b'0' + (number % 10) as u8;
        number /= 10;
        len += 1;
        if number == 0 {
            break;
        }
    }
    let digits = out.get(out.len() - len..).unwrap_or_default();
    // SAFETY: ASCII digits, or nothing. The check that `str::from_utf8` makes is a loop without a bound.
    unsafe { str::from_utf8_unchecked(digits) }
}

usermode::main!(|| {
    let mut arg = [0; DIGITS + 1];
    match usermode::arg_into(1, &mut arg).and_then(number) {
        Some(n) if n > 0 => {
            log(Level::Info, decimal(steps(n), &mut [0; 10]));
            0
        }
        _ => {
            log(Level::Error, "usage: collatz N, with N from 1 to 999999999");
            2
        }
    }
});
