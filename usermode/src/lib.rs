//! The guest side of Cervus: what a program written in Rust needs to run on it.
//!
//! A guest is a wasm module that imports host functions from the module `cwa` (CommonWA) and exports one entry point,
//! `__app_main`, of type `() -> i32`. This crate declares the imports ([`raw`]), wraps them in safe functions and
//! writes the entry point ([`main!`]). Everything else a guest does is ordinary `no_std` Rust.
//!
//! ```no_run
//! #![no_std]
//! #![no_main]
//!
//! use usermode::println;
//!
//! usermode::main!(|| {
//!     println!("Hello, world!");
//!     0
//! });
//! # // The test harness of rustdoc wants a `main` that it can see.
//! # #[cfg(any())] fn main() {}
//! ```
//!
//! ```text
//! cargo build --example hello_world --target wasm32-unknown-unknown --release
//! cervus load target/wasm32-unknown-unknown/release/examples/hello_world.wasm
//! ```
//!
//! This takes a standard library for wasm32: `rustup target add wasm32-unknown-unknown`, or Debian's `rustc-web`, for
//! which `build.sh` sets the flags. `build.sh` also rebuilds the `.wasm` files that are kept beside the examples.
//!
//! # What there is
//!
//! | Guest | Host function |
//! |---|---|
//! | [`println!`] [`eprintln!`] [`warn!`] [`log`] | `log_write` |
//! | [`args`] [`arg_count`] [`arg_into`] | `startup_arg_len`, `startup_arg_at` |
//! | [`runtime_name`] [`spec_version`] | `runtime_name`, `runtime_spec_major`, `runtime_spec_minor` |
//! | [`sleep_ms`] | `runtime_msleep` |
//!
//! Files, sockets and the environment are not there yet: the host has no `resource_*` and no `env_get`.
//!
//! # Bounds
//!
//! A program whose loops all have a bound ends by itself within a cost that is known before it runs (`cervus verify
//! --policy bounded`). Most bounds the verifier finds; what it cannot see it is told by the crate `cervus_bounds` in
//! `bounds/`: `loop_bound(n)` claims one, which the engine enforces, `require(condition)` tests one. The example
//! `collatz` shows it. C has the same in `include/cervus_bounds.h`.
//!
//! # Memory
//!
//! The feature `alloc` (on by default) installs `dlmalloc`, the allocator that `std` uses on wasm, which takes pages by
//! `memory.grow`. A guest that allocates nothing carries none of it. The stack is the linker's 1 MiB unless a smaller
//! one is asked for with `-C link-arg=-zstack-size=BYTES`.
//!
//! # On other targets
//!
//! Built for the machine at hand the same source is an ordinary program: log lines go to standard output and standard
//! error, arguments come from the command line. `cargo run --example fib 20` tries a guest without any engine.

#![no_std]

#[cfg(any(feature = "alloc", doc))]
extern crate alloc;
#[cfg(not(target_arch = "wasm32"))]
extern crate std;

mod entry;
mod log;
#[cfg(target_arch = "wasm32")]
mod panic;
pub mod raw;
mod runtime;
mod startup;

pub use entry::{ExitCode, start};
pub use log::{Level, log, log_fmt};
#[cfg(feature = "alloc")]
pub use runtime::runtime_name;
pub use runtime::{sleep_ms, spec_version};
#[cfg(feature = "alloc")]
pub use startup::{Args, args};
pub use startup::{arg_count, arg_into};

#[cfg(all(target_arch = "wasm32", feature = "alloc"))]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;
