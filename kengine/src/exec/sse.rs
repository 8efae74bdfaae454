//! The float operators by SSE2 instructions, as assembly between integer registers.
//!
//! The kernel's code is compiled for soft-float, and `target_feature` on a function does not change that: `a + b`
//! stays a call into compiler-builtins. Only assembly gets at the float unit, and only inside of an FPU section, which
//! the caller of the run opens. The registers are named, because the compiler has no class of them on such a
//! target; where it has, they are declared as overwritten.
//!
//! Every function gives the bits that its namesake in [`super::float`] or [`super::convert`] gives; the tests below
//! compare them, and the float suites run in both forms. The float environment must be the default one: rounding
//! to nearest, subnormals kept, exceptions masked.

#[cfg(not(all(target_arch = "x86_64", not(miri))))]
pub(crate) use super::{convert::*, float::*};
#[cfg(all(target_arch = "x86_64", not(miri)))]
pub(crate) use x86::*;

#[cfg(all(target_arch = "x86_64", not(miri)))]
mod x86 {
    use super::super::float::{f32_canonical_bits as f32_canonical, f64_canonical_bits as f64_canonical};
    use crate::trap::TrapCode;

    /// Runs instructions on `a` and `b`, which stand in xmm0 and xmm1 at first; the result is in xmm0 at the end.
    macro_rules! sse {
        ($load:literal, $size:literal, $a:expr, $b:expr, $result:ty, $($instruction:expr),+ $(,)?) => {{
            let result: $result;
            // SAFETY: SSE2 is part of x86-64, and the registers are ours (in the kernel: the run is inside of an FPU
            // section). Nothing is touched but the registers named and flags in MXCSR.
            unsafe {
                core::arch::asm!(
                    concat!($load, " xmm0, {a", $size, "}"),
                    concat!($load, " xmm1, {b", $size, "}"),
                    $($instruction,)+
                    concat!($load, " {result", $size, "}, xmm0"),
                    a = in(reg) $a,
                    b = in(reg) $b,
                    result = lateout(reg) result,
                    out("xmm0") _,
                    out("xmm1") _,
                    out("xmm2") _,
                    out("xmm3") _,
                    options(pure, nomem, nostack),
                );
            }
            result
        }};
    }

    /// One instruction on two numbers; any NaN becomes the canonical one, by a jump that is hardly ever made, so
    /// that two operators in one handler still find registers enough.
    macro_rules! arithmetic {
        ($load:literal, $size:literal, $end:literal, $nan:literal, $a:expr, $b:expr, $result:ty, $instruction:literal) => {{
            let result: $result;
            // SAFETY: as above.
            unsafe {
                core::arch::asm!(
                    concat!($load, " xmm0, {a", $size, "}"),
                    concat!($load, " xmm1, {b", $size, "}"),
                    concat!($instruction, $end, " xmm0, xmm1"),
                    concat!("ucomis", $end, " xmm0, xmm0"),
                    concat!($load, " {result", $size, "}, xmm0"),
                    "jnp 2f",
                    concat!("mov {result", $size, "}, ", $nan),
                    "2:",
                    a = in(reg) $a,
                    b = in(reg) $b,
                    result = lateout(reg) result,
                    out("xmm0") _,
                    out("xmm1") _,
                    options(pure, nomem, nostack),
                );
            }
            result
        }};
    }

    /// Runs one instruction on `a`, which is read from one kind of register and written to another.
    macro_rules! convert {
        ($a:expr, $result:ty, $($instruction:expr),+ $(,)?) => {{
            let result: $result;
            // SAFETY: as above.
            unsafe {
                core::arch::asm!(
                    $($instruction,)+
                    a = in(reg) $a,
                    result = lateout(reg) result,
                    out("xmm0") _,
                    out("xmm1") _,
                    options(pure, nomem, nostack),
                );
            }
            result
        }};
    }

