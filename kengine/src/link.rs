//! Checked image to executable form: 12-byte cells in the engine's private copy.
//!
//! The checker drives [`Linker`] as its sink, so nothing is linked that was not checked, and the
//! image is read once. Each word becomes one cell, so distances in words are distances in cells.

use crate::{
    check::{self, CheckError, Checked, Limits, Sink, Step},
    dispatch::Mode,
    exec::{CELL_UNITS, Cell, FuncEntry},
    fallible::{self, OutOfMemory},
    image::{FUNC_REF, Func, Image, KIND_FUNC, NO_INDEX, Sig},
    isa::{At, Effects, Kind},
    op::Words,
};
use alloc::vec::Vec;
use core::ptr;

/// A program ready to be instantiated: immutable, shared by all its instances.
#[derive(Debug)]
pub struct Program {
    bytes: Vec<u8>,
    cells: Vec<Cell>,
    funcs: Vec<FuncEntry>,
    arms: Vec<u64>,
    pool: Vec<u64>,
    imported_funcs: u32,
    mode: Mode,
}

// SAFETY: nothing is written after `link`; the pointers in `funcs` point into `cells`.
unsafe impl Send for Program {}
// SAFETY: as above.
unsafe impl Sync for Program {}

/// Where a cell stands, for reports.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// Function index, imports first.
    pub func: u32,
    /// Word, counted from the function's first.
    pub pc: u32,
}

impl Program {
    /// Checks the image and links it for a dispatch mode.
    ///
    /// # Errors
    /// [`CheckError`]: the first rule that the image breaks, or no memory.
    pub fn load(bytes: Vec<u8>, host: &dyn check::Host, limits: &Limits, mode: Mode) -> Result<Program, CheckError> {
        let mut linker = Linker {
            cells: Vec::new(),
            funcs: Vec::new(),
            arms: Vec::new(),
            pool: Vec::new(),
            starts: Vec::new(),
            imported_funcs: 0,
            header: 0,
            mode,
        };
        let checked: Checked<'_> = check::check(&bytes, host, limits, &mut linker)?;
        let _ = checked.image();
        linker.finish().map_err(|OutOfMemory| CheckError::out_of_memory())?;
        let Linker { cells, mut funcs, arms, pool, starts, imported_funcs, .. } = linker;
        for (func, start) in funcs.iter_mut().skip(imported_funcs as usize).zip(starts) {
            func.entry = cells.get(start).map_or(ptr::null(), ptr::from_ref);
        }
        Ok(Program { bytes, cells, funcs, arms, pool, imported_funcs, mode })
    }

    /// The image that the program was linked from.
    pub fn image(&self) -> Option<Image<'_>> {
        // The bytes have passed once and are private.
        Image::parse(&self.bytes).ok()
    }

    /// The mode it was linked for.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Number of functions, imports included.
    pub fn func_count(&self) -> u32 {
        self.funcs.len() as u32 // CAST: sections are shorter than 2^32 records
    }

    /// Bytes of executable form: cells, branch tables, constants, function records.
    pub fn linked_bytes(&self) -> usize {
        size_of_val(&*self.cells)
            .wrapping_add(size_of_val(&*self.arms))
            .wrapping_add(size_of_val(&*self.pool))
            .wrapping_add(size_of_val(&*self.funcs))
    }

    pub(crate) fn imported_funcs(&self) -> u32 {
        self.imported_funcs
    }

    pub(crate) fn entries(&self) -> &[FuncEntry] {
        &self.funcs
    }

    pub(crate) fn pool(&self) -> *const u64 {
        self.pool.as_ptr()
    }

    pub(crate) fn arms(&self) -> *const u64 {
        self.arms.as_ptr()
    }

    #[cfg(feature = "profile")]
    pub(crate) fn first_cell(&self) -> *const Cell {
        self.cells.as_ptr()
    }

    /// The cell that ends an activation.
    pub(crate) fn halt(&self) -> *const Cell {
        self.cells.last().map_or(ptr::null(), ptr::from_ref)
    }

    /// Function and word of a cell address; `None` for the halt cell and for foreign addresses.
    pub(crate) fn place(&self, ip: *const Cell) -> Option<Place> {
        let start = self.cells.as_ptr() as usize;
        let cell = (ip as usize).checked_sub(start)?.checked_div(size_of::<Cell>())?;
        if cell >= self.cells.len().checked_sub(1)? {
            return None;
        }
        let defined = self.funcs.get(self.imported_funcs as usize..)?;
        let after = defined.partition_point(|f| (f.entry as usize) <= ip as usize);
        let func = after.checked_sub(1)?;
        let entry = (defined.get(func)?.entry as usize).checked_sub(start)?.checked_div(size_of::<Cell>())?;
        Some(Place {
            func: self.imported_funcs.checked_add(u32::try_from(func).ok()?)?,
            pc: u32::try_from(cell.checked_sub(entry)?).ok()?,
        })
    }

    /// Word of the image's CODE section at a place.
    pub fn word(&self, place: Place) -> Option<u32> {
        let func = self.image()?.funcs().get(place.func.checked_sub(self.imported_funcs)?)?;
        func.code.checked_add(place.pc)
    }
}

