//! Why a module could not be lowered.

/// Error of [`crate::lower`]. Places are byte offsets in the wasm file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The module is not valid; run the verifier for the whole story.
    #[error("invalid module at offset {offset:#x}: {message}")]
    Invalid {
        /// Byte offset.
        offset: u64,
        /// What wasmparser says.
        message: String,
    },
    /// The module uses something that Cervus does not support.
    #[error("unsupported {feature} at offset {offset:#x}{}", in_func(*.func))]
    Unsupported {
        /// Name of the feature.
        feature: String,
        /// Function index, if it is in a body.
        func: Option<u32>,
        /// Byte offset.
        offset: u64,
    },
    /// The module exceeds a limit of the image format.
    #[error("{what}: {got}, but at most {limit} are possible{}", in_func(*.func))]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// How much.
        got: u64,
        /// How much is possible.
        limit: u64,
        /// Function index, if it is about one.
        func: Option<u32>,
    },
    /// A fault of this crate, not of the module.
    #[error("internal error in lowering function {func}: {what}")]
    Internal {
        /// Function index.
        func: u32,
        /// What went wrong.
        what: &'static str,
    },
}

fn in_func(func: Option<u32>) -> String {
    func.map_or(String::new(), |f| format!(" in function {f}"))
}

impl From<wasmparser::BinaryReaderError> for Error {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        Error::Invalid { offset: error.offset(), message: error.message().to_string() }
    }
}

/// Result of an operator: in one register.
pub(crate) type Done = std::result::Result<(), Box<Error>>;

impl From<Box<Error>> for Error {
    fn from(error: Box<Error>) -> Self {
        *error
    }
}

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
