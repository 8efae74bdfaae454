//! The operators of a body, read and lowered in one go.
//!
//! [`Func`] is a visitor of wasmparser's reader, so that no operator is stored and told apart again. The most
//! frequent operators are lowered right here, the others by [`Func::operator`]. [`validate_and_lower`] shows each
//! operator to wasmparser's validator first, so that both need one read of the body.

use crate::{
    error::{Done, Error, Result},
    func::Func,
    stack::Value,
};
use wasmparser::{
    BinaryReader, BlockType, FrameKind, FrameStack, FuncValidator, FunctionBody, MemArg, MemArgTarget, Operator,
    ValType, ValidatorResources, VisitOperator,
};

/// Opcode of `loop`.
const LOOP: u8 = 0x03;

/// Lowers all operators of a body.
///
/// # Errors
/// The body cannot be read, or has an operator that cannot be lowered.
pub(crate) fn lower(func: &mut Func<'_>, body: &FunctionBody<'_>) -> Result<()> {
    let mut reader = body.get_binary_reader_for_operators()?;
    while !reader.eof() {
        let at = reader.original_position();
        func.em.wasm = at as u32; // CAST: modules are shorter than 4 GiB
        match reader.visit_operator(func) {
            Ok(done) => done?,
            // Not one that visitors are shown, such as those on vectors.
            Err(_) => return rest(func, body, at),
        }
    }
    Ok(())
}

/// Validates and lowers all operators of a body, which `reader` has before it; gives the most operands that stand on the
/// stack at once, if `counts`.
///
/// # Errors
/// The body is not valid, or has an operator that cannot be lowered.
#[inline(never)]
pub(crate) fn validate_and_lower(
    func: &mut Func<'_>,
    validator: &mut FuncValidator<ValidatorResources>,
    reader: &mut BinaryReader<'_>,
    counts: bool,
) -> Result<u32> {
    let start = reader.original_position() as u32; // CAST: modules are shorter than 4 GiB
    let bytes = reader.clone().read_bytes(reader.bytes_remaining())?;
    let mut both = Both { validator, func };
    let mut most = 0;
    // Bytes that have been shown to `both`, and those of them that `reader` has still before it.
    let (mut at, mut ahead) = (0, 0);
    while at < bytes.len() {
        both.func.em.wasm = start + at as u32; // CAST: as above
        let len = both.frequent(&bytes[at..])?;
        if len > 0 {
            (at, ahead) = (at + len, ahead + len);
        } else {
            reader.read_bytes(ahead)?;
            reader.visit_operator(&mut both)??;
            (at, ahead) = (bytes.len() - reader.bytes_remaining(), 0);
        }
        if counts {
            most = most.max(both.validator.operand_stack_height());
        }
    }
    reader.read_bytes(ahead)?;
    let end = reader.original_position();
    reader.finish_expression(&both.validator.visitor(end))?;
    Ok(most)
}

/// Lowers what it has validated.
struct Both<'b, 'm> {
    validator: &'b mut FuncValidator<ValidatorResources>,
    func: &'b mut Func<'m>,
}

