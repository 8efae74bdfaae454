//! `cervus run`: calls one exported function and prints what it returns.

use super::load;
use crate::{
    args::{self, Grants, Jobs, RunPolicy},
    embedded::Call,
    error::{Error, shown},
    host::TextLog,
    input,
    launch::{self, Bounds},
    names, output,
    pipeline::{self, Settings},
    progress::Progress,
    report, values,
};
use clap::Args;
use kengine::{
    Mode,
    image::{Image, KIND_FUNC},
};
use serde_json::{Value, json};
use std::{io, os::unix::ffi::OsStrExt, path::PathBuf, process::ExitCode};
use verifier::Assumption;

/// Exports that an error lists.
const MAX_LISTED: usize = 20;

/// Call an exported function with numbers and print its results, one per line
///
/// Integers are decimal or hexadecimal, signed or unsigned; floats are decimal, `inf` or `nan`. The log of the
/// program goes to standard error.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cervus run math.wasm --invoke add 1 -2
  cervus run math.wat --invoke sqrt 2.0 --json
  cervus run math.wasm --invoke sum 100 --policy bounded --assume 'sum:n<=4096'
  cervus run math.wasm --invoke mix 0xffff_ffff nan --dispatch match
  cervus run math.wasm --invoke abs -- -inf     what begins with - and is no plain number")]
pub(crate) struct Run {
    #[arg(help = args::FILE_HELP)]
    file: PathBuf,
    /// Name of the exported function.
    #[arg(long, value_name = "NAME")]
    invoke: String,
    /// Arguments of the function.
    #[arg(allow_negative_numbers = true)]
    args: Vec<String>,
    /// Print the results, or the trap, as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Units of fuel that the call may use; about one per operation [default: no limit].
    #[arg(long, value_name = "N", value_parser = args::number)]
    fuel: Option<u64>,
    #[command(flatten)]
    policy: RunPolicy,
    /// Range that the arguments keep to, as for `cervus verify`: `n<=4096` (may be given several times).
    ///
    /// A call that needs more fuel than it would with such arguments ends as one that breaks a claim.
    #[arg(long, value_name = "RANGE", allow_hyphen_values = true)]
    assume: Vec<Assumption>,
    #[command(flatten)]
    grants: Grants,
    #[command(flatten)]
    jobs: Jobs,
    /// How the engine dispatches operations: match, return or become, if the build has it [default: the fastest].
    #[arg(long, value_name = "MODE", value_parser = mode)]
    dispatch: Option<Mode>,
}

fn mode(name: &str) -> Result<Mode, String> {
    let all = || Mode::ALL.iter().map(|mode| mode.name()).collect::<Vec<_>>().join(", ");
    name.parse().map_err(|()| format!("the modes of this build are: {}", all()))
}

impl Run {
    pub(crate) fn execute(&self, verbose: bool) -> Result<ExitCode, Error> {
        let settings = Settings {
            class: self.policy.class(),
            max_pages: self.grants.max_pages,
            granted: self.grants.capabilities(),
            strict_imports: true,
            mode: self.dispatch.unwrap_or_default(),
            bounds: self.policy.looks_for_bounds() || !self.assume.is_empty(),
            assumptions: self.assume.clone(),
            threads: self.jobs.threads(),
        };
        let mut progress = Progress::new();
        let made = pipeline::image(&self.file, input::program(&self.file)?, &settings, &mut progress)?;
        let program = pipeline::ready(&self.file, &made, &settings)?;
        drop(progress);
        let image = program.image();
        let call = self.call(&image)?;
        let results = load::types(&image, call.func).map_or_else(Vec::new, |(_, results)| results.to_vec());

        let bounds = Bounds { fuel: self.fuel, max_pages: self.grants.max_pages, claim: made.claim_of(call.func) };
        let argv = vec![self.file.as_os_str().as_bytes().to_vec()];
        let log = Box::new(TextLog::new(io::stderr()));
        let finished = launch::run(&self.file, program.clone(), bounds, argv, log, call);
        if self.json {
            if let Some(value) = to_json(&finished, &results) {
                output::json(&value)?;
            }
        } else if let Ok(finished) = &finished {
            let lines = finished.results.iter().zip(&results).map(|(value, ty)| values::text(*value, *ty) + "\n");
            output::plain(&lines.collect::<String>())?;
        }
        let finished = finished?;
        if verbose {
            report::note(&format!("used {} units of fuel, dispatched by {}", finished.fuel, program.mode().name()));
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The function and its arguments.
    fn call(&self, image: &Image<'_>) -> Result<Call, Error> {
        let path = shown(&self.file);
        let name = names::printable(&self.invoke);
        let Some(func) = names::export(image, &self.invoke) else {
            let all = names::exported_functions(image);
            let hint = names::did_you_mean(&self.invoke, &all).unwrap_or_else(|| match all.as_slice() {
                [] => "it exports no functions at all".to_owned(),
                all => format!("the exported functions are: {}", names::list(all, MAX_LISTED)),
            });
            return Err(Error::usage_hint(format!("{path}: no function is exported as `{name}`"), hint));
        };
        let imported = image.imports().iter().filter(|import| import.kind == KIND_FUNC).count();
        if (func as usize) < imported {
            return Err(Error::usage(format!("{path}: `{name}` is a function of the host that the program exports")));
        }
        let (params, _) = load::types(image, func).unwrap_or_default();
        let signature = load::signature(image, func).unwrap_or_default();
        if params.len() != self.args.len() {
            let wanted = names::count(params.len(), "argument");
            let given = match self.args.len() {
                1 => "1 was".to_owned(),
                n => format!("{n} were"),
            };
            let message = format!("`{name}` takes {wanted}, {given} given");
            return Err(Error::usage_hint(message, format!("its type is {signature}")));
        }
        let parsed = self.args.iter().zip(params).enumerate().map(|(at, (text, ty))| {
            values::parse(text, *ty).map_err(|wanted| {
                let given = names::printable(text);
                let message =
                    format!("argument {} of `{name}` is `{given}`, which is no {}", at + 1, values::type_name(*ty));
                Error::usage_hint(message, format!("give {wanted}"))
            })
        });
        Ok(Call { func, args: parsed.collect::<Result<_, _>>()? })
    }
}

/// The end of a run as JSON; `None` if it did not begin.
fn to_json(finished: &Result<launch::Finished, Error>, types: &[u8]) -> Option<Value> {
    match finished {
        Ok(finished) => {
            let results: Value =
                finished.results.iter().zip(types).map(|(value, ty)| values::to_json(*value, *ty)).collect();
            Some(json!({ "results": results, "fuel": finished.fuel }))
        }
        Err(Error::Ended { reason, trace, fuel, .. }) => {
            let kind = if reason.is_stop() { "stop" } else { "trap" };
            Some(json!({ kind: { "message": reason.to_string(), "backtrace": trace.to_json() }, "fuel": fuel }))
        }
        Err(_) => None,
    }
}
