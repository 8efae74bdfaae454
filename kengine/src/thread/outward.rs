//! Calls that lead out of an instance: to functions of the host, and of other instances.
//!
//! A host's function sees its values and the bytes of a memory and nothing else, so the dispatch loop calls it
//! ([`call_host`], which the context holds) and goes on: `benches/host.rs` says what that costs. What leads to another
//! instance, and what is found out about a table's element by looking at others, leaves the loop.

use super::Thread;
use crate::{
    exec::{Cell, Ctx, Flow, Regs, generated::*, nospec},
    host::{Host, HostCall, HostResult},
    image::NO_INDEX,
    link::Program,
    op::Op,
    store::{FuncAddr, InstanceId, Store},
    thread::{Control, host_sig},
    trap::TrapCode,
};
use core::{ops::Deref, slice};

/// [`Ctx::call_host`] for a host of type `H`: calls function import `import` of the running instance, with its arguments
/// at `window`. An import that is another instance's function answers `Slow`, with its index in `acc`.
///
/// # Safety
/// V1-V6 hold for `c`; `import` is one of the instance's function imports, `window` is that of a call of it, and `host`
/// points to an `H` that nothing else uses.
pub(super) unsafe fn call_host<H: Host>(c: &mut Ctx, window: *mut u64, import: u32) -> Flow {
    // SAFETY: by contract: `bind` has put the instance's imports there.
    let FuncAddr::Host(index) = (unsafe { *c.imports.add(import as usize) }) else {
        c.acc = import.into();
        return Flow::Slow(Op::CallImport);
    };
    // SAFETY: by contract.
    let host = unsafe { &mut *c.host.cast::<H>() };
    host.leave();
    // SAFETY: by contract.
    let flow = unsafe { invoke(c, host, index, window) };
    host.enter();
    flow
}

/// [`Ctx::call_host`] of a thread that does not run.
pub(super) unsafe fn no_host(_: &mut Ctx, _: *mut u64, _: u32) -> Flow {
    Flow::Trap(TrapCode::Host)
}

/// Calls function `index` of the host; see [`call_host`]. The results are in place when the guest is to wait.
///
/// # Safety
/// As [`call_host`].
#[inline(always)]
unsafe fn invoke<H: Host>(c: &mut Ctx, host: &mut H, index: usize, window: *mut u64) -> Flow {
    let Some(func) = H::FUNCTIONS.get(nospec::index(index, H::FUNCTIONS.len())) else {
        return Flow::Trap(TrapCode::Host);
    };
    let len = func.params.len().max(func.results.len());
    // SAFETY: V1: the checker has seen that parameters and results fit the frame from `window` on.
    let values = unsafe { slice::from_raw_parts_mut(window, len) };
    // SAFETY: V6: the memory of the running instance, which nothing else uses now; some address and no bytes if it has
    // none.
    let memory = unsafe { slice::from_raw_parts_mut(c.mem, c.mem_len) };
    let mut call = HostCall { values, memory, extra: 0 };
    let result = (func.call)(host, &mut call);
    let extra = call.extra;
    c.used = c.used.saturating_add(extra);
    if let HostResult::Trap(code) = result {
        return Flow::Trap(code);
    }
    // Most functions have one result, which is not read back from where it was just written.
    if let ([first, more @ ..], [ty, types @ ..]) = (values, func.results) {
        let value = canonical(*first, *ty);
        (*first, c.acc) = (value, value);
        for (value, ty) in more.iter_mut().zip(types) {
            *value = canonical(*value, *ty);
        }
    }
    if let HostResult::Block(wait) = result {
        c.wait = Some(wait);
        return Flow::Yield;
    }
    // SAFETY: V5.
    unsafe { c.poll() }
}

