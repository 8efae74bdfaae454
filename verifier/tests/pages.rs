//! The pages about the codes: each code has one, no page is left over, and their examples do what they say.
//!
//! A fenced block of a page says what it is: `wat breaks OPTIONS` gets the code, `wat holds OPTIONS` is accepted, and
//! the same with `hex` for bytes. Options are `bounded`, `max-pages=N`, `allow=NAME` and `assume=RANGE`. `{N * TEXT}`
//! stands for N times the text.
//!
//! What the report says about each example that breaks a rule is a snapshot, as text and as JSON.

mod common;

use common::{host, module, policy};
use std::{collections::BTreeSet, fs, path::Path};
use verifier::{ClassPolicy, Code, Policy, Report, Sources, verify};

/// A fenced block.
struct Example {
    breaks: bool,
    wasm: Vec<u8>,
    policy: Policy,
}

/// The examples of a page.
fn examples(page: &str) -> Vec<Example> {
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```").filter(|info| !info.is_empty()) else { continue };
        let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let mut words = info.split(' ');
        let language = words.next().expect("a language");
        let breaks = match words.next() {
            Some("breaks") => true,
            Some("holds") => false,
            other => panic!("{other:?} in {line}"),
        };
        let mut demanded = policy();
        for option in words {
            match option.split_once('=') {
                None if option == "bounded" => demanded.class = ClassPolicy::Bounded,
                Some(("max-pages", pages)) => demanded.max_pages = Some(pages.parse().expect("a number")),
                Some(("allow", "none")) => demanded.allowed = Some(Vec::new()),
                Some(("allow", name)) => demanded.allowed = Some(vec![name.to_owned()]),
                Some(("assume", range)) => demanded.assumptions.push(range.parse().expect("a range")),
                _ => panic!("{option} in {line}"),
            }
        }
        let wasm = match language {
            "hex" => text.join(" ").split_whitespace().map(|b| u8::from_str_radix(b, 16).expect("hex")).collect(),
            "wat" => module(&expand(&text.join("\n"))),
            other => panic!("{other} in {line}"),
        };
        found.push(Example { breaks, wasm, policy: demanded });
    }
    found
}

/// Writes out `{N * TEXT}`.
fn expand(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (inside, after) = after.split_once('}').expect("a closing brace");
        let (count, repeated) = inside.split_once(" * ").expect("`N * TEXT`");
        out.push_str(before);
        out.push_str(&repeated.repeat(count.parse().expect("a number")));
        rest = after;
    }
    out + rest
}

fn report(example: &Example) -> Report {
    let mut report = verify(&example.wasm, &host(), &example.policy);
    report.locate(&Sources::new(&example.wasm, &[]));
    report
}

#[test]
fn each_code_has_a_page() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/codes");
    let files: BTreeSet<String> = fs::read_dir(folder)
        .expect("the pages")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    let codes: BTreeSet<String> = Code::ALL.iter().map(|code| format!("{code}.md")).collect();
    assert_eq!(files, codes);
    for code in Code::ALL {
        let page = code.page();
        let title = format!("# {code}: {}\n", code.title());
        assert!(page.starts_with(&title), "{code}: the title is not {title}");
        let heads: Vec<&str> = page.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(heads, ["## Why", "## Example", "## Fix"], "{code}");
        assert!(page.lines().all(|line| line.chars().count() <= 120), "{code}: a line is too long");
    }
}

#[test]
fn examples_do_what_they_say() {
    for code in Code::ALL {
        let all = examples(code.page());
        assert!(all.iter().any(|example| example.breaks), "{code} has no example");
        for example in all {
            let report = report(&example);
            let codes: Vec<Code> = report.diagnostics.iter().map(|d| d.code).collect();
            if example.breaks {
                assert!(codes.contains(code), "{code}: {}", report.to_text(false));
                let others = codes.iter().find(|other| *other != code);
                assert!(others.is_none() || *code == Code::MoreErrors, "{code}: {}", report.to_text(false));
            } else {
                assert!(report.accepted(), "{code}: {}", report.to_text(false));
            }
        }
    }
}

/// Text and JSON of the first example of each code.
#[test]
fn golden() {
    for code in Code::ALL {
        let example = examples(code.page()).into_iter().find(|example| example.breaks).expect("an example");
        let report = report(&example);
        let json: Vec<_> = report.diagnostics.iter().filter(|d| d.code == *code).collect();
        let json = serde_json::to_string_pretty(&json).expect("JSON");
        insta::with_settings!({ snapshot_path => "snapshots/codes", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(code.as_str(), format!("{}\n{json}", report.diagnostics_text(false)));
        });
    }
}
