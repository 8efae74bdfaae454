//! `cervus load`: runs a program from its entry point.

use crate::{
    args::{self, EngineArg, Grants},
    embedded::Call,
    error::{Error, StopReason, shown},
    host::{JsonLog, LogSink, TextLog},
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
    image::{Image, KIND_FUNC, valtype::I32},
};
use serde_json::json;
use std::{
    ffi::OsString,
    io::{self, IsTerminal},
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::PathBuf,
    process::ExitCode,
    time::Instant,
};
use verifier::ClassPolicy;

/// Entry points, the first that is exported counts: CommonWA, the first Cervus, WASI, C.
const ENTRIES: [&str; 4] = ["__app_main", "__cv_main", "_start", "main"];
/// Exports that an error lists.
const MAX_LISTED: usize = 20;

/// Run a program: verify, lower, check, and call its entry point
///
/// The log of the program goes to standard output. The exit code is the program's own (the low 8 bits of what the
/// entry point returns), 1 if it was rejected or has trapped, 130 after Ctrl-C.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cervus load hello_world.wasm
  cervus load fib.wasm -- 30
  cervus load untrusted.wasm --fuel 1_000_000 --max-pages 16 --allow none

The entry point is the first export of these: __app_main, __cv_main, _start, main.")]
pub(crate) struct Load {
    #[arg(help = args::FILE_HELP)]
    file: PathBuf,
    /// Where the program runs.
    #[arg(long, value_enum, default_value_t)]
    engine: EngineArg,
    /// Units of fuel that the run may use; about one per operation [default: no limit].
    #[arg(long, value_name = "N", value_parser = args::number)]
    fuel: Option<u64>,
    #[command(flatten)]
    grants: Grants,
    /// Print the log and the end of the run as JSON, one object per line.
    #[arg(long)]
    json: bool,
    /// Arguments of the program.
    #[arg(last = true)]
    args: Vec<OsString>,
}

impl Load {
    pub(crate) fn execute(&self, verbose: bool) -> Result<ExitCode, Error> {
        if self.engine == EngineArg::Kernel {
            return Err(Error::usage_hint(
                "the kernel engine is not in this version of cervus: there is no kernel module for /dev/cervus",
                "use --engine embedded, or leave --engine out",
            ));
        }
        let settings = Settings {
            class: ClassPolicy::Metered,
            max_pages: self.grants.max_pages,
            granted: self.grants.capabilities(),
            strict_imports: true,
            mode: Mode::default(),
            bounds: false,
            assumptions: Vec::new(),
        };
        let began = Instant::now();
        let mut progress = Progress::new();
        let program = pipeline::compile(&self.file, input::program(&self.file)?, &settings, &mut progress)?;
        drop(progress);
        let entry = program.image().and_then(|image| entry(&image));
        let Some(call) = entry else { return Err(self.no_entry(program.image())) };
        if self.engine == EngineArg::Auto && (verbose || io::stderr().is_terminal()) {
            report::note("the program runs embedded, in this process: the kernel engine is not in this version");
        }
        if verbose {
            let functions = program.image().map_or(0, |image| image.funcs().len());
            let functions = names::count(functions as usize, "function");
            report::note(&format!("{functions} made ready in {:.2?}", began.elapsed()));
        }

        let bounds = Bounds { fuel: self.fuel, max_pages: self.grants.max_pages };
        let began = Instant::now();
        let result = launch::run(&self.file, program, bounds, self.argv(), self.log(), call);
        if verbose {
            let fuel = match &result {
                Ok(finished) => finished.fuel,
                Err(Error::Ended { fuel, .. }) => *fuel,
                Err(_) => 0,
            };
            report::note(&format!("ran for {:.2?} and used {fuel} units of fuel", began.elapsed()));
        }
        // CAST: the exit code is the low 8 bits.
        let code = result.as_ref().map_or(1, |finished| finished.results.first().map_or(0, |value| *value as u8));
        if self.json {
            self.print_end(&result, code)?;
        }
        result.map(|_| ExitCode::from(code))
    }

    /// The arguments as the program sees them, its path first.
    fn argv(&self) -> Vec<Vec<u8>> {
        let path = self.file.as_os_str().as_bytes().to_vec();
        [path].into_iter().chain(self.args.iter().map(|arg| arg.clone().into_vec())).collect()
    }

    fn log(&self) -> Box<dyn LogSink> {
        if self.json { Box::new(JsonLog::new(io::stdout())) } else { Box::new(TextLog::new(io::stdout())) }
    }

    /// The last line of the JSON form.
    fn print_end(&self, result: &Result<launch::Finished, Error>, code: u8) -> Result<(), Error> {
        let value = match result {
            Ok(finished) => json!({ "event": "exit", "code": code, "fuel": finished.fuel }),
            Err(Error::Ended { reason, trace, fuel, .. }) => json!({
                "event": if matches!(reason, StopReason::Interrupted) { "stop" } else { "trap" },
                "message": reason.to_string(),
                "backtrace": trace.to_json(),
                "fuel": fuel,
            }),
            Err(_) => return Ok(()),
        };
        output::plain(&format!("{value}\n"))
    }

    fn no_entry(&self, image: Option<Image<'_>>) -> Error {
        let exports = image.as_ref().map(names::exported_functions).unwrap_or_default();
        let path = shown(&self.file);
        if let Some(image) = &image
            && let Some((name, func)) = find(image)
        {
            let text = signature(image, func).unwrap_or_default();
            return Error::usage_hint(
                format!(
                    "{path}: the entry point `{name}` has the type {text}, but should take nothing and return nothing or an i32"
                ),
                format!("call it with `cervus run {path} --invoke {name} ARGS…`"),
            );
        }
        let exists = match exports.as_slice() {
            [] => "it exports no functions at all".to_owned(),
            names => format!("the exported functions are: {}", names::list(names, MAX_LISTED)),
        };
        let hint = match exports.first() {
            Some(first) => format!("call one with `cervus run {path} --invoke {} …`", names::printable(first)),
            None => "export the entry point when linking, for instance with `-Wl,--export=main`".to_owned(),
        };
        Error::usage_hint(format!("{path}: no entry point (__app_main, __cv_main, _start or main); {exists}"), hint)
    }
}

/// The call of the entry point, if there is one of the right type.
fn entry(image: &Image<'_>) -> Option<Call> {
    let (_, func) = find(image)?;
    let (params, results) = types(image, func)?;
    let fits = params.is_empty() && (results.is_empty() || results == [I32]);
    fits.then_some(Call { func, args: Vec::new() })
}

fn find(image: &Image<'_>) -> Option<(&'static str, u32)> {
    ENTRIES.iter().find_map(|name| Some((*name, names::export(image, name)?)))
}

/// Parameter and result types of a function, imports included.
pub(super) fn types<'a>(image: &Image<'a>, func: u32) -> Option<(&'a [u8], &'a [u8])> {
    let imports: Vec<_> = image.imports().iter().filter(|import| import.kind == KIND_FUNC).collect();
    let sig = match imports.get(func as usize) {
        Some(import) => import.desc,
        None => image.funcs().get(func - imports.len() as u32)?.sig, // CAST: fewer imports than `func`
    };
    let sig = image.sigs().get(sig)?;
    image.sig_types(&sig)?.split_at_checked(usize::from(sig.params))
}

/// The type of a function as text.
pub(super) fn signature(image: &Image<'_>, func: u32) -> Option<String> {
    types(image, func).map(|(params, results)| values::signature(params, results))
}
