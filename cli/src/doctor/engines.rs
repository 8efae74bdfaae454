//! The engines, tried out with a small program.

use super::{Finding, Status};
use crate::{
    dev::{Device, Error, LoadError, Program, abi::State, abi::Stats, abi::StatsFlags, abi::text},
    embedded::Call,
    host::{Capabilities, JsonLog},
    human,
    launch::{self, Bounds},
    pipeline::{self, Made, Settings},
    progress::Progress,
};
use kengine::trap::TrapCode;
use rustix::io::Errno;
use std::{io, path::Path, sync::Arc, time::Duration};

/// Sums 1 to 1000 with a loop and a call, so that fuel is charged on both.
const TRIAL: &str = r#"(module
    (func $add (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "main") (result i32) (local i32 i32)
        (loop $next
            (local.set 0 (i32.add (local.get 0) (i32.const 1)))
            (local.set 1 (call $add (local.get 0) (local.get 1)))
            (br_if $next (i32.lt_u (local.get 0) (i32.const 1000))))
        (local.get 1)))"#;
/// What it returns.
const SUM: u64 = 500_500;
/// Limits of the trial.
const BOUNDS: Bounds = Bounds { fuel: Some(1_000_000), max_pages: None, claim: None };
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether the embedded engine works.
pub(crate) fn embedded() -> Finding {
    let name = "embedded";
    match trial_image().and_then(|made| run_embedded(&made)) {
        Ok(SUM) => Finding::new(name, Status::Fine, "runs programs in the command's own process"),
        Ok(other) => broken(name, format!("a trial program returns {other} in place of {SUM}")),
        Err(error) => broken(name, format!("a trial program does not run: {error}")),
    }
}

fn broken(name: &'static str, text: String) -> Finding {
    Finding::new(name, Status::Bad, text).help(crate::error::OUR_FAULT)
}

fn trial_image() -> Result<Made, String> {
    let wasm = wat::parse_str(TRIAL).map_err(|error| error.to_string())?;
    let input = crate::input::Input::Wasm(wasm);
    pipeline::image(Path::new("trial"), input, &Settings::permissive(), &mut Progress::silent())
        .map_err(|error| error.to_string())
}

fn run_embedded(made: &Made) -> Result<u64, String> {
    let program =
        pipeline::ready(Path::new("trial"), made, &Settings::permissive()).map_err(|error| error.to_string())?;
    let func = crate::names::export(&program.image(), "main").ok_or("it has no entry point")?;
    let call = Call { func, args: Vec::new() };
    let log = Box::new(JsonLog::new(io::sink()));
    let finished = launch::run(Path::new("trial"), Arc::clone(&program), BOUNDS, Vec::new(), log, call);
    finished.map_err(|error| error.to_string())?.results.first().copied().ok_or_else(|| "no result".to_owned())
}

/// What the device says, or why it says nothing; ends with the one named `kernel`, which tells whether the kernel
/// engine can be used.
pub(crate) fn kernel() -> Vec<Finding> {
    let device = match Device::open_any() {
        Ok(device) => device,
        // That there is no device is said with the way to get one, which is what this command is about.
        Err(error) => {
            let finding = failed("device", &error);
            let help = finding.help.filter(|_| !matches!(error, Error::Open(Errno::NOENT)));
            return vec![Finding { help, ..finding }, unusable()];
        }
    };
    let mut findings = vec![Finding::new("device", Status::Fine, format!("{} answers", crate::dev::PATH))];
    findings.extend(facts(device.stats()));
    match device.fits() {
        Ok(()) => {
            let version = text(&device.stats().version);
            let same = format!("interface {} and op table match, module {version}", device.stats().abi);
            findings.push(Finding::new("versions", Status::Fine, same));
        }
        Err(error) => {
            findings.push(failed("versions", &error));
            findings.push(unusable());
            return findings;
        }
    }
    findings.push(match trial_image().and_then(|made| run_in_kernel(&device, &made)) {
        Ok(SUM) => Finding::new("kernel", Status::Fine, "runs programs"),
        Ok(other) => broken("kernel", format!("a trial program returns {other} in place of {SUM}")),
        Err(error) => Finding::new("kernel", Status::Bad, format!("a trial program does not run: {error}")),
    });
    findings
}

