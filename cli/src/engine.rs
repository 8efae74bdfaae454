//! Which engine a program runs on, and why.

use crate::{
    args::EngineArg,
    dev::{Device, abi},
    error::Error,
};

/// Where a program runs.
#[derive(Debug)]
pub(crate) enum Engine {
    /// In this process.
    Embedded,
    /// In the kernel.
    Kernel(Device),
}

impl Engine {
    /// As in `--engine` and in JSON.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Engine::Embedded => "embedded",
            Engine::Kernel(_) => "kernel",
        }
    }
}

/// What a run asks for that not every engine has.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wanted {
    /// Pages of memory, see `--max-pages`.
    pub(crate) max_pages: Option<u32>,
    /// It goes on without this process.
    pub(crate) pinned: bool,
}

/// An engine, and for a choice of our own what it is and why, in one line.
pub(crate) type Choice = (Engine, Option<String>);

/// Picks the engine that the user wants; with `auto` the kernel if it can be used.
///
/// # Errors
/// The kernel cannot be used and nothing else will do.
pub(crate) fn choose(arg: EngineArg, wanted: Wanted) -> Result<Choice, Error> {
    let no_pages = wanted.max_pages == Some(0);
    match arg {
        EngineArg::Embedded if wanted.pinned => Err(Error::usage_hint(
            "--pin leaves a program running in the kernel: the embedded engine ends with this process",
            "leave --engine out, or use --engine kernel",
        )),
        EngineArg::Embedded => Ok((Engine::Embedded, None)),
        EngineArg::Kernel if no_pages => Err(Error::usage_hint(
            "the kernel engine cannot keep a program from having any memory",
            "use --max-pages 1 or more, or --engine embedded",
        )),
        EngineArg::Kernel => Ok((Engine::Kernel(Device::open()?), None)),
        EngineArg::Auto if wanted.pinned => choose(EngineArg::Kernel, wanted),
        EngineArg::Auto if no_pages => Ok(embedded("--max-pages 0 is not for the kernel engine")),
        EngineArg::Auto => Ok(match Device::open() {
            Ok(device) => {
                let why = format!("the program runs in the kernel: {}", module(&device));
                (Engine::Kernel(device), Some(why))
            }
            Err(error) => embedded(&error.to_string()),
        }),
    }
}

fn embedded(why: &str) -> Choice {
    (Engine::Embedded, Some(format!("the program runs embedded, in this process: {why}")))
}

fn module(device: &Device) -> String {
    format!("{} is there, of module version {}", crate::dev::PATH, abi::text(&device.stats().version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_cannot_do() {
        let none = Wanted { max_pages: Some(0), pinned: false };
        let (engine, why) = choose(EngineArg::Auto, none).unwrap();
        assert_eq!(engine.name(), "embedded");
        assert!(why.unwrap().contains("--max-pages 0"));
        assert!(choose(EngineArg::Kernel, none).is_err());
        let pinned = Wanted { max_pages: None, pinned: true };
        assert!(choose(EngineArg::Embedded, pinned).unwrap_err().to_string().contains("--pin"));
        assert!(choose(EngineArg::Embedded, Wanted::default()).unwrap().1.is_none());
    }
}
