//! What the programs of the corpus share.
#![no_std]

/// Next of a sequence of random numbers; never 0.
pub fn next(state: &mut u32) -> u32 {
    let mut x = (*state).max(1);
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    *state = x;
    x
}

/// Bytes for a seed, as `testsuite/corpus/c/corpus.h` makes them. This loop makes input; it is checked like the
/// others and left out of the counts.
#[inline(never)]
pub fn corpus_fill(to: &mut [u8], seed: u32) {
    let mut state = seed;
    for (at, byte) in (0_u32..).zip(to) {
        *byte = match seed >> 8 {
            0 => seed as u8,
            1 => seed.wrapping_sub(at) as u8,
            2 => seed.wrapping_add(at) as u8,
            _ => (next(&mut state) >> 11) as u8,
        };
    }
}

/// As [`corpus_fill`], on the stack.
pub fn bytes<const N: usize>(seed: u32) -> [u8; N] {
    let mut bytes = [0; N];
    corpus_fill(&mut bytes, seed);
    bytes
}

/// Makes a value unknown, so that a loop is not computed at build time.
pub use core::hint::black_box as keep;

#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