    /// Operators of one format: `$end` is the ending of its instructions, `$infinity_2` infinity's bits shifted left by one.
    macro_rules! format {
        ($bits:ty, $load:literal, $size:literal, $end:literal, $canonical:ident, nan: $nan:literal, infinity_2: $infinity_2:literal;
         $add:ident $sub:ident $mul:ident $div:ident $sqrt:ident $min:ident $max:ident
         $eq:ident $ne:ident $lt:ident $le:ident $is_nan:ident) => {
            /// `a + b`, rounded to nearest, ties to even.
            #[inline(always)]
            pub(crate) fn $add(a: $bits, b: $bits) -> $bits {
                arithmetic!($load, $size, $end, $nan, a, b, $bits, "adds")
            }

            /// `a - b`, rounded to nearest, ties to even.
            #[inline(always)]
            pub(crate) fn $sub(a: $bits, b: $bits) -> $bits {
                arithmetic!($load, $size, $end, $nan, a, b, $bits, "subs")
            }

            /// `a * b`, rounded to nearest, ties to even.
            #[inline(always)]
            pub(crate) fn $mul(a: $bits, b: $bits) -> $bits {
                arithmetic!($load, $size, $end, $nan, a, b, $bits, "muls")
            }

            /// `a / b`, rounded to nearest, ties to even.
            #[inline(always)]
            pub(crate) fn $div(a: $bits, b: $bits) -> $bits {
                arithmetic!($load, $size, $end, $nan, a, b, $bits, "divs")
            }

            /// Square root, correctly rounded; NaN below zero, -0 for -0.
            #[inline(always)]
            pub(crate) fn $sqrt(a: $bits) -> $bits {
                $canonical(convert!(
                    a,
                    $bits,
                    concat!($load, " xmm0, {a", $size, "}"),
                    concat!("sqrts", $end, " xmm0, xmm0"),
                    concat!($load, " {result", $size, "}, xmm0")
                ))
            }

            /// The lesser; -0 is less than +0, and NaN if either is.
            #[inline(always)]
            pub(crate) fn $min(a: $bits, b: $bits) -> $bits {
                // The instruction gives its second operand for zeros and NaNs: both orders, and `|` finds the minus.
                // A NaN stays one: all its exponent bits are set, and bits below.
                let least = sse!(
                    $load,
                    $size,
                    a,
                    b,
                    $bits,
                    "movaps xmm2, xmm0",
                    concat!("mins", $end, " xmm0, xmm1"),
                    concat!("mins", $end, " xmm1, xmm2"),
                    "orps xmm0, xmm1"
                );
                $canonical(least)
            }

            /// The greater; +0 is greater than -0, and NaN if either is.
            #[inline(always)]
            pub(crate) fn $max(a: $bits, b: $bits) -> $bits {
                // As above, and `&` keeps the minus only if both zeros have it; but it may make a number of a NaN, so the
                // comparison for those sets all bits.
                let greatest = sse!(
                    $load,
                    $size,
                    a,
                    b,
                    $bits,
                    "movaps xmm2, xmm0",
                    "movaps xmm3, xmm0",
                    concat!("cmpunords", $end, " xmm3, xmm1"),
                    concat!("maxs", $end, " xmm0, xmm1"),
                    concat!("maxs", $end, " xmm1, xmm2"),
                    "andps xmm0, xmm1",
                    "orps xmm0, xmm3"
                );
                $canonical(greatest)
            }

            /// `a == b`; false if either is NaN.
            #[inline(always)]
            pub(crate) fn $eq(a: $bits, b: $bits) -> bool {
                sse!($load, $size, a, b, $bits, concat!("cmpeqs", $end, " xmm0, xmm1")) & 1 != 0
            }

            /// `a != b`; true if either is NaN.
            #[inline(always)]
            pub(crate) fn $ne(a: $bits, b: $bits) -> bool {
                sse!($load, $size, a, b, $bits, concat!("cmpneqs", $end, " xmm0, xmm1")) & 1 != 0
            }

            /// `a < b`; false if either is NaN.
            #[inline(always)]
            pub(crate) fn $lt(a: $bits, b: $bits) -> bool {
                sse!($load, $size, a, b, $bits, concat!("cmplts", $end, " xmm0, xmm1")) & 1 != 0
            }

            /// `a <= b`; false if either is NaN.
            #[inline(always)]
            pub(crate) fn $le(a: $bits, b: $bits) -> bool {
                sse!($load, $size, a, b, $bits, concat!("cmples", $end, " xmm0, xmm1")) & 1 != 0
            }

            /// Whether `a` is a NaN.
            #[inline(always)]
            fn $is_nan(a: $bits) -> bool {
                // The sign shifted out, which takes no register for a mask.
                a << 1 > $infinity_2
            }
        };
    }

