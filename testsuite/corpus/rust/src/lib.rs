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

/// Random bytes. This loop makes input; it is checked like the others and left out of the counts.
#[inline(never)]
pub fn corpus_fill(to: &mut [u8], mut seed: u32) {
    for byte in to {
        *byte = (next(&mut seed) >> 11) as u8;
    }
}

/// Random bytes on the stack.
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
