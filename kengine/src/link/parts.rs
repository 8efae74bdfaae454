//! Checking and linking in parts, which several threads may take: for user space.
//!
//! Cells and records of a part's functions have their places in the block already, since there is one cell for each word
//! and the tables say where functions stand. Where arms of branch tables stand is only sure when all parts have passed,
//! so these are copied then.

use super::{Cells, Linker, Program};
use crate::{
    OutOfMemory,
    check::{self, CheckError, Limits, Parts, Passed, Sink, Step},
    dispatch::Form,
    exec::{Cell, FuncEntry},
    image::{Func, Image, Sig},
    platform::{NATIVE, Platform},
};
use alloc::vec::Vec;
use core::{mem::MaybeUninit, ops::Range, slice::IterMut};

/// Some functions of an image that is being loaded.
pub struct Part<'a> {
    check: &'a Parts<'a>,
    funcs: Range<u32>,
    sink: PartLinker<'a>,
    /// What came of it; `None` before it is [run](Part::run).
    passed: Option<Result<Passed, CheckError>>,
}

// SAFETY: the pointers of a part are addresses of cells that it writes to function records and does not follow; where it
// writes, nobody else does.
unsafe impl Send for Part<'_> {}

impl Part<'_> {
    /// Checks and links it.
    pub fn run(&mut self) {
        self.passed = Some(self.check.check(self.funcs.clone(), &mut self.sink));
    }
}

