//! The operators of a body, read and lowered in one go.
//!
//! [`Func`] is a visitor of wasmparser's reader, so that no operator is stored and told apart again. The most
//! frequent operators are lowered right here, the others by [`Func::operator`].

use crate::{error::Result, func::Func, stack::Value};
use wasmparser::{FrameKind, FrameStack, FunctionBody, Operator, VisitOperator};

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
        fn $visit(&mut self, $local: $ty) -> Result<()> {
            if self.dead.is_none() {
                self.stack.push(Value::Local($local as u16)); // CAST: locals fit a frame, as `begin` has checked
            }
            Ok(())
        }
    };
    (one I32Const $visit:ident ($value:ident: $ty:ty) $fields:tt) => {
        fn $visit(&mut self, $value: $ty) -> Result<()> {
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
        fn $visit(&mut self $(, $arg: $argty)*) -> Result<()> {
            self.known_operator(&Operator::$op $($fields)*, self.em.wasm.into())
        }
    };
    (one $op:ident $visit:ident ($($arg:ident: $argty:ty),*) ($($fields:tt)*)) => {
        fn $visit(&mut self $(, $arg: $argty)*) -> Result<()> {
            self.operator(&Operator::$op $($fields)*, self.em.wasm.into())
        }
    };
}

impl<'a> VisitOperator<'a> for Func<'_> {
    type Output = Result<()>;

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
