//! Images of any size for the checker: one function of short blocks, and a thousand callees.
//!
//! Each block is a leader, five to six ops, with paying branches back and forth, loads, stores, calls. Real
//! code has longer blocks, so this is harder on the checker than most of it.

use kengine::{
    image::{Func, Leader, Memory, SectionKind, Sig, SigDepth, valtype::I32, write::ImageBuilder},
    op::{Op, Words},
};

/// An image under construction.
struct Writer {
    image: ImageBuilder,
    /// Words of code.
    words: u32,
    ops: u32,
}

impl Writer {
    /// Adds an op; answers where the next one will stand.
    fn emit(&mut self, op: Op, fields: &[u32]) -> u32 {
        let mut words = Words::new(op);
        for (field, value) in op.row().fields.iter().zip(fields) {
            words.set(field.at, *value);
        }
        let code = self.image.section(SectionKind::Code);
        code.extend(words.first.to_le_bytes());
        if op.row().words == 2 {
            code.extend(words.ext.to_le_bytes());
        }
        self.words += u32::from(op.row().words);
        self.ops += 1;
        self.words
    }
}

/// An image of about `ops` ops, a few thousand at least if all callees are counted; and how many it has.
pub(crate) fn image(ops: u32) -> Option<(Vec<u8>, u32)> {
    let mut w = Writer { image: ImageBuilder::default(), words: 0, ops: 0 };
    w.image.push(SectionKind::Sig, Sig { params: 1, results: 1, types: 0 }.to_bytes());
    w.image.section(SectionKind::SigTypes).extend([I32, I32]);
    w.image.push(SectionKind::SigDepth, SigDepth { depth: u32::MAX }.to_bytes());
    w.image.push(SectionKind::Memory, Memory { min: 1, ..Memory::default() }.to_bytes());
    let callees = (ops / 8).clamp(1, 1000);
    let blocks = (ops - 2 * callees) / 6;
    let mut end = 0;
    for block in 0..blocks {
        // The entry must bring the height of the first leader.
        let first = Leader { pc: 0, height: 1, credit: 60 };
        let leader = if block == 0 { first } else { Leader { pc: end, height: 4, credit: 20 } };
        w.image.push(SectionKind::Leader, leader.to_bytes());
        if block == 0 {
            w.emit(Op::Zero, &[1, 3]);
        }
        w.emit(Op::I32AddSi, &[4, 0, block & 0xff]);
        w.emit(Op::Load32US, &[5, 4, 8]);
        match block % 4 {
            0 => w.emit(Op::Call, &[5, 1 + block.wrapping_mul(2_654_435_761) % callees]),
            1 => w.emit(Op::Select, &[5, 0, 1, 2]),
            _ => w.emit(Op::Store32Ss, &[4, 5, 8]),
        };
        w.emit(Op::I32AddSs, &[3, 4, 5]);
        w.emit(Op::Fuel, &[40]);
        end = match block % 3 {
            0 => w.emit(Op::BrI32LtSSiPay, &[3, 7, if block == 0 { 0 } else { 0xffff }]),
            1 => w.emit(Op::BrNeSsPay, &[3, 4, 0]),
            _ => w.emit(Op::BrIfSPay, &[3, block.wrapping_mul(40_503) % (blocks - 1) + 1]),
        };
    }
    w.image.push(SectionKind::Leader, Leader { pc: end, height: 1, credit: 1 }.to_bytes());
    let mut start = w.emit(Op::RetS, &[0]);
    let func = Func { frame: 8, credit: 60, ..Func::default() };
    let caller = Func { code_len: start, leader_len: blocks + 1, depth: 40, ..func };
    w.image.push(SectionKind::Func, caller.to_bytes());
    for _ in 0..callees {
        w.emit(Op::I32AddSi, &[0, 0, 1]);
        let stop = w.emit(Op::RetA, &[]);
        // Leaders are partitioned: an empty range stands behind those of the caller.
        let callee = Func { code: start, code_len: stop - start, leader: blocks + 1, depth: 10, ..func };
        w.image.push(SectionKind::Func, callee.to_bytes());
        start = stop;
    }
    Some((w.image.finish()?, w.ops))
}
