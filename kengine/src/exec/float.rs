//! Float operators of wasm, one function each, named as in the specification
//! (WebAssembly core specification, "Floating-Point Operations": fadd, fmin, fnearest, …).
//!
//! **NaN.** The specification leaves open which NaN an arithmetic operator gives; we follow its
//! *deterministic profile*: always the canonical one, positive and quiet with an empty payload.
//! So the SSE unit, the kernel's FPU and soft-float give the same bits. `abs`, `neg` and
//! `copysign` are not arithmetic: they touch the sign bit alone, of a NaN too.
//!
//! **Bits out.** A float result is given as its bits: the NaN is then chosen in integer registers,
//! where the slot's value goes anyway, and no float-typed choice is left for LLVM to reason about.
//! Operators that need no arithmetic (`abs neg copysign ceil floor trunc nearest`) take bits too,
//! and touch no float register.
//!
//! **No library calls.** `core` has no `floor` or `sqrt`. Rounding works on the bits: cheap, free
//! of the rounding mode, and the same on every target. `sqrt` is the SSE2 instruction where the
//! target has it and digit-by-digit elsewhere. The other operators of a soft-float target are calls
//! into compiler-builtins, unless the program is linked to [`super::sse`].

use super::value::pure;

/// What depends on the format: `double` for f64, `single` for f32.
///
/// `$fraction_bits` is the number of stored significand bits; exponent and bias follow from it.
macro_rules! float_format {
    ($module:ident: $float:ty, $bits:ty, fraction: $fraction_bits:literal) => {
        mod $module {
            const SIGN: $bits = 1 << (<$bits>::BITS - 1);
            const FRACTION: $bits = (1 << $fraction_bits) - 1;
            const INFINITY: $bits = !SIGN & !FRACTION;
            /// Significand with its implicit leading one.
            const IMPLICIT: $bits = 1 << $fraction_bits;
            /// Exponent field of 1.0.
            const BIAS: $bits = (INFINITY >> $fraction_bits) >> 1;
            const ONE: $bits = BIAS << $fraction_bits;
            const HALF: $bits = ONE - IMPLICIT;
            /// From here on every number is whole.
            const WHOLE: $bits = (BIAS + $fraction_bits) << $fraction_bits;
            const CANONICAL_NAN: $bits = INFINITY | 1 << ($fraction_bits - 1);

            /// The bits of `a`, or of the canonical NaN in the place of any NaN.
            #[inline(always)]
            pub(in super::super) fn canonical(a: $float) -> $bits {
                let bits = a.to_bits();
                // One compare where there is a float unit, and no call where there is none.
                choose(if cfg!(target_feature = "sse2") { a.is_nan() } else { bits & !SIGN > INFINITY }, bits)
            }

            /// `a`, or the canonical NaN in the place of any NaN.
            #[inline(always)]
            pub(in super::super) fn canonical_float(a: $float) -> $float {
                if cfg!(target_feature = "sse2") {
                    if a.is_nan() {
                        crate::exec::apart();
                        return <$float>::from_bits(CANONICAL_NAN);
                    }
                    return a;
                }
                <$float>::from_bits(canonical(a))
            }

            /// `bits`, or those of the canonical NaN in the place of any NaN; by integers alone.
            #[inline(always)]
            pub(in super::super) fn canonical_bits(bits: $bits) -> $bits {
                choose(bits & !SIGN > INFINITY, bits)
            }

            #[inline(always)]
            fn choose(is_nan: bool, bits: $bits) -> $bits {
                if is_nan {
                    // A predicted branch: a conditional move would put its latency on every chain.
                    crate::exec::apart();
                    CANONICAL_NAN
                } else {
                    bits
                }
            }

            /// The lesser; -0 is less than +0, and NaN if either is.
            #[inline(always)]
            pub(super) fn min(a: $float, b: $float) -> $bits {
                // Both orders agree unless the operands are zeros of either sign, where each gives
                // its own second operand and `|` finds the minus, or one is NaN.
                let ab = if a < b { a } else { b };
                let ba = if b < a { b } else { a };
                nan_or(a, b, ab.to_bits() | ba.to_bits())
            }

            /// The greater; +0 is greater than -0, and NaN if either is.
            #[inline(always)]
            pub(super) fn max(a: $float, b: $float) -> $bits {
                // As `min`, and `&` keeps the minus only if both zeros have it.
                let ab = if a > b { a } else { b };
                let ba = if b > a { b } else { a };
                nan_or(a, b, ab.to_bits() & ba.to_bits())
            }

            /// `bits`, or the canonical NaN if `a` or `b` is NaN.
            #[inline(always)]
            fn nan_or(a: $float, b: $float, bits: $bits) -> $bits {
                if a.is_nan() || b.is_nan() { CANONICAL_NAN } else { bits }
            }

            /// `magnitude` with the sign bit of `sign`.
            #[inline(always)]
            pub(super) fn copysign(magnitude: $bits, sign: $bits) -> $bits {
                magnitude & !SIGN | sign & SIGN
            }

            /// `a` with the sign bit cleared.
            #[inline(always)]
            pub(super) fn abs(a: $bits) -> $bits {
                a & !SIGN
            }

            /// `a` with the sign bit flipped.
            #[inline(always)]
            pub(super) fn neg(a: $bits) -> $bits {
                a ^ SIGN
            }

            /// Rounded up.
            #[inline(always)]
            pub(super) fn ceil(a: $bits) -> $bits {
                whole(a, a & SIGN == 0)
            }

            /// Rounded down.
            #[inline(always)]
            pub(super) fn floor(a: $bits) -> $bits {
                whole(a, a & SIGN != 0)
            }

            /// Rounded toward zero.
            #[inline(always)]
            pub(super) fn trunc(a: $bits) -> $bits {
                whole(a, false)
            }

            /// Rounded away from zero if `outward`, else toward zero; the sign stays, at zero too.
            #[inline(always)]
            fn whole(a: $bits, outward: bool) -> $bits {
                let magnitude = a & !SIGN;
                if magnitude >= WHOLE {
                    whole_or_nan(a)
                } else if magnitude >= ONE {
                    // The bits below the point. Adding them carries into the whole part unless
                    // they are all zero, and from there into the exponent as it should:
                    // 3.5 = 0x400c_0000… + 0x0007_ffff… -> 0x4010_0000… = 4.0.
                    let below = below_point(magnitude);
                    a.wrapping_add(if outward { below } else { 0 }) & !below
                } else {
                    a & SIGN | if outward && magnitude != 0 { ONE } else { 0 }
                }
            }

            /// Rounded to the nearest whole number, ties to the even one.
            #[inline(always)]
            pub(super) fn nearest(a: $bits) -> $bits {
                let magnitude = a & !SIGN;
                if magnitude >= WHOLE {
                    whole_or_nan(a)
                } else if magnitude >= ONE {
                    // Just under one half, plus the unit bit: a tie carries if the whole part is
                    // odd. In [1, 2) that bit is the exponent's lowest, which is set, as is the
                    // implicit one.
                    let below = below_point(magnitude);
                    let odd = a & below.wrapping_add(1) != 0;
                    a.wrapping_add(below >> 1).wrapping_add(<$bits>::from(odd)) & !below
                } else {
                    a & SIGN | if magnitude > HALF { ONE } else { 0 }
                }
            }

            /// Mask of the significand bits below the point, for a magnitude in `[ONE, WHOLE)`.
            #[inline(always)]
            fn below_point(magnitude: $bits) -> $bits {
                // CAST: an exponent has at most 11 bits. The count is in [0, fraction bits).
                let exponent = (magnitude >> $fraction_bits).wrapping_sub(BIAS) as u32;
                FRACTION.wrapping_shr(exponent)
            }

            /// What rounding does to a magnitude of `WHOLE` or more: nothing, save for NaN.
            #[inline(always)]
            fn whole_or_nan(a: $bits) -> $bits {
                if a & !SIGN > INFINITY { CANONICAL_NAN } else { a }
            }

            /// Square root, correctly rounded, without a float unit. Restoring, two digits of the
            /// radicand to each digit of the root, as by hand.
            ///
            /// With `P` significand bits (53 for f64) and `a = m * 2^(e - (P - 1))`, `e` even and
            /// `m` in `[2^(P-1), 2^(P+1))`, it takes the first `P + 1` bits of the root, which is
            /// one more than the result holds: `root = floor(sqrt(m * 2^(P + 1)))`. That last bit
            /// alone decides the rounding, for there are no ties: an odd `root` is the square root
            /// of no even number.
            #[cfg(any(test, not(all(target_arch = "x86_64", target_feature = "sse2", not(miri)))))]
            #[inline]
            pub(super) fn sqrt_soft(a: $float) -> $bits {
                let bits = a.to_bits();
                let magnitude = bits & !SIGN;
                if magnitude == 0 || bits == INFINITY {
                    return bits;
                }
                if bits > INFINITY {
                    return CANONICAL_NAN; // Less than zero, or NaN.
                }
                const DIGITS: u32 = $fraction_bits + 2;
                const UNUSED_BITS: u32 = <$bits>::BITS - DIGITS;
                const SIGN_AND_EXPONENT_BITS: u32 = UNUSED_BITS + 1;
                const TOP_PAIR: u32 = <$bits>::BITS - 2;
                const BIAS_LESS_1: i32 = BIAS as i32 - 1;
                // Biased exponent, which may go below zero here, and the significand.
                // CAST: an exponent has at most 11 bits, a count of zeros at most 6.
                let mut exponent = (bits >> $fraction_bits) as i32;
                let mut m = bits & FRACTION;
                if exponent == 0 {
                    let shift = m.leading_zeros().wrapping_sub(SIGN_AND_EXPONENT_BITS);
                    m = m.wrapping_shl(shift);
                    exponent = 1i32.wrapping_sub(shift as i32);
                } else {
                    m |= IMPLICIT;
                }
                // The bias is odd: an even field is an odd exponent.
                if exponent & 1 == 0 {
                    m <<= 1;
                    exponent = exponent.wrapping_sub(1);
                }
                // `m` with its highest pair of digits at the top of the word.
                m = m.wrapping_shl(UNUSED_BITS);
                // remainder <= 2 * root, so both fit with room to spare.
                let (mut root, mut remainder): ($bits, $bits) = (0, 0);
                for _ in 0..DIGITS {
                    remainder = remainder << 2 | m >> TOP_PAIR;
                    m <<= 2;
                    let trial = root << 2 | 1;
                    root <<= 1;
                    if remainder >= trial {
                        remainder = remainder.wrapping_sub(trial);
                        root |= 1;
                    }
                }
                // Rounded, `root` has its implicit one, which adds one to the exponent field; so
                // it does if the rounding carried.
                // CAST: both exponents are in [0, 2 * BIAS].
                let half_exponent = (exponent.wrapping_sub(BIAS as i32) >> 1).wrapping_add(BIAS_LESS_1);
                ((half_exponent as $bits) << $fraction_bits).wrapping_add(root.wrapping_add(1) >> 1)
            }
        }
    };
}