    format!(u32, "movd", ":e", "s", f32_canonical, nan: "0x7fc00000", infinity_2: 0xff00_0000;
        f32_add f32_sub f32_mul f32_div f32_sqrt f32_min f32_max f32_eq f32_ne f32_lt f32_le f32_is_nan);
    format!(u64, "movq", "", "d", f64_canonical, nan: "0x7ff8000000000000", infinity_2: 0xffe0_0000_0000_0000;
        f64_add f64_sub f64_mul f64_div f64_sqrt f64_min f64_max f64_eq f64_ne f64_lt f64_le f64_is_nan);

    /// Toward zero; `i64::MIN` for NaN and out of range.
    #[inline(always)]
    fn f32_to_i64(a: u32) -> i64 {
        convert!(a, i64, "movd xmm0, {a:e}", "cvttss2si {result}, xmm0")
    }

    /// Toward zero; `i64::MIN` for NaN and out of range.
    #[inline(always)]
    fn f64_to_i64(a: u64) -> i64 {
        convert!(a, i64, "movq xmm0, {a}", "cvttsd2si {result}, xmm0")
    }

    /// As [`f32_to_i64`], of `a - 2^63`.
    #[inline(always)]
    fn f32_less_to_i64(a: u32) -> i64 {
        convert!(
            a,
            i64,
            "movd xmm0, {a:e}",
            "mov {result:e}, 0x5f000000",
            "movd xmm1, {result:e}",
            "subss xmm0, xmm1",
            "cvttss2si {result}, xmm0"
        )
    }

    /// As [`f64_to_i64`], of `a - 2^63`.
    #[inline(always)]
    fn f64_less_to_i64(a: u64) -> i64 {
        convert!(
            a,
            i64,
            "movq xmm0, {a}",
            "movabs {result}, 0x43e0000000000000",
            "movq xmm1, {result}",
            "subsd xmm0, xmm1",
            "cvttsd2si {result}, xmm0"
        )
    }

    /// Truncations from one format. `$min` is the bits of -2^63.
    macro_rules! truncations {
        ($bits:ty, $to_i64:ident, $less_to_i64:ident, $is_nan:ident, min: $min:literal;
         $i32_s:ident $i32_u:ident $i64_s:ident $i64_u:ident
         $sat_i32_s:ident $sat_i32_u:ident $sat_i64_s:ident $sat_i64_u:ident) => {
            /// `a` toward zero. Traps on NaN and outside `(-2^31 - 1, 2^31)`.
            #[inline(always)]
            pub(crate) fn $i32_s(a: $bits) -> Result<i32, TrapCode> {
                i32::try_from($to_i64(a)).map_err(|_| fault($is_nan(a)))
            }

            /// `a` toward zero. Traps on NaN and outside `(-1, 2^32)`.
            #[inline(always)]
            pub(crate) fn $i32_u(a: $bits) -> Result<u32, TrapCode> {
                u32::try_from($to_i64(a)).map_err(|_| fault($is_nan(a)))
            }

            /// `a` toward zero. Traps on NaN and outside `[-2^63, 2^63)`.
            #[inline(always)]
            pub(crate) fn $i64_s(a: $bits) -> Result<i64, TrapCode> {
                let value = $to_i64(a);
                if value == i64::MIN {
                    crate::exec::apart();
                    if a != $min {
                        return Err(fault($is_nan(a)));
                    }
                }
                Ok(value)
            }

            /// `a` toward zero. Traps on NaN and outside `(-1, 2^64)`.
            #[inline(always)]
            pub(crate) fn $i64_u(a: $bits) -> Result<u64, TrapCode> {
                let value = $to_i64(a);
                if value >= 0 {
                    return Ok(value.cast_unsigned());
                }
                // The upper half, brought into range; what is still out of it, or was too low, comes out negative.
                let value = $less_to_i64(a);
                if value >= 0 { Ok(value.cast_unsigned() | 1 << 63) } else { Err(fault($is_nan(a))) }
            }

            truncations!(@saturating $bits; $sat_i32_s $i32_s i32; $sat_i32_u $i32_u u32; $sat_i64_s $i64_s i64; $sat_i64_u $i64_u u64);
        };
        (@saturating $bits:ty; $($name:ident $trapping:ident $int:ident);+) => { $(
            /// `a` toward zero, the nearest number if it is out of range, 0 for NaN.
            #[inline(always)]
            pub(crate) fn $name(a: $bits) -> $int {
                match $trapping(a) {
                    Ok(value) => value,
                    Err(TrapCode::InvalidConversionToInteger) => 0,
                    Err(_) if a >> (<$bits>::BITS - 1) != 0 => $int::MIN,
                    Err(_) => $int::MAX,
                }
            }
        )+ };
    }

