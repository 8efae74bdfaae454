//! Files that are not what they should be: one clear message each, the right exit code, never a panic.

use crate::{cervus, example, file, scratch};
use std::{fs, os::unix::fs::PermissionsExt};

/// `load` on the engine that is always there.
const EMBEDDED: &[&str] = &["load", "--engine", "embedded"];
/// Commands that take any program.
const COMMANDS: [&[&str]; 4] = [EMBEDDED, &["run", "--invoke", "main"], &["dump"], &["bench", "compile"]];

/// Every command on this file fails with this code and says this, in one error.
#[track_caller]
fn all_fail(path: &str, code: i32, text: &str) {
    for command in COMMANDS {
        let last: &[&str] = if command[0] == "bench" { &["1"] } else { &[] };
        let err = cervus(command.iter().copied().chain([path]).chain(last.iter().copied())).fails(code);
        assert!(err.contains(text), "{command:?} {path}: {err}");
        assert_eq!(err.matches("error:").count(), 1, "{command:?} {path}: {err}");
    }
}

#[test]
fn unreadable_files() {
    let dir = scratch("unreadable_files");
    let missing = dir.join("hello_wrold.wasm").to_str().unwrap().to_owned();
    all_fail(&missing, 2, "no such file");
    file(&dir, "hello_world.wasm", "");
    all_fail(&missing, 2, "did you mean `hello_world.wasm`?");
    all_fail(dir.to_str().unwrap(), 2, "it is a directory");
    all_fail(dir.join("sub/x.wasm").to_str().unwrap(), 2, "there is no directory");
    let secret = file(&dir, "secret.wasm", "x");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
    // Root may read everything.
    if fs::read(&secret).is_err() {
        all_fail(&secret, 2, "permission denied");
    }
}

#[test]
fn files_of_other_kinds() {
    let dir = scratch("files_of_other_kinds");
    all_fail(&file(&dir, "empty.wasm", ""), 1, "W0101");
    all_fail(&file(&dir, "text.wasm", "fn main() {}\n"), 1, "error[W0102]: this is a text file");
    all_fail(&file(&dir, "elf.wasm", b"\x7fELF\x02\x01\x01\0"), 1, "W0103");
    all_fail(&file(&dir, "component.wasm", b"\0asm\x0d\0\x01\0"), 1, "component");
    all_fail(&file(&dir, "noise.wasm", b"\x9c\x01\xff\xfe\x80"), 1, "W0110");
    all_fail(&file(&dir, "version.wasm", b"\0asm\x02\0\0\0"), 1, "W0107");
}

#[test]
fn a_module_cut_anywhere_is_refused() {
    let dir = scratch("cut_modules");
    let whole = fs::read(example("hello_world")).unwrap();
    all_fail(&file(&dir, "cut.wasm", &whole[..whole.len() / 2]), 1, "W0109");
    for at in (1..whole.len()).step_by(97) {
        let ran = cervus(["load", "-q", &file(&dir, "cut.wasm", &whole[..at])]);
        // Between two sections the rest may still be a module, without an entry point or with code missing.
        assert!(matches!(ran.code, Some(1 | 2)), "{at}: {ran:?}");
        assert_eq!(ran.err.matches("error:").count(), 1, "{at}: {ran:?}");
    }
}

#[test]
fn text_modules_with_errors() {
    let dir = scratch("text_modules");
    let path = file(&dir, "bad.wat", "(module\n  (func (result i32) i32.cosnt 1))\n");
    all_fail(&path, 1, "not a module in the text format: unknown operator");
    let err = cervus(["load", &path]).fails(1);
    assert!(err.contains("bad.wat:2:") && err.contains("i32.cosnt"), "{err}");
    all_fail(&file(&dir, "latin1.wat", b"(module \xe9)"), 1, "utf-8");
    let invalid = file(&dir, "invalid.wat", "(module (func $f (result i32)))");
    let err = cervus(["load", &invalid]).fails(1);
    assert!(err.contains("W0202") && err.contains("--> function 0 `f`"), "{err}");
}

