//! Bounds that a guest in Rust gives to the verifier of Cervus; the same as `usermode/include/cervus_bounds.h` in C.
//!
//! ```
//! use cervus_bounds::{loop_bound, require};
//!
//! fn collatz(mut n: u64) -> u32 {
//!     let mut steps = 0;
//!     while n > 1 {
//!         // Nobody can prove this; for n below 100,000 it has been tried.
//!         loop_bound(350);
//!         n = if n.is_multiple_of(2) { n / 2 } else { 3 * n + 1 };
//!         steps += 1;
//!     }
//!     steps
//! }
//!
//! fn sum(values: &[u32], n: usize) -> u32 {
//!     // Past this the verifier knows that the loop goes round at most 4,096 times.
//!     require(n <= 4096);
//!     values.iter().take(n).fold(0, |sum, value| sum.wrapping_add(*value))
//! }
//! # assert_eq!(collatz(27), 111);
//! # assert_eq!(sum(&[1, 2, 3], 2), 3);
//! ```
//!
//! [`require`] is a test, and what it lets pass is proved. [`loop_bound`] is a claim, which nothing proves: with all
//! loops bounded or claimed a program is of the class `bounded`, and the worst-case cost that follows becomes the fuel
//! of its runs. A run that goes on for longer because a claim is false ends there (`trapped: out of fuel`). The fuel is
//! that of the dearest export, so a false claim ends a run only once it takes more than anything that was claimed.
//!
//! Claims are calls and not attributes, since attributes of loops are not stable Rust. They survive the optimiser at
//! every level, in functions that are inlined, too. A crate of its own because the verifier knows the claims by an
//! export, which every program that links it has.

#![no_std]

/// Claims that the innermost loop around the call goes round at most `rounds` times for each time that it is entered.
///
/// `rounds` is best a constant; of a computed number the verifier takes the largest value that it may have. With
/// several claims in one loop the largest counts, where no bound is found otherwise.
///
/// The compiler must not unroll a loop with a claim whole, since its calls would then count for the loop around it; it
/// does not do so where it cannot count the rounds itself, and elsewhere no claim is needed.
#[inline(always)]
pub fn loop_bound(rounds: u64) {
    #[cfg(target_arch = "wasm32")]
    claim::cervus_loop_bound(rounds);
    #[cfg(not(target_arch = "wasm32"))]
    let _ = rounds;
}

/// Ends the program by a trap unless the condition holds; past it the verifier takes it for granted.
///
/// As `assert!`, without the code for a message, whose loops have no bound.
#[inline(always)]
pub fn require(condition: bool) {
    if !condition {
        #[cfg(target_arch = "wasm32")]
        core::arch::wasm32::unreachable();
        #[cfg(not(target_arch = "wasm32"))]
        panic!("a condition that the program requires does not hold");
    }
}

#[cfg(target_arch = "wasm32")]
mod claim {
    /// What the verifier looks for: the calls of the function that is exported by this name. `black_box` keeps the
    /// compiler from leaving them out, or their argument.
    #[unsafe(no_mangle)]
    #[inline(never)]
    pub(super) extern "C" fn cervus_loop_bound(rounds: u64) {
        core::hint::black_box(rounds);
    }
}
