//! What the machine code of the Rust half must and must not hold on x86, read from its disassembly and relocations:
//!
//! * no indirect jump or call but through `__x86_indirect_thunk_*`, no return but through `__x86_return_thunk`, so that
//!   the kernel can patch every site;
//! * `endbr64` wherever an address is taken, for indirect branch tracking;
//! * no jump table: an address in data is that of a function's first instruction;
//! * no register of the FPU but in the float handlers for it ([`is_float_handler`]), which run inside an FPU section.

use super::{Result, output};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
};

/// Complaints that are listed; more are counted.
const LISTED: usize = 20;

/// Checks an object.
///
/// # Errors
/// It breaks a rule, or `objdump` fails.
pub fn check(object: &Path) -> Result<()> {
    let code = output(Command::new("objdump").args(["-dr", "--no-show-raw-insn", "-w"]).arg(object))?;
    let data = output(Command::new("objdump").arg("-r").arg(object))?;
    let symbols = output(Command::new("objdump").args(["-t", "-w"]).arg(object))?;
    let complaints = judge(&code, &data, &symbols);
    if complaints.is_empty() {
        return Ok(());
    }
    let listed = complaints.iter().take(LISTED).cloned().collect::<Vec<_>>().join("\n");
    Err(format!("{}: {} instructions or addresses must not be:\n{listed}", object.display(), complaints.len()).into())
}

/// Code as read.
#[derive(Default)]
struct Code {
    /// Instructions by section and offset: whether they are `endbr64`.
    endbr: BTreeSet<(String, u64)>,
    /// First instructions of functions.
    starts: BTreeSet<(String, u64)>,
    /// Places whose address is taken by an instruction, with the function that does it.
    taken: Vec<(String, u64, String)>,
    /// Sections and offsets of symbols.
    symbols: BTreeMap<String, (String, u64)>,
}

/// The rules that are broken, one line each.
fn judge(code: &str, data: &str, symbols: &str) -> Vec<String> {
    let mut read = Code { symbols: symbols.lines().filter_map(symbol).collect(), ..Code::default() };
    let mut complaints = instructions(code, &mut read);
    let is_code = |section: &str| section.starts_with(".text");
    for (section, offset, function) in &read.taken {
        // The address of a string or a table is taken the same way.
        if is_code(section) && !read.endbr.contains(&(section.clone(), *offset)) {
            complaints.push(format!("{function}: takes an address of code without endbr64: {section}+{offset:#x}"));
        }
    }
    let mut from = "";
    for line in data.lines() {
        if let Some(rest) = line.strip_prefix("RELOCATION RECORDS FOR [") {
            from = rest.trim_end_matches("]:");
            continue;
        }
        let Some((_, kind, target)) = relocation(line) else { continue };
        if !(from.starts_with(".rodata") || from.starts_with(".data")) {
            continue;
        }
        let Some((section, offset)) = read.place(target, 0) else { continue };
        if !is_code(&section) {
            continue;
        }
        // A table of distances is a jump table whatever it holds.
        if kind.contains("_PC") || !read.starts.contains(&(section.clone(), offset)) {
            complaints.push(format!("{from}: a jump table, to {section}+{offset:#x}"));
        } else if !read.endbr.contains(&(section.clone(), offset)) {
            complaints.push(format!("{from}: holds the address of a function without endbr64: {section}+{offset:#x}"));
        }
    }
    complaints
}

