//! Bytes in memory to a program ready to run: verifier, lower, checker and linker, one after the other.

use crate::{
    args::{processors, source_roots},
    error::Error,
    host::{self, Capabilities, GuestHost},
    image_error::ImageError,
    input::Input,
    progress::Progress,
};
use kengine::{
    Mode,
    check::{self, CheckError, HostInfo, ImportError, Limits},
    host::Host,
    image::Header,
    link::{Part, Program},
};
use lower::cost::{self, Costs, Handled, Handler, Rounds};
use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    thread,
};
use verifier::{
    Assumption, Class, ClassPolicy, Code, Diagnostic, FunctionRef, LoopReport, Method, Policy, Report, Sources,
    Verdict, limits::MAX_FRAME_SLOTS,
};

/// Bytes of a module up to which loop bounds are looked for without being asked; it takes about a second for a megabyte.
const SMALL_BYTES: usize = 64 << 10;

/// Bytes of an image below which it is checked and linked by one thread.
const ALONE_BYTES: usize = 200_000;
/// Parts of an image for each thread that checks and links: the last ones to be done should be short.
const PARTS: u32 = 8;

/// What is demanded and allowed on the way.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) class: ClassPolicy,
    pub(crate) max_pages: Option<u32>,
    pub(crate) granted: Capabilities,
    /// Imports that the host lacks: `true` rejects them, `false` lets them pass, for who does not run the program.
    pub(crate) strict_imports: bool,
    pub(crate) mode: Mode,
    /// Whether loop bounds are looked for in large modules too, for who wants to see them, or to have them enforced.
    pub(crate) bounds: bool,
    /// Ranges that whoever calls the program keeps to.
    pub(crate) assumptions: Vec<Assumption>,
    /// Threads to verify, lower, check and link with.
    pub(crate) threads: usize,
}

impl Settings {
    /// For looking at a program, not running it: nothing is refused that can be lowered.
    pub(crate) fn permissive() -> Self {
        Settings {
            class: ClassPolicy::Metered,
            max_pages: None,
            granted: Capabilities::all(),
            strict_imports: false,
            mode: Mode::default(),
            bounds: false,
            assumptions: Vec::new(),
            threads: processors(),
        }
    }
}

fn policy(wasm: &[u8], settings: &Settings) -> Policy {
    Policy {
        class: settings.class,
        max_pages: settings.max_pages,
        allowed: Some(settings.granted.own_names().collect()),
        assumptions: settings.assumptions.clone(),
        any_imports: !settings.strict_imports,
        skip_bounds: may_skip_bounds(wasm, settings) && !verifier::claims_bounds(wasm),
        threads: settings.threads,
    }
}

/// Whether nobody asks for the loop bounds of a module, unless it claims some.
fn may_skip_bounds(wasm: &[u8], settings: &Settings) -> bool {
    !settings.bounds && settings.class == ClassPolicy::Metered && wasm.len() > SMALL_BYTES
}

/// Verifies a module.
pub(crate) fn verify(wasm: &[u8], settings: &Settings, progress: &mut Progress) -> Report {
    let mut update = |done, total| progress.update("verifying", done, total);
    verifier::verify_with_progress(wasm, &host::set(), &policy(wasm, settings), &mut update)
}

/// Whether nothing is wrong with a module besides what [`validate_and_lower`] finds: what the verifier has to say of
/// modules that are loaded without loop bounds. False also for those that are not: small ones, and those that claim some.
pub(crate) fn accepts_declarations(wasm: &[u8], settings: &Settings) -> bool {
    let policy = policy(wasm, settings);
    policy.skip_bounds && verifier::accepts_declarations(wasm, &host::set(), &policy)
}

/// Validates and lowers a module whose declarations are accepted, in one read of its bodies. `None` if that is not enough
/// to load it: something is wrong with it, which [`verify`] and [`lower()`] then say in order, or it may be of class
/// [`Class::Bounded`], and claims that.
pub(crate) fn validate_and_lower(wasm: &[u8], threads: usize, progress: &mut Progress) -> Option<Vec<u8>> {
    let mut update = |done, total| progress.update("verifying and lowering", done, total);
    let mut options = lower::Options { host: &host::cost, progress: Some(&mut update), threads };
    let lowered = lower::validate_and_lower(wasm, verifier::features(), &mut options).ok()?;
    (lowered.has_loops && lowered.max_slots <= MAX_FRAME_SLOTS).then_some(lowered.image)
}

