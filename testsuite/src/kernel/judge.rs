//! Reads what a guest and its kernel print, and says whether the run was good.
//!
//! The guest speaks KTAP on one line, the kernel prints its log on another, so neither breaks the other's lines. A run is
//! bad if the kernel complains, if the guest dies, or if a case fails or has no verdict or two.
//!
//! A canary is a mistake made on purpose. It is announced and closed in the kernel's log ([`EXPECT`], [`EXPECTED`]);
//! between the two the kernel must complain, with the announced words; that complaint is the only one that is let pass.

use super::Result;
use std::collections::BTreeMap;

/// Announces a canary; what follows must stand in a complaint.
pub(super) const EXPECT: &str = "cervus-vm: expect ";
/// Ends what a canary may print.
pub(super) const EXPECTED: &str = "cervus-vm: expected";
/// What ends the guest's output; without it the guest has died.
pub(super) const END: &str = "cervus-vm: exit ";

/// What no kernel prints that is well.
const COMPLAINTS: [&str; 19] = [
    "WARNING:",
    "BUG:",
    "Oops",
    "Call Trace:",
    "KASAN",
    "UBSAN",
    "ODEBUG:",
    "INFO: task",
    "INFO: rcu",
    "INFO: trying to register",
    "rcu_sched",
    "rcu_preempt detected",
    "blocked for more than",
    "soft lockup",
    "workqueue lockup",
    "general protection",
    "Kernel panic",
    "unreferenced object",
    "new suspected memory leaks",
];
/// Lines that look like complaints and are none: what the kernel says of mitigations that were asked for on its
/// command line or that the machine lacks, and the start of a checker.
const HARMLESS: [&str; 5] =
    ["Spectre V2", "MMIO Stale Data", "Running RCU", "kasan: KernelAddressSanitizer initialized", "RETBleed: WARNING"];
/// The one complaint of user-mode Linux about itself: its `fork` walks the maple tree outside a read section.
const UML_COMPLAINT: &str = "WARNING: suspicious RCU usage";
/// A function in the trace of that complaint, and of no other.
const UML_CULPRIT: &str = "force_flush_all";
/// Lines of such a complaint, at most.
const UML_LINES: usize = 60;

/// Reads the output line by line.
#[derive(Default, Debug)]
pub struct Judge {
    plan: Option<usize>,
    results: BTreeMap<usize, Vec<bool>>,
    failed: Vec<String>,
    skipped: Vec<String>,
    complaints: Vec<String>,
    exit: Option<u8>,
    /// A canary that is under way, and whether it has sung.
    canary: Option<(String, bool)>,
    /// Lines of what may be user-mode Linux's own complaint.
    pending: Option<Vec<String>>,
    is_uml: bool,
}

impl Judge {
    /// A judge of user-mode Linux, or of any other kernel.
    pub fn new(is_uml: bool) -> Judge {
        Judge { is_uml, ..Judge::default() }
    }

    /// Takes a line that the guest has printed.
    pub fn guest(&mut self, line: &str) {
        if let Some(plan) = line.strip_prefix("1..") {
            self.plan = plan.parse().ok();
        } else if let Some(rest) = line.strip_prefix("ok ") {
            self.result(rest, true);
        } else if let Some(rest) = line.strip_prefix("not ok ") {
            self.result(rest, false);
        } else if let Some(status) = line.strip_prefix(END) {
            self.exit = status.parse().ok();
        }
    }

    fn result(&mut self, rest: &str, ok: bool) {
        if let Some(number) = rest.split(' ').next().and_then(|n| n.parse().ok()) {
            self.results.entry(number).or_default().push(ok);
        }
        if !ok {
            self.failed.push(rest.to_owned());
        } else if rest.contains("# SKIP") {
            self.skipped.push(rest.to_owned());
        }
    }

    /// Takes a line of the kernel's log.
    pub fn kernel(&mut self, line: &str) {
        if let Some(at) = line.find(EXPECT) {
            self.close_canary();
            self.canary = Some((line[at + EXPECT.len()..].to_owned(), false));
        } else if line.contains(EXPECTED) {
            self.close_canary();
        } else if let Some((words, sung)) = &mut self.canary {
            *sung |= is_complaint(line) && line.contains(words.as_str());
        } else if self.is_uml {
            self.uml(line);
        } else if is_complaint(line) {
            self.complaints.push(line.to_owned());
        }
    }

    /// A line of user-mode Linux, whose own complaint is known only by its trace.
    fn uml(&mut self, line: &str) {
        match &mut self.pending {
            Some(_) if line.contains(UML_CULPRIT) => self.pending = None,
            Some(lines) if lines.len() < UML_LINES && !line.contains(UML_COMPLAINT) => lines.push(line.to_owned()),
            Some(_) => {
                self.close_pending();
                self.uml(line);
            }
            None if line.contains(UML_COMPLAINT) => self.pending = Some(vec![line.to_owned()]),
            None if is_complaint(line) => self.complaints.push(line.to_owned()),
            None => {}
        }
    }

    fn close_pending(&mut self) {
        let lines = self.pending.take().unwrap_or_default();
        self.complaints.extend(lines.into_iter().filter(|line| is_complaint(line)));
    }

    fn close_canary(&mut self) {
        if let Some((words, false)) = self.canary.take() {
            self.complaints.push(format!("nothing was reported of a mistake made on purpose: {words}"));
        }
    }

    /// Whether the guest has said that it is done.
    pub fn has_ended(&self) -> bool {
        self.exit.is_some()
    }

    /// Cases that were skipped, with the reason.
    pub fn skipped(&self) -> &[String] {
        &self.skipped
    }