    /// Why a truncation traps.
    #[inline(always)]
    fn fault(is_nan: bool) -> TrapCode {
        if is_nan { TrapCode::InvalidConversionToInteger } else { TrapCode::IntegerOverflow }
    }

    truncations!(u32, f32_to_i64, f32_less_to_i64, f32_is_nan, min: 0xdf00_0000;
        i32_trunc_f32_s i32_trunc_f32_u i64_trunc_f32_s i64_trunc_f32_u
        i32_trunc_sat_f32_s i32_trunc_sat_f32_u i64_trunc_sat_f32_s i64_trunc_sat_f32_u);
    truncations!(u64, f64_to_i64, f64_less_to_i64, f64_is_nan, min: 0xc3e0_0000_0000_0000;
        i32_trunc_f64_s i32_trunc_f64_u i64_trunc_f64_s i64_trunc_f64_u
        i32_trunc_sat_f64_s i32_trunc_sat_f64_u i64_trunc_sat_f64_s i64_trunc_sat_f64_u);

    /// The nearest f32, ties to even.
    #[inline(always)]
    pub(crate) fn f32_convert_i64_s(a: i64) -> u32 {
        convert!(a, u32, "xorps xmm0, xmm0", "cvtsi2ss xmm0, {a}", "movd {result:e}, xmm0")
    }

    /// The nearest f64, ties to even.
    #[inline(always)]
    pub(crate) fn f64_convert_i64_s(a: i64) -> u64 {
        convert!(a, u64, "xorps xmm0, xmm0", "cvtsi2sd xmm0, {a}", "movq {result}, xmm0")
    }

    /// The nearest f32, ties to even.
    #[inline(always)]
    pub(crate) fn f32_convert_i32_s(a: i32) -> u32 {
        f32_convert_i64_s(a.into())
    }

    /// The nearest f32, ties to even.
    #[inline(always)]
    pub(crate) fn f32_convert_i32_u(a: u32) -> u32 {
        f32_convert_i64_s(a.into())
    }

    /// The same number.
    #[inline(always)]
    pub(crate) fn f64_convert_i32_s(a: i32) -> u64 {
        f64_convert_i64_s(a.into())
    }

    /// The same number.
    #[inline(always)]
    pub(crate) fn f64_convert_i32_u(a: u32) -> u64 {
        f64_convert_i64_s(a.into())
    }

    /// Half of `a`; the bit that falls off stays as a mark that the rest is not zero, so that rounding to fewer
    /// bits comes out as if it were still there.
    #[inline(always)]
    fn half(a: u64) -> i64 {
        (a >> 1 | a & 1).cast_signed()
    }

    /// The nearest f32, ties to even.
    #[inline(always)]
    pub(crate) fn f32_convert_i64_u(a: u64) -> u32 {
        let signed = a.cast_signed();
        if signed >= 0 {
            return f32_convert_i64_s(signed);
        }
        let half = f32_convert_i64_s(half(a));
        f32_add(half, half)
    }

    /// The nearest f64, ties to even.
    #[inline(always)]
    pub(crate) fn f64_convert_i64_u(a: u64) -> u64 {
        let signed = a.cast_signed();
        if signed >= 0 {
            return f64_convert_i64_s(signed);
        }
        let half = f64_convert_i64_s(half(a));
        f64_add(half, half)
    }

    /// Bits of the nearest f32, ties to even; the canonical NaN for any NaN.
    #[inline(always)]
    pub(crate) fn f32_demote_f64(a: u64) -> u32 {
        f32_canonical(convert!(a, u32, "movq xmm0, {a}", "cvtsd2ss xmm0, xmm0", "movd {result:e}, xmm0"))
    }