#[test]
fn missing_imports_are_listed_at_once() {
    let dir = scratch("missing_imports");
    let wat = r#"(module
        (import "env" "alpha" (func (param i32)))
        (import "env" "beta" (func (result i64)))
        (import "cwa" "log_wriet" (func (param i32 i32 i32)))
        (func (export "main")))"#;
    let path = file(&dir, "imports.wat", wat);
    for command in ["load", "verify"] {
        let ran = cervus([command, &path]);
        assert_eq!(ran.code, Some(1));
        let text = ran.out + &ran.err;
        assert!(text.contains("2 functions that the module imports from `env`"), "{text}");
        assert!(text.contains("they are `alpha`, `beta`\n"), "{text}");
        assert!(text.contains("rejected, 2 errors"), "{text}");
        assert!(text.contains("did you mean `cwa.log_write`"), "{text}");
    }
    // They do not matter to those who do not run it.
    assert_eq!(cervus(["dump", &path]).code, Some(0));
    assert_eq!(cervus(["bench", "compile", &path]).code, Some(0));
    assert_eq!(cervus(["cfg", &path, "-o", "-"]).code, Some(0));
}

#[test]
fn imports_of_another_host_are_one_finding() {
    let dir = scratch("another_host");
    let imports: String =
        (0..100).map(|at| format!("(import \"wasi_snapshot_preview1\" \"f{at}\" (func $f{at}))\n")).collect();
    let wat = format!("(module\n{imports}(func (export \"_start\")\n  (call $f7) (call $f0)))");
    let path = file(&dir, "wasi.wat", wat);
    let text = cervus(["load", &path]).fails(1);
    assert!(text.contains("100 functions that the module imports from `wasi_snapshot_preview1`"), "{text}");
    assert!(text.contains("`f11` and 88 more") && text.contains("there is no WASI here"), "{text}");
    assert!(text.contains("`f0` is first called in function 100 `_start`"), "{text}");
    assert!(text.matches("W0301").count() == 1 && text.lines().count() < 16, "{text}");
    let json = cervus(["verify", &path, "--json"]).json();
    assert_eq!((json["diagnostics"].as_array().unwrap().len(), json["imports"].as_array().unwrap().len()), (1, 100));
}

/// Commands that do something with a program refuse it in the words of `verify`.
#[test]
fn rejections_show_the_source_everywhere() {
    let dir = scratch("rejections_everywhere");
    let bad = file(&dir, "bad.wat", "(module\n  (func (export \"main\") (result i32)\n    (i32.eqz (i64.const 1))))");
    let picture = "3 |     (i32.eqz (i64.const 1))))\n  |      ^^^^^^^";
    let findings = cervus(["verify", &bad]).out;
    let findings = &findings[..findings.find("\n\nrejected").unwrap()];
    assert!(findings.contains(picture), "{findings}");
    for command in [EMBEDDED, &["run", "--invoke", "main"], &["dump"], &["cfg", "-o", "-"], &["bench", "compile"]] {
        let err = cervus(command.iter().copied().chain([bad.as_str()])).fails(1);
        assert!(err.starts_with(findings) && err.ends_with("bad.wat: rejected, 1 error\n"), "{err}");
    }
    let json = cervus(["load", "--engine", "embedded", "--json", &bad]).json();
    let details: Vec<&str> = json["details"].as_array().unwrap().iter().filter_map(|line| line.as_str()).collect();
    assert!(details.join("\n").contains(picture), "{json}");
    assert_eq!(json["diagnostics"][0]["places"][0]["line"], 3);
}

