//! Naive recursive Fibonacci: calls and returns, no memory.

fn fib(n: i32) -> i64 {
    if n < 2 { n.into() } else { fib(n - 1) + fib(n - 2) }
}

/// The `n`-th Fibonacci number.
pub fn run(n: i32) -> i64 {
    fib(n)
}
