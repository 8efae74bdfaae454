//! Programs in the kernel as text and as JSON, from plain records of them.

use crate::{
    dev::{
        abi::{self, Info, InfoFlags, State},
        is_pinned,
    },
    host::Capabilities,
    human, kernel, names,
    table::{Align, Table},
};
use serde_json::{Value, json};
use std::time::Duration;

/// The name of a program.
pub(crate) fn name(info: &Info) -> String {
    names::printable(&abi::text(&info.name))
}

/// The name that a program is pinned by.
fn pin(info: &Info) -> Option<String> {
    is_pinned(info).then(|| names::printable(&abi::text(&info.pin)))
}

/// What a program is doing.
pub(crate) fn state(info: &Info) -> String {
    let state = State::from_u32(info.state).map_or_else(|| format!("state {}", info.state), |s| s.name().to_owned());
    if flags(info).contains(InfoFlags::UNLOADED) { format!("{state}, unloaded") } else { state }
}

/// Whether a run of it goes on.
pub(crate) fn is_running(info: &Info) -> bool {
    matches!(State::from_u32(info.state), Some(State::Running | State::Sleeping))
}

/// Why the last run trapped, if it did.
fn trap(info: &Info) -> Option<String> {
    if State::from_u32(info.state) != Some(State::Trapped) {
        return None;
    }
    Some(kernel::trap(info.trap).map_or_else(|_| format!("trap {}", info.trap), |code| code.message().to_owned()))
}

fn flags(info: &Info) -> InfoFlags {
    InfoFlags::from_bits_truncate(info.flags)
}

/// Capabilities by name; bits that this command does not know are left out.
fn granted(info: &Info) -> Vec<String> {
    Capabilities::from_bits_truncate(info.granted).own_names().collect()
}

/// A table, one line for each program.
pub(crate) fn table(infos: &[Info]) -> String {
    use Align::{Left, Right};
    let mut table = Table::new(&[
        ("id", Right),
        ("name", Left),
        ("state", Left),
        ("pin", Left),
        ("cpu", Right),
        ("fuel", Right),
        ("memory", Right),
        ("runs", Right),
        ("uid", Right),
    ]);
    for info in infos {
        table.row([
            info.id.to_string(),
            name(info),
            state(info),
            pin(info).unwrap_or_default(),
            human::time(Duration::from_nanos(info.cpu_ns)),
            human::count(info.fuel),
            human::bytes(info.memory_bytes),
            info.runs.to_string(),
            info.uid.to_string(),
        ]);
    }
    table.to_text()
}

/// Everything about a program, a line for each thing; `now_ns` is the time since boot.
pub(crate) fn details(info: &Info, now_ns: u64) -> String {
    let ago = |then: u64| match then {
        0 => "never".to_owned(),
        then => format!("{} ago", human::time(Duration::from_nanos(now_ns.saturating_sub(then)))),
    };
    let flags = flags(info);
    let says = |flag: InfoFlags, yes: &'static str, no: &'static str| if flags.contains(flag) { yes } else { no };
    let capabilities = granted(info);
    let lines = [
        ("program", format!("{} {}", info.id, name(info))),
        ("state", trap(info).map_or_else(|| state(info), |trap| format!("{}: {trap}", state(info)))),
        ("pin", pin(info).unwrap_or_else(|| "none: it ends with the last of its open files".to_owned())),
        ("files", format!("{} open", info.files)),
        ("loaded", format!("{} by user {}, network namespace {}", ago(info.loaded_ns), info.uid, info.netns)),
        ("started", format!("{}, {}", ago(info.started_ns), names::count(info.runs as usize, "run"))),
        ("capabilities", if capabilities.is_empty() { "none".to_owned() } else { capabilities.join(", ") }),
        (
            "time",
            format!(
                "{} on a processor in {}, {} of fuel",
                human::time(Duration::from_nanos(info.cpu_ns)),
                names::count(info.slices as usize, "slice"),
                human::count(info.fuel)
            ),
        ),
        (
            "waits",
            format!(
                "{}, gave way at {}",
                names::count(info.sleeps as usize, "sleep"),
                names::count(info.polls as usize, "poll")
            ),
        ),
        ("traps", info.traps.to_string()),
        (
            "memory",
            format!(
                "{} linear, image {}, linked code {}",
                human::bytes(info.memory_bytes),
                human::bytes(info.image_bytes),
                human::bytes(info.linked_bytes)
            ),
        ),
        ("slices", format!("of {} of fuel", human::count(info.slice_fuel))),
        (
            "log",
            format!(
                "{}, {} dropped, {} kept out of the kernel log",
                names::count(info.log_records as usize, "record"),
                info.log_dropped,
                names::count(info.printk_dropped as usize, "line")
            ),
        ),
        (
            "code",
            format!(
                "{}, {}, {}",
                says(InfoFlags::FPU, "computes with floats on the FPU", "does not use the FPU"),
                says(InfoFlags::MASKED, "addresses masked under speculation", "addresses not masked"),
                says(InfoFlags::BOUNDED, "fuel bounded by the image", "no bound on its fuel")
            ),
        ),
    ];
    lines.map(|(key, value)| format!("{key:<13} {value}\n")).concat()
}

