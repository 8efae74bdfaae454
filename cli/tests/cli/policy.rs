//! `--policy` of `load` and `run`: the same rejections as those of `verify`, and claims that are enforced whatever the size
//! of the module and whatever its other functions do.

use crate::{Ran, cervus, file, scratch};

/// What makes a module larger than those whose loop bounds are looked for without being asked.
fn padding() -> String {
    format!(r#"(data (i32.const 1024) "{}")"#, "x".repeat(66 << 10))
}

/// A module that claims `rounds` rounds of a loop which goes round `$n - 1` times.
fn claiming(rounds: u32, more: &str) -> String {
    format!(
        r#"(module (memory 2)
            (func $claim (export "cervus_loop_bound") (param i64))
            (func (export "f") (param $n i32)
                (loop $l (call $claim (i64.const {rounds}))
                    (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
            {more})"#
    )
}

/// A loop that goes on until memory says so.
const WAITS: &str = r#"(module (memory 2)
    (func (export "main") (loop $l (br_if $l (i32.load8_u (i32.const 0))))) "#;

fn embedded<'a>(args: impl IntoIterator<Item = &'a str>) -> Ran {
    cervus(["load", "-q", "--engine", "embedded"].into_iter().chain(args))
}

fn run(path: &str, args: &[&str]) -> Ran {
    cervus(["run", path, "--invoke"].iter().chain(args).copied())
}

#[test]
fn what_verify_rejects_is_rejected_in_the_same_words() {
    let dir = scratch("policy_words");
    for (name, text) in [
        ("small.wat", format!("{WAITS})")),
        ("large.wat", format!("{WAITS} {})", padding())),
        ("recursive.wat", r#"(module (func $main (export "main") (call $main)))"#.to_owned()),
    ] {
        let path = file(&dir, name, &text);
        let verified = cervus(["verify", &path, "--policy", "bounded"]);
        assert_eq!(verified.code, Some(1), "{verified:?}");
        let findings = verified.out.split("rejected, ").next().unwrap().trim_end();
        assert!(findings.starts_with("error[W07"), "{findings}");
        for ran in [embedded([path.as_str(), "--policy", "bounded"]), run(&path, &["main", "--policy", "bounded"])] {
            let rest = ran.err.strip_prefix(findings).unwrap_or_else(|| panic!("{findings}\n{ran:?}"));
            assert_eq!((ran.code, rest.trim()), (Some(1), format!("error: {path}: rejected, 1 error").as_str()));
        }
        let error = embedded([path.as_str(), "--policy", "bounded", "--json"]).json();
        assert_eq!((&error["event"], &error["code"]), (&"error".into(), &1.into()), "{error}");
    }
    // Anything valid is accepted otherwise.
    let path = file(&dir, "ends.wat", &format!("{WAITS} {})", padding()));
    for policy in [&[][..], &["--policy", "metered"]] {
        let args = [path.as_str()].into_iter().chain(policy.iter().copied());
        assert_eq!(embedded(args.collect::<Vec<_>>()).ok(), "");
    }
    let err = embedded([path.as_str(), "--policy", "unlimited"]).fails(2);
    assert!(err.contains("bounded, metered"), "{err}");
}

#[test]
fn ranges_of_arguments_make_bounds() {
    let dir = scratch("policy_assume");
    let text = r#"(module (func (export "sum") (param $n i32) (result i32) (local $i i32) (local $s i32)
        (block $done (loop $l
            (br_if $done (i32.ge_u (local.get $i) (local.get $n)))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (local.set $s (i32.add (local.get $s) (local.get $i)))
            (br $l)))
        (local.get $s)))"#;
    let path = file(&dir, "sum.wat", text);
    let err = run(&path, &["sum", "100", "--policy", "bounded"]).fails(1);
    assert!(err.contains("W0703") && err.contains("--assume"), "{err}");
    let ranged = |n: &str| run(&path, &["sum", n, "--policy", "bounded", "--assume", "n<=100"]);
    assert_eq!(ranged("100").ok(), "5050\n");
    // Who does not keep to it breaks the claim that rests on it.
    let err = ranged("1000").fails(1);
    assert!(err.contains("the program claims to need at most"), "{err}");
    let err = run(&path, &["sum", "1", "--assume", "m<=100"]).fails(2);
    assert!(err.contains("--assume says nothing about this module"), "{err}");
}

#[test]
fn claims_count_in_modules_of_any_size() {
    let dir = scratch("policy_sizes");
    for (name, more) in [("small.wat", String::new()), ("large.wat", padding())] {
        let path = file(&dir, name, &claiming(20, &more));
        assert_eq!(run(&path, &["f", "21"]).ok(), "", "{name}");
        let err = run(&path, &["f", "40"]).fails(1);
        assert!(err.contains("the program claims to need at most"), "{name}: {err}");
    }
    // An import of the name claims, too, if the host has it; here it is named as missing.
    let imported = claiming(20, &padding())
        .replace(r#"(memory 2)"#, "")
        .replace(r#"(func $claim (export "cervus_loop_bound") (param i64))"#, "(memory 2)")
        .replace("(module", r#"(module (import "env" "cervus_loop_bound" (func $claim (param i64)))"#);
    let err = run(&file(&dir, "imported.wat", &imported), &["f", "1"]).fails(1);
    assert!(err.contains("cervus_loop_bound"), "{err}");
}

#[test]
fn an_export_has_its_own_claim() {
    let dir = scratch("policy_exports");
    let dear = r#"(func (export "dear") (param $n i32)
        (loop $l (call $claim (i64.const 100000))
            (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))"#;
    let path = file(&dir, "two.wat", &claiming(20, dear));
    let cost = |name: &str| -> u64 {
        let report = cervus(["verify", &path, "--json"]).json();
        let functions = report["functions"].as_array().unwrap();
        functions.iter().find(|f| f["name"] == name).and_then(|f| f["cost"].as_u64()).unwrap()
    };
    assert_eq!(run(&path, &["dear", "100001"]).ok(), "");
    for (name, n) in [("f", "22"), ("dear", "100002")] {
        let err = run(&path, &[name, n]).fails(1);
        assert!(err.contains(&format!("claims to need at most {} units", cost(name))), "{name}: {err}");
    }
    // The user may allow less, and the start function takes its part of it.
    let err = run(&path, &["f", "21", "--fuel", "30"]).fails(1);
    assert!(err.contains("the run may use 30 units"), "{err}");
    let start = r#"(func $start (memory.fill (i32.const 0) (i32.const 0) (i32.const 65536))) (start $start)"#;
    let started = file(&dir, "start.wat", &claiming(20, start));
    assert_eq!(run(&started, &["f", "21"]).ok(), "");
    assert!(run(&started, &["f", "5000"]).fails(1).contains("the program claims to need at most"));
    // An image claims for all its exports together.
    let cvi = dir.join("two.cvi").to_str().unwrap().to_owned();
    assert_eq!(cervus(["dump", &path, "--image", &cvi]).ok(), "");
    assert_eq!(run(&cvi, &["f", "22"]).ok(), "");
    let err = run(&cvi, &["f", "200000"]).fails(1);
    assert!(err.contains(&format!("claims to need at most {} units", cost("dear"))), "{err}");
}

#[test]
fn a_claim_counts_beside_a_loop_without_bound() {
    let dir = scratch("policy_beside");
    let waits = r#"(func (export "waits") (loop $l (br_if $l (i32.load8_u (i32.const 0)))))"#;
    let path = file(&dir, "beside.wat", &claiming(20, waits));
    assert_eq!(cervus(["verify", &path, "--json"]).json()["class"], "metered");
    assert_eq!(run(&path, &["waits"]).ok(), "");
    assert_eq!(run(&path, &["f", "21"]).ok(), "");
    assert!(run(&path, &["f", "22"]).fails(1).contains("the program claims to need at most"));
}

#[test]
fn images_are_bounded_or_not() {
    let dir = scratch("policy_images");
    let image = |name: &str, text: &str| {
        let cvi = dir.join(format!("{name}.cvi")).to_str().unwrap().to_owned();
        assert_eq!(cervus(["dump", &file(&dir, &format!("{name}.wat"), text), "--image", &cvi]).ok(), "");
        cvi
    };
    let (ends, waits) = (image("ends", r#"(module (func (export "main")))"#), image("waits", &format!("{WAITS})")));
    assert_eq!(embedded([ends.as_str(), "--policy", "bounded"]).ok(), "");
    assert_eq!(embedded([waits.as_str(), "--policy", "metered"]).ok(), "");
    let err = embedded([waits.as_str(), "--policy", "bounded"]).fails(1);
    assert!(err.contains("rejected: the image does not claim to be bounded") && err.contains("hint: "), "{err}");
    let err = run(&ends, &["main", "--assume", "n<=3"]).fails(2);
    assert!(err.contains("--assume is for modules"), "{err}");
}
