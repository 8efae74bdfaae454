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
fn reports_are_compared() {
    let dir = scratch("compared");
    let sum = file(&dir, "sum.wat", SUM);
    let report = |range: &str| cervus(["verify", &sum, "--assume", range, "--json"]).json().to_string();
    let old = file(&dir, "old.json", report("n<=100"));
    let same = cervus(["verify", &sum, "--assume", "n<=100", "--compare", &old]).ok();
    assert!(same.contains("0 worse, 0 better"), "{same}");
    let worse = cervus(["verify", &sum, "--assume", "n<=200", "--compare", &old]);
    assert!(worse.code == Some(1) && worse.out.contains("rounds of a loop was 100, is 200"), "{worse:?}");
    let better = cervus(["verify", &sum, "--assume", "n<=50", "--compare", &old]).ok();
    assert!(better.contains("0 worse"), "{better}");
}

#[test]
fn a_page_holds_report_and_pictures() {
    let dir = scratch("page");
    let sum = file(&dir, "sum.wat", SUM);
    let page = dir.join("sum.html");
    cervus(["cfg".as_ref(), sum.as_ref(), "-o".as_ref(), page.as_os_str()]).ok();
    let text = fs::read_to_string(page).unwrap();
    assert!(text.contains("<svg") && text.contains("no bound") && !text.contains("href"), "{text}");
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
fn explain() {
    let text = cervus(["explain", "w0301"]).ok();
    assert!(text.starts_with("W0301: "), "{text}");
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
