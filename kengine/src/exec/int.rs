//! Integer operators of wasm, one function each, named as in the specification
//! (WebAssembly core specification, "Integer Operations": iadd, idiv_s, …).
//!
//! Operands are signed where the operator is, unsigned elsewhere. Nothing here can panic, in a
//! debug build either: arithmetic wraps, division and remainder go by `checked_*` and give the
//! trap. Comparisons give a `bool`, which becomes 0 or 1 in its slot.

use super::value::pure;
use crate::trap::TrapCode;

/// Why a signed division has no result: a zero divisor, else 2^(N-1) does not fit.
#[inline(always)]
fn division_trap(divisor_is_zero: bool) -> TrapCode {
    if divisor_is_zero { TrapCode::IntegerDivideByZero } else { TrapCode::IntegerOverflow }
}

// --- i32 -----------------------------------------------------------------------------------------

// CAST: `as i8` and `as i16` keep the low bits, which is what the operator says.
pure! {
    /// `a + b` modulo 2^32.
    i32_add(a: u32, b: u32) -> u32 = a.wrapping_add(b);
    /// `a - b` modulo 2^32.
    i32_sub(a: u32, b: u32) -> u32 = a.wrapping_sub(b);
    /// `a * b` modulo 2^32.
    i32_mul(a: u32, b: u32) -> u32 = a.wrapping_mul(b);
    /// `a / b` toward zero. Traps if `b` is 0 or the quotient is 2^31.
    i32_div_s(a: i32, b: i32) -> Result<i32, TrapCode> = a.checked_div(b).ok_or(division_trap(b == 0));
    /// `a / b`, unsigned, rounded down. Traps if `b` is 0.
    i32_div_u(a: u32, b: u32) -> Result<u32, TrapCode> = a.checked_div(b).ok_or(TrapCode::IntegerDivideByZero);
    /// `a - b * trunc(a / b)`; has the sign of `a`. Traps if `b` is 0.
    i32_rem_s(a: i32, b: i32) -> Result<i32, TrapCode> = match a.checked_rem(b) {
        Some(rem) => Ok(rem),
        None if b == 0 => Err(TrapCode::IntegerDivideByZero),
        // Only the quotient of MIN / -1 does not fit; its remainder is 0.
        None => Ok(0),
    };
    /// `a - b * (a / b)`, unsigned. Traps if `b` is 0.
    i32_rem_u(a: u32, b: u32) -> Result<u32, TrapCode> = a.checked_rem(b).ok_or(TrapCode::IntegerDivideByZero);
    /// Bitwise exclusive or.
    i32_xor(a: u32, b: u32) -> u32 = a ^ b;
    /// `a << (b mod 32)`.
    i32_shl(a: u32, b: u32) -> u32 = a.wrapping_shl(b);
    /// `a >> (b mod 32)`, filled with the sign.
    i32_shr_s(a: i32, b: u32) -> i32 = a.wrapping_shr(b);
    /// `a >> (b mod 32)`, filled with zeros.
    i32_shr_u(a: u32, b: u32) -> u32 = a.wrapping_shr(b);
    /// `a` rotated left by `b mod 32` bits.
    i32_rotl(a: u32, b: u32) -> u32 = a.rotate_left(b & 31);
    /// `a` rotated right by `b mod 32` bits.
    i32_rotr(a: u32, b: u32) -> u32 = a.rotate_right(b & 31);
    /// `a == b`.
    i32_eq(a: u32, b: u32) -> bool = a == b;
    /// `a != b`.
    i32_ne(a: u32, b: u32) -> bool = a != b;
    /// `a < b`, signed.
    i32_lt_s(a: i32, b: i32) -> bool = a < b;
    /// `a < b`, unsigned.
    i32_lt_u(a: u32, b: u32) -> bool = a < b;
    /// `a > b`, signed.
    i32_gt_s(a: i32, b: i32) -> bool = a > b;
    /// `a <= b`, signed.
    i32_le_s(a: i32, b: i32) -> bool = a <= b;
    /// `a >= b`, signed.
    i32_ge_s(a: i32, b: i32) -> bool = a >= b;
    /// Leading zero bits; 32 for 0.
    i32_clz(a: u32) -> u32 = a.leading_zeros();
    /// Trailing zero bits; 32 for 0.
    i32_ctz(a: u32) -> u32 = a.trailing_zeros();
    /// One bits.
    i32_popcnt(a: u32) -> u32 = a.count_ones();
    /// The low 8 bits, sign-extended.
    i32_extend8_s(a: u32) -> i32 = i32::from(a as i8);
    /// The low 16 bits, sign-extended.
    i32_extend16_s(a: u32) -> i32 = i32::from(a as i16);
}

