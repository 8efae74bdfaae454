//! Faults that cannot happen, made to happen: the module built with `kmod/test.c`, one boot for each place. After a panic
//! of the Rust half the module is dead until the next boot.

/// Places, and what the kernel must report.
pub(super) const FAULTS: [(&str, &str); 4] = [
    ("ioctl", "kernel BUG"),
    ("worker", "kernel BUG"),
    ("fpu", "kernel BUG"),
    ("code", "BUG: unable to handle page fault"),
];

/// The guest's script for one of them.
pub(super) fn script(place: &str) -> Option<String> {
    let (_, report) = FAULTS.iter().find(|(name, _)| *name == place)?;
    Some(format!("echo KTAP version 1\necho 1..3\n{COMMON}place={place} report='{report}'\n{FAULT}"))
}

const COMMON: &str = include_str!("common.sh");
const FAULT: &str = include_str!("faults.sh");
