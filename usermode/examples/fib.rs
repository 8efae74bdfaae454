//! `fib N` prints the N-th Fibonacci number, computed by plain recursion: all calls and no memory.
//!
//! Exit code 2 when N is missing or not a number in range.

#![no_std]
#![no_main]

use usermode::{eprintln, println};

/// fib(93) is the largest that an `u64` holds; the recursion stops being fun long before.
const LARGEST: u32 = 93;

fn fib(n: u32) -> u64 {
    if n < 2 {
        n.into()
    } else {
        fib(n - 1) + fib(n - 2)
    }
}

usermode::main!(|| {
    let Some(arg) = usermode::args().nth(1) else {
        eprintln!("usage: fib N, with N from 0 to {LARGEST}");
        return 2;
    };
    match arg.parse() {
        Ok(n) if n <= LARGEST => {
            println!("{}", fib(n));
            0
        }
        _ => {
            eprintln!("fib: `{arg}` is not a whole number from 0 to {LARGEST}");
            2
        }
    }
});
