//! Checked image to executable form: 16-byte cells in the engine's private copy.
//!
//! The checker drives [`Linker`] as its sink, so nothing is linked that was not checked, and the
//! image is read once. Each word becomes one cell, so distances in words are distances in cells.

use crate::{
    check::{self, CheckError, Checked, Limits, Sink, Step},
    code::Code,
    dispatch::{Form, Mode},
    exec::{CELL_UNITS, Cell, FuncEntry},
    fallible::OutOfMemory,
    image::{FLAG_FLOAT, FUNC_REF, Frame, Func, Image, KIND_FUNC, NO_INDEX, SectionKind, Sig},
    isa::{At, Effects, Kind},
    platform::{NATIVE, Platform},
};
use alloc::vec::Vec;
use core::ptr;

#[cfg(feature = "text")]
mod parts;
#[cfg(feature = "text")]
pub use parts::Part;

/// A program ready to be instantiated: immutable, shared by all its instances.
#[derive(Debug)]
pub struct Program {
    bytes: Vec<u8>,
    /// Of `bytes`.
    frame: Frame,
    code: Code,
    imported_funcs: u32,
    form: Form,
}

// SAFETY: nothing is written after `load`; the pointers in the function records point to cells of the same block.
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
    /// Checks the image and links it for a dispatch mode, or for more than that: [`Form`].
    ///
    /// # Errors
    /// [`CheckError`]: the first rule that the image breaks, or no memory.
    pub fn load(
        bytes: Vec<u8>,
        host: &dyn check::Host,
        limits: &Limits,
        form: impl Into<Form>,
    ) -> Result<Program, CheckError> {
        Self::load_on(bytes, host, limits, form.into(), &NATIVE)
    }

    /// As [`Program::load`], with code in the platform's pages, and polled by it.
    ///
    /// # Errors
    /// As [`Program::load`], and [`check::Code::Cancelled`] if the platform wants the work given up.
    pub fn load_on(
        bytes: Vec<u8>,
        host: &dyn check::Host,
        limits: &Limits,
        form: Form,
        platform: &'static dyn Platform,
    ) -> Result<Program, CheckError> {
        let mut linker = Linker::new(platform, form);
        let checked: Checked<'_> = check::check(&bytes, host, limits, &mut linker)?;
        let frame = checked.frame();
        let imported_funcs = linker.cells.imported_funcs;
        let code = linker.finish().map_err(|OutOfMemory| CheckError::out_of_memory())?;
        Ok(Program { bytes, frame, code, imported_funcs, form })
    }

    /// The image that the program was linked from.
    pub fn image(&self) -> Image<'_> {
        self.frame.image(&self.bytes)
    }

    /// Signature of a function, imports included.
    pub fn sig(&self, func: u32) -> Option<Sig> {
        let sig = match func.checked_sub(self.imported_funcs) {
            Some(defined) => self.frame.records::<Func>(&self.bytes, SectionKind::Func).get(defined)?.sig,
            // Those of imports are always noted.
            None => self.entries().get(func as usize)?.ref_sig,
        };
        self.frame.records::<Sig>(&self.bytes, SectionKind::Sig).get(sig)
    }

    /// The mode it was linked for.
    pub fn mode(&self) -> Mode {
        self.form.mode
    }

    /// The form it was linked in.
    pub fn form(&self) -> Form {
        self.form
    }

    /// Whether runs of it use SSE registers by instructions that the compiler does not know of, so that the caller must
    /// own them: in the kernel, inside of an FPU section.
    pub fn needs_fpu(&self) -> bool {
        self.form.sse && self.image().header.flags & FLAG_FLOAT != 0
    }

    /// Number of functions, imports included.
    pub fn func_count(&self) -> u32 {
        self.entries().len() as u32 // CAST: sections are shorter than 2^32 records
    }

    /// Bytes of executable form: cells, branch tables, constants, function records.
    pub fn linked_bytes(&self) -> usize {
        self.code.bytes()
    }

    pub(crate) fn imported_funcs(&self) -> u32 {
        self.imported_funcs
    }

    pub(crate) fn entries(&self) -> &[FuncEntry] {
        self.code.slice(&self.code.funcs)
    }

    pub(crate) fn pool(&self) -> *const u64 {
        self.code.slice(&self.code.pool).as_ptr()
    }

    pub(crate) fn arms(&self) -> *const u64 {
        self.code.slice(&self.code.arms).as_ptr()
    }

    /// The executable form: what no guest and nobody else must write to.
    pub fn cells(&self) -> *const u8 {
        self.code.slice(&self.code.cells).as_ptr().cast()
    }

    /// The cell that ends an activation.
    pub(crate) fn halt(&self) -> *const Cell {
        self.code.slice(&self.code.cells).last().map_or(ptr::null(), ptr::from_ref)
    }

    /// Function and word of a cell address; `None` for the halt cell and for foreign addresses.
    pub(crate) fn place(&self, ip: *const Cell) -> Option<Place> {
        let cells = self.code.slice(&self.code.cells);
        let start = cells.as_ptr() as usize;
        let cell = (ip as usize).checked_sub(start)?.checked_div(size_of::<Cell>())?;
        if cell >= cells.len().checked_sub(1)? {
            return None;
        }
        let defined = self.entries().get(self.imported_funcs as usize..)?;
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
        let func = self.image().funcs().get(place.func.checked_sub(self.imported_funcs)?)?;
        func.code.checked_add(place.pc)
    }
}

