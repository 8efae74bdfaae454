//! Programs that Cervus is tested and measured with.
//!
//! Each module of this crate holds one workload, `run(n) -> checksum`: deterministic, without input or output, its
//! amount of work set by `n`. `examples/NAME.rs` makes a wasm module of it that exports `run(i32) -> i64` and imports
//! nothing; the native build runs the very same code, so a checksum that differs is the engine's fault. The programs of
//! `c/` have the same export and are compiled natively by `build.rs`.
//!
//! `programs.toml` lists all of them, with the `n` for a quick test and for a bench and the expected checksum;
//! `wasm/NAME.wasm` are the built modules. `usermode/build.sh` rebuilds them.
//!
//! ```text
//! cargo run --release --bin native -- sha256 16    # one checksum
//! cargo test --release                             # programs.toml against the native code
//! ```
//!
//! What a result may depend on is only `n`: no addresses, no hash seeds, no pointer width. Floats are added in a fixed
//! order and compared by their bits, which IEEE 754 and wasm both fix for `+ - * / sqrt` and conversions.

mod rng;

/// A workload: takes its size, returns its checksum.
pub type Run = fn(i32) -> i64;

macro_rules! programs {
    ($($name:ident)*) => {
        $(pub mod $name;)*

        /// The Rust programs by name.
        const RUST: &[(&str, Run)] = &[$((stringify!($name), $name::run)),*];
    };
}

programs! {
    fib sieve matmul_i32 matmul_f64 mix64 crc32 state_machine dispatch linked_list quicksort memory_bulk blur_f32
    nbody mandelbrot
    hash_map sha256 deflate json regex bigint markdown float_text
}

/// The C programs.
#[cfg(not(target_arch = "wasm32"))]
mod c {
    unsafe extern "C" {
        safe fn c_lz_run(n: i32) -> i64;
        safe fn c_vm_run(n: i32) -> i64;
    }

    pub(crate) fn lz(n: i32) -> i64 {
        c_lz_run(n)
    }

    pub(crate) fn vm(n: i32) -> i64 {
        c_vm_run(n)
    }
}

#[cfg(not(target_arch = "wasm32"))]
const C: &[(&str, Run)] = &[("c_lz", c::lz), ("c_vm", c::vm)];
#[cfg(target_arch = "wasm32")]
const C: &[(&str, Run)] = &[];

/// Every program of this build with its name: on wasm32 the Rust ones, elsewhere the C ones as well.
pub fn programs() -> impl Iterator<Item = (&'static str, Run)> {
    RUST.iter().chain(C).copied()
}

/// Folds `value` into the checksum `sum`; order matters.
#[inline]
pub(crate) fn fold(sum: i64, value: i64) -> i64 {
    (sum.rotate_left(5) ^ value).wrapping_mul(0x517c_c1b7_2722_0a95)
}

/// Folds a byte string into a checksum.
pub(crate) fn fold_bytes(sum: i64, bytes: &[u8]) -> i64 {
    bytes
        .iter()
        .fold(fold(sum, bytes.len() as i64), |sum, &byte| {
            fold(sum, byte.into())
        })
}

/// Makes the program `$name` of this crate the module's export `run(i32) -> i64`.
///
/// Built for another target the same file is a program that takes `n` on the command line.
#[macro_export]
macro_rules! export {
    ($name:ident) => {
        /// Runs the workload of size `n` and returns its checksum.
        #[cfg(target_arch = "wasm32")]
        #[unsafe(no_mangle)]
        pub extern "C" fn run(n: i32) -> i64 {
            $crate::$name::run(n)
        }

        #[cfg(not(target_arch = "wasm32"))]
        fn main() {
            let n = std::env::args()
                .nth(1)
                .and_then(|n| n.parse().ok())
                .unwrap_or(1);
            println!("{}", $crate::$name::run(n));
        }
    };
}
