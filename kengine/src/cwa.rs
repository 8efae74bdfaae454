//! The import module `cwa`: CommonWA, as far as it is here, for every host.
//!
//! One table and one set of bodies, so that prototypes, costs and capabilities, which the checker compares with
//! those in an image, are the same in the kernel and in user space. What a host adds is [`Cwa`]: where log
//! records go and what the arguments are.
//!
//! Signatures and error codes are those of the CommonWA specification
//! (<https://github.com/CommonWA/cwa-spec>): a slice travels as pointer and length, a negative result is an error.
//! Every pointer is checked against the memory as it is at the call, over the whole length that the guest gives.

use crate::{
    host::{HostCall, HostFn, HostResult, Wait},
    image::valtype::I32,
    trap::TrapCode,
};

/// Capability: writing log records.
pub const CAP_LOG: u64 = 1 << 0;
/// Capability: reading the program's arguments.
pub const CAP_ARGS: u64 = 1 << 1;
/// Capability: waiting.
pub const CAP_SLEEP: u64 = 1 << 2;

/// Version of the CommonWA specification that these functions follow.
const SPEC: (i32, i32) = (0, 0);
/// What `runtime_name` answers; the specification allows 32 bytes.
const NAME: &[u8] = b"Cervus";
/// An argument is out of range or a buffer too small; nothing was changed.
pub const INVALID_ARGUMENT: i32 = -2;
/// Bytes copied or formatted for one unit of fuel.
pub const BYTES_PER_FUEL: u32 = 8;

/// Fuel of a call that only answers a number.
const CHEAP: u32 = 8;
/// Fuel of a call that copies something.
const COPY: u32 = 32;
/// Fuel of a call that ends in a system call.
const SYSTEM: u32 = 256;

/// What a host must offer for these functions.
pub trait Cwa {
    /// Writes a log record; `false` ends the guest with [`TrapCode::Host`].
    fn log(&mut self, level: i32, text: &str) -> bool;

    /// Log text of `byte_len` bytes stopped being UTF-8 at byte `at`; the guest is ended after this.
    fn not_utf8(&mut self, at: usize, byte_len: usize);

    /// Number of arguments, the path of the program included.
    fn arg_count(&self) -> usize;

    /// Argument `index`.
    fn arg(&self, index: usize) -> Option<&[u8]>;
}

/// The table: one row per function.
#[rustfmt::skip]
pub const fn functions<H: Cwa>() -> [HostFn<H>; 7] {
    [
        row("runtime_spec_major", &[],              &[I32], CHEAP,  0,        runtime_spec_major),
        row("runtime_spec_minor", &[],              &[I32], CHEAP,  0,        runtime_spec_minor),
        row("runtime_name",       &[I32, I32],      &[I32], COPY,   0,        runtime_name),
        HostFn { may_sleep: true, ..
        row("runtime_msleep",     &[I32],           &[],    SYSTEM, CAP_SLEEP, runtime_msleep) },
        HostFn { len_param: Some(2), ..
        row("log_write",          &[I32, I32, I32], &[],    SYSTEM, CAP_LOG,  log_write) },
        row("startup_arg_len",    &[],              &[I32], CHEAP,  CAP_ARGS, startup_arg_len),
        HostFn { len_param: Some(2), ..
        row("startup_arg_at",     &[I32, I32, I32], &[I32], COPY,   CAP_ARGS, startup_arg_at) },
    ]
}

