//! Everything but code, record by record: R2-R6, R16, R21, R22.

use super::{
    At, Check, Code, HEADER, Host, ImportError, MAX_FRAME, MAX_HOST_COST, MAX_PAGES, MAX_PARAMS, MAX_SIGS, Result,
    Sink, need, numbered, sum,
};
use crate::{
    image::{
        Elem, Export, FLAG_FLOAT, FUNC_REF, Global, INIT_CONST, INIT_FUNC, INIT_GLOBAL, Import, KIND_FUNC, KIND_GLOBAL,
        KIND_MEMORY, KIND_TABLE, MODE_ACTIVE, MODE_DECLARED, MODE_PASSIVE, NO_INDEX, SectionKind, Sig,
        valtype::{EXTERNREF, F32, F64, FUNCREF, I32, I64},
    },
    isa::POLL_MAX,
};

/// Bytes of a section; fewer than 2^32.
fn len(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

fn is_ref(ty: u32) -> bool {
    ty == FUNCREF.into() || ty == EXTERNREF.into()
}

fn is_valtype(ty: u32) -> bool {
    is_ref(ty) || [I32, I64, F32, F64].iter().any(|t| ty == u32::from(*t))
}

/// Whether flags, minimum and maximum of a table or memory agree; the maximum is 0 if the flag is.
fn are_limits(flags: u32, min: u32, max: u32, most: u32) -> bool {
    if flags == 0 { max == 0 && min <= most } else { flags == 1 && min <= max && max <= most }
}

impl<'a, S: Sink> Check<'a, '_, S> {
    /// All tables, in the order of the file as far as one rule leans on another.
    pub(super) fn tables(&mut self, host: &dyn Host) -> Result {
        self.header()?;
        self.sigs()?;
        self.imports(host)?;
        self.memories_and_tables()?;
        self.globals()?;
        self.funcs()?;
        self.elems()?;
        self.datas()?;
        self.exports()
    }

    /// R21, R22: what the header claims and what the loader allows.
    fn header(&mut self) -> Result {
        let (header, limits, at) = (&self.tables.image.header, self.limits, self.at);
        need!(at, StackLimit: header.stack_claim, <= limits.max_stack_slots);
        let max_fuel = if limits.max_fuel_claim == 0 { u64::MAX } else { limits.max_fuel_claim };
        need!(at, FuelClaim: header.fuel_claim, <= max_fuel);
        need!(at, NotBounded: header.class, if !limits.bounded_only || header.class == 1 && header.fuel_claim != 0);
        need!(at, FloatDenied: header.flags, if limits.float || header.flags & FLAG_FLOAT == 0);
        Ok(())
    }

    /// R2, and that SIGDEPTH has a record for each signature.
    fn sigs(&mut self) -> Result {
        need!(self.at, SigCount: self.tables.sigs.len(), <= MAX_SIGS);
        need!(self.at, SigDepthCount: self.tables.sig_depths.len(), == self.tables.sigs.len());
        let (mut cursor, mut last, total) = (0, None, len(self.tables.image.section(SectionKind::SigTypes)));
        for (at, sig) in numbered(self.at, self.tables.sigs) {
            self.tick()?;
            need!(at, SigArity: sig.params.max(sig.results), <= MAX_PARAMS);
            let types = u32::from(sig.params).saturating_add(sig.results.into());
            at.part(Code::SigTypes, &mut cursor, sig.types, types, total)?;
            let types = self.tables.image.sig_types(&sig).unwrap_or(&[]);
            for ty in types {
                need!(at, ValType: *ty, if is_valtype((*ty).into()));
            }
            let this = Some((sig.params, sig.results, types));
            need!(at, SigOrder: at.pc, if last < this);
            last = this;
        }
        need!(self.at, SigTypes: cursor, == total);
        Ok(())
    }

    /// A name in STRINGS, which is UTF-8 as a whole.
    fn name(&self, at: At<'_>, start: u32, len: u32) -> Result<&'a [u8]> {
        let range = usize::try_from(start).ok().zip(usize::try_from(sum(start, len)).ok());
        let name = range.and_then(|(from, to)| self.tables.strings.get(from..to));
        name.map(str::as_bytes).ok_or_else(|| at.refuse(Code::Name, len.into(), start.into()))
    }

    /// R3.
    fn imports(&mut self, host: &dyn Host) -> Result {
        let (mut last, mut needed) = (KIND_FUNC, 0);
        for (at, import) in numbered(self.at, self.tables.imports) {
            self.tick()?;
            let Import { kind, desc, flags, min, max, cost, capabilities, .. } = import;
            need!(at, ImportKind: kind, >= last);
            need!(at, ImportFields: capabilities | u64::from(cost), if kind == KIND_FUNC || capabilities == 0 && cost == 0);
            let name = self.name(at, import.name, import.name_len)?;
            let module = self.name(at, import.module, import.module_len)?;
            let count = match kind {
                KIND_FUNC => {
                    need!(at, ImportFields: flags | min | max, == 0u32);
                    self.host_func(at, &import, host, module, name)?;
                    needed |= capabilities;
                    &mut self.tables.imported.funcs
                }
                KIND_TABLE => {
                    need!(at, ImportDesc: desc, if is_ref(desc));
                    need!(at, TableLimits: min, if are_limits(flags, min, max, u32::MAX));
                    &mut self.tables.imported.tables
                }
                KIND_MEMORY => {
                    need!(at, ImportDesc: desc, == 0u32);
                    self.memory(at, flags, min, max)?;
                    &mut self.tables.imported.memories
                }
                KIND_GLOBAL => {
                    need!(at, ImportDesc: desc, if is_valtype(desc));
                    need!(at, ImportFields: flags | min | max, if flags <= 1 && min == 0 && max == 0);
                    &mut self.tables.imported.globals
                }
                _ => return Err(at.refuse(Code::ImportKind, KIND_GLOBAL.into(), kind.into())),
            };
            *count = count.saturating_add(1);
            last = kind;
        }
        need!(self.at, HeaderCaps: self.tables.image.header.capabilities, == needed);
        Ok(())
    }

    /// An imported function and what the host says about it.
    fn host_func(&self, at: At<'_>, import: &Import, host: &dyn Host, module: &[u8], name: &[u8]) -> Result {
        let sig = at.get(Code::ImportDesc, self.tables.sigs, import.desc)?;
        let types = self.tables.image.sig_types(&sig).and_then(|types| types.split_at_checked(sig.params.into()));
        let (params, results) = types.unwrap_or_default();
        let info = host.import(module, name, params, results).map_err(|error| match error {
            ImportError::Unknown => at.refuse(Code::ImportUnknown, 0, import.name.into()),
            ImportError::Signature => at.refuse(Code::ImportSig, 0, import.desc.into()),
        })?;
        need!(at, ImportCost: import.cost, == info.cost);
        need!(at, ImportCost: import.cost, <= MAX_HOST_COST);
        need!(at, ImportCaps: import.capabilities, == info.capabilities);
        need!(at, Denied: import.capabilities & !self.limits.granted, == 0u32);
        need!(at, Sleeps: import.name, if !(info.may_sleep && self.limits.bounded_only));
        Ok(())
    }

    /// R5: a memory, imported or own.
    fn memory(&mut self, at: At<'_>, flags: u32, min: u32, max: u32) -> Result {
        need!(at, MemoryCount: 2u32, if !self.tables.memory);
        need!(at, MemoryLimits: min, if are_limits(flags, min, max, MAX_PAGES));
        need!(at, MemoryPages: min, <= self.limits.max_pages);
        self.tables.memory = true;
        Ok(())
    }

    /// R5: memory and tables of the image itself.
    fn memories_and_tables(&mut self) -> Result {
        for (at, memory) in numbered(self.at, self.tables.image.memories()) {
            need!(at, MemoryLimits: memory.reserved, == 0u32);
            self.memory(at, memory.flags, memory.min, memory.max)?;
        }
        let mut elems = 0;
        for (at, table) in numbered(self.at, self.tables.image.tables()) {
            self.tick()?;
            need!(at, TableType: table.ty, if is_ref(table.ty));
            need!(at, TableLimits: table.min, if are_limits(table.flags, table.min, table.max, u32::MAX));
            elems = sum(elems, table.min);
            need!(at, TableElems: elems, <= self.limits.max_table_elems);
        }
        Ok(())
    }

    /// R5: globals of the image itself.
    fn globals(&mut self) -> Result {
        for (at, Global { ty, mutable, init, value }) in numbered(self.at, self.tables.globals) {
            self.tick()?;
            let ty = u32::from(ty);
            need!(at, GlobalType: ty, if is_valtype(ty) && mutable <= 1);
            if init == INIT_CONST {
                // The narrow types leave the upper half zero; a constant reference is null.
                let narrow = ty == I32.into() || ty == F32.into();
                need!(at, GlobalInit: value, if value == 0 || !is_ref(ty) && (!narrow || value >> 32 == 0));
            } else {
                self.init(at, Code::GlobalInit, init, u32::try_from(value).unwrap_or(NO_INDEX), ty)?;
            }
        }
        Ok(())
    }

    /// A value of type `ty` from an imported immutable global, or a reference to a function.
    fn init(&self, at: At<'_>, code: Code, init: u32, index: u32, ty: u32) -> Result {
        match init {
            INIT_GLOBAL => {
                let global = self.imported_global(at, code, index)?;
                let fits = global.desc == ty && global.flags == 0;
                if fits { Ok(()) } else { Err(at.refuse(code, ty.into(), global.desc.into())) }
            }
            INIT_FUNC if ty == FUNCREF.into() => self.reference(at, index),
            _ => Err(at.refuse(code, ty.into(), init.into())),
        }
    }

    pub(super) fn imported_global(&self, at: At<'_>, code: Code, index: u32) -> Result<Import> {
        let others = self.tables.imports.len().saturating_sub(self.tables.imported.globals);
        at.get(code, self.tables.imports, others.saturating_add(index))
    }

    /// R16: a function, imports first, to which a reference may exist.
    pub(super) fn reference(&self, at: At<'_>, index: u32) -> Result {
        if let Some(own) = index.checked_sub(self.tables.imported.funcs) {
            let func = at.get(Code::RefIndex, self.tables.funcs, own)?;
            need!(at, RefFlag: index, if func.flags & FUNC_REF != 0);
        }
        Ok(())
    }

    /// Reference type of a table, imports first.
    pub(super) fn table_type(&self, at: At<'_>, code: Code, index: u32) -> Result<u32> {
        match index.checked_sub(self.tables.imported.tables) {
            Some(own) => Ok(at.get(code, self.tables.image.tables(), own)?.ty),
            None => Ok(at.get(code, self.tables.imports, self.tables.imported.funcs.saturating_add(index))?.desc),
        }
    }

    /// R4 and, for REF functions, R16.
    fn funcs(&mut self) -> Result {
        let (mut code, mut leader) = (0, 0);
        let code_len = self.tables.image.code().len();
        for (at, func) in numbered(self.at, self.tables.funcs) {
            self.tick()?;
            at.part(Code::FuncCode, &mut code, func.code, func.code_len, code_len)?;
            need!(at, FuncCode: func.code_len, > 0u32);
            at.part(Code::FuncLeaders, &mut leader, func.leader, func.leader_len, self.tables.leaders.len())?;
            let sig = at.get(Code::FuncSig, self.tables.sigs, func.sig)?;
            need!(at, FuncFrame: sig.params.max(sig.results), <= func.frame);
            need!(at, FuncFrame: func.frame, <= MAX_FRAME);
            need!(at, FuncDepth: func.depth, >= sum(func.frame, HEADER));
            need!(at, FuncStack: func.depth, <= self.limits.max_stack_slots);
            need!(at, FuncCredit: func.credit, <= POLL_MAX);
            need!(at, FuncFlags: func.flags, if func.flags <= FUNC_REF && func.reserved == 0);
            if func.flags & FUNC_REF != 0 {
                // NONE is the largest number; no certified call uses it.
                let bound = at.get(Code::SigDepthCount, self.tables.sig_depths, func.sig)?.depth;
                need!(at, SigDepthBound: func.depth, <= bound);
            }
        }
        need!(self.at, FuncCode: code, == code_len);
        need!(self.at, FuncLeaders: leader, == self.tables.leaders.len());
        Ok(())
    }

    /// R6: element segments. Where active ones end is tested at instantiation.
    fn elems(&mut self) -> Result {
        let (mut cursor, items) = (0, self.tables.image.elem_items());
        for (at, elem) in numbered(self.at, self.tables.image.elems()) {
            self.tick()?;
            let Elem { mode, table, offset_init, offset, item, item_len, ty, reserved } = elem;
            need!(at, ElemType: ty, if is_ref(ty));
            let unused = if mode == MODE_ACTIVE { 0 } else { table | offset_init | offset };
            need!(at, ElemMode: mode, if mode <= MODE_DECLARED && reserved == 0 && unused == 0);
            if mode == MODE_ACTIVE {
                need!(at, ElemType: ty, == self.table_type(at, Code::ElemTable, table)?);
                self.offset(at, Code::ElemOffset, offset_init, offset)?;
            }
            let first = cursor;
            at.part(Code::ElemItems, &mut cursor, item, item_len, items.len())?;
            for operand in first..cursor {
                self.tick()?;
                let at = At { operand, ..at };
                let item = at.get(Code::ElemItems, items, operand)?;
                if item.init != INIT_CONST || item.index != 0 {
                    self.init(at, Code::ElemItem, item.init, item.index, ty)?;
                }
            }
        }
        need!(self.at, ElemItems: cursor, == items.len());
        Ok(())
    }

    /// R6: data segments.
    fn datas(&mut self) -> Result {
        let (mut cursor, blob) = (0, len(self.tables.image.section(SectionKind::Blob)));
        for (at, data) in numbered(self.at, self.tables.image.datas()) {
            self.tick()?;
            let unused = if data.mode == MODE_ACTIVE { 0 } else { data.offset_init | data.offset };
            need!(at, DataMode: data.mode, if data.mode <= MODE_PASSIVE && data.reserved == 0 && unused == 0);
            if data.mode == MODE_ACTIVE {
                need!(at, DataMemory: 0u32, if self.tables.memory);
                self.offset(at, Code::DataOffset, data.offset_init, data.offset)?;
            }
            at.part(Code::DataBytes, &mut cursor, data.start, data.len, blob)?;
        }
        need!(self.at, DataBytes: cursor, == blob);
        Ok(())
    }

    /// Offset of an active segment: any i32, or an imported global that holds one.
    fn offset(&self, at: At<'_>, code: Code, init: u32, value: u32) -> Result {
        if init == INIT_CONST { Ok(()) } else { self.init(at, code, init, value, I32.into()) }
    }

    /// R5 and R21: exports and the start function.
    fn exports(&mut self) -> Result {
        let (header, imported) = (self.tables.image.header, &self.tables.imported);
        let counts = [
            sum(imported.funcs, self.tables.funcs.len()),
            sum(imported.tables, self.tables.image.tables().len()),
            self.tables.memory.into(),
            sum(imported.globals, self.tables.globals.len()),
        ];
        for (at, Export { kind, index, name, name_len }) in numbered(self.at, self.tables.image.exports()) {
            self.tick()?;
            self.name(at, name, name_len)?;
            let count = usize::try_from(kind).ok().and_then(|kind| counts.get(kind)).copied();
            need!(at, ExportIndex: index, < count.unwrap_or(0));
            if kind == KIND_FUNC {
                self.reference(at, index)?;
                need!(at, StackClaim: header.stack_claim, >= self.entry(at, index)?.1);
            }
        }
        if header.start != NO_INDEX {
            let (sig, depth) = self.entry(self.at, header.start)?;
            need!(self.at, StartSig: sig.params.max(sig.results), == 0u32);
            need!(self.at, StackClaim: header.stack_claim, >= depth);
        }
        Ok(())
    }

    /// Signature and depth of a function, imports first.
    fn entry(&self, at: At<'_>, index: u32) -> Result<(Sig, u32)> {
        let (sig, depth) = match index.checked_sub(self.tables.imported.funcs) {
            Some(own) => at.get(Code::StartIndex, self.tables.funcs, own).map(|func| (func.sig, func.depth))?,
            None => (at.get(Code::StartIndex, self.tables.imports, index)?.desc, 0),
        };
        Ok((at.get(Code::StartIndex, self.tables.sigs, sig)?, depth))
    }
}
