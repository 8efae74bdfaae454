//! Sources, what they declare, and their modules.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Levels of optimisation that C is compiled at.
pub const LEVELS: &[&str] = &["-O0", "-O2", "-O3", "-Oz"];

/// A range of an argument, both ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Its name in the source.
    pub name: String,
    /// Least value.
    pub min: i64,
    /// Greatest value.
    pub max: i64,
}

impl Argument {
    /// Whether it may be any 32-bit number.
    pub fn is_free(&self) -> bool {
        self.min == 0 && self.max == i64::from(u32::MAX)
    }
}

/// A function that a source exports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Name of the export.
    pub name: String,
    /// Its arguments.
    pub args: Vec<Argument>,
    /// Whether a loop of it has no bound.
    pub unbounded: bool,
}

/// One source file.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file.
    pub path: PathBuf,
    /// What it exports.
    pub functions: Vec<Function>,
}

/// The folder of the corpus.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// All sources with this extension in a folder of the corpus, sorted.
///
/// # Panics
/// The folder cannot be read, or a declaration in a source is not understood.
pub fn sources(language: &str) -> Vec<Source> {
    let folder = folder().join(language);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == language));
    paths.sort();
    paths.into_iter().map(|path| source(&path)).collect()
}

fn source(path: &Path) -> Source {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut functions = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let place = || format!("{}:{}", path.display(), at + 1);
        if let Some(rest) = line.trim().strip_prefix("// @fn ") {
            let function = function(rest).unwrap_or_else(|| panic!("{}: not understood: {rest}", place()));
            functions.push(function);
        } else if let Some(name) = line.trim().strip_prefix("// @unbounded ") {
            let function = functions.iter_mut().find(|f: &&mut Function| f.name == name.trim());
            function.unwrap_or_else(|| panic!("{}: no function {name}", place())).unbounded = true;
        }
    }
    Source { path: path.to_owned(), functions }
}

fn function(text: &str) -> Option<Function> {
    let (name, rest) = text.split_once('(')?;
    let args = rest.trim().strip_suffix(')')?;
    let one = |text: &str| {
        let (name, range) = text.split_once('=')?;
        let (min, max) = match range.trim() {
            "*" => (0, i64::from(u32::MAX)),
            range => {
                let (min, max) = range.split_once("..")?;
                (min.trim().parse().ok()?, max.trim().parse().ok()?)
            }
        };
        Some(Argument { name: name.trim().to_owned(), min, max })
    };
    let args = args.split(',').filter(|text| !text.trim().is_empty()).map(one).collect::<Option<Vec<_>>>()?;
    Some(Function { name: name.trim().to_owned(), args, unbounded: false })
}

/// Compiles a source in C; `None` if there is no compiler for it.
///
/// # Panics
/// The compiler refuses the source.
pub fn compile_c(source: &Source, level: &str) -> Option<Vec<u8>> {
    let out = std::env::temp_dir().join(format!("cervus-corpus-{}-{}.wasm", std::process::id(), thread_name()));
    let mut clang = Command::new("clang");
    clang
        .args(["--target=wasm32", "-std=c11", level, "-nostdlib", "-ffreestanding", "-fno-builtin", "-Wall", "-Wextra"])
        .args(["-Werror", "-Wl,--no-entry", "-Wl,-z,stack-size=8192"])
        .arg("-I")
        .arg(folder().join("c"))
        .args(source.functions.iter().map(|f| format!("-Wl,--export={}", f.name)))
        .arg("-o")
        .arg(&out)
        .arg(&source.path);
    let result = match clang.output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        result => result.unwrap_or_else(|error| panic!("clang: {error}")),
    };
    assert!(result.status.success(), "{}:\n{}", source.path.display(), String::from_utf8_lossy(&result.stderr));
    let wasm = std::fs::read(&out).unwrap_or_else(|error| panic!("{}: {error}", out.display()));
    let _ = std::fs::remove_file(&out);
    Some(wasm)
}

fn thread_name() -> String {
    format!("{:?}", std::thread::current().id()).chars().filter(char::is_ascii_alphanumeric).collect()
}
