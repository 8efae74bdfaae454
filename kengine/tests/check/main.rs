//! Directed images for the checker: a valid one, what stands exactly at a limit, and for every
//! [`Code`] at least one image that is refused for that reason and no other.
//!
//! Random bytes do not replace these: deleting a check of the checker leaves most fuzzers content,
//! so every rule needs the image that it alone refuses.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[macro_use]
mod build;
mod accepted;
mod code;
mod random;
mod refused;
mod sink;
mod tables;