impl Both<'_, '_> {
    /// Visits the operator that `bytes` begin with if it is a frequent one with immediates of two bytes at most; its length,
    /// or 0 if it is to be visited by wasmparser's reader.
    #[inline(always)]
    fn frequent(&mut self, bytes: &[u8]) -> std::result::Result<usize, Box<Error>> {
        let [op, a, b, c, ..] = *bytes else { return Ok(0) };
        // Nothing may stand behind the end of the function, which the reader says.
        if self.func.frames.is_empty() {
            return Ok(0);
        }
        /// Of a byte that another one follows.
        const MORE: u8 = 0x80;
        let number = |low: u8, high: u8| match (low & MORE, high & MORE) {
            (0, _) => Some((u32::from(low), 1)),
            (_, 0) => Some((u32::from(low & !MORE) | u32::from(high) << 7, 2)),
            _ => None,
        };
        macro_rules! visit {
            ($visit:ident) => {
                self.$visit().map(|()| 1)
            };
            ($visit:ident, number) => {
                match number(a, b) {
                    Some((number, len)) => self.$visit(number).map(|()| 1 + len),
                    None => Ok(0),
                }
            };
            ($visit:ident, signed) => {
                match number(a, b) {
                    Some((number, len)) => {
                        // CAST: bits; that of the sign is the highest.
                        let unused = 32 - 7 * len as u32;
                        self.$visit((((number << unused) as i32) >> unused).into()).map(|()| 1 + len)
                    }
                    None => Ok(0),
                }
            };
            // One result at most, and no parameters.
            ($visit:ident, block) => {
                match a {
                    0x40 => self.$visit(BlockType::Empty).map(|()| 2),
                    0x7f => self.$visit(BlockType::Type(ValType::I32)).map(|()| 2),
                    _ => Ok(0),
                }
            };
            ($visit:ident, $max_align:literal) => {
                match number(b, c).filter(|_| a <= $max_align) {
                    Some((offset, len)) => {
                        let target = MemArgTarget::Memory(0);
                        let (max_align, offset) = ($max_align, offset.into());
                        self.$visit(MemArg { align: a, max_align, offset, target, ordering: None }).map(|()| 2 + len)
                    }
                    None => Ok(0),
                }
            };
        }
        match op {
            0x02 => visit!(visit_block, block),
            0x03 => visit!(visit_loop, block),
            0x04 => visit!(visit_if, block),
            0x05 => visit!(visit_else),
            0x0b => visit!(visit_end),
            0x0c => visit!(visit_br, number),
            0x0d => visit!(visit_br_if, number),
            0x10 => visit!(visit_call, number),
            0x1a => visit!(visit_drop),
            0x20 => visit!(visit_local_get, number),
            0x21 => visit!(visit_local_set, number),
            0x22 => visit!(visit_local_tee, number),
            0x23 => visit!(visit_global_get, number),
            0x24 => visit!(visit_global_set, number),
            0x28 => visit!(visit_i32_load, 2),
            0x29 => visit!(visit_i64_load, 3),
            0x2d => visit!(visit_i32_load8_u, 0),
            0x36 => visit!(visit_i32_store, 2),
            0x37 => visit!(visit_i64_store, 3),
            0x3a => visit!(visit_i32_store8, 0),
            0x41 => visit!(visit_i32_const, signed),
            0x42 => visit!(visit_i64_const, signed),
            0x45 => visit!(visit_i32_eqz),
            0x46 => visit!(visit_i32_eq),
            0x47 => visit!(visit_i32_ne),
            0x49 => visit!(visit_i32_lt_u),
            0x6a => visit!(visit_i32_add),
            0x6b => visit!(visit_i32_sub),
            0x71 => visit!(visit_i32_and),
            0x74 => visit!(visit_i32_shl),
            _ => Ok(0),
        }
    }
}

/// What wasmparser says; boxed, so that a result fits a register.
#[cold]
#[inline(never)]
fn invalid(error: wasmparser::Error) -> Box<Error> {
    Box::new(error.into())
}

macro_rules! validate_and_lower_operators {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        $(validate_and_lower_operators! { one $op $visit ($($($arg: $argty),*)?) })*
    };
    // The reader asks for the innermost frame here only, and of others [`Both`] does not say what they are.
    (one Else $visit:ident ()) => {
        fn $visit(&mut self) -> Done {
            let at = self.func.em.wasm.into();
            if self.validator.get_control_frame(0).is_none_or(|frame| frame.kind != FrameKind::If) {
                return Err(Box::new(Error::Invalid { offset: at, message: "`else` found outside `if` block".into() }));
            }
            self.validator.visitor(at).$visit().map_err(invalid)?;
            self.func.$visit()
        }
    };
    // Those of which there are most.
    (one LocalGet $($rest:tt)*) => { validate_and_lower_operators! { hot LocalGet $($rest)* } };
    (one LocalSet $($rest:tt)*) => { validate_and_lower_operators! { hot LocalSet $($rest)* } };
    (one LocalTee $($rest:tt)*) => { validate_and_lower_operators! { hot LocalTee $($rest)* } };
    (one I32Const $($rest:tt)*) => { validate_and_lower_operators! { hot I32Const $($rest)* } };
    (hot $op:ident $visit:ident ($arg:ident: $argty:ty)) => {
        #[inline(always)]
        fn $visit(&mut self, $arg: $argty) -> Done {
            self.validator.visitor(self.func.em.wasm.into()).$visit($arg).map_err(invalid)?;
            self.func.$visit($arg)
        }
    };
    (one $op:ident $visit:ident ($($arg:ident: $argty:ty),*)) => {
        #[allow(clippy::clone_on_copy, reason = "tables of labels are not")]
        fn $visit(&mut self $(, $arg: $argty)*) -> Done {
            self.validator.visitor(self.func.em.wasm.into()).$visit($($arg.clone()),*).map_err(invalid)?;
            self.func.$visit($($arg),*)
        }
    };
}

impl<'a> VisitOperator<'a> for Both<'_, '_> {
    type Output = Done;

    wasmparser::for_each_visit_operator!(validate_and_lower_operators);
}

impl FrameStack for Both<'_, '_> {
    fn current_frame(&self) -> Option<FrameKind> {
        self.func.current_frame()
    }
}

/// Lowers the operators from an offset on, for the error that names the first that is not supported.
#[cold]
fn rest(func: &mut Func<'_>, body: &FunctionBody<'_>, from: u64) -> Result<()> {
    let mut reader = body.get_operators_reader()?;
    while !reader.eof() {
        let (op, offset) = reader.read_with_offset()?;
        if offset >= from {
            func.operator(&op, offset)?;
        }
    }
    Ok(())
}

