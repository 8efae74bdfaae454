//! Whether a function has a loop, which lowering must know before it numbers slots.

use crate::error::Result;
use wasmparser::{FunctionBody, VisitOperator};

/// Opcode of `loop`.
const LOOP: u8 = 0x03;

/// Whether a body has a `loop` operator.
///
/// # Errors
/// The body cannot be read.
pub(crate) fn has_loop(body: &FunctionBody<'_>) -> Result<bool> {
    // Mostly it shows from afar; the byte may be an operand, though.
    if !body.as_bytes().contains(&LOOP) {
        return Ok(false);
    }
    let mut reader = body.get_operators_reader()?;
    let mut search = Search { found: false };
    while !reader.eof() && !search.found {
        // What is not supported is found, and named, when it is lowered.
        if reader.visit_operator(&mut search).is_err() {
            break;
        }
    }
    Ok(search.found)
}

struct Search {
    found: bool,
}

macro_rules! look_for_loop {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        $(look_for_loop! { one $visit $($($arg: $argty),*)? })*
    };
    (one visit_loop $($arg:ident: $argty:ty),*) => {
        fn visit_loop(&mut self $(, _: $argty)*) {
            self.found = true;
        }
    };
    (one $visit:ident $($arg:ident: $argty:ty),*) => {
        fn $visit(&mut self $(, _: $argty)*) {}
    };
}

impl<'a> VisitOperator<'a> for Search {
    type Output = ();

    wasmparser::for_each_visit_operator!(look_for_loop);
}
