//! The engine as C sees it: the only place where pointers from C come in.
//!
//! A host crate (the kernel's is `kmod/core`) names its [`FfiHost`] and expands [`crate::entry_points!`],
//! which gives the `extern "C"` symbols that `kmod/kengine.h` declares. The layouts of the structs here are
//! asserted on both sides.
//!
//! Who owns what: C keeps programs, guests and control blocks alive and says when they go. A guest points to
//! its program, to its control block and to what its host was given; all three must outlive it. One
//! processor at a time works on a guest; [`control_stop`] may be called from any, at any time.

use crate::{
    Form, Mode, OutOfMemory,
    check::{CheckError, Limits},
    host::{Host, Prototypes},
    link::Program,
    platform::Platform,
    store::{Extern, FuncAddr, InstanceId, InstantiateError, Store, StoreLimits},
    thread::{Control, Run, Thread, host_sig},
    trap::TrapCode,
};
use alloc::{
    alloc::{alloc, dealloc},
    vec::Vec,
};
use core::{alloc::Layout, ffi::c_void, ops::Deref, ptr, slice};

/// Entry points, the first that is exported counts: CommonWA, the first Cervus, WASI, C.
pub const ENTRIES: [&[u8]; 4] = [b"__app_main", b"__cv_main", b"_start", b"main"];

/// A host that can be made for a guest of a C caller.
pub trait FfiHost: Host + Sized {
    /// Where linked code and guests' memories come from.
    const PLATFORM: &'static dyn Platform;

    /// A host for program `id`; `context` is the caller's, `args` its arguments, each ended by a zero byte.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    fn new(id: u32, context: *mut c_void, args: &[u8]) -> Result<Self, OutOfMemory>;
}

/// What a loader allows; see [`Limits`].
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LoadLimits {
    /// Bytes of the image.
    pub max_image_bytes: u64,
    /// Fuel that one run may claim; 0 = no limit.
    pub max_fuel_claim: u64,
    /// Capability bits granted.
    pub granted: u64,
    /// Pages that the memory starts with.
    pub max_pages: u32,
    /// Elements that the tables start with.
    pub max_table_elems: u32,
    /// Slots of a value stack.
    pub max_stack_slots: u32,
    /// 1: dispatch by tail calls; 0: by one indirect branch (real retpolines make tail calls slow).
    pub tail: u32,
    /// 1: floats by SSE2 instructions, and runs of programs that [`program_uses_floats`] inside of an FPU section;
    /// 0: in software.
    pub sse: u32,
    /// 1: addresses of linear memory are masked under speculation, for loaders who are not trusted to read the
    /// kernel's memory; 0: they are not.
    pub mask: u32,
}

/// What the checker said; `code` 0 = accepted. See [`CheckError`].
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Verdict {
    /// [`crate::check::Code`], or 0.
    pub code: u32,
    /// Function, or `u32::MAX`.
    pub func: u32,
    /// Word or record, or `u32::MAX`.
    pub pc: u32,
    /// Operand, or `u32::MAX`.
    pub operand: u32,
    /// What was wanted.
    pub expected: u64,
    /// What was found.
    pub got: u64,
}

/// How a guest is to be made.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct GuestSetup {
    /// The run's control block, made by [`control_init`].
    pub control: *mut c_void,
    /// Given to the host.
    pub context: *mut c_void,
    /// Name of the export to call; with a length of 0 the first of [`ENTRIES`].
    pub entry: *const u8,
    /// The program's arguments, each ended by a zero byte.
    pub args: *const u8,
    /// Values for the entry's parameters.
    pub values: *const u64,
    /// Bytes of `entry`.
    pub entry_len: u32,
    /// Bytes of `args`.
    pub args_len: u32,
    /// Number of `values`.
    pub value_count: u32,
    /// Number of the program.
    pub id: u32,
    /// Fuel of the whole run.
    pub fuel: u64,
    /// Pages that the memory may grow to.
    pub max_pages: u32,
    /// Slots that the value stack may grow to; the image's claim if that is more.
    pub stack_slots: u32,
    /// Elements that all tables together may grow to.
    pub max_table_elems: u32,
    /// Nothing.
    pub pad: u32,
}

/// How a slice ended.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    /// [`STATUS_DONE`] and so on.
    pub status: u32,
    /// [`TrapCode`], or 0.
    pub trap: u32,
    /// Nanoseconds to wait.
    pub wait_ns: u64,
    /// Fuel used by the run so far.
    pub used: u64,
}