#[test]
fn damaged_images() {
    let dir = scratch("damaged_images");
    let cvi = dir.join("fib.cvi").to_str().unwrap().to_owned();
    cervus(["dump", &example("fib"), "--image", &cvi]).ok();
    let whole = fs::read(&cvi).unwrap();
    let changed = |name: &str, at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x41;
        file(&dir, name, bytes)
    };
    for (path, text) in [
        (changed("version.cvi", 4), "this cervus reads version"),
        (changed("table.cvi", 16), "built by another version of cervus"),
        (file(&dir, "cut.cvi", &whole[..whole.len() - 8]), "cut off"),
        (file(&dir, "header.cvi", &whole[..20]), "cut off"),
        (file(&dir, "long.cvi", [whole.as_slice(), &[0]].concat()), "bytes left over"),
    ] {
        for command in [EMBEDDED, &["run", "--invoke", "main"]] {
            let err = cervus(command.iter().copied().chain([path.as_str()])).fails(1);
            assert!(err.contains(text) && err.contains("hint:"), "{path}: {err}");
        }
    }
    // A module is wanted here.
    let err = cervus(["cfg", &cvi, "-o", "-"]).fails(1);
    assert!(err.contains("W0108"), "{err}");
    // No change of a byte makes a panic.
    for at in (0..whole.len()).step_by(37) {
        let ran = cervus(["load", "-q", &changed("any.cvi", at), "--fuel", "1000000"]);
        assert!(!ran.err.contains("panicked"), "{at}: {ran:?}");
        assert!(ran.code.is_some(), "{at}: {ran:?}");
    }
}

#[test]
fn who_reads_json_gets_json() {
    let dir = scratch("json_errors");
    let cut = file(&dir, "cut.wasm", "\0asm\x01\0\0\0\x01");
    let text = file(&dir, "bad.wat", "(module (func i32.ad))");
    let missing = dir.join("missing.wasm").to_str().unwrap().to_owned();
    let commands: [&[&str]; 3] = [EMBEDDED, &["run", "--invoke", "main"], &["bench", "compile"]];
    for command in commands {
        for (path, code) in [(&cut, 1), (&text, 1), (&missing, 2)] {
            let ran = cervus(command.iter().copied().chain([path.as_str(), "--json"]));
            assert_eq!(ran.code, Some(code), "{ran:?}");
            let json = ran.json();
            assert_eq!((&json["event"], &json["code"]), (&"error".into(), &code.into()), "{ran:?}");
            assert!(ran.err.contains(json["message"].as_str().unwrap()), "{ran:?}");
            let codes: Vec<_> = json["diagnostics"].as_array().unwrap().iter().map(|d| &d["code"]).collect();
            assert_eq!(codes.first().is_some_and(|code| *code == "W0109"), path == &cut, "{ran:?}");
        }
    }
    let ran = cervus(["verify", &text, "--json"]);
    assert!(
        ran.json()["details"].as_array().unwrap().iter().any(|line| line.as_str().unwrap().ends_with("bad.wat:1:15")),
        "{ran:?}"
    );
}

#[test]
fn links_to_nothing() {
    let dir = scratch("links_to_nothing");
    let link = dir.join("link.wasm");
    std::os::unix::fs::symlink("gone.wasm", &link).unwrap();
    all_fail(link.to_str().unwrap(), 2, "it is a link to gone.wasm, which is not there");
}

#[test]
fn remedies_lead_somewhere() {
    let dir = scratch("remedies");
    let wasi = r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))))"#;
    all_run_fail(&file(&dir, "wasi.wat", wasi), "there is no WASI here");
    // What is refused itself is no remedy.
    let ran = cervus(["verify", &file(&dir, "component.wasm", b"\0asm\x0d\0\x01\0")]);
    assert!(ran.out.contains("wasm32-unknown-unknown") && !ran.out.contains("wasip1"), "{ran:?}");
}

/// Commands that run a program refuse this file, and say this.
#[track_caller]
fn all_run_fail(path: &str, text: &str) {
    for command in &COMMANDS[..2] {
        let err = cervus(command.iter().copied().chain([path])).fails(1);
        assert!(err.contains(text), "{command:?} {path}: {err}");
    }
}