    /// Exit status of the guest's script. With `cases` the script must have given one good verdict per case.
    ///
    /// # Errors
    /// See the head of this file.
    pub fn verdict(&mut self, cases: bool) -> Result<u8> {
        self.close_canary();
        self.close_pending();
        if !self.complaints.is_empty() {
            return Err(format!("the kernel complains:\n{}", self.complaints.join("\n")).into());
        }
        let exit = self.exit.ok_or("the guest has died")?;
        if !cases {
            return Ok(exit);
        }
        if !self.failed.is_empty() {
            return Err(format!("cases have failed:\n{}", self.failed.join("\n")).into());
        }
        let plan = self.plan.ok_or("no plan")?;
        for number in 1..=plan {
            match self.results.get(&number).map(Vec::len) {
                Some(1) => {}
                Some(_) => return Err(format!("case {number} has more than one verdict").into()),
                None => return Err(format!("case {number} has no verdict").into()),
            }
        }
        match self.results.len() == plan {
            true => Ok(exit),
            false => Err(format!("{} verdicts for {plan} cases", self.results.len()).into()),
        }
    }
}

fn is_complaint(line: &str) -> bool {
    let message = match line.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        Some((_, message)) => message,
        None => line,
    };
    // A line of a guest's log: one line, for line breaks are escaped.
    if message.starts_with("cervus: (") {
        return false;
    }
    // SLUB begins so: `BUG kmalloc-64 (Tainted: G): Redzone overwritten`.
    message.starts_with("BUG ")
        || COMPLAINTS.iter().any(|words| line.contains(words)) && HARMLESS.iter().all(|words| !line.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(uml: bool, guest: &str, kernel: &str) -> Result<u8> {
        let mut judge = Judge::new(uml);
        guest.lines().for_each(|line| judge.guest(line));
        kernel.lines().for_each(|line| judge.kernel(line));
        judge.verdict(true)
    }

    fn refusal(uml: bool, guest: &str, kernel: &str) -> String {
        judge(uml, guest, kernel).expect_err("this run is bad").to_string()
    }

    const GOOD: &str = "1..2\nok 1 - a\nok 2 - b # SKIP no compiler\ncervus-vm: exit 0";

    #[test]
    fn a_good_run() {
        assert_eq!(
            judge(false, GOOD, "[1.0] Spectre V2 : WARNING: Unprivileged eBPF\n[1.1] cervus: ready").unwrap(),
            0
        );
    }

    #[test]
    fn verdicts_are_counted() {
        assert_eq!(refusal(false, "1..2\nok 1 - a\ncervus-vm: exit 0", ""), "case 2 has no verdict");
        assert!(refusal(false, "1..1\nok 1 - a\nok 1 - a\ncervus-vm: exit 0", "").contains("more than one"));
        assert!(refusal(false, "1..1\nok 1 - a\nok 2 - a\ncervus-vm: exit 0", "").contains("2 verdicts for 1"));
        assert!(refusal(false, "1..1\nnot ok 1 - a\ncervus-vm: exit 0", "").contains("1 - a"));
        assert_eq!(refusal(false, "ok 1 - a\ncervus-vm: exit 0", ""), "no plan");
        assert_eq!(refusal(false, "1..1\nok 1 - a", ""), "the guest has died");
    }

    #[test]
    fn complaints_are_seen() {
        for line in [
            "WARNING: CPU: 0 PID: 1 at x.c:1",
            "WARNING: possible circular locking dependency detected",
            "BUG: KASAN: slab-out-of-bounds in f",
            "BUG: sleeping function called from invalid context at a.c:1",
            "ODEBUG: free active (active state 0) object type: work_struct",
            "INFO: task kworker/u4:1:21 blocked for more than 120 seconds.",
            "rcu: INFO: rcu_sched self-detected stall on CPU",
            "kmemleak: 1 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
            "=============================================================================\nBUG kmalloc-64: Redzone overwritten",
        ] {
            assert!(refusal(false, GOOD, line).starts_with("the kernel complains"), "{line}");
        }
    }

    #[test]
    fn guests_may_log_what_they_like() {
        assert_eq!(judge(false, GOOD, "[    1.000000] cervus: (3) [WARN] BUG: KASAN: not really").unwrap(), 0);
        assert!(refusal(false, GOOD, "[    1.000000] cervus: BUG: no number").starts_with("the kernel complains"));
    }

    #[test]
    fn canaries_must_sing_and_nothing_else_may() {
        let song = "cervus-vm: expect KASAN\nBUG: KASAN: slab-out-of-bounds\nCall Trace:\ncervus-vm: expected";
        assert_eq!(judge(false, GOOD, song).unwrap(), 0);
        assert!(refusal(false, GOOD, "cervus-vm: expect KASAN\ncervus-vm: expected").contains("nothing was reported"));
        assert!(refusal(false, GOOD, "cervus-vm: expect KASAN").contains("nothing was reported"));
        assert!(refusal(false, GOOD, &format!("{song}\nBUG: KASAN: use-after-free")).contains("use-after-free"));
    }

    #[test]
    fn one_complaint_of_user_mode_linux_is_known() {
        let known = "WARNING: suspicious RCU usage\nCall Trace:\n [<6003ff8e>] ? force_flush_all+0x11e/0x260";
        assert_eq!(judge(true, GOOD, &format!("{known}\nfork_handler\n{known}")).unwrap(), 0);
        assert!(refusal(false, GOOD, known).contains("suspicious RCU"));
        assert!(
            refusal(true, GOOD, "WARNING: suspicious RCU usage\nCall Trace:\n cervus_load+0x1").contains("suspicious")
        );
        assert!(
            refusal(true, GOOD, &format!("WARNING: suspicious RCU usage\n cervus_load\n{known}"))
                .contains("suspicious")
        );
    }
}