/// The entry has returned.
pub const STATUS_DONE: u32 = 0;
/// Run it again.
pub const STATUS_YIELD: u32 = 1;
/// Run it again after the wait.
pub const STATUS_BLOCK: u32 = 2;
/// It has trapped.
pub const STATUS_TRAP: u32 = 3;
/// It was stopped.
pub const STATUS_STOPPED: u32 = 4;

/// Why there is no guest. As numbers for C, which makes error numbers of them.
#[repr(u32)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NewError {
    /// No memory.
    OutOfMemory = 1,
    /// An import is not offered, or has another type.
    Import = 2,
    /// An active segment does not fit.
    Segment = 3,
    /// No such exported function.
    Entry = 4,
    /// The entry takes other parameters.
    Values = 5,
    /// The value stack is too small.
    Stack = 6,
    /// The platform wanted it given up.
    Cancelled = 7,
}

/// Size and alignment of the place that C has for a control block.
pub const CONTROL_LAYOUT: (usize, usize) = (16, 8);

const _: () = {
    assert!(size_of::<Control>() <= CONTROL_LAYOUT.0 && align_of::<Control>() <= CONTROL_LAYOUT.1);
    assert!(size_of::<LoadLimits>() == 48);
    assert!(size_of::<Verdict>() == 32);
    assert!(size_of::<GuestSetup>() == 80);
    assert!(size_of::<Slice>() == 24);
};

/// A program that C keeps alive.
#[derive(Clone, Copy, Debug)]
pub struct ProgramRef(*const Program);

impl Deref for ProgramRef {
    type Target = Program;

    fn deref(&self) -> &Program {
        // SAFETY: `guest_new` demands that the program outlives the guest; nothing writes to it.
        unsafe { &*self.0 }
    }
}

/// A control block that C keeps alive.
#[derive(Clone, Copy, Debug)]
pub struct ControlRef(*const Control);

impl Deref for ControlRef {
    type Target = Control;

    fn deref(&self) -> &Control {
        // SAFETY: `guest_new` demands that the block outlives the guest; it consists of atomics.
        unsafe { &*self.0 }
    }
}

/// An instance, its thread and its host: everything that a run needs.
#[derive(Debug)]
pub struct Guest<H> {
    store: Store<ProgramRef>,
    instance: InstanceId,
    thread: Thread<ControlRef>,
    host: H,
    /// Function to call after the start function.
    next: Option<u32>,
    values: Vec<u64>,
}

/// Moves a value to memory of its own; `Box::new` cannot fail and so does not exist in the kernel.
fn boxed<T>(value: T) -> Option<*mut T> {
    // SAFETY: no type here is zero-sized: they all hold a vector.
    let place = unsafe { alloc(Layout::new::<T>()) }.cast::<T>();
    if place.is_null() {
        return None;
    }
    // SAFETY: fresh memory of the right layout.
    unsafe { place.write(value) };
    Some(place)
}

/// # Safety
/// `place` comes from [`boxed`] and is not used again.
unsafe fn unboxed<T>(place: *mut T) {
    if !place.is_null() {
        // SAFETY: the caller's.
        unsafe {
            place.drop_in_place();
            dealloc(place.cast(), Layout::new::<T>());
        }
    }
}

/// `len` elements from C, which may give any pointer if there are none.
///
/// # Safety
/// `data` points to `len` initialised elements that nobody writes to while the slice is used.
unsafe fn elements<'a, T>(data: *const T, len: u32) -> &'a [T] {
    if len == 0 || data.is_null() {
        return &[];
    }
    // SAFETY: the caller's.
    unsafe { slice::from_raw_parts(data, len as usize) }
}

/// Hash of the op table that images must have been made for.
///
/// # Safety
/// None is needed; it is `unsafe` as all entry points are.
pub unsafe fn engine_hash() -> u64 {
    crate::op::TABLE_HASH
}

