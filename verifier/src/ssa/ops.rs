//! What each operator without control flow pops and pushes.

use wasmparser::{MemArg, Operator};

use crate::domain::{Binary, Compare, Unary};

/// The effect of an operator on the operand stack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Effect {
    /// Pushes a number of the width.
    Const(u64, u8),
    /// On integers of the width.
    Unary(Unary, u8),
    Binary(Binary, u8),
    Compare(Compare, u8),
    /// Whether it is zero.
    Eqz(u8),
    Select,
    Drop,
    LocalGet(u32),
    LocalSet(u32),
    LocalTee(u32),
    GlobalGet(u32),
    GlobalSet(u32),
    /// Loads `bytes` bytes as an integer of a width; width 0 is a float.
    Load {
        offset: u64,
        bytes: u8,
        width: u8,
        signed: bool,
    },
    Store {
        offset: u64,
        bytes: u8,
    },
    /// Pops so many, pushes one of the width in a range; memory may change.
    Opaque {
        pops: u8,
        width: u8,
        max: u64,
    },
    /// Pops so many and pushes nothing; memory may change if `effects`.
    Consume {
        pops: u8,
        effects: bool,
    },
    /// Pops so many, of which the last says how much is handled, which costs fuel; pushes an `i32` if it `grows`
    /// something, else nothing. Memory may change if `effects`.
    Bulk {
        pops: u8,
        effects: bool,
        grows: bool,
    },
    Nop,
}

fn load(memarg: MemArg, bytes: u8, width: u8, signed: bool) -> Effect {
    Effect::Load { offset: memarg.offset, bytes, width, signed }
}

fn store(memarg: MemArg, bytes: u8) -> Effect {
    Effect::Store { offset: memarg.offset, bytes }
}

