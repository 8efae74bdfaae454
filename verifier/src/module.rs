//! An outline of the module: what its sections declare, read without validating.
//!
//! Validation stops at the first broken section, yet the report should still name functions and
//! list every import. So the sections (not the bodies) are read once before, forgivingly: what
//! cannot be read is left out. Nothing here is trusted: the verdict comes from the validator, and
//! only for a module that validates does the outline describe the whole module.

use std::collections::HashMap;
use std::sync::OnceLock;

use wasmparser::{
    CompositeInnerType, ConstExpr, DataKind, ElementItems, ElementKind, ExternalKind, FuncType, KnownCustom,
    MemoryType, Name, Operator, Parser, Payload, TableInit, TableType, TypeRef, ValType,
};

use crate::diag::{FunctionRef, printable};
use crate::source::param_names;

/// A function type and where it stands.
pub(crate) struct TypeEntry {
    pub(crate) func: FuncType,
    pub(crate) offset: u64,
}

/// One import.
pub(crate) struct ImportEntry<'a> {
    pub(crate) module: &'a str,
    pub(crate) name: &'a str,
    pub(crate) ty: TypeRef,
    pub(crate) offset: u64,
}

/// A memory of the module.
pub(crate) struct MemoryEntry {
    pub(crate) min: u64,
    pub(crate) max: Option<u64>,
    pub(crate) offset: u64,
    pub(crate) imported: bool,
}

/// A global of the module.
pub(crate) struct GlobalEntry {
    pub(crate) ty: ValType,
    /// What it always is, if it cannot change and is a number.
    pub(crate) constant: Option<u64>,
}

/// A data segment that is copied to a fixed place.
struct DataEntry<'a> {
    start: u64,
    bytes: &'a [u8],
    index: u32,
}

/// What the sections declare. All indices are those of the wasm index spaces.
#[derive(Default)]
pub(crate) struct Outline<'a> {
    /// By type index; `None` for a type that is no function type.
    pub(crate) types: Vec<Option<TypeEntry>>,
    pub(crate) imports: Vec<ImportEntry<'a>>,
    /// Type index of each function, imported ones first.
    pub(crate) functions: Vec<u32>,
    pub(crate) imported_functions: u32,
    pub(crate) tables: Vec<TableType>,
    /// Memory 0.
    pub(crate) memory: Option<MemoryEntry>,
    /// Functions whose reference may be stored, by element segments, globals and table initialisers.
    pub(crate) referenced: Vec<u32>,
    /// Functions that are exported by name.
    pub(crate) exported: Vec<u32>,
    /// True if the host can get at a table or a reference, and so can store there any function
    /// that it was given by export.
    pub(crate) references_escape: bool,
    /// True if the linker has not run yet.
    pub(crate) is_object_file: bool,
    pub(crate) globals: Vec<GlobalEntry>,
    /// The start function.
    pub(crate) start: Option<u32>,
    /// Functions whose calls claim a loop bound.
    pub(crate) claims: Vec<u32>,
    data: Vec<DataEntry<'a>>,
    /// Segments whose name says that they are read only.
    read_only: Vec<u32>,
    local_names: HashMap<(u32, u32), &'a str>,
    names: HashMap<u32, &'a str>,
    linkage_names: HashMap<u32, &'a str>,
    wasm: &'a [u8],
    /// Names of parameters from the debug information, by function among those with a body; once they are asked for.
    param_names: OnceLock<HashMap<(u32, u32), String>>,
}

impl<'a> Outline<'a> {
    pub(crate) fn read(wasm: &'a [u8]) -> Self {
        let mut outline = Self { wasm, ..Self::default() };
        // An unreadable section ends the outline, and the validator says why.
        let _ = outline.read_sections(wasm, false);
        outline
    }

    /// Types, imports and the memory, and no names: what stands before the globals.
    pub(crate) fn read_first_sections(wasm: &'a [u8]) -> Self {
        let mut outline = Self::default();
        let _ = outline.read_sections(wasm, true);
        outline
    }