/// Checks and links an image.
///
/// Null if the checker refuses it, there is no memory or the platform wanted it given up; `verdict` says which.
///
/// # Safety
/// `bytes` are `len` initialised bytes from this program's global allocator with alignment 1; they belong
/// to this function from now on, whatever it answers. `limits` and `verdict` are valid.
pub unsafe fn program_load<H: FfiHost>(
    bytes: *mut u8,
    len: usize,
    limits: *const LoadLimits,
    verdict: *mut Verdict,
) -> *mut Program {
    // SAFETY: the caller's.
    let (bytes, limits, verdict) = unsafe { (Vec::from_raw_parts(bytes, len, len), &*limits, &mut *verdict) };
    let mode = if limits.tail != 0 { Mode::default() } else { Mode::Match };
    let form = Form { mode, sse: limits.sse != 0, mask: limits.mask != 0 };
    let limits = Limits {
        max_image_bytes: limits.max_image_bytes,
        max_pages: limits.max_pages,
        max_table_elems: limits.max_table_elems,
        max_stack_slots: limits.max_stack_slots,
        max_fuel_claim: limits.max_fuel_claim,
        granted: limits.granted,
        ..Limits::default()
    };
    let loaded = Program::load_on(bytes, &Prototypes::<H>::default(), &limits, form, H::PLATFORM);
    let error = match loaded.map(boxed) {
        Ok(Some(program)) => {
            *verdict = Verdict { code: 0, func: 0, pc: 0, operand: 0, expected: 0, got: 0 };
            return program;
        }
        Ok(None) => CheckError::out_of_memory(),
        Err(error) => error,
    };
    let CheckError { code, func, pc, operand, expected, got } = error;
    *verdict = Verdict { code: code as u32, func, pc, operand, expected, got };
    ptr::null_mut()
}

/// Fuel that a run of the program may use by its image's own claim; 0: none is made.
///
/// # Safety
/// `program` is one of [`program_load`].
pub unsafe fn program_fuel_claim(program: *const Program) -> u64 {
    // SAFETY: the caller's.
    unsafe { &*program }.image().header.fuel_claim
}

/// Bytes that a program's executable form takes, its image not counted.
///
/// # Safety
/// `program` is one of [`program_load`].
pub unsafe fn program_linked_bytes(program: *const Program) -> u64 {
    // SAFETY: the caller's.
    unsafe { &*program }.linked_bytes() as u64
}

/// Whether runs of it compute with floats by SSE2 instructions, so that [`guest_run`] must be called inside of an FPU
/// section: 0 or 1.
///
/// # Safety
/// `program` is one of [`program_load`].
pub unsafe fn program_uses_floats(program: *const Program) -> u32 {
    // SAFETY: the caller's.
    unsafe { &*program }.needs_fpu().into()
}

/// First byte of a program's cells, which its platform protects from writes.
///
/// # Safety
/// As [`program_uses_floats`].
pub unsafe fn program_code(program: *const Program) -> *const c_void {
    // SAFETY: the caller's.
    unsafe { &*program }.cells().cast()
}

/// # Safety
/// `program` is null or one of [`program_load`]; none of its guests is left.
pub unsafe fn program_drop(program: *mut Program) {
    // SAFETY: the caller's.
    unsafe { unboxed(program) };
}

/// Makes a control block in place.
///
/// # Safety
/// `place` has [`CONTROL_LAYOUT`] and nobody else uses it yet.
pub unsafe fn control_init(place: *mut c_void) {
    // SAFETY: the caller's; the layout was compared above.
    unsafe { place.cast::<Control>().write(Control::default()) };
}

/// Ends the run at its next poll, and every later run with this block. Takes no lock and never waits.
///
/// # Safety
/// `control` was made by [`control_init`].
pub unsafe fn control_stop(control: *const c_void) {
    // SAFETY: the caller's.
    unsafe { &*control.cast::<Control>() }.stop();
}

/// Makes a guest that is ready for [`guest_run`]; 0, or a [`NewError`].
///
/// # Safety
/// All pointers are valid as their docs say; program, control block and context outlive the guest.
pub unsafe fn guest_new<H: FfiHost>(program: *const Program, setup: *const GuestSetup, out: *mut *mut Guest<H>) -> u32 {
    // SAFETY: the caller's.
    match unsafe { new(ProgramRef(program), &*setup) } {
        Ok(guest) => match boxed(guest) {
            Some(guest) => {
                // SAFETY: the caller's.
                unsafe { *out = guest };
                0
            }
            None => NewError::OutOfMemory as u32,
        },
        Err(error) => error as u32,
    }
}