// --- i64 -----------------------------------------------------------------------------------------

// CAST: a shift count is taken modulo 64, so its low 32 bits are enough; `as i8`, `as i16` and
// `as i32` keep the low bits, which is what the operator says.
pure! {
    /// `a + b` modulo 2^64.
    i64_add(a: u64, b: u64) -> u64 = a.wrapping_add(b);
    /// `a - b` modulo 2^64.
    i64_sub(a: u64, b: u64) -> u64 = a.wrapping_sub(b);
    /// `a * b` modulo 2^64.
    i64_mul(a: u64, b: u64) -> u64 = a.wrapping_mul(b);
    /// `a / b` toward zero. Traps if `b` is 0 or the quotient is 2^63.
    i64_div_s(a: i64, b: i64) -> Result<i64, TrapCode> = a.checked_div(b).ok_or(division_trap(b == 0));
    /// `a / b`, unsigned, rounded down. Traps if `b` is 0.
    i64_div_u(a: u64, b: u64) -> Result<u64, TrapCode> = a.checked_div(b).ok_or(TrapCode::IntegerDivideByZero);
    /// `a - b * trunc(a / b)`; has the sign of `a`. Traps if `b` is 0.
    i64_rem_s(a: i64, b: i64) -> Result<i64, TrapCode> = match a.checked_rem(b) {
        Some(rem) => Ok(rem),
        None if b == 0 => Err(TrapCode::IntegerDivideByZero),
        // Only the quotient of MIN / -1 does not fit; its remainder is 0.
        None => Ok(0),
    };
    /// `a - b * (a / b)`, unsigned. Traps if `b` is 0.
    i64_rem_u(a: u64, b: u64) -> Result<u64, TrapCode> = a.checked_rem(b).ok_or(TrapCode::IntegerDivideByZero);
    /// Bitwise and.
    i64_and(a: u64, b: u64) -> u64 = a & b;
    /// Bitwise or.
    i64_or(a: u64, b: u64) -> u64 = a | b;
    /// Bitwise exclusive or.
    i64_xor(a: u64, b: u64) -> u64 = a ^ b;
    /// `a << (b mod 64)`.
    i64_shl(a: u64, b: u64) -> u64 = a.wrapping_shl(b as u32);
    /// `a >> (b mod 64)`, filled with the sign.
    i64_shr_s(a: i64, b: u64) -> i64 = a.wrapping_shr(b as u32);
    /// `a >> (b mod 64)`, filled with zeros.
    i64_shr_u(a: u64, b: u64) -> u64 = a.wrapping_shr(b as u32);
    /// `a` rotated left by `b mod 64` bits.
    i64_rotl(a: u64, b: u64) -> u64 = a.rotate_left(b as u32 & 63);
    /// `a` rotated right by `b mod 64` bits.
    i64_rotr(a: u64, b: u64) -> u64 = a.rotate_right(b as u32 & 63);
    /// `a == b`.
    i64_eq(a: u64, b: u64) -> bool = a == b;
    /// `a != b`.
    i64_ne(a: u64, b: u64) -> bool = a != b;
    /// `a < b`, signed.
    i64_lt_s(a: i64, b: i64) -> bool = a < b;
    /// `a < b`, unsigned.
    i64_lt_u(a: u64, b: u64) -> bool = a < b;
    /// `a > b`, signed.
    i64_gt_s(a: i64, b: i64) -> bool = a > b;
    /// `a > b`, unsigned.
    i64_gt_u(a: u64, b: u64) -> bool = a > b;
    /// `a <= b`, signed.
    i64_le_s(a: i64, b: i64) -> bool = a <= b;
    /// `a <= b`, unsigned.
    i64_le_u(a: u64, b: u64) -> bool = a <= b;
    /// `a >= b`, unsigned.
    i64_ge_u(a: u64, b: u64) -> bool = a >= b;
    /// Leading zero bits; 64 for 0.
    i64_clz(a: u64) -> u64 = u64::from(a.leading_zeros());
    /// Trailing zero bits; 64 for 0.
    i64_ctz(a: u64) -> u64 = u64::from(a.trailing_zeros());
    /// One bits.
    i64_popcnt(a: u64) -> u64 = u64::from(a.count_ones());
    /// The low 8 bits, sign-extended.
    i64_extend8_s(a: u64) -> i64 = i64::from(a as i8);
    /// The low 16 bits, sign-extended.
    i64_extend16_s(a: u64) -> i64 = i64::from(a as i16);
    /// The low 32 bits, sign-extended.
    i64_extend32_s(a: u64) -> i64 = i64::from(a as i32);
}

