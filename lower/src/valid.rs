//! Validation of a body while it is lowered: types of operands, after the algorithm in the appendix of the specification.
//!
//! wasmparser has validated all other sections, and reads the operators; of those it decides what is well-formed, here is
//! decided what is well-typed. It is written again here because it is a third of what wasmparser takes: types are bytes,
//! there is no subtyping, and no feature to ask for ([`crate::FEATURES`] are all). Whether a module is refused is the same as
//! by wasmparser, which `testsuite/tests/one_read.rs` compares; the reason is not told in full, for a module that is
//! refused is then shown to the verifier.

use crate::module::{Module, valtype_byte};
use kengine::image::valtype::{EXTERNREF, F32, F64, FUNCREF, I32, I64};
use wasmparser::{
    BlockType, BrTable, FrameKind, HeapType, Ieee32, Ieee64, MemArg, MemArgTarget, RefType, ValType,
    ValidatorResources, WasmModuleResources,
};

/// Why a body is not valid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Wrong(pub(crate) &'static str);

type Result<T = ()> = std::result::Result<T, Wrong>;

const MISMATCH: Wrong = Wrong("type mismatch");
const DEPTH: Wrong = Wrong("unknown label: branch depth too large");
const MEMORY: Wrong = Wrong("unknown memory");
const TABLE: Wrong = Wrong("unknown table");
const SEGMENT: Wrong = Wrong("unknown segment");
/// Locals that a function may have, its parameters included (an implementation limit of wasm).
const MOST_LOCALS: usize = 50_000;

/// A value type as the binary format writes it, or [`ANY`].
type Ty = u8;
/// What stands on the stack of code that is not reached: all types at once.
const ANY: Ty = 0;

/// What an operator takes and gives; all operands have one type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Signature {
    operands: u32,
    operand: Ty,
    /// `None` of stores.
    result: Option<Ty>,
}

/// The signature of a numeric operator, or of the value of a load or store, by its name, which says it all:
/// `F32ConvertI64S`, with how many operands and results it has.
pub(crate) const fn signature(name: &str, operands: u32, results: u32) -> Signature {
    const fn named(name: &[u8], at: usize) -> Option<Ty> {
        if at + 3 > name.len() {
            return None;
        }
        Some(match (name[at], name[at + 1], name[at + 2]) {
            (b'I', b'3', b'2') => I32,
            (b'I', b'6', b'4') => I64,
            (b'F', b'3', b'2') => F32,
            (b'F', b'6', b'4') => F64,
            _ => return None,
        })
    }
    let name = name.as_bytes();
    let Some(own) = named(name, 0) else { panic!("not the name of a numeric operator") };
    // Conversions name the other type, too.
    let (mut operand, mut at) = (own, 3);
    while at < name.len() {
        if let Some(ty) = named(name, at) {
            operand = ty;
        }
        at += 1;
    }
    // Eq, Eqz, Ne, Lt, Le, Gt, Ge: no others begin with such letters.
    let tests =
        name.len() > 4 && matches!((name[3], name[4]), (b'E', b'q') | (b'N', b'e') | (b'L' | b'G', b't' | b'e'));
    let negates = name.len() > 5 && matches!((name[3], name[4], name[5]), (b'N', b'e', b'a' | b'g'));
    let result = if tests && !negates { I32 } else { own };
    Signature { operands, operand, result: if results == 1 { Some(result) } else { None } }
}

/// An open `block`, `loop`, `if`, `else`, or the function.
#[derive(Clone, Copy, Debug)]
struct Frame<'m> {
    kind: FrameKind,
    params: &'m [Ty],
    results: &'m [Ty],
    /// Operands below it.
    floor: usize,
    unreachable: bool,
}

impl<'m> Frame<'m> {
    /// What a branch to it carries.
    fn label(&self) -> &'m [Ty] {
        if self.kind == FrameKind::Loop { self.params } else { self.results }
    }
}

/// What is known before an operator. Buffers are used again from function to function.
pub(crate) struct Typing<'m> {
    module: &'m Module,
    has_memory: bool,
    locals: Vec<Ty>,
    operands: Vec<Ty>,
    frames: Vec<Frame<'m>>,
    /// Operands below the innermost frame.
    floor: usize,
}

