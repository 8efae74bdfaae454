//! The entry point and what it returns.

/// What an entry point may return: an exit code, or nothing, which is 0.
pub trait ExitCode {
    /// The code that the host hands to whoever started the guest.
    fn code(self) -> i32;
}

impl ExitCode for i32 {
    fn code(self) -> i32 {
        self
    }
}

impl ExitCode for () {
    fn code(self) -> i32 {
        0
    }
}

/// Runs the body given to [`main!`](crate::main).
#[inline]
pub fn start<T: ExitCode>(body: fn() -> T) -> i32 {
    body().code()
}

/// Makes a function or a closure without captures the entry point `__app_main` of the guest.
///
/// The body returns the exit code as an `i32`, or `()` for 0. The crate says `#![no_main]`; a guest has one `main!`.
///
/// # Examples
///
/// ```no_run
/// # #![no_main]
/// usermode::main!(|| {
///     match usermode::arg_count() {
///         0 | 1 => 2,
///         _ => 0,
///     }
/// });
/// # #[cfg(any())] fn main() {}
/// ```
#[macro_export]
macro_rules! main {
    ($body:expr) => {
        /// Called by the host; returns the exit code.
        #[cfg(target_arch = "wasm32")]
        #[unsafe(no_mangle)]
        pub extern "C" fn __app_main() -> i32 {
            $crate::start($body)
        }

        /// Called by the C runtime; returns the exit code.
        #[cfg(not(target_arch = "wasm32"))]
        #[unsafe(no_mangle)]
        pub extern "C" fn main() -> i32 {
            $crate::start($body)
        }
    };
}
