//! What this process may do, as far as the kernel engine asks.

use std::{fmt, fs};

/// Capabilities that matter, with their numbers in `linux/capability.h`.
const SYS_MODULE: u32 = 16;
const SYS_ADMIN: u32 = 21;
const PERFMON: u32 = 38;
const BPF: u32 = 39;
/// A map of user numbers that changes none: the first user namespace has it.
const WHOLE: [&str; 3] = ["0", "0", "4294967295"];

/// The effective capabilities of a process, and whether they count for the whole machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Privileges {
    effective: u64,
    /// In the first user namespace, as far as the map of user numbers tells.
    is_first_namespace: bool,
}

impl Privileges {
    /// Those of this process; `None` without /proc.
    pub(crate) fn of_this_process() -> Option<Self> {
        let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
        Self::parse(&fs::read_to_string("/proc/self/status").ok()?, &map)
    }

    /// Reads `/proc/self/status` and `/proc/self/uid_map`.
    pub(crate) fn parse(status: &str, uid_map: &str) -> Option<Self> {
        let line = status.lines().find_map(|line| line.strip_prefix("CapEff:"))?;
        let effective = u64::from_str_radix(line.trim(), 16).ok()?;
        // Without user namespaces there is no map.
        let is_first_namespace = uid_map.is_empty() || uid_map.split_whitespace().eq(WHOLE);
        Some(Privileges { effective, is_first_namespace })
    }

    fn has(self, capability: u32) -> bool {
        self.effective >> capability & 1 == 1
    }

    /// Whether they are enough for /dev/cervus.
    pub(crate) fn suffice(self) -> bool {
        self.is_first_namespace && (self.has(SYS_ADMIN) || self.has(BPF) && self.has(PERFMON))
    }

    /// Whether they are enough to load a kernel module.
    pub(crate) fn may_load_modules(self) -> bool {
        self.is_first_namespace && self.has(SYS_MODULE)
    }
}

impl fmt::Display for Privileges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = [(SYS_ADMIN, "CAP_SYS_ADMIN"), (BPF, "CAP_BPF"), (PERFMON, "CAP_PERFMON")];
        let held: Vec<&str> = held.iter().filter(|(number, _)| self.has(*number)).map(|(_, name)| *name).collect();
        match held.as_slice() {
            [] => f.write_str("this process has none of CAP_SYS_ADMIN, CAP_BPF, CAP_PERFMON")?,
            held => write!(f, "this process has {}", held.join(", "))?,
        }
        if self.is_first_namespace {
            Ok(())
        } else {
            f.write_str(" in a user namespace of its own, where they do not count")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE_MAP: &str = "         0          0 4294967295\n";

    fn privileges(effective: &str, map: &str) -> Privileges {
        Privileges::parse(&format!("Name:\tx\nCapPrm:\t0\nCapEff:\t{effective}\n"), map).unwrap()
    }

    #[test]
    fn what_is_enough() {
        let root = privileges("000001ffffffffff", WHOLE_MAP);
        assert!(root.suffice() && root.may_load_modules());
        let bpf = privileges("000000c000000000", "");
        assert!(bpf.suffice() && !bpf.may_load_modules());
        assert!(!privileges("0000008000000000", WHOLE_MAP).suffice());
        let user = privileges("0000000000000000", WHOLE_MAP);
        assert!(!user.suffice());
        assert_eq!(user.to_string(), "this process has none of CAP_SYS_ADMIN, CAP_BPF, CAP_PERFMON");
        let nested = privileges("000001ffffffffff", "0 1000 1\n");
        assert!(!nested.suffice() && !nested.may_load_modules());
        assert!(nested.to_string().contains("user namespace"));
        assert_eq!(Privileges::parse("Name:\tx\n", ""), None);
    }
}