impl<'m> Typing<'m> {
    pub(crate) fn new(module: &'m Module) -> Self {
        let (locals, operands, frames) = (Vec::new(), Vec::new(), Vec::new());
        Typing { module, has_memory: false, locals, operands, frames, floor: 0 }
    }

    /// Starts over for a function of that type.
    pub(crate) fn begin(&mut self, ty: u32, resources: &ValidatorResources) -> Result {
        let (params, results) = self.func_type(ty)?;
        self.has_memory = resources.memory_at(0).is_some();
        self.locals.clear();
        self.locals.extend_from_slice(params);
        self.operands.clear();
        self.frames.clear();
        self.floor = 0;
        self.frames.push(Frame { kind: FrameKind::Block, params: &[], results, floor: 0, unreachable: false });
        Ok(())
    }

    /// So many more locals of a type.
    pub(crate) fn define(&mut self, count: u32, ty: ValType) -> Result {
        let ty = byte(ty)?;
        let len = self.locals.len().saturating_add(count as usize);
        if len > MOST_LOCALS {
            return Err(Wrong("too many locals: locals exceed maximum"));
        }
        self.locals.resize(len, ty);
        Ok(())
    }

    /// Locals of the function, its parameters included.
    pub(crate) fn locals(&self) -> usize {
        self.locals.len()
    }

    /// Operands on the stack.
    pub(crate) fn operands(&self) -> usize {
        self.operands.len()
    }

    /// What opened the innermost frame; `None` behind the end of the function.
    #[inline(always)]
    pub(crate) fn current_frame(&self) -> Option<FrameKind> {
        self.frames.last().map(|frame| frame.kind)
    }

    fn func_type(&self, ty: u32) -> Result<(&'m [Ty], &'m [Ty])> {
        self.module.func_type(ty).ok_or(Wrong("unknown type"))
    }

    #[inline(always)]
    fn push(&mut self, ty: Ty) {
        self.operands.push(ty);
    }

    #[inline(always)]
    fn pop(&mut self, ty: Ty) -> Result {
        let len = self.operands.len();
        if len > self.floor && self.operands[len - 1] == ty {
            self.operands.truncate(len - 1);
            return Ok(());
        }
        self.pop_other(ty)
    }

    /// As [`Typing::pop`], where no such value is on top.
    #[cold]
    #[inline(never)]
    fn pop_other(&mut self, ty: Ty) -> Result {
        self.pop_any().and_then(|found| if found == ty || found == ANY { Ok(()) } else { Err(MISMATCH) })
    }

    /// Pops a value of any type and gives that.
    #[inline]
    fn pop_any(&mut self) -> Result<Ty> {
        if self.operands.len() > self.floor {
            return self.operands.pop().ok_or(MISMATCH);
        }
        if self.frames.last().is_some_and(|frame| frame.unreachable) { Ok(ANY) } else { Err(MISMATCH) }
    }

    #[inline]
    fn pop_all(&mut self, types: &[Ty]) -> Result {
        types.iter().rev().try_for_each(|ty| self.pop(*ty))
    }

    fn push_all(&mut self, types: &[Ty]) {
        self.operands.extend_from_slice(types);
    }

    /// A numeric operator.
    #[inline(always)]
    pub(crate) fn numeric(&mut self, signature: Signature) -> Result {
        let Signature { operands, operand, result } = signature;
        for _ in 0..operands {
            self.pop(operand)?;
        }
        if let Some(result) = result {
            self.push(result);
        }
        Ok(())
    }

    fn unreachable(&mut self) {
        self.operands.truncate(self.floor);
        if let Some(frame) = self.frames.last_mut() {
            frame.unreachable = true;
        }
    }

    fn open(&mut self, kind: FrameKind, params: &'m [Ty], results: &'m [Ty]) {
        self.floor = self.operands.len();
        self.frames.push(Frame { kind, params, results, floor: self.floor, unreachable: false });
        self.push_all(params);
    }

