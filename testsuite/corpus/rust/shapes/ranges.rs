//! Counted loops as Rust writes them.
//!
//! entry: up(n: 0..=3000)
//! entry: up_inclusive(n: 0..=3000)
//! entry: reversed(n: 0..=3000)
//! entry: strided(n: 0..=3000)
//! entry: while_down(n: 0..=3000)
//! entry: loop_break(n: 1..=3000)
//! entry: clamped(n: any)
//! entry: masked(n: any)
//! entry: minimum(a: 0..=500, b: 0..=900)
//! entry: signed(from: -200..=0, to: 0..=200)
//! entry: halved(n: any)
//! entry: cleared_bits(n: any)
//! entry: wide_halved(n: any)
//! entry: rectangle(n: 0..=40, m: 0..=40)
//! entry: triangle(n: 0..=80)
//! entry: labelled(n: 0..=40, key: 0..=1600)
//! entry: capped(x: any)
//! entry: successors(n: 1..=1000000)
//! entry: by_state(n: 0..=500)
//! entry: euclid(a: 0..=100000, b: 0..=100000)
//! run: euclid(46368, 75025)
//! entry: forever(n: any)
//! unbounded: forever -- no exit
//! entry: never_equal(n: any)
//! unbounded: never_equal -- an even number that goes up by 2 never meets an odd one
//! entry: step_zero(n: any)
//! unbounded: step_zero -- the step may be 0
#![no_std]

use corpus::keep;

#[unsafe(no_mangle)]
extern "C" fn up(n: u32) -> u32 {
    let mut sum = 0;
    for i in 0..n {
        sum ^= keep(i);
    }
    sum
}

#[unsafe(no_mangle)]
extern "C" fn up_inclusive(n: u32) -> u32 {
    let mut sum = 0;
    for i in 1..=n {
        sum ^= keep(i);
    }
    sum
}

#[unsafe(no_mangle)]
extern "C" fn reversed(n: u32) -> u32 {
    let mut sum = 0;
    for i in (0..n).rev() {
        sum ^= keep(i);
    }
    sum
}

#[unsafe(no_mangle)]
extern "C" fn strided(n: u32) -> u32 {
    let mut sum = 0;
    for i in (0..n).step_by(7) {
        sum ^= keep(i);
    }
    sum
}

#[unsafe(no_mangle)]
extern "C" fn while_down(mut n: u32) -> u32 {
    let mut sum = 0;
    while n > 0 {
        sum ^= keep(n);
        n -= 1;
    }
    sum
}

#[unsafe(no_mangle)]
extern "C" fn loop_break(n: u32) -> u32 {
    let mut i = 0;
    loop {
        keep(i);
        i += 1;
        if i >= n {
            break i;
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn clamped(n: i32) -> u32 {
    (0..n.clamp(0, 700)).map(|i| keep(i) as u32).fold(0, |a, b| a ^ b)
}

#[unsafe(no_mangle)]
extern "C" fn masked(n: u32) -> u32 {
    (0..n & 0x1ff).fold(0, |a, b| a ^ keep(b))
}

#[unsafe(no_mangle)]
extern "C" fn minimum(a: u32, b: u32) -> u32 {
    (0..a.min(b)).fold(0, |a, b| a ^ keep(b))
}

#[unsafe(no_mangle)]
extern "C" fn signed(from: i32, to: i32) -> i32 {
    (from..to).fold(0, |a, b| a ^ keep(b))
}

#[unsafe(no_mangle)]
extern "C" fn halved(mut n: u32) -> u32 {
    let mut rounds = 0;
    while n != 0 {
        rounds += keep(1);
        n /= 2;
    }
    rounds
}

#[unsafe(no_mangle)]
extern "C" fn cleared_bits(mut n: u32) -> u32 {
    let mut rounds = 0;
    while n != 0 {
        rounds += keep(1);
        n &= n - 1;
    }
    rounds
}

#[unsafe(no_mangle)]
extern "C" fn wide_halved(mut n: u64) -> u32 {
    let mut rounds = 0;
    while n > 1 {
        rounds += keep(1);
        n >>= 1;
    }
    rounds
}

#[unsafe(no_mangle)]
extern "C" fn rectangle(n: u32, m: u32) -> u32 {
    let mut sum = 0;
    for i in 0..n {
        for j in 0..m {
            sum ^= keep(i * j);
        }
    }
    sum
}

#[unsafe(no_mangle)]
extern "C" fn triangle(n: u32) -> u32 {
    let mut sum = 0;
    for i in 0..n {
        for j in i..n {
            sum ^= keep(i * j);
        }
    }
    sum
}

#[unsafe(no_mangle)]
extern "C" fn labelled(n: u32, key: u32) -> u32 {
    let mut sum = 0;
    'rows: for i in 0..n {
        for j in 0..n {
            if i * n + j == key {
                break 'rows;
            }
            if j > 2 * i {
                continue 'rows;
            }
            sum ^= keep(i * j);
        }
    }
    sum
}

#[unsafe(no_mangle)]
extern "C" fn capped(mut x: u32) -> u32 {
    for round in 0..300 {
        if x == 12345 {
            return round;
        }
        x = x.wrapping_mul(1664525).wrapping_add(1013904223);
    }
    300
}

#[unsafe(no_mangle)]
extern "C" fn successors(n: u32) -> u32 {
    core::iter::successors(Some(n), |n| (*n >= 3).then_some(*n / 3)).fold(0, |a, b| a ^ keep(b))
}

#[unsafe(no_mangle)]
extern "C" fn by_state(n: u32) -> u32 {
    enum State {
        Begin,
        Middle(u32),
        End,
    }
    let mut state = State::Begin;
    let mut sum = 0;
    for i in 0..n {
        state = match state {
            State::Begin => State::Middle(keep(i)),
            State::Middle(from) if i > from + 10 => State::End,
            State::Middle(from) => State::Middle(from),
            State::End => {
                sum += 1;
                State::Begin
            }
        };
    }
    sum
}

#[unsafe(no_mangle)]
extern "C" fn euclid(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[unsafe(no_mangle)]
extern "C" fn forever(n: u32) -> u32 {
    loop {
        keep(n);
    }
}

#[unsafe(no_mangle)]
extern "C" fn never_equal(n: u32) -> u32 {
    let mut i = n & !1;
    while i != n | 1 {
        i = keep(i).wrapping_add(2);
    }
    i
}

#[unsafe(no_mangle)]
extern "C" fn step_zero(n: u32) -> u32 {
    let mut i = 0;
    while i < 100 {
        i += keep(n) & 0;
    }
    i
}
