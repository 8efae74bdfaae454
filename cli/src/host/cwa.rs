//! The import module `cwa`: CommonWA, as far as it is here.
//!
//! Signatures and error codes are those of the CommonWA specification
//! (<https://github.com/CommonWA/cwa-spec>): a slice travels as pointer and length, a negative result is an error.
//! Log records look as the first Cervus printed them.
//!
//! Every pointer is checked against the memory as it is at the call, over the whole length that the guest gives.

use super::{Capabilities, Fault, GuestHost, log::Level};
use kengine::{
    host::{HostCall, HostFn, HostResult, Wait},
    image::valtype::I32,
    trap::TrapCode,
};

/// Version of the CommonWA specification that these functions follow.
const SPEC: (i32, i32) = (0, 0);
/// What `runtime_name` answers; the specification allows 32 bytes.
const NAME: &[u8] = b"Cervus";
/// An argument is out of range or a buffer too small; nothing was changed.
const INVALID_ARGUMENT: i32 = -2;
/// Bytes copied or formatted for one unit of fuel.
const BYTES_PER_FUEL: u32 = 8;

/// Fuel of a call that only answers a number.
const CHEAP: u32 = 8;
/// Fuel of a call that copies something.
const COPY: u32 = 32;
/// Fuel of a call that ends in a system call.
const SYSTEM: u32 = 256;

/// The table: one row per function.
#[rustfmt::skip]
pub(super) const FUNCTIONS: &[HostFn<GuestHost>] = &[
    row("runtime_spec_major", &[],              &[I32], CHEAP,  Capabilities::empty(), runtime_spec_major),
    row("runtime_spec_minor", &[],              &[I32], CHEAP,  Capabilities::empty(), runtime_spec_minor),
    row("runtime_name",       &[I32, I32],      &[I32], COPY,   Capabilities::empty(), runtime_name),
    HostFn { may_sleep: true, ..
    row("runtime_msleep",     &[I32],           &[],    SYSTEM, Capabilities::SLEEP,   runtime_msleep) },
    row("log_write",          &[I32, I32, I32], &[],    SYSTEM, Capabilities::LOG,     log_write),
    row("startup_arg_len",    &[],              &[I32], CHEAP,  Capabilities::ARGS,    startup_arg_len),
    row("startup_arg_at",     &[I32, I32, I32], &[I32], COPY,   Capabilities::ARGS,    startup_arg_at),
];

