//! Linear memories and tables, as objects that instances share.

use crate::{
    fallible::{self, OutOfMemory},
    platform::{Platform, Region},
};
use alloc::vec::Vec;
use core::slice;

/// Bytes in a page.
pub const PAGE: usize = 1 << 16;
/// Pages in the largest 32-bit memory.
pub const MAX_PAGES: u32 = 1 << 16;

/// A linear memory. Zero-filled; grows by whole pages up to its maximum.
///
/// # Invariants
/// `len <= region.bytes`; bytes in `[len, region.bytes)` are zero.
#[derive(Debug)]
pub struct Memory {
    platform: &'static dyn Platform,
    region: Region,
    len: usize,
    declared_max: Option<u32>,
    max: u32,
}

// SAFETY: a memory owns its bytes; sharing it needs `&mut` to write.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

impl Memory {
    /// A memory of `min` pages that may grow to `declared_max`, or `limit` if that is less; its bytes are the
    /// platform's.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub fn new(
        platform: &'static dyn Platform,
        min: u32,
        declared_max: Option<u32>,
        limit: u32,
    ) -> Result<Memory, OutOfMemory> {
        let max = declared_max.unwrap_or(MAX_PAGES).min(limit).min(MAX_PAGES).max(min);
        let mut memory = Memory { platform, region: Region::EMPTY, len: 0, declared_max, max };
        let len = (min as usize).checked_mul(PAGE).ok_or(OutOfMemory)?;
        if len > 0 {
            // Exactly: many memories never grow.
            // SAFETY: the region is empty.
            unsafe { platform.grow(&mut memory.region, len)? };
        }
        memory.len = len;
        Ok(memory)
    }

    /// Current size in pages.
    pub fn pages(&self) -> u32 {
        (self.len / PAGE) as u32 // CAST: at most MAX_PAGES
    }

    /// Maximum that the module declared, in pages.
    pub fn declared_max(&self) -> Option<u32> {
        self.declared_max
    }

    /// Adds `pages` zeroed pages; the old size in pages, or `None` if maximum or system forbid it,
    /// and then nothing has changed. May move the memory.
    pub fn grow(&mut self, pages: u32) -> Option<u32> {
        let old = self.pages();
        let new = old.checked_add(pages).filter(|new| *new <= self.max)?;
        let len = (new as usize).checked_mul(PAGE)?;
        if len > self.region.bytes {
            let wanted = self.platform.room(len).min((self.max as usize).checked_mul(PAGE)?).max(len);
            // SAFETY: the region is the platform's own.
            let grow = |region: &mut Region, bytes| unsafe { self.platform.grow(region, bytes) };
            // INVARIANT: new bytes are zero, those beyond `len` were.
            grow(&mut self.region, wanted).or_else(|_| grow(&mut self.region, len)).ok()?;
        }
        self.len = len;
        Some(old)
    }

    /// All bytes.
    pub fn bytes(&self) -> &[u8] {
        if self.region.base.is_null() {
            return &[];
        }
        // SAFETY: the invariant.
        unsafe { slice::from_raw_parts(self.region.base, self.len) }
    }

    /// All bytes, to write.
    #[inline]
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        if self.region.base.is_null() {
            return &mut [];
        }
        // SAFETY: the invariant, and `&mut self`.
        unsafe { slice::from_raw_parts_mut(self.region.base, self.len) }
    }

    pub(crate) fn raw(&mut self) -> (*mut u8, usize) {
        (self.region.base, self.len)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: the region is the platform's own, and used no more.
        unsafe { self.platform.release(&mut self.region) };
    }
}

/// A table of references: 0 is null, see [`crate::store`] for the others.
#[derive(Debug)]
pub struct Table {
    /// Reference type, as in wasm.
    pub ty: u8,
    refs: Vec<u32>,
    declared_max: Option<u32>,
    max: u32,
}

impl Table {
    /// A table of `min` nulls that may grow to `declared_max`, or `limit` if that is less.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub fn new(ty: u8, min: u32, declared_max: Option<u32>, limit: u32) -> Result<Table, OutOfMemory> {
        let refs = fallible::filled(min as usize, 0)?;
        Ok(Table { ty, refs, declared_max, max: declared_max.unwrap_or(limit).min(limit).max(min) })
    }

    /// Elements.
    pub fn refs(&self) -> &[u32] {
        &self.refs
    }

    /// Element `index`, which stays in bounds under speculation, too.
    pub(crate) fn slot(&mut self, index: u32) -> Option<&mut u32> {
        let len = self.refs.len();
        if index as usize >= len {
            return None;
        }
        self.refs.get_mut(crate::exec::nospec::index(index as usize, len))
    }

    /// Elements, to write.
    pub fn refs_mut(&mut self) -> &mut [u32] {
        &mut self.refs
    }

    /// Number of elements.
    pub fn len(&self) -> u32 {
        self.refs.len() as u32 // CAST: at most `max`
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.refs.is_empty()
    }

    /// Maximum that the module declared.
    pub fn declared_max(&self) -> Option<u32> {
        self.declared_max
    }

    /// Adds `count` elements; the old length, or `None` if that is not possible.
    pub fn grow(&mut self, count: u32, value: u32) -> Option<u32> {
        let old = self.len();
        old.checked_add(count).filter(|new| *new <= self.max)?;
        fallible::extend(&mut self.refs, count as usize, value).ok()?;
        Some(old)
    }
}
