//! Pseudo-random numbers and text that are the same everywhere.

/// xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled" (2016).
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    #[inline]
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number in `[0, bound)`, `bound` > 0, by the upper half of the product (Lemire 2019), without the rejection step.
    #[inline]
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        (((self.next() >> 32) * u64::from(bound)) >> 32) as u32
    }

    /// A number in `[0, 1)`.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// `len` bytes of words and spaces: text that compresses about as well as prose.
    pub(crate) fn prose(&mut self, len: usize) -> Vec<u8> {
        let mut text = Vec::with_capacity(len + 16);
        while text.len() < len {
            // The smaller of two draws, so that the first words come often.
            let word = self
                .below(WORDS.len() as u32)
                .min(self.below(WORDS.len() as u32));
            text.extend_from_slice(WORDS[word as usize].as_bytes());
            text.push(if self.below(12) == 0 { b'\n' } else { b' ' });
        }
        text.truncate(len);
        text
    }
}

const WORDS: [&str; 32] = [
    "the",
    "of",
    "and",
    "a",
    "to",
    "in",
    "is",
    "it",
    "that",
    "was",
    "for",
    "on",
    "with",
    "as",
    "be",
    "at",
    "stack",
    "frame",
    "memory",
    "kernel",
    "module",
    "verifier",
    "register",
    "branch",
    "table",
    "function",
    "trap",
    "fuel",
    "interval",
    "dominator",
    "capability",
    "interpreter",
];