/// The checker's sink.
struct Linker {
    cells: Vec<Cell>,
    funcs: Vec<FuncEntry>,
    arms: Vec<u64>,
    pool: Vec<u64>,
    /// First cell of each function defined here.
    starts: Vec<usize>,
    imported_funcs: u32,
    /// Header slot of the current function.
    header: u16,
    mode: Mode,
}

impl Linker {
    /// Logical to physical slot: two header slots stand at `header`.
    fn physical(&self, slot: u32) -> u32 {
        if slot >= u32::from(self.header) { slot.wrapping_add(2) } else { slot }
    }

    /// Adds the halt cell.
    fn finish(&mut self) -> Result<(), OutOfMemory> {
        fallible::push(&mut self.cells, Cell { handler: self.mode.handler(None), a: 0, x: 0, bc: 0 })
    }
}

impl Sink for Linker {
    fn begin(&mut self, image: &Image<'_>) -> Result<(), OutOfMemory> {
        let reserve = |n: u32| n as usize;
        // One more cell for the halt.
        let cells = reserve(image.code().len()).checked_add(1).ok_or(OutOfMemory)?;
        self.cells.try_reserve_exact(cells).map_err(|_| OutOfMemory)?;
        self.arms.try_reserve_exact(reserve(image.brtabs().len())).map_err(|_| OutOfMemory)?;
        self.pool.try_reserve_exact(reserve(image.pool().len())).map_err(|_| OutOfMemory)?;
        self.starts.try_reserve_exact(reserve(image.funcs().len())).map_err(|_| OutOfMemory)?;
        for constant in image.pool().iter() {
            fallible::push(&mut self.pool, constant.value)?;
        }
        let sigs = image.sigs();
        for import in image.imports().iter().filter(|i| i.kind == KIND_FUNC) {
            let header = sigs.get(import.desc).map_or(0, |s| s.params.max(s.results));
            let entry = FuncEntry { entry: ptr::null(), ref_sig: import.desc, depth: 0, header, credit: 0 };
            fallible::push(&mut self.funcs, entry)?;
            self.imported_funcs = self.imported_funcs.wrapping_add(1);
        }
        Ok(())
    }

    fn func(&mut self, _index: u32, func: &Func, sig: &Sig) -> Result<(), OutOfMemory> {
        self.header = sig.params.max(sig.results);
        fallible::push(&mut self.starts, self.cells.len())?;
        let entry = FuncEntry {
            entry: ptr::null(),
            ref_sig: if func.flags & FUNC_REF != 0 { func.sig } else { NO_INDEX },
            depth: func.depth,
            header: self.header,
            credit: func.credit,
        };
        fallible::push(&mut self.funcs, entry)
    }

    fn op(&mut self, step: &Step) -> Result<(), OutOfMemory> {
        let row = step.op.row();
        let mut words: Words = step.words;
        // CAST: branch distances stay within the image, whose sections are shorter than 2^32 bytes.
        let distance = step.delta.wrapping_mul(CELL_UNITS) as u32;
        for field in row.fields {
            let value = words.get(field.at);
            let linked = match field.kind {
                Kind::Dst | Kind::Src | Kind::SrcDst | Kind::CallBase | Kind::Window(_) => self.physical(value),
                Kind::Leader16 | Kind::Leader32 => distance,
                Kind::Func => value.wrapping_add(self.imported_funcs),
                _ => continue,
            };
            words.set(field.at, linked);
        }
        let x = if row.effects.contains(Effects::RET) { self.header } else { step.charge };
        let first = Cell {
            handler: self.mode.handler(Some(step.op)),
            a: words.get(At::A) as u16, // CAST: 16-bit places
            x,
            bc: words.get(At::Bc),
        };
        fallible::push(&mut self.cells, first)?;
        if row.words == 2 {
            let second = Cell { handler: 0, a: words.get(At::D) as u16, x, bc: words.get(At::Ef) };
            fallible::push(&mut self.cells, second)?;
        }
        Ok(())
    }

    fn table(&mut self, len: u32) -> Result<(), OutOfMemory> {
        fallible::push(&mut self.arms, u64::from(len).wrapping_sub(1))
    }

    fn arm(&mut self, delta: i32, charge: u16) -> Result<(), OutOfMemory> {
        // CAST: the distance's bits in the low half.
        let distance = u64::from(delta.wrapping_mul(CELL_UNITS) as u32);
        fallible::push(&mut self.arms, distance | u64::from(charge) << 32)
    }

    fn poll(&mut self) -> bool {
        false
    }
}
