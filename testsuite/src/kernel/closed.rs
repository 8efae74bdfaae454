//! Modules that import something, made into modules that import nothing.
//!
//! The kernel offers `cwa` alone, and instances there do not import from one another. What a module of the official suite
//! imports becomes its own, in the same place of its index space: a function that does nothing and gives zeros, a global
//! of the value that those of the suite's host module `spectest` have, a table and a memory at least as large as
//! `spectest`'s, whoever exports them. That is another program, but one that both engines have to run alike.

use super::Result;
use std::convert::Infallible;
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Function, FunctionSection, GlobalSection, Instruction,
    MemorySection, MemoryType, Module, RawSection, TableSection, TableType,
    reencode::{Error, Reencode},
};
use wasmparser::{FuncType, Operator, Parser, Payload, TypeRef, ValType};

/// What `spectest` exports: an integer, a float, pages and their limit, table entries and their limit.
const INTEGER: i32 = 666;
const FLOAT: f32 = 666.6;
const PAGES: (u64, u64) = (1, 2);
const ENTRIES: (u64, u64) = (10, 20);

/// Sections of the new module, those with index spaces as far as they are known.
#[derive(Default)]
struct Closed<'a> {
    types: Vec<FuncType>,
    constants: Constants,
    functions: FunctionSection,
    tables: TableSection,
    memories: MemorySection,
    globals: GlobalSection,
    elements: ElementSection,
    code: CodeSection,
    data: DataSection,
    /// Sections that stay as they are.
    type_section: Option<RawSection<'a>>,
    exports: Option<RawSection<'a>>,
    start: Option<RawSection<'a>>,
}

/// Values of the globals that were imports: a constant expression of wasm 1.0 may name these alone.
#[derive(Default)]
struct Constants(Vec<ConstExpr>);

impl Reencode for Constants {
    type Error = Infallible;

    fn const_expr(&mut self, expr: wasmparser::ConstExpr<'_>) -> std::result::Result<ConstExpr, Error> {
        if let Operator::GlobalGet { global_index } = expr.get_operators_reader().read()?
            && let Some(constant) = self.0.get(global_index as usize)
        {
            return Ok(constant.clone());
        }
        wasm_encoder::reencode::utils::const_expr(self, expr)
    }
}

/// The module without imports; none if it has none to begin with.
///
/// # Errors
/// `wasm` is not a module of wasm 1.0.
pub(super) fn close(wasm: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut closed = Closed::default();
    let mut imports = 0;
    for payload in Parser::new(0).parse_all(wasm) {
        imports += closed.section(wasm, payload?)?;
    }
    if imports == 0 {
        return Ok(None);
    }
    let mut module = Module::new();
    let raw = |module: &mut Module, section: Option<RawSection<'_>>| {
        section.map(|section| {
            module.section(&section);
        })
    };
    raw(&mut module, closed.type_section);
    module.section(&closed.functions).section(&closed.tables).section(&closed.memories).section(&closed.globals);
    raw(&mut module, closed.exports);
    raw(&mut module, closed.start);
    module.section(&closed.elements).section(&closed.code).section(&closed.data);
    Ok(Some(module.finish()))
}

impl<'a> Closed<'a> {
    /// Takes a section in; the number of its imports.
    fn section(&mut self, wasm: &'a [u8], payload: Payload<'a>) -> Result<u32> {
        let raw = |payload: &Payload<'_>| -> Result<Option<RawSection<'a>>> {
            let (id, range) = payload.as_section().ok_or("not a section")?;
            let data = wasm
                .get(usize::try_from(range.start)?..usize::try_from(range.end)?)
                .ok_or("a section beyond the end")?;
            Ok(Some(RawSection { id, data }))
        };
        match payload {
            Payload::TypeSection(ref section) => {
                self.type_section = raw(&payload)?;
                self.types = section.clone().into_iter_err_on_gc_types().collect::<std::result::Result<_, _>>()?;
            }
            Payload::ImportSection(section) => {
                let count = section.count();
                for import in section.into_imports() {
                    self.import(import?.ty)?;
                }
                return Ok(count);
            }
            Payload::FunctionSection(section) => self.constants.parse_function_section(&mut self.functions, section)?,
            Payload::TableSection(section) => self.constants.parse_table_section(&mut self.tables, section)?,
            Payload::MemorySection(section) => self.constants.parse_memory_section(&mut self.memories, section)?,
            Payload::GlobalSection(section) => self.constants.parse_global_section(&mut self.globals, section)?,
            Payload::ExportSection(_) => self.exports = raw(&payload)?,
            Payload::StartSection { .. } => self.start = raw(&payload)?,
            Payload::ElementSection(section) => self.constants.parse_element_section(&mut self.elements, section)?,
            Payload::CodeSectionEntry(body) => self.constants.parse_function_body(&mut self.code, body)?,
            Payload::DataSection(section) => self.constants.parse_data_section(&mut self.data, section)?,
            _ => {}
        }
        Ok(0)
    }

    /// Makes the import the module's own.
    fn import(&mut self, ty: TypeRef) -> Result<()> {
        match ty {
            TypeRef::Func(ty) => {
                let mut body = Function::new([]);
                for &result in self.types.get(ty as usize).ok_or("no such type")?.results() {
                    body.instruction(&zero(result)?);
                }
                self.code.function(body.instruction(&Instruction::End));
                self.functions.function(ty);
            }
            TypeRef::Table(ty) => {
                let (minimum, maximum) = (ty.initial.max(ENTRIES.0), ty.maximum.map(|most| most.max(ENTRIES.1)));
                self.tables.table(TableType { minimum, maximum, ..self.constants.table_type(ty)? });
            }
            TypeRef::Memory(ty) => {
                let (minimum, maximum) = (ty.initial.max(PAGES.0), ty.maximum.map(|most| most.max(PAGES.1)));
                self.memories.memory(MemoryType { minimum, maximum, ..self.constants.memory_type(ty)? });
            }
            TypeRef::Global(ty) => {
                let value = match ty.content_type {
                    ValType::I32 => ConstExpr::i32_const(INTEGER),
                    ValType::I64 => ConstExpr::i64_const(INTEGER.into()),
                    ValType::F32 => ConstExpr::f32_const(FLOAT.into()),
                    ValType::F64 => ConstExpr::f64_const(f64::from(FLOAT).into()),
                    other => return Err(format!("a global of type {other} in a module of wasm 1.0").into()),
                };
                let ty = self.constants.global_type(ty)?;
                self.globals.global(ty, &value);
                self.constants.0.push(value);
            }
            other => return Err(format!("an import that wasm 1.0 does not have: {other:?}").into()),
        }
        Ok(())
    }
}

fn zero(ty: ValType) -> Result<Instruction<'static>> {
    Ok(match ty {
        ValType::I32 => Instruction::I32Const(0),
        ValType::I64 => Instruction::I64Const(0),
        ValType::F32 => Instruction::F32Const(0.0.into()),
        ValType::F64 => Instruction::F64Const(0.0.into()),
        other => return Err(format!("a result of type {other} in a module of wasm 1.0").into()),
    })
}
