//! `cervus doctor`: whether programs can run in the kernel here, and what is missing.

use crate::{
    doctor::{Finding, Status, engines, machine::Machine},
    error::Error,
    output,
};
use anstyle::{AnsiColor, Style};
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Say whether programs can run in the kernel here, and what to do if not
///
/// Tries both engines with a small program. The exit code is 0 if the kernel engine can be used, else 1; the embedded
/// engine needs nothing of this machine.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Print the findings as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// All findings, and what follows from them.
struct Diagnosis {
    findings: Vec<Finding>,
    /// The kernel engine can be used.
    usable: bool,
    next: Vec<String>,
}

impl Doctor {
    pub(crate) fn execute(&self) -> Result<ExitCode, Error> {
        let diagnosis = Diagnosis::new(&Machine::this());
        match self.json {
            true => output::json(&diagnosis.to_json())?,
            false => output::coloured(&diagnosis.to_text())?,
        }
        Ok(if diagnosis.usable { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

impl Diagnosis {
    fn new(machine: &Machine) -> Self {
        let mut findings = vec![engines::embedded(), machine.release(), machine.module(), machine.privileges()];
        let is_loaded = findings.iter().any(|f| f.name == "module" && f.status != Status::Bad);
        findings.extend(machine.spectre());
        let kernel = engines::kernel();
        let usable = kernel.iter().any(|f| f.name == "kernel" && f.status == Status::Fine);
        // What only matters to who has yet to build and load the module.
        let (mut loading, mut building) = (Vec::new(), Vec::new());
        let can_load = machine.has_modules();
        if !is_loaded && can_load {
            loading = machine.loading();
            building = machine.building();
        }
        let next = match usable || is_loaded || can_load {
            true => next(usable, is_loaded, &kernel, &loading, &building),
            false => vec![IN_A_GUEST.to_owned()],
        };
        findings.extend(kernel.into_iter().chain(loading).chain(building));
        Diagnosis { findings, usable, next }
    }

    fn to_text(&self) -> String {
        let mut out = String::new();
        for finding in &self.findings {
            let (word, style) = match finding.status {
                Status::Fine => ("ok", AnsiColor::Green.on_default()),
                Status::Note => ("-", Style::new()),
                Status::Warning => ("warning", AnsiColor::Yellow.on_default()),
                Status::Bad => ("error", AnsiColor::Red.on_default()),
            };
            out.push_str(&format!("{style}{word:<7}{style:#}  {:<10}  {}\n", finding.name, finding.text));
            if let Some(help) = &finding.help {
                out.push_str(&format!("{:21}{help}\n", ""));
            }
        }
        out.push_str(match self.usable {
            true => "\nThe kernel engine can be used.\n",
            false => "\nThe kernel engine cannot be used; programs run embedded, in the command's own process.\n",
        });
        for (at, step) in self.next.iter().enumerate() {
            out.push_str(&format!("{:>3}. {step}\n", at + 1));
        }
        out
    }

    fn to_json(&self) -> Value {
        let findings: Vec<Value> = self.findings.iter().map(Finding::to_json).collect();
        json!({ "kernel_engine": self.usable, "findings": findings, "next": self.next })
    }
}

/// The step that works whatever this kernel is like.
const IN_A_GUEST: &str = "cargo xtask vm -- cervus load /examples/hello_world.wasm, which leaves this kernel alone";

/// What to run next, in this order.
fn next(usable: bool, is_loaded: bool, kernel: &[Finding], loading: &[Finding], building: &[Finding]) -> Vec<String> {
    if usable {
        return vec!["cervus load FILE.wasm".to_owned(), "cervus ps; cervus top".to_owned()];
    }
    let help = |findings: &[Finding], least: Status| {
        let matters = move |finding: &&Finding| match least {
            Status::Bad => finding.status == Status::Bad,
            _ => matches!(finding.status, Status::Warning | Status::Bad),
        };
        findings.iter().filter(matters).filter_map(|finding| finding.help.clone()).collect::<Vec<_>>()
    };
    if is_loaded {
        return help(kernel, Status::Bad);
    }
    let mut steps = help(building, Status::Warning);
    steps.push("cargo xtask kmod                  builds cervus.ko and says where it is".to_owned());
    steps.extend(help(loading, Status::Bad));
    steps.push("insmod PATH/cervus.ko             as root".to_owned());
    steps.push("cervus doctor                     again".to_owned());
    steps.push(format!("or {IN_A_GUEST}"));
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_come_from_findings() {
        let headers = Finding::new("headers", Status::Warning, "none").help("apt-get install headers");
        let tools = Finding::new("tools", Status::Fine, "there").help("not this");
        let locked = Finding::new("loading", Status::Bad, "locked").help("sign it");
        let steps = next(false, false, &[], &[locked], &[headers, tools]);
        assert_eq!(steps[0], "apt-get install headers");
        assert!(steps[1].starts_with("cargo xtask kmod") && steps[2] == "sign it" && steps[3].starts_with("insmod"));
        assert!(!steps.contains(&"not this".to_owned()));
        let old = Finding::new("versions", Status::Bad, "old").help("build both again");
        assert_eq!(next(false, true, &[old], &[], &[]), ["build both again"]);
    }

    #[test]
    fn a_kernel_without_modules_is_not_told_to_load_one() {
        let root = std::env::temp_dir().join(format!("cervus-no-modules-{}", std::process::id()));
        let diagnosis = Diagnosis::new(&Machine::at(&root));
        // Where the tests run in a kernel that has the module, it is used whatever the files say.
        if !diagnosis.usable {
            assert_eq!(diagnosis.next, [IN_A_GUEST]);
            assert!(diagnosis.findings.iter().all(|f| f.name != "headers" && f.name != "loading"));
        }
    }

    #[test]
    fn text_and_json_say_the_same() {
        let findings = vec![
            Finding::new("embedded", Status::Fine, "runs programs"),
            Finding::new("module", Status::Bad, "not loaded"),
            Finding::new("headers", Status::Warning, "none").help("apt-get install headers"),
        ];
        let diagnosis = Diagnosis { findings, usable: false, next: vec!["insmod".to_owned()] };
        insta::assert_snapshot!(anstream::adapter::strip_str(&diagnosis.to_text()).to_string());
        let json = diagnosis.to_json();
        assert_eq!(json["kernel_engine"], false);
        assert_eq!(
            json["findings"][2],
            json!({ "name": "headers", "status": "warning", "text": "none", "help": "apt-get install headers" })
        );
    }
}
