//! Instances and what they share.
//!
//! A store holds the instances of one program, or of several that import from each other, with
//! their memories, tables and globals. Function references are numbers: 0 is null, and instance i
//! owns the range `[ref_base, ref_base + functions)`, so a forged number is at worst a reference to
//! another function of the store, and every use of one checks range, REF flag and signature.

use crate::{
    exec::{TableView, nospec},
    fallible::{self, OutOfMemory},
    image::{
        Elem, INIT_FUNC, INIT_GLOBAL, Image, Import, KIND_FUNC, KIND_GLOBAL, KIND_MEMORY, KIND_TABLE, MODE_ACTIVE,
        NO_INDEX, SectionKind, Sig,
    },
    link::Program,
    memory::{Memory, Table},
    platform::{NATIVE, Platform},
    trap::TrapCode,
};
use alloc::vec::Vec;
use core::ops::Deref;

/// Index of an instance in its store.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct InstanceId(pub(crate) usize);

/// A function: of an instance, or of the host by its index in [`crate::host::Host::FUNCTIONS`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FuncAddr {
    /// Function `index` of an instance; never an import.
    Wasm(InstanceId, u32),
    /// Function of the host.
    Host(usize),
}

/// A global: of an instance, by its index among those that it defines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GlobalAddr {
    instance: usize,
    index: usize,
}

/// Something to import.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extern {
    /// A function.
    Func(FuncAddr),
    /// A table.
    Table(usize),
    /// A memory.
    Memory(usize),
    /// A global.
    Global(GlobalAddr),
}

/// Finds what an import names: `(module, name, kind)`, the kind as in [`crate::image::KIND_FUNC`].
pub type Resolve<'a> = &'a mut dyn FnMut(&[u8], &[u8], u32) -> Option<Extern>;

/// Parameters and results of a function of the host, by index; [`crate::thread::host_sig`] is one.
pub type HostSig<'a> = &'a dyn Fn(usize) -> (&'static [u8], &'static [u8]);

/// Why a program could not be instantiated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InstantiateError {
    /// Import `index` was not found.
    Missing(u32),
    /// Import `index` was found with another type.
    Incompatible(u32),
    /// An active segment lies outside its table or memory. Segments before it have been copied, as
    /// the specification has it.
    Segment(TrapCode),
    /// No memory for the instance.
    OutOfMemory,
    /// The platform wants the work given up.
    Cancelled,
}

impl From<OutOfMemory> for InstantiateError {
    fn from(_: OutOfMemory) -> Self {
        InstantiateError::OutOfMemory
    }
}

/// Limits on what a store's guests may have, besides what their images declare.
#[derive(Clone, Copy, Debug)]
pub struct StoreLimits {
    /// Pages of one memory.
    pub max_pages: u32,
    /// Elements of one table.
    pub max_table_elems: u32,
    /// Elements that all tables together may grow to; with more to begin with, none grows.
    pub max_all_table_elems: u32,
}

impl Default for StoreLimits {
    fn default() -> Self {
        let max_pages = crate::memory::MAX_PAGES;
        StoreLimits { max_pages, max_table_elems: 10_000_000, max_all_table_elems: u32::MAX }
    }
}

/// An instance of a program.
#[derive(Debug)]
pub(crate) struct Instance<P> {
    pub(crate) program: P,
    pub(crate) ref_base: u32,
    pub(crate) globals: Vec<u64>,
    pub(crate) imported_globals: Vec<GlobalAddr>,
    pub(crate) imports: Vec<FuncAddr>,
    pub(crate) memory: Option<usize>,
    pub(crate) tables: Vec<usize>,
    /// The tables as handlers see them; brought up to date before each run.
    pub(crate) views: Vec<TableView>,
    /// By data segment; empty if all are active, and those are dropped.
    pub(crate) dropped_data: Vec<bool>,
    pub(crate) dropped_elem: Vec<bool>,
}

// SAFETY: the raw pointers are those of `views`, which are only used while a thread runs with
// `&mut Store`, and set right before.
unsafe impl<P: Send> Send for Instance<P> {}

/// See the module.
#[derive(Debug)]
pub struct Store<P> {
    pub(crate) instances: Vec<Instance<P>>,
    pub(crate) memories: Vec<Memory>,
    pub(crate) tables: Vec<Table>,
    next_ref: u32,
    /// Of all tables.
    table_elems: u32,
    limits: StoreLimits,
    platform: &'static dyn Platform,
}

/// Bytes, and table elements, that a slow operation handles before its thread lets others run.
pub(crate) const PIECE: u32 = 1 << 16;