impl<C: Deref<Target = Control>> Thread<C> {
    /// Makes the call at `ip`, which leads out of the instance: to another instance, or through a table to the host.
    pub(super) fn call_out<P: Deref<Target = Program>, H: Host>(
        &mut self,
        op: Op,
        store: &mut Store<P>,
        host: &mut H,
    ) -> Result<(), TrapCode> {
        let id = self.activations.last().map_or(0, |a| a.instance);
        let (ip, fp) = (self.ctx.ip, self.ctx.fp);
        let r = &Regs { ip, fp, mem: self.ctx.mem, len: self.ctx.mem_len, acc: self.ctx.acc };
        // SAFETY: V1 and V2: `ip` stands on a cell of `op`, or for `CallImport` of another call of one word with its
        // window at A; the window lies in the current frame; the next op follows it.
        let (func, window, next) = unsafe {
            let (func, base) = match op {
                Op::CallImport => {
                    // CAST: the import's index, see `call_host`.
                    let func = store.func(InstanceId(id), r.acc as u32).ok_or(TrapCode::Host)?;
                    (func, CallImportFields::base(r))
                }
                Op::CallIndirect => {
                    let (index, sig) = (CallIndirectFields::index(r), CallIndirectFields::sig(r));
                    (element::<P, H>(store, id, 0, index, sig)?, CallIndirectFields::base(r))
                }
                Op::CallxIndirect => {
                    let (index, sig) = (CallxIndirectFields::index(r), CallxIndirectFields::sig(r));
                    (element::<P, H>(store, id, 0, index, sig)?, CallxIndirectFields::base(r))
                }
                _ => {
                    let (index, sig) = (CallxIndirectTFields::index(r), CallxIndirectTFields::sig(r));
                    let table = CallxIndirectTFields::table(r);
                    (element::<P, H>(store, id, table, index, sig)?, CallxIndirectTFields::base(r))
                }
            };
            (func, fp.add(usize::from(base)), ip.add(usize::from(op.row().words)))
        };
        match func {
            FuncAddr::Wasm(instance, index) => self.call_instance(store, instance, index, window, next),
            // SAFETY: V1-V6: the context is that of the running instance still, and `window` that of the call, whose
            // signature is the function's.
            FuncAddr::Host(index) => match unsafe { invoke(&mut self.ctx, host, index, window) } {
                Flow::Trap(code) => Err(code),
                _ => {
                    self.ctx.ip = next;
                    Ok(())
                }
            },
        }
    }

    /// Calls a function of another instance, with its arguments at `window`.
    #[cold]
    fn call_instance<P: Deref<Target = Program>>(
        &mut self,
        store: &Store<P>,
        instance: InstanceId,
        index: u32,
        window: *mut u64,
        next: *const Cell,
    ) -> Result<(), TrapCode> {
        let caller = self.activations.len().checked_sub(1);
        // A number, not a pointer: the stack may move.
        let at = (self.ctx.fp as usize).wrapping_sub(self.stack.as_ptr() as usize) / 8;
        self.enter(store, instance, index, window)?;
        // SAFETY: V4: the caller's frame is inside of the stack.
        let fp = unsafe { self.stack.as_mut_ptr().add(at) };
        if let Some(caller) = caller.and_then(|at| self.activations.get_mut(at)) {
            (caller.ip, caller.fp) = (next, fp);
        }
        Ok(())
    }
}

/// A value of that type as it stands in a slot.
#[inline]
fn canonical(value: u64, ty: u8) -> u64 {
    let narrow = matches!(ty, crate::image::valtype::I32 | crate::image::valtype::F32);
    if narrow { u64::from(value as u32) } else { value } // CAST: 32-bit values stand zero-extended
}

/// The function at an element of a table of instance `id`, which must have signature `sig` of its image and may be
/// called by reference.
fn element<P: Deref<Target = Program>, H: Host>(
    store: &mut Store<P>,
    id: usize,
    table: u16,
    index: u64,
    sig: u16,
) -> Result<FuncAddr, TrapCode> {
    let table = store.table_mut(id, u32::from(table)).ok_or(TrapCode::UndefinedElement)?;
    // CAST: an i32 operand.
    let reference = *table.slot(index as u32).ok_or(TrapCode::UndefinedElement)?;
    let func = store.resolve_ref(reference).ok_or(TrapCode::IndirectCallToNull)?;
    let instance = store.instances.get(id).ok_or(TrapCode::UndefinedElement)?;
    // An import of its own: its type is noted with it, in numbers of the same image.
    if let Some(own) = reference.checked_sub(instance.ref_base)
        && let Some(entry) = instance.program.entries().get(own as usize)
    {
        return if entry.ref_sig == u32::from(sig) { Ok(func) } else { Err(TrapCode::BadSignature) };
    }
    if has_sig::<P, H>(store, id, func, u32::from(sig)) { Ok(func) } else { Err(TrapCode::BadSignature) }
}

/// Whether a function may be called by reference and has signature `sig` of instance `id`'s image.
fn has_sig<P: Deref<Target = Program>, H: Host>(store: &Store<P>, id: usize, func: FuncAddr, sig: u32) -> bool {
    let Some(image) = store.program(InstanceId(id)).map(Program::image) else { return false };
    let Some(wanted) = image.sigs().get(sig) else { return false };
    let Some(types) = image.sig_types(&wanted) else { return false };
    if let FuncAddr::Wasm(instance, index) = func {
        let entry = store.program(instance).and_then(|p| p.entries().get(index as usize));
        if entry.is_none_or(|entry| entry.ref_sig == NO_INDEX) {
            return false;
        }
    }
    store.func_has_sig(func, &wanted, types, &host_sig::<H>)
}
