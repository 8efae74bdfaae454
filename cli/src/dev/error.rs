//! What the kernel engine may answer, in words.

use crate::{error::io_text, host::escape, privileges::Privileges};
use kengine::check::CheckError;
use rustix::io::Errno;
use std::io;

/// Where the device is.
pub(crate) const PATH: &str = "/dev/cervus";

/// Why the kernel engine did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// The device cannot be opened.
    #[error("{}", open_text(*.0))]
    Open(Errno),
    /// The module speaks another version of the interface.
    #[error("the kernel module speaks version {abi} of the interface, this cervus version {}", super::abi::ABI)]
    Abi { abi: u32 },
    /// The module has another op table, so it takes no image that this command makes.
    #[error(
        "the kernel module {version} takes images of another version of cervus than this one, {}",
        env!("CARGO_PKG_VERSION")
    )]
    TableHash { version: String },
    /// The module answers with something that this command does not know.
    #[error("the kernel module answers with {0}, which this cervus does not know")]
    Unknown(String),
    /// The image is longer than the module takes.
    #[error("the image has {len} bytes, the kernel module takes {max}")]
    TooLong { len: u64, max: u64 },
    /// There is no such program.
    #[error("there is no program {} in the kernel", escape(.0))]
    NoProgram(String),
    /// There are several programs of this name.
    #[error("there are {} programs named {} in the kernel", .ids.len(), escape(.name))]
    Ambiguous { name: String, ids: Vec<u32> },
    /// A request has failed.
    #[error("cannot {action}: {}", request_text(*.errno))]
    Request { action: &'static str, errno: Errno },
}

/// Why a program was not loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LoadError {
    /// The checker in the kernel refuses the image.
    Refused(CheckError),
    /// Anything else.
    Other(Error),
}

impl Error {
    /// What would help.
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Error::Open(Errno::NOENT) => {
                "load the module with `insmod cervus.ko`; `cervus doctor` says what that needs".to_owned()
            }
            Error::Open(Errno::ACCESS | Errno::PERM) => match Privileges::of_this_process() {
                Some(own) if own.suffice() => "the device may be denied by a container or a security module".to_owned(),
                Some(own) => format!("run it as root, for instance with sudo; {own}"),
                None => "run it as root, for instance with sudo".to_owned(),
            },
            Error::Open(Errno::NODEV | Errno::NXIO | Errno::IO) | Error::Request { errno: Errno::NODEV, .. } => {
                "`dmesg` holds the report of the fault, please pass it on; the module works again after a reboot"
                    .to_owned()
            }
            Error::Abi { .. }
            | Error::TableHash { .. }
            | Error::Unknown(_)
            | Error::Request { errno: Errno::NOTTY | Errno::TOOBIG, .. } => {
                "build the module and the command from the same sources, then `rmmod cervus` and `insmod cervus.ko`"
                    .to_owned()
            }
            Error::TooLong { .. } => {
                "raise the limit: `echo MIB > /sys/module/cervus/parameters/max_image_mb`".to_owned()
            }
            Error::NoProgram(_) => "`cervus ps` lists the programs".to_owned(),
            Error::Ambiguous { ids, .. } => {
                let ids: Vec<String> = ids.iter().map(u32::to_string).collect();
                format!("give its number: {}", ids.join(", "))
            }
            Error::Request { errno: Errno::NOMEM, .. } => {
                "unload what is not needed, or raise the limit of the memory cgroup that this command runs in"
                    .to_owned()
            }
            Error::Request { errno: Errno::MFILE | Errno::NFILE, .. } => {
                "raise the limit of open files: `ulimit -n`".to_owned()
            }
            Error::Request { errno: Errno::NOSPC, .. } => "unload programs: `cervus ps`, `cervus unload ID`".to_owned(),
            Error::Request { errno: Errno::EXIST, .. } => {
                "`cervus ps` shows the pins; `cervus unpin NAME` takes one away".to_owned()
            }
            Error::Open(_) | Error::Request { .. } => return None,
        };
        Some(hint)
    }
}

fn open_text(errno: Errno) -> String {
    match errno {
        Errno::NOENT => format!("there is no {PATH}: the kernel module is not loaded"),
        Errno::ACCESS => format!("{PATH} may not be opened by this user"),
        Errno::PERM => format!("{PATH} needs CAP_SYS_ADMIN, or CAP_BPF and CAP_PERFMON"),
        Errno::NODEV | Errno::NXIO | Errno::IO => DEAD.to_owned(),
        errno => format!("{PATH} cannot be opened: {}", io_text(&io::Error::from(errno))),
    }
}

/// Said when the device refuses everything.
const DEAD: &str = "the kernel module has shut itself off after a fault";

fn request_text(errno: Errno) -> String {
    match errno {
        Errno::NODEV => DEAD.to_owned(),
        Errno::NOTTY | Errno::TOOBIG => "the kernel module does not know this request".to_owned(),
        Errno::NOMEM => "the kernel has no memory for it".to_owned(),
        Errno::NOSPC => "there are as many programs as the kernel module takes".to_owned(),
        Errno::EXIST => "the name is taken, or the program is pinned already".to_owned(),
        Errno::BUSY => "it is running".to_owned(),
        Errno::CANCELED => "it has been unloaded".to_owned(),
        Errno::NOENT => "there is nothing of this name or number".to_owned(),
        errno => io_text(&io::Error::from(errno)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_what_and_what_to_do() {
        let cases = [
            (Error::Open(Errno::NOENT), "not loaded", "insmod"),
            (Error::Open(Errno::NODEV), "shut itself off", "reboot"),
            (Error::Request { action: "stop it", errno: Errno::NODEV }, "shut itself off", "reboot"),
            (Error::Request { action: "stop it", errno: Errno::NOTTY }, "does not know", "same sources"),
            (
                Error::Request { action: "load it", errno: Errno::NOMEM },
                "cannot load it: the kernel has no memory",
                "cgroup",
            ),
            (Error::Request { action: "pin it", errno: Errno::EXIST }, "taken", "unpin"),
            (Error::TableHash { version: "0.2.0".into() }, "0.2.0", "same sources"),
            (Error::Abi { abi: 1 }, "version 1", "same sources"),
            (Error::NoProgram("7".into()), "no program 7", "cervus ps"),
            (Error::Ambiguous { name: "a".into(), ids: vec![1, 5] }, "2 programs named a", "1, 5"),
        ];
        for (error, text, hint) in cases {
            assert!(error.to_string().contains(text), "{error}");
            assert!(error.hint().unwrap().contains(hint), "{error}: {:?}", error.hint());
        }
        let other = Error::Request { action: "list the programs", errno: Errno::FAULT };
        assert_eq!(other.to_string(), "cannot list the programs: bad address");
    }
}