const fn row(
    name: &'static str,
    params: &'static [u8],
    results: &'static [u8],
    cost: u32,
    capabilities: Capabilities,
    call: fn(&mut GuestHost, &mut HostCall<'_>) -> HostResult,
) -> HostFn<GuestHost> {
    let capabilities = capabilities.bits();
    HostFn { module: "cwa", name, params, results, cost, capabilities, may_sleep: false, call }
}

/// `() -> i32`
fn runtime_spec_major(_: &mut GuestHost, call: &mut HostCall<'_>) -> HostResult {
    call.return_i32(SPEC.0);
    HostResult::Done
}

/// `() -> i32`
fn runtime_spec_minor(_: &mut GuestHost, call: &mut HostCall<'_>) -> HostResult {
    call.return_i32(SPEC.1);
    HostResult::Done
}

/// `(out, len) -> i32`: writes the host's name and returns its length.
fn runtime_name(_: &mut GuestHost, call: &mut HostCall<'_>) -> HostResult {
    let (out, len) = (call.u32(0), call.u32(1));
    match call.bytes_mut(out, len) {
        Ok(buffer) => {
            let result = match buffer.get_mut(..NAME.len()) {
                Some(room) => {
                    room.copy_from_slice(NAME);
                    NAME.len() as i32 // CAST: a constant below 2^31
                }
                None => INVALID_ARGUMENT,
            };
            call.return_i32(result);
            HostResult::Done
        }
        Err(code) => HostResult::Trap(code),
    }
}

/// `(ms)`: sleeps; the number is unsigned.
fn runtime_msleep(_: &mut GuestHost, call: &mut HostCall<'_>) -> HostResult {
    HostResult::Block(Wait { timeout_ns: u64::from(call.u32(0)) * 1_000_000 })
}

/// `(level, text, len)`: writes a log record.
fn log_write(host: &mut GuestHost, call: &mut HostCall<'_>) -> HostResult {
    let (level, text, len) = (call.i32(0), call.u32(1), call.u32(2));
    call.charge(u64::from(len / BYTES_PER_FUEL));
    let bytes = match call.bytes(text, len) {
        Ok(bytes) => bytes,
        Err(code) => return HostResult::Trap(code),
    };
    let result = match std::str::from_utf8(bytes) {
        Ok(text) => host.log.record(host.id, Level(level), text).map_err(Fault::Output),
        Err(error) => Err(Fault::LogText { at: error.valid_up_to(), byte_len: bytes.len() }),
    };
    match result {
        Ok(()) => HostResult::Done,
        Err(fault) => {
            host.fault = Some(fault);
            HostResult::Trap(TrapCode::Host)
        }
    }
}

/// `() -> i32`: number of arguments, the path of the program included.
fn startup_arg_len(host: &mut GuestHost, call: &mut HostCall<'_>) -> HostResult {
    call.return_i32(i32::try_from(host.args.len()).unwrap_or(i32::MAX));
    HostResult::Done
}

/// `(id, out, len) -> i32`: copies as much of an argument as fits and returns how many bytes that is.
fn startup_arg_at(host: &mut GuestHost, call: &mut HostCall<'_>) -> HostResult {
    let (id, out, len) = (call.u32(0) as usize, call.u32(1), call.u32(2));
    let buffer = match call.bytes_mut(out, len) {
        Ok(buffer) => buffer,
        Err(code) => return HostResult::Trap(code),
    };
    let Some(arg) = host.args.get(id) else {
        call.return_i32(INVALID_ARGUMENT);
        return HostResult::Done;
    };
    let byte_len = arg.len().min(buffer.len()).min(i32::MAX as usize);
    for (to, from) in buffer.iter_mut().zip(&arg[..byte_len]) {
        *to = *from;
    }
    call.charge(byte_len as u64 / u64::from(BYTES_PER_FUEL));
    call.return_i32(byte_len as i32); // CAST: cut to i32::MAX above
    HostResult::Done
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::TextLog;
    use std::sync::{Arc, Mutex};

    type Out = Arc<Mutex<Vec<u8>>>;

    fn host(args: &[&str]) -> (GuestHost, Out) {
        let out = Out::default();
        let log = Box::new(TextLog::new(Shared(out.clone())));
        (GuestHost { id: 1, args: args.iter().map(|a| a.as_bytes().to_vec()).collect(), log, fault: None }, out)
    }

    struct Shared(Out);

    impl std::io::Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// Calls a function by its row; returns how the call ended and the first result.
    fn call(host: &mut GuestHost, name: &str, args: &[i32], memory: &mut [u8]) -> (HostResult, i32) {
        let f = FUNCTIONS.iter().find(|f| f.name == name).unwrap();
        assert_eq!(args.len(), f.params.len());
        let mut values = [0; 4];
        for (value, arg) in values.iter_mut().zip(args) {
            *value = u64::from(*arg as u32);
        }
        let mut call = HostCall::new(&mut values, memory);
        let result = (f.call)(host, &mut call);
        (result, values[0] as i32)
    }

    #[test]
    fn arguments_are_copied_and_cut() {
        let (mut host, _) = host(&["prog", "hello"]);
        let mut memory = [b'.'; 16];
        assert_eq!(call(&mut host, "startup_arg_len", &[], &mut memory), (HostResult::Done, 2));
        assert_eq!(call(&mut host, "startup_arg_at", &[1, 2, 8], &mut memory), (HostResult::Done, 5));
        assert_eq!(&memory, b"..hello.........");
        assert_eq!(call(&mut host, "startup_arg_at", &[0, 14, 2], &mut memory), (HostResult::Done, 2));
        assert_eq!(&memory[14..], b"pr");
        assert_eq!(call(&mut host, "startup_arg_at", &[1, 16, 0], &mut memory), (HostResult::Done, 0));
        assert_eq!(call(&mut host, "startup_arg_at", &[2, 0, 8], &mut memory).1, INVALID_ARGUMENT);
        assert_eq!(call(&mut host, "startup_arg_at", &[-1, 0, 8], &mut memory).1, INVALID_ARGUMENT);
    }

    #[test]
    fn pointers_are_checked_over_their_whole_length() {
        let (mut host, out) = host(&["prog"]);
        let out_of_bounds = HostResult::Trap(TrapCode::MemoryOutOfBounds);
        let mut memory = [0; 16];
        for (name, args) in [
            ("startup_arg_at", &[0, 8, 9][..]),
            ("startup_arg_at", &[0, -1, 2]),
            ("startup_arg_at", &[0, 1, -1]),
            ("runtime_name", &[12, 5]),
            ("log_write", &[6, 16, 1]),
        ] {
            assert_eq!(call(&mut host, name, args, &mut memory).0, out_of_bounds, "{name} {args:?}");
        }
        assert_eq!(memory, [0; 16]);
        assert!(out.lock().unwrap().is_empty());
    }

    #[test]
    fn names_fit_or_nothing_is_written() {
        let (mut host, _) = host(&[]);
        let mut memory = [0; 8];
        assert_eq!(call(&mut host, "runtime_name", &[0, 5], &mut memory), (HostResult::Done, INVALID_ARGUMENT));
        assert_eq!(memory, [0; 8]);
        assert_eq!(call(&mut host, "runtime_name", &[0, 6], &mut memory), (HostResult::Done, 6));
        assert_eq!(&memory, b"Cervus\0\0");
    }

    #[test]
    fn log_text_must_be_utf8() {
        let (mut host, out) = host(&[]);
        let mut memory = *b"ok\xff";
        assert_eq!(call(&mut host, "log_write", &[1, 0, 2], &mut memory).0, HostResult::Done);
        assert_eq!(call(&mut host, "log_write", &[1, 0, 3], &mut memory).0, HostResult::Trap(TrapCode::Host));
        assert!(matches!(host.fault, Some(Fault::LogText { at: 2, byte_len: 3 })));
        assert_eq!(out.lock().unwrap().as_slice(), b"cervus: (1) [ERROR] ok\n");
    }

    #[test]
    fn sleeping_is_left_to_the_engine() {
        let (mut host, _) = host(&[]);
        let wait = Wait { timeout_ns: 5_000_000 };
        assert_eq!(call(&mut host, "runtime_msleep", &[5], &mut []).0, HostResult::Block(wait));
    }
}
