//! What this machine can do for `cervus doctor`: findings, one for each thing that matters.
//!
//! [`machine`] reads what the system says of itself, [`engines`] tries the engines out.

pub(crate) mod engines;
pub(crate) mod machine;

use serde_json::{Value, json};

/// How a finding bears on the kernel engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// As it should be.
    Fine,
    /// A fact.
    Note,
    /// Needs a look.
    Warning,
    /// In the way.
    Bad,
}

impl Status {
    /// As in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Status::Fine => "ok",
            Status::Note => "info",
            Status::Warning => "warning",
            Status::Bad => "error",
        }
    }
}

/// One thing, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// What it is about: a stable name.
    pub(crate) name: &'static str,
    pub(crate) status: Status,
    pub(crate) text: String,
    /// What would help.
    pub(crate) help: Option<String>,
}

impl Finding {
    pub(crate) fn new(name: &'static str, status: Status, text: impl Into<String>) -> Self {
        Finding { name, status, text: text.into(), help: None }
    }

    /// With what would help.
    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Finding { help: Some(help.into()), ..self }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({ "name": self.name, "status": self.status.name(), "text": self.text, "help": self.help })
    }
}
