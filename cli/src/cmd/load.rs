//! `cervus load`: runs a program from its entry point.

use crate::{
    args::{self, EngineArg, Grants, Jobs, RunPolicy},
    dev::{self, Device, Launch},
    embedded::Call,
    engine::{self, Engine, Wanted},
    error::{Error, shown},
    host::{JsonLog, LogSink, TextLog},
    image_error::ImageError,
    input, kernel,
    launch::{self, Bounds, Finished},
    names, output,
    pipeline::{self, Made, Settings},
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
    io,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::PathBuf,
    process::ExitCode,
    time::Instant,
};

/// Entry points, the first that is exported counts: CommonWA, the first Cervus, WASI, C.
const ENTRIES: [&str; 4] = ["__app_main", "__cv_main", "_start", "main"];
/// Exports that an error lists.
const MAX_LISTED: usize = 20;

/// Run a program: verify, lower, check, and call its entry point
///
/// The log of the program goes to standard output. The exit code is the program's own (the low 8 bits of what the
/// entry point returns), 1 if it was rejected or has trapped, 130 after Ctrl-C, 2 if the kernel engine was asked for
/// and cannot be used.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cervus load hello_world.wasm
  cervus load fib.wasm 30
  cervus load args.wasm -- --verbose x    what begins with - is the program's behind --
  cat fib.wasm | cervus load - 30         from standard input
  cervus load untrusted.wasm --fuel 1_000_000 --max-pages 16 --allow none
  cervus load filter.wasm --policy bounded
                                          only if it provably ends
  cervus load server.wasm --engine kernel --pin server
                                          leave it running; see `ps`, `logs`, `stop`, `unload`

The entry point is the first export of these: __app_main, __cv_main, _start, main.")]
pub(crate) struct Load {
    #[arg(help = args::FILE_HELP)]
    file: PathBuf,
    /// Where the program runs.
    #[arg(long, value_enum, default_value_t)]
    engine: EngineArg,
    /// Do not say which engine was chosen.
    #[arg(short, long)]
    quiet: bool,
    /// Leave the program running in the kernel under this name, print its number, and return at once.
    #[arg(long, value_name = "NAME", value_parser = args::pin_name)]
    pin: Option<String>,
    /// Units of fuel that the run may use; about one per operation [default: no limit].
    #[arg(long, value_name = "N", value_parser = args::number)]
    fuel: Option<u64>,
    #[command(flatten)]
    policy: RunPolicy,
    #[command(flatten)]
    grants: Grants,
    #[command(flatten)]
    jobs: Jobs,
    /// Print the log and the end of the run as JSON, one object per line.
    #[arg(long)]
    pub(crate) json: bool,
    /// Arguments of the program; those that begin with `-` and are no numbers stand behind `--`.
    #[arg(allow_negative_numbers = true)]
    args: Vec<OsString>,
}

impl Load {
    pub(crate) fn execute(&self, verbose: bool) -> Result<ExitCode, Error> {
        let settings = Settings {
            class: self.policy.class(),
            max_pages: self.grants.max_pages,
            granted: self.grants.capabilities(),
            strict_imports: true,
            mode: Mode::default(),
            bounds: self.policy.looks_for_bounds(),
            assumptions: Vec::new(),
            threads: self.jobs.threads(),
        };
        let wanted = Wanted { max_pages: self.grants.max_pages, pinned: self.pin.is_some() };
        let (engine, why) = engine::choose(self.engine, wanted)?;
        let began = Instant::now();
        let mut progress = Progress::new();
        let made = pipeline::image(&self.file, input::program(&self.file)?, &settings, &mut progress)?;
        drop(progress);
        if let Some(why) = why.filter(|_| !self.quiet) {
            report::note(&why);
        }
        let result = match &engine {
            Engine::Embedded => self.embedded(&made, &settings, began, verbose),
            Engine::Kernel(device) => match self.in_kernel(device, &made, &settings, began, verbose) {
                Ok(Some(finished)) => Ok(finished),
                Ok(None) => return Ok(ExitCode::SUCCESS),
                Err(error) => Err(error),
            },
        };
        // CAST: the exit code is the low 8 bits.
        let code = result.as_ref().map_or(1, |finished| finished.results.first().map_or(0, |value| *value as u8));
        if self.json {
            self.print_end(&engine, &result, code)?;
        }
        result.map(|_| ExitCode::from(code))
    }

    /// What a run may use that begins with this function.
    fn bounds(&self, made: &Made, func: u32) -> Bounds {
        Bounds { fuel: self.fuel, max_pages: self.grants.max_pages, claim: made.claim_of(func) }
    }

    /// Runs it in this process.
    fn embedded(&self, made: &Made, settings: &Settings, began: Instant, verbose: bool) -> Result<Finished, Error> {
        let program = pipeline::ready(&self.file, made, settings)?;
        let call = self.entry(&program.image())?.call();
        if verbose {
            ready_note(program.func_count(), began);
        }
        let began = Instant::now();
        let bounds = self.bounds(made, call.func);
        let result = launch::run(&self.file, program, bounds, self.argv(), self.log(), call);
        if verbose {
            run_note(&result, began);
        }
        result
    }

