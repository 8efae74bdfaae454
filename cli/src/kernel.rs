//! A run on the kernel engine: what `launch` is for the embedded one, with the same results, messages and backtraces.

use crate::{
    dev::{self, Device, Launch, LoadError, LogRecord, Program, Records, abi, abi::State},
    error::{Error, StopReason},
    host::{Capabilities, Fault, Level, LogSink},
    image_error::ImageError,
    launch::{Bounds, Budget, Finished},
    names,
    pipeline::Made,
    report,
    trace::Trace,
};
use kengine::{image::Image, trap::TrapCode};
use rustix::io::Errno;
use std::{
    io,
    path::Path,
    process,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Loads an image; the program bears the name of its file.
///
/// # Errors
/// The kernel refuses it; if the checker does, in the words that it has offline, too.
pub(crate) fn load(
    device: &Device,
    path: &Path,
    made: &Made,
    granted: Capabilities,
    max_pages: Option<u32>,
) -> Result<Program, Error> {
    let name = path.file_stem().map_or_else(String::new, |stem| names::printable(&stem.to_string_lossy()));
    device.load(&made.image, granted, max_pages, &name).map_err(|error| match error {
        LoadError::Refused(error) => {
            let error = ImageError::new(&made.image, error, made.is_ours).in_kernel(device.stats().max_pages);
            Error::Image { path: path.to_owned(), error }
        }
        LoadError::Other(error) => Error::Kernel(error),
    })
}

/// Starts a loaded program.
///
/// # Errors
/// There can be no instance of it.
pub(crate) fn start(path: &Path, program: &Program, launch: &Launch<'_>) -> Result<(), Error> {
    program.start(launch).map_err(|errno| {
        let message = match errno {
            Errno::NOMEM => "there is no memory for the instance",
            Errno::NOPKG => "the kernel module does not offer one of its imports",
            Errno::FAULT => "an initial data or element segment does not fit",
            Errno::NOENT => "it does not export its entry point",
            Errno::INVAL | Errno::TOOBIG => "the kernel module does not take as many arguments, or such long ones",
            Errno::OVERFLOW => "its value stack is too small for the entry point",
            errno => return Error::Kernel(dev::Error::Request { action: "start the program", errno }),
        };
        Error::Launch { path: path.to_owned(), message: message.to_owned() }
    })
}

/// Follows a started program until it ends or the user presses Ctrl-C, and hands its log on meanwhile.
///
/// # Errors
/// The run did not end by returning; the error then holds the place.
pub(crate) fn follow(
    path: &Path,
    program: Program,
    image: &Image<'_>,
    bounds: Bounds,
    log: &mut dyn LogSink,
) -> Result<Finished, Error> {
    let program = Arc::new(program);
    let asked = stop_on_ctrl_c(&program);
    let written = copy_log(&program, &mut |r| log.record(program.id(), Level(r.level), &r.text));
    if written.is_err() {
        program.stop()?;
    }
    let wait = program.wait(None)?;
    let dropped = program.info()?.log_dropped;
    if dropped > 0 {
        let records = names::count(usize::try_from(dropped).unwrap_or(usize::MAX), "log record");
        report::note(&format!("{records} found the program's stream full and went to the kernel log alone"));
    }
    let budget = Budget::new(bounds, image.header.fuel_claim);
    let fault = match written {
        Ok(()) => None,
        Err(Error::Output(error)) => Some(Fault::Output(error)),
        Err(error) => return Err(error),
    };
    let reason = match (fault, State::from_u32(wait.state)) {
        (Some(fault), _) => StopReason::Trap { code: TrapCode::Host, fault: Some(fault), budget },
        (None, Some(State::Done)) => {
            let results = wait.values.iter().copied().take(wait.value_count as usize).collect();
            return Ok(Finished { results, fuel: wait.fuel });
        }
        (None, Some(State::Trapped)) => StopReason::Trap { code: trap(wait.trap)?, fault: None, budget },
        (None, Some(State::Stopped)) if asked.load(Ordering::Relaxed) => StopReason::Interrupted,
        (None, Some(State::Stopped)) => StopReason::Stopped,
        (None, _) => return Err(dev::Error::Unknown(format!("state {}", wait.state)).into()),
    };
    Err(Error::Ended { path: path.to_owned(), reason, trace: trace(path, image, &wait), fuel: wait.fuel })
}

/// The trap of this number.
///
/// # Errors
/// The kernel module knows a trap that this command does not.
pub(crate) fn trap(number: u32) -> Result<TrapCode, dev::Error> {
    let code = u16::try_from(number).ok().and_then(TrapCode::from_u16);
    code.ok_or_else(|| dev::Error::Unknown(format!("trap {number}")))
}

fn trace(path: &Path, image: &Image<'_>, wait: &abi::Wait) -> Trace {
    let total = wait.frame_count as usize;
    let mut trace = Trace::of_frames(image, wait.frames.get(..total).unwrap_or(&wait.frames), total);
    trace.locate(path);
    trace
}

/// Stops the program on the first Ctrl-C, ends this process on the second; whether there was one.
fn stop_on_ctrl_c(program: &Arc<Program>) -> Arc<AtomicBool> {
    let asked = Arc::new(AtomicBool::new(false));
    let (mine, program) = (Arc::clone(&asked), Arc::clone(program));
    // Without a handler Ctrl-C ends the process at once, and with it the program.
    let _ = ctrlc::set_handler(move || {
        if mine.swap(true, Ordering::Relaxed) || program.stop().is_err() {
            process::exit(i32::from(StopReason::CTRL_C));
        }
    });
    asked
}

/// Hands the log of a program on until its end.
///
/// # Errors
/// It cannot be read, or not be written: [`Error::Output`].
pub(crate) fn copy_log(program: &Program, write: &mut dyn FnMut(&LogRecord) -> io::Result<()>) -> Result<(), Error> {
    let mut records = Records::default();
    while program.read_log(&mut records)? {
        for record in records.by_ref() {
            write(&record).map_err(Error::Output)?;
        }
    }
    Ok(())
}