impl<P: Deref<Target = Program>> Store<P> {
    /// An empty store.
    pub fn new(limits: StoreLimits) -> Self {
        Self::on(limits, &NATIVE)
    }

    /// An empty store whose memories are the platform's.
    pub fn on(limits: StoreLimits, platform: &'static dyn Platform) -> Self {
        Store {
            instances: Vec::new(),
            memories: Vec::new(),
            tables: Vec::new(),
            next_ref: 1,
            table_elems: 0,
            limits,
            platform,
        }
    }

    /// Makes an instance: resolves its imports (`resolve(module, name, kind)`), allocates what it
    /// defines, copies active segments. The start function is left to the caller, see
    /// [`Store::start_func`].
    ///
    /// # Errors
    /// [`InstantiateError`]. After [`InstantiateError::Segment`] the half-made instance stays in the
    /// store, because references to its functions may already stand in shared tables.
    pub fn instantiate(
        &mut self,
        program: P,
        resolve: Resolve<'_>,
        host_sig: HostSig<'_>,
    ) -> Result<InstanceId, InstantiateError> {
        let id = self.instances.len();
        let func_count = program.func_count();
        let ref_base = self.next_ref;
        let next_ref = ref_base.checked_add(func_count).ok_or(InstantiateError::OutOfMemory)?;
        let mut instance = Instance {
            program,
            ref_base,
            globals: Vec::new(),
            imported_globals: Vec::new(),
            imports: Vec::new(),
            memory: None,
            tables: Vec::new(),
            views: Vec::new(),
            dropped_data: Vec::new(),
            dropped_elem: Vec::new(),
        };
        self.resolve_imports(&mut instance, resolve, host_sig)?;
        self.allocate(&mut instance)?;
        fallible::push(&mut self.instances, instance)?;
        self.next_ref = next_ref;
        self.copy_segments(id)?;
        Ok(InstanceId(id))
    }

    fn resolve_imports(
        &mut self,
        instance: &mut Instance<P>,
        resolve: Resolve<'_>,
        host_sig: HostSig<'_>,
    ) -> Result<(), InstantiateError> {
        let image = instance.program.image();
        for (index, import) in (0u32..).zip(image.imports().iter()) {
            let missing = InstantiateError::Missing(index);
            let module = image.string(import.module, import.module_len).ok_or(missing)?;
            let name = image.string(import.name, import.name_len).ok_or(missing)?;
            let found = resolve(module, name, import.kind).ok_or(missing)?;
            if !self.matches(&image, &import, found, host_sig) {
                return Err(InstantiateError::Incompatible(index));
            }
            match found {
                Extern::Func(func) => fallible::push(&mut instance.imports, func)?,
                Extern::Table(table) => fallible::push(&mut instance.tables, table)?,
                Extern::Memory(memory) => instance.memory = Some(memory),
                Extern::Global(global) => fallible::push(&mut instance.imported_globals, global)?,
            }
        }
        Ok(())
    }

    /// Whether what was found has the type that the import wants.
    fn matches(&self, image: &Image<'_>, import: &Import, found: Extern, host_sig: HostSig<'_>) -> bool {
        let limits = |min: u32, max: Option<u32>| {
            min >= import.min && (import.flags == 0 || max.is_some_and(|max| max <= import.max))
        };
        match (import.kind, found) {
            (KIND_FUNC, Extern::Func(func)) => {
                let Some(wanted) = image.sigs().get(import.desc) else { return false };
                let Some(types) = image.sig_types(&wanted) else { return false };
                self.func_has_sig(func, &wanted, types, host_sig)
            }
            (KIND_TABLE, Extern::Table(table)) => self
                .tables
                .get(table)
                .is_some_and(|table| u32::from(table.ty) == import.desc && limits(table.len(), table.declared_max())),
            (KIND_MEMORY, Extern::Memory(memory)) => {
                self.memories.get(memory).is_some_and(|memory| limits(memory.pages(), memory.declared_max()))
            }
            (KIND_GLOBAL, Extern::Global(global)) => self.global_type(global) == Some((import.desc, import.flags)),
            _ => false,
        }
    }

    /// Whether a function has a signature, given by its record and value types.
    pub(crate) fn func_has_sig(&self, func: FuncAddr, wanted: &Sig, types: &[u8], host_sig: HostSig<'_>) -> bool {
        let split = usize::from(wanted.params);
        match func {
            FuncAddr::Host(id) => {
                let (params, results) = host_sig(id);
                types.get(..split) == Some(params) && types.get(split..) == Some(results)
            }
            FuncAddr::Wasm(instance, index) => self.sig_of(instance, index).is_some_and(|(sig, image)| {
                (sig.params, sig.results) == (wanted.params, wanted.results) && image.sig_types(&sig) == Some(types)
            }),
        }
    }