fn failed(name: &'static str, error: &Error) -> Finding {
    Finding { help: error.hint(), ..Finding::new(name, Status::Bad, error.to_string()) }
}

fn unusable() -> Finding {
    Finding::new("kernel", Status::Bad, "cannot be used")
}

/// How the module runs programs.
fn facts(stats: &Stats) -> Vec<Finding> {
    let flags = StatsFlags::from_bits_truncate(stats.flags);
    let dispatch = match (flags.contains(StatsFlags::TAIL), flags.contains(StatsFlags::RETPOLINE)) {
        (true, false) => "by tail calls: the kernel's answer to Spectre v2 leaves indirect jumps as they are",
        (true, true) => "by tail calls, although the kernel uses retpolines",
        (false, true) => "by match: the kernel uses retpolines, which would make each tail call slow",
        (false, false) => "by match",
    };
    let floats = match flags.contains(StatsFlags::FPU) {
        true => "on the FPU, in short sections",
        false => "in software: the same results, slower",
    };
    let running = format!(
        "{}, {} pinned; slices of {} on up to {} at a time",
        crate::names::count(stats.programs as usize, "program"),
        stats.pinned,
        human::time(Duration::from_nanos(stats.slice_ns)),
        crate::names::count(stats.workers as usize, "processor"),
    );
    let limits = format!(
        "images of {}, {} of memory for a program",
        human::bytes(stats.max_image_bytes),
        human::bytes(u64::from(stats.max_pages) << 16)
    );
    [("dispatch", dispatch.to_owned()), ("floats", floats.to_owned()), ("programs", running), ("limits", limits)]
        .map(|(name, text)| Finding::new(name, Status::Note, text))
        .to_vec()
}

fn run_in_kernel(device: &Device, made: &Made) -> Result<u64, String> {
    let loaded = device.load(&made.image, Capabilities::empty(), None, "doctor");
    let program: Program = loaded.map_err(|error| match error {
        LoadError::Refused(error) => crate::image_error::ImageError::new(&made.image, error, true).to_string(),
        LoadError::Other(error) => error.to_string(),
    })?;
    let launch = crate::dev::Launch { entry: "main", args: &[], values: &[], fuel: BOUNDS.fuel, max_pages: None };
    program.start(&launch).map_err(|errno| format!("it cannot be started: {errno}"))?;
    let end = program.wait(Some(PATIENCE)).map_err(|error| error.to_string())?;
    match State::from_u32(end.state) {
        Some(State::Done) => Ok(end.values[0]),
        Some(State::Trapped) => {
            let code = u16::try_from(end.trap).ok().and_then(TrapCode::from_u16);
            Err(format!("it has trapped: {}", code.map_or("an unknown trap", TrapCode::message)))
        }
        _ => Err("it was stopped".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_engine_works() {
        assert_eq!(embedded().status, Status::Fine, "{:?}", embedded());
    }

    #[test]
    fn modes_are_named_with_the_reason() {
        let dispatch = |flags: StatsFlags| facts(&Stats { flags: flags.bits(), ..Stats::default() });
        let say = |flags, at: usize, text: &str| {
            let findings = dispatch(flags);
            assert!(findings[at].text.contains(text), "{findings:?}");
        };
        say(StatsFlags::TAIL, 0, "by tail calls");
        say(StatsFlags::RETPOLINE, 0, "by match: the kernel uses retpolines");
        say(StatsFlags::empty(), 1, "in software");
        say(StatsFlags::FPU, 1, "on the FPU");
    }
}
