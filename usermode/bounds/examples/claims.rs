//! Claims as the optimiser leaves them: in nests, in functions that are inlined, in the walk of a list; and a false one.

#![cfg_attr(target_arch = "wasm32", no_std)]

use cervus_bounds::{loop_bound, require};

#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// Steps from `n` to 1, halving even numbers and taking `3 n + 1` of odd ones; inlined wherever it is called.
#[inline(always)]
fn steps(mut n: u64, most: u64) -> u32 {
    let mut steps = 0;
    while n > 1 {
        loop_bound(most);
        n = match n % 2 {
            0 => n / 2,
            _ => 3 * n + 1,
        };
        steps += 1;
    }
    steps
}

/// Called twice, with a claim for each.
#[unsafe(no_mangle)]
extern "C" fn inlined(a: u64, b: u64) -> u32 {
    steps(a, 120) + steps(b, 350)
}

/// A claim of the outer loop, and one of the loop that is inlined into it.
#[unsafe(no_mangle)]
extern "C" fn nested(mut n: u64) -> u32 {
    let mut all = 0;
    while n > 1 {
        loop_bound(130);
        all += steps(n, 140);
        n = match n % 2 {
            0 => n / 2,
            _ => 3 * n + 1,
        };
    }
    all
}

/// The outer loop counts, and only the inner one needs a claim.
#[unsafe(no_mangle)]
extern "C" fn counted(n: u32) -> u32 {
    require(n <= 50);
    let mut all = 0;
    for start in 0..n {
        all += steps(start.into(), 112);
    }
    all
}

/// Follows links from 0 until one leads back there.
#[unsafe(no_mangle)]
extern "C" fn list(seed: u32) -> u32 {
    let mut links = [0_u8; 64];
    for (at, link) in links.iter_mut().enumerate() {
        *link = (at as u32).wrapping_mul(5).wrapping_add(seed | 1) as u8 % 64;
    }
    let links = core::hint::black_box(links);
    let (mut at, mut len) = (links[0], 1);
    while at != 0 {
        loop_bound(63);
        at = links[usize::from(at % 64)];
        len += 1;
    }
    len
}

/// Goes round `n` times, and claims 10. The claims of a run are enforced together, by its fuel: some more rounds may pass.
#[unsafe(no_mangle)]
extern "C" fn false_claim(mut n: u32) -> u32 {
    let mut rounds = 0;
    while n > 0 {
        loop_bound(10);
        n = core::hint::black_box(n - 1);
        rounds += 1;
    }
    rounds
}
