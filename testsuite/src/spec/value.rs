//! Values of scripts as slots, and results compared with what a script expects.
//!
//! 32-bit values stand zero-extended, floats as their bits. Null is 0; the script's `ref.extern n`
//! is n + 1.

use wast::{
    WastArg, WastRet,
    core::{NanPattern, WastArgCore, WastRetCore},
};

/// The slot of an argument; `None` for types that Cervus does not have.
pub fn slot(arg: &WastArg<'_>) -> Option<u64> {
    Some(match arg {
        WastArg::Core(WastArgCore::I32(value)) => u64::from(value.cast_unsigned()),
        WastArg::Core(WastArgCore::I64(value)) => value.cast_unsigned(),
        WastArg::Core(WastArgCore::F32(value)) => u64::from(value.bits),
        WastArg::Core(WastArgCore::F64(value)) => value.bits,
        WastArg::Core(WastArgCore::RefNull(_)) => 0,
        WastArg::Core(WastArgCore::RefExtern(n) | WastArgCore::RefHost(n)) => u64::from(*n) + 1,
        _ => return None,
    })
}

/// Whether a slot is what a script expects.
pub fn matches(slot: u64, expected: &WastRet<'_>) -> bool {
    match expected {
        WastRet::Core(expected) => core_matches(slot, expected),
        _ => false,
    }
}

fn core_matches(slot: u64, expected: &WastRetCore<'_>) -> bool {
    /// Exponent and quiet bit.
    const F32_QUIET: u64 = 0x7fc0_0000;
    const F64_QUIET: u64 = 0x7ff8_0000_0000_0000;
    let narrow = slot <= u64::from(u32::MAX);
    match expected {
        WastRetCore::I32(value) => slot == u64::from(value.cast_unsigned()),
        WastRetCore::I64(value) => slot == value.cast_unsigned(),
        WastRetCore::F32(NanPattern::Value(value)) => slot == u64::from(value.bits),
        WastRetCore::F32(NanPattern::CanonicalNan) => narrow && slot & 0x7fff_ffff == F32_QUIET,
        WastRetCore::F32(NanPattern::ArithmeticNan) => narrow && slot & F32_QUIET == F32_QUIET,
        WastRetCore::F64(NanPattern::Value(value)) => slot == value.bits,
        WastRetCore::F64(NanPattern::CanonicalNan) => slot & (u64::MAX >> 1) == F64_QUIET,
        WastRetCore::F64(NanPattern::ArithmeticNan) => slot & F64_QUIET == F64_QUIET,
        WastRetCore::RefNull(_) => slot == 0,
        WastRetCore::RefExtern(Some(n)) | WastRetCore::RefHost(n) => slot == u64::from(*n) + 1,
        WastRetCore::RefExtern(None) | WastRetCore::RefFunc(None) | WastRetCore::RefAny => narrow && slot != 0,
        WastRetCore::Either(cases) => cases.iter().any(|case| core_matches(slot, case)),
        _ => false,
    }
}