/// # Safety
/// As [`guest_new`].
unsafe fn new<H: FfiHost>(program: ProgramRef, setup: &GuestSetup) -> Result<Guest<H>, NewError> {
    let none = |OutOfMemory| NewError::OutOfMemory;
    // SAFETY: the caller's.
    let (entry, args, values) = unsafe {
        (
            elements(setup.entry, setup.entry_len),
            elements(setup.args, setup.args_len),
            elements(setup.values, setup.value_count),
        )
    };
    let header = program.image().header;
    let claim = (header.stack_claim, header.fuel_claim);
    let (max_pages, max_all_table_elems) = (setup.max_pages, setup.max_table_elems);
    let limits = StoreLimits { max_pages, max_all_table_elems, ..StoreLimits::default() };
    let mut store = Store::on(limits, H::PLATFORM);
    let mut resolve = |module: &[u8], name: &[u8], kind: u32| match kind {
        crate::image::KIND_FUNC => H::find(module, name).map(|(index, _)| Extern::Func(FuncAddr::Host(index))),
        _ => None,
    };
    let instance = store.instantiate(program, &mut resolve, &host_sig::<H>).map_err(|error| match error {
        InstantiateError::Missing(_) | InstantiateError::Incompatible(_) => NewError::Import,
        InstantiateError::Segment(_) => NewError::Segment,
        InstantiateError::OutOfMemory => NewError::OutOfMemory,
        InstantiateError::Cancelled => NewError::Cancelled,
    })?;
    let func = if entry.is_empty() {
        ENTRIES.iter().find_map(|name| store.export_func(instance, name))
    } else {
        store.export_func(instance, entry)
    };
    let func = func.ok_or(NewError::Entry)?;
    let (sig, _) = store.sig_of(instance, func).ok_or(NewError::Entry)?;
    if values.len() != usize::from(sig.params) {
        return Err(NewError::Values);
    }
    let mut own = Vec::new();
    own.try_reserve_exact(values.len()).map_err(|_| NewError::OutOfMemory)?;
    for value in values {
        crate::fallible::push(&mut own, *value).map_err(none)?;
    }

    let slots = setup.stack_slots.max(u32::try_from(claim.0).unwrap_or(u32::MAX));
    let fuel = if claim.1 == 0 { setup.fuel } else { setup.fuel.min(claim.1) };
    let thread = Thread::new(ControlRef(setup.control.cast_const().cast()), slots, fuel).map_err(none)?;
    let host = H::new(setup.id, setup.context, args).map_err(none)?;
    let mut guest = Guest { store, instance, thread, host, next: Some(func), values: own };
    if let Some(start) = guest.store.start_func(instance) {
        guest.thread.start(&guest.store, instance, start, &[]).map_err(no_stack)?;
    } else {
        guest.proceed().map_err(no_stack)?;
    }
    Ok(guest)
}

/// Why a call could not be readied.
fn no_stack(code: TrapCode) -> NewError {
    if code == TrapCode::OutOfMemory { NewError::OutOfMemory } else { NewError::Stack }
}

impl<H: Host> Guest<H> {
    /// Readies the call of the entry; `false` if it has been made already.
    fn proceed(&mut self) -> Result<bool, TrapCode> {
        let Some(func) = self.next.take() else { return Ok(false) };
        self.thread.start(&self.store, self.instance, func, &self.values)?;
        Ok(true)
    }

    fn run(&mut self, fuel: u64) -> Run {
        loop {
            match self.thread.run(&mut self.store, &mut self.host, fuel) {
                Run::Done => match self.proceed() {
                    Ok(true) => {}
                    Ok(false) => return Run::Done,
                    Err(code) => return Run::Trap(code),
                },
                other => return other,
            }
        }
    }
}

/// Runs a guest for about `fuel` units.
///
/// # Safety
/// `guest` is one of [`guest_new`] with nobody else at work on it; `out` is valid.
pub unsafe fn guest_run<H: FfiHost>(guest: *mut Guest<H>, fuel: u64, out: *mut Slice) {
    // SAFETY: the caller's.
    let (guest, out) = unsafe { (&mut *guest, &mut *out) };
    let (status, trap, wait_ns) = match guest.run(fuel) {
        Run::Done => (STATUS_DONE, 0, 0),
        Run::Yield => (STATUS_YIELD, 0, 0),
        Run::Block(wait) => (STATUS_BLOCK, 0, wait.timeout_ns),
        Run::Trap(code) => (STATUS_TRAP, code as u32, 0),
        Run::Stopped => (STATUS_STOPPED, 0, 0),
    };
    *out = Slice { status, trap, wait_ns, used: guest.thread.used() };
}

/// Copies the results of the run that is done; how many there are, which may be more than `len`.
///
/// # Safety
/// As [`guest_run`]; `out` has room for `len` values.
pub unsafe fn guest_results<H: FfiHost>(guest: *const Guest<H>, out: *mut u64, len: u32) -> u32 {
    // SAFETY: the caller's.
    let results = unsafe { &*guest }.thread.results();
    for (at, value) in (0..len as usize).zip(results) {
        // SAFETY: `at < len`.
        unsafe { out.add(at).write(*value) };
    }
    results.len() as u32 // CAST: at most the checker's bound on results
}

