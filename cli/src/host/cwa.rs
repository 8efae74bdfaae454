//! What the embedded engine adds to the import module `cwa`: where log records go and what the arguments are. The
//! functions themselves are the same in the kernel and stand in [`kengine::cwa`].

use super::{Fault, GuestHost, log::Level};
use kengine::{
    cwa::{self, Cwa},
    host::HostFn,
};

/// The functions, for [`kengine::host::Host::FUNCTIONS`].
pub(super) const FUNCTIONS: &[HostFn<GuestHost>] = &cwa::functions();

impl Cwa for GuestHost {
    fn log(&mut self, level: i32, text: &str) -> bool {
        match self.log.record(self.id, Level(level), text) {
            Ok(()) => true,
            Err(error) => {
                self.fault = Some(Fault::Output(error));
                false
            }
        }
    }

    fn not_utf8(&mut self, at: usize, byte_len: usize) {
        self.fault = Some(Fault::LogText { at, byte_len });
    }

    fn arg_count(&self) -> usize {
        self.args.len()
    }

    fn arg(&self, index: usize) -> Option<&[u8]> {
        self.args.get(index).map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::TextLog;
    use kengine::{
        host::{HostCall, HostResult, Wait},
        trap::TrapCode,
    };
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
        assert_eq!(call(&mut host, "startup_arg_at", &[2, 0, 8], &mut memory).1, cwa::INVALID_ARGUMENT);
        assert_eq!(call(&mut host, "startup_arg_at", &[-1, 0, 8], &mut memory).1, cwa::INVALID_ARGUMENT);
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
        assert_eq!(call(&mut host, "runtime_name", &[0, 5], &mut memory), (HostResult::Done, cwa::INVALID_ARGUMENT));
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
