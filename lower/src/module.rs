//! What all functions of a module share: types, imports, constants, references; and the sections
//! that do not hold code.

use crate::error::{Error, Result};
use kengine::{
    image::{
        Data, Elem, ElemItem, Export, Global, INIT_CONST, INIT_FUNC, INIT_GLOBAL, Import, KIND_FUNC, KIND_GLOBAL,
        KIND_MEMORY, KIND_TABLE, MODE_ACTIVE, MODE_DECLARED, MODE_PASSIVE, Memory, Pool, SectionKind, Sig, Table,
        valtype, write::ImageBuilder,
    },
    lines::Line,
};
use std::collections::HashMap;
use wasmparser::{
    CompositeInnerType, ConstExpr, DataKind, ElementItems, ElementKind, ExternalKind, FuncType, Operator, RefType,
    TypeRef, ValType,
};

/// What the host says of an import; see [`crate::Options`].
pub type HostCost<'a> = &'a dyn Fn(&str, &str) -> Option<(u32, u64)>;

/// See the module.
#[derive(Default)]
pub(crate) struct Module {
    pub(crate) image: ImageBuilder,
    /// Parameters and results of each wasm type, and its signature in the image.
    types: Vec<TypeInfo>,
    /// The most results that one of the types has.
    pub(crate) max_results: u32,
    /// Type index of each function.
    pub(crate) funcs: Vec<u32>,
    pub(crate) imported_funcs: u32,
    pub(crate) imported_globals: u32,
    pub(crate) imported_tables: u32,
    /// Constant of each global, if it is immutable and defined as one.
    constants: Vec<Option<u64>>,
    /// Fuel of each imported function.
    pub(crate) import_costs: Vec<u32>,
    /// Functions that a reference may exist to, by function index.
    pub(crate) referenced: Vec<bool>,
    pool: HashMap<u64, u32>,
    strings: HashMap<String, u32>,
    pub(crate) start: Option<u32>,
    /// The last of the line map so far.
    pub(crate) last_line: Line,
    /// Names from the name section, by function index.
    pub(crate) names: Vec<(u32, String)>,
}

#[derive(Clone, Debug)]
struct TypeInfo {
    params: u16,
    results: u16,
    sig: u32,
}

/// Wasm's byte of a value type.
fn valtype_byte(ty: ValType, offset: u64) -> Result<u8> {
    Ok(match ty {
        ValType::I32 => valtype::I32,
        ValType::I64 => valtype::I64,
        ValType::F32 => valtype::F32,
        ValType::F64 => valtype::F64,
        ValType::Ref(ty) => return reftype_byte(ty, offset),
        ValType::V128 => return Err(Error::Unsupported { feature: "simd".into(), func: None, offset }),
    })
}

fn reftype_byte(ty: RefType, offset: u64) -> Result<u8> {
    if ty == RefType::FUNCREF {
        Ok(valtype::FUNCREF)
    } else if ty == RefType::EXTERNREF {
        Ok(valtype::EXTERNREF)
    } else {
        Err(Error::Unsupported { feature: format!("reference type {ty}"), func: None, offset })
    }
}

/// A constant expression, as far as wasm 2.0 has them.
enum Const {
    Bits(u64),
    Global(u32),
    Func(u32),
}

fn const_expr(expr: &ConstExpr<'_>) -> Result<Const> {
    let mut reader = expr.get_operators_reader();
    let offset = reader.original_position();
    let unsupported = || Error::Unsupported { feature: "extended constant expression".into(), func: None, offset };
    // CAST: bits.
    let value = match reader.read()? {
        Operator::I32Const { value } => Const::Bits(u64::from(value as u32)),
        Operator::I64Const { value } => Const::Bits(value as u64),
        Operator::F32Const { value } => Const::Bits(u64::from(value.bits())),
        Operator::F64Const { value } => Const::Bits(value.bits()),
        Operator::RefNull { .. } => Const::Bits(0),
        Operator::GlobalGet { global_index } => Const::Global(global_index),
        Operator::RefFunc { function_index } => Const::Func(function_index),
        _ => return Err(unsupported()),
    };
    match reader.read()? {
        Operator::End => Ok(value),
        _ => Err(unsupported()),
    }
}