/// Kinds of fields, besides slots, that mean something else in a cell.
const NAMES: u32 = Kind::bits(&[Kind::Leader16, Kind::Leader32, Kind::Func]);

/// From checked ops to cells.
#[derive(Clone, Copy)]
struct Cells {
    imported_funcs: u32,
    /// Header slot of the current function.
    header: u16,
    form: Form,
}

impl Cells {
    /// A function follows, whose first cell stands there; its record.
    fn func(&mut self, entry: *const Cell, func: &Func, sig: &Sig) -> FuncEntry {
        self.header = sig.params.max(sig.results);
        FuncEntry {
            entry,
            ref_sig: if func.flags & FUNC_REF != 0 { func.sig } else { NO_INDEX },
            depth: func.depth,
            header: self.header,
            credit: func.credit,
        }
    }

    /// The cells of an op, one for each word.
    #[inline(always)]
    fn op(&self, step: &Step) -> (Cell, Option<Cell>) {
        let (row, mut words) = (step.row, step.words);
        // Logical to physical slots: two header slots stand at `header`, so 2 is added to those from there on; a mark is
        // bit 15. What was checked is below `MAX_FRAME`, so that the sum stays in its lane.
        let moved = words.at_least(row.slots, self.header);
        words.first = words.first.wrapping_add(moved.first >> 14);
        words.ext = words.ext.wrapping_add(moved.ext >> 14);
        if row.kinds & NAMES != 0 {
            // CAST: branch distances stay within the image, whose sections are shorter than 2^32 bytes.
            let distance = step.delta.wrapping_mul(CELL_UNITS) as u32;
            for field in row.fields {
                match field.kind {
                    Kind::Leader16 | Kind::Leader32 => words.set(field.at, distance),
                    Kind::Func => words.set(field.at, words.get(field.at).wrapping_add(self.imported_funcs)),
                    _ => {}
                }
            }
        }
        let x = if row.effects.contains(Effects::RET) { self.header } else { step.charge };
        let first = Cell {
            handler: self.form.handler(Some(step.op)),
            a: words.get(At::A) as u16, // CAST: 16-bit places
            x,
            bc: words.get(At::Bc),
        };
        let second = Cell { handler: 0, a: words.get(At::D) as u16, x, bc: words.get(At::Ef) };
        (first, (row.words == 2).then_some(second))
    }

