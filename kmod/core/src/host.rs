//! The host functions in the kernel: the table is [`kengine::cwa`]'s, log records go to the C half.

use crate::{glue, pages::Kernel};
use core::ffi::c_void;
use kengine::{
    OutOfMemory,
    cwa::{self, Cwa},
    ffi::FfiHost,
    host::{Host, HostFn},
    platform::Platform,
};

extern crate alloc;
use alloc::vec::Vec;

/// Bytes of one line in the kernel log; what is longer is cut there and whole in the program's stream.
const LINE: usize = 512;
/// Lines of one record in the kernel log.
const LINES: usize = 64;
/// Bytes of one record that the kernel log looks at; a longer one is not in the program's stream either.
const RECORD: usize = 1 << 16;
/// What stands at the end of a cut line.
const CUT: &[u8] = b" [cut]";

/// The host as one guest sees it.
pub struct KernelHost {
    /// The C half's record of the program.
    context: *mut c_void,
    /// Arguments, each ended by a zero byte.
    args: Vec<u8>,
    /// Where these zero bytes stand: a guest may ask for its last argument as often as for its first.
    ends: Vec<u32>,
}

impl Host for KernelHost {
    const FUNCTIONS: &'static [HostFn<Self>] = &cwa::functions::<Self>();

    fn leave(&mut self) {
        // SAFETY: the context outlives the guest.
        unsafe { glue::cervus_fpu_leave(self.context) };
    }

    fn enter(&mut self) {
        // SAFETY: as above.
        unsafe { glue::cervus_fpu_enter(self.context) };
    }
}

/// A vector of `len` values; fewer if there are not so many.
fn collected<T>(values: impl Iterator<Item = T>, len: usize) -> Result<Vec<T>, OutOfMemory> {
    let mut own = Vec::new();
    own.try_reserve_exact(len).map_err(|_| OutOfMemory)?;
    let mut count = 0;
    for (place, value) in own.spare_capacity_mut().iter_mut().zip(values).take(len) {
        place.write(value);
        count += 1;
    }
    // SAFETY: so many were just written, and there was room for them.
    unsafe { own.set_len(count) };
    Ok(own)
}

impl FfiHost for KernelHost {
    const PLATFORM: &'static dyn Platform = &Kernel;

    fn new(_: u32, context: *mut c_void, args: &[u8]) -> Result<Self, OutOfMemory> {
        let ends = || (0u32..).zip(args).filter(|(_, byte)| **byte == 0).map(|(at, _)| at);
        Ok(KernelHost {
            context,
            args: collected(args.iter().copied(), args.len())?,
            ends: collected(ends(), ends().count())?,
        })
    }
}

impl Cwa for KernelHost {
    fn log(&mut self, level: i32, text: &str) -> bool {
        let len = u32::try_from(text.len()).unwrap_or(u32::MAX);
        // SAFETY: `text` has `len` bytes; the context outlives the guest.
        unsafe { glue::cervus_log_record(self.context, level, text.as_ptr(), len) };
        if text.is_empty() {
            self.line(level, "");
        }
        for line in head(text, RECORD).lines().take(LINES) {
            self.line(level, line);
        }
        true
    }

    fn not_utf8(&mut self, _: usize, _: usize) {}

    fn arg_count(&self) -> usize {
        self.ends.len()
    }

    fn arg(&self, index: usize) -> Option<&[u8]> {
        // Ended, not separated: what stands after the last zero byte is no argument.
        let end = *self.ends.get(index)? as usize;
        let before = index.checked_sub(1).and_then(|before| self.ends.get(before));
        self.args.get(before.map_or(0, |zero| (*zero as usize).saturating_add(1))..end)
    }
}

impl KernelHost {
    /// One line for the kernel log.
    fn line(&self, level: i32, text: &str) {
        let mut buffer = Buffer { bytes: [0; LINE], len: 0, cut: false };
        buffer.put(cwa::level_tag(level).as_bytes());
        // Escapes are longer than what they stand for: of this much the buffer's end is cut.
        cwa::escape(head(text, LINE), &mut |piece| buffer.put(piece));
        let len = buffer.finish();
        // SAFETY: `len` bytes of the buffer are in use; the context outlives the guest.
        unsafe { glue::cervus_log_line(self.context, level, buffer.bytes.as_ptr(), len) };
    }
}

/// The first characters of a text, at most `bytes` long.
fn head(text: &str, bytes: usize) -> &str {
    // A character has four bytes at most.
    let cut = (bytes.saturating_sub(3)..=bytes).rev().find_map(|end| text.get(..end));
    cut.unwrap_or(text)
}

/// A line being put together.
struct Buffer {
    bytes: [u8; LINE],
    len: usize,
    cut: bool,
}

impl Buffer {
    /// Appends a piece if there is room for it and for [`CUT`].
    fn put(&mut self, piece: &[u8]) {
        let end = self.len.saturating_add(piece.len());
        self.cut |= end > LINE.saturating_sub(CUT.len());
        if !self.cut {
            self.append(piece);
        }
    }

    fn append(&mut self, piece: &[u8]) {
        for (to, from) in self.bytes.iter_mut().skip(self.len).zip(piece) {
            *to = *from;
        }
        self.len = self.len.saturating_add(piece.len()).min(LINE);
    }

    /// Bytes in use.
    fn finish(&mut self) -> u32 {
        if self.cut {
            self.append(CUT);
        }
        self.len as u32 // CAST: at most LINE
    }
}
