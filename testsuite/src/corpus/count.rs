//! Counters in the loops of a module.
//!
//! Each `loop` operator gets two locals, which start at 0 with each call and so survive recursion: rounds
//! of this entry, and rounds of this call. A round is control going back to the head, so both go down by
//! one before the operator and up by one behind it. Behind it, too, the largest seen is kept in two
//! exported globals. Nothing else of the module changes but offsets; sections other than code, globals and
//! exports are copied.

use std::collections::BTreeMap;
use wasm_encoder::{
    CodeSection, ConstExpr, ExportKind, ExportSection, Function, GlobalSection, GlobalType, Instruction, Module,
    RawSection, SectionId, ValType,
    reencode::{Reencode, RoundtripReencoder},
};
use wasmparser::{FunctionBody, Operator, Parser, Payload, TypeRef};

/// A loop of a module.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Loop {
    /// Index of its function.
    pub function: u32,
    /// Byte offset of the `loop` operator in the module without counters.
    pub offset: u64,
}

/// What the counters of a loop start with: it was not reached.
pub const NOT_REACHED: i64 = -1;

/// A module with counters.
#[derive(Clone, Debug)]
pub struct Counted {
    /// The module.
    pub wasm: Vec<u8>,
    /// Its loops. The last exports are two globals for each in this order: largest number of rounds for
    /// one entry, and for one call of the function.
    pub loops: Vec<Loop>,
    /// Names of functions, by index.
    pub names: BTreeMap<u32, String>,
    /// Types of the parameters of exported functions, by name of the export.
    pub params: BTreeMap<String, Vec<wasmparser::ValType>>,
}

/// What of a module matters here.
#[derive(Default)]
struct Parts<'a> {
    sections: Vec<(u8, &'a [u8])>,
    types: Vec<Vec<wasmparser::ValType>>,
    imported_functions: u32,
    imported_globals: u32,
    functions: Vec<u32>,
    own_globals: u32,
    bodies: Vec<FunctionBody<'a>>,
    globals: Option<wasmparser::GlobalSectionReader<'a>>,
    exports: Option<wasmparser::ExportSectionReader<'a>>,
    names: BTreeMap<u32, String>,
}

/// Puts the counters in.
///
/// # Errors
/// The module is not valid, or uses what this does not know, as text.
pub fn count(wasm: &[u8]) -> Result<Counted, String> {
    let parts = read(wasm).map_err(|error| error.to_string())?;
    let mut loops = Vec::new();
    for (at, body) in parts.bodies.iter().enumerate() {
        let function = parts.imported_functions + at as u32; // CAST: a wasm index
        for item in body.get_operators_reader().map_err(|error| error.to_string())?.into_iter_with_offsets() {
            let (operator, offset) = item.map_err(|error| error.to_string())?;
            if matches!(operator, Operator::Loop { .. }) {
                loops.push(Loop { function, offset });
            }
        }
    }
    let wasm = parts.write(loops.len() as u32).map_err(|error| format!("{error:?}"))?; // CAST: fewer than bytes
    let params = parts.exported().map_err(|error| error.to_string())?;
    Ok(Counted { wasm, loops, names: parts.names, params })
}