    fn read_sections(&mut self, wasm: &'a [u8], only_first: bool) -> wasmparser::Result<()> {
        let mut parser = Parser::new(0);
        let mut rest = wasm;
        let is_ref = |ty: ValType| matches!(ty, ValType::Ref(_));
        // By global index: true if the global holds a reference.
        let mut reference_globals = Vec::new();
        loop {
            let (consumed, payload) = match parser.parse(rest, true)? {
                wasmparser::Chunk::Parsed { consumed, payload } => (consumed, payload),
                wasmparser::Chunk::NeedMoreData(_) => return Ok(()),
            };
            rest = rest.get(consumed..).unwrap_or(&[]);
            match payload {
                Payload::FunctionSection(_) | Payload::CustomSection(_) if only_first => {}
                Payload::GlobalSection(_)
                | Payload::ExportSection(_)
                | Payload::StartSection { .. }
                | Payload::ElementSection(_)
                | Payload::DataCountSection { .. }
                | Payload::DataSection(_)
                | Payload::CodeSectionStart { .. }
                    if only_first =>
                {
                    break;
                }
                Payload::TypeSection(section) => {
                    for group in section {
                        for (offset, ty) in group?.into_types_and_offsets() {
                            let func = match ty.composite_type.inner {
                                CompositeInnerType::Func(func) => Some(TypeEntry { func, offset }),
                                _ => None,
                            };
                            self.types.push(func);
                        }
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports_with_offsets() {
                        let (offset, import) = import?;
                        match import.ty {
                            TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
                                if import.name == crate::analysis::CLAIM {
                                    self.claims.push(self.imported_functions);
                                }
                                self.linkage_names.entry(self.imported_functions).or_insert(import.name);
                                self.functions.push(ty);
                                self.imported_functions += 1;
                            }
                            TypeRef::Table(ty) => {
                                self.references_escape = true;
                                self.tables.push(ty);
                            }
                            TypeRef::Memory(ty) => self.add_memory(ty, offset, true),
                            TypeRef::Global(ty) => {
                                self.references_escape |= is_ref(ty.content_type);
                                reference_globals.push(is_ref(ty.content_type));
                                self.globals.push(GlobalEntry { ty: ty.content_type, constant: None });
                            }
                            TypeRef::Tag(_) => {}
                        }
                        self.imports.push(ImportEntry {
                            module: import.module,
                            name: import.name,
                            ty: import.ty,
                            offset,
                        });
                    }
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        self.functions.push(ty?);
                    }
                }
                Payload::TableSection(section) => {
                    for table in section {
                        let table = table?;
                        if let TableInit::Expr(expr) = &table.init {
                            self.add_references(expr);
                        }
                        self.tables.push(table.ty);
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section.into_iter_with_offsets() {
                        let (offset, memory) = memory?;
                        self.add_memory(memory, offset, false);
                    }
                }
                Payload::GlobalSection(section) => {
                    for global in section {
                        let global = global?;
                        self.add_references(&global.init_expr);
                        reference_globals.push(is_ref(global.ty.content_type));
                        let constant = self.number(&global.init_expr).filter(|_| !global.ty.mutable);
                        self.globals.push(GlobalEntry { ty: global.ty.content_type, constant });
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        match export.kind {
                            ExternalKind::Func | ExternalKind::FuncExact => {
                                self.exported.push(export.index);
                                if export.name == crate::analysis::CLAIM {
                                    self.claims.push(export.index);
                                }
                                self.linkage_names.entry(export.index).or_insert(export.name);
                            }
                            ExternalKind::Table => self.references_escape = true,
                            ExternalKind::Global => {
                                let is_reference = reference_globals.get(export.index as usize);
                                self.references_escape |= is_reference == Some(&true);
                            }
                            _ => {}
                        }
                    }
                }
                Payload::ElementSection(section) => {
                    for element in section {
                        let element = element?;
                        // A declared segment stores nothing; its functions count where a body
                        // takes their reference.
                        if matches!(element.kind, ElementKind::Declared) {
                            continue;
                        }
                        match element.items {
                            ElementItems::Functions(indices) => {
                                for index in indices {
                                    self.referenced.push(index?);
                                }
                            }
                            ElementItems::Expressions(_, exprs) => {
                                for expr in exprs {
                                    self.add_references(&expr?);
                                }
                            }
                        }
                    }
                }
                Payload::StartSection { func, .. } => self.start = Some(func),
                Payload::DataSection(section) => {
                    for (index, data) in (0..).zip(section) {
                        let data = data?;
                        if let DataKind::Active { offset_expr, .. } = &data.kind
                            && let Some(start) = self.number(offset_expr)
                        {
                            self.data.push(DataEntry { start, bytes: data.data, index });
                        }
                    }
                }
                Payload::CodeSectionStart { size, .. } => {
                    parser.skip_section();
                    rest = rest.get(size as usize..).unwrap_or(&[]);
                }
                Payload::CustomSection(section) => match section.as_known() {
                    KnownCustom::Name(names) => self.read_names(names),
                    KnownCustom::Linking(_) => self.is_object_file = true,
                    _ => {}
                },
                Payload::End(_) => break,
                _ => {}
            }
        }
        // A function that gives something back does more than claim.
        let is_number = |ty: &ValType| matches!(ty, ValType::I32 | ValType::I64);
        let mut claims = std::mem::take(&mut self.claims);
        claims.retain(|claim| {
            self.signature(*claim)
                .is_some_and(|ty| ty.results().is_empty() && matches!(ty.params(), [one] if is_number(one)))
        });
        self.claims = claims;
        self.references_escape |= (0..self.imported_functions)
            .chain(self.exported.iter().copied())
            .filter_map(|index| self.signature(index))
            .any(|ty| ty.params().iter().chain(ty.results()).copied().any(is_ref));
        Ok(())
    }

