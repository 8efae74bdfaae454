//! The machine code of the hot handlers, second ones included: what the speed of the engine rests on, and the compiler may undo.
//!
//! A handler must be a leaf that keeps its state in registers: no `call`, no `push`, no use of the native
//! stack, and it must go on by an indirect jump. A cold path that is not in tail position, or a register
//! too many, turns into a prologue that every execution pays (14 % in the spike with frame pointers).
//!
//! Looks at the release build of `cervus`, which it builds (`CERVUS_BINARY` names another), by `objdump`
//! or `llvm-objdump`. Without either it says so and passes.

use kengine::{isa::Effects, op::OPS};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    process::Command,
};

/// Handlers that may use the native stack or call, and why.
#[rustfmt::skip]
const ALLOWED: &[(&str, &str)] = &[
    ("memory_copy", "a call for the bytes"),
    ("memory_fill", "a call for the bytes"),
    ("callx_indirect_t", "one register short: table, signature, stack test and header; not table 0"),
    ("i64_divide", "the overflow test takes a register; the division costs ten times that"),
    ("float_round", "integer code, which has the same bits without a float unit; its masks take registers"),
    ("f32_nearest_s", "as float_round"),
];

/// Where handlers stand, by mode.
const MODES: [&str; 2] = ["by_return", "by_become"];
const HANDLER: &str = "::handler::";

/// One handler.
#[derive(Default)]
struct Handler {
    size: u64,
    /// Mnemonic and operands.
    code: Vec<String>,
}

#[test]
fn hot_handlers_neither_push_nor_call() {
    let Some(tool) = ["objdump", "llvm-objdump"].into_iter().find(|tool| run(tool, &["--version"]).is_some()) else {
        eprintln!("SKIPPED: neither objdump nor llvm-objdump is installed (Debian: binutils)");
        return;
    };
    if !cfg!(target_arch = "x86_64") {
        eprintln!("SKIPPED: the rules are those of x86-64");
        return;
    }
    let binary = binary();
    let binary = binary.to_str().expect("a path in UTF-8");
    let mut violations = Vec::new();
    let mut modes = 0;
    let symbols = run(tool, &["-t", "-C", binary]).expect("symbols");
    let code = run(tool, &["-d", "-C", "--no-show-raw-insn", binary]).expect("disassembly");
    for mode in MODES {
        let handlers = handlers(mode, &symbols, &code);
        if handlers.is_empty() {
            continue;
        }
        modes += 1;
        let bytes: u64 = handlers.values().map(|h| h.size).sum();
        println!("{mode}: {} handlers, {bytes} bytes of text", handlers.len());
        let own = OPS.iter().map(|op| (op.row().name, op.row().effects));
        let second = OPS.iter().flat_map(|op| op.alternates().iter().map(|name| (*name, op.row().effects)));
        for (name, effects) in own.chain(second) {
            let Some(handler) = handlers.get(name) else {
                violations.push(format!("{mode}: {name}: no such symbol"));
                continue;
            };
            let goes_on = !effects.contains(Effects::SLOW) && !NEVER_ON.contains(&name);
            let found = faults(handler, goes_on);
            let allowed = ALLOWED.iter().any(|(allowed, _)| *allowed == name);
            match (found.is_empty(), allowed) {
                (true, true) => violations.push(format!("{mode}: {name}: allowed for no reason")),
                (false, false) => violations.push(format!("{mode}: {name}: {}", found.join("; "))),
                _ => {}
            }
        }
    }
    assert!(modes > 0, "{binary} has no tail dispatch");
    assert!(violations.is_empty(), "{} violations:\n{}", violations.len(), violations.join("\n"));
}

/// Ops that leave the loop each time, besides those that are `SLOW`.
const NEVER_ON: [&str; 4] = ["unreachable", "call_import", "global_get_import", "global_set_import"];

fn faults(handler: &Handler, goes_on: bool) -> Vec<String> {
    let mut faults = BTreeSet::new();
    let mut jumps = 0;
    for line in &handler.code {
        let mnemonic = line.split_whitespace().next().unwrap_or("");
        if mnemonic.starts_with("call") || mnemonic.starts_with("push") || mnemonic.starts_with("ret") {
            faults.insert(format!("`{line}`"));
        } else if line.contains("%rsp") {
            faults.insert(format!("native stack: `{line}`"));
        }
        jumps += usize::from(mnemonic.starts_with("jmp") && line.contains('*'));
    }
    if handler.code.is_empty() {
        faults.insert("no code".into());
    } else if goes_on && jumps == 0 {
        faults.insert("no indirect jump".into());
    }
    faults.into_iter().collect()
}

/// The handlers of one mode, by op. Handlers that the compiler found equal share their code.
fn handlers(mode: &str, symbols: &str, code: &str) -> BTreeMap<String, Handler> {
    // `address <function>:`, then its instructions, up to an empty line.
    let mut bodies: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    let mut body = None;
    for line in code.lines() {
        if line.is_empty() {
            body = None;
        } else if let Some((address, name)) = line.split_once(" <").filter(|_| line.ends_with(">:")) {
            body = name.contains(HANDLER).then(|| bodies.entry(number(address)).or_default());
        } else if let (Some(body), Some((_, text))) = (&mut body, line.split_once('\t')) {
            let text = text.split('#').next().unwrap_or("").split_whitespace().collect::<Vec<_>>().join(" ");
            // Padding between functions.
            if !text.starts_with("nop")
                && !text.starts_with("int3")
                && !text.starts_with("data16")
                && text != "xchg %ax,%ax"
            {
                body.push(text);
            }
        }
    }
    let prefix = format!("kengine::dispatch::tail::{mode}{HANDLER}");
    let mut handlers = BTreeMap::new();
    for line in symbols.lines() {
        // `address flags section size name`
        let Some((before, name)) = line.split_once(&prefix) else { continue };
        let fields: Vec<&str> = before.split_whitespace().collect();
        let (Some(address), Some(size)) = (fields.first(), fields.last()) else { continue };
        let code = bodies.get(&number(address)).cloned().unwrap_or_default();
        handlers.insert(name.trim().to_string(), Handler { size: number(size), code });
    }
    handlers
}

fn number(hex: &str) -> u64 {
    u64::from_str_radix(hex.trim(), 16).unwrap_or(0)
}

/// The release build of `cervus`.
fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("CERVUS_BINARY") {
        return path.into();
    }
    let cargo = std::env::var("CARGO").unwrap_or("cargo".into());
    let args = ["build", "--release", "-p", "cervus", "--message-format=json-render-diagnostics"];
    let output = Command::new(cargo).args(args).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8_lossy(&output.stdout);
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut paths = messages.filter_map(|m| m["executable"].as_str().map(PathBuf::from));
    paths.next_back().expect("cargo says where the executable is")
}

/// What a command prints, if it is there and succeeds.
fn run(command: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(command).args(args).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