    /// Signature of a function of an instance, imports included.
    pub fn sig_of(&self, instance: InstanceId, func: u32) -> Option<(Sig, Image<'_>)> {
        let program = &self.instances.get(instance.0)?.program;
        Some((program.sig(func)?, program.image()))
    }

    /// Value type and mutability of a global.
    fn global_type(&self, global: GlobalAddr) -> Option<(u32, u32)> {
        let image = self.instances.get(global.instance)?.program.image();
        let record = image.globals().get(u32::try_from(global.index).ok()?)?;
        Some((u32::from(record.ty), u32::from(record.mutable)))
    }

    fn allocate(&mut self, instance: &mut Instance<P>) -> Result<(), InstantiateError> {
        let image = instance.program.image();
        for table in image.tables().iter() {
            let max = (table.flags & 1 != 0).then_some(table.max);
            // CAST: reference types are bytes, by R5.
            let table = Table::new(table.ty as u8, table.min, max, self.limits.max_table_elems)?;
            self.table_elems = self.table_elems.saturating_add(table.len());
            fallible::push(&mut instance.tables, self.tables.len())?;
            fallible::push(&mut self.tables, table)?;
        }
        if let Some(memory) = image.memories().get(0) {
            let max = (memory.flags & 1 != 0).then_some(memory.max);
            instance.memory = Some(self.memories.len());
            fallible::push(&mut self.memories, Memory::new(self.platform, memory.min, max, self.limits.max_pages)?)?;
        }
        for global in image.globals().iter() {
            let value = match global.init {
                INIT_GLOBAL => self.imported_value(instance, global.value as u32),
                // CAST: function indices are 32 bits.
                INIT_FUNC => u64::from(instance.ref_base.wrapping_add(global.value as u32)),
                _ => global.value,
            };
            fallible::push(&mut instance.globals, value)?;
        }
        // Active segments are dropped when they have been copied, and Go's linker makes a hundred thousand of them.
        if image.datas().iter().any(|data| data.mode != MODE_ACTIVE) {
            fallible::extend(&mut instance.dropped_data, image.datas().len() as usize, false)?;
        }
        fallible::extend(&mut instance.dropped_elem, image.elems().len() as usize, false)?;
        let empty = TableView { refs: core::ptr::null(), len: 0 };
        fallible::extend(&mut instance.views, instance.tables.len(), empty)?;
        Ok(())
    }

    /// Value of imported global `index`; 0 if there is none (the checker has seen that there is).
    fn imported_value(&self, instance: &Instance<P>, index: u32) -> u64 {
        instance.imported_globals.get(index as usize).map_or(0, |global| self.global(*global))
    }

    /// Value of a global.
    pub fn global(&self, global: GlobalAddr) -> u64 {
        let value = self.instances.get(global.instance).and_then(|i| i.globals.get(global.index));
        value.copied().unwrap_or(0)
    }

    pub(crate) fn set_global(&mut self, global: GlobalAddr, value: u64) {
        let slot = self.instances.get_mut(global.instance).and_then(|i| i.globals.get_mut(global.index));
        if let Some(slot) = slot {
            *slot = value;
        }
    }

    /// Copies active segments in order and drops them.
    fn copy_segments(&mut self, id: usize) -> Result<(), InstantiateError> {
        let counts = self.image(id).map_or((0, 0), |image| (image.elems().len(), image.datas().len()));
        let segment = InstantiateError::Segment;
        for index in 0..counts.0 {
            let Some(elem) = self.image(id).and_then(|image| image.elems().get(index)) else { continue };
            if elem.mode == MODE_ACTIVE {
                let offset = self.segment_offset(id, elem.offset_init, elem.offset);
                self.in_pieces(elem.item_len, |store, at, len, left| {
                    store.table_init(id, (elem.table, offset.wrapping_add(at)), (index, at), left, len).map_err(segment)
                })?;
            }
            if elem.mode != crate::image::MODE_PASSIVE {
                self.elem_drop(id, index);
            }
        }
        for index in 0..counts.1 {
            let Some(data) = self.image(id).and_then(|image| image.datas().get(index)) else { continue };
            if data.mode == MODE_ACTIVE {
                let offset = self.segment_offset(id, data.offset_init, data.offset);
                self.in_pieces(data.len, |store, at, len, left| {
                    store.copy_data(id, offset.wrapping_add(at), (index, at, data.len), left, len).map_err(segment)
                })?;
                self.data_drop(id, index);
            }
        }
        Ok(())
    }

