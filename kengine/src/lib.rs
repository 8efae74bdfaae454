//! The engine of Cervus: checks, links and runs IR images, in the kernel and in user space alike.
//!
//! ```text
//! bytes ──image::Image::parse──► check::check ──sink──► link::Program ──► store::Store ──► thread::Thread::run
//!          frame (R1)             rules R2-R22            12-byte cells    instances         Done|Yield|Block|Trap|Stopped
//! ```
//!
//! `no_std`; memory comes from `alloc` by fallible calls only; nothing is allocated while a guest
//! runs, save `memory.grow` and `table.grow`. Nothing here panics.

#![no_std]
#![cfg_attr(dispatch_become, feature(explicit_tail_calls))]
#![cfg_attr(dispatch_become, allow(incomplete_features, reason = "explicit_tail_calls is what the kernel build is for"))]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod check;
mod dispatch;
mod exec;
mod fallible;
pub mod host;
pub mod image;
pub mod isa;
pub mod link;
pub mod memory;
pub mod op;
pub mod store;
#[cfg(feature = "text")]
pub mod text;
pub mod thread;
pub mod trap;

pub use dispatch::Mode;
pub use fallible::OutOfMemory;