float_format!(single: f32, u32, fraction: 23);
float_format!(double: f64, u64, fraction: 52);

pub(super) use double::{
    canonical as f64_canonical, canonical_bits as f64_canonical_bits, canonical_float as f64_canonical_float,
};
pub(super) use single::{
    canonical as f32_canonical, canonical_bits as f32_canonical_bits, canonical_float as f32_canonical_float,
};

/// `sqrt` by the SSE2 instruction, as opaque assembly.
///
/// Not by `_mm_sqrt_sd`: LLVM knows that one, and folds `x < 0 or NaN ? NaN : sqrt(x)` into
/// `sqrt(x)` as if all NaNs were one (rustc 1.95). The negative NaN that x86 gives would get out;
/// `edges_agree_with_std` shows it.
macro_rules! sqrt_sse2 {
    ($name:ident($float:ty) -> $bits:ty = $instruction:literal, $canonical:ident) => {
        #[cfg(all(target_arch = "x86_64", target_feature = "sse2", not(miri)))]
        #[inline(always)]
        fn $name(a: $float) -> $bits {
            let root: $float;
            // SAFETY: `cfg` says that the whole build may use SSE2, and the instruction reads and
            // writes nothing but the two registers and flags.
            unsafe {
                core::arch::asm!(
                    concat!($instruction, " {root}, {a}"),
                    a = in(xmm_reg) a,
                    root = lateout(xmm_reg) root,
                    options(pure, nomem, nostack), // It sets exception flags in MXCSR.
                );
            }
            $canonical(root)
        }
    };
}

