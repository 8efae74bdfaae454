//! What the bench of host calls does, in our engine and in wasmi.

mod cervus;
mod wasmi;

use super::{Result, programs::Program};
use kengine::Mode;

/// Something that is done again and again; `count` times at a call.
pub(crate) type Repeated = Box<dyn FnMut(u32) -> Result<()>>;

/// A measurement.
pub(crate) struct Case {
    pub(crate) what: &'static str,
    /// How many to do at once, so that the clock's own cost does not count.
    pub(crate) count: u32,
    pub(crate) ours: Repeated,
    /// Missing where wasmi has nothing like it.
    pub(crate) theirs: Option<Repeated>,
}

/// Calls of each kind in a loop of the guest's, by the export of `calls.wat` that makes them.
const CALLS: &[(&str, &str)] = &[
    ("call in the instance, i32 to i32", "own"),
    ("the same through a table", "own through a table"),
    ("host call, nothing to nothing", "nothing"),
    ("host call, i32 to i32", "same"),
    ("the same through a table", "same through a table"),
    ("host call, two i64 to i64", "add"),
    ("host call that reads 16 bytes of memory", "sum"),
];

/// All of them; first the call that the others are held against.
///
/// # Errors
/// The modules are not as expected.
pub(crate) fn all(mode: Mode) -> Result<Vec<Case>> {
    let calls = wat::parse_str(include_str!("calls.wat"))?;
    let mut cases = Vec::new();
    for (what, export) in CALLS {
        let (ours, theirs) = (cervus::turns(&calls, mode, export)?, Some(wasmi::turns(&calls, export)?));
        cases.push(Case { what, count: 40_000, ours, theirs });
    }
    let (ours, theirs) = (cervus::waits(&calls, mode)?, Some(wasmi::waits(&calls)?));
    cases.push(Case { what: "wait of the guest, and going on", count: 16_000, ours, theirs });
    let ours = cervus::slices(&calls, mode)?;
    cases.push(Case { what: "end of a slice, and the next", count: 16_000, ours, theirs: None });
    let (ours, theirs) = (cervus::calls(&calls, mode)?, Some(wasmi::calls(&calls)?));
    cases.push(Case { what: "call from outside", count: 16_000, ours, theirs });

    let empty = wat::parse_str(r#"(module (func (export "run") (param i32) (result i64) (i64.const 0)))"#)?;
    let small = wat::parse_str(
        r#"(module (memory 1) (global $g (mut i32) (i32.const 1)) (data (i32.const 8) "data") (table 2 funcref)
            (elem (i32.const 0) $f) (func $f)
            (func (export "run") (param i32) (result i64) (i64.load (i32.const 8))))"#,
    )?;
    let rust = Program::list(&["fib".into()])?.first().ok_or("no program `fib`")?.wasm()?;
    for (what, wasm) in [
        ("instance of nothing but a function, start to end", &empty),
        ("instance with memory, table, segments", &small),
        ("instance of a Rust program, 17 pages", &rust),
    ] {
        let (ours, theirs) = (cervus::starts(wasm, mode)?, Some(wasmi::starts(wasm)?));
        cases.push(Case { what, count: 500, ours, theirs });
    }
    Ok(cases)
}
