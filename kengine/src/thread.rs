//! Runs of guests: a value stack, and the loop around the dispatch loop.
//!
//! A thread runs one call from the host to its end, in slices: [`Thread::run`] comes back when the
//! guest is done, out of fuel for this slice, waiting, trapped or stopped, and can be called again
//! after `Yield` and `Block`. Guest calls never recurse on the native stack. Calls into other
//! instances and host functions, and rare operations, leave the dispatch loop and are done here.
//!
//! A value stack begins with what the called function is certified to need, which for a program without run-time-checked
//! calls is all it will ever need. A checked call that does not fit leaves the loop, and the stack is made larger
//! until it does or the limit is reached: frames move, and the pointers in their headers with them.

mod outward;

use crate::{
    exec::{Cell, Ctx, Exit, ExitKind, Regs, generated::*, mem::BULK_BYTES_PER_FUEL},
    fallible::{self, OutOfMemory},
    host::{Host, Wait},
    isa::Effects,
    link::{Place, Program},
    op::Op,
    store::{FuncAddr, InstanceId, PIECE, Store},
    trap::TrapCode,
};
use alloc::vec::Vec;
use core::{
    ops::Deref,
    ptr,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

/// Activations that one thread may nest: calls from instance to instance.
const MAX_ACTIVATIONS: usize = 200;
/// Slots by which a value stack grows at least.
const GROWTH: usize = 256;

/// The words of a run that other processors touch.
#[derive(Debug, Default)]
pub struct Control {
    limit: AtomicU64,
    stop: AtomicBool,
}

impl Control {
    /// Stops the run at its next poll, from any processor. A stop is never lost: the runner sets
    /// `limit` first and looks at `stop` after.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
        self.limit.store(0, Ordering::SeqCst);
    }

    /// Whether the run was asked to stop.
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
}

/// How a slice ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Run {
    /// The call returned; see [`Thread::results`].
    Done,
    /// Out of fuel for this slice; run again.
    Yield,
    /// Waiting; run again when the wait is over.
    Block(Wait),
    /// Ended by a trap; see [`Thread::backtrace`].
    Trap(TrapCode),
    /// Ended by [`Control::stop`].
    Stopped,
}

/// A frame of a backtrace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame {
    /// Instance that the function belongs to.
    pub instance: InstanceId,
    /// Function and word; for callers, the word after the call.
    pub place: Place,
}

/// A stretch of frames of one instance.
#[derive(Clone, Copy, Debug)]
struct Activation {
    instance: usize,
    /// Where to go on when the activation above has ended.
    ip: *const Cell,
    fp: *mut u64,
    /// Slot 0 of the first frame: its arguments and results.
    window: *mut u64,
    results: u16,
}

/// See the module. `C` is a shared pointer to the [`Control`].
#[derive(Debug)]
pub struct Thread<C> {
    control: C,
    stack: Vec<u64>,
    /// Slots that the stack may grow to.
    max_slots: usize,
    activations: Vec<Activation>,
    ctx: Ctx,
    budget: u64,
    results: usize,
}

// SAFETY: the pointers lead into the thread's own stack, into programs that the store keeps, and to
// the control block that `control` keeps; all are used only with `&mut Store` in hand.
unsafe impl<C: Send> Send for Thread<C> {}

