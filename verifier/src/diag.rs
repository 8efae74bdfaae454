//! Diagnostics: the one table of stable codes, and the form every finding has.
//!
//! A code never changes its meaning and is never used again for another one, so that scripts and
//! documentation may rely on it. The hundreds digit is the group:
//!
//! | group | about |
//! |---|---|
//! | `W01` | the bytes are something else than a wasm module |
//! | `W02` | the module does not validate, or needs a feature that is not supported |
//! | `W03` | what the module asks of the host |
//! | `W04` | limits |
//! | `W07` | cost: what stands in the way of the class `bounded` |
//!
//! A diagnostic names one root cause, the place, the fact that failed and what would satisfy it.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use crate::source::Place;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $title:literal, $help:literal;)*) => {
        /// A stable diagnostic code. `as_str` gives the printed form.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code, in ascending order.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The printed form, `Wnnnn`.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $code,)* }
            }

            /// What is wrong, in one line, whatever the module.
            pub fn title(self) -> &'static str {
                match self { $(Code::$name => $title,)* }
            }

            /// What usually helps, whatever the module.
            pub fn help(self) -> &'static str {
                match self { $(Code::$name => $help,)* }
            }

            /// The page about it, in Markdown: what it means, why there is such a rule, an example that breaks
            /// it and how to mend that.
            pub fn page(self) -> &'static str {
                match self { $(Code::$name => include_str!(concat!("../docs/codes/", $code, ".md")),)* }
            }
        }
    };
}

codes! {
    /// Zero bytes.
    EmptyFile = "W0101", "the file is empty",
        "check that the build or the download that should have written it succeeded";
    /// Readable text that is neither HTML nor the wasm text format.
    TextFile = "W0102", "the file is text, not a wasm module",
        "give the compiled .wasm file, not a source file";
    /// An object file or executable of another machine.
    ForeignBinary = "W0103", "the file is a binary for another machine",
        "build for a wasm target, for instance `--target wasm32-unknown-unknown`";
    /// gzip, zip, zstd, xz, bzip2.
    Compressed = "W0104", "the file is compressed",
        "unpack it first";
    /// An HTML page.
    WebPage = "W0105", "the file is a web page",
        "the download probably returned an error page: look at it in a browser";
    /// A component in place of a core module.
    Component = "W0106", "the file is a wasm component, not a core module",
        "build a core module: with Rust use `--target wasm32-unknown-unknown`";
    /// The magic is right and the version is not 1.
    UnknownVersion = "W0107", "the wasm version is not known",
        "only version 1 of the binary format exists: the header may be damaged";
    /// A `.cvi` image in place of a module.
    CervusImage = "W0108", "the file is a Cervus image, not a wasm module",
        "give the .wasm file that the image was made from";
    /// The bytes end before a section does.
    Truncated = "W0109", "the file ends too early",
        "the file was cut off: build, copy or download it again";
    /// Any other bytes.
    NotWasm = "W0110", "the file is not a wasm module",
        "a wasm module begins with the bytes 00 61 73 6d";
    /// The text format in place of the binary format.
    WasmText = "W0111", "the file is wasm text, not a wasm binary",
        "assemble it first, for instance with `wasm-tools parse` or `wat2wasm`";

    /// A section breaks a rule of the specification.
    InvalidModule = "W0201", "the module is not valid",
        "the tool that wrote the module has a bug, or the file was damaged";
    /// A function body breaks a rule of the specification.
    InvalidFunction = "W0202", "a function is not valid",
        "the tool that wrote the module has a bug, or the file was damaged";
    /// A proposal outside of the supported set.
    UnsupportedFeature = "W0203", "the module uses a wasm feature that is not supported",
        "switch the feature off in the compiler and build again";
    /// More of the same kind than are listed.
    MoreErrors = "W0204", "more errors are not listed",
        "fix the listed ones first";

    /// A function that the host does not have.
    MissingImport = "W0301", "the host does not offer an imported function",
        "build for an interface that this host offers, or remove the call";
    /// A function that the host has under another signature.
    ImportSignature = "W0302", "an imported function has another signature on this host",
        "declare the import with the signature of the host";
    /// An imported memory.
    ImportedMemory = "W0303", "the module imports a memory",
        "let the module define its memory (no `--import-memory` at link time)";
    /// An imported table.
    ImportedTable = "W0304", "the module imports a table",
        "let the module define its table (no `--import-table` at link time)";
    /// An imported global.
    ImportedGlobal = "W0305", "the module imports a global",
        "let the module define the global; position independent modules are not supported";
    /// A capability that was not granted.
    CapabilityDenied = "W0306", "a capability is needed and not granted",
        "grant it, or remove the calls that need it";

    /// The initial memory is over the policy.
    TooMuchMemory = "W0401", "the module asks for more memory than the policy allows",
        "raise the page limit, or shrink static data and stack of the program";
    /// Operand stack plus locals of one function.
    FrameTooLarge = "W0402", "a function needs too many slots",
        "split the function, or build with optimisation";
    /// Parameters plus results of one signature.
    SignatureTooLarge = "W0403", "a signature has too many parameters and results",
        "pass the values through memory";
    /// A limit that wasm engines agreed on.
    LimitExceeded = "W0404", "the module exceeds an implementation limit",
        "split the function or the module, or build with optimisation";

    /// A loop without a proven bound under the policy `bounded`.
    UnboundedLoop = "W0701", "a loop has no proven bound",
        "run the program under the policy `metered`, or claim a bound with `cervus_loop_bound(n)`";
    /// A cycle of calls under the policy `bounded`.
    Recursion = "W0702", "functions can call themselves",
        "run the program under the policy `metered`, or replace the recursion";
    /// A loop whose bound is a formula in parameters without a declared range.
    UndeclaredRange = "W0703", "a loop is bounded by a parameter that may be anything",
        "declare the range of the parameter with --assume, or test it before the loop";
}

