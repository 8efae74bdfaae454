//! The interface of /dev/cervus as Rust sees it: the structs and numbers of `kmod/cervus_uapi.h`.
//!
//! All structs are plain integers without padding, so any bytes that the kernel writes are a valid value, and a
//! struct of zeros is one, too. A test compares every size, offset and number with what a C compiler says.

use rustix::ioctl::{Opcode, opcode};

/// First byte of all requests.
pub(super) const IOC: u8 = 0xC5;
/// Version of the interface that this command speaks.
pub(crate) const ABI: u32 = 2;
/// Bytes of a name, a zero byte at its end included.
pub(crate) const NAME_LEN: usize = 32;
/// Results that WAIT gives at most.
pub(crate) const VALUES: usize = 8;
/// Frames that WAIT gives at most.
pub(crate) const FRAMES: usize = 8;

/// Structs, and for the test where their fields stand.
macro_rules! structs {
    ($($(#[$meta:meta])* $name:ident = $c:literal { $($field:ident : $ty:ty),* $(,)? })*) => {
        $(
            $(#[$meta])*
            #[repr(C)]
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
            pub(crate) struct $name { $(pub(crate) $field: $ty),* }

            // No padding: the fields fill the struct.
            const _: () = assert!(size_of::<$name>() == 0 $(+ size_of::<$ty>())*);
        )*

        /// Struct in C, its size, and name, offset and size of each field.
        #[cfg(test)]
        const LAYOUT: &[(&str, usize, &[(&str, usize, usize)])] = &[
            $(($c, size_of::<$name>(),
               &[$((stringify!($field), std::mem::offset_of!($name, $field), size_of::<$ty>())),*])),*
        ];
    };
}

structs! {
    /// What the checker says of an image.
    Verdict = "cervus_verdict" { code: u32, func: u32, pc: u32, operand: u32, expected: u64, got: u64 }

    /// LOAD.
    Load = "cervus_load" {
        image: u64, image_len: u64, granted: u64, max_pages: u32, flags: u32, name: [u8; NAME_LEN],
        fd: i32, id: u32, verdict: Verdict,
    }

    /// START.
    Start = "cervus_start" {
        entry: u64, args: u64, values: u64, entry_len: u32, args_len: u32, value_count: u32, stack_slots: u32,
        fuel: u64, max_pages: u32, flags: u32,
    }

    /// WAIT.
    Wait = "cervus_wait" {
        timeout_ns: u64, state: u32, trap: u32, fuel: u64, value_count: u32, frame_count: u32,
        values: [u64; VALUES], frames: [u64; FRAMES], stop_ns: u64,
    }

    /// INFO, and each program of LIST.
    Info = "cervus_info" {
        id: u32, state: u32, name: [u8; NAME_LEN], pin: [u8; NAME_LEN], cpu_ns: u64, slices: u64, fuel: u64,
        polls: u64, sleeps: u64, traps: u64, runs: u64, image_bytes: u64, linked_bytes: u64, memory_bytes: u64,
        slice_fuel: u64, log_records: u64, log_dropped: u64, printk_dropped: u64, loaded_ns: u64, started_ns: u64,
        granted: u64, trap: u32, files: u32, uid: u32, flags: u32, netns: u32, pad: u32,
    }

    /// LIST.
    List = "cervus_list" {
        infos: u64, info_size: u32, capacity: u32, from: u32, count: u32, total: u32, flags: u32,
    }

    /// STATS.
    Stats = "cervus_stats" {
        abi: u32, programs: u32, table_hash: u64, slices: u64, slice_ns: u64, section_ns: u64, max_image_bytes: u64,
        max_pages: u32, workers: u32, flags: u32, pinned: u32, version: [u8; NAME_LEN],
    }

    /// PIN and UNPIN.
    Pin = "cervus_pin" { name: [u8; NAME_LEN], flags: u32, pad: u32 }

    /// OPEN.
    Open = "cervus_open" { name: [u8; NAME_LEN], id: u32, flags: u32, fd: i32, pad: u32 }

    /// UNLOAD.
    Unload = "cervus_unload" { id: u32, flags: u32 }

    /// Head of a log record.
    Record = "cervus_record" { time_ns: u64, level: i32, len: u32 }
}

pub(super) const LOAD: Opcode = opcode::read_write::<Load>(IOC, 1);
pub(super) const START: Opcode = opcode::write::<Start>(IOC, 2);
pub(super) const WAIT: Opcode = opcode::read_write::<Wait>(IOC, 3);
pub(super) const STOP: Opcode = opcode::none(IOC, 4);
pub(super) const INFO: Opcode = opcode::read::<Info>(IOC, 5);
pub(super) const LIST: Opcode = opcode::read_write::<List>(IOC, 6);
pub(super) const STATS: Opcode = opcode::read::<Stats>(IOC, 7);
pub(super) const PIN: Opcode = opcode::write::<Pin>(IOC, 8);
pub(super) const UNPIN: Opcode = opcode::write::<Pin>(IOC, 9);
pub(super) const OPEN: Opcode = opcode::read_write::<Open>(IOC, 10);
pub(super) const UNLOAD: Opcode = opcode::write::<Unload>(IOC, 11);

/// What a program is doing.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Never started.
    Ready,
    /// Running, or waiting for a processor.
    Running,
    /// Waits by its own wish.
    Sleeping,
    /// The entry has returned.
    Done,
    /// Ended by a trap.
    Trapped,
    /// Ended from outside.
    Stopped,
}

impl State {
    /// Every state, in order of its number.
    const ALL: [State; 6] =
        [State::Ready, State::Running, State::Sleeping, State::Done, State::Trapped, State::Stopped];

    /// The state with this number; `None` if a later kernel module knows more.
    pub(crate) fn from_u32(state: u32) -> Option<State> {
        Self::ALL.get(usize::try_from(state).ok()?).copied()
    }

    /// One word.
    pub(crate) fn name(self) -> &'static str {
        match self {
            State::Ready => "ready",
            State::Running => "running",
            State::Sleeping => "sleeping",
            State::Done => "done",
            State::Trapped => "trapped",
            State::Stopped => "stopped",
        }
    }
}

bitflags::bitflags! {
    /// Bits of [`Info::flags`].
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct InfoFlags: u32 {
        /// Has a name that keeps it loaded.
        const PINNED = 0x1;
        /// Open files are all that is left of it.
        const UNLOADED = 0x2;
        /// Computes with floats on the FPU.
        const FPU = 0x4;
        /// Addresses are masked under speculation.
        const MASKED = 0x8;
        /// Its image claims a bound on its fuel.
        const BOUNDED = 0x10;
    }

    /// Bits of [`Stats::flags`].
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct StatsFlags: u32 {
        /// Dispatch by tail calls, else by one branch.
        const TAIL = 0x1;
        /// The kernel uses retpolines.
        const RETPOLINE = 0x2;
        /// Floats on the FPU, else in software.
        const FPU = 0x4;
    }
}

/// A name for a struct: cut to what there is room for, at a character's end.
pub(crate) fn name(text: &str) -> [u8; NAME_LEN] {
    let mut name = [0; NAME_LEN];
    let fits = text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end < NAME_LEN).last();
    let text = text.get(..fits.unwrap_or(0)).unwrap_or_default();
    for (to, from) in name.iter_mut().zip(text.bytes()) {
        *to = from;
    }
    name
}

