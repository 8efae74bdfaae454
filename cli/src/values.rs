//! Wasm values as people write them.

use kengine::image::valtype::{EXTERNREF, F32, F64, FUNCREF, I32, I64};
use serde_json::{Value, json};

/// Name of a value type.
pub(crate) fn type_name(ty: u8) -> &'static str {
    match ty {
        I32 => "i32",
        I64 => "i64",
        F32 => "f32",
        F64 => "f64",
        FUNCREF => "funcref",
        EXTERNREF => "externref",
        _ => "unknown",
    }
}

/// `(i32, i64) -> i32`
pub(crate) fn signature(params: &[u8], results: &[u8]) -> String {
    let list = |types: &[u8]| types.iter().map(|ty| type_name(*ty)).collect::<Vec<_>>().join(", ");
    match results {
        [] => format!("({})", list(params)),
        [one] => format!("({}) -> {}", list(params), type_name(*one)),
        many => format!("({}) -> ({})", list(params), list(many)),
    }
}

/// Reads a value of a type into a slot.
///
/// Integers are decimal or hexadecimal, signed or unsigned, and `_` may group digits; floats are decimal, `inf` or
/// `nan`; the only reference is `null`.
///
/// # Errors
/// What would have been right.
pub(crate) fn parse(text: &str, ty: u8) -> Result<u64, &'static str> {
    match ty {
        I32 => {
            let range = i128::from(i32::MIN)..=i128::from(u32::MAX);
            let value = integer(text).filter(|value| range.contains(value));
            // CAST: in range; negative numbers keep their low 32 bits.
            value.map(|value| u64::from(value as u32)).ok_or("a whole number from -2147483648 to 4294967295")
        }
        I64 => {
            let range = i128::from(i64::MIN)..=i128::from(u64::MAX);
            let value = integer(text).filter(|value| range.contains(value));
            // CAST: in range; negative numbers keep their low 64 bits.
            value.map(|value| value as u64).ok_or("a whole number of 64 bits")
        }
        F32 => text.parse::<f32>().map(|value| u64::from(value.to_bits())).map_err(|_| "a number"),
        F64 => text.parse::<f64>().map(f64::to_bits).map_err(|_| "a number"),
        _ if text == "null" => Ok(0),
        _ => Err("`null`: other references cannot be written"),
    }
}

fn integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    if digits.starts_with(['+', '-', '_']) {
        return None;
    }
    let digits = digits.replace('_', "");
    let value = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) if !hex.starts_with(['+', '-']) => i128::from_str_radix(hex, 16),
        Some(_) => return None,
        None => digits.parse(),
    };
    value.ok().map(|value| if negative { -value } else { value })
}

/// A value for people: integers signed, floats in the shortest form that reads back.
pub(crate) fn text(bits: u64, ty: u8) -> String {
    match ty {
        I32 => (bits as i32).to_string(), // CAST: i32 values stand in the low half
        I64 => (bits as i64).to_string(), // CAST: same bits
        F32 => {
            let value = f32::from_bits(bits as u32); // CAST: f32 values stand in the low half
            if value.is_nan() { nan(bits, 31, 22) } else { format!("{value:?}") }
        }
        F64 => {
            let value = f64::from_bits(bits);
            if value.is_nan() { nan(bits, 63, 51) } else { format!("{value:?}") }
        }
        _ if bits == 0 => "null".to_owned(),
        _ => format!("reference {bits}"),
    }
}

/// A NaN as in the text format: `nan` if canonical, else with its payload.
fn nan(bits: u64, sign_bit: u32, quiet_bit: u32) -> String {
    let sign = if bits >> sign_bit & 1 == 1 { "-" } else { "" };
    let payload = bits & ((2 << quiet_bit) - 1);
    if payload == 1 << quiet_bit { format!("{sign}nan") } else { format!("{sign}nan:{payload:#x}") }
}

/// A value for programs. Floats that JSON cannot hold are strings, and floats carry their bits.
pub(crate) fn to_json(bits: u64, ty: u8) -> Value {
    let name = type_name(ty);
    match ty {
        I32 => json!({ "type": name, "value": bits as i32 }), // CAST: as in `text`
        I64 => json!({ "type": name, "value": bits as i64 }), // CAST: as in `text`
        F32 | F64 => {
            let (value, bits_text) = match ty {
                F32 => (f64::from(f32::from_bits(bits as u32)), format!("{:#010x}", bits as u32)), // CAST: as in `text`
                _ => (f64::from_bits(bits), format!("{bits:#018x}")),
            };
            let value = if value.is_finite() { json!(value) } else { json!(text(bits, ty)) };
            json!({ "type": name, "value": value, "bits": bits_text })
        }
        _ if bits == 0 => json!({ "type": name, "value": null }),
        _ => json!({ "type": name, "value": bits }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers() {
        assert_eq!(parse("-1", I32), Ok(0xffff_ffff));
        assert_eq!(parse("4294967295", I32), Ok(0xffff_ffff));
        assert_eq!(parse("0xFF", I32), Ok(255));
        assert_eq!(parse("-0x1", I64), Ok(u64::MAX));
        assert_eq!(parse("18446744073709551615", I64), Ok(u64::MAX));
        assert_eq!(parse("1_000", I64), Ok(1000));
        for wrong in ["", "-", "4294967296", "-2147483649", "1.0", "x", "0x", "--1", "+-1", "0x-1", "_1", "ä"] {
            assert!(parse(wrong, I32).is_err(), "{wrong}");
        }
        assert_eq!(text(0xffff_ffff, I32), "-1");
        assert_eq!(text(u64::MAX, I64), "-1");
    }

    #[test]
    fn floats() {
        for value in ["1.5", "-0.0", "inf", "-inf", "nan", "1e300"] {
            assert_eq!(text(parse(value, F64).unwrap(), F64), value);
        }
        for value in ["1.5", "-0.0", "inf", "-inf", "nan", "0.1"] {
            assert_eq!(text(parse(value, F32).unwrap(), F32), value);
        }
        assert_eq!(text(0x7ff8_0000_0000_0001, F64), "nan:0x8000000000001");
        assert_eq!(text(0xffc0_0000, F32), "-nan");
        assert_eq!(to_json(0x7fc0_0000, F32), json!({ "type": "f32", "value": "nan", "bits": "0x7fc00000" }));
        assert_eq!(to_json(1.5f64.to_bits(), F64)["value"], json!(1.5));
        assert!(parse("1.x", F32).is_err());
    }

    #[test]
    fn references_and_signatures() {
        assert_eq!(parse("null", FUNCREF), Ok(0));
        assert!(parse("1", EXTERNREF).is_err());
        assert_eq!(text(0, FUNCREF), "null");
        assert_eq!(signature(&[], &[]), "()");
        assert_eq!(signature(&[I32, F64], &[I64]), "(i32, f64) -> i64");
        assert_eq!(signature(&[], &[I32, I32]), "() -> (i32, i32)");
    }
}
