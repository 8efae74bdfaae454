//! Bodies that are validated as they are lowered: the same modules are refused as by wasmparser alone, and the images are
//! those of modules validated before.

use arbitrary::Unstructured;
use std::collections::BTreeSet;
use testsuite::{programs::modules, spec::SUITES};
use verifier::features;
use wasmparser::{Parser, Payload, Validator};
use wast::{
    QuoteWat, Wast, WastDirective, WastExecute,
    lexer::Lexer,
    parser::{self, ParseBuffer},
};

/// Modules made of each program by changing a byte.
const CHANGED: usize = 40;

fn is_valid(wasm: &[u8]) -> bool {
    Validator::new_with_features(features()).validate_all(wasm).is_ok()
}

fn in_one(wasm: &[u8]) -> lower::Result<lower::Lowered> {
    lower::validate_and_lower(wasm, features(), &mut lower::Options::default())
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

/// The modules of a script, those that are wrong included; none for text that cannot be parsed.
fn modules_of(text: &str) -> Vec<Vec<u8>> {
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer).expect("it is a script");
    let script: Wast<'_> = parser::parse(&buffer).expect("it is a script");
    let modules = script.directives.into_iter().filter_map(|directive| match directive {
        WastDirective::Module(mut module)
        | WastDirective::ModuleDefinition(mut module)
        | WastDirective::AssertInvalid { mut module, .. }
        | WastDirective::AssertMalformed { mut module, .. } => module.encode().ok(),
        WastDirective::AssertUnlinkable { module, .. }
        | WastDirective::AssertTrap { exec: WastExecute::Wat(module), .. } => QuoteWat::Wat(module).encode().ok(),
        _ => None,
    });
    modules.collect()
}

#[test]
fn official_suites() {
    let (mut valid, mut invalid) = (0, 0);
    for file in SUITES.iter().flat_map(|suite| suite.files()) {
        for wasm in modules_of(file.raw()) {
            *if judged_alike(&wasm) { &mut valid } else { &mut invalid } += 1;
        }
    }
    assert!(valid > 1_000 && invalid > 2_000, "{valid} valid, {invalid} not");
}

/// Where the code section stands in a module.
fn code_of(wasm: &[u8]) -> Option<std::ops::Range<usize>> {
    Parser::new(0).parse_all(wasm).find_map(|payload| match payload {
        Ok(Payload::CodeSectionStart { unchecked_range: range, .. }) => Some(range.start as usize..range.end as usize),
        _ => None,
    })
}

#[test]
fn generated_modules_and_what_a_changed_byte_of_code_makes_of_them() {
    let (mut valid, mut invalid, mut proposals) = (0, 0, BTreeSet::new());
    for seed in 0..600 {
        let mut random = fastrand::Rng::with_seed(seed);
        let bytes: Vec<u8> = (0..random.usize(64..4096)).map(|_| random.u8(..)).collect();
        // Half of them with all that wasm-smith knows, so that most use some proposal.
        let ours = seed % 2 == 0;
        let config = wasm_smith::Config {
            allow_invalid_funcs: seed % 6 == 0,
            bulk_memory_enabled: true,
            exceptions_enabled: !ours,
            extended_const_enabled: !ours,
            gc_enabled: !ours,
            max_instructions: 200,
            max_memories: if ours { 1 } else { 3 },
            memory64_enabled: !ours,
            relaxed_simd_enabled: !ours,
            simd_enabled: !ours,
            tail_call_enabled: !ours,
            threads_enabled: !ours,
            wide_arithmetic_enabled: !ours,
            ..wasm_smith::Config::default()
        };
        let Ok(module) = wasm_smith::Module::new(config, &mut Unstructured::new(&bytes)) else { continue };
        let wasm = module.to_bytes();
        if !judged_alike(&wasm) {
            proposals.insert(seed);
        }
        let Some(code) = code_of(&wasm).filter(|code| !code.is_empty()) else { continue };
        for _ in 0..CHANGED {
            let mut changed = wasm.clone();
            changed[random.usize(code.clone())] = random.u8(..);
            *if judged_alike(&changed) { &mut valid } else { &mut invalid } += 1;
        }
    }
    assert!(valid > 300 && invalid > 3_000 && proposals.len() > 30, "{valid} valid, {invalid} not, {proposals:?}");
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