sqrt_sse2!(sqrt_f32(f32) -> u32 = "sqrtss", f32_canonical);
sqrt_sse2!(sqrt_f64(f64) -> u64 = "sqrtsd", f64_canonical);

#[cfg(not(all(target_arch = "x86_64", target_feature = "sse2", not(miri))))]
use {double::sqrt_soft as sqrt_f64, single::sqrt_soft as sqrt_f32};

// --- f32 -----------------------------------------------------------------------------------------

pure! {
    /// `a + b`, rounded to nearest, ties to even.
    f32_add(a: f32, b: f32) -> f32 = f32_canonical_float(a + b);
    /// `a - b`, rounded to nearest, ties to even.
    f32_sub(a: f32, b: f32) -> f32 = f32_canonical_float(a - b);
    /// `a * b`, rounded to nearest, ties to even.
    f32_mul(a: f32, b: f32) -> f32 = f32_canonical_float(a * b);
    /// `a / b`, rounded to nearest, ties to even.
    f32_div(a: f32, b: f32) -> f32 = f32_canonical_float(a / b);
    /// The lesser; -0 is less than +0, and NaN if either is.
    f32_min(a: f32, b: f32) -> u32 = single::min(a, b);
    /// The greater; +0 is greater than -0, and NaN if either is.
    f32_max(a: f32, b: f32) -> u32 = single::max(a, b);
    /// Bits of `a` with the sign bit of `b`.
    f32_copysign(a: u32, b: u32) -> u32 = single::copysign(a, b);
    /// Bits of `a` with the sign bit cleared.
    f32_abs(a: u32) -> u32 = single::abs(a);
    /// Bits of `a` with the sign bit flipped.
    f32_neg(a: u32) -> u32 = single::neg(a);
    /// Rounded up.
    f32_ceil(a: u32) -> u32 = single::ceil(a);
    /// Rounded down.
    f32_floor(a: u32) -> u32 = single::floor(a);
    /// Rounded toward zero.
    f32_trunc(a: u32) -> u32 = single::trunc(a);
    /// Rounded to the nearest whole number, ties to the even one.
    f32_nearest(a: u32) -> u32 = single::nearest(a);
    /// Square root, correctly rounded; NaN below zero, -0 for -0.
    f32_sqrt(a: f32) -> u32 = sqrt_f32(a);
    /// `a == b`; false if either is NaN.
    f32_eq(a: f32, b: f32) -> bool = a == b;
    /// `a != b`; true if either is NaN.
    f32_ne(a: f32, b: f32) -> bool = a != b;
    /// `a < b`; false if either is NaN.
    f32_lt(a: f32, b: f32) -> bool = a < b;
    /// `a <= b`; false if either is NaN.
    f32_le(a: f32, b: f32) -> bool = a <= b;
}