macro_rules! lower_operators {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        $(lower_operators! { one $op $visit ($($($arg: $argty),*)?) ($({ $($arg),* })?) })*
    };
    (one LocalGet $visit:ident ($local:ident: $ty:ty) $fields:tt) => {
        #[inline(always)]
        fn $visit(&mut self, $local: $ty) -> Done {
            if self.dead.is_none() {
                self.stack.push(Value::Local($local as u16)); // CAST: locals fit a frame, as `begin` has checked
            }
            Ok(())
        }
    };
    (one I32Const $visit:ident ($value:ident: $ty:ty) $fields:tt) => {
        #[inline(always)]
        fn $visit(&mut self, $value: $ty) -> Done {
            if self.dead.is_none() {
                self.stack.push(Value::Const(u64::from($value as u32))); // CAST: bits
            }
            Ok(())
        }
    };
    // Each of those below is found by one jump.
    (one LocalSet $($rest:tt)*) => { lower_operators! { hot LocalSet $($rest)* } };
    (one LocalTee $($rest:tt)*) => { lower_operators! { hot LocalTee $($rest)* } };
    (one I32Load $($rest:tt)*) => { lower_operators! { hot I32Load $($rest)* } };
    (one I32Store $($rest:tt)*) => { lower_operators! { hot I32Store $($rest)* } };
    (one I64Load $($rest:tt)*) => { lower_operators! { hot I64Load $($rest)* } };
    (one I64Store $($rest:tt)*) => { lower_operators! { hot I64Store $($rest)* } };
    (one I32Load8U $($rest:tt)*) => { lower_operators! { hot I32Load8U $($rest)* } };
    (one I32Store8 $($rest:tt)*) => { lower_operators! { hot I32Store8 $($rest)* } };
    (one I32Add $($rest:tt)*) => { lower_operators! { hot I32Add $($rest)* } };
    (one I32Sub $($rest:tt)*) => { lower_operators! { hot I32Sub $($rest)* } };
    (one I32And $($rest:tt)*) => { lower_operators! { hot I32And $($rest)* } };
    (one I32Eq $($rest:tt)*) => { lower_operators! { hot I32Eq $($rest)* } };
    (one I32Eqz $($rest:tt)*) => { lower_operators! { hot I32Eqz $($rest)* } };
    (one I32Ne $($rest:tt)*) => { lower_operators! { hot I32Ne $($rest)* } };
    (one I32LtU $($rest:tt)*) => { lower_operators! { hot I32LtU $($rest)* } };
    (one I32Shl $($rest:tt)*) => { lower_operators! { hot I32Shl $($rest)* } };
    (one I64Const $($rest:tt)*) => { lower_operators! { hot I64Const $($rest)* } };
    (one Block $($rest:tt)*) => { lower_operators! { hot Block $($rest)* } };
    (one Loop $($rest:tt)*) => { lower_operators! { hot Loop $($rest)* } };
    (one If $($rest:tt)*) => { lower_operators! { hot If $($rest)* } };
    (one End $($rest:tt)*) => { lower_operators! { hot End $($rest)* } };
    (one Br $($rest:tt)*) => { lower_operators! { hot Br $($rest)* } };
    (one BrIf $($rest:tt)*) => { lower_operators! { hot BrIf $($rest)* } };
    (one Call $($rest:tt)*) => { lower_operators! { hot Call $($rest)* } };
    (one GlobalGet $($rest:tt)*) => { lower_operators! { hot GlobalGet $($rest)* } };
    (one GlobalSet $($rest:tt)*) => { lower_operators! { hot GlobalSet $($rest)* } };
    (hot $op:ident $visit:ident ($($arg:ident: $argty:ty),*) ($($fields:tt)*)) => {
        fn $visit(&mut self $(, $arg: $argty)*) -> Done {
            self.known_operator(&Operator::$op $($fields)*, self.em.wasm.into())
        }
    };
    (one $op:ident $visit:ident ($($arg:ident: $argty:ty),*) ($($fields:tt)*)) => {
        fn $visit(&mut self $(, $arg: $argty)*) -> Done {
            self.operator(&Operator::$op $($fields)*, self.em.wasm.into())
        }
    };
}

impl<'a> VisitOperator<'a> for Func<'_> {
    type Output = Done;

    wasmparser::for_each_visit_operator!(lower_operators);
}

/// The module is valid, so `else` always belongs to an `if`.
impl FrameStack for Func<'_> {
    fn current_frame(&self) -> Option<FrameKind> {
        (!self.frames.is_empty()).then_some(FrameKind::If)
    }
}

/// Whether a body may have a `loop` operator, which must be known before slots are numbered: it has that byte, which
/// may be an operand.
pub(crate) fn may_loop(body: &FunctionBody<'_>) -> bool {
    body.as_bytes().contains(&LOOP)
}
