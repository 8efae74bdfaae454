//! The engine of Cervus: checks, links and runs IR images, in the kernel and in user space alike.
//!
//! ```text
//! bytes ──image::Image::parse──► check::check ──sink──► link::Program ──► store::Store ──► thread::Thread::run
//!          frame (R1)             rules R2-R22            16-byte cells    instances         Done|Yield|Block|Trap|Stopped
//! ```
//!
//! Reading order: [`isa`] (the op table) → [`op`] and [`image`] (encoding) → [`check`] → [`link`] →
//! `exec` (what ops do) → `dispatch` (how they follow each other) → [`store`] and [`thread`].
//!
//! `no_std`; memory comes from `alloc` and a [`platform`] by fallible calls only; nothing is allocated while a guest
//! runs, save by `memory.grow`, `table.grow` and calls for which a value stack is too short. Nothing here panics.
//!
//! # Invariants
//!
//! The `unsafe` code of `exec`, `dispatch` and `thread` rests on these. They hold for every image that
//! [`check::check`] accepts, whoever made it; the rules named are those of [`check`].
//!
//! * **V1, slots.** Every slot that a linked op names lies in the frame of its function, as does every
//!   slot of a window or range it names, and no physical slot it names is a frame header (height rule,
//!   R10, R14; [`link`] moves slots past the header).
//! * **V2, cells.** `ip` stands on the first cell of an op, whose cells hold the fields that its row
//!   says. An op that falls through is followed by another op; a branch distance or branch-table arm leads
//!   to an op of the same function; indices of constants, globals, tables, segments, imports and functions
//!   are in range (R7, R11-R13, R17-R19).
//! * **V3, references.** Function and table records are those of the running instance. A reference
//!   from a slot or table is a number that is compared with their ranges before it is used.
//! * **V4, stack.** `fp` points into the thread's value stack, and the slots that the current function
//!   and all its certified callees need lie below `stack_end` (depth rule, R14-R16, or the test of a
//!   checked call). The header of each frame was written by the call that made it.
//! * **V5, control.** `Ctx::limit` points to the run's control block, which outlives the run.
//! * **V6, memory.** `mem` and `mem_len` describe the current memory of the running instance; they are
//!   read again whenever the loop is entered, and nothing inside the loop moves or shrinks a memory.

#![no_std]
#![cfg_attr(dispatch_become, feature(explicit_tail_calls))]
#![cfg_attr(
    dispatch_become,
    allow(incomplete_features, reason = "explicit_tail_calls is what the kernel build is for")
)]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

pub mod check;
mod code;
pub mod cwa;
mod dispatch;
mod exec;
mod fallible;
#[cfg(feature = "ffi")]
pub mod ffi;
pub mod host;
pub mod image;
pub mod isa;
pub mod lines;
pub mod link;
pub mod memory;
pub mod op;
pub mod platform;
#[cfg(feature = "profile")]
pub mod profile;
pub mod store;
#[cfg(feature = "text")]
pub mod text;
pub mod thread;
pub mod trap;

pub use dispatch::{Form, Mode};
pub use fallible::OutOfMemory;

/// Whether guests run without fuel and without checks of their memory accesses, which is for a bench that measures what
/// these cost, with programs known to stay inside and to end: of others V6 does not keep it from any memory of the process.
/// Whoever runs other programs refuses such a build.
pub const UNCHECKED: bool = cfg!(feature = "unchecked");

#[cfg(all(feature = "unchecked", feature = "ffi"))]
compile_error!("the kernel's engine has no `unchecked`");
