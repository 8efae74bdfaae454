//! The kernel engine by its device: every request of `kmod/cervus_uapi.h` as a method.
//!
//! This is the one place of the command with unsafe code: the ioctls themselves. The structs are in [`abi`], log
//! records in [`record`], what errors mean in [`error`].

pub(crate) mod abi;
mod error;
mod record;

pub(crate) use error::{Error, LoadError, PATH};
pub(crate) use record::{LogRecord, Records};

use crate::host::Capabilities;
use abi::{Info, InfoFlags, Stats};
use kengine::check::{CheckError, Code};
use rustix::{
    fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd},
    io::Errno,
    ioctl::{NoArg, Opcode, Updater},
};
use std::{
    fs::{File, OpenOptions},
    io::{self, Read},
    time::Duration,
};

/// Programs that one LIST asks for.
const LISTED: u32 = 256;
/// Bytes that one `read` of a log asks for: the stream of a program is not longer, so records come as wholes.
const LOG_BYTES: usize = 1 << 16;

/// The device, opened; the module behind it fits this command.
#[derive(Debug)]
pub(crate) struct Device {
    file: File,
    stats: Stats,
}

/// A program in the kernel, by a file of it. Unless it is pinned or has other files, it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Program {
    file: File,
    id: u32,
}

/// How to start a program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Launch<'a> {
    /// Name of the export to call.
    pub(crate) entry: &'a str,
    /// Arguments of the program, its path first.
    pub(crate) args: &'a [Vec<u8>],
    /// One slot for each parameter of the entry.
    pub(crate) values: &'a [u64],
    /// Units of fuel that the run may use.
    pub(crate) fuel: Option<u64>,
    /// Pages that the memory may grow to.
    pub(crate) max_pages: Option<u32>,
}

/// Sends a request with its struct, which the kernel may write to.
fn request<const OPCODE: Opcode, T>(fd: BorrowedFd<'_>, value: &mut T) -> Result<(), Errno> {
    #[allow(unsafe_code, reason = "an ioctl; see the SAFETY comment")]
    // SAFETY: `OPCODE` carries the size of `T`, a struct of plain integers laid out as the kernel's (a test compares
    // them), and the kernel reads and writes no more of it than that. Addresses within it were taken from slices
    // that live until the method which calls this returns, with their lengths beside them.
    unsafe {
        rustix::ioctl::ioctl(fd, Updater::<OPCODE, T>::new(value))
    }
}

/// A file that the kernel has just given away.
fn received(fd: i32) -> Result<File, Error> {
    if fd < 0 {
        return Err(Error::Unknown(format!("file {fd}")));
    }
    #[allow(unsafe_code, reason = "a file descriptor from an ioctl; see the SAFETY comment")]
    // SAFETY: LOAD and OPEN answer with a new file descriptor that belongs to the caller.
    Ok(File::from(unsafe { OwnedFd::from_raw_fd(fd) }))
}

/// The address of a slice, for a request.
fn address<T>(slice: &[T]) -> u64 {
    slice.as_ptr() as u64 // CAST: addresses have at most 64 bits
}

/// A length for a request.
fn length(len: usize) -> Result<u32, Errno> {
    u32::try_from(len).map_err(|_| Errno::TOOBIG)
}

impl Device {
    /// Opens the device and compares versions.
    ///
    /// # Errors
    /// The device is not there or may not be opened, or the module does not fit this command.
    pub(crate) fn open() -> Result<Device, Error> {
        let device = Self::open_any()?;
        device.fits()?;
        Ok(device)
    }

    /// Opens the device, whatever version its module has.
    ///
    /// # Errors
    /// The device is not there or may not be opened.
    pub(crate) fn open_any() -> Result<Device, Error> {
        let file = OpenOptions::new().read(true).write(true).open(PATH);
        let file = file.map_err(|error| Error::Open(Errno::from_io_error(&error).unwrap_or(Errno::IO)))?;
        let mut stats = Stats::default();
        request::<{ abi::STATS }, _>(file.as_fd(), &mut stats)
            .map_err(|errno| Error::Request { action: "ask the kernel module for its version", errno })?;
        Ok(Device { file, stats })
    }

    /// Whether the module fits this command.
    ///
    /// # Errors
    /// It does not.
    pub(crate) fn fits(&self) -> Result<(), Error> {
        if self.stats.abi != abi::ABI {
            return Err(Error::Abi { abi: self.stats.abi });
        }
        if self.stats.table_hash != kengine::op::TABLE_HASH {
            return Err(Error::TableHash { version: abi::text(&self.stats.version) });
        }
        Ok(())
    }

