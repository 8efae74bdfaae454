//! `programs.toml` says what the native code does, and lists every program.

use serde::Deserialize;
use std::{collections::BTreeMap, path::Path};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    program: Vec<Program>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Program {
    name: String,
    kind: String,
    test_n: i32,
    expect: i64,
    bench_n: i32,
    bench_expect: i64,
}

fn table() -> Vec<Program> {
    let table: Table =
        toml::from_str(include_str!("../programs.toml")).expect("programs.toml has this form");
    table.program
}

#[test]
fn every_program_is_listed_once_and_built() {
    let mut listed: Vec<String> = table().into_iter().map(|program| program.name).collect();
    for name in &listed {
        let module = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("wasm")
            .join(name)
            .with_extension("wasm");
        assert!(
            module.is_file(),
            "{} is missing: run usermode/build.sh",
            module.display()
        );
    }
    let mut known: Vec<&str> = guests::programs().map(|(name, _)| name).collect();
    listed.sort();
    known.sort();
    assert_eq!(listed, known);
}

#[test]
fn checksums_are_those_of_the_native_code() {
    let programs: BTreeMap<_, _> = guests::programs().collect();
    for Program {
        name,
        kind,
        test_n,
        expect,
        bench_n,
        bench_expect,
    } in table()
    {
        let run = programs[name.as_str()];
        assert_eq!(run(test_n), expect, "{name} ({kind}), run({test_n})");
        // The bench sizes take seconds in a debug build.
        if !cfg!(debug_assertions) {
            assert_eq!(
                run(bench_n),
                bench_expect,
                "{name} ({kind}), run({bench_n})"
            );
        }
    }
}
