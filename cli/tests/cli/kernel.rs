//! The commands that speak to the kernel engine, where there is none: one clear error each, and what to do.
//!
//! What they do with the engine there is tested in a booted kernel: `testsuite/src/kernel/cli.sh`.

use crate::{Ran, cervus, command, example, scratch};
use std::{
    os::unix::{fs::symlink, process::CommandExt},
    path::Path,
};

/// Every command that needs the kernel engine.
const COMMANDS: [&[&str]; 9] = [
    &["ps"],
    &["info", "1"],
    &["logs", "-f", "web"],
    &["stop", "1"],
    &["unload", "web"],
    &["pin", "1", "web"],
    &["unpin", "web"],
    &["top", "-n", "1"],
    &["load", "--engine", "kernel"],
];

/// Whether this machine has the device, so that the tests of its absence mean nothing.
fn has_device() -> bool {
    let has = Path::new("/dev/cervus").exists();
    if has {
        eprintln!("skipped: this machine has /dev/cervus");
    }
    has
}

#[test]
fn without_the_device_every_command_says_so() {
    if has_device() {
        return;
    }
    let hello = example("hello_world");
    for command in COMMANDS {
        let file: &[&str] = if command[0] == "load" { &[&hello] } else { &[] };
        for json in [&[][..], &["--json"]] {
            let args = command.iter().chain(file).chain(json);
            let ran = cervus(args);
            assert_eq!(ran.code, Some(2), "{ran:?}");
            match json {
                [] => assert_eq!(ran.out, "", "{command:?}"),
                _ => assert_eq!(ran.json()["event"], "error", "{command:?}"),
            }
            let err = ran.err;
            assert_eq!(
                err,
                "error: there is no /dev/cervus: the kernel module is not loaded\n  hint: load the module with \
                 `insmod cervus.ko`; `cervus doctor` says what that needs\n",
                "{command:?}"
            );
        }
    }
    let err = cervus(["load", &hello, "--pin", "hello"]).fails(2);
    assert!(err.contains("no /dev/cervus"), "{err}");
}

#[test]
fn auto_says_which_engine_and_why() {
    if has_device() {
        return;
    }
    let hello = example("hello_world");
    let ran = cervus(["load", &hello]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "cervus: (1) [INFO] Hello, world!\n"));
    assert_eq!(
        ran.err,
        "note: the program runs embedded, in this process: there is no /dev/cervus: the kernel module is not loaded\n"
    );
    assert_eq!(cervus(["load", "-q", &hello]).ok(), "cervus: (1) [INFO] Hello, world!\n");
    let ran = cervus(["load", &hello, "--max-pages", "0"]);
    assert!(ran.err.contains("W0401"), "{ran:?}");
    // The note comes with a run, not with a refusal.
    assert!(!ran.err.contains("note:"), "{ran:?}");
}

#[test]
fn cvload_is_load() {
    let dir = scratch("cvload");
    let link = dir.join("cvload");
    symlink(env!("CARGO_BIN_EXE_cervus"), &link).unwrap();
    let run = |args: &[&str]| -> Ran { std::process::Command::new(&link).args(args).output().unwrap().into() };
    assert_eq!(run(&["-q", &example("hello_world")]).out, "cervus: (1) [INFO] Hello, world!\n");
    let help = run(&["--help"]);
    assert!(help.ok().starts_with("Run a program: verify"));
    assert_eq!(run(&[]).code, Some(2));
    // By the name alone, wherever the file is.
    let ran: Ran =
        command(["--engine", "embedded", &example("fib"), "--", "10"]).arg0("cvload").output().unwrap().into();
    assert_eq!(ran.ok(), "cervus: (1) [INFO] 55\n");
}

#[test]
fn doctor_without_the_module() {
    if has_device() {
        return;
    }
    let ran = cervus(["doctor"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""), "{ran:?}");
    assert!(ran.out.contains("ok       embedded    runs programs"), "{ran:?}");
    assert!(ran.out.contains("The kernel engine cannot be used"), "{ran:?}");
    // A kernel that takes no modules is not told to load one.
    let takes_modules = Path::new("/proc/modules").exists();
    assert_eq!(ran.out.contains("insmod PATH/cervus.ko"), takes_modules, "{ran:?}");
    assert!(!ran.out.contains('\x1b'), "{ran:?}");

    let ran = cervus(["doctor", "--json"]);
    assert_eq!(ran.code, Some(1));
    let json = ran.json();
    assert_eq!(json["kernel_engine"], false);
    let finding = |name: &str| {
        let findings = json["findings"].as_array().unwrap();
        findings.iter().find(|f| f["name"] == name).unwrap_or_else(|| panic!("no {name}: {json}"))
    };
    assert_eq!(finding("embedded")["status"], "ok");
    assert_eq!(finding("device")["status"], "error");
    assert_eq!(finding("kernel")["status"], "error");
    let building: &[&str] = if takes_modules { &["headers", "tools", "rust"] } else { &[] };
    for name in ["release", "module", "privileges"].iter().chain(building) {
        let status = finding(name)["status"].as_str().unwrap();
        assert!(["ok", "info", "warning", "error"].contains(&status), "{name}: {status}");
    }
    assert!(json["next"].as_array().unwrap().len() >= if takes_modules { 4 } else { 1 }, "{json}");
}

#[test]
fn wrong_usage() {
    for (args, text) in [
        (&["top", "-d", "0"][..], "from 0.1 to 3600 seconds"),
        (&["top", "-n", "0"], "0"),
        (&["pin", "1"], "<NAME>"),
        (&["pin", "1", "a/b"], "no `/`"),
        (&["unpin", "7"], "begin with a digit"),
        (&["info"], "<PROGRAM>"),
        (&["stop", "1", "2"], "'2'"),
    ] {
        let err = cervus(args.iter().copied()).fails(2);
        assert!(err.contains(text), "{args:?}: {err}");
    }
}
