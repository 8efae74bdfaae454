//! Places in the source code: from debug information of clang, of the text format, and from broken ones.

mod common;

use common::{host, policy};
use std::path::{Path, PathBuf};
use verifier::{ClassPolicy, FunctionReport, Policy, Report, Sources, verify};

/// The module of `source/sum.c`.
const SUM: &[u8] = include_bytes!("source/sum.wasm");

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

fn bounded() -> Policy {
    Policy { class: ClassPolicy::Bounded, ..policy() }
}

fn located(wasm: &[u8], roots: &[PathBuf]) -> Report {
    let mut report = verify(wasm, &host(), &bounded());
    report.locate(&Sources::new(wasm, roots));
    report
}

#[test]
fn findings_show_their_lines() {
    let report = located(SUM, &[folder("source")]);
    insta::assert_snapshot!("sum_text", report.to_text(false));
    let json = serde_json::to_string_pretty(&report.to_json()["diagnostics"]).expect("JSON");
    insta::assert_snapshot!("sum_json", json);
}

/// The loops under a promise, as function and bound.
fn bounds_under(wasm: &[u8], assumption: &str) -> Vec<(String, Option<u64>)> {
    let assumptions = vec![assumption.parse().expect("an assumption")];
    let report = verify(wasm, &host(), &Policy { assumptions, ..policy() });
    assert!(report.unused_assumptions.is_empty(), "{:?}", report.unused_assumptions);
    let of =
        |f: &FunctionReport| f.loops.iter().map(|l| (f.name.clone().unwrap_or_default(), l.bound)).collect::<Vec<_>>();
    report.functions.iter().flat_map(of).filter(|(name, _)| name == "count" || name == "every").collect()
}

#[test]
fn parameters_have_the_names_of_the_source() {
    let report = verify(SUM, &host(), &policy());
    let of = |name: &str| report.functions.iter().find(|f| f.name.as_deref() == Some(name)).expect("a function");
    let count = &of("count").loops[0];
    assert_eq!((count.formula.as_deref(), count.needs.as_slice()), (Some("n - 1"), &["n".to_owned()][..]));
    assert_eq!(of("wait_for").loops[0].condition.as_deref(), Some("memory[flag] == 0"));
    // Promises may use the name, with the function or without, and the number as before.
    for assumption in ["n<=100", "count:n<=100", "count:p0<=100"] {
        assert_eq!(bounds_under(SUM, assumption), [("count".to_owned(), Some(99))], "{assumption}");
    }
    let wrong = Policy { assumptions: vec!["count:m<=4".parse().expect("an assumption")], ..policy() };
    let why = verify(SUM, &host(), &wrong).unused_assumptions;
    assert_eq!(why, ["`count` has no parameter `m`; there are count:n"]);
}

#[test]
fn parts_of_a_parameter_are_named_by_their_fields() {
    let slice = include_bytes!("source/slice.wasm");
    let every = |assumption| bounds_under(slice, assumption);
    let bounds = every("values.length<=9");
    assert!(bounds.iter().all(|(_, bound)| bound.is_some()), "{bounds:?}");
    assert_eq!(bounds, every("every:p1<=9"));
}

#[test]
fn inlined_functions_are_named() {
    let sources = Sources::new(SUM, &[folder("source")]);
    let inlined = (0..SUM.len() as u64).map(|at| sources.places(at)).find(|places| places.len() == 2);
    let places = inlined.expect("an inlined function");
    let names: Vec<_> = places.iter().map(|place| place.function.as_deref()).collect();
    assert_eq!(names, [Some("scaled"), Some("sum")]);
    let source = include_str!("source/sum.c");
    let line = |text| source.lines().position(|line| line.contains(text)).expect("the line") as u32 + 1;
    assert_eq!((places[0].file.as_str(), places[0].line), ("sum.c", line("return x * 3")));
    assert_eq!(places[1].line, line("total += scaled"));
    assert_eq!(places[1].text.as_deref(), Some("  total += scaled(data[i]);"));
}

/// A module must not make the report show files that nobody meant to show.
#[test]
fn only_given_folders_are_read() {
    for roots in [vec![], vec![folder("common")]] {
        let report = located(SUM, &roots);
        assert!(report.diagnostics.iter().all(|d| d.source.is_some()));
        assert!(report.diagnostics.iter().flat_map(|d| &d.places).all(|place| place.text.is_none()));
        assert!(report.to_text(false).contains("--> sum.c:"));
    }
    let outside = wat_module("../source/sum.c", "(module (func (loop (br 0))))");
    let places = located(&outside, &[folder("common")]).diagnostics.remove(0).places;
    assert_eq!((places[0].file.as_str(), places[0].text.as_deref()), ("../source/sum.c", None));
    // By its last part it is found where it may be.
    let places = located(&outside, &[folder("source")]).diagnostics.remove(0).places;
    assert!(places[0].text.as_deref().is_some_and(|text| text.starts_with("// Compiled")), "{places:?}");
}

fn wat_module(path: &str, text: &str) -> Vec<u8> {
    let mut parser = wat::Parser::new();
    parser.generate_dwarf(wat::GenerateDwarf::Lines);
    parser.parse_str(Some(Path::new(path)), text).expect("the text format")
}

#[test]
fn the_text_format_has_lines() {
    let wasm = wat_module("a.wat", "(module\n  (func $spin\n    (loop $again\n      (br $again))))");
    let report = located(&wasm, &[]);
    assert_eq!(report.diagnostics[0].source.as_deref(), Some("a.wat:3:6"));
    assert_eq!(report.functions[0].loops[0].source.as_deref(), Some("a.wat:3:6"));
}

#[test]
fn no_debug_information_is_fine() {
    let report = located(&common::module("(module (func $spin (loop (br 0))))"), &[folder("source")]);
    assert_eq!(report.diagnostics[0].source, None);
    assert!(report.to_text(false).contains("--> function 0 `spin`, offset"));
}

/// Debug information is not validated by anyone: whatever it says, the report is made.
#[test]
fn broken_debug_information_does_no_harm() {
    let start = SUM.windows(11).position(|bytes| bytes == b".debug_info").expect("debug information");
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let mut found = 0;
    for _ in 0..2_000 {
        let mut wasm = SUM.to_vec();
        for _ in 0..1 + random(8) {
            let at = start + random(wasm.len() - start);
            wasm[at] = random(256) as u8;
        }
        // Names of parameters are looked for, too.
        verify(&wasm, &host(), &bounded());
        let sources = Sources::new(&wasm, &[folder("source")]);
        found += usize::from((0..start as u64).step_by(7).any(|at| !sources.places(at).is_empty()));
    }
    assert!(found > 100, "{found}: the test breaks too much to reach anything");
    for end in (start..SUM.len()).step_by(13) {
        let sources = Sources::new(&SUM[..end], &[]);
        sources.places(start as u64 / 2);
    }
}
