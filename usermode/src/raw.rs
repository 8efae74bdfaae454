//! The host functions of the import module `cwa`, as the host declares them.
//!
//! Names, types and error codes are CommonWA's: `{namespace}_{function}`, a slice travels as pointer and length, and a
//! negative result is an error. The rest of the crate is safe and calls nothing but these.

/// The call failed for a reason that has no code of its own.
pub const ERR_UNKNOWN: i32 = -1;
/// An argument was out of range, or a buffer too small; nothing was changed.
pub const ERR_INVALID_ARGUMENT: i32 = -2;
/// The guest may not do this.
pub const ERR_PERMISSION_DENIED: i32 = -3;
/// There is no such thing.
pub const ERR_NOT_FOUND: i32 = -4;

#[cfg(target_arch = "wasm32")]
#[link(wasm_import_module = "cwa")]
unsafe extern "C" {
    /// Major version of the CommonWA specification that the host follows.
    pub safe fn runtime_spec_major() -> i32;

    /// Minor version of the CommonWA specification that the host follows.
    pub safe fn runtime_spec_minor() -> i32;

    /// Writes the host's name and returns its length in bytes, or [`ERR_INVALID_ARGUMENT`] when it does not fit.
    ///
    /// # Safety
    ///
    /// `out` must be valid for writes of `len` bytes.
    pub fn runtime_name(out: *mut u8, len: usize) -> i32;

    /// Sleeps for `ms` milliseconds.
    pub safe fn runtime_msleep(ms: i32);

    /// Writes one log record. Levels: 1 error, 3 warning, 6 info. The text must be UTF-8.
    ///
    /// # Safety
    ///
    /// `text` must be valid for reads of `len` bytes.
    pub fn log_write(level: i32, text: *const u8, len: usize);

    /// Number of arguments, the program's own path included.
    pub safe fn startup_arg_len() -> i32;

    /// Copies at most `len` bytes of argument `id` and returns how many, or [`ERR_INVALID_ARGUMENT`] for a bad `id`.
    ///
    /// # Safety
    ///
    /// `out` must be valid for writes of `len` bytes.
    pub fn startup_arg_at(id: i32, out: *mut u8, len: usize) -> i32;
}

#[cfg(not(target_arch = "wasm32"))]
pub use native::*;

/// The same functions on top of `std`, so that guest code can be tried and tested without an engine.
#[cfg(not(target_arch = "wasm32"))]
mod native {
    use super::ERR_INVALID_ARGUMENT;
    use std::ffi::OsString;
    use std::{env, eprintln, println, slice, string::String, thread, time::Duration};

    /// See the wasm32 declaration.
    pub fn runtime_spec_major() -> i32 {
        0
    }

    /// See the wasm32 declaration.
    pub fn runtime_spec_minor() -> i32 {
        0
    }

    /// See the wasm32 declaration.
    ///
    /// # Safety
    ///
    /// `out` must be valid for writes of `len` bytes.
    pub unsafe fn runtime_name(out: *mut u8, len: usize) -> i32 {
        let name = b"native";
        if len < name.len() {
            return ERR_INVALID_ARGUMENT;
        }
        // SAFETY: the caller gives `len >= name.len()` writable bytes.
        unsafe { out.copy_from_nonoverlapping(name.as_ptr(), name.len()) };
        name.len() as i32
    }

    /// See the wasm32 declaration.
    pub fn runtime_msleep(ms: i32) {
        thread::sleep(Duration::from_millis(ms.max(0) as u64));
    }

    /// See the wasm32 declaration.
    ///
    /// # Safety
    ///
    /// `text` must be valid for reads of `len` bytes.
    pub unsafe fn log_write(level: i32, text: *const u8, len: usize) {
        // SAFETY: the caller gives `len` readable bytes.
        let text = String::from_utf8_lossy(unsafe { slice::from_raw_parts(text, len) });
        match level {
            1 => eprintln!("[ERROR] {text}"),
            3 => eprintln!("[WARNING] {text}"),
            _ => println!("{text}"),
        }
    }

    /// See the wasm32 declaration.
    pub fn startup_arg_len() -> i32 {
        env::args_os().len() as i32
    }

    /// See the wasm32 declaration.
    ///
    /// # Safety
    ///
    /// `out` must be valid for writes of `len` bytes.
    pub unsafe fn startup_arg_at(id: i32, out: *mut u8, len: usize) -> i32 {
        let arg = usize::try_from(id)
            .ok()
            .and_then(|id| env::args_os().nth(id))
            .map(OsString::into_encoded_bytes);
        let Some(arg) = arg else {
            return ERR_INVALID_ARGUMENT;
        };
        let byte_len = arg.len().min(len);
        // SAFETY: `byte_len <= len`, and the caller gives `len` writable bytes.
        unsafe { out.copy_from_nonoverlapping(arg.as_ptr(), byte_len) };
        byte_len as i32
    }
}