fn read(wasm: &[u8]) -> wasmparser::Result<Parts<'_>> {
    let mut parts = Parts::default();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        if let Some((id, range)) = payload.as_section() {
            // CAST: offsets in a slice.
            if let (true, Some(data)) = (id != 0, wasm.get(range.start as usize..range.end as usize)) {
                parts.sections.push((id, data));
            }
        }
        match payload {
            Payload::TypeSection(types) => {
                for ty in types.into_iter_err_on_gc_types() {
                    parts.types.push(ty?.params().to_vec());
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    match import?.ty {
                        TypeRef::Func(_) => parts.imported_functions += 1,
                        TypeRef::Global(_) => parts.imported_globals += 1,
                        _ => {}
                    }
                }
            }
            Payload::FunctionSection(functions) => {
                for ty in functions {
                    parts.functions.push(ty?);
                }
            }
            Payload::GlobalSection(globals) => {
                parts.own_globals = globals.count();
                parts.globals = Some(globals);
            }
            Payload::ExportSection(exports) => parts.exports = Some(exports),
            Payload::CodeSectionEntry(body) => parts.bodies.push(body),
            Payload::CustomSection(custom) => {
                if let wasmparser::KnownCustom::Name(names) = custom.as_known() {
                    for name in names {
                        if let wasmparser::Name::Function(map) = name? {
                            for naming in map {
                                let naming = naming?;
                                parts.names.insert(naming.index, naming.name.to_owned());
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }
    Ok(parts)
}

type Fallible<T> = Result<T, wasm_encoder::reencode::Error>;

impl Parts<'_> {
    /// Types of the parameters of the exported functions that are not imported.
    fn exported(&self) -> wasmparser::Result<BTreeMap<String, Vec<wasmparser::ValType>>> {
        let mut params = BTreeMap::new();
        for export in self.exports.clone().into_iter().flatten() {
            let export = export?;
            let own = export.index.checked_sub(self.imported_functions).map(|index| index as usize);
            if export.kind == wasmparser::ExternalKind::Func
                && let Some(types) = own.and_then(|index| self.params_of(index))
            {
                params.insert(export.name.to_owned(), types.to_vec());
            }
        }
        Ok(params)
    }

    /// Types of the parameters of a function of the module itself.
    fn params_of(&self, own: usize) -> Option<&[wasmparser::ValType]> {
        Some(self.types.get(*self.functions.get(own)? as usize)?)
    }

    fn write(&self, loops: u32) -> Fallible<Vec<u8>> {
        let first_global = self.imported_globals + self.own_globals;
        let mut module = Module::new();
        let mut before_code = self.sections.iter().filter(|(id, _)| *id != SectionId::Code as u8).peekable();
        let mut copy_up_to = |module: &mut Module, last: u8| {
            while let Some((id, data)) = before_code.next_if(|(id, _)| rank(*id) <= rank(last)) {
                if *id != SectionId::Global as u8 && *id != SectionId::Export as u8 {
                    module.section(&RawSection { id: *id, data });
                }
            }
        };
        copy_up_to(&mut module, SectionId::Global as u8);
        module.section(&self.write_globals(loops)?);
        module.section(&self.write_exports(loops, first_global)?);
        copy_up_to(&mut module, SectionId::DataCount as u8);
        module.section(&self.write_code(first_global)?);
        copy_up_to(&mut module, SectionId::Data as u8);
        Ok(module.finish())
    }

    fn write_globals(&self, loops: u32) -> Fallible<GlobalSection> {
        let mut section = GlobalSection::new();
        if let Some(globals) = &self.globals {
            RoundtripReencoder.parse_global_section(&mut section, globals.clone())?;
        }
        for _ in 0..2 * loops {
            let ty = GlobalType { val_type: ValType::I64, mutable: true, shared: false };
            section.global(ty, &ConstExpr::i64_const(NOT_REACHED));
        }
        Ok(section)
    }

    fn write_exports(&self, loops: u32, first_global: u32) -> Fallible<ExportSection> {
        let mut section = ExportSection::new();
        if let Some(exports) = &self.exports {
            RoundtripReencoder.parse_export_section(&mut section, exports.clone())?;
        }
        for at in 0..2 * loops {
            section.export(&format!("loop counter {at}"), ExportKind::Global, first_global + at);
        }
        Ok(section)
    }

    fn write_code(&self, first_global: u32) -> Fallible<CodeSection> {
        let mut section = CodeSection::new();
        let mut global = first_global;
        for (at, body) in self.bodies.iter().enumerate() {
            let params = self.params_of(at).map_or(0, <[_]>::len) as u32; // CAST: at most 1000
            section.function(&write_body(body, params, &mut global)?);
        }
        Ok(section)
    }
}

/// Place of a section in a module: the number of data segments stands before code, tags after memories.
fn rank(id: u8) -> u8 {
    match id {
        id if id == SectionId::DataCount as u8 => 2 * SectionId::Code as u8 - 1,
        id if id == SectionId::Tag as u8 => 2 * SectionId::Memory as u8 + 1,
        id => 2 * id,
    }
}

fn write_body(body: &FunctionBody<'_>, params: u32, global: &mut u32) -> Fallible<Function> {
    let mut locals = Vec::new();
    let mut next_local = params;
    for local in body.get_locals_reader()? {
        let (n, ty) = local?;
        next_local += n;
        locals.push((n, RoundtripReencoder.val_type(ty)?));
    }
    let mut operators = Vec::new();
    let mut reader = body.get_operators_reader()?;
    while !reader.eof() {
        operators.push(reader.read()?);
    }
    let loops = operators.iter().filter(|operator| matches!(operator, Operator::Loop { .. })).count() as u32; // CAST: as above
    locals.push((2 * loops, ValType::I64));
    let mut function = Function::new(locals);
    for operator in operators {
        let is_loop = matches!(operator, Operator::Loop { .. });
        let (rounds, total) = (next_local, next_local + 1);
        if is_loop {
            function.instruction(&Instruction::I64Const(-1)).instruction(&Instruction::LocalSet(rounds));
            add(&mut function, total, -1);
        }
        function.instruction(&RoundtripReencoder.instruction(operator)?);
        if is_loop {
            for (local, global) in [(rounds, *global), (total, *global + 1)] {
                add(&mut function, local, 1);
                // max(local, global)
                function
                    .instruction(&Instruction::LocalGet(local))
                    .instruction(&Instruction::GlobalGet(global))
                    .instruction(&Instruction::LocalGet(local))
                    .instruction(&Instruction::GlobalGet(global))
                    .instruction(&Instruction::I64GtS)
                    .instruction(&Instruction::Select)
                    .instruction(&Instruction::GlobalSet(global));
            }
            next_local += 2;
            *global += 2;
        }
    }
    Ok(function)
}

/// `local += by`
fn add(function: &mut Function, local: u32, by: i64) {
    function
        .instruction(&Instruction::LocalGet(local))
        .instruction(&Instruction::I64Const(by))
        .instruction(&Instruction::I64Add)
        .instruction(&Instruction::LocalSet(local));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{guest::Guest, pipeline};

    /// `run` goes round 5 times, with 0 to 4 inner rounds; then it calls itself twice with fewer.
    const RECURSIVE: &str = r#"(module
        (func $run (export "run") (param $n i32) (local $i i32) (local $j i32)
            (block $out
                (loop $outer
                    (br_if $out (i32.ge_u (local.get $i) (local.get $n)))
                    (local.set $j (i32.const 0))
                    (block $next
                        (loop $inner
                            (br_if $next (i32.ge_u (local.get $j) (local.get $i)))
                            (local.set $j (i32.add (local.get $j) (i32.const 1)))
                            (br $inner)))
                    (local.set $i (i32.add (local.get $i) (i32.const 1)))
                    (if (i32.ge_u (local.get $n) (i32.const 4))
                        (then (call $run (i32.const 3))))
                    (br $outer))))
        (func (export "once") (loop))
        (func (export "never") (block (br 0) (loop (br 0)))))"#;

    #[test]
    fn rounds_of_nested_loops_that_recur() {
        let counted = count(&wat::parse_str(RECURSIVE).expect("a module")).expect("counters");
        assert_eq!(counted.loops.len(), 4);
        let image = pipeline::image(&counted.wasm).expect("an image");
        let mut guest = Guest::new(&image, kengine::Mode::ALL[0]).expect("an instance");
        for (name, args) in [("run", &[5][..]), ("once", &[]), ("never", &[])] {
            let func = guest.func(name).expect("an export");
            guest.call(func, args, u64::MAX, &mut || u64::MAX);
        }
        let counters: Vec<i64> = guest.globals().iter().map(|global| global.cast_signed()).collect();
        // Outer: 5 and 5; inner: 4 for an entry, 0 + 1 + 2 + 3 + 4 in a call, whatever the calls in between did.
        assert_eq!(counters, [5, 5, 4, 10, 0, 0, NOT_REACHED, NOT_REACHED]);
    }
}