    /// Calls `step(self, at, len, left)` for the pieces of a segment of `whole` bytes or elements, at least once:
    /// `left` are to be there, `len` of them to be copied.
    fn in_pieces(
        &mut self,
        whole: u32,
        mut step: impl FnMut(&mut Self, u32, u32, u32) -> Result<(), InstantiateError>,
    ) -> Result<(), InstantiateError> {
        let mut at = 0u32;
        loop {
            let left = whole.saturating_sub(at);
            step(self, at, left.min(PIECE), left)?;
            at = at.saturating_add(PIECE);
            if self.platform.poll() {
                return Err(InstantiateError::Cancelled);
            }
            if at >= whole {
                return Ok(());
            }
        }
    }

    fn segment_offset(&self, id: usize, init: u32, value: u32) -> u32 {
        match (init, self.instances.get(id)) {
            // CAST: an i32 global.
            (INIT_GLOBAL, Some(instance)) => self.imported_value(instance, value) as u32,
            _ => value,
        }
    }

    fn image(&self, id: usize) -> Option<Image<'_>> {
        Some(self.instances.get(id)?.program.image())
    }

    /// `memory.init` to `dst` from a segment given as (index, first byte): all of `whole` bytes must be inside, the
    /// first `len` of them are copied.
    pub(crate) fn memory_init(
        &mut self,
        id: usize,
        dst: u32,
        (data, src): (u32, u32),
        whole: u32,
        len: u32,
    ) -> Result<(), TrapCode> {
        const OUT: TrapCode = TrapCode::MemoryOutOfBounds;
        let dropped = self.instances.get(id).and_then(|i| i.dropped_data.get(data as usize)).copied().unwrap_or(true);
        let record = self.image(id).and_then(|image| image.datas().get(data)).ok_or(OUT)?;
        let available = if dropped { 0 } else { record.len };
        self.copy_data(id, dst, (data, src, available), whole, len)
    }

    /// The same of a segment of which `available` bytes are there, given third.
    fn copy_data(
        &mut self,
        id: usize,
        dst: u32,
        (data, src, available): (u32, u32, u32),
        whole: u32,
        len: u32,
    ) -> Result<(), TrapCode> {
        const OUT: TrapCode = TrapCode::MemoryOutOfBounds;
        let instance = self.instances.get(id).ok_or(OUT)?;
        let image = instance.program.image();
        let record = image.datas().get(data).ok_or(OUT)?;
        let memory = instance.memory.and_then(|m| self.memories.get_mut(m)).ok_or(OUT)?;
        let dst_end = (dst as usize).checked_add(whole as usize).ok_or(OUT)?;
        let target = memory.bytes_mut().get_mut(dst as usize..dst_end).ok_or(OUT)?;
        if src.checked_add(whole).is_none_or(|end| end > available) {
            return Err(OUT);
        }
        let start = (record.start as usize).checked_add(src as usize).ok_or(OUT)?;
        let end = start.checked_add(len.min(whole) as usize).ok_or(OUT)?;
        let source = image.section(SectionKind::Blob).get(start..end).ok_or(OUT)?;
        // Not `copy_from_slice`, which panics if lengths differ: the kernel's object must hold no panic.
        for (to, from) in target.iter_mut().zip(source) {
            *to = *from;
        }
        Ok(())
    }

    /// `data.drop`.
    pub(crate) fn data_drop(&mut self, id: usize, data: u32) {
        if let Some(dropped) = self.instances.get_mut(id).and_then(|i| i.dropped_data.get_mut(data as usize)) {
            *dropped = true;
        }
    }

    /// `table.init` to (table, first element) from (segment, first element): all of `whole` elements must be inside,
    /// the first `len` of them are copied.
    pub(crate) fn table_init(
        &mut self,
        id: usize,
        (table, dst): (u32, u32),
        (elem, src): (u32, u32),
        whole: u32,
        len: u32,
    ) -> Result<(), TrapCode> {
        const OUT: TrapCode = TrapCode::TableOutOfBounds;
        let instance = self.instances.get(id).ok_or(OUT)?;
        let image = instance.program.image();
        let record: Elem = image.elems().get(elem).ok_or(OUT)?;
        let dropped = instance.dropped_elem.get(elem as usize).copied().unwrap_or(true);
        let available = if dropped { 0 } else { record.item_len };
        let address = instance.tables.get(table as usize).copied().ok_or(OUT)?;
        let size = self.tables.get(address).ok_or(OUT)?.len();
        let fits = |at: u32, size: u32| at.checked_add(whole).is_some_and(|end| end <= size);
        if !fits(src, available) || !fits(dst, size) {
            return Err(OUT);
        }
        for i in 0..len.min(whole) {
            let item = record.item.wrapping_add(src).wrapping_add(i);
            let item = image.elem_items().get(item).ok_or(OUT)?;
            let reference = match item.init {
                INIT_FUNC => instance.ref_base.wrapping_add(item.index),
                // CAST: references are 32 bits.
                INIT_GLOBAL => self.imported_value(instance, item.index) as u32,
                _ => 0,
            };
            let slot = self.tables.get_mut(address).and_then(|t| t.refs_mut().get_mut(dst.wrapping_add(i) as usize));
            *slot.ok_or(OUT)? = reference;
        }
        Ok(())
    }

    /// `elem.drop`.
    pub(crate) fn elem_drop(&mut self, id: usize, elem: u32) {
        if let Some(dropped) = self.instances.get_mut(id).and_then(|i| i.dropped_elem.get_mut(elem as usize)) {
            *dropped = true;
        }
    }

    /// The function behind a reference.
    pub(crate) fn resolve_ref(&self, reference: u32) -> Option<FuncAddr> {
        let after = self.instances.partition_point(|i| i.ref_base <= reference);
        let id = nospec::index(after.checked_sub(1)?, self.instances.len());
        let index = reference.checked_sub(self.instances.get(id)?.ref_base)?;
        self.func(InstanceId(id), index)
    }

    /// Function `index` of an instance, followed through an import.
    pub fn func(&self, instance: InstanceId, index: u32) -> Option<FuncAddr> {
        let i = self.instances.get(instance.0)?;
        if index >= i.program.func_count() {
            return None;
        }
        if index < i.program.imported_funcs() {
            return i.imports.get(nospec::index(index as usize, i.imports.len())).copied();
        }
        Some(FuncAddr::Wasm(instance, index))
    }

    /// The start function of an instance.
    pub fn start_func(&self, instance: InstanceId) -> Option<u32> {
        Some(self.image(instance.0)?.header.start).filter(|start| *start != NO_INDEX)
    }

    /// An export of an instance.
    pub fn export(&self, instance: InstanceId, name: &[u8]) -> Option<Extern> {
        let image = self.image(instance.0)?;
        let mut exports = image.exports().iter();
        let export = exports.find(|e| image.string(e.name, e.name_len) == Some(name))?;
        let i = self.instances.get(instance.0)?;
        let index = export.index as usize;
        Some(match export.kind {
            KIND_FUNC => Extern::Func(self.func(instance, export.index)?),
            KIND_TABLE => Extern::Table(*i.tables.get(index)?),
            KIND_MEMORY => Extern::Memory(i.memory?),
            _ => Extern::Global(match index.checked_sub(i.imported_globals.len()) {
                Some(index) => GlobalAddr { instance: instance.0, index },
                None => *i.imported_globals.get(index)?,
            }),
        })
    }

    /// Index of an exported function of an instance.
    pub fn export_func(&self, instance: InstanceId, name: &[u8]) -> Option<u32> {
        let image = self.image(instance.0)?;
        let mut exports = image.exports().iter();
        let export = exports.find(|e| e.kind == KIND_FUNC && image.string(e.name, e.name_len) == Some(name))?;
        Some(export.index)
    }

    /// The program of an instance.
    pub fn program(&self, instance: InstanceId) -> Option<&Program> {
        Some(&self.instances.get(instance.0)?.program)
    }

    /// The memory of an instance.
    pub fn memory(&self, instance: InstanceId) -> Option<&Memory> {
        self.memories.get(self.instances.get(instance.0)?.memory?)
    }

    pub(crate) fn memory_mut(&mut self, id: usize) -> Option<&mut Memory> {
        self.memories.get_mut(self.instances.get(id)?.memory?)
    }

    /// Adds `count` elements to a table; its old length, or `None` if that is not possible.
    pub(crate) fn table_grow(&mut self, id: usize, table: u32, count: u32, value: u32) -> Option<u32> {
        let all = self.table_elems.checked_add(count).filter(|all| *all <= self.limits.max_all_table_elems)?;
        let old = self.table_mut(id, table)?.grow(count, value)?;
        self.table_elems = all;
        Some(old)
    }

    pub(crate) fn table_mut(&mut self, id: usize, table: u32) -> Option<&mut Table> {
        self.tables.get_mut(*self.instances.get(id)?.tables.get(table as usize)?)
    }
}