/// The same for programs; counters since the program was loaded, times in nanoseconds since boot.
pub(crate) fn to_json(info: &Info) -> Value {
    let flags = flags(info);
    let state = State::from_u32(info.state).map(State::name);
    json!({
        "id": info.id,
        "name": abi::text(&info.name),
        "state": state,
        "trap": trap(info),
        "pin": is_pinned(info).then(|| abi::text(&info.pin)),
        "unloaded": flags.contains(InfoFlags::UNLOADED),
        "files": info.files,
        "uid": info.uid,
        "netns": info.netns,
        "capabilities": granted(info),
        "fpu": flags.contains(InfoFlags::FPU),
        "masked": flags.contains(InfoFlags::MASKED),
        "bounded": flags.contains(InfoFlags::BOUNDED),
        "loaded_ns": info.loaded_ns,
        "started_ns": (info.started_ns != 0).then_some(info.started_ns),
        "runs": info.runs,
        "cpu_ns": info.cpu_ns,
        "slices": info.slices,
        "slice_fuel": info.slice_fuel,
        "fuel": info.fuel,
        "polls": info.polls,
        "sleeps": info.sleeps,
        "traps": info.traps,
        "image_bytes": info.image_bytes,
        "linked_bytes": info.linked_bytes,
        "memory_bytes": info.memory_bytes,
        "log_records": info.log_records,
        "log_dropped": info.log_dropped,
        "printk_dropped": info.printk_dropped,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use kengine::trap::TrapCode;

    /// A program that runs, pinned, with something in every field.
    pub(crate) fn sample() -> Info {
        Info {
            id: 3,
            state: State::Running as u32,
            name: abi::name("hello\x1b[2J"),
            pin: abi::name("web"),
            cpu_ns: 1_500_000_000,
            slices: 1400,
            fuel: 12_345_678,
            polls: 1390,
            sleeps: 1,
            traps: 0,
            runs: 1,
            image_bytes: 2048,
            linked_bytes: 5000,
            memory_bytes: 17 << 16,
            slice_fuel: 600_000,
            log_records: 2,
            log_dropped: 0,
            printk_dropped: 1,
            loaded_ns: 100_000_000_000,
            started_ns: 160_000_000_000,
            granted: Capabilities::LOG.union(Capabilities::SLEEP).bits(),
            trap: 0,
            files: 2,
            uid: 0,
            flags: InfoFlags::PINNED.union(InfoFlags::FPU).bits(),
            netns: 4_026_531_840,
            pad: 0,
        }
    }

    #[test]
    fn tables() {
        let trapped = Info { id: 12, state: State::Trapped as u32, flags: 0, ..sample() };
        let unloaded = Info { id: 13, state: 77, flags: InfoFlags::UNLOADED.bits(), uid: 1000, ..sample() };
        insta::assert_snapshot!(table(&[sample(), trapped, unloaded]));
        assert_eq!(table(&[]), "id  name  state  pin  cpu  fuel  memory  runs  uid\n");
    }

    #[test]
    fn one_program() {
        insta::assert_snapshot!(details(&sample(), 200_000_000_000));
        let trap = TrapCode::IntegerDivideByZero;
        let trapped = Info { state: State::Trapped as u32, trap: trap as u32, started_ns: 0, flags: 0, ..sample() };
        let text = details(&trapped, 200_000_000_000);
        assert!(text.contains("trapped: integer divide by zero") && text.contains("started       never"), "{text}");
        insta::assert_snapshot!(format!("{:#}", to_json(&sample())));
        assert_eq!(to_json(&trapped)["trap"], "integer divide by zero");
        assert_eq!(to_json(&trapped)["started_ns"], Value::Null);
        assert_eq!(to_json(&Info { state: 77, ..sample() })["state"], Value::Null);
    }
}
