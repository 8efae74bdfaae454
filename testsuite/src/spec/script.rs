//! Runs one script: its modules in one store, its assertions in order.

use super::{
    Config, Failure, Outcome,
    host::{MODULE, Spectest},
    value,
};
use crate::pipeline::{self, Refusal};
use kengine::{
    host::Host,
    image::KIND_FUNC,
    link::Program,
    store::{Extern, FuncAddr, InstanceId, InstantiateError, Store, StoreLimits},
    thread::{Control, Run, Thread, host_sig},
    trap::TrapCode,
};
use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};
use wast::{
    QuoteWat, Wast, WastDirective, WastExecute, WastInvoke, Wat,
    lexer::Lexer,
    parser::{self, ParseBuffer},
    token::Id,
};

/// Slots of the value stack.
const STACK_SLOTS: u32 = 1 << 16;
/// Fuel of one call: far more than any needs, so that an endless loop is a failure.
const FUEL: u64 = 1 << 32;

/// Runs a script of this name and text.
pub fn run(file: &str, text: &str, config: Config) -> Outcome {
    let mut outcome = Outcome::default();
    let mut fail = |line, what| outcome.failures.push(Failure { file: file.into(), line, what });
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    let buffer = match ParseBuffer::new_with_lexer(lexer) {
        Ok(buffer) => buffer,
        Err(error) => return fail(0, format!("does not lex: {error}")).into_outcome(outcome),
    };
    let script: Wast<'_> = match parser::parse(&buffer) {
        Ok(script) => script,
        Err(error) => return fail(0, format!("does not parse: {error}")).into_outcome(outcome),
    };
    let mut runner = match Runner::new(config) {
        Ok(runner) => runner,
        Err(error) => return fail(0, error.to_string()).into_outcome(outcome),
    };
    for directive in script.directives {
        let line = directive.span().linecol_in(text).0 + 1;
        let is_assertion = !matches!(
            directive,
            WastDirective::Module(_)
                | WastDirective::ModuleDefinition(_)
                | WastDirective::ModuleInstance { .. }
                | WastDirective::Register { .. }
                | WastDirective::Invoke(_)
        );
        let result = catch_unwind(AssertUnwindSafe(|| runner.directive(directive)));
        match result.unwrap_or_else(|_| Err(Stop::Failed("panicked".into()))) {
            Ok(()) => outcome.passed += usize::from(is_assertion),
            Err(Stop::Failed(what)) => outcome.failures.push(Failure { file: file.into(), line, what }),
            Err(Stop::Skipped(what)) => outcome.skipped.push(Failure { file: file.into(), line, what }),
        }
    }
    outcome
}

/// Ends a script that could not be begun.
trait IntoOutcome {
    fn into_outcome(self, outcome: Outcome) -> Outcome;
}

impl IntoOutcome for () {
    fn into_outcome(self, outcome: Outcome) -> Outcome {
        outcome
    }
}
