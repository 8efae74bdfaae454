//! Linear memories and tables, as objects that instances share.

use crate::fallible::{self, OutOfMemory};
use alloc::{
    alloc::{alloc_zeroed, dealloc},
    vec::Vec,
};
use core::{alloc::Layout, ptr, slice};

/// Bytes in a page.
pub const PAGE: usize = 1 << 16;
/// Pages in the largest 32-bit memory.
pub const MAX_PAGES: u32 = 1 << 16;

/// A linear memory. Zero-filled; grows by whole pages up to its maximum.
///
/// # Invariants
/// `base` is null and `capacity` 0, or `base` is an allocation of `capacity` bytes, all initialised;
/// `len <= capacity`; bytes in `[len, capacity)` are zero.
#[derive(Debug)]
pub struct Memory {
    base: *mut u8,
    len: usize,
    capacity: usize,
    declared_max: Option<u32>,
    max: u32,
}

// SAFETY: a memory owns its bytes; sharing it needs `&mut` to write.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

fn layout(bytes: usize) -> Result<Layout, OutOfMemory> {
    // A cache line, so that the guest's own alignment is worth something.
    Layout::from_size_align(bytes, 64).map_err(|_| OutOfMemory)
}

impl Memory {
    /// A memory of `min` pages that may grow to `declared_max`, or `limit` if that is less.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub fn new(min: u32, declared_max: Option<u32>, limit: u32) -> Result<Memory, OutOfMemory> {
        let max = declared_max.unwrap_or(MAX_PAGES).min(limit).min(MAX_PAGES);
        let mut memory = Memory { base: ptr::null_mut(), len: 0, capacity: 0, declared_max, max: max.max(min) };
        match memory.grow(min) {
            Some(_) => Ok(memory),
            None => Err(OutOfMemory),
        }
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
        if len > self.capacity {
            // Twice the need, so that growing page by page stays linear; untouched pages of a fresh
            // zeroed allocation cost address space only.
            let wanted = len.checked_mul(2)?.min((self.max as usize).checked_mul(PAGE)?).max(len);
            self.reserve(wanted).or_else(|_| self.reserve(len)).ok()?;
        }
        self.len = len;
        Some(old)
    }

    fn reserve(&mut self, capacity: usize) -> Result<(), OutOfMemory> {
        // SAFETY: `capacity` is not zero: it is larger than the present one.
        let base = unsafe { alloc_zeroed(layout(capacity)?) };
        if base.is_null() {
            return Err(OutOfMemory);
        }
        if !self.base.is_null() {
            // SAFETY: both are good for `len` bytes and distinct.
            unsafe { ptr::copy_nonoverlapping(self.base, base, self.len) };
            self.free();
        }
        // INVARIANT: the new allocation was zeroed beyond `len`.
        self.base = base;
        self.capacity = capacity;
        Ok(())
    }

    fn free(&mut self) {
        if let Ok(layout) = layout(self.capacity)
            && !self.base.is_null()
        {
            // SAFETY: allocated with this layout by `reserve`.
            unsafe { dealloc(self.base, layout) };
        }
    }

    /// All bytes.
    pub fn bytes(&self) -> &[u8] {
        if self.base.is_null() {
            return &[];
        }
        // SAFETY: the invariant.
        unsafe { slice::from_raw_parts(self.base, self.len) }
    }

    /// All bytes, to write.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        if self.base.is_null() {
            return &mut [];
        }
        // SAFETY: the invariant, and `&mut self`.
        unsafe { slice::from_raw_parts_mut(self.base, self.len) }
    }

    pub(crate) fn raw(&mut self) -> (*mut u8, usize) {
        (self.base, self.len)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.free();
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