/// The name in a struct, as it is.
pub(crate) fn text(name: &[u8; NAME_LEN]) -> String {
    let end = name.iter().position(|byte| *byte == 0).unwrap_or(NAME_LEN);
    String::from_utf8_lossy(&name[..end]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, fmt::Write, fs, path::PathBuf, process::Command};

    /// Every constant of the header but its guard.
    fn numbers() -> Vec<(String, u64)> {
        let mut numbers: Vec<(String, u64)> = [
            ("IOC", u64::from(IOC)),
            ("ABI", u64::from(ABI)),
            ("NAME_LEN", NAME_LEN as u64),
            ("VALUES", VALUES as u64),
            ("FRAMES", FRAMES as u64),
            ("GRANT_LOG", kengine::cwa::CAP_LOG),
            ("GRANT_ARGS", kengine::cwa::CAP_ARGS),
            ("GRANT_SLEEP", kengine::cwa::CAP_SLEEP),
            ("GRANT_ALL", crate::host::Capabilities::all().bits()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec();
        let requests = [
            ("LOAD", LOAD),
            ("START", START),
            ("WAIT", WAIT),
            ("STOP", STOP),
            ("INFO", INFO),
            ("LIST", LIST),
            ("STATS", STATS),
            ("PIN", PIN),
            ("UNPIN", UNPIN),
            ("OPEN", OPEN),
            ("UNLOAD", UNLOAD),
        ];
        for (name, code) in requests {
            numbers.push((name.to_owned(), u64::from(code)));
            numbers.push((format!("NR_{name}"), u64::from(code & 0xff)));
        }
        numbers.extend(InfoFlags::all().iter_names().map(|(name, f)| (format!("INFO_{name}"), u64::from(f.bits()))));
        numbers.extend(StatsFlags::all().iter_names().map(|(name, f)| (format!("STATS_{name}"), u64::from(f.bits()))));
        numbers.extend(State::ALL.map(|state| (state.name().to_uppercase(), state as u64)));
        numbers.into_iter().map(|(name, value)| (format!("CERVUS_{name}"), value)).collect()
    }

    /// What the header defines: names of structs and of constants.
    fn defined(header: &str) -> (BTreeSet<String>, BTreeSet<String>) {
        let word = |text: &str| text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>();
        let (mut structs, mut constants, mut in_enum) = (BTreeSet::new(), BTreeSet::new(), false);
        for line in header.lines() {
            if let Some(rest) = line.strip_prefix("struct ").filter(|rest| rest.ends_with('{')) {
                structs.insert(word(rest));
            } else if let Some(rest) = line.strip_prefix("#define ") {
                constants.insert(word(rest));
            } else if line.starts_with("enum ") || line.starts_with('}') {
                in_enum = line.starts_with("enum ");
            } else if in_enum && line.trim_start().starts_with("CERVUS_") {
                constants.insert(word(line.trim_start()));
            }
        }
        constants.remove("CERVUS_UAPI_H");
        (structs, constants)
    }

    #[test]
    fn the_header_says_the_same() {
        let kmod = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../kmod");
        let header = fs::read_to_string(kmod.join("cervus_uapi.h")).unwrap();
        let numbers = numbers();
        let (structs, constants) = defined(&header);
        assert_eq!(structs, LAYOUT.iter().map(|(name, ..)| (*name).to_owned()).collect());
        assert_eq!(constants, numbers.iter().map(|(name, _)| name.clone()).collect());

        let (mut program, mut expected) = (String::new(), String::new());
        for (name, size, fields) in LAYOUT {
            writeln!(program, "printf(\"{name} %zu\\n\", sizeof(struct {name}));").unwrap();
            writeln!(expected, "{name} {size}").unwrap();
            for (field, offset, size) in *fields {
                writeln!(
                    program,
                    "printf(\"{name}.{field} %zu %zu\\n\", offsetof(struct {name}, {field}), \
                     sizeof(((struct {name} *)0)->{field}));"
                )
                .unwrap();
                writeln!(expected, "{name}.{field} {offset} {size}").unwrap();
            }
        }
        for (name, value) in &numbers {
            writeln!(program, "printf(\"{name} %llu\\n\", (unsigned long long){name});").unwrap();
            writeln!(expected, "{name} {value}").unwrap();
        }
        let folder = std::env::temp_dir().join(format!("cervus-abi-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (source, binary) = (folder.join("abi.c"), folder.join("abi"));
        let includes = "#include <stddef.h>\n#include <stdio.h>\n#include \"cervus_uapi.h\"\n";
        fs::write(&source, format!("{includes}int main(void)\n{{\n{program}return 0;\n}}\n")).unwrap();
        let compiled =
            Command::new("cc").arg("-Wall").arg("-I").arg(&kmod).arg("-o").arg(&binary).arg(&source).output().unwrap();
        assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
        let said = Command::new(&binary).output().unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(String::from_utf8(said.stdout).unwrap(), expected);
    }

    #[test]
    fn states_and_their_numbers_agree() {
        for state in State::ALL {
            assert_eq!(State::from_u32(state as u32), Some(state));
        }
        assert_eq!(State::from_u32(State::ALL.len() as u32), None);
    }

    #[test]
    fn names_are_cut_at_characters() {
        assert_eq!(text(&name("hello")), "hello");
        assert_eq!(text(&name("")), "");
        assert_eq!(text(&name(&"x".repeat(40))).len(), NAME_LEN - 1);
        // 15 characters of two bytes fit into 31 bytes.
        assert_eq!(text(&name(&"ä".repeat(40))), "ä".repeat(15));
        assert_eq!(text(&[b'y'; NAME_LEN]).len(), NAME_LEN);
    }
}
