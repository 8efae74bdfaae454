//! `cervus load`.

use crate::{Ran, cervus, command, example, file, repo, scratch};
use std::{
    ffi::OsStr,
    io::Read,
    process::Stdio,
    time::{Duration, Instant},
};

/// `cervus load` on the engine that is always there.
fn load<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Ran {
    let head = ["load", "--engine", "embedded"].map(|word| OsStr::new(word).to_owned());
    cervus(head.into_iter().chain(args.into_iter().map(|arg| arg.as_ref().to_owned())))
}

#[test]
fn hello_world() {
    assert_eq!(load([&example("hello_world")]).ok(), "cervus: (1) [INFO] Hello, world!\n");
}

#[test]
fn arguments_reach_the_program() {
    let args = example("args");
    let expected = format!("cervus: (1) [INFO] 0: {args}\ncervus: (1) [INFO] 1: one\ncervus: (1) [INFO] 2: --two 2\n");
    assert_eq!(load([&args, "--", "one", "--two 2"]).ok(), expected);
}

#[test]
fn exit_codes_are_the_programs() {
    let fib = example("fib");
    assert_eq!(load([&fib, "--", "20"]).ok(), "cervus: (1) [INFO] 6765\n");
    let wrong = load([&fib, "--", "many"]);
    assert_eq!((wrong.code, wrong.err.as_str()), (Some(2), ""));
    assert_eq!(wrong.out, "cervus: (1) [ERROR] fib: `many` is not a whole number from 0 to 93\n");
    // The low 8 bits of what the entry point returns.
    let dir = scratch("exit_codes");
    let wat = file(&dir, "code.wat", r#"(module (func (export "main") (result i32) i32.const -1))"#);
    assert_eq!(load([&wat]).code, Some(255));
}

#[test]
fn c_program() {
    let out = load([&repo("usermode/examples/c/primes.wasm"), "--", "30"]);
    assert_eq!(out.code, Some(0), "{out:?}");
    assert!(out.out.starts_with("cervus: (1) "), "{out:?}");
}

#[test]
fn entry_points_in_order() {
    let dir = scratch("entry_points");
    let both = r#"(module
        (func (export "main") (result i32) i32.const 1)
        (func (export "__cv_main") (result i32) i32.const 2)
        (func (export "_start") (result i32) i32.const 3))"#;
    assert_eq!(load([&file(&dir, "both.wat", both)]).code, Some(2));

    let none = file(&dir, "none.wat", r#"(module (func (export "add")) (func (export "sub")))"#);
    let err = load([&none]).fails(2);
    assert!(err.contains("no entry point") && err.contains("add, sub"), "{err}");

    let typed = file(&dir, "typed.wat", r#"(module (func (export "main") (param i32)))"#);
    let err = load([&typed]).fails(2);
    assert!(err.contains("`main` has the type (i32)"), "{err}");
}

#[test]
fn images_are_loaded_too() {
    let dir = scratch("images_are_loaded");
    let cvi = dir.join("hello.cvi").to_str().unwrap().to_owned();
    assert_eq!(cervus(["dump", &example("hello_world"), "--image", &cvi]).ok(), "");
    assert_eq!(load([&cvi]).ok(), "cervus: (1) [INFO] Hello, world!\n");
    let err = load([&cvi, "--allow", "none"]).fails(1);
    assert!(err.contains("`cwa.log_write` needs `log`, which is not granted"), "{err}");
}

#[test]
fn capabilities() {
    let hello = example("hello_world");
    let err = load([&hello, "--allow", "none"]).fails(1);
    assert!(err.contains("W0306") && err.contains("`log`"), "{err}");
    assert_eq!(load([&hello, "--allow", "none,log"]).code, Some(0));
    let err = load([&hello, "--allow", "lgo"]).fails(2);
    assert!(err.contains("log, args, sleep, none"), "{err}");
}

#[test]
fn engines() {
    let hello = example("hello_world");
    let verbose = cervus(["-v", "load", "--engine", "embedded", &hello]);
    assert_eq!(verbose.out, "cervus: (1) [INFO] Hello, world!\n");
    assert!(verbose.err.contains("units of fuel"), "{verbose:?}");
    let err = load([&hello, "--pin", "hello"]).fails(2);
    assert!(err.contains("--pin") && err.contains("--engine kernel"), "{err}");
    let err = cervus(["load", &hello, "--pin", "1"]).fails(2);
    assert!(err.contains("begin with a digit"), "{err}");
    let err = cervus(["load", &hello, "--engine", "kernel", "--max-pages", "0"]).fails(2);
    assert!(err.contains("--engine embedded"), "{err}");
}

#[test]
fn traps_show_where() {
    let dir = scratch("load_traps");
    let wat = r#"(module
        (func $crash unreachable)
        (func $middle (call $crash) (call $crash))
        (func (export "_start") (call $middle)))"#;
    let err = load([&file(&dir, "trap.wat", wat)]).fails(1);
    assert!(err.contains("trapped: unreachable"), "{err}");
    let at = |name: &str| err.find(name).unwrap_or_else(|| panic!("no {name}: {err}"));
    assert!(at("0: crash") < at("1: middle") && at("1: middle") < at("2: _start"), "{err}");
    assert!(err.contains("wasm offset 0x"), "{err}");
}

#[test]
fn fuel_and_pages_are_limits() {
    let dir = scratch("limits");
    let spin = file(&dir, "spin.wat", r#"(module (func (export "main") (loop $l (br $l))))"#);
    let err = load([&spin, "--fuel", "1_000_000"]).fails(1);
    assert!(err.contains("out of fuel") && err.contains("0: main") && err.contains("--fuel"), "{err}");

    let wat = r#"(module (memory 2) (func (export "main") (result i32) (memory.grow (i32.const 1))))"#;
    let grow = file(&dir, "grow.wat", wat);
    assert_eq!(load([&grow]).code, Some(2));
    assert_eq!(load([&grow, "--max-pages", "2"]).code, Some(255));
    let err = load([&grow, "--max-pages", "1"]).fails(1);
    assert!(err.contains("W0401"), "{err}");
}

#[test]
fn arguments_need_no_dashes() {
    let args = example("args");
    let with = load([args.as_str(), "--", "one", "-2", "three"]).ok();
    assert!(with.contains("1: one") && with.contains("2: -2"), "{with}");
    assert_eq!(load([args.as_str(), "one", "-2", "three"]).ok(), with);
    // Options are the command's own, wherever they stand.
    assert_eq!(load([args.as_str(), "one", "--fuel", "1000000", "-2", "three"]).ok(), with);
    let err = load([args.as_str(), "one", "--feul", "1"]).fails(2);
    assert!(err.contains("'--fuel'"), "{err}");
}

#[test]
fn programs_come_from_standard_input_too() {
    let piped = |args: &[&str], path: &str| -> crate::Ran {
        let stdin = std::fs::File::open(path).unwrap();
        crate::command(args).stdin(stdin).output().unwrap().into()
    };
    let fib = example("fib");
    assert_eq!(piped(&["load", "-q", "-", "20"], &fib).ok(), "cervus: (1) [INFO] 6765\n");
    assert_eq!(piped(&["verify", "-"], &fib).ok(), cervus(["verify", &fib]).ok());
    let dir = scratch("standard_input");
    let trap = file(&dir, "trap.wat", "(module (func (export \"main\") unreachable))");
    let err = piped(&["load", "-q", "-"], &trap).fails(1);
    assert!(err.contains("-: trapped: unreachable") && err.contains("0: main"), "{err}");
}

#[test]
fn json_lines() {
    let ran = load([example("fib").as_str(), "--json", "--", "10"]);
    let lines: Vec<serde_json::Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0], serde_json::json!({ "event": "log", "id": 1, "level": 6, "text": "55" }));
    assert_eq!((&lines[1]["event"], &lines[1]["code"]), (&"exit".into(), &0.into()));
    assert!(lines[1]["fuel"].as_u64().unwrap() > 100);
    assert_eq!(lines[1]["engine"], "embedded");
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let dir = scratch("broken_pipe");
    let wat = r#"(module
        (import "cwa" "log_write" (func $log (param i32 i32 i32)))
        (memory 1) (data (i32.const 0) "line")
        (func (export "main") (loop $l (call $log (i32.const 6) (i32.const 0) (i32.const 4)) (br $l))))"#;
    let wat = file(&dir, "chatty.wat", wat);
    let mut child =
        command(["load", "--engine", "embedded", &wat]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut head = [0; 4];
    child.stdout.take().unwrap().read_exact(&mut head).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(141), ""));
}

#[test]
fn ctrl_c_stops_and_says_where() {
    let dir = scratch("ctrl_c");
    let wat = r#"(module
        (import "cwa" "log_write" (func $log (param i32 i32 i32)))
        (import "cwa" "runtime_msleep" (func $sleep (param i32)))
        (memory 1) (data (i32.const 0) "ready")
        (func $forever (loop $l (br $l)))
        (func (export "main")
            (call $sleep (i32.const 1))
            (call $log (i32.const 6) (i32.const 0) (i32.const 5))
            (call $forever)))"#;
    let mut child = command(["load", "--engine", "embedded", &file(&dir, "spin.wat", wat)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = [0; 5];
    child.stdout.as_mut().unwrap().read_exact(&mut line).unwrap();
    let began = Instant::now();
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{err}");
    assert!(err.contains("interrupted") && err.contains("0: forever") && err.contains("1: main"), "{err}");
    assert!(began.elapsed() < Duration::from_secs(5));
}