    /// The module as it was when the device was opened.
    pub(crate) fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Loads an image.
    ///
    /// # Errors
    /// The checker refuses it, or the kernel has no place for it.
    pub(crate) fn load(
        &self,
        image: &[u8],
        granted: Capabilities,
        max_pages: Option<u32>,
        name: &str,
    ) -> Result<Program, LoadError> {
        let mut load = abi::Load {
            image: address(image),
            image_len: image.len() as u64,
            granted: granted.bits(),
            max_pages: max_pages.unwrap_or(0),
            name: abi::name(name),
            fd: -1,
            ..abi::Load::default()
        };
        let loaded = request::<{ abi::LOAD }, _>(self.file.as_fd(), &mut load);
        loaded.map_err(|errno| match errno {
            Errno::NOEXEC => refused(load.verdict),
            Errno::FBIG => LoadError::Other(Error::TooLong { len: load.image_len, max: self.stats.max_image_bytes }),
            errno => LoadError::Other(Error::Request { action: "load the program into the kernel", errno }),
        })?;
        Ok(Program { file: received(load.fd).map_err(LoadError::Other)?, id: load.id })
    }

    /// All programs, by ascending numbers.
    ///
    /// # Errors
    /// A request fails.
    pub(crate) fn list(&self) -> Result<Vec<Info>, Error> {
        let failed = |errno| Error::Request { action: "list the programs", errno };
        let mut all = Vec::new();
        let mut from = 0;
        loop {
            let mut infos = vec![Info::default(); LISTED as usize];
            let mut list = abi::List {
                infos: infos.as_mut_ptr() as u64, // CAST: addresses have at most 64 bits
                info_size: length(size_of::<Info>()).map_err(failed)?,
                capacity: LISTED,
                from,
                ..abi::List::default()
            };
            request::<{ abi::LIST }, _>(self.file.as_fd(), &mut list).map_err(failed)?;
            infos.truncate(list.count as usize);
            let last = infos.last().map(|info| info.id);
            all.append(&mut infos);
            match last.and_then(|id| id.checked_add(1)) {
                Some(next) if list.count == LISTED => from = next,
                _ => return Ok(all),
            }
        }
    }

    /// The number of the program that a user means: a number, the name of a pin, or a name that only one has.
    ///
    /// # Errors
    /// There is none, or several have the name.
    pub(crate) fn find(&self, program: &str) -> Result<u32, Error> {
        match program.parse() {
            Ok(id) => Ok(id),
            Err(_) => by_name(program, &self.list()?),
        }
    }

    /// Another file of a program.
    ///
    /// # Errors
    /// There is none of this number.
    pub(crate) fn program(&self, id: u32) -> Result<Program, Error> {
        let mut open = abi::Open { id, fd: -1, ..abi::Open::default() };
        // Number 0 is nobody's; to the kernel it means that the name counts.
        if id == 0 {
            return Err(Error::NoProgram(id.to_string()));
        }
        request::<{ abi::OPEN }, _>(self.file.as_fd(), &mut open).map_err(|errno| match errno {
            Errno::NOENT => Error::NoProgram(id.to_string()),
            errno => Error::Request { action: "open the program", errno },
        })?;
        Ok(Program { file: received(open.fd)?, id: open.id })
    }

    /// Stops a program's run, takes its pin away and bars further runs.
    ///
    /// # Errors
    /// There is none of this number.
    pub(crate) fn unload(&self, id: u32) -> Result<(), Error> {
        let mut unload = abi::Unload { id, flags: 0 };
        request::<{ abi::UNLOAD }, _>(self.file.as_fd(), &mut unload).map_err(|errno| match errno {
            Errno::NOENT => Error::NoProgram(id.to_string()),
            errno => Error::Request { action: "unload the program", errno },
        })
    }

    /// Takes the name of a pin away.
    ///
    /// # Errors
    /// There is no such pin.
    pub(crate) fn unpin(&self, name: &str) -> Result<(), Error> {
        let mut pin = abi::Pin { name: abi::name(name), ..abi::Pin::default() };
        request::<{ abi::UNPIN }, _>(self.file.as_fd(), &mut pin)
            .map_err(|errno| Error::Request { action: "take the pin away", errno })
    }
}

/// The program of this name, pins first.
fn by_name(name: &str, all: &[Info]) -> Result<u32, Error> {
    if let Some(pinned) = all.iter().find(|info| is_pinned(info) && abi::text(&info.pin) == name) {
        return Ok(pinned.id);
    }
    let named: Vec<u32> = all.iter().filter(|info| abi::text(&info.name) == name).map(|info| info.id).collect();
    match named.as_slice() {
        [] => Err(Error::NoProgram(name.to_owned())),
        [one] => Ok(*one),
        _ => Err(Error::Ambiguous { name: name.to_owned(), ids: named }),
    }
}

/// Whether a program has a pin.
pub(crate) fn is_pinned(info: &Info) -> bool {
    InfoFlags::from_bits_truncate(info.flags).contains(InfoFlags::PINNED)
}

/// The checker's error out of its numbers.
fn refused(verdict: abi::Verdict) -> LoadError {
    let abi::Verdict { code, func, pc, operand, expected, got } = verdict;
    match Code::ALL.iter().copied().find(|known| u32::from(*known as u16) == code) {
        Some(code) => LoadError::Refused(CheckError { code, func, pc, operand, expected, got }),
        None => LoadError::Other(Error::Unknown(format!("the checker's code {code}"))),
    }
}