impl<C: Deref<Target = Control>> Thread<C> {
    /// A thread with a value stack of up to `stack_slots` 64-bit slots and `budget` units of fuel in all.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub fn new(control: C, stack_slots: u32, budget: u64) -> Result<Self, OutOfMemory> {
        let activations = Vec::new();
        let ctx = Ctx {
            used: 0,
            limit: ptr::null(),
            funcs: ptr::null(),
            globals: ptr::null_mut(),
            pool: ptr::null(),
            arms: ptr::null(),
            stack_end: ptr::null_mut(),
            tables: ptr::null(),
            ref_base: 0,
            func_count: 0,
            bulk: false,
            exit: Exit::DONE,
            ip: ptr::null(),
            fp: ptr::null_mut(),
            acc: 0,
            mem: ptr::null_mut(),
            mem_len: 0,
            imports: ptr::null(),
            call_host: outward::no_host,
            host: ptr::null_mut(),
            wait: None,
        };
        Ok(Thread { control, stack: Vec::new(), max_slots: stack_slots as usize, activations, ctx, budget, results: 0 })
    }

    /// Fuel used so far, over all calls.
    pub fn used(&self) -> u64 {
        self.ctx.used
    }

    /// Replaces the fuel budget.
    pub fn set_budget(&mut self, budget: u64) {
        self.budget = budget;
    }

    /// The control block.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// Readies a call of a function with these arguments, one slot each; a call under way is
    /// forgotten. [`Thread::run`] then runs it.
    ///
    /// # Errors
    /// The stack may not be as large as the function needs, there is no memory for it, or the function or arguments
    /// do not exist as said ([`TrapCode::Host`]).
    pub fn start<P: Deref<Target = Program>>(
        &mut self,
        store: &Store<P>,
        instance: InstanceId,
        func: u32,
        args: &[u64],
    ) -> Result<(), TrapCode> {
        self.activations.clear();
        self.ctx.bulk = false;
        self.ctx.acc = 0;
        self.ctx.wait = None;
        let sig = store.program(instance).and_then(|p| p.sig(func)).ok_or(TrapCode::Host)?;
        if args.len() != usize::from(sig.params) {
            return Err(TrapCode::Host);
        }
        let results = usize::from(sig.results);
        let FuncAddr::Wasm(instance, func) = store.func(instance, func).ok_or(TrapCode::Host)? else {
            return Err(TrapCode::Host);
        };
        let depth =
            store.program(instance).and_then(|p| p.entries().get(func as usize)).map_or(0, |f| f.depth as usize);
        let needed = depth.max(args.len()).max(results);
        if needed > self.max_slots {
            return Err(TrapCode::StackOverflow);
        }
        if self.stack.len() < needed {
            self.stack = Vec::new();
            self.stack = fallible::filled(needed, 0).map_err(|OutOfMemory| TrapCode::OutOfMemory)?;
        }
        for (slot, arg) in self.stack.iter_mut().zip(args) {
            *slot = *arg;
        }
        self.results = results;
        let window = self.stack.as_mut_ptr();
        self.enter(store, instance, func, window)
    }

    /// Pushes an activation for a call whose arguments stand at `window`.
    fn enter<P: Deref<Target = Program>>(
        &mut self,
        store: &Store<P>,
        instance: InstanceId,
        func: u32,
        window: *mut u64,
    ) -> Result<(), TrapCode> {
        let program = store.program(instance).ok_or(TrapCode::Host)?;
        let entry = program.entries().get(func as usize).ok_or(TrapCode::Host)?;
        let sig = program.sig(func).ok_or(TrapCode::Host)?;
        let base = (window as usize).wrapping_sub(self.stack.as_ptr() as usize) / 8;
        let needed = base.checked_add(entry.depth as usize).ok_or(TrapCode::StackOverflow)?;
        if self.activations.len() >= MAX_ACTIVATIONS {
            return Err(TrapCode::StackOverflow);
        }
        while needed > self.stack.len() {
            if !self.make_room(store).map_err(|OutOfMemory| TrapCode::OutOfMemory)? {
                return Err(TrapCode::StackOverflow);
            }
        }
        // SAFETY: V1: the window is inside of the stack, wherever that is now.
        let window = unsafe { self.stack.as_mut_ptr().add(base) };
        // SAFETY: V4: the header lies in the callee's frame, and `depth` slots from `window` on are
        // inside the stack; depth >= frame + 2 by R4.
        unsafe {
            let header = window.add(usize::from(entry.header));
            *header = program.halt() as u64;
            *header.add(1) = 0;
        }
        self.ctx.ip = entry.entry;
        self.ctx.fp = window;
        self.ctx.used = self.ctx.used.wrapping_add(u64::from(entry.credit));
        let activation =
            Activation { instance: instance.0, ip: ptr::null(), fp: ptr::null_mut(), window, results: sig.results };
        fallible::push(&mut self.activations, activation).map_err(|OutOfMemory| TrapCode::OutOfMemory)
    }

    /// Makes room for a call that did not fit, by moving the stack to a larger place; `false` if it is as large as
    /// it may be. The thread stands on the call.
    fn make_room<P: Deref<Target = Program>>(&mut self, store: &Store<P>) -> Result<bool, OutOfMemory> {
        let old = self.stack.len();
        let len = old.saturating_mul(2).max(old.saturating_add(GROWTH)).min(self.max_slots);
        if len <= old {
            return Ok(false);
        }
        let mut stack: Vec<u64> = fallible::filled(len, 0)?;
        for (to, from) in stack.iter_mut().zip(&self.stack) {
            *to = *from;
        }
        let (from, to) = (self.stack.as_ptr() as usize, stack.as_mut_ptr());
        let moved = |pointer: *mut u64| {
            if pointer.is_null() {
                return pointer;
            }
            // SAFETY: V4: it pointed into the old stack, and the new one is larger.
            unsafe { to.byte_add((pointer as usize).wrapping_sub(from)) }
        };
        // From the innermost frame out, as in a backtrace.
        let (mut ip, mut fp) = (self.ctx.ip, moved(self.ctx.fp));
        for activation in self.activations.iter_mut().rev() {
            if !activation.ip.is_null() {
                activation.fp = moved(activation.fp);
                (ip, fp) = (activation.ip, activation.fp);
            }
            activation.window = moved(activation.window);
            let Some(program) = store.program(InstanceId(activation.instance)) else { break };
            while let Some(entry) = program.place(ip).and_then(|place| program.entries().get(place.func as usize)) {
                // SAFETY: V4: `fp` is a frame of that function, in the new stack; its header stands at `header`.
                unsafe {
                    let header = fp.add(usize::from(entry.header));
                    ip = *header as *const Cell;
                    fp = moved(*header.add(1) as *mut u64);
                    *header.add(1) = fp as u64;
                }
            }
        }
        self.ctx.fp = moved(self.ctx.fp);
        self.stack = stack;
        Ok(true)
    }

    /// Runs for about `slice` units of fuel (at least to the next poll).
    pub fn run<P: Deref<Target = Program>, H: Host>(&mut self, store: &mut Store<P>, host: &mut H, slice: u64) -> Run {
        let slice_end = self.ctx.used.saturating_add(slice);
        loop {
            self.control.limit.store(self.budget.min(slice_end), Ordering::SeqCst);
            if self.control.stopped() {
                return Run::Stopped;
            }
            if self.ctx.used > self.budget {
                return Run::Trap(TrapCode::OutOfFuel);
            }
            if self.ctx.used > slice_end {
                return Run::Yield;
            }
            let Some(mode) = self.bind(store) else { return Run::Done };
            (self.ctx.call_host, self.ctx.host) = (outward::call_host::<H>, ptr::from_mut(host).cast());
            // SAFETY: V1-V6: `bind` has set the context up for the running instance, and host functions, which see no
            // more than values and the bytes of a memory, change nothing of that.
            unsafe { mode.enter(&mut self.ctx) };
            match self.ctx.exit.kind() {
                ExitKind::Done => {
                    if !self.pop() {
                        return Run::Done;
                    }
                }
                // The head of the loop finds out whether slice, budget or a stop is behind it; a
                // bulk operation also yields between pieces.
                ExitKind::Yield => {
                    if let Some(wait) = self.ctx.wait.take() {
                        return Run::Block(wait);
                    }
                    if self.ctx.bulk && self.ctx.used <= self.budget && !self.control.stopped() {
                        return Run::Yield;
                    }
                }
                ExitKind::Trap(TrapCode::StackOverflow) => {
                    host.leave();
                    let room = self.make_room(store);
                    host.enter();
                    match room {
                        // The call is tried again.
                        Ok(true) => {}
                        Ok(false) => return Run::Trap(TrapCode::StackOverflow),
                        Err(OutOfMemory) => return Run::Trap(TrapCode::OutOfMemory),
                    }
                }
                ExitKind::Trap(code) => return Run::Trap(code),
                ExitKind::Slow(op) => {
                    host.leave();
                    let done = match op {
                        Op::CallImport | Op::CallIndirect | Op::CallxIndirect | Op::CallxIndirectT => {
                            self.call_out(op, store, host)
                        }
                        _ => self.slow(op, store),
                    };
                    host.enter();
                    match done {
                        // Growing takes long for its fuel where it fails late: the host is to look at the time.
                        Ok(()) if self.ctx.bulk || op.row().effects.contains(Effects::GROWS) => return Run::Yield,
                        Ok(()) => {
                            if let Some(wait) = self.ctx.wait.take() {
                                return Run::Block(wait);
                            }
                        }
                        Err(code) => return Run::Trap(code),
                    }
                }
            }
        }
    }

    /// Sets the context up for the current activation.
    fn bind<P: Deref<Target = Program>>(&mut self, store: &mut Store<P>) -> Option<crate::dispatch::Mode> {
        let id = self.activations.last()?.instance;
        let instance = store.instances.get_mut(id)?;
        for (view, table) in instance.views.iter_mut().zip(&instance.tables) {
            let refs = store.tables.get(*table).map_or(&[][..], |t| t.refs());
            view.refs = refs.as_ptr();
            view.len = refs.len() as u32; // CAST: tables hold fewer than 2^32 elements
        }
        let program: &Program = &instance.program;
        self.ctx.limit = &raw const self.control.limit;
        self.ctx.funcs = program.entries().as_ptr();
        self.ctx.func_count = program.func_count();
        self.ctx.pool = program.pool();
        self.ctx.arms = program.arms();
        self.ctx.ref_base = instance.ref_base;
        self.ctx.globals = instance.globals.as_mut_ptr();
        self.ctx.tables = instance.views.as_ptr();
        self.ctx.stack_end = self.stack.as_mut_ptr_range().end;
        let mode = program.mode();
        self.ctx.imports = instance.imports.as_ptr();
        let memory = instance.memory.and_then(|m| store.memories.get_mut(m));
        (self.ctx.mem, self.ctx.mem_len) = memory.map_or((ptr::dangling_mut(), 0), |m| m.raw());
        Some(mode)
    }

    /// Ends the current activation and goes back to its caller; false if there is none.
    fn pop(&mut self) -> bool {
        let (Some(ended), Some(caller)) = (self.activations.pop(), self.activations.last_mut()) else { return false };
        self.ctx.ip = core::mem::replace(&mut caller.ip, ptr::null());
        self.ctx.fp = caller.fp;
        if ended.results > 0 {
            // SAFETY: V1: the window lies in the caller's frame.
            self.ctx.acc = unsafe { *ended.window };
        }
        true
    }

    /// Results of the call that is done, one slot each.
    pub fn results(&self) -> &[u64] {
        self.stack.get(..self.results).unwrap_or(&[])
    }

    /// Frames from the innermost out. Meant for a thread that has trapped, yielded or been stopped.
    pub fn backtrace<P: Deref<Target = Program>>(&self, store: &Store<P>, mut visit: impl FnMut(Frame)) {
        let (mut ip, mut fp) = (self.ctx.ip, self.ctx.fp);
        for activation in self.activations.iter().rev() {
            let instance = InstanceId(activation.instance);
            if !activation.ip.is_null() {
                (ip, fp) = (activation.ip, activation.fp);
            }
            let Some(program) = store.program(instance) else { return };
            while let Some(place) = program.place(ip) {
                visit(Frame { instance, place });
                let Some(entry) = program.entries().get(place.func as usize) else { return };
                // SAFETY: V4: `fp` is a frame of that function, whose header stands at `header`.
                unsafe {
                    let header = fp.add(usize::from(entry.header));
                    (ip, fp) = (*header as *const Cell, *header.add(1) as *mut u64);
                }
            }
        }
    }

    /// Does the op at `ip`, which is no call, outside the dispatch loop and steps over it.
    fn slow<P: Deref<Target = Program>>(&mut self, op: Op, store: &mut Store<P>) -> Result<(), TrapCode> {
        let id = self.activations.last().map_or(0, |a| a.instance);
        let mut r =
            Regs { ip: self.ctx.ip, fp: self.ctx.fp, mem: self.ctx.mem, len: self.ctx.mem_len, acc: self.ctx.acc };
        let r = &mut r;
        let words = usize::from(op.row().words);
        // SAFETY: V2: the next op follows this one (no slow op ends a function).
        let next = unsafe { self.ctx.ip.add(words) };
        // SAFETY: V1 and V2 for all accessors below: `ip` stands on a cell of `op`. CAST: operands
        // are cut to the 32 bits that their types have.
        unsafe {
            match op {
                Op::GlobalGetImport => {
                    let index = GlobalGetImportFields::global(r) as usize;
                    let global = store.instances.get(id).and_then(|i| i.imported_globals.get(index));
                    self.ctx.acc = global.map_or(0, |global| store.global(*global));
                    GlobalGetImportFields::set_dst(r, self.ctx.acc);
                }
                Op::GlobalSetImport => {
                    let index = GlobalSetImportFields::global(r) as usize;
                    let global = store.instances.get(id).and_then(|i| i.imported_globals.get(index));
                    if let Some(global) = global.copied() {
                        store.set_global(global, GlobalSetImportFields::src(r));
                    }
                }
                Op::MemoryGrow => {
                    let pages = MemoryGrowFields::pages(r) as u32;
                    let old = store.memory_mut(id).and_then(|memory| memory.grow(pages));
                    if old.is_some() {
                        self.charge(u64::from(pages) * (crate::memory::PAGE as u64 / BULK_BYTES_PER_FUEL));
                    }
                    MemoryGrowFields::set_dst(r, u64::from(old.unwrap_or(u32::MAX)));
                }
                Op::MemoryInit => {
                    let (args, data) = (MemoryInitFields::args(r), MemoryInitFields::data(r).into());
                    let [dst, src, len] = window(r, args);
                    store.memory_init(id, dst, (data, src), len, PIECE)?;
                    if self.piece_done(r, args, BULK_BYTES_PER_FUEL, Moves::Both) {
                        return Ok(());
                    }
                }
                Op::DataDrop => store.data_drop(id, u32::from(DataDropFields::data(r))),
                Op::TableGet => {
                    let table = store.table_mut(id, u32::from(TableGetFields::table(r)));
                    let index = TableGetFields::index(r) as u32;
                    let reference = table.and_then(|t| t.slot(index).copied());
                    TableGetFields::set_dst(r, u64::from(reference.ok_or(TrapCode::TableOutOfBounds)?));
                }
                Op::TableSet => {
                    let table = store.table_mut(id, u32::from(TableSetFields::table(r)));
                    let index = TableSetFields::index(r) as u32;
                    let slot = table.and_then(|t| t.slot(index));
                    *slot.ok_or(TrapCode::TableOutOfBounds)? = TableSetFields::value(r) as u32;
                }
                Op::TableSize => {
                    let table = store.table_mut(id, u32::from(TableSizeFields::table(r)));
                    TableSizeFields::set_dst(r, table.map_or(0, |t| u64::from(t.len())));
                }
                Op::TableGrow => {
                    let (value, count) = (TableGrowFields::value(r) as u32, TableGrowFields::count(r) as u32);
                    let old = store.table_grow(id, u32::from(TableGrowFields::table(r)), count, value);
                    if old.is_some() {
                        self.charge(u64::from(count) / ELEMS_PER_FUEL);
                    }
                    TableGrowFields::set_dst(r, u64::from(old.unwrap_or(u32::MAX)));
                }
                Op::TableFill => {
                    let args = TableFillFields::args(r);
                    let [at, value, len] = window(r, args);
                    let table = store.table_mut(id, u32::from(TableFillFields::table(r)));
                    let end = (at as usize).checked_add(len as usize).ok_or(TrapCode::TableOutOfBounds)?;
                    let range = table.and_then(|t| t.refs_mut().get_mut(at as usize..end));
                    let range = range.ok_or(TrapCode::TableOutOfBounds)?;
                    range.iter_mut().take(PIECE as usize).for_each(|slot| *slot = value);
                    if self.piece_done(r, args, ELEMS_PER_FUEL, Moves::Dst) {
                        return Ok(());
                    }
                }
                Op::TableCopy => {
                    let args = TableCopyFields::args(r);
                    let [dst, src, len] = window(r, args);
                    let (to, from) = (TableCopyFields::dst_table(r), TableCopyFields::src_table(r));
                    table_copy(store, id, (u32::from(to), dst), (u32::from(from), src), len)?;
                    let moves = if dst > src { Moves::Neither } else { Moves::Both };
                    if self.piece_done(r, args, ELEMS_PER_FUEL, moves) {
                        return Ok(());
                    }
                }
                Op::TableInit => {
                    let args = TableInitFields::args(r);
                    let [dst, src, len] = window(r, args);
                    let (table, elem) = (TableInitFields::table(r).into(), TableInitFields::elem(r).into());
                    store.table_init(id, (table, dst), (elem, src), len, PIECE)?;
                    if self.piece_done(r, args, ELEMS_PER_FUEL, Moves::Both) {
                        return Ok(());
                    }
                }
                Op::ElemDrop => store.elem_drop(id, u32::from(ElemDropFields::elem(r))),
                // No other body answers `Slow`.
                _ => return Err(TrapCode::Unreachable),
            }
        }
        self.ctx.ip = next;
        Ok(())
    }

    fn charge(&mut self, units: u64) {
        self.ctx.used = self.ctx.used.saturating_add(units);
    }

    /// After a piece of a bulk operation: charges for the whole when it was the first, and brings the window up to
    /// date if there is more, so that the op can simply run again; `true` then. `unit` bytes or elements cost one
    /// unit of fuel.
    ///
    /// # Safety
    /// V1: `args` is the window of the op that `r` stands on.
    unsafe fn piece_done(&mut self, r: &mut Regs, args: u16, unit: u64, moves: Moves) -> bool {
        // SAFETY: V1.
        let [dst, src, len] = unsafe { window(r, args) };
        if !self.ctx.bulk {
            self.charge(u64::from(len).checked_div(unit).unwrap_or(0));
        }
        self.ctx.bulk = len > PIECE;
        if !self.ctx.bulk {
            return false;
        }
        let by = |moves: bool| if moves { PIECE } else { 0 };
        // SAFETY: V1. No overflow: the whole range was inside of memory or table.
        unsafe {
            r.set(args, dst.wrapping_add(by(moves != Moves::Neither)).into());
            r.set(args.wrapping_add(1), src.wrapping_add(by(moves == Moves::Both)).into());
            r.set(args.wrapping_add(2), len.wrapping_sub(PIECE).into());
        }
        true
    }
}