/// Reads the disassembly; the instructions that must not be.
fn instructions(code: &str, read: &mut Code) -> Vec<String> {
    let mut complaints = Vec::new();
    let (mut section, mut function) = (String::new(), String::new());
    for line in code.lines() {
        if let Some(rest) = line.strip_prefix("Disassembly of section ") {
            section = rest.trim_end_matches(':').to_owned();
            continue;
        }
        if let Some((offset, name)) = heading(line) {
            function = name.to_owned();
            read.starts.insert((section.clone(), offset));
            continue;
        }
        let Some((offset, rest)) = line.trim_start().split_once(':') else { continue };
        let Ok(offset) = u64::from_str_radix(offset, 16) else { continue };
        let (instruction, reloc) = match rest.split_once("R_X86_64_") {
            // With -w relocations stand behind their instruction: `TAB offset: KIND TAB target`.
            Some((before, reloc)) => (before.rsplit_once('\t').map_or(before, |(i, _)| i), Some(reloc)),
            None => (rest, None),
        };
        let instruction = instruction.trim();
        if instruction == "endbr64" {
            read.endbr.insert((section.clone(), offset));
        }
        let thunk = reloc.is_some_and(|r| r.contains("__x86_indirect_thunk_") || r.contains("__x86_return_thunk"));
        let mnemonic = instruction.split_whitespace().find(|w| !PREFIXES.contains(w)).unwrap_or_default();
        if (mnemonic.starts_with("jmp") || mnemonic.starts_with("call")) && instruction.contains('*') {
            complaints.push(format!("{function}: indirect, not through a thunk: {instruction}"));
        } else if mnemonic.starts_with("ret") || mnemonic.starts_with("iret") {
            complaints.push(format!("{function}: returns without the thunk: {instruction}"));
        } else if uses_fpu(mnemonic, instruction) && !is_float_handler(&function) {
            complaints.push(format!("{function}: uses the FPU: {instruction}"));
        }
        // `lea -0x8(%rip),%rax        # 10 <f>`: a place of the same section needs no relocation.
        if reloc.is_none()
            && mnemonic == "lea"
            && let Some((_, comment)) = instruction.split_once("# ")
            && let Ok(to) = u64::from_str_radix(comment.split(' ').next().unwrap_or_default(), 16)
        {
            read.taken.push((section.clone(), to, function.clone()));
        }
        // Absolute addresses, and those that `lea` makes; branches and calls are PC32 and PLT32, too.
        if let (Some(reloc), false, "mov" | "movq" | "movl" | "movabs" | "lea" | "push" | "cmp" | "cmpq") =
            (reloc, thunk, mnemonic)
        {
            let (kind, target) = reloc.split_once('\t').unwrap_or((reloc, ""));
            // A distance counts from the end of the instruction.
            let bias = if kind.starts_with("PC") || kind.starts_with("PLT") { 4 } else { 0 };
            if let Some((to, offset)) = read.place(target.trim(), bias) {
                read.taken.push((to, offset, function.clone()));
            }
        }
    }
    complaints
}

/// Words that may stand before a mnemonic.
const PREFIXES: [&str; 9] = ["bnd", "notrack", "lock", "rep", "repz", "repnz", "data16", "cs", "ds"];

impl Code {
    /// Section and offset of `name+0x10`.
    fn place(&self, target: &str, bias: i64) -> Option<(String, u64)> {
        let at = target.rfind(['+', '-']).filter(|at| target[at + 1..].starts_with("0x"));
        let (name, addend) = match at {
            Some(at) => {
                let number = i64::from_str_radix(&target[at + 3..], 16).ok()?;
                (&target[..at], if target[at..].starts_with('-') { -number } else { number })
            }
            None => (target, 0),
        };
        let (section, offset) = match self.symbols.get(name) {
            Some((section, offset)) => (section.clone(), *offset),
            None if name.starts_with('.') => (name.to_owned(), 0),
            None => return None,
        };
        Some((section, offset.checked_add_signed(addend + bias)?))
    }
}

/// `0000000000000000 <name>:` of the disassembly.
fn heading(line: &str) -> Option<(u64, &str)> {
    let (offset, rest) = line.split_once(" <")?;
    let offset = u64::from_str_radix(offset, 16).ok()?;
    Some((offset, rest.strip_suffix(">:")?))
}

/// `0000000000000010 R_X86_64_64 .text+0x20` of a relocation table.
fn relocation(line: &str) -> Option<(u64, &str, &str)> {
    let mut words = line.split_whitespace();
    let offset = u64::from_str_radix(words.next()?, 16).ok()?;
    let kind = words.next()?.strip_prefix("R_X86_64")?;
    Some((offset, kind, words.next()?))
}

/// `0000000000000000 l     F .text  0000000000000010 name` of the symbol table.
fn symbol(line: &str) -> Option<(String, (String, u64))> {
    let (value, rest) = line.split_at_checked(17)?;
    let value = u64::from_str_radix(value.trim(), 16).ok()?;
    let mut words = rest.get(7..)?.split_whitespace();
    let section = words.next()?.to_owned();
    Some((words.last()?.to_owned(), (section, value)))
}