const fn row<H>(
    name: &'static str,
    params: &'static [u8],
    results: &'static [u8],
    cost: u32,
    capabilities: u64,
    call: fn(&mut H, &mut HostCall<'_>) -> HostResult,
) -> HostFn<H> {
    HostFn { module: "cwa", name, params, results, cost, capabilities, may_sleep: false, len_param: None, call }
}

/// `() -> i32`
fn runtime_spec_major<H>(_: &mut H, call: &mut HostCall<'_>) -> HostResult {
    call.return_i32(SPEC.0);
    HostResult::Done
}

/// `() -> i32`
fn runtime_spec_minor<H>(_: &mut H, call: &mut HostCall<'_>) -> HostResult {
    call.return_i32(SPEC.1);
    HostResult::Done
}

/// `(out, len) -> i32`: writes the host's name and returns its length.
fn runtime_name<H>(_: &mut H, call: &mut HostCall<'_>) -> HostResult {
    let (out, len) = (call.u32(0), call.u32(1));
    let buffer = match call.bytes_mut(out, len) {
        Ok(buffer) => buffer,
        Err(code) => return HostResult::Trap(code),
    };
    let room = buffer.get_mut(..NAME.len());
    // CAST: a constant below 2^31.
    let result = if room.is_some() { NAME.len() as i32 } else { INVALID_ARGUMENT };
    copy(room.unwrap_or(&mut []), NAME);
    call.return_i32(result);
    HostResult::Done
}

/// `(ms)`: sleeps; the number is unsigned.
fn runtime_msleep<H>(_: &mut H, call: &mut HostCall<'_>) -> HostResult {
    HostResult::Block(Wait { timeout_ns: u64::from(call.u32(0)).wrapping_mul(1_000_000) })
}

/// `(level, text, len)`: writes a log record.
fn log_write<H: Cwa>(host: &mut H, call: &mut HostCall<'_>) -> HostResult {
    let (level, text, len) = (call.i32(0), call.u32(1), call.u32(2));
    call.charge(u64::from(len / BYTES_PER_FUEL));
    let bytes = match call.bytes(text, len) {
        Ok(bytes) => bytes,
        Err(code) => return HostResult::Trap(code),
    };
    let written = match core::str::from_utf8(bytes) {
        Ok(text) => host.log(level, text),
        Err(error) => {
            host.not_utf8(error.valid_up_to(), bytes.len());
            false
        }
    };
    if written { HostResult::Done } else { HostResult::Trap(TrapCode::Host) }
}

/// `() -> i32`: number of arguments, the path of the program included.
fn startup_arg_len<H: Cwa>(host: &mut H, call: &mut HostCall<'_>) -> HostResult {
    call.return_i32(i32::try_from(host.arg_count()).unwrap_or(i32::MAX));
    HostResult::Done
}

/// `(id, out, len) -> i32`: copies as much of an argument as fits and returns how many bytes that is.
fn startup_arg_at<H: Cwa>(host: &mut H, call: &mut HostCall<'_>) -> HostResult {
    let (id, out, len) = (call.u32(0) as usize, call.u32(1), call.u32(2));
    let buffer = match call.bytes_mut(out, len) {
        Ok(buffer) => buffer,
        Err(code) => return HostResult::Trap(code),
    };
    let Some(arg) = host.arg(id) else {
        call.return_i32(INVALID_ARGUMENT);
        return HostResult::Done;
    };
    let byte_len = copy(buffer, arg).min(i32::MAX as usize);
    call.charge(byte_len as u64 / u64::from(BYTES_PER_FUEL));
    call.return_i32(byte_len as i32); // CAST: cut to i32::MAX above
    HostResult::Done
}

/// Copies as much as fits; how many bytes that was. (`copy_from_slice` would bring a panic along.)
fn copy(to: &mut [u8], from: &[u8]) -> usize {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
    to.len().min(from.len())
}

/// What stands before a record's text, with the space that follows; levels without a name have none.
pub const fn level_tag(level: i32) -> &'static str {
    match level {
        1 => "[ERROR] ",
        3 => "[WARNING] ",
        6 => "[INFO] ",
        _ => "",
    }
}

/// Hands out `line` in pieces that are fit for a terminal: control characters and direction marks are
/// written as escapes, so that a guest can neither forge a prefix nor talk to the terminal.
pub fn escape(line: &str, put: &mut dyn FnMut(&[u8])) {
    let mut buffer = [0; 4];
    for c in line.chars() {
        let odd = c.is_ascii_control() && c != '\t'
            || matches!(c, '\u{80}'..='\u{9f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        if !odd {
            put(c.encode_utf8(&mut buffer).as_bytes());
            continue;
        }
        put(if c.is_ascii() { b"\\x" } else { b"\\u{" });
        let mut digits = if c.is_ascii() || u32::from(c) < 0x100 { 2u32 } else { 4 };
        while digits > 0 {
            digits = digits.wrapping_sub(1);
            let nibble = (u32::from(c) >> digits.wrapping_mul(4)) as usize & 15;
            put(b"0123456789abcdef".get(nibble..nibble.wrapping_add(1)).unwrap_or(&[]));
        }
        if !c.is_ascii() {
            put(b"}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{string::String, vec::Vec};

    fn escaped(text: &str) -> String {
        let mut out = Vec::new();
        escape(text, &mut |piece| out.extend_from_slice(piece));
        String::from_utf8(out).unwrap_or_default()
    }

    #[test]
    fn a_guest_cannot_forge_lines() {
        assert_eq!(escaped("a\rb\u{1b}[2J\u{9b}1m"), "a\\x0db\\x1b[2J\\u{9b}1m");
        assert_eq!(escaped("a\tb ä€😀"), "a\tb ä€😀");
        assert_eq!(escaped("\u{202e}\u{feff}"), "\\u{202e}\\u{feff}");
    }
}