/// Which ends of a bulk operation's window move with a piece.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moves {
    Both,
    Dst,
    /// It works from the end down.
    Neither,
}

/// `table.copy` of `len` elements, each end given as (table, first element): all must be inside, the first [`PIECE`]
/// are copied, or the last if the destination may overlap the source from above.
fn table_copy<P: Deref<Target = Program>>(
    store: &mut Store<P>,
    id: usize,
    dst: (u32, u32),
    src: (u32, u32),
    len: u32,
) -> Result<(), TrapCode> {
    const OUT: TrapCode = TrapCode::TableOutOfBounds;
    let fits = |t: Option<&mut crate::memory::Table>, at: u32| {
        t.is_some_and(|t| at.checked_add(len).is_some_and(|end| end <= t.len()))
    };
    if !fits(store.table_mut(id, dst.0), dst.1) || !fits(store.table_mut(id, src.0), src.1) {
        return Err(OUT);
    }
    for i in 0..len.min(PIECE) {
        let i = if dst.1 > src.1 { len.wrapping_sub(1).wrapping_sub(i) } else { i };
        let from = store.table_mut(id, src.0).and_then(|t| t.slot(src.1.checked_add(i)?).copied());
        let to = store.table_mut(id, dst.0).and_then(|t| t.slot(dst.1.checked_add(i)?));
        *to.ok_or(OUT)? = from.ok_or(OUT)?;
    }
    Ok(())
}

/// Table elements that one fuel unit handles.
const ELEMS_PER_FUEL: u64 = 16;

/// Signature of a function of the host.
pub fn host_sig<H: Host>(index: usize) -> (&'static [u8], &'static [u8]) {
    H::FUNCTIONS.get(index).map_or((&[], &[]), |f| (f.params, f.results))
}

/// The three i32 operands of a window.
///
/// # Safety
/// V1: `base` is the window of the op that `r` stands on.
unsafe fn window(r: &Regs, base: u16) -> [u32; 3] {
    // SAFETY: V1. CAST: i32 operands.
    unsafe { [r.slot(base) as u32, r.slot(base.wrapping_add(1)) as u32, r.slot(base.wrapping_add(2)) as u32] }
}