    /// The record of a branch table with so many arms.
    fn table(len: u32) -> u64 {
        u64::from(len).wrapping_sub(1)
    }

    /// The record of an arm.
    fn arm(delta: i32, charge: u16) -> u64 {
        // CAST: the distance's bits in the low half.
        let distance = u64::from(delta.wrapping_mul(CELL_UNITS) as u32);
        distance | u64::from(charge) << 32
    }
}

/// The checker's sink.
struct Linker {
    platform: &'static dyn Platform,
    /// Made when its size is known.
    code: Option<Code>,
    cells: Cells,
}

impl Linker {
    fn new(platform: &'static dyn Platform, form: Form) -> Self {
        Linker { platform, code: None, cells: Cells { imported_funcs: 0, header: 0, form } }
    }

    /// The block; the checker calls `begin` first.
    fn code(&mut self) -> Result<&mut Code, OutOfMemory> {
        self.code.as_mut().ok_or(OutOfMemory)
    }

    /// Adds the halt cell; nothing is written after that.
    fn finish(mut self) -> Result<Code, OutOfMemory> {
        let halt = Cell { handler: self.cells.form.handler(None), a: 0, x: 0, bc: 0 };
        self.cell(halt)?;
        let mut code = self.code.ok_or(OutOfMemory)?;
        code.seal();
        Ok(code)
    }

    fn cell(&mut self, cell: Cell) -> Result<(), OutOfMemory> {
        self.code()?.push(|code| &mut code.cells, cell)
    }
}

impl Sink for Linker {
    fn begin(&mut self, image: &Image<'_>) -> Result<(), OutOfMemory> {
        let imports = || image.imports().iter().filter(|i| i.kind == KIND_FUNC);
        let funcs = imports().count().checked_add(image.funcs().len() as usize).ok_or(OutOfMemory)?;
        // One more cell for the halt.
        let cells = (image.code().len() as usize).checked_add(1).ok_or(OutOfMemory)?;
        let (arms, pool) = (image.brtabs().len() as usize, image.pool().len() as usize);
        let mut code = Code::new(self.platform, funcs, arms, pool, cells)?;
        for constant in image.pool().iter() {
            code.push(|code| &mut code.pool, constant.value)?;
        }
        let sigs = image.sigs();
        for import in imports() {
            let header = sigs.get(import.desc).map_or(0, |s| s.params.max(s.results));
            let entry = FuncEntry { entry: ptr::null(), ref_sig: import.desc, depth: 0, header, credit: 0 };
            code.push(|code| &mut code.funcs, entry)?;
            self.cells.imported_funcs = self.cells.imported_funcs.wrapping_add(1);
        }
        self.code = Some(code);
        Ok(())
    }

    fn func(&mut self, _index: u32, func: &Func, sig: &Sig) -> Result<(), OutOfMemory> {
        let code = self.code.as_mut().ok_or(OutOfMemory)?;
        // The next cell that is pushed.
        let entry = code.address(&code.cells, code.slice(&code.cells).len()).ok_or(OutOfMemory)?;
        let entry = self.cells.func(entry, func, sig);
        code.push(|code| &mut code.funcs, entry)
    }

    #[inline(always)]
    fn op(&mut self, step: &Step) -> Result<(), OutOfMemory> {
        let (first, second) = self.cells.op(step);
        self.cell(first)?;
        second.map_or(Ok(()), |second| self.cell(second))
    }

    fn table(&mut self, len: u32) -> Result<(), OutOfMemory> {
        self.code()?.push(|code| &mut code.arms, Cells::table(len))
    }

    fn arm(&mut self, delta: i32, charge: u16) -> Result<(), OutOfMemory> {
        self.code()?.push(|code| &mut code.arms, Cells::arm(delta, charge))
    }

    fn poll(&mut self) -> bool {
        self.platform.poll()
    }
}
