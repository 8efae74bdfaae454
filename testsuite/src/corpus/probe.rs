//! Puts counters into the loops of a module: for each loop, how often it goes round for one entry at most,
//! and how often in all.
//!
//! Each loop gets three exported globals: rounds since it was entered, the most rounds so far, and all
//! rounds. The module does the same as before otherwise.

use wasm_encoder::{
    BlockType, ConstExpr, ExportKind, ExportSection, GlobalSection, GlobalType, Instruction, ValType,
    reencode::{Error, Reencode, utils},
};
use wasmparser::{FunctionBody, Operator, Parser, Payload};

/// A loop of the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Index of the function.
    pub function: u32,
    /// Offset of the `loop` operator.
    pub offset: u64,
}

/// A module with counters.
#[derive(Clone, Debug)]
pub struct Probed {
    /// The module.
    pub wasm: Vec<u8>,
    /// Its loops, in the order of the counters.
    pub loops: Vec<Place>,
}

/// What the counters of a loop say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Most rounds for one entry.
    pub rounds: u64,
    /// Rounds in all.
    pub total: u64,
}

struct Probe {
    loops: Vec<Place>,
    /// Globals of the module before.
    globals: u32,
    function: u32,
    next: u32,
}

/// Puts counters in.
///
/// # Errors
/// The module cannot be rewritten.
pub fn probe(wasm: &[u8]) -> Result<Probed, String> {
    let (mut loops, mut globals, mut function) = (Vec::new(), 0, 0);
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(|error| error.to_string())? {
            Payload::ImportSection(_) => return Err("modules with imports are not counted".to_owned()),
            Payload::GlobalSection(section) => globals = section.count(),
            Payload::CodeSectionEntry(body) => {
                for operator in body.get_operators_reader().map_err(|e| e.to_string())?.into_iter_with_offsets() {
                    let (operator, offset) = operator.map_err(|error| error.to_string())?;
                    if matches!(operator, Operator::Loop { .. }) {
                        loops.push(Place { function, offset });
                    }
                }
                function += 1;
            }
            _ => {}
        }
    }
    let mut probe = Probe { loops: loops.clone(), globals, function: 0, next: 0 };
    let mut module = wasm_encoder::Module::new();
    probe.parse_core_module(&mut module, Parser::new(0), wasm).map_err(|error| error.to_string())?;
    Ok(Probed { wasm: module.finish(), loops })
}

impl Probe {
    fn first(&self, number: usize) -> u32 {
        self.globals + 3 * number as u32
    }
}

impl Reencode for Probe {
    type Error = std::convert::Infallible;

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: wasmparser::GlobalSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        utils::parse_global_section(self, globals, section)?;
        let ty = GlobalType { val_type: ValType::I64, mutable: true, shared: false };
        for _ in 0..3 * self.loops.len() {
            globals.global(ty, &ConstExpr::i64_const(0));
        }
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        utils::parse_export_section(self, exports, section)?;
        for number in 0..self.loops.len() {
            let first = self.first(number);
            exports.export(&format!("loop {number} rounds"), ExportKind::Global, first + 1);
            exports.export(&format!("loop {number} total"), ExportKind::Global, first + 2);
        }
        Ok(())
    }

    fn parse_function_body(
        &mut self,
        code: &mut wasm_encoder::CodeSection,
        body: FunctionBody<'_>,
    ) -> Result<(), Error<Self::Error>> {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            let operator = reader.read()?;
            let is_loop = matches!(operator, Operator::Loop { .. });
            let (now, most, all) = {
                let first = self.first(self.next as usize);
                (first, first + 1, first + 2)
            };
            if is_loop {
                // The first pass of the head is no round.
                function.instruction(&Instruction::I64Const(-1));
                function.instruction(&Instruction::GlobalSet(now));
            }
            let instruction = self.instruction(operator)?;
            function.instruction(&instruction);
            if is_loop {
                self.next += 1;
                for instruction in [
                    Instruction::GlobalGet(now),
                    Instruction::I64Const(1),
                    Instruction::I64Add,
                    Instruction::GlobalSet(now),
                    Instruction::GlobalGet(now),
                    Instruction::GlobalGet(most),
                    Instruction::I64GtS,
                    Instruction::If(BlockType::Empty),
                    Instruction::GlobalGet(now),
                    Instruction::GlobalSet(most),
                    Instruction::End,
                    Instruction::GlobalGet(all),
                    Instruction::GlobalGet(now),
                    Instruction::I64Const(0),
                    Instruction::I64Ne,
                    Instruction::I64ExtendI32U,
                    Instruction::I64Add,
                    Instruction::GlobalSet(all),
                ] {
                    function.instruction(&instruction);
                }
            }
        }
        self.function += 1;
        code.function(&function);
        Ok(())
    }
}