    /// Bits of the same number; the canonical NaN for any NaN.
    #[inline(always)]
    pub(crate) fn f64_promote_f32(a: u32) -> u64 {
        f64_canonical(convert!(a, u64, "movd xmm0, {a:e}", "cvtss2sd xmm0, xmm0", "movq {result}, xmm0"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{convert, float, value::Value};
    use crate::trap::TrapCode;
    use proptest::prelude::*;

    /// What an operator leaves in its slot, or its trap.
    trait Outcome {
        fn slot(self) -> Result<u64, TrapCode>;
    }
    impl<T: Value> Outcome for T {
        fn slot(self) -> Result<u64, TrapCode> {
            Ok(self.to_slot())
        }
    }

    /// Bits at which something changes, in either format, and any bits.
    fn bits() -> impl Strategy<Value = u64> {
        let specials = prop::sample::select(std::vec![
            0u64,
            1,
            0x7f80_0000,
            0x7f80_0001,
            0x7fc0_0000,
            0x7fff_ffff,
            0x0080_0000,
            0x007f_ffff,
            0x3f80_0000,
            0x4f00_0000,
            0x4f80_0000,
            0x5f00_0000,
            0x5f80_0000,
            0x000f_ffff_ffff_ffff,
            0x0010_0000_0000_0000,
            0x3ff0_0000_0000_0000,
            0x41e0_0000_0000_0000,
            0x41f0_0000_0000_0000,
            0x43e0_0000_0000_0000,
            0x43f0_0000_0000_0000,
            0x7fef_ffff_ffff_ffff,
            0x7ff0_0000_0000_0000,
            0x7ff0_0000_0000_0001,
            0x7ff8_0000_0000_0000,
            0x7fff_ffff_ffff_ffff,
        ]);
        let near = (specials, -2i64..3, any::<bool>(), any::<bool>()).prop_map(|(bits, by, sign32, sign64)| {
            bits.wrapping_add_signed(by) ^ u64::from(sign32) << 31 ^ u64::from(sign64) << 63
        });
        // Numbers around the limits of the integers, in both formats.
        let number = (any::<i64>(), 0u32..64, -3i32..4).prop_flat_map(|(int, shift, by)| {
            let number = (int >> shift) as f64 + f64::from(by) * 0.25;
            prop_oneof![Just(number.to_bits()), Just(u64::from((number as f32).to_bits()))]
        });
        prop_oneof![3 => near, 2 => number, 2 => any::<u64>(), 1 => any::<u32>().prop_map(u64::from)]
    }

    macro_rules! same {
        ($a:ident, $b:ident: $($module:ident: $($binary:ident)* | $($unary:ident)*;)*) => { $(
            $(
                let want = $module::$binary(Value::from_slot($a), Value::from_slot($b)).slot();
                let got = super::$binary(Value::from_slot($a), Value::from_slot($b)).slot();
                prop_assert_eq!(want, got, "{} of {:#x} and {:#x}", stringify!($binary), $a, $b);
            )*
            $(
                let want = $module::$unary(Value::from_slot($a)).slot();
                let got = super::$unary(Value::from_slot($a)).slot();
                prop_assert_eq!(want, got, "{} of {:#x}", stringify!($unary), $a);
            )*
        )* };
    }

    macro_rules! same_trapping {
        ($a:ident: $($name:ident)*) => { $(
            let want = convert::$name(Value::from_slot($a)).map(Value::to_slot);
            let got = super::$name(Value::from_slot($a)).map(Value::to_slot);
            prop_assert_eq!(want, got, "{} of {:#x}", stringify!($name), $a);
        )* };
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 100 } else { 200_000 }))]

        #[test]
        fn as_the_compiler_computes(a in bits(), b in bits()) {
            same! { a, b:
                float: f32_add f32_sub f32_mul f32_div f32_min f32_max f32_eq f32_ne f32_lt f32_le
                    f64_add f64_sub f64_mul f64_div f64_min f64_max f64_eq f64_ne f64_lt f64_le | f32_sqrt f64_sqrt;
                convert: | i32_trunc_sat_f32_s i32_trunc_sat_f32_u i32_trunc_sat_f64_s i32_trunc_sat_f64_u
                    i64_trunc_sat_f32_s i64_trunc_sat_f32_u i64_trunc_sat_f64_s i64_trunc_sat_f64_u
                    f32_convert_i32_s f32_convert_i32_u f32_convert_i64_s f32_convert_i64_u
                    f64_convert_i32_s f64_convert_i32_u f64_convert_i64_s f64_convert_i64_u
                    f32_demote_f64 f64_promote_f32;
            }
            same_trapping! { a:
                i32_trunc_f32_s i32_trunc_f32_u i32_trunc_f64_s i32_trunc_f64_u
                i64_trunc_f32_s i64_trunc_f32_u i64_trunc_f64_s i64_trunc_f64_u
            }
        }
    }
}
