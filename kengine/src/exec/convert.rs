//! Conversions of wasm between integers and floats and between the float widths
//! (WebAssembly core specification, "Conversions": trunc, trunc_sat, convert, demote, promote).
//!
//! Rust's `as` is what the specification asks for, save for two things: a truncation traps where
//! `as` saturates, and a NaN that comes out is the canonical one (see `exec/float.rs`).

use super::{
    float::{f32_canonical, f64_canonical},
    value::pure,
};
use crate::trap::TrapCode;

/// Trapping truncations: `name(float) -> integer in (low, high)`.
///
/// `low` and `high` are excluded: the greatest float too low and the least one too high. Where the
/// float type cannot say `MIN - 1`, `low` is the float just below `MIN`.
macro_rules! truncations {
    ($($(#[$meta:meta])* $name:ident($float:ty) -> $int:ident in ($low:literal, $high:literal);)+) => {
        $(
            $(#[$meta])*
            #[inline(always)]
            pub(crate) fn $name(a: $float) -> Result<$int, TrapCode> {
                if a > $low && a < $high {
                    // CAST: toward zero, and in range.
                    Ok(a as $int)
                } else if a.is_nan() {
                    Err(TrapCode::InvalidConversionToInteger)
                } else {
                    Err(TrapCode::IntegerOverflow)
                }
            }
        )+
    };
}

truncations! {
    /// `a` toward zero. Traps on NaN and outside `[-2^31, 2^31)`.
    i32_trunc_f32_s(f32) -> i32 in (-2147483904.0, 2147483648.0);
    /// `a` toward zero. Traps on NaN and outside `(-1, 2^32)`.
    i32_trunc_f32_u(f32) -> u32 in (-1.0, 4294967296.0);
    /// `a` toward zero. Traps on NaN and outside `(-2^31 - 1, 2^31)`.
    i32_trunc_f64_s(f64) -> i32 in (-2147483649.0, 2147483648.0);
    /// `a` toward zero. Traps on NaN and outside `(-1, 2^32)`.
    i32_trunc_f64_u(f64) -> u32 in (-1.0, 4294967296.0);
    /// `a` toward zero. Traps on NaN and outside `[-2^63, 2^63)`.
    i64_trunc_f32_s(f32) -> i64 in (-9223373136366403584.0, 9223372036854775808.0);
    /// `a` toward zero. Traps on NaN and outside `(-1, 2^64)`.
    i64_trunc_f32_u(f32) -> u64 in (-1.0, 18446744073709551616.0);
    /// `a` toward zero. Traps on NaN and outside `[-2^63, 2^63)`.
    i64_trunc_f64_s(f64) -> i64 in (-9223372036854777856.0, 9223372036854775808.0);
    /// `a` toward zero. Traps on NaN and outside `(-1, 2^64)`.
    i64_trunc_f64_u(f64) -> u64 in (-1.0, 18446744073709551616.0);
}

// CAST: `as` from float to integer goes toward zero, saturates, and takes NaN to 0.
pure! {
    /// `a` toward zero, the nearest i32 if it is out of range, 0 for NaN.
    i32_trunc_sat_f32_s(a: f32) -> i32 = a as i32;
    /// `a` toward zero, the nearest u32 if it is out of range, 0 for NaN.
    i32_trunc_sat_f32_u(a: f32) -> u32 = a as u32;
    /// `a` toward zero, the nearest i32 if it is out of range, 0 for NaN.
    i32_trunc_sat_f64_s(a: f64) -> i32 = a as i32;
    /// `a` toward zero, the nearest u32 if it is out of range, 0 for NaN.
    i32_trunc_sat_f64_u(a: f64) -> u32 = a as u32;
    /// `a` toward zero, the nearest i64 if it is out of range, 0 for NaN.
    i64_trunc_sat_f32_s(a: f32) -> i64 = a as i64;
    /// `a` toward zero, the nearest u64 if it is out of range, 0 for NaN.
    i64_trunc_sat_f32_u(a: f32) -> u64 = a as u64;
    /// `a` toward zero, the nearest i64 if it is out of range, 0 for NaN.
    i64_trunc_sat_f64_s(a: f64) -> i64 = a as i64;
    /// `a` toward zero, the nearest u64 if it is out of range, 0 for NaN.
    i64_trunc_sat_f64_u(a: f64) -> u64 = a as u64;
}

// CAST: `as` from integer to float and between floats rounds to nearest, ties to even.
pure! {
    /// The nearest f32, ties to even.
    f32_convert_i32_s(a: i32) -> f32 = a as f32;
    /// The nearest f32, ties to even.
    f32_convert_i32_u(a: u32) -> f32 = a as f32;
    /// The nearest f32, ties to even.
    f32_convert_i64_s(a: i64) -> f32 = a as f32;
    /// The nearest f32, ties to even.
    f32_convert_i64_u(a: u64) -> f32 = a as f32;
    /// The same number.
    f64_convert_i32_s(a: i32) -> f64 = f64::from(a);
    /// The same number.
    f64_convert_i32_u(a: u32) -> f64 = f64::from(a);
    /// The nearest f64, ties to even.
    f64_convert_i64_s(a: i64) -> f64 = a as f64;
    /// The nearest f64, ties to even.
    f64_convert_i64_u(a: u64) -> f64 = a as f64;
    /// Bits of the nearest f32, ties to even; the canonical NaN for any NaN.
    f32_demote_f64(a: f64) -> u32 = f32_canonical(a as f32);
    /// Bits of the same number; the canonical NaN for any NaN.
    f64_promote_f32(a: f32) -> u64 = f64_canonical(f64::from(a));
}

#[cfg(test)]
mod tests {
    use super::*;
    use TrapCode::{IntegerOverflow as Overflow, InvalidConversionToInteger as Invalid};

    /// One pair of truncations against the exact value in an i128.
    macro_rules! check_truncation {
        ($float:ident, $int:ident, $trapping:ident, $saturating:ident) => {{
            let check = |a: $float| {
                let exact = a as i128; // Exact up to 2^127, and far out of range from there on.
                let want = match $int::try_from(exact) {
                    _ if a.is_nan() => Err(Invalid),
                    Ok(value) => Ok(value),
                    Err(_) => Err(Overflow),
                };
                assert_eq!($trapping(a), want, "{a:e}");
                let want = match want {
                    Ok(value) => value,
                    Err(Invalid) => 0,
                    Err(_) if a < 0.0 => $int::MIN,
                    Err(_) => $int::MAX,
                };
                assert_eq!($saturating(a), want, "{a:e}");
            };
            // Either side of every bound and of each power of two.
            let mut numbers = std::vec![0.0, 0.5, 1.0, 1.5, $int::MAX as $float, $int::MIN as $float];
            numbers.extend([$float::MAX, $float::MIN_POSITIVE, $float::INFINITY, $float::NAN]);
            for exponent in 0..127 {
                let power = (1u128 << exponent) as $float;
                numbers.extend([power, power - 1.0, power - 0.5, power + 0.5, power + 1.0]);
            }
            for a in numbers {
                for a in [a.next_down(), a, a.next_up()] {
                    check(a);
                    check(-a);
                }
            }
            let mut bits = 1u64;
            for _ in 0..if cfg!(miri) { 1_000 } else { 500_000 } {
                // Knuth's MMIX generator; the high half is the good one.
                bits = bits.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                let word = bits ^ bits >> 32;
                check($float::from_bits(word as _));
                check((word as i64) as $float * 0.37);
                check((word as i32) as $float * 0.73);
            }
        }};
    }

    #[test]
    fn truncations_agree_with_exact_values() {
        check_truncation!(f32, i32, i32_trunc_f32_s, i32_trunc_sat_f32_s);
        check_truncation!(f32, u32, i32_trunc_f32_u, i32_trunc_sat_f32_u);
        check_truncation!(f64, i32, i32_trunc_f64_s, i32_trunc_sat_f64_s);
        check_truncation!(f64, u32, i32_trunc_f64_u, i32_trunc_sat_f64_u);
        check_truncation!(f32, i64, i64_trunc_f32_s, i64_trunc_sat_f32_s);
        check_truncation!(f32, u64, i64_trunc_f32_u, i64_trunc_sat_f32_u);
        check_truncation!(f64, i64, i64_trunc_f64_s, i64_trunc_sat_f64_s);
        check_truncation!(f64, u64, i64_trunc_f64_u, i64_trunc_sat_f64_u);
    }

    #[test]
    fn truncation_bounds() {
        assert_eq!(i32_trunc_f64_s(-2147483648.9), Ok(i32::MIN));
        assert_eq!(i32_trunc_f64_s(-2147483649.0), Err(Overflow));
        assert_eq!(i32_trunc_f64_s(2147483647.9), Ok(i32::MAX));
        assert_eq!(i32_trunc_f64_s(2147483648.0), Err(Overflow));
        assert_eq!(i32_trunc_f64_u(-0.9), Ok(0));
        assert_eq!(i32_trunc_f64_u(-1.0), Err(Overflow));
        assert_eq!(i32_trunc_f64_u(4294967295.9), Ok(u32::MAX));
        assert_eq!(i32_trunc_f32_s(-2147483648.0), Ok(i32::MIN));
        assert_eq!(i32_trunc_f32_s(2147483520.0), Ok(2147483520));
        assert_eq!(i64_trunc_f64_s(-9223372036854775808.0), Ok(i64::MIN));
        assert_eq!(i64_trunc_f64_u(18446744073709549568.0), Ok(18446744073709549568));
        assert_eq!(i64_trunc_f32_s(f32::NEG_INFINITY), Err(Overflow));
        assert_eq!(i64_trunc_f32_u(-f32::NAN), Err(Invalid));
    }

    /// `int` rounded to `precision` significant bits, ties to even, by integers alone.
    fn rounded(int: i128, precision: u32) -> i128 {
        let magnitude = int.unsigned_abs();
        let drop = (128 - magnitude.leading_zeros()).saturating_sub(precision);
        let (kept, rest) = (magnitude >> drop, magnitude & ((1 << drop) - 1));
        let half = (1 << drop) >> 1;
        let up = drop > 0 && (rest > half || rest == half && kept & 1 == 1);
        ((kept + u128::from(up)) << drop) as i128 * int.signum()
    }

    #[test]
    fn integers_are_rounded_once() {
        let mut words = std::vec![0, 1, u64::MAX, 1 << 63, (1 << 63) - 1];
        // Ties, and their neighbours, at every place.
        for shift in 0..40 {
            for odd in [0x0100_0001u64, 0x0100_0003, 0x01ff_ffff] {
                words.extend([odd << shift, (odd << shift) - 1, (odd << shift) + 1]);
            }
            for odd in [(1u64 << 53) + 1, (1 << 53) + 3, (1 << 54) - 1] {
                let tie = odd.wrapping_shl(shift % 11);
                words.extend([tie, tie.wrapping_sub(1), tie.wrapping_add(1)]);
            }
        }
        let mut bits = 1u64;
        for _ in 0..if cfg!(miri) { 1_000 } else { 500_000 } {
            bits = bits.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            words.push((bits ^ bits >> 32) >> (bits >> 58));
        }
        for a in words {
            for a in [a, a.wrapping_neg()] {
                assert_eq!(f32_convert_i64_u(a) as i128, rounded(i128::from(a), 24), "{a:#x}");
                assert_eq!(f64_convert_i64_u(a) as i128, rounded(i128::from(a), 53), "{a:#x}");
                let s = a as i64;
                assert_eq!(f32_convert_i64_s(s) as i128, rounded(i128::from(s), 24), "{s:#x}");
                assert_eq!(f64_convert_i64_s(s) as i128, rounded(i128::from(s), 53), "{s:#x}");
                let w = a as u32;
                assert_eq!(f32_convert_i32_u(w) as i128, rounded(i128::from(w), 24), "{w:#x}");
                assert_eq!(f64_convert_i32_u(w) as i128, i128::from(w), "{w:#x}");
                let w = a as i32;
                assert_eq!(f32_convert_i32_s(w) as i128, rounded(i128::from(w), 24), "{w:#x}");
                assert_eq!(f64_convert_i32_s(w) as i128, i128::from(w), "{w:#x}");
            }
        }
        assert_eq!(f64_convert_i32_s(0).to_bits(), 0);
        assert_eq!(f32_convert_i64_u(0).to_bits(), 0);
    }

    #[test]
    fn floats_change_width() {
        for bits in [0x7ff0_0000_0000_0001u64, 0xfff8_0000_0000_0000, 0x7fff_ffff_ffff_ffff, u64::MAX] {
            assert_eq!(f32_demote_f64(f64::from_bits(bits)), 0x7fc0_0000);
        }
        for bits in [0x7f80_0001u32, 0xffc0_0000, 0x7fff_ffff, u32::MAX] {
            assert_eq!(f64_promote_f32(f32::from_bits(bits)), 0x7ff8_0000_0000_0000);
        }
        assert_eq!(f32_demote_f64(-0.0), 0x8000_0000);
        assert_eq!(f64_promote_f32(-0.0), 1 << 63);
        assert_eq!(f32_demote_f64(f64::MAX), f32::INFINITY.to_bits());
        assert_eq!(f32_demote_f64(f64::NEG_INFINITY), f32::NEG_INFINITY.to_bits());
        // A tie between MAX and 2^128 goes to the even one, its lower neighbour to MAX.
        let tie = f64::from_bits(0x47ef_ffff_f000_0000);
        assert_eq!(f32_demote_f64(tie), f32::INFINITY.to_bits());
        assert_eq!(f32_demote_f64(tie.next_down()), f32::MAX.to_bits());
        // Half of the least subnormal, and just above.
        let tie = f64::from_bits(0x3690_0000_0000_0000);
        assert_eq!(f32_demote_f64(tie), 0);
        assert_eq!(f32_demote_f64(tie.next_up()), 1);
        assert_eq!(f64_promote_f32(f32::from_bits(1)), 0x36a0_0000_0000_0000);
        assert_eq!(f32_demote_f64(1.0 + 0.5f64.powi(24)), 1.0f32.to_bits());
    }
}
