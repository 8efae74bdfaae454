//! What the harnesses of the test suite share.
//!
//! [`pipeline`] takes wasm through all stages; [`spec`] runs the scripts of the official suite;
//! [`modules`] deals with modules that were made for other hosts. The harnesses are in `tests/`, the
//! developer's commands in `src/bin/xtask.rs`.

pub mod corpus;
pub mod fuzz;
pub mod guest;
pub mod kernel;
pub mod modules;
pub mod pipeline;
pub mod programs;
pub mod rows;
pub mod spec;