/// The effect of an operator; `None` if it is a control operator or a call.
#[allow(clippy::too_many_lines, reason = "one line per operator")]
pub(super) fn effect(operator: &Operator<'_>) -> Option<Effect> {
    use Operator as O;
    let unary = |op, width| Effect::Unary(op, width);
    let binary = |op, width| Effect::Binary(op, width);
    let compare = |op, width| Effect::Compare(op, width);
    let opaque = |pops, width| Effect::Opaque { pops, width, max: u64::MAX };
    let truth = |pops| Effect::Opaque { pops, width: 32, max: 1 };
    Some(match *operator {
        // CAST: bits.
        O::I32Const { value } => Effect::Const(u64::from(value as u32), 32),
        O::I64Const { value } => Effect::Const(value as u64, 64),
        O::F32Const { .. } | O::F64Const { .. } | O::RefNull { .. } | O::RefFunc { .. } => opaque(0, 0),
        O::RefIsNull => truth(1),
        O::Nop => Effect::Nop,
        O::Drop => Effect::Drop,
        O::Select | O::TypedSelect { .. } => Effect::Select,
        O::LocalGet { local_index } => Effect::LocalGet(local_index),
        O::LocalSet { local_index } => Effect::LocalSet(local_index),
        O::LocalTee { local_index } => Effect::LocalTee(local_index),
        O::GlobalGet { global_index } => Effect::GlobalGet(global_index),
        O::GlobalSet { global_index } => Effect::GlobalSet(global_index),
        O::I32Load { memarg } => load(memarg, 4, 32, false),
        O::I64Load { memarg } => load(memarg, 8, 64, false),
        O::F32Load { memarg } => load(memarg, 4, 0, false),
        O::F64Load { memarg } => load(memarg, 8, 0, false),
        O::I32Load8S { memarg } => load(memarg, 1, 32, true),
        O::I32Load8U { memarg } => load(memarg, 1, 32, false),
        O::I32Load16S { memarg } => load(memarg, 2, 32, true),
        O::I32Load16U { memarg } => load(memarg, 2, 32, false),
        O::I64Load8S { memarg } => load(memarg, 1, 64, true),
        O::I64Load8U { memarg } => load(memarg, 1, 64, false),
        O::I64Load16S { memarg } => load(memarg, 2, 64, true),
        O::I64Load16U { memarg } => load(memarg, 2, 64, false),
        O::I64Load32S { memarg } => load(memarg, 4, 64, true),
        O::I64Load32U { memarg } => load(memarg, 4, 64, false),
        O::I32Store { memarg } | O::F32Store { memarg } | O::I64Store32 { memarg } => store(memarg, 4),
        O::I64Store { memarg } | O::F64Store { memarg } => store(memarg, 8),
        O::I32Store8 { memarg } | O::I64Store8 { memarg } => store(memarg, 1),
        O::I32Store16 { memarg } | O::I64Store16 { memarg } => store(memarg, 2),
        O::MemorySize { .. } => Effect::Opaque { pops: 0, width: 32, max: 65_536 },
        O::MemoryGrow { .. } => Effect::Bulk { pops: 1, effects: false, grows: true },
        O::MemoryFill { .. } | O::MemoryCopy { .. } | O::MemoryInit { .. } => {
            Effect::Bulk { pops: 3, effects: true, grows: false }
        }
        O::TableFill { .. } | O::TableCopy { .. } | O::TableInit { .. } => {
            Effect::Bulk { pops: 3, effects: false, grows: false }
        }
        O::DataDrop { .. } | O::ElemDrop { .. } => Effect::Nop,
        O::TableGet { .. } => opaque(1, 0),
        O::TableSet { .. } => Effect::Consume { pops: 2, effects: false },
        O::TableSize { .. } => opaque(0, 32),
        O::TableGrow { .. } => Effect::Bulk { pops: 2, effects: false, grows: true },
        O::I32Eqz => Effect::Eqz(32),
        O::I64Eqz => Effect::Eqz(64),
        O::I32Eq => compare(Compare::Eq, 32),
        O::I32Ne => compare(Compare::Ne, 32),
        O::I32LtS => compare(Compare::LtS, 32),
        O::I32LtU => compare(Compare::LtU, 32),
        O::I32GtS => compare(Compare::GtS, 32),
        O::I32GtU => compare(Compare::GtU, 32),
        O::I32LeS => compare(Compare::LeS, 32),
        O::I32LeU => compare(Compare::LeU, 32),
        O::I32GeS => compare(Compare::GeS, 32),
        O::I32GeU => compare(Compare::GeU, 32),
        O::I64Eq => compare(Compare::Eq, 64),
        O::I64Ne => compare(Compare::Ne, 64),
        O::I64LtS => compare(Compare::LtS, 64),
        O::I64LtU => compare(Compare::LtU, 64),
        O::I64GtS => compare(Compare::GtS, 64),
        O::I64GtU => compare(Compare::GtU, 64),
        O::I64LeS => compare(Compare::LeS, 64),
        O::I64LeU => compare(Compare::LeU, 64),
        O::I64GeS => compare(Compare::GeS, 64),
        O::I64GeU => compare(Compare::GeU, 64),
        O::F32Eq | O::F32Ne | O::F32Lt | O::F32Gt | O::F32Le | O::F32Ge => truth(2),
        O::F64Eq | O::F64Ne | O::F64Lt | O::F64Gt | O::F64Le | O::F64Ge => truth(2),
        O::I32Clz => unary(Unary::Clz, 32),
        O::I32Ctz => unary(Unary::Ctz, 32),
        O::I32Popcnt => unary(Unary::Popcnt, 32),
        O::I64Clz => unary(Unary::Clz, 64),
        O::I64Ctz => unary(Unary::Ctz, 64),
        O::I64Popcnt => unary(Unary::Popcnt, 64),
        O::I32Extend8S => unary(Unary::SignExtend(8), 32),
        O::I32Extend16S => unary(Unary::SignExtend(16), 32),
        O::I64Extend8S => unary(Unary::SignExtend(8), 64),
        O::I64Extend16S => unary(Unary::SignExtend(16), 64),
        O::I64Extend32S => unary(Unary::SignExtend(32), 64),
        O::I32WrapI64 => unary(Unary::Zext(32), 64),
        O::I64ExtendI32U => unary(Unary::Zext(64), 32),
        O::I64ExtendI32S => unary(Unary::Sext(64), 32),
        O::I32Add => binary(Binary::Add, 32),
        O::I32Sub => binary(Binary::Sub, 32),
        O::I32Mul => binary(Binary::Mul, 32),
        O::I32DivS => binary(Binary::DivS, 32),
        O::I32DivU => binary(Binary::DivU, 32),
        O::I32RemS => binary(Binary::RemS, 32),
        O::I32RemU => binary(Binary::RemU, 32),
        O::I32And => binary(Binary::And, 32),
        O::I32Or => binary(Binary::Or, 32),
        O::I32Xor => binary(Binary::Xor, 32),
        O::I32Shl => binary(Binary::Shl, 32),
        O::I32ShrS => binary(Binary::ShrS, 32),
        O::I32ShrU => binary(Binary::ShrU, 32),
        O::I32Rotl => binary(Binary::Rotl, 32),
        O::I32Rotr => binary(Binary::Rotr, 32),
        O::I64Add => binary(Binary::Add, 64),
        O::I64Sub => binary(Binary::Sub, 64),
        O::I64Mul => binary(Binary::Mul, 64),
        O::I64DivS => binary(Binary::DivS, 64),
        O::I64DivU => binary(Binary::DivU, 64),
        O::I64RemS => binary(Binary::RemS, 64),
        O::I64RemU => binary(Binary::RemU, 64),
        O::I64And => binary(Binary::And, 64),
        O::I64Or => binary(Binary::Or, 64),
        O::I64Xor => binary(Binary::Xor, 64),
        O::I64Shl => binary(Binary::Shl, 64),
        O::I64ShrS => binary(Binary::ShrS, 64),
        O::I64ShrU => binary(Binary::ShrU, 64),
        O::I64Rotl => binary(Binary::Rotl, 64),
        O::I64Rotr => binary(Binary::Rotr, 64),
        O::F32Abs | O::F32Neg | O::F32Ceil | O::F32Floor | O::F32Trunc | O::F32Nearest | O::F32Sqrt => opaque(1, 0),
        O::F64Abs | O::F64Neg | O::F64Ceil | O::F64Floor | O::F64Trunc | O::F64Nearest | O::F64Sqrt => opaque(1, 0),
        O::F32Add | O::F32Sub | O::F32Mul | O::F32Div | O::F32Min | O::F32Max | O::F32Copysign => opaque(2, 0),
        O::F64Add | O::F64Sub | O::F64Mul | O::F64Div | O::F64Min | O::F64Max | O::F64Copysign => opaque(2, 0),
        O::F32ConvertI32S
        | O::F32ConvertI32U
        | O::F32ConvertI64S
        | O::F32ConvertI64U
        | O::F32DemoteF64
        | O::F64ConvertI32S
        | O::F64ConvertI32U
        | O::F64ConvertI64S
        | O::F64ConvertI64U
        | O::F64PromoteF32
        | O::F32ReinterpretI32
        | O::F64ReinterpretI64 => opaque(1, 0),
        O::I32TruncF32S
        | O::I32TruncF32U
        | O::I32TruncF64S
        | O::I32TruncF64U
        | O::I32TruncSatF32S
        | O::I32TruncSatF32U
        | O::I32TruncSatF64S
        | O::I32TruncSatF64U
        | O::I32ReinterpretF32 => opaque(1, 32),
        O::I64TruncF32S
        | O::I64TruncF32U
        | O::I64TruncF64S
        | O::I64TruncF64U
        | O::I64TruncSatF32S
        | O::I64TruncSatF32U
        | O::I64TruncSatF64S
        | O::I64TruncSatF64U
        | O::I64ReinterpretF64 => opaque(1, 64),
        _ => return None,
    })
}