impl Module {
    /// Parameters and results of a wasm type.
    pub(crate) fn arity(&self, ty: u32) -> (usize, usize) {
        self.types.get(ty as usize).map_or((0, 0), |t| (t.params.into(), t.results.into()))
    }

    /// Parameters and results of a function.
    pub(crate) fn func_arity(&self, func: u32) -> (usize, usize) {
        self.funcs.get(func as usize).map_or((0, 0), |ty| self.arity(*ty))
    }

    /// Signature index of a wasm type.
    pub(crate) fn sig_of_type(&self, ty: u32) -> u32 {
        self.types.get(ty as usize).map_or(0, |t| t.sig)
    }

    /// The constant that a global always is.
    pub(crate) fn constant_global(&self, global: u32) -> Option<u64> {
        self.constants.get(global as usize).copied().flatten()
    }

    /// Notes that a reference to the function may exist.
    pub(crate) fn reference(&mut self, func: u32) {
        if let Some(referenced) = self.referenced.get_mut(func as usize) {
            *referenced = true;
        }
    }

    pub(crate) fn pool_index(&mut self, bits: u64) -> u32 {
        let image = &mut self.image;
        *self.pool.entry(bits).or_insert_with(|| image.push(SectionKind::Pool, Pool { value: bits }.to_bytes()))
    }

    fn string(&mut self, text: &str) -> (u32, u32) {
        let strings = self.image.section(SectionKind::Strings);
        let start = *self.strings.entry(text.to_string()).or_insert_with(|| {
            let start = strings.len() as u32; // CAST: modules are shorter than 4 GiB
            strings.extend(text.bytes());
            start
        });
        (start, text.len() as u32)
    }

    /// Signatures in the image are sorted and distinct, so that an index is an identity.
    pub(crate) fn types(&mut self, types: wasmparser::TypeSectionReader<'_>) -> Result<()> {
        let offset = types.original_position();
        let mut all: Vec<(u16, u16, Vec<u8>)> = Vec::new();
        for group in types {
            for ty in group?.into_types() {
                let CompositeInnerType::Func(func) = &ty.composite_type.inner else {
                    return Err(Error::Unsupported { feature: "gc types".into(), func: None, offset });
                };
                all.push(Self::signature(func, offset)?);
            }
        }
        let mut sorted = all.clone();
        sorted.sort();
        sorted.dedup();
        if sorted.len() > 0xffff {
            let got = sorted.len() as u64;
            return Err(Error::Limit { what: "signatures", got, limit: 0xffff, func: None });
        }
        let mut start = 0;
        for (params, results, bytes) in &sorted {
            let sig = Sig { params: *params, results: *results, types: start };
            self.image.push(SectionKind::Sig, sig.to_bytes());
            self.image.section(SectionKind::SigTypes).extend(bytes);
            start += bytes.len() as u32;
        }
        self.max_results = all.iter().map(|(_, results, _)| u32::from(*results)).max().unwrap_or(0);
        for ty in all {
            let sig = sorted.binary_search(&ty).unwrap_or(0) as u32;
            self.types.push(TypeInfo { params: ty.0, results: ty.1, sig });
        }
        Ok(())
    }

    fn signature(func: &FuncType, offset: u64) -> Result<(u16, u16, Vec<u8>)> {
        let all = func.params().iter().chain(func.results());
        let bytes = all.map(|ty| valtype_byte(*ty, offset)).collect::<Result<Vec<u8>>>()?;
        // CAST: wasmparser allows 1,000 of each.
        Ok((func.params().len() as u16, func.results().len() as u16, bytes))
    }

