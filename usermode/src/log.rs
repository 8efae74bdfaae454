//! Log records: the only way out that every guest has.
//!
//! One call of [`println!`](crate::println) is one record. Text without arguments goes to the host from where it lies;
//! formatted text is put together in a buffer on the stack, so that printing works without an allocator and cannot fail.

use crate::raw;
use core::fmt::{self, Write};

/// How urgent a record is; the numbers are the host's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Level {
    /// The guest cannot do what it was asked to do.
    Error = 1,
    /// Something is wrong, and the guest goes on.
    Warning = 3,
    /// Ordinary output.
    Info = 6,
}

/// Writes `text` as one record.
#[inline]
pub fn log(level: Level, text: &str) {
    // SAFETY: pointer and length are those of a live `&str`.
    unsafe { raw::log_write(level as i32, text.as_ptr(), text.len()) }
}

/// Writes formatted text as one record; the macros end here.
///
/// Text longer than 1,024 bytes is cut into several records, each of whole characters.
#[inline]
pub fn log_fmt(level: Level, text: fmt::Arguments<'_>) {
    match text.as_str() {
        Some(text) => log(level, text),
        None => log_formatted(level, text),
    }
}

#[inline(never)]
fn log_formatted(level: Level, text: fmt::Arguments<'_>) {
    let mut record = Record::new(|part| log(level, part));
    // `Record` never fails, and a `Display` that does has lost the rest of its own text only.
    let _ = record.write_fmt(text);
    record.finish();
}

/// Longest record that is put together on the stack.
const RECORD_BYTES: usize = 1024;

/// Text on its way to the host: `bytes[..len]` is UTF-8.
struct Record<F: FnMut(&str)> {
    write: F,
    len: usize,
    /// A part of this record has gone to the host already.
    written: bool,
    bytes: [u8; RECORD_BYTES],
}

impl<F: FnMut(&str)> Record<F> {
    fn new(write: F) -> Self {
        Self {
            write,
            len: 0,
            written: false,
            bytes: [0; RECORD_BYTES],
        }
    }

    fn flush(&mut self) {
        let text = self
            .bytes
            .get(..self.len)
            .and_then(|bytes| str::from_utf8(bytes).ok());
        (self.write)(text.unwrap_or_default());
        self.len = 0;
        self.written = true;
    }

    /// Sends what is left; an empty record is sent only when it is the whole text.
    fn finish(&mut self) {
        if self.len > 0 || !self.written {
            self.flush();
        }
    }
}

impl<F: FnMut(&str)> Write for Record<F> {
    fn write_str(&mut self, mut text: &str) -> fmt::Result {
        while !text.is_empty() {
            let (head, rest) = text.split_at(text.floor_char_boundary(RECORD_BYTES - self.len));
            if let Some(room) = self.bytes.get_mut(self.len..self.len + head.len()) {
                room.copy_from_slice(head.as_bytes());
                self.len += head.len();
            }
            if !rest.is_empty() {
                self.flush();
            }
            text = rest;
        }
        Ok(())
    }
}

/// Writes one information record, formatted as by `std::println!`.
///
/// # Examples
///
/// ```
/// usermode::println!("{} of {}", 1, 2);
/// ```
#[macro_export]
macro_rules! println {
    () => { $crate::log($crate::Level::Info, "") };
    ($($arg:tt)*) => { $crate::log_fmt($crate::Level::Info, ::core::format_args!($($arg)*)) };
}

/// Writes one error record, formatted as by `std::eprintln!`.
#[macro_export]
macro_rules! eprintln {
    () => { $crate::log($crate::Level::Error, "") };
    ($($arg:tt)*) => { $crate::log_fmt($crate::Level::Error, ::core::format_args!($($arg)*)) };
}

/// Writes one warning record, formatted as by `std::println!`.
#[macro_export]
macro_rules! warn {
    () => { $crate::log($crate::Level::Warning, "") };
    ($($arg:tt)*) => { $crate::log_fmt($crate::Level::Warning, ::core::format_args!($($arg)*)) };
}

#[cfg(test)]
mod tests {
    use super::{RECORD_BYTES, Record};
    use core::fmt::Write;
    use std::{format, string::String, vec, vec::Vec};

    fn records(pieces: &[&str]) -> Vec<String> {
        let mut written = Vec::new();
        let mut record = Record::new(|part: &str| written.push(String::from(part)));
        for piece in pieces {
            record.write_str(piece).unwrap();
        }
        record.finish();
        written
    }

    #[test]
    fn one_text_is_one_record() {
        assert_eq!(records(&["a", "", "b"]), ["ab"]);
        assert_eq!(records(&[]), [""]);
        let full = "x".repeat(RECORD_BYTES);
        assert_eq!(records(&[&full]), vec![full]);
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        let text = format!("x{}", "\u{e9}".repeat(RECORD_BYTES));
        let written = records(&["", &text]);
        // 1 + 2 * 511 bytes fit in the first record, 2 * 512 in the second, and one character is left.
        assert_eq!(
            written.iter().map(String::len).collect::<Vec<_>>(),
            [1023, 1024, 2]
        );
        assert_eq!(written.concat(), text);
    }
}