/// Frames of a backtrace after which others may run; a power of two.
const FRAMES_PER_POLL: u32 = 4096;

/// Where the guest stands: functions and words, innermost first, as `func << 32 | pc`; how many there are
/// in all.
///
/// # Safety
/// As [`guest_results`].
pub unsafe fn guest_backtrace<H: FfiHost>(guest: *const Guest<H>, out: *mut u64, len: u32) -> u32 {
    // SAFETY: the caller's.
    let guest = unsafe { &*guest };
    let mut count = 0u32;
    guest.thread.backtrace(&guest.store, |frame| {
        if count < len {
            let place = u64::from(frame.place.func) << 32 | u64::from(frame.place.pc);
            // SAFETY: `count < len`.
            unsafe { out.add(count as usize).write(place) };
        }
        count = count.saturating_add(1);
        // A deep recursion has hundreds of thousands; whether the task is being killed makes no difference here.
        if count & (FRAMES_PER_POLL - 1) == 0 {
            H::PLATFORM.poll();
        }
    });
    count
}

/// Bytes of the guest's linear memory.
///
/// # Safety
/// As [`guest_run`].
pub unsafe fn guest_memory_bytes<H: FfiHost>(guest: *const Guest<H>) -> u64 {
    // SAFETY: the caller's.
    let guest = unsafe { &*guest };
    guest.store.memory(guest.instance).map_or(0, |memory| memory.bytes().len() as u64)
}

/// # Safety
/// `guest` is null or one of [`guest_new`] with nobody at work on it, and is not used again.
pub unsafe fn guest_drop<H>(guest: *mut Guest<H>) {
    // SAFETY: the caller's.
    unsafe { unboxed(guest) };
}

/// The symbols of `kmod/kengine.h`, for a host.
#[macro_export]
macro_rules! entry_points {
    ($host:ty) => {
        $crate::entry_points! { @ $host;
            fn cervus_engine_hash = engine_hash() -> u64;
            fn cervus_program_load = program_load::<$host>(
                bytes: *mut u8, len: usize, limits: *const $crate::ffi::LoadLimits, verdict: *mut $crate::ffi::Verdict,
            ) -> *mut $crate::link::Program;
            fn cervus_program_fuel_claim = program_fuel_claim(program: *const $crate::link::Program) -> u64;
            fn cervus_program_linked_bytes = program_linked_bytes(program: *const $crate::link::Program) -> u64;
            fn cervus_program_uses_floats = program_uses_floats(program: *const $crate::link::Program) -> u32;
            fn cervus_program_code = program_code(program: *const $crate::link::Program) -> *const core::ffi::c_void;
            fn cervus_program_drop = program_drop(program: *mut $crate::link::Program) -> ();
            fn cervus_control_init = control_init(place: *mut core::ffi::c_void) -> ();
            fn cervus_control_stop = control_stop(control: *const core::ffi::c_void) -> ();
            fn cervus_guest_new = guest_new::<$host>(
                program: *const $crate::link::Program, setup: *const $crate::ffi::GuestSetup,
                out: *mut *mut $crate::ffi::Guest<$host>,
            ) -> u32;
            fn cervus_guest_run = guest_run::<$host>(
                guest: *mut $crate::ffi::Guest<$host>, fuel: u64, out: *mut $crate::ffi::Slice,
            ) -> ();
            fn cervus_guest_results = guest_results::<$host>(
                guest: *const $crate::ffi::Guest<$host>, out: *mut u64, len: u32,
            ) -> u32;
            fn cervus_guest_backtrace = guest_backtrace::<$host>(
                guest: *const $crate::ffi::Guest<$host>, out: *mut u64, len: u32,
            ) -> u32;
            fn cervus_guest_memory_bytes = guest_memory_bytes::<$host>(guest: *const $crate::ffi::Guest<$host>) -> u64;
            fn cervus_guest_drop = guest_drop::<$host>(guest: *mut $crate::ffi::Guest<$host>) -> ();
        }
    };
    (@ $host:ty; $(
        fn $symbol:ident = $function:ident $(::<$ty:ty>)? ($($arg:ident: $arg_ty:ty),* $(,)?) -> $result:ty;
    )*) => { $(
        #[doc = concat!("See [`kengine::ffi::", stringify!($function), "`].")]
        ///
        /// # Safety
        /// As there.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $symbol($($arg: $arg_ty),*) -> $result {
            // SAFETY: the caller's.
            unsafe { $crate::ffi::$function $(::<$ty>)? ($($arg),*) }
        }
    )* };
}