    /// Imports, sorted by kind as the image wants them; the order within a kind is the module's.
    pub(crate) fn imports(&mut self, imports: wasmparser::ImportSectionReader<'_>, host: HostCost<'_>) -> Result<()> {
        let mut records: Vec<(u32, Import)> = Vec::new();
        for import in imports.into_imports_with_offsets() {
            let (offset, import) = import?;
            let (module, module_len) = self.string(import.module);
            let (name, name_len) = self.string(import.name);
            let mut record = Import { module, module_len, name, name_len, ..Import::default() };
            match import.ty {
                TypeRef::Func(ty) => {
                    let (cost, capabilities) = host(import.module, import.name).unwrap_or((0, 0));
                    record.kind = KIND_FUNC;
                    record.desc = self.sig_of_type(ty);
                    record.cost = cost;
                    record.capabilities = capabilities;
                    self.image.header.capabilities |= capabilities;
                    self.funcs.push(ty);
                    self.import_costs.push(cost);
                    self.imported_funcs += 1;
                }
                TypeRef::Table(ty) => {
                    record.kind = KIND_TABLE;
                    record.desc = u32::from(reftype_byte(ty.element_type, offset)?);
                    (record.flags, record.min, record.max) = limits(ty.initial, ty.maximum);
                    self.imported_tables += 1;
                }
                TypeRef::Memory(ty) => {
                    record.kind = KIND_MEMORY;
                    (record.flags, record.min, record.max) = limits(ty.initial, ty.maximum);
                }
                TypeRef::Global(ty) => {
                    record.kind = KIND_GLOBAL;
                    record.desc = u32::from(valtype_byte(ty.content_type, offset)?);
                    record.flags = ty.mutable.into();
                    self.imported_globals += 1;
                    self.constants.push(None);
                }
                _ => {
                    return Err(Error::Unsupported { feature: "exception handling".into(), func: None, offset });
                }
            }
            records.push((record.kind, record));
        }
        records.sort_by_key(|(kind, _)| *kind);
        for (_, record) in records {
            self.image.push(SectionKind::Import, record.to_bytes());
        }
        Ok(())
    }

    pub(crate) fn tables(&mut self, tables: wasmparser::TableSectionReader<'_>) -> Result<()> {
        for table in tables.into_iter_with_offsets() {
            let (offset, table) = table?;
            let ty = u32::from(reftype_byte(table.ty.element_type, offset)?);
            let (flags, min, max) = limits(table.ty.initial, table.ty.maximum);
            self.image.push(SectionKind::Table, Table { ty, flags, min, max }.to_bytes());
        }
        Ok(())
    }

    pub(crate) fn memories(&mut self, memories: wasmparser::MemorySectionReader<'_>) -> Result<()> {
        for memory in memories {
            let memory = memory?;
            let (flags, min, max) = limits(memory.initial, memory.maximum);
            self.image.push(SectionKind::Memory, Memory { flags, min, max, reserved: 0 }.to_bytes());
        }
        Ok(())
    }

    pub(crate) fn globals(&mut self, globals: wasmparser::GlobalSectionReader<'_>) -> Result<()> {
        for global in globals.into_iter_with_offsets() {
            let (offset, global) = global?;
            let (init, value) = match const_expr(&global.init_expr)? {
                Const::Bits(bits) => (INIT_CONST, bits),
                Const::Global(index) => match self.constant_global(index) {
                    Some(bits) => (INIT_CONST, bits),
                    None => (INIT_GLOBAL, u64::from(index)),
                },
                Const::Func(func) => {
                    self.reference(func);
                    (INIT_FUNC, u64::from(func))
                }
            };
            self.constants.push((init == INIT_CONST && !global.ty.mutable).then_some(value));
            let record = Global {
                ty: valtype_byte(global.ty.content_type, offset)?.into(),
                mutable: global.ty.mutable.into(),
                init,
                value,
            };
            self.image.push(SectionKind::Global, record.to_bytes());
        }
        Ok(())
    }