#[test]
fn wrong_usage() {
    let err = cervus(["lod", "x"]).fails(2);
    assert!(err.contains("'load'"), "{err}");
    let err = cervus(["load", "--feul", "3", "x"]).fails(2);
    assert!(err.contains("'--fuel'"), "{err}");
    let err = cervus(["load", "x", "--fuel=-1"]).fails(2);
    assert!(err.contains("--fuel"), "{err}");
    let err = cervus(["load", "x", "--max-pages", "70000"]).fails(2);
    assert!(err.contains("65536"), "{err}");
    let err = cervus(["load", "x", "--max-pages", "x"]).fails(2);
    assert!(err.contains("not a whole number of pages from 0 to 65536"), "{err}");
    let err = cervus(["load", "x", "--fuel", "x"]).fails(2);
    assert!(err.contains("not a whole number from 0 to"), "{err}");
    // As many threads as anybody asks for would take minutes to start.
    for jobs in ["0", "100000", "99999999999999999999", "-1", "many"] {
        let err = cervus(["verify", "x", "--jobs", jobs]).fails(2);
        assert!(err.contains("not a whole number from 1 to 1024") || jobs == "-1", "{jobs}: {err}");
    }
    let err = cervus(["dump", &example("fib"), "--image", "/no/such/dir/out.cvi"]).fails(2);
    assert!(err.contains("cannot write"), "{err}");
}

/// Who reads JSON reads of wrong usage, too, whether the command line or the file shows it.
#[test]
fn wrong_usage_is_json_for_who_asks_for_it() {
    let add = file(&scratch("json_usage"), "add.wat", "(module (func (export \"add\") (param i32)))");
    for (args, message) in [
        (&["verify", "--json", "--feul", "3", "x"][..], "unexpected argument '--feul' found"),
        (&["load", "x", "--json", "--fuel", "x"], "invalid value 'x' for '--fuel <N>': not a whole number"),
        (&["run", &add, "--json"], "the following required arguments were not provided:"),
        (&["run", &add, "--json", "--invoke", "sub", "1"], "no function is exported as `sub`"),
        (&["run", &add, "--json", "--invoke", "add", "x"], "argument 1 of `add` is `x`, which is no i32"),
        (&["verify", &add, "--json", "--assume", "p0<=99999999999999999999"], "is not a whole number of 64 bits"),
    ] {
        let ran = cervus(args.iter().copied());
        let json = ran.json();
        assert_eq!((ran.code, &json["event"], &json["code"]), (Some(2), &"error".into(), &2.into()), "{ran:?}");
        let said = json["message"].as_str().unwrap();
        assert!(said.contains(message) && ran.err.contains(said), "{ran:?}");
        assert!(!ran.out.trim_end().contains('\n'), "{ran:?}");
    }
    // What stands behind -- is the program's, and nothing is wrong with help.
    assert_eq!(cervus(["load", "--feul", "--", "--json"]).out, "");
    assert!(cervus(["verify", "--json", "--help"]).ok().contains("Usage: cervus verify"));
}

/// A range may begin with a number below zero.
#[test]
fn ranges_below_zero() {
    let text = r#"(module (func (export "f") (param $n i32) (local $i i32)
        (block $done (loop $l
            (br_if $done (i32.ge_s (local.get $i) (local.get $n)))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br $l)))))"#;
    let path = file(&scratch("below_zero"), "f.wat", text);
    let report = cervus(["verify", &path, "--json", "--assume", "-5<=n<=40"]).json();
    assert_eq!(report["functions"][0]["loops"][0]["bound"], 40, "{report}");
    assert_eq!(cervus(["run", &path, "--invoke", "f", "--assume", "-5<=n<=40", "40"]).ok(), "");
    assert!(cervus(["verify", &path, "--assume", "-5<=n<=-9"]).fails(2).contains("no value keeps to this"));
}