// --- between the widths --------------------------------------------------------------------------

// CAST: `i32_wrap` keeps the low 32 bits, which is what the operator says.
pure! {
    /// `a` modulo 2^32 (`i32.wrap_i64`).
    i32_wrap(a: u64) -> u32 = a as u32;
}

#[cfg(test)]
mod tests {
    use super::*;
    use TrapCode::{IntegerDivideByZero as ByZero, IntegerOverflow as Overflow};

    #[test]
    fn arithmetic_wraps() {
        assert_eq!(i32_add(u32::MAX, 2), 1);
        assert_eq!(i32_sub(0, 1), u32::MAX);
        assert_eq!(i32_mul(0x8000_0001, 2), 2);
        assert_eq!(i64_add(u64::MAX, 2), 1);
        assert_eq!(i64_sub(0, 1), u64::MAX);
        assert_eq!(i64_mul(0x8000_0000_0000_0001, 2), 2);
    }

    #[test]
    fn division_by_zero_and_overflow() {
        for a in [0, 1, -1, i32::MIN, i32::MAX] {
            assert_eq!(i32_div_s(a, 0), Err(ByZero));
            assert_eq!(i32_rem_s(a, 0), Err(ByZero));
            assert_eq!(i32_div_u(a as u32, 0), Err(ByZero));
            assert_eq!(i32_rem_u(a as u32, 0), Err(ByZero));
        }
        for a in [0, 1, -1, i64::MIN, i64::MAX] {
            assert_eq!(i64_div_s(a, 0), Err(ByZero));
            assert_eq!(i64_rem_s(a, 0), Err(ByZero));
            assert_eq!(i64_div_u(a as u64, 0), Err(ByZero));
            assert_eq!(i64_rem_u(a as u64, 0), Err(ByZero));
        }
        assert_eq!(i32_div_s(i32::MIN, -1), Err(Overflow));
        assert_eq!(i64_div_s(i64::MIN, -1), Err(Overflow));
        assert_eq!(i32_rem_s(i32::MIN, -1), Ok(0));
        assert_eq!(i64_rem_s(i64::MIN, -1), Ok(0));
        assert_eq!(i32_div_u(0x8000_0000, u32::MAX), Ok(0));
        assert_eq!(i64_rem_u(1 << 63, u64::MAX), Ok(1 << 63));
    }

    #[test]
    fn division_truncates() {
        assert_eq!((i32_div_s(-7, 2), i32_rem_s(-7, 2)), (Ok(-3), Ok(-1)));
        assert_eq!((i32_div_s(7, -2), i32_rem_s(7, -2)), (Ok(-3), Ok(1)));
        assert_eq!((i64_div_s(-7, 2), i64_rem_s(-7, 2)), (Ok(-3), Ok(-1)));
        assert_eq!((i64_div_s(7, -2), i64_rem_s(7, -2)), (Ok(-3), Ok(1)));
        assert_eq!((i32_div_u(u32::MAX, 2), i32_rem_u(u32::MAX, 2)), (Ok(0x7fff_ffff), Ok(1)));
        assert_eq!((i64_div_u(u64::MAX, 2), i64_rem_u(u64::MAX, 2)), (Ok(u64::MAX >> 1), Ok(1)));
        assert_eq!(i32_div_s(i32::MIN, 2), Ok(-0x4000_0000));
        assert_eq!(i64_div_s(i64::MIN, 2), Ok(-(1 << 62)));
    }

