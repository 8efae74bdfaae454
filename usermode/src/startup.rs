//! The arguments the guest was started with. Number 0 is the path of the program.

use crate::raw;
#[cfg(feature = "alloc")]
use alloc::{string::String, vec, vec::Vec};

/// Number of arguments, the program's own path included.
pub fn arg_count() -> usize {
    usize::try_from(raw::startup_arg_len()).unwrap_or(0)
}

/// Copies as much of argument `index` as `out` holds and returns that part, or `None` when there is no such argument.
///
/// A part as long as `out` may have been cut; the host does not say how long the argument is.
pub fn arg_into(index: usize, out: &mut [u8]) -> Option<&[u8]> {
    let index = i32::try_from(index).ok()?;
    // SAFETY: pointer and length are those of `out`.
    let byte_len = unsafe { raw::startup_arg_at(index, out.as_mut_ptr(), out.len()) };
    out.get(..usize::try_from(byte_len).ok()?)
}

/// The arguments in order, the program's own path first. Bytes that are not UTF-8 come out as U+FFFD.
///
/// # Examples
///
/// ```
/// for arg in usermode::args().skip(1) {
///     usermode::println!("{arg}");
/// }
/// ```
#[cfg(feature = "alloc")]
pub fn args() -> Args {
    Args {
        next: 0,
        count: arg_count(),
    }
}

/// Iterator over the arguments; see [`args`].
#[cfg(feature = "alloc")]
#[derive(Clone, Debug)]
pub struct Args {
    next: usize,
    count: usize,
}

#[cfg(feature = "alloc")]
impl Iterator for Args {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        if self.next >= self.count {
            return None;
        }
        let arg = arg_at(self.next)?;
        self.next += 1;
        Some(arg)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.count - self.next;
        (left, Some(left))
    }
}

#[cfg(feature = "alloc")]
impl ExactSizeIterator for Args {}

/// Argument `index` in full: the buffer grows until the host leaves some of it unused.
#[cfg(feature = "alloc")]
fn arg_at(index: usize) -> Option<String> {
    let mut bytes: Vec<u8> = vec![0; 64];
    loop {
        let byte_len = arg_into(index, &mut bytes)?.len();
        if byte_len < bytes.len() {
            bytes.truncate(byte_len);
            return Some(match String::from_utf8(bytes) {
                Ok(arg) => arg,
                Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
            });
        }
        bytes.resize(bytes.len() * 2, 0);
    }
}