/// Whether an instruction touches x87, MMX, SSE or AVX registers. All x87 mnemonics begin with f, and no others do.
fn uses_fpu(mnemonic: &str, instruction: &str) -> bool {
    const REGISTERS: [&str; 5] = ["%xmm", "%ymm", "%zmm", "%mm", "%st"];
    mnemonic.starts_with('f') || REGISTERS.iter().any(|register| instruction.contains(register))
}

/// Whether a function may use FPU registers: it is a tail-call handler of a float form that runs inside an FPU section,
/// or the match loop, which is one function and holds the handlers of all forms.
fn is_float_handler(function: &str) -> bool {
    function.contains("match_loop") || function.contains("7handler") && function.contains("_sse")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Assembles a text and checks it; `None` without an assembler.
    fn checked(name: &str, text: &str) -> Option<Vec<String>> {
        let folder = std::env::temp_dir().join(format!("cervus-gate-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).ok()?;
        let (source, object) = (folder.join("a.s"), folder.join("a.o"));
        std::fs::write(&source, text).ok()?;
        let assembled = Command::new("as").arg("-o").arg(&object).arg(&source).status();
        let Ok(status) = assembled else {
            eprintln!("SKIPPED: no assembler, apt-get install binutils");
            return None;
        };
        assert!(status.success(), "{text}");
        let read = |arguments: &[&str]| output(Command::new("objdump").args(arguments).arg(&object)).unwrap();
        let complaints = judge(&read(&["-dr", "--no-show-raw-insn", "-w"]), &read(&["-r"]), &read(&["-t", "-w"]));
        std::fs::remove_dir_all(&folder).ok();
        Some(complaints)
    }

    const GOOD: &str = "
        .text
        .type f, @function
        .type g, @function
    f:  endbr64
        mov $g, %rax
        lea g(%rip), %r11
        mov $text, %rdi
        call g
        jmp __x86_indirect_thunk_r11
    g:  endbr64
        jmp __x86_return_thunk
        .section .rodata
    text: .asciz \"text\"
        .balign 8
        .quad f, g, text
    ";

    #[test]
    fn good_code_passes() {
        let Some(complaints) = checked("good", GOOD) else { return };
        assert!(complaints.is_empty(), "{complaints:?}");
    }

    #[test]
    fn each_rule_bites() {
        for (name, add, complaint) in [
            ("jmp", ".text\nh: jmp *%rax", "indirect, not through a thunk"),
            ("call", ".text\nh: call *8(%rax)", "indirect, not through a thunk"),
            ("notrack", ".text\nh: notrack jmp *%rax", "indirect, not through a thunk"),
            ("ret", ".text\nh: ret", "returns without the thunk"),
            ("xmm", ".text\nh: addsd %xmm0, %xmm1", "uses the FPU"),
            ("x87", ".text\nh: fld1", "uses the FPU"),
            ("taken", ".text\nh: nop\ni: mov $h, %rax", "takes an address of code without endbr64"),
            ("leaned", ".text\nh: nop\ni: lea h(%rip), %rax", "takes an address of code without endbr64"),
            ("held", ".text\n.type h, @function\nh: nop\n.data\n.quad h", "a function without endbr64"),
            ("table", ".text\nh: nop\n1: nop\n.section .rodata\n.quad 1b, 1b", "a jump table"),
            ("distances", ".text\nh: endbr64\n.section .rodata\n2: .long h - 2b", "a jump table"),
        ] {
            let Some(complaints) = checked(name, &format!("{GOOD}{add}\n")) else { return };
            assert!(
                !complaints.is_empty() && complaints.iter().all(|c| c.contains(complaint)),
                "{name}: {complaints:?}"
            );
        }
    }

    #[test]
    fn float_handlers_may_use_the_fpu() {
        let Some(complaints) = checked("float", ".text\nby_become7handler14f64_add_ss_sse: addsd %xmm0, %xmm1\n")
        else {
            return;
        };
        assert!(complaints.is_empty(), "{complaints:?}");
    }
}
