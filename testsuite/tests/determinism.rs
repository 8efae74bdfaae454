//! The same module gives the same image, bit for bit, and the same report, on any number of threads; and the text of an
//! image gives it back.

use kengine::{
    Mode,
    check::Limits,
    image::{Image, SectionKind},
    link::{Part, Program},
    text,
};
use std::{fmt::Write as _, thread};
use testsuite::{modules::AnyHost, pipeline, programs::modules};
use verifier::{HostSet, Policy};

/// Numbers of threads: none but the caller's, fewer and more than there are runs of functions.
const THREADS: [usize; 4] = [0, 2, 3, 64];

/// A module of some megabytes, so that its functions are shared out, with everything that is numbered over all of them:
/// constants (some in several functions), branch tables, calls both ways, references. Every function in `broken` ends
/// in an operator that cannot be lowered.
fn large(broken: &[u32]) -> Vec<u8> {
    let mut wat = "(module (memory 1) (table 64 funcref) (type $t (func (param i64 i32) (result i64)))
        (elem (i32.const 0) $f1 $f77 $f500) (elem declare func $f3 $f900)"
        .to_owned();
    let functions = 1_000;
    for f in 0..functions {
        // Writing to a string cannot fail.
        let _ = write!(wat, "(func $f{f} (type $t) (local i64)");
        for at in 0..24_u64 {
            let constant = if at % 3 == 0 { at << 40 } else { (u64::from(f) * 24 + at) << 33 };
            let _ = write!(
                wat,
                "(local.set 2 (i64.mul (i64.xor (local.get 0) (i64.const {constant})) (local.get 2)))
                (block $a (block $b (block $c (br_table $a $b $c $b (local.get 1))) (i64.store (i32.const {at}) (local.get 2))))"
            );
        }
        let _ = write!(
            wat,
            "(loop $l (local.set 1 (i32.sub (local.get 1) (i32.const 1)))
                (local.set 2 (i64.add (local.get 2) (i64.const {})))
                (br_if $l (i32.gt_s (local.get 1) (i32.const {f}))))
            (drop (ref.func {}))
            (drop (call $f{} (local.get 2) (i32.const 1)))
            (local.set 2 (call_indirect (type $t) (local.get 2) (i32.const 3) (i32.const {})))",
            (1_u64 << 50) + u64::from(f / 2),
            if f % 2 == 0 { "$f3" } else { "$f900" },
            (f * 7 + 1) % functions,
            f % 64,
        );
        if broken.contains(&f) {
            wat.push_str("(drop (v128.const i64x2 0 0))");
        }
        wat.push_str("(local.get 2))");
    }
    wat.push_str(r#"(export "f" (func $f0)))"#);
    wat::parse_str(&wat).expect("it is a module")
}

#[test]
fn threads_do_not_change_images() {
    let lower = |wasm: &[u8], threads| lower::lower(wasm, &mut lower::Options { threads, ..lower::Options::default() });
    let wasm = large(&[]);
    let image = lower(&wasm, 1).expect("it lowers");
    pipeline::load(&image, kengine::Mode::default()).expect("the checker takes it");
    for threads in THREADS {
        assert!(lower(&wasm, threads).expect("it lowers") == image, "another image on {threads} threads");
        let mut options = lower::Options { threads, ..lower::Options::default() };
        let validated = lower::validate_and_lower(&wasm, verifier::features(), &mut options).expect("it is valid");
        assert!(validated.image == image, "another image on {threads} threads if validated on the way");
    }
    // Of several faults the first is told, whoever comes upon one first.
    let wasm = large(&[999, 610, 200, 998]);
    let fault = lower(&wasm, 1).expect_err("it does not lower");
    assert!(matches!(fault, lower::Error::Unsupported { func: Some(200), .. }), "{fault}");
    for threads in THREADS {
        assert_eq!(lower(&wasm, threads).expect_err("it does not lower"), fault);
    }
}

#[test]
fn parts_do_not_change_programs() {
    let image = pipeline::image(&large(&[])).expect("it lowers");
    let (host, limits, mode) = (AnyHost, Limits::default(), Mode::default());
    let whole = Program::load(image.clone(), &host, &limits, mode).expect("the checker takes it");
    // The last arm of the last branch table leads nowhere.
    let mut broken = image.clone();
    let arms = Image::parse(&image).expect("it is an image").section(SectionKind::BrTab).as_ptr_range().end;
    let end = arms as usize - image.as_ptr() as usize;
    broken[end - 1] = 0xff;
    let fault = Program::load(broken.clone(), &host, &limits, mode).expect_err("it is broken");
    for parts in [0, 1, 2, 5, 64] {
        let run = |parts: &mut [Part<'_>]| {
            thread::scope(|scope| parts.iter_mut().for_each(|part| drop(scope.spawn(|| part.run()))));
        };
        let program = Program::load_in_parts(image.clone(), &host, &limits, mode, parts, run);
        assert!(program.expect("the checker takes it").has_code_of(&whole), "another program in {parts} parts");
        let refused = Program::load_in_parts(broken.clone(), &host, &limits, mode, parts, run);
        assert_eq!(refused.expect_err("it is broken"), fault);
    }
}

#[test]
fn threads_do_not_change_reports() {
    for wasm in [large(&[]), large(&[7, 300, 301, 999])] {
        let report = |threads| {
            let policy = Policy { threads, ..Policy::default() };
            verifier::verify(&wasm, &HostSet::default(), &policy).to_json()
        };
        let one = report(1);
        for threads in THREADS {
            assert!(report(threads) == one, "another report on {threads} threads");
        }
    }
}

#[test]
fn lowering_twice_gives_the_same_image() {
    for (name, wasm) in modules() {
        let image = || pipeline::image(&wasm).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert!(image() == image(), "{name}: two images");
    }
}

#[test]
fn text_gives_the_image_back() {
    for (name, wasm) in modules() {
        let bytes = pipeline::image(&wasm).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        let text = text::print(&bytes).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let back = text::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(back == bytes, "{name}: another image");
    }
}
