//! The corpus: loops whose true bounds are measured and compared with what the verifier claims.
//!
//! Sources are in `testsuite/corpus/`; [`program`] compiles them at several levels of optimisation,
//! [`probe`] puts counters into the loops, [`table`] makes the table of results in
//! `testsuite/corpus/RESULTS.md` (`cargo xtask corpus`). No run may exceed a claim: not the rounds of a
//! loop, not the fuel of a call.

pub mod measure;
pub mod probe;
pub mod program;
pub mod table;
