//! The programs as native code: the same sources, built for this machine by rustc at opt-level 3 with LTO and by
//! `clang -O2`, in a process that runs them on demand and measures its own processor time.
//!
//! Its compilers may use SSE2 for whole loops, which the wasm of the guests does not.

use super::{build, cache, version};
use crate::common::{Instance, Result, engines::Engine};
use std::{
    cell::RefCell,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    rc::Rc,
    time::Duration,
};

/// The engine.
///
/// # Errors
/// The guests cannot be built.
pub(crate) fn engine() -> Result<Engine> {
    let server = Rc::new(RefCell::new(Server::start(&binary()?)?));
    let settings = format!("rustc opt-level 3 with LTO; {} -O2", version("clang"));
    Ok(Engine::new("native", settings, move |name, _| {
        Ok(Box::new(Native { name: name.into(), server: server.clone() }))
    }))
}

/// `native` of the guests, built.
fn binary() -> Result<PathBuf> {
    let target = cache()?.join("guests");
    let guests = Path::new(env!("CARGO_MANIFEST_DIR")).join("guests");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo.args(["build", "--quiet", "--release", "--locked", "--bin", "native"]).current_dir(guests);
    // What was set for this build must not reach that one.
    cargo.env_remove("RUSTFLAGS").env("CC", "clang").env("CARGO_TARGET_DIR", &target);
    build(&mut cargo)?;
    Ok(target.join("release/native"))
}

/// The process. It ends when its standard input does.
struct Server {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Server {
    fn start(binary: &Path) -> Result<Self> {
        let mut process = Command::new(binary).arg("--serve").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (input, output) = (process.stdin.take(), process.stdout.take().ok_or("no standard output")?);
        Ok(Server { process, input, output: BufReader::new(output) })
    }

    /// Runs a program; its processor time and checksum.
    fn run(&mut self, name: &str, n: i32) -> Result<(Duration, i64)> {
        writeln!(self.input.as_mut().ok_or("no standard input")?, "{name} {n}")?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        let answer = line.trim().split_once(' ').ok_or_else(|| format!("native code of {name} answers `{line}`"))?;
        Ok((Duration::from_nanos(answer.1.parse()?), answer.0.parse()?))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.input.take());
        // Its status says nothing that its answers have not said.
        let _ = self.process.wait();
    }
}

struct Native {
    name: String,
    server: Rc<RefCell<Server>>,
}

impl Instance for Native {
    fn run(&mut self, n: i32) -> Result<i64> {
        Ok(self.timed(n)?.1)
    }

    fn timed(&mut self, n: i32) -> Result<(Duration, i64)> {
        self.server.borrow_mut().run(&self.name, n)
    }
}