    fn close(&mut self) -> Result<Frame<'m>> {
        let frame = *self.frames.last().ok_or(MISMATCH)?;
        self.pop_all(frame.results)?;
        if self.operands.len() != frame.floor {
            return Err(Wrong("type mismatch: values remaining on stack at end of block"));
        }
        self.frames.pop();
        self.floor = self.frames.last().map_or(0, |outer| outer.floor);
        Ok(frame)
    }

    fn block(&mut self, kind: FrameKind, ty: BlockType) -> Result {
        /// Of each type alone.
        const ALONE: [&[Ty]; 6] = [&[I32], &[I64], &[F32], &[F64], &[FUNCREF], &[EXTERNREF]];
        let (params, results): (&[Ty], &[Ty]) = match ty {
            BlockType::Empty => (&[], &[]),
            BlockType::Type(ty) => {
                let ty = byte(ty)?;
                (&[], ALONE.into_iter().find(|alone| **alone == [ty]).ok_or(MISMATCH)?)
            }
            BlockType::FuncType(ty) => self.func_type(ty)?,
        };
        self.pop_all(params)?;
        self.open(kind, params, results);
        Ok(())
    }

    #[inline(always)]
    fn label(&self, depth: u32) -> Result<&'m [Ty]> {
        let at = self.frames.len().checked_sub(depth as usize + 1).ok_or(DEPTH)?;
        Ok(self.frames.get(at).ok_or(DEPTH)?.label())
    }

    #[inline(always)]
    fn local(&self, local: u32) -> Result<Ty> {
        self.locals.get(local as usize).copied().ok_or(Wrong("unknown local"))
    }

    /// The immediate of a load or store.
    #[inline(always)]
    pub(crate) fn memarg(&self, memarg: &MemArg) -> Result {
        match memarg {
            MemArg { target: MemArgTarget::Memory(0), offset, align, max_align, .. } if self.has_memory => {
                if align > max_align {
                    return Err(Wrong("alignment must not be larger than natural"));
                }
                if u32::try_from(*offset).is_err() {
                    return Err(Wrong("offset out of range: must be <= 2**32"));
                }
                Ok(())
            }
            _ => Err(MEMORY),
        }
    }

    /// A load or store.
    #[inline(always)]
    pub(crate) fn access(&mut self, memarg: &MemArg, value: Signature) -> Result {
        self.memarg(memarg)?;
        if value.result.is_some() {
            return self.pop(I32).map(|()| self.operands.extend(value.result));
        }
        self.pop(value.operand)?;
        self.pop(I32)
    }

    fn memory(&self, memory: u32) -> Result {
        if self.has_memory && memory == 0 { Ok(()) } else { Err(MEMORY) }
    }

    fn call(&mut self, ty: u32) -> Result {
        let (params, results) = self.func_type(ty)?;
        self.pop_all(params)?;
        self.push_all(results);
        Ok(())
    }
}

fn byte(ty: ValType) -> Result<Ty> {
    valtype_byte(ty, 0).map_err(|_| Wrong("a type of a proposal"))
}

fn table(resources: &ValidatorResources, table: u32) -> Result<Ty> {
    byte(ValType::Ref(resources.table_at(table).ok_or(TABLE)?.element_type))
}

/// Elements of a segment; those of functions by their indices are not null, which is no matter.
fn segment(resources: &ValidatorResources, segment: u32) -> Result<Ty> {
    byte(ValType::Ref(resources.element_type_at(segment).ok_or(SEGMENT)?.nullable()))
}

fn data(resources: &ValidatorResources, segment: u32) -> Result {
    if resources.data_count().is_some_and(|count| segment < count) { Ok(()) } else { Err(SEGMENT) }
}

