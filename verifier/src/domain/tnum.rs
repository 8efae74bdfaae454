//! Known bits: which bits of a value are the same in every run.
//!
//! The domain is Linux' `tnum` (`kernel/bpf/tnum.c`; Vishwanathan et al., "Sound, Precise, and Fast
//! Abstract Interpretation with Tristate Numbers", CGO 2022): `value` holds the known bits, `mask`
//! the unknown ones, and no bit is in both.
//!
//! ```text
//!   value 0b0100, mask 0b0011   =   0b01??   =   { 4, 5, 6, 7 }
//! ```
//!
//! Numbers are 64 bits wide here; who works with fewer bits cuts with [`Tnum::cast`].

/// A set of numbers given by its known bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tnum {
    /// The known bits; zero where unknown.
    pub value: u64,
    /// Set where a bit is not known.
    pub mask: u64,
}

impl Tnum {
    /// Exactly this number.
    pub const fn constant(value: u64) -> Self {
        Self { value, mask: 0 }
    }

    /// All numbers whose bits outside of `mask` are zero.
    pub const fn unknown(mask: u64) -> Self {
        Self { value: 0, mask }
    }

    /// The smallest set of this shape that holds `[min, max]`.
    pub fn range(min: u64, max: u64) -> Self {
        let differing = min ^ max;
        let mask = match differing.leading_zeros() {
            64 => 0,
            shared => u64::MAX >> shared,
        };
        Self { value: min & !mask, mask }
    }

    /// Whether `x` is in the set.
    pub const fn contains(self, x: u64) -> bool {
        x & !self.mask == self.value
    }

    /// Numbers of either.
    pub const fn join(self, other: Self) -> Self {
        let mask = self.mask | other.mask | (self.value ^ other.value);
        Self { value: self.value & !mask, mask }
    }

    /// Numbers of both; `None` if a bit is known to differ.
    pub const fn meet(self, other: Self) -> Option<Self> {
        if (self.value ^ other.value) & !(self.mask | other.mask) != 0 {
            return None;
        }
        let mask = self.mask & other.mask;
        Some(Self { value: (self.value | other.value) & !mask, mask })
    }

    /// Sums modulo 2^64.
    #[allow(clippy::should_implement_trait, reason = "sets, not numbers")]
    pub const fn add(self, other: Self) -> Self {
        let sum_mask = self.mask.wrapping_add(other.mask);
        let sum_value = self.value.wrapping_add(other.value);
        let carries = sum_mask.wrapping_add(sum_value) ^ sum_value;
        let mask = carries | self.mask | other.mask;
        Self { value: sum_value & !mask, mask }
    }

    /// Differences modulo 2^64.
    #[allow(clippy::should_implement_trait, reason = "sets, not numbers")]
    pub const fn sub(self, other: Self) -> Self {
        let difference = self.value.wrapping_sub(other.value);
        let most = difference.wrapping_add(self.mask);
        let least = difference.wrapping_sub(other.mask);
        let mask = (most ^ least) | self.mask | other.mask;
        Self { value: difference & !mask, mask }
    }

    /// Bitwise and.
    pub const fn and(self, other: Self) -> Self {
        let ones = self.value & other.value;
        let maybe = (self.value | self.mask) & (other.value | other.mask);
        Self { value: ones, mask: maybe & !ones }
    }

    /// Bitwise or.
    pub const fn or(self, other: Self) -> Self {
        let value = self.value | other.value;
        Self { value, mask: (self.mask | other.mask) & !value }
    }

    /// Bitwise exclusive or.
    pub const fn xor(self, other: Self) -> Self {
        let mask = self.mask | other.mask;
        Self { value: (self.value ^ other.value) & !mask, mask }
    }

    /// Products modulo 2^64: one partial product for each bit that may be set.
    #[allow(clippy::should_implement_trait, reason = "sets, not numbers")]
    pub fn mul(self, other: Self) -> Self {
        let known = self.value.wrapping_mul(other.value);
        // The partial products of a power of two have no bit in common.
        if other.mask == 0 && other.value.is_power_of_two() {
            return self.shl(other.value.trailing_zeros());
        }
        let (mut a, mut b) = (self, other);
        let mut unknown = Self::constant(0);
        while a.value != 0 || a.mask != 0 {
            let zeros = (a.value | a.mask).trailing_zeros();
            (a, b) = (a.shr(zeros), b.shl(zeros));
            if a.value & 1 != 0 {
                unknown = unknown.add(Self::unknown(b.mask));
            } else if a.mask & 1 != 0 {
                unknown = unknown.add(Self::unknown(b.value | b.mask));
            }
            a = a.shr(1);
            b = b.shl(1);
        }
        Self::constant(known).add(unknown)
    }

    /// Left shift by less than 64.
    #[allow(clippy::should_implement_trait, reason = "sets, not numbers")]
    pub const fn shl(self, count: u32) -> Self {
        Self { value: self.value << count, mask: self.mask << count }
    }

    /// Logical right shift by less than 64.
    #[allow(clippy::should_implement_trait, reason = "sets, not numbers")]
    pub const fn shr(self, count: u32) -> Self {
        Self { value: self.value >> count, mask: self.mask >> count }
    }

    /// The low `width` bits.
    pub const fn cast(self, width: u32) -> Self {
        let keep = super::mask_of(width);
        Self { value: self.value & keep, mask: self.mask & keep }
    }

    /// Number of low bits that are known.
    pub const fn known_low_bits(self) -> u32 {
        self.mask.trailing_zeros()
    }
}
