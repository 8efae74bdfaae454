//! Linked code in one block of pages: what the engine trusts of a program is written once, here, and then
//! read-only where the platform can do that.
//!
//! ```text
//! function records | branch-table arms | constant pool | cells
//! ```

use crate::{
    exec::{Cell, FuncEntry},
    fallible::OutOfMemory,
    platform::{CodeRegion, Platform},
};
use core::{marker::PhantomData, slice};

/// Where elements of one type stand.
#[derive(Debug)]
pub(crate) struct Part<T> {
    /// Bytes from the start of the block; aligned for `T`.
    start: usize,
    len: usize,
    room: usize,
    of: PhantomData<fn() -> T>,
}

/// See the module.
///
/// # Invariants
/// `region` is from `platform`; the parts lie in it, do not overlap, and their first `len` elements are initialised.
#[derive(Debug)]
pub(crate) struct Code {
    platform: &'static dyn Platform,
    region: CodeRegion,
    pub(crate) funcs: Part<FuncEntry>,
    pub(crate) arms: Part<u64>,
    pub(crate) pool: Part<u64>,
    pub(crate) cells: Part<Cell>,
}

/// Appends a part to what is laid out in `end` bytes so far.
fn part<T>(end: &mut usize, room: usize) -> Result<Part<T>, OutOfMemory> {
    let start = end.checked_next_multiple_of(align_of::<T>()).ok_or(OutOfMemory)?;
    let bytes = room.checked_mul(size_of::<T>()).ok_or(OutOfMemory)?;
    *end = start.checked_add(bytes).ok_or(OutOfMemory)?;
    Ok(Part { start, len: 0, room, of: PhantomData })
}

impl Code {
    /// An empty block with room for so many elements; at least one cell.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub(crate) fn new(
        platform: &'static dyn Platform,
        funcs: usize,
        arms: usize,
        pool: usize,
        cells: usize,
    ) -> Result<Code, OutOfMemory> {
        let end = &mut 0;
        let (funcs, arms, pool, cells) = (part(end, funcs)?, part(end, arms)?, part(end, pool)?, part(end, cells)?);
        let region = platform.code((*end).max(1))?;
        Ok(Code { platform, region, funcs, arms, pool, cells })
    }

    /// Appends an element to the part that `of` picks.
    ///
    /// # Errors
    /// [`OutOfMemory`]: there is no room, or the code is sealed.
    pub(crate) fn push<T: Copy>(
        &mut self,
        of: impl FnOnce(&mut Code) -> &mut Part<T>,
        value: T,
    ) -> Result<(), OutOfMemory> {
        let block = self.region.writable;
        let part = of(self);
        if part.len >= part.room || block.is_null() {
            return Err(OutOfMemory);
        }
        // SAFETY: the invariant: the part has room for this element, and the block is writable.
        unsafe { block.add(part.start).cast::<T>().add(part.len).write(value) };
        part.len = part.len.wrapping_add(1);
        Ok(())
    }

    /// Where element `index` of a part will be read; `None` if there is no room for it.
    pub(crate) fn address<T>(&self, part: &Part<T>, index: usize) -> Option<*const T> {
        // In bounds of the block: the invariant.
        (index < part.room).then(|| self.region.base.wrapping_add(part.start).cast::<T>().wrapping_add(index))
    }

    /// The elements of a part.
    pub(crate) fn slice<T>(&self, part: &Part<T>) -> &[T] {
        // SAFETY: the invariant; writes need `&mut self`.
        unsafe { slice::from_raw_parts(self.region.base.add(part.start).cast(), part.len) }
    }

    /// Bytes in use.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.slice(&self.cells))
            .wrapping_add(size_of_val(self.slice(&self.arms)))
            .wrapping_add(size_of_val(self.slice(&self.pool)))
            .wrapping_add(size_of_val(self.slice(&self.funcs)))
    }

    /// Nothing is written from now on.
    pub(crate) fn seal(&mut self) {
        // SAFETY: the region is the platform's own.
        unsafe { self.platform.seal(&mut self.region) };
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        // SAFETY: as above, and it is used no more.
        unsafe { self.platform.release_code(&mut self.region) };
    }
}