/// Operators that are not named by their types, as a visitor has them. Those that look at other sections, all of them
/// rare, get `resources`.
#[allow(clippy::unnecessary_wraps, reason = "one way for all")]
impl Typing<'_> {
    pub(crate) fn visit_unreachable(&mut self) -> Result {
        self.unreachable();
        Ok(())
    }

    #[inline(always)]
    pub(crate) fn visit_nop(&mut self) -> Result {
        Ok(())
    }

    pub(crate) fn visit_block(&mut self, ty: BlockType) -> Result {
        self.block(FrameKind::Block, ty)
    }

    pub(crate) fn visit_loop(&mut self, ty: BlockType) -> Result {
        self.block(FrameKind::Loop, ty)
    }

    pub(crate) fn visit_if(&mut self, ty: BlockType) -> Result {
        self.pop(I32)?;
        self.block(FrameKind::If, ty)
    }

    /// The reader sees to it that it belongs to an `if`.
    pub(crate) fn visit_else(&mut self) -> Result {
        let frame = self.close()?;
        self.open(FrameKind::Else, frame.params, frame.results);
        Ok(())
    }

    pub(crate) fn visit_end(&mut self) -> Result {
        let frame = self.close()?;
        // Without an `else`, the parameters are the results.
        if frame.kind == FrameKind::If && frame.params != frame.results {
            return Err(MISMATCH);
        }
        self.push_all(frame.results);
        Ok(())
    }

    pub(crate) fn visit_br(&mut self, depth: u32) -> Result {
        let label = self.label(depth)?;
        self.pop_all(label)?;
        self.unreachable();
        Ok(())
    }

    #[inline(always)]
    pub(crate) fn visit_br_if(&mut self, depth: u32) -> Result {
        self.pop(I32)?;
        let label = self.label(depth)?;
        if !label.is_empty() {
            self.pop_all(label)?;
            self.push_all(label);
        }
        Ok(())
    }

    pub(crate) fn visit_br_table(&mut self, targets: BrTable<'_>) -> Result {
        self.pop(I32)?;
        let default = self.label(targets.default())?;
        let unreachable = self.frames.last().is_some_and(|frame| frame.unreachable);
        for target in targets.targets() {
            let label = self.label(target.map_err(|_| DEPTH)?)?;
            let own = self.operands.get(self.floor..).unwrap_or(&[]);
            let fits = label.iter().rev().zip(own.iter().rev()).all(|(ty, found)| ty == found || *found == ANY);
            if label.len() != default.len() || !fits || (own.len() < label.len() && !unreachable) {
                return Err(MISMATCH);
            }
        }
        self.pop_all(default)?;
        self.unreachable();
        Ok(())
    }

    pub(crate) fn visit_return(&mut self) -> Result {
        let results = self.frames.first().ok_or(MISMATCH)?.results;
        self.pop_all(results)?;
        self.unreachable();
        Ok(())
    }

    #[inline]
    pub(crate) fn visit_call(&mut self, func: u32) -> Result {
        let ty = *self.module.funcs.get(func as usize).ok_or(Wrong("unknown function"))?;
        self.call(ty)
    }

    pub(crate) fn visit_call_indirect(&mut self, ty: u32, index: u32, resources: &ValidatorResources) -> Result {
        if table(resources, index)? != FUNCREF {
            return Err(MISMATCH);
        }
        self.pop(I32)?;
        self.call(ty)
    }

    #[inline(always)]
    pub(crate) fn visit_drop(&mut self) -> Result {
        self.pop_any().map(|_| ())
    }

    pub(crate) fn visit_select(&mut self) -> Result {
        self.pop(I32)?;
        let (a, b) = (self.pop_any()?, self.pop_any()?);
        let is_ref = |ty| matches!(ty, FUNCREF | EXTERNREF);
        if is_ref(a) || is_ref(b) || (a != b && a != ANY && b != ANY) {
            return Err(MISMATCH);
        }
        self.push(if a == ANY { b } else { a });
        Ok(())
    }

    pub(crate) fn visit_typed_select(&mut self, ty: ValType, _: &ValidatorResources) -> Result {
        let ty = byte(ty)?;
        self.pop_all(&[ty, ty, I32])?;
        self.push(ty);
        Ok(())
    }

    #[inline(always)]
    pub(crate) fn visit_local_get(&mut self, local: u32) -> Result {
        let ty = self.local(local)?;
        self.push(ty);
        Ok(())
    }

    #[inline(always)]
    pub(crate) fn visit_local_set(&mut self, local: u32) -> Result {
        let ty = self.local(local)?;
        self.pop(ty)
    }

    #[inline(always)]
    pub(crate) fn visit_local_tee(&mut self, local: u32) -> Result {
        let ty = self.local(local)?;
        self.pop(ty)?;
        self.push(ty);
        Ok(())
    }

    #[inline]
    pub(crate) fn visit_global_get(&mut self, global: u32) -> Result {
        let (ty, _) = self.module.global_type(global).ok_or(Wrong("unknown global"))?;
        self.push(ty);
        Ok(())
    }

    #[inline]
    pub(crate) fn visit_global_set(&mut self, global: u32) -> Result {
        let (ty, mutable) = self.module.global_type(global).ok_or(Wrong("unknown global"))?;
        if !mutable {
            return Err(Wrong("global is immutable"));
        }
        self.pop(ty)
    }

    pub(crate) fn visit_memory_size(&mut self, memory: u32) -> Result {
        self.memory(memory)?;
        self.push(I32);
        Ok(())
    }

    pub(crate) fn visit_memory_grow(&mut self, memory: u32) -> Result {
        self.memory(memory)?;
        self.pop(I32)?;
        self.push(I32);
        Ok(())
    }

    #[inline(always)]
    pub(crate) fn visit_i32_const(&mut self, _: i32) -> Result {
        self.push(I32);
        Ok(())
    }

    #[inline(always)]
    pub(crate) fn visit_i64_const(&mut self, _: i64) -> Result {
        self.push(I64);
        Ok(())
    }

    pub(crate) fn visit_f32_const(&mut self, _: Ieee32) -> Result {
        self.push(F32);
        Ok(())
    }

    pub(crate) fn visit_f64_const(&mut self, _: Ieee64) -> Result {
        self.push(F64);
        Ok(())
    }

    pub(crate) fn visit_memory_init(&mut self, index: u32, memory: u32, resources: &ValidatorResources) -> Result {
        self.memory(memory)?;
        data(resources, index)?;
        self.pop_all(&[I32; 3])
    }

    pub(crate) fn visit_data_drop(&mut self, index: u32, resources: &ValidatorResources) -> Result {
        data(resources, index)
    }

    pub(crate) fn visit_memory_copy(&mut self, to: u32, from: u32, _: &ValidatorResources) -> Result {
        self.memory(to)?;
        self.memory(from)?;
        self.pop_all(&[I32; 3])
    }

    pub(crate) fn visit_memory_fill(&mut self, memory: u32, _: &ValidatorResources) -> Result {
        self.memory(memory)?;
        self.pop_all(&[I32; 3])
    }

    pub(crate) fn visit_table_init(&mut self, index: u32, to: u32, resources: &ValidatorResources) -> Result {
        if table(resources, to)? != segment(resources, index)? {
            return Err(MISMATCH);
        }
        self.pop_all(&[I32; 3])
    }

    pub(crate) fn visit_elem_drop(&mut self, index: u32, resources: &ValidatorResources) -> Result {
        segment(resources, index).map(|_| ())
    }

    pub(crate) fn visit_table_copy(&mut self, to: u32, from: u32, resources: &ValidatorResources) -> Result {
        if table(resources, to)? != table(resources, from)? {
            return Err(MISMATCH);
        }
        self.pop_all(&[I32; 3])
    }

    pub(crate) fn visit_typed_select_multi(&mut self, _: Vec<ValType>, _: &ValidatorResources) -> Result {
        Err(Wrong("invalid result arity"))
    }

    pub(crate) fn visit_ref_null(&mut self, ty: HeapType, _: &ValidatorResources) -> Result {
        let ty = RefType::new(true, ty).ok_or(MISMATCH)?;
        self.push(byte(ValType::Ref(ty))?);
        Ok(())
    }

    pub(crate) fn visit_ref_is_null(&mut self, _: &ValidatorResources) -> Result {
        match self.pop_any()? {
            FUNCREF | EXTERNREF | ANY => self.push(I32),
            _ => return Err(MISMATCH),
        }
        Ok(())
    }

    pub(crate) fn visit_ref_func(&mut self, func: u32, resources: &ValidatorResources) -> Result {
        if func as usize >= self.module.funcs.len() || !resources.is_function_referenced(func) {
            return Err(Wrong("undeclared function reference"));
        }
        self.push(FUNCREF);
        Ok(())
    }

    pub(crate) fn visit_table_fill(&mut self, index: u32, resources: &ValidatorResources) -> Result {
        let ty = table(resources, index)?;
        self.pop_all(&[I32, ty, I32])
    }

    pub(crate) fn visit_table_get(&mut self, index: u32, resources: &ValidatorResources) -> Result {
        let ty = table(resources, index)?;
        self.pop(I32)?;
        self.push(ty);
        Ok(())
    }

    pub(crate) fn visit_table_set(&mut self, index: u32, resources: &ValidatorResources) -> Result {
        let ty = table(resources, index)?;
        self.pop_all(&[I32, ty])
    }

    pub(crate) fn visit_table_grow(&mut self, index: u32, resources: &ValidatorResources) -> Result {
        let ty = table(resources, index)?;
        self.pop_all(&[ty, I32])?;
        self.push(I32);
        Ok(())
    }

    pub(crate) fn visit_table_size(&mut self, index: u32, resources: &ValidatorResources) -> Result {
        table(resources, index)?;
        self.push(I32);
        Ok(())
    }
}