impl Program {
    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// Starts a run.
    ///
    /// # Errors
    /// The kernel's number, whose meaning `cervus_uapi.h` and the engine's `NewError` give.
    pub(crate) fn start(&self, launch: &Launch<'_>) -> Result<(), Errno> {
        let args: Vec<u8> = launch.args.iter().flat_map(|arg| arg.iter().copied().chain([0])).collect();
        let mut start = abi::Start {
            entry: address(launch.entry.as_bytes()),
            args: address(&args),
            values: address(launch.values),
            entry_len: length(launch.entry.len())?,
            args_len: length(args.len())?,
            value_count: length(launch.values.len())?,
            fuel: launch.fuel.unwrap_or(0),
            max_pages: launch.max_pages.unwrap_or(0),
            ..abi::Start::default()
        };
        request::<{ abi::START }, _>(self.file.as_fd(), &mut start)
    }

    /// Waits for the end of the run, for ever without a timeout.
    ///
    /// # Errors
    /// It was never started, or has not ended in time ([`Errno::TIMEDOUT`]).
    pub(crate) fn wait(&self, timeout: Option<Duration>) -> Result<abi::Wait, Error> {
        let timeout_ns = timeout.map_or(0, |time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).max(1));
        loop {
            let mut wait = abi::Wait { timeout_ns, ..abi::Wait::default() };
            match request::<{ abi::WAIT }, _>(self.file.as_fd(), &mut wait) {
                Ok(()) => return Ok(wait),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(Error::Request { action: "wait for the program", errno }),
            }
        }
    }

    /// Ends the run, if there is one, at its next poll.
    ///
    /// # Errors
    /// The request fails.
    pub(crate) fn stop(&self) -> Result<(), Error> {
        #[allow(unsafe_code, reason = "an ioctl; see the SAFETY comment")]
        // SAFETY: a request without a struct.
        let stopped = unsafe { rustix::ioctl::ioctl(self.file.as_fd(), NoArg::<{ abi::STOP }>::new()) };
        stopped.map_err(|errno| Error::Request { action: "stop the program", errno })
    }

    /// What is known of it.
    ///
    /// # Errors
    /// The request fails.
    pub(crate) fn info(&self) -> Result<Info, Error> {
        let mut info = Info::default();
        request::<{ abi::INFO }, _>(self.file.as_fd(), &mut info)
            .map_err(|errno| Error::Request { action: "ask for the program's state", errno })?;
        Ok(info)
    }

    /// Keeps it loaded under a name.
    ///
    /// # Errors
    /// The name is taken, or it has one.
    pub(crate) fn pin(&self, name: &str) -> Result<(), Error> {
        let mut pin = abi::Pin { name: abi::name(name), ..abi::Pin::default() };
        request::<{ abi::PIN }, _>(self.file.as_fd(), &mut pin)
            .map_err(|errno| Error::Request { action: "pin the program", errno })
    }

    /// Makes [`Program::read_log`] answer at once from now on.
    ///
    /// # Errors
    /// The request fails.
    pub(crate) fn do_not_block(&self) -> Result<(), Error> {
        rustix::io::ioctl_fionbio(&self.file, true)
            .map_err(|errno| Error::Request { action: "read the log without waiting", errno })
    }

    /// Adds what there is of the log to `records`, waiting for more if there is nothing yet; `false` at its end, which
    /// is where a run has ended, or where nothing is there and nobody wants to wait.
    ///
    /// # Errors
    /// The read fails.
    pub(crate) fn read_log(&self, records: &mut Records) -> Result<bool, Error> {
        let mut piece = vec![0; LOG_BYTES];
        loop {
            match (&self.file).read(&mut piece) {
                Ok(len) => {
                    records.push(piece.get(..len).unwrap_or_default());
                    return Ok(len > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let errno = Errno::from_io_error(&error).unwrap_or(Errno::IO);
                    return Err(Error::Request { action: "read the program's log", errno });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(id: u32, name: &str, pin: &str) -> Info {
        let flags = if pin.is_empty() { InfoFlags::empty() } else { InfoFlags::PINNED };
        Info { id, name: abi::name(name), pin: abi::name(pin), flags: flags.bits(), ..Info::default() }
    }

    #[test]
    fn names_mean_pins_first() {
        let all = [info(1, "web", ""), info(2, "web", ""), info(3, "x", "web"), info(4, "one", "")];
        assert_eq!(by_name("web", &all), Ok(3));
        assert_eq!(by_name("one", &all), Ok(4));
        assert_eq!(by_name("web", &all[..2]), Err(Error::Ambiguous { name: "web".into(), ids: vec![1, 2] }));
        assert_eq!(by_name("", &all[..2]), Err(Error::NoProgram(String::new())));
    }

    #[test]
    fn verdicts_are_the_checkers_errors() {
        let verdict = abi::Verdict { code: Code::Denied as u32, func: 1, pc: 2, operand: 3, expected: 4, got: 5 };
        let error = CheckError { code: Code::Denied, func: 1, pc: 2, operand: 3, expected: 4, got: 5 };
        assert_eq!(refused(verdict), LoadError::Refused(error));
        let unknown = refused(abi::Verdict { code: 65_000, ..verdict });
        assert_eq!(unknown, LoadError::Other(Error::Unknown("the checker's code 65000".into())));
    }
}
