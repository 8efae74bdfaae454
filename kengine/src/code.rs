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
#[cfg(feature = "text")]
use core::mem::MaybeUninit;
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

    /// The room that is left for function records and for cells, to be filled from its start; then see
    /// [`Code::written`].
    ///
    /// # Errors
    /// [`OutOfMemory`]: the code is sealed.
    #[cfg(feature = "text")]
    #[allow(clippy::type_complexity, reason = "two slices")]
    pub(crate) fn room(&mut self) -> Result<(&mut [MaybeUninit<FuncEntry>], &mut [MaybeUninit<Cell>]), OutOfMemory> {
        let block = self.region.writable;
        if block.is_null() {
            return Err(OutOfMemory);
        }
        let funcs = self.funcs.room.wrapping_sub(self.funcs.len);
        let cells = self.cells.room.wrapping_sub(self.cells.len);
        // SAFETY: the invariant: the parts do not overlap, there is room for so many elements behind their first ones, and
        // the block is writable; nobody else reaches it while `self` is borrowed.
        unsafe {
            let to_funcs = block.add(self.funcs.start).cast::<MaybeUninit<FuncEntry>>().add(self.funcs.len);
            let to_cells = block.add(self.cells.start).cast::<MaybeUninit<Cell>>().add(self.cells.len);
            Ok((slice::from_raw_parts_mut(to_funcs, funcs), slice::from_raw_parts_mut(to_cells, cells)))
        }
    }

    /// So many more function records and cells were written to [`Code::room`].
    ///
    /// # Errors
    /// [`OutOfMemory`]: there is no such room.
    ///
    /// # Safety
    /// They were.
    #[cfg(feature = "text")]
    pub(crate) unsafe fn written(&mut self, funcs: usize, cells: usize) -> Result<(), OutOfMemory> {
        let funcs = self.funcs.len.checked_add(funcs).filter(|len| *len <= self.funcs.room);
        let cells = self.cells.len.checked_add(cells).filter(|len| *len <= self.cells.room);
        (self.funcs.len, self.cells.len) = funcs.zip(cells).ok_or(OutOfMemory)?;
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