    fn add_memory(&mut self, ty: MemoryType, offset: u64, imported: bool) {
        self.memory.get_or_insert(MemoryEntry { min: ty.initial, max: ty.maximum, offset, imported });
    }

    /// The number that a constant expression gives; i32 as its bits.
    fn number(&self, expr: &ConstExpr<'_>) -> Option<u64> {
        let mut reader = expr.get_operators_reader();
        // CAST: bits.
        let number = match reader.read().ok()? {
            Operator::I32Const { value } => u64::from(value as u32),
            Operator::I64Const { value } => value as u64,
            Operator::GlobalGet { global_index } => self.globals.get(global_index as usize)?.constant?,
            _ => return None,
        };
        matches!(reader.read(), Ok(Operator::End)).then_some(number)
    }

    /// The bytes at an address of memory, if they are read-only data.
    pub(crate) fn constant_data(&self, addr: u64, len: u8) -> Option<u64> {
        let len = usize::from(len);
        // Of segments that overlap the last counts; read-only ones do not.
        let entry = self.data.iter().rev().find(|d| d.start <= addr && addr < d.start + d.bytes.len() as u64)?;
        if !self.read_only.contains(&entry.index) {
            return None;
        }
        let at = usize::try_from(addr - entry.start).ok()?;
        let bytes = entry.bytes.get(at..at + len)?;
        Some(bytes.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte)))
    }

    /// The name of a local, for parameters from the debug information, too; or `p0`, `p1` … for parameters and
    /// `local N` for others.
    pub(crate) fn local_name(&self, function: u32, local: u32) -> String {
        if let Some(name) = self.local_names.get(&(function, local)) {
            return printable(name).into_owned();
        }
        if local >= self.params(function) {
            return format!("local {local}");
        }
        let params = |body: u32| self.params(body.saturating_add(self.imported_functions));
        let names = self.param_names.get_or_init(|| param_names(self.wasm, &params));
        let body = function.checked_sub(self.imported_functions);
        match body.and_then(|body| names.get(&(body, local))) {
            Some(name) => printable(name).into_owned(),
            None => format!("p{local}"),
        }
    }

    /// How many parameters a function has.
    pub(crate) fn params(&self, function: u32) -> u32 {
        // CAST: wasmparser allows 1,000.
        self.signature(function).map_or(0, |ty| ty.params().len() as u32)
    }

    /// Whether a name is one of the function's.
    pub(crate) fn is_called(&self, function: u32, name: &str) -> bool {
        let raw = [self.names.get(&function), self.linkage_names.get(&function)];
        raw.into_iter().flatten().any(|raw| *raw == name) || self.name(function).is_some_and(|own| own == name)
    }

    fn add_references(&mut self, expr: &ConstExpr<'_>) {
        let mut reader = expr.get_operators_reader();
        while let Ok(operator) = reader.read() {
            match operator {
                Operator::RefFunc { function_index } => self.referenced.push(function_index),
                Operator::End => break,
                _ => {}
            }
        }
    }

    fn read_names(&mut self, names: wasmparser::NameSectionReader<'a>) {
        for subsection in names {
            let Ok(subsection) = subsection else { return };
            match subsection {
                Name::Function(map) => {
                    for naming in map {
                        let Ok(naming) = naming else { return };
                        if !naming.name.is_empty() {
                            self.names.insert(naming.index, naming.name);
                        }
                    }
                }
                Name::Local(functions) => {
                    for function in functions {
                        let Ok(function) = function else { return };
                        for naming in function.names {
                            let Ok(naming) = naming else { return };
                            self.local_names.insert((function.index, naming.index), naming.name);
                        }
                    }
                }
                Name::Data(map) => {
                    for naming in map {
                        let Ok(naming) = naming else { return };
                        if naming.name == ".rodata" || naming.name.starts_with(".rodata.") {
                            self.read_only.push(naming.index);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// The signature of a function.
    pub(crate) fn signature(&self, function: u32) -> Option<&FuncType> {
        self.func_type(*self.functions.get(function as usize)?)
    }

    /// The function type with this index.
    pub(crate) fn func_type(&self, ty: u32) -> Option<&FuncType> {
        self.types.get(ty as usize)?.as_ref().map(|entry| &entry.func)
    }

    /// The name of a function as a person should read it.
    pub(crate) fn name(&self, function: u32) -> Option<String> {
        let raw = self.names.get(&function).or_else(|| self.linkage_names.get(&function))?;
        let name = match rustc_demangle::try_demangle(raw) {
            // `{:#}` leaves the hash out.
            Ok(demangled) => format!("{demangled:#}"),
            Err(_) => (*raw).to_owned(),
        };
        Some(printable(&name).into_owned())
    }

    /// A function as diagnostics name it.
    pub(crate) fn function(&self, index: u32) -> FunctionRef {
        FunctionRef { index, name: self.name(index) }
    }
}

/// Whether a module imports or exports the function by which programs claim loop bounds. Bodies are not looked at, nor
/// what is behind them.
pub fn claims_bounds(wasm: &[u8]) -> bool {
    let mut parser = Parser::new(0);
    let mut rest = wasm;
    while let Ok(wasmparser::Chunk::Parsed { consumed, payload }) = parser.parse(rest, true) {
        let is_named = match payload {
            Payload::ImportSection(section) => {
                section.into_imports_with_offsets().flatten().any(|(_, import)| import.name == crate::analysis::CLAIM)
            }
            Payload::ExportSection(section) => section.into_iter().flatten().any(|e| e.name == crate::analysis::CLAIM),
            Payload::CodeSectionStart { .. } | Payload::DataSection(_) | Payload::End(_) => return false,
            _ => false,
        };
        if is_named {
            return true;
        }
        rest = rest.get(consumed..).unwrap_or(&[]);
    }
    false
}

/// Bytes of the contents of the code section; 0 without one.
pub fn code_bytes(wasm: &[u8]) -> u64 {
    for payload in Parser::new(0).parse_all(wasm) {
        match payload {
            Ok(Payload::CodeSectionStart { size, .. }) => return size.into(),
            Ok(_) => {}
            Err(_) => break,
        }
    }
    0
}

/// A signature in the notation of the text format's types, `(i32, i64) -> f32`.
pub(crate) fn signature_text(params: &[ValType], results: &[ValType]) -> String {
    let list = |types: &[ValType]| {
        // A signature may have a thousand values; nobody reads them all.
        let mut parts: Vec<String> = types.iter().take(16).map(ValType::to_string).collect();
        if types.len() > 16 {
            parts.push(format!("… {} in all", types.len()));
        }
        parts.join(", ")
    };
    match results {
        [] => format!("({})", list(params)),
        [one] => format!("({}) -> {one}", list(params)),
        many => format!("({}) -> ({})", list(params), list(many)),
    }
}