/// Refuses promises about parameters that are not there: a slip of the pen must not pass for a weak analysis.
///
/// # Errors
/// The first such promise.
pub(crate) fn all_used(report: &Report) -> Result<(), Error> {
    match report.unused_assumptions.first() {
        Some(why) => Err(Error::usage_hint(
            format!("--assume says nothing about this module: {why}"),
            "write [FUNCTION:]PARAMETER<=MAX; parameters without a name are p0, p1 and so on",
        )),
        None => Ok(()),
    }
}

/// Lowers a verified module to an image.
///
/// # Errors
/// It uses something that the image format does not have.
pub(crate) fn lower(wasm: &[u8], threads: usize, progress: &mut Progress) -> Result<Vec<u8>, lower::Error> {
    let mut update = |done, total| progress.update("lowering", done, total);
    lower::lower(wasm, &mut lower::Options { host: &host::cost, progress: Some(&mut update), threads })
}

/// Turns a fault of the module that only lowering finds into a finding of the report.
///
/// # Errors
/// It is our own fault.
pub(crate) fn reject(path: &Path, error: lower::Error, report: &mut Report) -> Result<(), Error> {
    let finding = diagnostic(&error, report).ok_or_else(|| Error::Lower { path: path.to_owned(), error })?;
    report.diagnostics.push(finding);
    report.verdict = Verdict::Rejected;
    Ok(())
}

/// A module's fault that only lowering finds, as a finding of the report; `None` if it is our own fault.
fn diagnostic(error: &lower::Error, report: &Report) -> Option<Diagnostic> {
    let (code, func, offset) = match *error {
        lower::Error::Invalid { offset, .. } => (Code::InvalidModule, None, Some(offset)),
        lower::Error::Unsupported { func, offset, .. } => (Code::UnsupportedFeature, func, Some(offset)),
        lower::Error::Limit { func, .. } => (Code::LimitExceeded, func, None),
        lower::Error::Internal { .. } => return None,
    };
    let mut diagnostic = Diagnostic::new(code, error.to_string());
    if let Some(index) = func {
        let name = report.functions.iter().find(|f| f.index == index).and_then(|f| f.name.clone());
        diagnostic = diagnostic.within(FunctionRef { index, name });
    }
    if let Some(offset) = offset {
        diagnostic = diagnostic.at(offset);
    }
    Some(diagnostic)
}

/// Finds the worst-case cost of an image that `lower` has made, puts it into the report and, as class and fuel
/// claim, into the image. `None` if there is no such cost, since the checker refuses the image: it is refused again, with
/// an explanation, when it is linked.
pub(crate) fn claim(image: &mut [u8], report: &mut Report) -> Option<Costs> {
    let rounds = |function, branch| {
        let loops = report.rounds(function, branch);
        loops.map(|(id, l)| Rounds { id, entry: l.bound, total: l.total }).collect()
    };
    let amounts = |by, function, offset| match by {
        Handler::Import(import) if report.handles_nothing(import) => Handled::at_most(0),
        _ => report.amount(function, offset).map_or(Handled::default(), |amount| Handled {
            most: Some(amount.most),
            has_formula: amount.formula.is_some(),
        }),
    };
    let costs = cost::costs(image, &AnyHost, &rounds, &amounts).ok()?;
    if report.class == Class::Bounded {
        cost::claim(image, &costs);
    }
    report.set_costs(&costs.functions, &costs.rounds, &costs.straight, &costs.left_out, costs.run);
    Some(costs)
}

/// Checks an image and links it.
///
/// # Errors
/// The checker refuses it.
pub(crate) fn link(image: Vec<u8>, settings: &Settings) -> Result<Program, CheckError> {
    let host: &dyn check::Host = if settings.strict_imports { &host::prototypes() } else { &AnyHost };
    let (limits, mode) = (limits(settings), settings.mode);
    // CAST: far fewer than 2^32
    let parts = if image.len() < ALONE_BYTES { 1 } else { settings.threads as u32 * PARTS };
    match settings.threads {
        0 | 1 => Program::load(image, host, &limits, mode),
        threads => Program::load_in_parts(image, host, &limits, mode, parts, |parts| run(parts, threads)),
    }
}

/// Runs all parts, on so many threads.
fn run(parts: &mut [Part<'_>], threads: usize) {
    let threads = threads.min(parts.len());
    let left = Mutex::new(parts.iter_mut());
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        while let Some(part) = next() {
            part.run();
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            // Without further threads this one does it all.
            let _ = thread::Builder::new().spawn_scoped(scope, work);
        }
        work();
    });
}

fn limits(settings: &Settings) -> Limits {
    Limits {
        max_pages: settings.max_pages.unwrap_or(check::MAX_PAGES),
        granted: if settings.strict_imports { settings.granted.bits() } else { u64::MAX },
        ..Limits::default()
    }
}

