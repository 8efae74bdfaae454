//! Between 64-bit slots and typed values.
//!
//! A slot holds 64 bits and no type. The image checker does not know types either, so a handler
//! may be given any bits at all: every function here is total and takes only the bits its type
//! needs. An i32, f32 or bool result is zero-extended; that is what lets one op compare both
//! widths (`kengine/src/isa.rs`, naming rules). Floats pass through as bits, NaN payloads included.

/// A type that handlers take from a slot and store to one.
pub(crate) trait Value: Copy {
    /// The value in the low bits of `slot`; higher bits are ignored.
    fn from_slot(slot: u64) -> Self;
    /// The slot that holds `self`; the bits the type does not use are zero.
    fn to_slot(self) -> u64;
    /// Writes that to `slot`.
    ///
    /// # Safety
    /// `slot` is good for writes.
    #[inline(always)]
    unsafe fn write(self, slot: *mut u64) {
        // SAFETY: the caller's.
        unsafe { *slot = self.to_slot() }
    }
}

/// `Value` by two expressions.
macro_rules! value {
    ($type:ty: $slot:ident => $from:expr, $value:ident => $to:expr) => {
        impl Value for $type {
            #[inline(always)]
            fn from_slot($slot: u64) -> Self {
                $from
            }
            #[inline(always)]
            fn to_slot(self) -> u64 {
                let $value = self;
                $to
            }
        }
    };
}

// CAST: `as u32` and `as i32` keep the low 32 bits, which is where a 32-bit value stands; `as` from
// i64 to u64 and back keeps every bit.
value!(u32: slot => slot as u32, v => u64::from(v));
value!(i32: slot => slot as i32, v => u64::from(v as u32));
value!(u64: slot => slot, v => v);
value!(i64: slot => slot as i64, v => v as u64);
impl Value for f32 {
    #[inline(always)]
    fn from_slot(slot: u64) -> Self {
        f32::from_bits(slot as u32) // CAST: the low 32 bits
    }
    #[inline(always)]
    fn to_slot(self) -> u64 {
        u64::from(self.to_bits())
    }
    /// From the float register, as below, with the zeros above it in one store: two would not be forwarded to a load
    /// of both.
    #[cfg(all(target_arch = "x86_64", target_feature = "sse2", not(miri)))]
    #[inline(always)]
    unsafe fn write(self, slot: *mut u64) {
        use core::arch::x86_64::{_mm_castps_pd, _mm_set_ss, _mm_store_sd};
        // SAFETY: the caller's; eight bytes are written.
        unsafe { _mm_store_sd(slot.cast(), _mm_castps_pd(_mm_set_ss(self))) }
    }
}
impl Value for f64 {
    #[inline(always)]
    fn from_slot(slot: u64) -> Self {
        f64::from_bits(slot)
    }
    #[inline(always)]
    fn to_slot(self) -> u64 {
        self.to_bits()
    }
    /// From the float register: by way of an integer register it would be there later.
    #[inline(always)]
    unsafe fn write(self, slot: *mut u64) {
        // SAFETY: the caller's; both types have eight bytes.
        unsafe { *slot.cast::<f64>() = self }
    }
}
// True is any i32 that is not zero, as for `br_if`.
value!(bool: slot => slot as u32 != 0, v => u64::from(v));

/// Pure functions, one a line: `name(operands) -> result = expression;`, always inlined.
macro_rules! pure {
    ($($(#[$meta:meta])* $name:ident($($arg:ident: $type:ty),+) -> $result:ty = $body:expr;)+) => {
        $(
            $(#[$meta])*
            #[inline(always)]
            pub(crate) fn $name($($arg: $type),+) -> $result {
                $body
            }
        )+
    };
}
pub(crate) use pure;

#[cfg(test)]
mod tests {
    use super::Value;

    #[test]
    fn slots_hold_zero_extended_values() {
        assert_eq!((-1i32).to_slot(), 0xffff_ffff);
        assert_eq!(u32::MAX.to_slot(), 0xffff_ffff);
        assert_eq!((-1i64).to_slot(), u64::MAX);
        assert_eq!((-0.0f32).to_slot(), 0x8000_0000);
        assert_eq!((-0.0f64).to_slot(), 1 << 63);
        assert_eq!((true.to_slot(), false.to_slot()), (1, 0));
    }

    #[test]
    fn high_bits_of_a_slot_are_ignored() {
        let slot = 0xdead_beef_8000_0001;
        assert_eq!(u32::from_slot(slot), 0x8000_0001);
        assert_eq!(i32::from_slot(slot), -0x7fff_ffff);
        assert_eq!(f32::from_slot(slot).to_bits(), 0x8000_0001);
        assert!(bool::from_slot(slot));
        assert!(!bool::from_slot(1 << 32));
    }

    #[test]
    fn nan_payloads_survive() {
        for bits in [0x7f80_0001u32, 0xffc1_2345, 0x7fff_ffff] {
            assert_eq!(f32::from_slot(u64::from(bits)).to_slot(), u64::from(bits));
        }
        for bits in [0x7ff0_0000_0000_0001u64, 0xfff8_1234_5678_9abc, u64::MAX] {
            assert_eq!(f64::from_slot(bits).to_slot(), bits);
        }
    }
}
