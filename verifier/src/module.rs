//! An outline of the module: what its sections declare, read without validating.
//!
//! Validation stops at the first broken section, yet the report should still name functions and
//! list every import. So the sections (not the bodies) are read once before, forgivingly: what
//! cannot be read is left out. Nothing here is trusted: the verdict comes from the validator, and
//! only for a module that validates does the outline describe the whole module.

use std::collections::HashMap;

use wasmparser::{
    CompositeInnerType, ConstExpr, ElementItems, ElementKind, ExternalKind, FuncType, KnownCustom, MemoryType, Name,
    Operator, Parser, Payload, TableInit, TableType, TypeRef, ValType,
};

use crate::diag::{FunctionRef, printable};

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
    names: HashMap<u32, &'a str>,
    linkage_names: HashMap<u32, &'a str>,
}

impl<'a> Outline<'a> {
    pub(crate) fn read(wasm: &'a [u8]) -> Self {
        let mut outline = Self::default();
        // An unreadable section ends the outline, and the validator says why.
        let _ = outline.read_sections(wasm);
        outline
    }

    fn read_sections(&mut self, wasm: &'a [u8]) -> wasmparser::Result<()> {
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
                                self.linkage_names.entry(self.imported_functions).or_insert(import.name);
                                self.functions.push(ty);
                                self.imported_functions += 1;
                            }
                            TypeRef::Table(ty) => {
                                self.references_escape = true;
                                self.tables.push(ty);
                            }
                            TypeRef::Memory(ty) => self.add_memory(ty, offset),
                            TypeRef::Global(ty) => {
                                self.references_escape |= is_ref(ty.content_type);
                                reference_globals.push(is_ref(ty.content_type));
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
                        self.add_memory(memory, offset);
                    }
                }
                Payload::GlobalSection(section) => {
                    for global in section {
                        let global = global?;
                        self.add_references(&global.init_expr);
                        reference_globals.push(is_ref(global.ty.content_type));
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        match export.kind {
                            ExternalKind::Func | ExternalKind::FuncExact => {
                                self.exported.push(export.index);
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
        self.references_escape |= (0..self.imported_functions)
            .chain(self.exported.iter().copied())
            .filter_map(|index| self.signature(index))
            .any(|ty| ty.params().iter().chain(ty.results()).copied().any(is_ref));
        Ok(())
    }

    fn add_memory(&mut self, ty: MemoryType, offset: u64) {
        self.memory.get_or_insert(MemoryEntry { min: ty.initial, max: ty.maximum, offset });
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
            if let Name::Function(map) = subsection {
                for naming in map {
                    let Ok(naming) = naming else { return };
                    if !naming.name.is_empty() {
                        self.names.insert(naming.index, naming.name);
                    }
                }
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