/// Checks an image, with any imports, and links nothing.
///
/// # Errors
/// The checker refuses it.
pub(crate) fn check(image: &[u8], settings: &Settings) -> Result<(), CheckError> {
    check::check(image, &AnyHost, &limits(settings), &mut ()).map(|_| ())
}

/// As [`link`], with an error in words. `is_ours` says that `lower` has just made the image.
///
/// # Errors
/// As [`link`].
pub(crate) fn explained_link(image: &[u8], settings: &Settings, is_ours: bool) -> Result<Program, ImageError> {
    link(image.to_vec(), settings).map_err(|error| ImageError::new(image, error, is_ours))
}

/// The error about a rejected module, with the places of its findings.
pub(crate) fn rejected(path: &Path, mut report: Report, sources: &Sources<'_>) -> Error {
    report.locate(sources);
    Error::Rejected { path: path.to_owned(), report: Box::new(report) }
}

/// An image that has not been checked.
pub(crate) struct Made {
    pub(crate) image: Vec<u8>,
    /// `lower` has just made it, from a module that the verifier accepts.
    pub(crate) is_ours: bool,
    /// What runs cost at most, if that was asked for: more than the image has room for, which claims one cost for all
    /// exports.
    pub(crate) costs: Option<Costs>,
}

impl Made {
    /// Fuel of a run that calls this function, at most; `None` if the image alone says.
    pub(crate) fn claim_of(&self, func: u32) -> Option<u64> {
        // A claim of 0 would be none.
        self.costs.as_ref()?.run_of(func).map(|units| units.max(1))
    }
}

/// The image of a program: made from the module, or as it is.
///
/// # Errors
/// The module is rejected or cannot be lowered.
pub(crate) fn image(path: &Path, input: Input, settings: &Settings, progress: &mut Progress) -> Result<Made, Error> {
    match input {
        Input::Image(image) => {
            if !settings.assumptions.is_empty() {
                return Err(Error::usage_hint(
                    format!("{}: --assume is for modules, and this is an image", crate::error::shown(path)),
                    "what an image claims was found out when it was made",
                ));
            }
            // What has no header is refused by the checker.
            let is_bounded = |header: Header| header.class == 1 && header.fuel_claim != 0;
            match settings.class == ClassPolicy::Bounded && !Header::read(&image).is_none_or(is_bounded) {
                true => Err(Error::NotBounded { path: path.to_owned() }),
                false => Ok(Made { image, is_ours: false, costs: None }),
            }
        }
        Input::Wasm(wasm) => {
            if accepts_declarations(&wasm, settings)
                && let Some(image) = validate_and_lower(&wasm, settings.threads, progress)
            {
                return Ok(Made { image, is_ours: true, costs: None });
            }
            let mut report = verify(&wasm, settings, progress);
            all_used(&report)?;
            let sources = || Sources::new(&wasm, &source_roots(path));
            if !report.accepted() {
                return Err(rejected(path, report, &sources()));
            }
            let mut image = match lower(&wasm, settings.threads, progress) {
                Ok(image) => image,
                Err(error) => {
                    reject(path, error, &mut report)?;
                    return Err(rejected(path, report, &sources()));
                }
            };
            // Nobody asks here for the costs of a program that claims none.
            let is_claim = |l: &LoopReport| l.method == Some(Method::Claim);
            let claims = || report.functions.iter().flat_map(|f| &f.loops).any(is_claim);
            let costs = match settings.bounds || report.class == Class::Bounded || claims() {
                true => claim(&mut image, &mut report),
                false => None,
            };
            Ok(Made { image, is_ours: true, costs })
        }
    }
}

/// Checks and links an image for the embedded engine.
///
/// # Errors
/// The checker refuses it.
pub(crate) fn ready(path: &Path, made: &Made, settings: &Settings) -> Result<Arc<Program>, Error> {
    match explained_link(&made.image, settings, made.is_ours) {
        Ok(program) => Ok(Arc::new(program)),
        Err(error) => Err(Error::Image { path: path.to_owned(), error }),
    }
}

/// Has every function that an image may want: for programs that are not run.
struct AnyHost;

impl check::Host for AnyHost {
    fn import(&self, module: &[u8], name: &[u8], _: &[u8], _: &[u8]) -> Result<HostInfo, ImportError> {
        // What `lower` has written into the image: the host's own figures where it has any.
        Ok(GuestHost::find(module, name).map_or_else(HostInfo::default, |(_, f)| HostInfo {
            cost: f.cost,
            capabilities: f.capabilities,
            may_sleep: f.may_sleep,
        }))
    }
}