impl Program {
    /// As [`Program::load`], in up to so many parts: `run` must run each of them, on whatever threads. Programs and
    /// errors are the same as if done in one go.
    ///
    /// # Errors
    /// As [`Program::load`].
    pub fn load_in_parts(
        bytes: Vec<u8>,
        host: &dyn check::Host,
        limits: &Limits,
        form: impl Into<Form>,
        parts: u32,
        run: impl FnOnce(&mut [Part<'_>]),
    ) -> Result<Program, CheckError> {
        let form = form.into();
        match linked(&bytes, host, limits, form, parts, run) {
            Ok(linked) => {
                let Linked { frame, code, imported_funcs } = linked;
                Ok(Program { bytes, frame, code, imported_funcs, form })
            }
            // For the first rule that it breaks.
            Err(_) => Self::load(bytes, host, limits, form),
        }
    }
}

impl Program {
    /// Whether it has been linked to the same code as `other`, with constants, branch tables and function records.
    pub fn has_code_of(&self, other: &Program) -> bool {
        let cells = |program: &Program| {
            let cells = program.code.slice(&program.code.cells).iter();
            cells.map(|cell| (cell.handler, cell.a, cell.x, cell.bc)).collect::<Vec<_>>()
        };
        let funcs = |program: &Program| {
            let start = program.cells() as usize;
            let funcs = program.entries().iter().map(|func| {
                let FuncEntry { entry, ref_sig, depth, header, credit } = *func;
                let place = (!entry.is_null()).then(|| (entry as usize).wrapping_sub(start));
                (place, ref_sig, depth, header, credit)
            });
            funcs.collect::<Vec<_>>()
        };
        let numbers = |program: &Program| {
            let code = &program.code;
            [&code.arms, &code.pool].map(|part| code.slice(part).to_vec())
        };
        cells(self) == cells(other) && funcs(self) == funcs(other) && numbers(self) == numbers(other)
    }
}

/// A program without its bytes.
struct Linked {
    frame: crate::image::Frame,
    code: crate::code::Code,
    imported_funcs: u32,
}

fn linked(
    bytes: &[u8],
    host: &dyn check::Host,
    limits: &Limits,
    form: Form,
    parts: u32,
    run: impl FnOnce(&mut [Part<'_>]),
) -> Result<Linked, CheckError> {
    let no_memory = |OutOfMemory| CheckError::out_of_memory();
    let check = Parts::new(bytes, host, limits, parts)?;
    let mut linker = Linker::new(&NATIVE, form);
    linker.begin(check.image()).map_err(no_memory)?;
    let cells = linker.cells;
    let mut code = linker.code.take().ok_or(CheckError::out_of_memory())?;
    let start = code.address(&code.cells, 0).ok_or(CheckError::out_of_memory())?;
    let (mut funcs_left, mut cells_left) = code.room().map_err(no_memory)?;
    // The last cell is no function's.
    let mut all = Vec::new();
    let mut word = 0usize;
    for funcs in check.ranges() {
        let count = funcs.end.saturating_sub(funcs.start) as usize; // CAST: u32 fits usize
        let records = check.image().funcs().iter_from(funcs.start).take(count);
        let words = records.fold(0usize, |words, func| words.saturating_add(func.code_len as usize));
        let own_funcs = funcs_left.split_off_mut(..count).ok_or(CheckError::out_of_memory())?;
        let own_cells = cells_left.split_off_mut(..words).ok_or(CheckError::out_of_memory())?;
        let next = start.wrapping_add(word);
        let sink = PartLinker {
            cells,
            next,
            to_funcs: own_funcs.iter_mut(),
            to_cells: own_cells.iter_mut(),
            arms: Vec::new(),
        };
        all.push(Part { check: &check, funcs: funcs.clone(), sink, passed: None });
        word = word.saturating_add(words);
    }
    run(&mut all);
    let mut passed = Vec::new();
    let mut arms = Vec::new();
    for part in all {
        passed.push(part.passed.unwrap_or(Err(CheckError::out_of_memory()))?);
        if part.sink.to_funcs.len() > 0 || part.sink.to_cells.len() > 0 {
            return Err(CheckError::out_of_memory());
        }
        arms.push(part.sink.arms);
    }
    let checked = check.join(passed)?;
    // SAFETY: the parts have all functions between them, and have written each record and each cell.
    unsafe { code.written(check.image().funcs().len() as usize, word) }.map_err(no_memory)?;
    for arm in arms.into_iter().flatten() {
        code.push(|code| &mut code.arms, arm).map_err(no_memory)?;
    }
    linker.code = Some(code);
    let (frame, imported_funcs) = (checked.frame(), cells.imported_funcs);
    Ok(Linked { frame, code: linker.finish().map_err(no_memory)?, imported_funcs })
}

/// The checker's sink for a part.
struct PartLinker<'a> {
    cells: Cells,
    /// Where the next cell will be read.
    next: *const Cell,
    to_funcs: IterMut<'a, MaybeUninit<FuncEntry>>,
    to_cells: IterMut<'a, MaybeUninit<Cell>>,
    arms: Vec<u64>,
}

impl PartLinker<'_> {
    #[inline(always)]
    fn cell(&mut self, cell: Cell) -> Result<(), OutOfMemory> {
        self.to_cells.next().ok_or(OutOfMemory)?.write(cell);
        self.next = self.next.wrapping_add(1);
        Ok(())
    }
}

impl Sink for PartLinker<'_> {
    fn begin(&mut self, _: &Image<'_>) -> Result<(), OutOfMemory> {
        Ok(())
    }

    fn func(&mut self, _index: u32, func: &Func, sig: &Sig) -> Result<(), OutOfMemory> {
        self.to_funcs.next().ok_or(OutOfMemory)?.write(self.cells.func(self.next, func, sig));
        Ok(())
    }

    #[inline(always)]
    fn op(&mut self, step: &Step) -> Result<(), OutOfMemory> {
        let (first, second) = self.cells.op(step);
        self.cell(first)?;
        second.map_or(Ok(()), |second| self.cell(second))
    }

    fn table(&mut self, len: u32) -> Result<(), OutOfMemory> {
        self.arms.push(Cells::table(len));
        Ok(())
    }

    fn arm(&mut self, delta: i32, charge: u16) -> Result<(), OutOfMemory> {
        self.arms.push(Cells::arm(delta, charge));
        Ok(())
    }

    fn poll(&mut self) -> bool {
        NATIVE.poll()
    }
}