// --- f64 -----------------------------------------------------------------------------------------

pure! {
    /// `a + b`, rounded to nearest, ties to even.
    f64_add(a: f64, b: f64) -> f64 = f64_canonical_float(a + b);
    /// `a - b`, rounded to nearest, ties to even.
    f64_sub(a: f64, b: f64) -> f64 = f64_canonical_float(a - b);
    /// `a * b`, rounded to nearest, ties to even.
    f64_mul(a: f64, b: f64) -> f64 = f64_canonical_float(a * b);
    /// `a / b`, rounded to nearest, ties to even.
    f64_div(a: f64, b: f64) -> f64 = f64_canonical_float(a / b);
    /// The lesser; -0 is less than +0, and NaN if either is.
    f64_min(a: f64, b: f64) -> u64 = double::min(a, b);
    /// The greater; +0 is greater than -0, and NaN if either is.
    f64_max(a: f64, b: f64) -> u64 = double::max(a, b);
    /// Bits of `a` with the sign bit of `b`.
    f64_copysign(a: u64, b: u64) -> u64 = double::copysign(a, b);
    /// Bits of `a` with the sign bit cleared.
    f64_abs(a: u64) -> u64 = double::abs(a);
    /// Bits of `a` with the sign bit flipped.
    f64_neg(a: u64) -> u64 = double::neg(a);
    /// Rounded up.
    f64_ceil(a: u64) -> u64 = double::ceil(a);
    /// Rounded down.
    f64_floor(a: u64) -> u64 = double::floor(a);
    /// Rounded toward zero.
    f64_trunc(a: u64) -> u64 = double::trunc(a);
    /// Rounded to the nearest whole number, ties to the even one.
    f64_nearest(a: u64) -> u64 = double::nearest(a);
    /// Square root, correctly rounded; NaN below zero, -0 for -0.
    f64_sqrt(a: f64) -> u64 = sqrt_f64(a);
    /// `a == b`; false if either is NaN.
    f64_eq(a: f64, b: f64) -> bool = a == b;
    /// `a != b`; true if either is NaN.
    f64_ne(a: f64, b: f64) -> bool = a != b;
    /// `a < b`; false if either is NaN.
    f64_lt(a: f64, b: f64) -> bool = a < b;
    /// `a <= b`; false if either is NaN.
    f64_le(a: f64, b: f64) -> bool = a <= b;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SplitMix64 (Steele, Lea, Flood 2014): enough to draw bit patterns.
    struct Random(u64);

    impl Random {
        fn next(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ z >> 31
        }
    }

    /// The same tests for both formats; `$near` is the range of exponent fields in which rounding
    /// has work to do.
    macro_rules! tests {
        ($module:ident: $float:ident, $bits:ty, fraction: $fraction_bits:literal, bias: $bias:literal, nan: $nan:literal,
         $add:ident $sub:ident $mul:ident $div:ident $min:ident $max:ident $copysign:ident $abs:ident $neg:ident
         $ceil:ident $floor:ident $trunc:ident $nearest:ident $sqrt:ident
         $eq:ident $ne:ident $lt:ident $le:ident) => {
            mod $module {
                use super::*;

                const SIGN: $bits = 1 << (<$bits>::BITS - 1);
                const NAN: $bits = $nan;

                /// Numbers at which something changes, both signs, with their neighbours.
                fn edges() -> std::vec::Vec<$float> {
                    let mut all = std::vec::Vec::new();
                    let mut powers = std::vec::Vec::new();
                    for exponent in 0..2 * $bias + 1 {
                        let power: $bits = exponent << $fraction_bits;
                        powers.extend([power, power | 1 << ($fraction_bits - 1)]);
                    }
                    for half in 0..64u8 {
                        powers.push(($float::from(half) * 0.5).to_bits());
                    }
                    powers.extend([0, 1, $float::MAX.to_bits(), $float::INFINITY.to_bits()]);
                    powers.extend([$float::INFINITY.to_bits() + 1, NAN, NAN + 1, SIGN - 1]);
                    for bits in powers {
                        for near in [bits.wrapping_sub(1), bits, bits.wrapping_add(1)] {
                            all.extend([$float::from_bits(near & !SIGN), $float::from_bits(near | SIGN)]);
                        }
                    }
                    all
                }

                /// The number's bits with every NaN made canonical: what an operator must give.
                fn want(a: $float) -> $bits {
                    // LLVM must not know where `a` comes from; see `sqrt_sse2`.
                    let a = core::hint::black_box(a);
                    if a.is_nan() { NAN } else { a.to_bits() }
                }

                fn check_unary(a: $float) {
                    assert_eq!($ceil(a.to_bits()), want(a.ceil()), "ceil {a:e}");
                    assert_eq!($floor(a.to_bits()), want(a.floor()), "floor {a:e}");
                    assert_eq!($trunc(a.to_bits()), want(a.trunc()), "trunc {a:e}");
                    assert_eq!($nearest(a.to_bits()), want(a.round_ties_even()), "nearest {a:e}");
                    assert_eq!($sqrt(a), want(a.sqrt()), "sqrt {a:e}");
                    assert_eq!($abs(a.to_bits()), a.to_bits() & !SIGN);
                    assert_eq!($neg(a.to_bits()), a.to_bits() ^ SIGN);
                }

                fn check_soft_sqrt(a: $float) {
                    assert_eq!(super::super::$module::sqrt_soft(a), want(a.sqrt()), "{a:e}");
                }

                fn check_binary(a: $float, b: $float) {
                    use crate::exec::value::Value as _;
                    assert_eq!($add(a, b).to_slot(), want(a + b).to_slot(), "{a:e} + {b:e}");
                    assert_eq!($sub(a, b).to_slot(), want(a - b).to_slot(), "{a:e} - {b:e}");
                    assert_eq!($mul(a, b).to_slot(), want(a * b).to_slot(), "{a:e} * {b:e}");
                    assert_eq!($div(a, b).to_slot(), want(a / b).to_slot(), "{a:e} / {b:e}");
                    let (less, greater) = match a.partial_cmp(&b) {
                        None => (NAN, NAN),
                        Some(core::cmp::Ordering::Less) => (a.to_bits(), b.to_bits()),
                        Some(core::cmp::Ordering::Greater) => (b.to_bits(), a.to_bits()),
                        Some(core::cmp::Ordering::Equal) if a.is_sign_negative() => (a.to_bits(), b.to_bits()),
                        Some(core::cmp::Ordering::Equal) => (b.to_bits(), a.to_bits()),
                    };
                    assert_eq!($min(a, b), less, "min {a:e} {b:e}");
                    assert_eq!($max(a, b), greater, "max {a:e} {b:e}");
                    let sign = $copysign(a.to_bits(), b.to_bits());
                    assert_eq!(sign, a.to_bits() & !SIGN | b.to_bits() & SIGN);
                    assert_eq!(($eq(a, b), $ne(a, b)), (a == b, a != b));
                    assert_eq!(($lt(a, b), $le(a, b)), (a < b, a <= b));
                }

                #[test]
                fn edges_agree_with_std() {
                    let edges = edges();
                    for &a in &edges {
                        check_unary(a);
                        check_soft_sqrt(a);
                    }
                    for (i, &a) in edges.iter().enumerate() {
                        for &b in edges.iter().skip(i % 29).step_by(29) {
                            check_binary(a, b);
                        }
                    }
                }

                #[test]
                fn specials_agree_with_std() {
                    let zero: $bits = 0;
                    let infinity = $float::INFINITY.to_bits();
                    let one = (1.0 as $float).to_bits();
                    let all = [zero, 1, one, infinity, infinity + 1, NAN, NAN + 1, SIGN - 1];
                    for a in all.into_iter().chain(all.map(|a| a | SIGN)) {
                        for b in all.into_iter().chain(all.map(|b| b | SIGN)) {
                            check_binary($float::from_bits(a), $float::from_bits(b));
                        }
                    }
                    let none = crate::exec::value::Value::to_slot($sub($float::INFINITY, $float::INFINITY));
                    assert_eq!(none, u64::from(NAN));
                    assert_eq!($sqrt(-1.0), NAN);
                    assert_eq!($sqrt(-0.0), SIGN);
                    assert_eq!($min(0.0, -0.0), SIGN);
                    assert_eq!($max(-0.0, 0.0), 0);
                }

                #[test]
                fn random_bits_agree_with_std() {
                    let mut random = Random($bias);
                    for _ in 0..if cfg!(miri) { 1_000 } else { 1_000_000 } {
                        let (a, b) = (random.next() as $bits, random.next() as $bits);
                        check_unary($float::from_bits(a));
                        check_binary($float::from_bits(a), $float::from_bits(b));
                        // Exponents from 2^-2 to past the last fraction, where rounding has work.
                        let exponent = $bias - 2 + b % ($fraction_bits + 4);
                        let near = a & !($float::INFINITY.to_bits()) | exponent << $fraction_bits;
                        check_unary($float::from_bits(near));
                        check_binary($float::from_bits(near), $float::from_bits(near ^ b & 7));
                    }
                }

                #[test]
                fn soft_sqrt_agrees_with_hardware() {
                    let mut random = Random(!$bias);
                    for _ in 0..if cfg!(miri) { 1_000 } else { 1_000_000 } {
                        let a = random.next() as $bits;
                        check_soft_sqrt($float::from_bits(a & !SIGN));
                        // Subnormal, and next to a square, where rounding is closest.
                        check_soft_sqrt($float::from_bits(a & ((1 << $fraction_bits) - 1)));
                        let square = $float::from_bits(a & !SIGN) * $float::from_bits(a & !SIGN);
                        check_soft_sqrt($float::from_bits(square.to_bits().wrapping_sub(1)));
                        check_soft_sqrt(square);
                        check_soft_sqrt($float::from_bits(square.to_bits().wrapping_add(1)));
                    }
                }
            }
        };
    }

    tests!(single: f32, u32, fraction: 23, bias: 127, nan: 0x7fc0_0000,
        f32_add f32_sub f32_mul f32_div f32_min f32_max f32_copysign f32_abs f32_neg
        f32_ceil f32_floor f32_trunc f32_nearest f32_sqrt f32_eq f32_ne f32_lt f32_le);
    tests!(double: f64, u64, fraction: 52, bias: 1023, nan: 0x7ff8_0000_0000_0000,
        f64_add f64_sub f64_mul f64_div f64_min f64_max f64_copysign f64_abs f64_neg
        f64_ceil f64_floor f64_trunc f64_nearest f64_sqrt f64_eq f64_ne f64_lt f64_le);
}
