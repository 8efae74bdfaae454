//! Bodies that are validated as they are lowered: the same modules are refused as by wasmparser alone, and the images are
//! those of modules validated before.

use testsuite::programs::modules;
use verifier::features;
use wasmparser::Validator;

/// Modules made of each program by changing a byte.
const CHANGED: usize = 40;

fn is_valid(wasm: &[u8]) -> bool {
    Validator::new_with_features(features()).validate_all(wasm).is_ok()
}

fn in_one(wasm: &[u8]) -> lower::Result<lower::Lowered> {
    lower::validate_and_lower(wasm, &mut lower::Options::default())
}

/// What comes of a module, valid or not; whether it is valid.
fn judged_alike(wasm: &[u8]) -> bool {
    let found = in_one(wasm);
    if !is_valid(wasm) {
        assert!(found.is_err(), "a module that is not valid was lowered");
        return false;
    }
    match (lower::lower(wasm, &mut lower::Options::default()), found) {
        (Ok(image), Ok(found)) => assert!(image == found.image, "another image"),
        (Err(_), Err(_)) => {}
        (apart, in_one) => panic!("apart {:?}, in one {:?}", apart.map(drop), in_one.map(drop)),
    }
    true
}

#[test]
fn programs_and_what_a_changed_byte_makes_of_them() {
    let (mut valid, mut invalid, mut state) = (0, 0, 0x9e37_79b9_7f4a_7c15_u64);
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for (_, wasm) in modules() {
        assert!(judged_alike(&wasm));
        for _ in 0..CHANGED {
            let mut changed = wasm.clone();
            let at = random(wasm.len());
            changed[at] = random(256) as u8;
            *if judged_alike(&changed) { &mut valid } else { &mut invalid } += 1;
        }
    }
    assert!(valid > CHANGED && invalid > CHANGED, "{valid} valid, {invalid} not");
}

/// Types that bodies below compute with, as (byte, constant).
const TYPES: [(u8, &[u8]); 6] = [
    (0x7f, &[0x41, 1]),
    (0x7e, &[0x42, 1]),
    (0x7d, &[0x43, 0, 0, 0, 0]),
    (0x7c, &[0x44, 0, 0, 0, 0, 0, 0, 0, 0]),
    (0x70, &[0xd0, 0x70]),
    (0x6f, &[0xd0, 0x6f]),
];

/// Modules with one of everything but for the code of their last function, `end` included, which takes an i32 and gives an
/// i32 and has a local of each of [`TYPES`] behind its parameter.
struct Around(Vec<u8>);

impl Around {
    fn new() -> Around {
        let text = r#"(module
            (type (func)) (type (func (param i32) (result i32))) (type (func (param i32 i64) (result f32 f64)))
            (import "a" "b" (func (type 2))) (import "a" "c" (global i64))
            (table 1 funcref) (table 1 externref) (table 1 funcref) (memory 1)
            (global (mut i32) (i32.const 0)) (global f32 (f32.const 0)) (global (mut funcref) (ref.null func))
            (export "f" (func 1)) (elem (i32.const 0) 1) (elem externref (ref.null extern))
            (func (type 0)) (func (type 1) (unreachable)))"#;
        let mut wasm = wat::parse_str(text).expect("it is a module");
        // The count of data segments, for `memory.init`, stands before the code, and two segments behind it.
        let code = [0x0a, 0x08, 0x02, 0x02, 0x00, 0x0b, 0x03, 0x00, 0x00, 0x0b];
        let at = wasm.windows(code.len()).position(|bytes| bytes == code).expect("the code is as written");
        wasm.truncate(at);
        wasm.extend([0x0c, 0x01, 0x02]);
        Around(wasm)
    }

    fn with(&self, code: &[u8]) -> Vec<u8> {
        let mut locals = vec![TYPES.len() as u8];
        locals.extend(TYPES.iter().flat_map(|(ty, _)| [1, *ty]));
        let body = [locals, code.to_vec()].concat();
        assert!(body.len() < 120, "lengths are of one byte");
        let section = [&[0x02, 0x02, 0x00, 0x0b, body.len() as u8][..], &body].concat();
        let data = [0x0b, 0x09, 0x02, 0x01, 0x02, 0x61, 0x62, 0x01, 0x02, 0x61, 0x62];
        [&self.0[..], &[0x0a, section.len() as u8], &section, &data].concat()
    }
}

#[test]
fn operators_on_all_types() {
    let around = Around::new();
    let (mut valid, mut invalid) = (0, 0);
    let mut judge = |operands: &[&[u8]], operator: &[u8], result: Option<usize>| {
        // A result goes to the local of its type.
        let set = result.map_or(vec![], |at| vec![0x21, at as u8 + 1]);
        // `return` lets other operands lie.
        let code = [&operands.concat(), operator, &set, &[0x41, 0, 0x0f, 0x0b]].concat();
        *if judged_alike(&around.with(&code)) { &mut valid } else { &mut invalid } += 1;
    };
    let numeric = (0x45..=0xc4).map(|op| vec![op]);
    let saturating = (0..=7).map(|op| vec![0xfc, op]);
    let accesses = (0x28..=0x3e).flat_map(|op| (0..=4).map(move |align| vec![op, align, 0]));
    let others = [vec![0x1a], vec![0x1b], vec![0x1c, 1, 0x7f], vec![0x1c, 1, 0x6f], vec![0xd1], vec![0x25, 1]];
    for operator in numeric.chain(saturating).chain(accesses).chain(others) {
        for result in (0..TYPES.len()).map(Some).chain([None]) {
            judge(&[], &operator, result);
            for (_, b) in TYPES {
                judge(&[b], &operator, result);
                judge(&[&[0x00], b], &operator, result);
                for (_, a) in TYPES {
                    judge(&[a, b], &operator, result);
                    judge(&[a, b, TYPES[0].1], &operator, result);
                }
            }
        }
    }
    assert!(valid > 5_000 && invalid > 50_000, "{valid} valid, {invalid} not");
}

