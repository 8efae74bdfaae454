//! The commands that look at programs: `verify`, `dump`, `cfg`, `explain`; and colours.

use crate::{cervus, command, example, file, repo, scratch};
use std::{fs, process::Stdio};

const TWO: &str = r#"(module
    (func $first (export "first") (param i32) (result i32)
        (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get 0))
    (func $second (export "second")))"#;

#[test]
fn verify_reports() {
    let hello = example("hello_world");
    let text = cervus(["verify", &hello]).ok();
    assert!(text.contains("accepted") && text.contains("log"), "{text}");
    let verbose = cervus(["-v", "verify", &hello]).ok();
    assert!(verbose.contains("evidence") && verbose.contains("verified in"), "{verbose}");

    let report = cervus(["verify", &hello, "--json"]).json();
    assert_eq!(report["verdict"], "accepted");
    assert_eq!(report["capabilities"], serde_json::json!(["log"]));
    for key in ["class", "functions", "diagnostics"] {
        assert!(!report[key].is_null(), "{key}");
    }
    assert!(report["image"]["bytes"].as_u64().unwrap() > report["image"]["code_bytes"].as_u64().unwrap());
}

#[test]
fn verify_rejects() {
    let two = file(&scratch("verify_rejects"), "two.wat", TWO);
    let ran = cervus(["verify", &two, "--policy", "bounded", "--json"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    let report = ran.json();
    assert_eq!(report["verdict"], "rejected");
    let finding = &report["diagnostics"][0];
    assert_eq!((&finding["code"], &finding["function"]["name"]), (&"W0701".into(), &"first".into()));
    for key in ["message", "offset", "help"] {
        assert!(!finding[key].is_null(), "{key}");
    }
    assert!(report["image"].is_null());
    let denied = cervus(["verify", &example("hello_world"), "--allow", "none"]);
    assert!(denied.code == Some(1) && denied.out.contains("W0306"), "{denied:?}");
}

const SUM: &str = r#"(module (func (export "sum") (param $n i32) (local $i i32)
    (block $out (loop $next
        (br_if $out (i32.ge_u (local.get $i) (local.get $n)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))))"#;

#[test]
fn declared_ranges_give_bounds_and_costs() {
    let sum = file(&scratch("declared_ranges"), "sum.wat", SUM);
    let open = cervus(["verify", &sum, "--policy", "bounded"]);
    assert!(open.code == Some(1) && open.out.contains("W0703") && open.out.contains("--assume 'n<=4096'"), "{open:?}");
    let report = cervus(["verify", &sum, "--policy", "bounded", "--assume", "n<=100", "--json"]).json();
    assert_eq!(report["functions"][0]["loops"][0]["bound"], 100);
    assert!(report["cost"].as_u64().is_some(), "{report}");
    assert!(report["functions"][0]["cost_formula"].as_str().unwrap().ends_with("* n"), "{report}");
    let csv = cervus(["verify", &sum, "--csv"]).ok();
    assert!(csv.lines().count() == 2 && csv.contains("metered"), "{csv}");
}

#[test]
fn costs_of_host_calls_follow_their_arguments() {
    let cost = |path: &str| cervus(["verify", path, "--json"]).json()["cost"].as_u64().unwrap();
    // Exactly what a run uses, since everything is known.
    let hello = example("hello_world");
    let end = cervus(["load", "-q", "--json", &hello]).out;
    let end: serde_json::Value = serde_json::from_str(end.lines().last().unwrap()).unwrap();
    assert_eq!(end["fuel"].as_u64(), Some(cost(&hello)));

    let dir = scratch("host_call_costs");
    let grows = "(func (export \"grow\") (drop (memory.grow (i32.const 1))))";
    let log = |name: &str, memory: &str, len: &str| {
        let wat = format!(
            "(module (import \"cwa\" \"log_write\" (func $log (param i32 i32 i32)))
               (memory {memory})
               (func $line (param $len i32) (call $log (i32.const 6) (i32.const 0) (local.get $len)))
               (func (export \"main\") (param i32) (call $line {len})))"
        );
        cost(&file(&dir, name, wat))
    };
    let nothing = log("nothing.wat", "1 1", "(i32.const 0)");
    assert_eq!(log("constant.wat", "1 1", "(i32.const 80)"), nothing + 10);
    // One more operator, and any of the numbers that it may give.
    let masked = log("masked.wat", "1 1", "(i32.and (local.get 0) (i32.const 255))") - 255 / 8;
    assert!((nothing..nothing + 4).contains(&masked), "{masked}");
    // As much as there is.
    let any = log("any.wat", "1 1", "(local.get 0)") - 65536 / 8;
    assert!(any.abs_diff(nothing) < 4, "{any}");
    assert_eq!(log("fixed.wat", "1", "(local.get 0)"), log("any.wat", "1 1", "(local.get 0)"));
    assert!(log("grows.wat", &format!("1) {grows} (table 0 funcref"), "(local.get 0)") > 1 << 28);
}

#[test]
fn findings_are_shown_in_the_text() {
    let two = file(&scratch("findings_in_text"), "spin.wat", "(module\n  (func (export \"spin\")\n    (loop (br 0))))");
    let text = cervus(["verify", &two, "--policy", "bounded"]).out;
    assert!(text.contains("--> spin.wat:3:6") && text.contains("    (loop (br 0))))\n"), "{text}");
    assert!(text.contains("     ^^^^"), "{text}");
    let json = cervus(["verify", &two, "--policy", "bounded", "--json"]).json();
    assert_eq!(json["diagnostics"][0]["source"], "spin.wat:3:6");
    let err = cervus([
        "load",
        &file(&scratch("findings_load"), "bad.wat", "(module (func (result i32)\n  (i32.eqz (i64.const 1))))"),
    ])
    .err;
    assert!(err.contains("bad.wat:2:"), "{err}");
}

#[test]
fn the_end_of_a_function_is_shown_in_it() {
    let dir = scratch("ends_shown");
    let last = "(module\n  (func $a (result i32)\n    (i64.const 1)))";
    let first = "(module\n  (func $a (result i32)\n    (i64.const 1))\n  (func (result i32)\n    (i32.const 2)))";
    for (name, wat) in [("last.wat", last), ("first.wat", first)] {
        let text = cervus(["verify", &file(&dir, name, wat)]).out;
        assert!(text.contains(&format!("--> {name}:3:6")), "{text}");
    }
}

#[test]
fn verify_takes_ranges() {
    let two = file(&scratch("verify_takes_ranges"), "two.wat", TWO);
    let bounded = |range: &str| cervus(["verify", &two, "--policy", "bounded", "--assume", range]);
    let text = bounded("first:1<=p0<=100").ok();
    assert!(text.contains("accepted, class bounded") && text.contains("       99 "), "{text}");
    let err = bounded("nonsense").fails(2);
    assert!(err.contains("write it as `n<=4096`"), "{err}");
    // A promise about nothing would only look like a weak analysis.
    for (range, text) in [
        ("n<=4", "no function that can be called from outside has a parameter `n`; there are first:p0"),
        ("first:p7<=4", "`first` has no parameter `p7`; there are first:p0"),
        ("fisrt:p0<=4", "no function is called `fisrt`"),
        ("second:p0<=4", "`second` has no parameter `p0`"),
    ] {
        let err = bounded(range).fails(2);
        assert!(err.contains(text), "{range}: {err}");
        let err = cervus(["cfg", &two, "-o", "-", "--assume", range]).fails(2);
        assert!(err.contains(text), "{range}: {err}");
    }
}

#[test]
fn ranges_are_proposed_where_they_count() {
    let looping = "(local $i i32) (loop $l
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $l (i32.lt_u (local.get $i) (local.get 0))))";
    let wat = format!(
        "(module (memory 1)
           (func $open (export \"open\") (param i32) {looping})
           (func $inner (param i32) {looping})
           (func (export \"outer\") (call $inner (i32.load (i32.const 0)))))"
    );
    let path = file(&scratch("ranges_proposed"), "two.wat", wat);
    let text = cervus(["verify", &path, "--policy", "bounded"]).out;
    assert!(text.contains("declare the range with `--assume 'open:p0<=4096'`"), "{text}");
    assert!(text.contains("or in the callers, all of which are in the module"), "{text}");
    let err = cervus(["verify", &path, "--assume", "inner:p0<=9"]).fails(2);
    assert!(err.contains("`inner` is called only from inside the module"), "{err}");
}

#[test]
fn places_are_those_of_code() {
    let dir = scratch("places_of_code");
    let wide = file(&dir, "wide.wat", "(module (memory i64 1) (func (export \"f\") (drop (i32.const 0))))");
    let text = cervus(["verify", &wide]).out;
    // The memory has no line; the first one of the code is not its place.
    assert!(text.contains("W0203") && text.contains("--> offset 0x") && !text.contains("wide.wat"), "{text}");
    let far = format!("(module {} (func $far (result i32) (i32.eqz (i64.const 7))))", "(func (nop)) ".repeat(40));
    let text = cervus(["verify", &file(&dir, "far.wat", far)]).out;
    assert!(text.contains("far.wat:1:") && text.contains("(result i32) (i32.eqz (i64.const 7))))"), "{text}");
    assert!(text.lines().all(|line| line.matches('^').count() < 20), "{text}");
    assert!(text.contains("help: mend this line; `cervus explain W0202` says more"), "{text}");
}

#[test]
fn verify_csv() {
    let two = file(&scratch("verify_csv"), "two.wat", TWO);
    let table = cervus(["verify", &two, "--csv"]).ok();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 3, "{table}");
    assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{table}");
    assert_eq!(
        (&rows[0][..3], &rows[1][..2], rows[2][2]),
        (&["index", "name", "class"][..], &["0", "first"][..], "bounded")
    );
    let rejected = cervus(["verify", &two, "--csv", "--max-pages", "0", "--policy", "bounded"]);
    assert!(rejected.err.is_empty() == (rejected.code == Some(0)), "{rejected:?}");
}

#[test]
fn verify_compares() {
    let dir = scratch("verify_compares");
    let two = file(&dir, "two.wat", TWO);
    let spin = TWO.replace("(i32.sub (local.get 0) (i32.const 1))", "(i32.or (local.get 0) (i32.const 1))");
    let spin = file(&dir, "spin.wat", spin);
    let report = |path: &str| cervus(["verify", path, "--assume", "first:1<=p0<=100", "--json"]).ok();
    let (good, bad) = (file(&dir, "good.json", report(&two)), file(&dir, "bad.json", report(&spin)));
    let against = |path: &str, old: &str| cervus(["verify", path, "--assume", "first:1<=p0<=100", "--compare", old]);

    let same = against(&two, &good);
    assert!(same.code == Some(0) && same.out.contains("0 worse, 0 better"), "{same:?}");
    let worse = against(&spin, &good);
    assert_eq!(worse.code, Some(3), "{worse:?}");
    assert!(worse.out.contains("worse  unbounded_loops 0 → 1  first"), "{worse:?}");
    assert!(worse.out.contains("worse  class           bounded → metered  the module"), "{worse:?}");
    let better = against(&two, &bad);
    assert!(better.code == Some(0) && better.out.contains("better class"), "{better:?}");
    let err = against(&two, &file(&dir, "other.json", "{}")).fails(2);
    assert!(err.contains("it is not a report") && err.contains("--json"), "{err}");
    let json = cervus(["verify", &spin, "--json", "--compare", &good]).json();
    assert_eq!(json["comparison"]["changes"][0]["worse"], true);
}

#[test]
fn traps_show_source_lines() {
    let two = file(&scratch("traps_show"), "trap.wat", "(module\n  (func (export \"f\")\n    (unreachable)))");
    let err = cervus(["run", &two, "--invoke", "f"]).fails(1);
    assert!(err.contains("trap.wat:3:"), "{err}");
}

/// One file that needs no other.
#[test]
fn cfg_html() {
    let dir = scratch("cfg_html");
    let two = file(&dir, "two.wat", TWO);
    let out = dir.join("two.html").to_str().unwrap().to_owned();
    cervus(["cfg", &two, "-o", &out]).ok();
    let page = fs::read_to_string(&out).unwrap();
    assert_eq!((page.matches("<svg").count(), page.matches("</svg>").count()), (2, 2));
    assert!(page.contains("two.wat:3") && page.contains("loop: "), "{page}");
    for outside in ["src=", "<link", "@import", "<script", "url(http"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn every_guest_is_accepted() {
    for entry in fs::read_dir(repo("testsuite/guests/wasm")).unwrap() {
        let path = entry.unwrap().path();
        let report = cervus(["verify".as_ref(), path.as_os_str(), "--json".as_ref()]);
        assert_eq!(report.code, Some(0), "{}: {report:?}", path.display());
        assert!(report.json()["image"]["bytes"].as_u64().unwrap() > 0);
    }
}

#[test]
fn dump_and_parse_give_the_same_image() {
    let dir = scratch("dump_and_parse");
    let path = |name: &str| dir.join(name).to_str().unwrap().to_owned();
    let (image, again) = (path("fib.cvi"), path("again.cvi"));
    let fib = example("fib");
    cervus(["dump", &fib, "--image", &image]).ok();
    let text = cervus(["dump", &fib, "--ir"]).ok();
    assert_eq!(cervus(["dump", &image]).ok(), text);
    cervus(["dump", "--parse", &file(&dir, "fib.txt", &text), "--image", &again]).ok();
    assert!(fs::read(&image).unwrap() == fs::read(&again).unwrap());

    let err = cervus(["dump", "--parse", &file(&dir, "bad.txt", "image version=1\nnonsense 1\n")]).fails(1);
    assert!(err.contains("bad.txt:"), "{err}");
}

#[test]
fn dump_parts() {
    let two = file(&scratch("dump_parts"), "two.wat", TWO);
    let first = cervus(["dump", &two, "--function", "first"]).ok();
    assert!(first.contains("\"first\"") && !first.contains("\"second\""), "{first}");
    assert_eq!(cervus(["dump", &two, "--function", "0"]).ok(), first);
    let leaders = cervus(["dump", &two, "--leaders"]).ok();
    assert!(leaders.contains("func 0 first: frame=") && leaders.contains("  @0 pc="), "{leaders}");
    let err = cervus(["dump", &two, "--function", "frist"]).fails(2);
    assert!(err.contains("did you mean `first`?"), "{err}");
    let err = cervus(["dump", &two, "--function", "7"]).fails(2);
    assert!(err.contains("0 to 1"), "{err}");
}

#[test]
fn cfg_formats() {
    let dir = scratch("cfg_formats");
    let two = file(&dir, "two.wat", TWO);
    let path = |name: &str| dir.join(name).to_str().unwrap().to_owned();
    cervus(["cfg", &two, "--function", "first", "-o", &path("first.svg")]).ok();
    assert!(fs::read_to_string(path("first.svg")).unwrap().contains("<svg"));
    cervus(["cfg", &two, "-o", &path("all.dot")]).ok();
    assert_eq!(fs::read_to_string(path("all.dot")).unwrap().matches("digraph").count(), 2);
    let err = cervus(["cfg", &two, "-o", &path("all.svg")]).fails(2);
    assert!(err.contains("0 first, 1 second"), "{err}");
    let err = cervus(["cfg", &two, "-o", &path("all.png")]).fails(2);
    assert!(err.contains(".svg, .dot or .html"), "{err}");
    let err = cervus(["cfg", &two, "--function", "9", "-o", "-"]).fails(2);
    assert!(err.contains("there is no function 9"), "{err}");
}

#[test]
fn what_is_missing_is_said() {
    let hello = example("hello_world");
    let bounded = cervus(["verify", &example("fib"), "--policy", "bounded"]);
    assert!(bounded.out.contains("note: the module has no debug information: built with `-g`"), "{bounded:?}");
    assert!(!cervus(["verify", &hello, "--allow", "none"]).out.contains("debug information"));
    let two = file(&scratch("what_is_missing"), "two.wat", TWO);
    assert!(!cervus(["verify", &two, "--policy", "bounded"]).out.contains("debug information"));
    for args in [["dump", two.as_str(), "--function", "zzz"].as_slice(), &["cfg", &two, "-o", "-", "--function", "zzz"]]
    {
        let err = cervus(args).fails(2);
        assert!(err.contains("hint: the functions are first, second"), "{err}");
    }
    let err = cervus(["verify", &hello, "--compare", &hello]).fails(2);
    assert!(err.contains("--compare takes what `cervus verify FILE --json` has printed"), "{err}");
}

#[test]
fn graphs_and_images_as_json() {
    let two = file(&scratch("graphs_as_json"), "two.wat", TWO);
    let report = cervus(["verify", &two, "--json", "--assume", "1<=p0<=9"]).json();
    let graphs = cervus(["cfg", &two, "--json", "--assume", "1<=p0<=9"]).json();
    for (function, graph) in report["functions"].as_array().unwrap().iter().zip(graphs["functions"].as_array().unwrap())
    {
        // The same fields with the same values, and one more.
        let mut plain = graph.clone();
        plain.as_object_mut().unwrap().remove("graph").unwrap();
        assert_eq!(&plain, function);
    }
    let graph = &graphs["functions"][0]["graph"];
    let blocks = graph["blocks"].as_array().unwrap();
    let head = blocks.iter().position(|block| !block["loop"].is_null()).unwrap();
    assert_eq!((&blocks[head]["runs"], &blocks[head]["source"]), (&9.into(), &"two.wat:3:10".into()));
    assert_eq!(blocks[head]["loop"], report["functions"][0]["loops"][0]["offset"]);
    let back = blocks[head]["edges"].as_array().unwrap().iter().find(|edge| edge["back"] == true).unwrap();
    assert_eq!(back["to"], head);
    let unbounded = cervus(["cfg", &two, "--json", "--function", "first"]).json();
    assert!(unbounded["functions"][0]["graph"]["blocks"][head]["runs"].is_null());
    assert_eq!(unbounded["functions"].as_array().unwrap().len(), 1);

    let dump = cervus(["dump", &two, "--json"]).json();
    assert_eq!((&dump["class"], &dump["functions"][0]["name"]), (&"metered".into(), &"first".into()));
    assert_eq!(dump["image"]["bytes"], cervus(["verify", &two, "--json"]).json()["image"]["bytes"]);
    let text = cervus(["dump", &two, "--function", "first"]).ok();
    assert_eq!(dump["functions"][0]["text"], text.lines().collect::<serde_json::Value>());
    let hello = cervus(["dump", &example("hello_world"), "--json"]).json();
    assert_eq!((&hello["cost"], &hello["capabilities"][0]), (&271.into(), &"log".into()));
    for args in [["dump", "/no/such", "--json"], ["cfg", "/no/such", "--json"]] {
        assert_eq!(cervus(args).json()["event"], "error");
    }
}

#[test]
fn explain() {
    let text = cervus(["explain", "w0301"]).ok();
    assert!(text.starts_with("# W0301: ") && text.contains("## Fix"), "{text}");
    let text = cervus(["explain", "EdgeCredit"]).ok();
    assert!(text.contains("rule R12"), "{text}");
    assert_eq!(cervus(["explain", "1204"]).ok(), text);
    let err = cervus(["explain", "EdgeCredti"]).fails(2);
    assert!(err.contains("did you mean `EdgeCredit`"), "{err}");
    let all = cervus(["explain"]).ok();
    assert!(all.contains("W0101") && all.contains("SlotUnset"), "{all}");
}

#[test]
fn colours_are_for_terminals() {
    let hello = example("hello_world");
    assert!(!cervus(["verify", &hello]).out.contains('\x1b'));
    assert!(!cervus(["load", "missing.wasm"]).err.contains('\x1b'));
    let forced = |no_color: &str| {
        let mut command = command(["verify", &hello]);
        command.env("CLICOLOR_FORCE", "1").env("NO_COLOR", no_color);
        String::from_utf8(command.output().unwrap().stdout).unwrap().contains('\x1b')
    };
    assert!(forced(""));
    assert!(!forced("1"));
}

#[test]
fn a_full_disk_is_an_error() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command(["verify", &example("hello_world")]).stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("cannot write to standard output"));
}
