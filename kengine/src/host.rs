//! Host functions: what a guest may import, and how a call of one looks to the host.

use crate::{
    check::{self, HostInfo, ImportError},
    trap::TrapCode,
};
use core::marker::PhantomData;

/// One function that the host offers to guests, with everything that its callers and the checker
/// need to know about it.
pub struct HostFn<T: ?Sized> {
    /// Module name of the import.
    pub module: &'static str,
    /// Field name of the import.
    pub name: &'static str,
    /// Value types of the parameters ([`crate::image::valtype`]).
    pub params: &'static [u8],
    /// Value types of the results.
    pub results: &'static [u8],
    /// Fuel units of one call, before what the function charges by [`HostCall::charge`].
    pub cost: u32,
    /// Capability bits that a program must have been granted to import it.
    pub capabilities: u64,
    /// Whether it may answer [`HostResult::Block`].
    pub may_sleep: bool,
    /// The parameter that says how many bytes the call handles at most, by [`crate::cwa::BYTES_PER_FUEL`] of which it
    /// charges more; `None` if it charges its cost alone.
    pub len_param: Option<u8>,
    /// The function. It must not re-enter the engine.
    pub call: fn(&mut T, &mut HostCall<'_>) -> HostResult,
}

/// A host: its state is `Self`, its functions a constant table.
pub trait Host: 'static {
    /// The functions offered.
    const FUNCTIONS: &'static [HostFn<Self>];

    /// Called before the engine does what may take long or sleep while a guest runs: calls of host functions,
    /// allocation, bulk work. In the kernel, leaves the FPU section that runs of some programs are in.
    fn leave(&mut self) {}

    /// Called after that, before the guest goes on; each [`Host::leave`] has one.
    fn enter(&mut self) {}

    /// The function with this name.
    fn find(module: &[u8], name: &[u8]) -> Option<(usize, &'static HostFn<Self>)> {
        let mut functions = Self::FUNCTIONS.iter().enumerate();
        functions.find(|(_, f)| f.module.as_bytes() == module && f.name.as_bytes() == name)
    }
}

/// A host's functions as the checker asks for them (rule R3).
pub struct Prototypes<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized> Default for Prototypes<T> {
    fn default() -> Self {
        Prototypes(PhantomData)
    }
}

impl<T: Host> check::Host for Prototypes<T> {
    fn import(&self, module: &[u8], name: &[u8], params: &[u8], results: &[u8]) -> Result<HostInfo, ImportError> {
        let (_, f) = T::find(module, name).ok_or(ImportError::Unknown)?;
        if f.params != params || f.results != results {
            return Err(ImportError::Signature);
        }
        Ok(HostInfo { cost: f.cost, capabilities: f.capabilities, may_sleep: f.may_sleep })
    }
}

/// A call of a host function.
pub struct HostCall<'a> {
    /// Arguments in, results out, from index 0; as long as the longer of the two.
    pub values: &'a mut [u64],
    /// The calling instance's memory; empty if it has none. Every pointer and length from the guest
    /// must be checked against it.
    pub memory: &'a mut [u8],
    /// Fuel used by this call beyond its declared cost.
    pub(crate) extra: u64,
}

impl<'a> HostCall<'a> {
    /// A call with these values on this memory; for hosts' own tests.
    pub fn new(values: &'a mut [u64], memory: &'a mut [u8]) -> Self {
        HostCall { values, memory, extra: 0 }
    }

    /// Argument `index` as i32; 0 if there is none (the checker has compared the signatures).
    pub fn i32(&self, index: usize) -> i32 {
        self.values.get(index).map_or(0, |v| *v as i32) // CAST: i32 values stand in the low half
    }

    /// Argument `index` as u32.
    pub fn u32(&self, index: usize) -> u32 {
        self.i32(index) as u32 // CAST: same bits
    }

    /// Sets the first result to an i32.
    pub fn return_i32(&mut self, value: i32) {
        if let Some(result) = self.values.first_mut() {
            *result = u64::from(value as u32); // CAST: zero-extended bits
        }
    }

    /// The guest's bytes `[ptr, ptr + len)`.
    ///
    /// # Errors
    /// [`TrapCode::MemoryOutOfBounds`] if they are not all inside memory.
    pub fn bytes(&self, ptr: u32, len: u32) -> Result<&[u8], TrapCode> {
        let end = (ptr as usize).checked_add(len as usize).ok_or(TrapCode::MemoryOutOfBounds)?;
        self.memory.get(ptr as usize..end).ok_or(TrapCode::MemoryOutOfBounds)
    }

    /// The guest's bytes `[ptr, ptr + len)`, to write.
    ///
    /// # Errors
    /// As [`HostCall::bytes`].
    pub fn bytes_mut(&mut self, ptr: u32, len: u32) -> Result<&mut [u8], TrapCode> {
        let end = (ptr as usize).checked_add(len as usize).ok_or(TrapCode::MemoryOutOfBounds)?;
        self.memory.get_mut(ptr as usize..end).ok_or(TrapCode::MemoryOutOfBounds)
    }

    /// Charges fuel for work that depends on the arguments.
    pub fn charge(&mut self, units: u64) {
        self.extra = self.extra.saturating_add(units);
    }
}

/// What the guest waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wait {
    /// Nanoseconds until the wait ends by itself.
    pub timeout_ns: u64,
}

/// How a host call ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HostResult {
    /// Results are in [`HostCall::values`].
    Done,
    /// Results are in place, and the guest goes on when the wait is over.
    Block(Wait),
    /// The guest is ended.
    Trap(TrapCode),
}