    #[test]
    fn shift_counts_are_modulo_the_width() {
        for b in [0u32, 32, 64, 0x8000_0020] {
            assert_eq!(i32_shl(0x8000_0001, b), 0x8000_0001);
            assert_eq!(i32_shr_s(-2, b), -2);
            assert_eq!(i32_shr_u(0x8000_0001, b), 0x8000_0001);
            assert_eq!(i32_rotl(0x8000_0001, b), 0x8000_0001);
            assert_eq!(i32_rotr(0x8000_0001, b), 0x8000_0001);
        }
        assert_eq!(i32_shl(1, 33), 2);
        assert_eq!(i32_shr_s(-8, 33), -4);
        assert_eq!(i32_shr_u(0x8000_0000, u32::MAX), 1);
        assert_eq!(i32_rotl(0x8000_0001, 33), 3);
        assert_eq!(i32_rotr(0x8000_0001, 33), 0xc000_0000);
        for b in [0u64, 64, 1 << 32, 1 << 63] {
            assert_eq!(i64_shl(1 << 63 | 1, b), 1 << 63 | 1);
            assert_eq!(i64_shr_s(-2, b), -2);
            assert_eq!(i64_shr_u(1 << 63 | 1, b), 1 << 63 | 1);
            assert_eq!(i64_rotl(1 << 63 | 1, b), 1 << 63 | 1);
            assert_eq!(i64_rotr(1 << 63 | 1, b), 1 << 63 | 1);
        }
        assert_eq!(i64_shl(1, 65), 2);
        assert_eq!(i64_shr_s(-8, 65), -4);
        assert_eq!(i64_shr_u(1 << 63, u64::MAX), 1);
        assert_eq!(i64_rotl(1 << 63 | 1, 65), 3);
        assert_eq!(i64_rotr(1 << 63 | 1, 65), 3 << 62);
    }

    #[test]
    fn comparisons_know_their_sign() {
        assert!(i32_lt_s(-1, 0) && !i32_lt_u(u32::MAX, 0));
        assert!(!i32_gt_s(-1, 0));
        assert!(i32_le_s(i32::MIN, i32::MAX));
        assert!(!i32_ge_s(i32::MIN, i32::MAX));
        assert!(i32_le_s(5, 5) && i32_ge_s(5, 5));
        assert!(i32_eq(5, 5) && !i32_eq(5, 6) && i32_ne(5, 6) && !i32_ne(5, 5));
        assert!(i64_lt_s(-1, 0) && !i64_lt_u(u64::MAX, 0));
        assert!(i64_gt_u(u64::MAX, 0) && !i64_gt_s(-1, 0));
        assert!(i64_le_s(i64::MIN, i64::MAX) && !i64_le_u(1 << 63, u64::MAX >> 1));
        assert!(i64_ge_u(1 << 63, u64::MAX >> 1));
        assert!(i64_le_s(5, 5) && i64_le_u(5, 5) && i64_ge_u(5, 5));
        assert!(i64_eq(5, 5) && !i64_eq(5, 1 << 32 | 5) && i64_ne(5, 1 << 32 | 5) && !i64_ne(5, 5));
        // Strict at equality.
        assert!(!i32_lt_s(5, 5) && !i32_lt_u(5, 5) && !i32_gt_s(5, 5));
        assert!(!i64_lt_s(5, 5) && !i64_lt_u(5, 5) && !i64_gt_s(5, 5) && !i64_gt_u(5, 5));
    }

    #[test]
    fn bits_are_counted() {
        assert_eq!((i32_clz(0), i32_clz(1), i32_clz(u32::MAX)), (32, 31, 0));
        assert_eq!((i32_ctz(0), i32_ctz(1 << 31), i32_ctz(u32::MAX)), (32, 31, 0));
        assert_eq!((i32_popcnt(0), i32_popcnt(0xa5a5_a5a5), i32_popcnt(u32::MAX)), (0, 16, 32));
        assert_eq!((i64_clz(0), i64_clz(1), i64_clz(u64::MAX)), (64, 63, 0));
        assert_eq!((i64_ctz(0), i64_ctz(1 << 63), i64_ctz(u64::MAX)), (64, 63, 0));
        assert_eq!((i64_popcnt(0), i64_popcnt(0xa5a5_a5a5), i64_popcnt(u64::MAX)), (0, 16, 64));
        assert_eq!(i32_xor(12, 10), 6);
        assert_eq!((i64_and(12, 10), i64_or(12, 10), i64_xor(12, 10)), (8, 14, 6));
    }

    #[test]
    fn widths_change() {
        assert_eq!((i32_extend8_s(0x1280), i32_extend8_s(0xff7f)), (-128, 127));
        assert_eq!((i32_extend16_s(0x128000), i32_extend16_s(0xff7fff)), (-32768, 32767));
        assert_eq!((i64_extend8_s(0x1280), i64_extend8_s(0xff7f)), (-128, 127));
        assert_eq!((i64_extend16_s(0x128000), i64_extend16_s(0xff7fff)), (-32768, 32767));
        assert_eq!(i64_extend32_s(0x12_8000_0000), i64::from(i32::MIN));
        assert_eq!(i64_extend32_s(0xff_7fff_ffff), i64::from(i32::MAX));
        assert_eq!(i32_wrap(0x1234_5678_9abc_def0), 0x9abc_def0);
    }
}