impl Code {
    /// The code with this printed form.
    pub fn from_name(name: &str) -> Option<Code> {
        Self::ALL.iter().copied().find(|code| code.as_str() == name)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A function of the module, as a diagnostic names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FunctionRef {
    /// Index in the function index space; imported functions come first.
    pub index: u32,
    /// Name from the name section, the exports or the imports, demangled.
    pub name: Option<String>,
}

impl std::fmt::Display for FunctionRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.name {
            Some(name) => write!(f, "function {} `{name}`", self.index),
            None => write!(f, "function {}", self.index),
        }
    }
}

/// One finding that speaks against the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Stable code.
    pub code: Code,
    /// The fact that failed, without the place.
    pub message: String,
    /// The function it is about, if it is about one.
    pub function: Option<FunctionRef>,
    /// Byte offset in the module, if there is a place.
    pub offset: Option<u64>,
    /// Source position `file:line:column`, once [`Report::locate`](crate::Report::locate) has found it.
    pub source: Option<String>,
    /// The same with the line itself; the innermost function first, then those that it is inlined into.
    pub places: Vec<Place>,
    /// The values or the path that break the rule.
    pub notes: Vec<Note>,
    /// What would satisfy the rule.
    pub help: String,
}

/// A fact that a diagnostic rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The fact.
    pub message: String,
    /// Byte offset in the module, if there is a place.
    pub offset: Option<u64>,
    /// Source position `file:line:column`, once it has been looked for.
    pub source: Option<String>,
    /// The same with the line itself.
    #[serde(skip)]
    pub place: Option<Place>,
}

impl Diagnostic {
    /// A diagnostic without a place, with the general help of its code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            function: None,
            offset: None,
            source: None,
            places: Vec::new(),
            notes: Vec::new(),
            help: code.help().to_owned(),
        }
    }

    /// The same at this byte offset of the module.
    pub fn at(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// The same about this function.
    pub fn within(mut self, function: FunctionRef) -> Self {
        self.function = Some(function);
        self
    }

    /// The same with one more fact, at a byte offset of the module if it has a place.
    pub(crate) fn note(mut self, message: impl Into<String>, offset: Option<u64>) -> Self {
        self.add_note(message, offset);
        self
    }

    /// Adds a fact, as [`Diagnostic::note`].
    pub(crate) fn add_note(&mut self, message: impl Into<String>, offset: Option<u64>) {
        self.notes.push(Note { message: message.into(), offset, ..Note::default() });
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

/// Longest name that a message repeats, in characters.
const NAME_CHARS: usize = 200;

/// Makes a name from the module fit to print: control characters and direction marks would let a
/// module forge lines of the report, and a long name would bury it.
pub(crate) fn printable(name: &str) -> Cow<'_, str> {
    let odd = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    if name.len() <= NAME_CHARS && !name.chars().any(odd) {
        return Cow::Borrowed(name);
    }
    let mut out = String::new();
    for (at, c) in name.chars().enumerate() {
        if at == NAME_CHARS {
            out.push('…');
            break;
        }
        if odd(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_ascend_and_are_unique() {
        let names: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "{names:?}");
        for code in Code::ALL {
            assert_eq!(Code::from_name(code.as_str()), Some(*code));
            assert!(!code.title().is_empty() && !code.help().is_empty());
        }
        assert_eq!(Code::from_name("W9999"), None);
    }

    #[test]
    fn names_cannot_forge_lines() {
        assert_eq!(printable("main"), "main");
        assert_eq!(printable("a\nb\u{1b}[31m"), "a\\u{a}b\\u{1b}[31m");
        assert_eq!(printable("\u{202e}x"), "\\u{202e}x");
        assert_eq!(printable(&"x".repeat(1000)).chars().count(), NAME_CHARS + 1);
    }
}
