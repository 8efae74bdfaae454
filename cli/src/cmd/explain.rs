//! `cervus explain`: what a code means.

use crate::{error::Error, names, output};
use clap::Args;
use kengine::check;
use std::process::ExitCode;

/// Explain a code that `verify` or `load` has printed
///
/// Codes of the verifier look like W0301; those of the checker are words, as EdgeCredit, or their numbers.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cervus explain W0301
  cervus explain EdgeCredit
  cervus explain                  all codes")]
pub(crate) struct Explain {
    /// The code [default: list all].
    code: Option<String>,
}

impl Explain {
    pub(crate) fn execute(&self) -> Result<ExitCode, Error> {
        output::plain(&match &self.code {
            Some(code) => explain(code)?,
            None => all(),
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

fn explain(wanted: &str) -> Result<String, Error> {
    if let Some(code) = verifier::Code::ALL.iter().find(|code| code.as_str().eq_ignore_ascii_case(wanted)) {
        let page = code.page().map_or(String::new(), |page| format!("\n{page}"));
        return Ok(format!("{code}: {}\n  help: {}\n{page}", code.title(), code.help()));
    }
    let number = wanted.parse::<u16>().ok();
    let found =
        check::Code::ALL.iter().find(|code| code.name().eq_ignore_ascii_case(wanted) || Some(**code as u16) == number);
    if let Some(code) = found {
        return Ok(format!(
            "{} ({}): {}\n  The checker found this in an image{}. An image that `cervus` made from a valid module\n  \
             never has this fault: the file is damaged, of another version, or was made by something else.\n",
            code.name(),
            *code as u16,
            code.text(),
            rule(*code)
        ));
    }
    let all: Vec<String> = verifier::Code::ALL
        .iter()
        .map(|code| code.as_str().to_owned())
        .chain(check::Code::ALL.iter().map(|code| code.name().to_owned()))
        .collect();
    let hint = names::did_you_mean(wanted, &all).unwrap_or_else(|| "`cervus explain` lists all codes".to_owned());
    Err(Error::usage_hint(format!("there is no code `{}`", names::printable(wanted)), hint))
}

/// The checker's rules are the hundreds of its numbers; 90 is what no rule is about.
fn rule(code: check::Code) -> String {
    match code as u16 / 100 {
        rule @ 1..90 => format!(", rule R{rule}"),
        _ => String::new(),
    }
}

fn all() -> String {
    let verifier = verifier::Code::ALL.iter().map(|code| format!("{code}  {}\n", code.title()));
    let checker = check::Code::ALL.iter().map(|code| format!("{:<14} {}\n", code.name(), code.text()));
    format!(
        "Codes of the verifier, about modules:\n{}\nCodes of the checker, about images:\n{}",
        verifier.collect::<String>(),
        checker.collect::<String>()
    )
}