#[test]
fn random_bodies() {
    let around = Around::new();
    let mut state = 0x1234_5678_9abc_def1_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let (mut valid, mut invalid) = (0, 0);
    for _ in 0..60_000 {
        let (mut code, mut open) = (Vec::new(), 0);
        for _ in 0..random(14) {
            let byte = |random: &mut dyn FnMut(usize) -> usize, below| random(below) as u8;
            match random(32) {
                0..=6 => code.extend(TYPES[random(3) * random(3) % TYPES.len()].1),
                7 => code.extend([0x20, byte(&mut random, 8)]),
                8 => code.extend([0x21 + byte(&mut random, 2), byte(&mut random, 3)]),
                9 => code.extend([0x23, byte(&mut random, 5)]),
                10 => code.extend([0x24, byte(&mut random, 5)]),
                11 | 12 => code.push(0x1a),
                13 => code.push(0x1b),
                14 | 15 => code.push(0x6a),
                16 => code.push(0x45),
                17..=20 => {
                    let kinds = [0x40, 0x40, 0x7f, 0x7e, 0x00, 0x01, 0x02, 0x6f];
                    code.extend([0x02 + byte(&mut random, 3), kinds[random(kinds.len())]]);
                    open += 1;
                }
                21 => code.push(0x05),
                22 | 23 if open > 0 => {
                    code.push(0x0b);
                    open -= 1;
                }
                24 => code.extend([0x0c + byte(&mut random, 2), byte(&mut random, 4)]),
                25 => code.extend([0x0e, 1, byte(&mut random, 3), byte(&mut random, 3)]),
                26 => code.push([0x00, 0x0f, 0x01][random(3)]),
                27 => code.extend([0x10, byte(&mut random, 4)]),
                28 => code.extend([0x11, byte(&mut random, 4), byte(&mut random, 4)]),
                29 => code.extend([0x25 + byte(&mut random, 2), byte(&mut random, 4)]),
                30 => code.extend([0xd2, byte(&mut random, 4)]),
                _ => {
                    let op = 8 + byte(&mut random, 10);
                    code.extend([0xfc, op, byte(&mut random, 3)]);
                    if matches!(op, 8 | 10 | 12 | 14) {
                        code.push(byte(&mut random, 3));
                    }
                }
            }
        }
        code.extend(std::iter::repeat_n(0x0b, open));
        code.extend([0x41, 0, 0x0f, 0x0b]);
        *if judged_alike(&around.with(&code)) { &mut valid } else { &mut invalid } += 1;
    }
    assert!(valid > 1_000 && invalid > 2_000, "{valid} valid, {invalid} not");
}

#[test]
fn what_is_wrong_with_a_body() {
    let body = |text: &str| in_one(&wat::parse_str(format!("(module (func {text}))")).expect("it is a module"));
    assert!(body("").is_ok());
    // An operand that is missing, two that are of other types, an operator of a proposal, too many operands.
    for wrong in ["i32.add drop", "i32.const 1 i64.const 1 i32.add drop", "v128.const i64x2 0 0 drop", "i32.const 1"] {
        assert!(body(wrong).is_err(), "{wrong}");
    }
    // `else` in a block, and operators behind the end of the body; wat would not write them.
    for code in [&[0x02, 0x40, 0x05, 0x0b, 0x0b][..], &[0x0b, 0x20, 0x00, 0x1a, 0x0b], &[0x0b, 0x01]] {
        let mut wasm = b"\0asm\x01\0\0\0\x01\x05\x01\x60\x01\x7f\0\x03\x02\x01\0\x0a".to_vec();
        let len = code.len() as u8;
        wasm.extend([len + 3, 1, len + 1, 0]);
        wasm.extend(code);
        assert!(!judged_alike(&wasm), "{code:x?}");
    }
}

#[test]
fn features_are_those_of_the_verifier() {
    assert_eq!(lower::FEATURES, features());
}

#[test]
fn loops_and_slots() {
    let found = |text: &str| in_one(&wat::parse_str(text).expect("it is a module")).expect("it lowers");
    assert!(found("(module (func (loop (br_if 0 (i32.const 1)))))").has_loops);
    assert!(!found("(module (func (loop (nop))))").has_loops);
    assert!(!found("(module (func (return) (loop (br 0))))").has_loops);
    // Few are estimated from the length of the body, many are counted.
    assert!(found("(module (func (param i32)))").max_slots < 10);
    let many = format!("(module (func (local {}) (drop (i32.const 1)) (drop (i32.const 2))))", "i32 ".repeat(40_000));
    assert_eq!(found(&many).max_slots, 40_001);
}