    pub(crate) fn exports(&mut self, exports: wasmparser::ExportSectionReader<'_>) -> Result<()> {
        for export in exports.into_iter_with_offsets() {
            let (offset, export) = export?;
            let kind = match export.kind {
                ExternalKind::Func => KIND_FUNC,
                ExternalKind::Table => KIND_TABLE,
                ExternalKind::Memory => KIND_MEMORY,
                ExternalKind::Global => KIND_GLOBAL,
                _ => {
                    return Err(Error::Unsupported { feature: "exception handling".into(), func: None, offset });
                }
            };
            if kind == KIND_FUNC {
                self.reference(export.index);
            }
            let (name, name_len) = self.string(export.name);
            let record = Export { kind, index: export.index, name, name_len };
            self.image.push(SectionKind::Export, record.to_bytes());
        }
        Ok(())
    }

    /// An offset expression as (init, value).
    fn offset_expr(&self, expr: &ConstExpr<'_>) -> Result<(u32, u32)> {
        // CAST: an i32 offset of a 32-bit memory or table.
        Ok(match const_expr(expr)? {
            Const::Bits(bits) => (INIT_CONST, bits as u32),
            Const::Global(index) => match self.constant_global(index) {
                Some(bits) => (INIT_CONST, bits as u32),
                None => (INIT_GLOBAL, index),
            },
            Const::Func(_) => (INIT_CONST, 0),
        })
    }

    pub(crate) fn elements(&mut self, elements: wasmparser::ElementSectionReader<'_>) -> Result<()> {
        let mut item = 0;
        for element in elements.into_iter_with_offsets() {
            let (offset, element) = element?;
            let mut record = Elem { item, ty: u32::from(valtype::FUNCREF), ..Elem::default() };
            match element.kind {
                ElementKind::Passive => record.mode = MODE_PASSIVE,
                ElementKind::Declared => record.mode = MODE_DECLARED,
                ElementKind::Active { table_index, offset_expr } => {
                    record.mode = MODE_ACTIVE;
                    record.table = table_index.unwrap_or(0);
                    (record.offset_init, record.offset) = self.offset_expr(&offset_expr)?;
                }
            }
            let mut items = Vec::new();
            match element.items {
                ElementItems::Functions(funcs) => {
                    for func in funcs {
                        let func = func?;
                        self.reference(func);
                        items.push(ElemItem { init: INIT_FUNC, index: func });
                    }
                }
                ElementItems::Expressions(ty, exprs) => {
                    record.ty = u32::from(reftype_byte(ty, offset)?);
                    for expr in exprs {
                        items.push(match const_expr(&expr?)? {
                            Const::Bits(_) => ElemItem { init: INIT_CONST, index: 0 },
                            Const::Global(index) => match self.constant_global(index) {
                                Some(_) => ElemItem { init: INIT_CONST, index: 0 },
                                None => ElemItem { init: INIT_GLOBAL, index },
                            },
                            Const::Func(func) => {
                                self.reference(func);
                                ElemItem { init: INIT_FUNC, index: func }
                            }
                        });
                    }
                }
            }
            record.item_len = items.len() as u32;
            item += record.item_len;
            for item in items {
                self.image.push(SectionKind::ElemItem, item.to_bytes());
            }
            self.image.push(SectionKind::Elem, record.to_bytes());
        }
        Ok(())
    }

    pub(crate) fn data(&mut self, data: wasmparser::DataSectionReader<'_>) -> Result<()> {
        for segment in data {
            let segment = segment?;
            let start = self.image.section(SectionKind::Blob).len() as u32;
            let mut record = Data { start, len: segment.data.len() as u32, ..Data::default() };
            match segment.kind {
                DataKind::Passive => record.mode = MODE_PASSIVE,
                DataKind::Active { offset_expr, .. } => {
                    record.mode = MODE_ACTIVE;
                    (record.offset_init, record.offset) = self.offset_expr(&offset_expr)?;
                }
            }
            self.image.section(SectionKind::Blob).extend(segment.data);
            self.image.push(SectionKind::Data, record.to_bytes());
        }
        Ok(())
    }
}

/// Limits as (flags, min, max). CAST: 32-bit memories and tables, as validated.
fn limits(min: u64, max: Option<u64>) -> (u32, u32, u32) {
    (max.is_some().into(), min as u32, max.unwrap_or(0) as u32)
}