    /// Runs it in the kernel; `None` if it was left running there.
    fn in_kernel(
        &self,
        device: &Device,
        made: &Made,
        settings: &Settings,
        began: Instant,
        verbose: bool,
    ) -> Result<Option<Finished>, Error> {
        let program = kernel::load(device, &self.file, made, settings.granted, self.grants.max_pages)?;
        // The kernel has accepted it, so it has the form of an image.
        let image = Image::parse(&made.image).map_err(|error| Error::Image {
            path: self.file.clone(),
            error: ImageError::of_frame(&made.image, error),
        })?;
        let entry = self.entry(&image)?;
        if verbose {
            let imported = image.imports().iter().filter(|import| import.kind == KIND_FUNC).count();
            // CAST: sections are shorter than 2^32 records.
            ready_note(image.funcs().len() + imported as u32, began);
        }
        let (args, bounds) = (self.argv(), self.bounds(made, entry.func));
        // The kernel knows what the image claims; what is known of its entry point may be less.
        let fuel = bounds.fuel.into_iter().chain(bounds.claim).min();
        let launch = Launch { entry: entry.name, args: &args, values: &[], fuel, max_pages: bounds.max_pages };
        if let Some(pin) = &self.pin {
            return self.leave_running(&program, device, pin, &launch).map(|()| None);
        }
        let began = Instant::now();
        kernel::start(&self.file, &program, &launch)?;
        let result = kernel::follow(&self.file, program, &image, bounds, &mut *self.log());
        if verbose {
            run_note(&result, began);
        }
        result.map(Some)
    }

    /// Pins a program, starts it and prints its number.
    fn leave_running(
        &self,
        program: &dev::Program,
        device: &Device,
        pin: &str,
        launch: &Launch<'_>,
    ) -> Result<(), Error> {
        program.pin(pin)?;
        if let Err(error) = kernel::start(&self.file, program, launch) {
            // Nothing is left of what did not start; that it did not is what counts.
            let _ = device.unload(program.id());
            return Err(error);
        }
        let id = program.id();
        output::plain(&match self.json {
            true => format!("{}\n", json!({ "event": "start", "id": id, "pin": pin, "engine": "kernel" })),
            false => format!("{id}\n"),
        })
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
    fn print_end(&self, engine: &Engine, result: &Result<Finished, Error>, code: u8) -> Result<(), Error> {
        let engine = engine.name();
        let value = match result {
            Ok(finished) => json!({ "event": "exit", "code": code, "fuel": finished.fuel, "engine": engine }),
            Err(Error::Ended { reason, trace, fuel, .. }) => json!({
                "event": if reason.is_stop() { "stop" } else { "trap" },
                "message": reason.to_string(),
                "backtrace": trace.to_json(),
                "fuel": fuel,
                "engine": engine,
            }),
            Err(_) => return Ok(()),
        };
        output::plain(&format!("{value}\n"))
    }

    /// The entry point.
    ///
    /// # Errors
    /// There is none, or none of the right type.
    fn entry(&self, image: &Image<'_>) -> Result<Entry, Error> {
        let path = shown(&self.file);
        if let Some(entry) = ENTRIES.iter().find_map(|name| Some(Entry { name, func: names::export(image, name)? })) {
            return match types(image, entry.func) {
                Some((&[], &[] | &[I32])) => Ok(entry),
                _ => {
                    let (name, text) = (entry.name, signature(image, entry.func).unwrap_or_default());
                    Err(Error::usage_hint(
                        format!(
                            "{path}: the entry point `{name}` has the type {text}, but should take nothing and return nothing or an i32"
                        ),
                        format!("call it with `cervus run {path} --invoke {name} ARGS…`"),
                    ))
                }
            };
        }
        let exports = names::exported_functions(image);
        let exists = match exports.as_slice() {
            [] => "it exports no functions at all".to_owned(),
            names => format!("the exported functions are: {}", names::list(names, MAX_LISTED)),
        };
        let hint = match exports.first() {
            Some(first) => format!("call one with `cervus run {path} --invoke {} …`", names::printable(first)),
            None => "export the entry point when linking, for instance with `-Wl,--export=main`".to_owned(),
        };
        Err(Error::usage_hint(
            format!("{path}: no entry point (__app_main, __cv_main, _start or main); {exists}"),
            hint,
        ))
    }
}

/// Where a program begins.
#[derive(Clone, Copy)]
struct Entry {
    name: &'static str,
    func: u32,
}

impl Entry {
    fn call(self) -> Call {
        Call { func: self.func, args: Vec::new() }
    }
}

fn ready_note(functions: u32, began: Instant) {
    let functions = names::count(functions as usize, "function");
    report::note(&format!("{functions} made ready in {:.2?}", began.elapsed()));
}

fn run_note(result: &Result<Finished, Error>, began: Instant) {
    let fuel = match result {
        Ok(finished) => finished.fuel,
        Err(Error::Ended { fuel, .. }) => *fuel,
        Err(_) => 0,
    };
    report::note(&format!("ran for {:.2?} and used {fuel} units of fuel", began.elapsed()));
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
