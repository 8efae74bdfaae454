//! Time of the checker per op: `cargo run --release -p kengine --example check_speed`.
//!
//! Synthetic functions: blocks of five to six ops, each block a leader, with paying back and forward
//! branches, loads, stores and calls among a thousand callees. Prints the best of several runs; the
//! figure should not grow with the size, save for cache misses.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "an example")]

use kengine::{
    check::{Host, HostInfo, ImportError, Limits, check},
    image::{Func, Leader, Memory, SectionKind, Sig, SigDepth, valtype::I32, write::ImageBuilder},
    op::{Op, Words},
};
use std::time::Instant;

struct NoHost;

impl Host for NoHost {
    fn import(&self, _: &[u8], _: &[u8], _: &[u8], _: &[u8]) -> Result<HostInfo, ImportError> {
        Err(ImportError::Unknown)
    }
}

/// An image with one function of about `ops` ops and a thousand small ones; also the number of ops.
fn image(ops: u32) -> (Vec<u8>, u32) {
    let mut image = ImageBuilder::default();
    image.push(SectionKind::Sig, Sig { params: 1, results: 1, types: 0 }.to_bytes());
    image.section(SectionKind::SigTypes).extend([I32, I32]);
    image.push(SectionKind::SigDepth, SigDepth { depth: u32::MAX }.to_bytes());
    image.push(SectionKind::Memory, Memory { min: 1, ..Memory::default() }.to_bytes());
    let (mut code, mut count) = (0, 0);
    let mut emit = |image: &mut ImageBuilder, op: Op, fields: &[u32]| {
        let mut words = Words::new(op);
        op.row().fields.iter().zip(fields).for_each(|(field, value)| words.set(field.at, *value));
        image.section(SectionKind::Code).extend(words.first.to_le_bytes());
        if op.row().words == 2 {
            image.section(SectionKind::Code).extend(words.ext.to_le_bytes());
        }
        code += u32::from(op.row().words);
        count += 1;
        code
    };
    let blocks = ops / 6;
    let mut end = 0;
    for block in 0..blocks {
        image.push(SectionKind::Leader, Leader { pc: end, height: 4, credit: 20 }.to_bytes());
        if block == 0 {
            // The entry must bring the height of the first leader.
            image.section(SectionKind::Leader).truncate(0);
            image.push(SectionKind::Leader, Leader { pc: 0, height: 1, credit: 60 }.to_bytes());
            emit(&mut image, Op::Zero, &[1, 3]);
        }
        emit(&mut image, Op::I32AddSi, &[4, 0, block & 0xff]);
        emit(&mut image, Op::Load32US, &[5, 4, 8]);
        match block % 4 {
            0 => emit(&mut image, Op::Call, &[5, 1 + block.wrapping_mul(2_654_435_761) % 1000]),
            1 => emit(&mut image, Op::Select, &[5, 0, 1, 2]),
            _ => emit(&mut image, Op::Store32Ss, &[4, 5, 8]),
        };
        emit(&mut image, Op::I32AddSs, &[3, 4, 5]);
        emit(&mut image, Op::Fuel, &[40]);
        end = match block % 3 {
            0 => emit(&mut image, Op::BrI32LtSSiPay, &[3, 7, if block == 0 { 0 } else { 0xffff }]),
            1 => emit(&mut image, Op::BrNeSsPay, &[3, 4, 0]),
            _ => emit(&mut image, Op::BrIfSPay, &[3, block.wrapping_mul(40_503) % (blocks - 1) + 1]),
        };
    }
    image.push(SectionKind::Leader, Leader { pc: end, height: 1, credit: 1 }.to_bytes());
    let mut start = emit(&mut image, Op::RetS, &[0]);
    let func = Func { frame: 8, credit: 60, ..Func::default() };
    let caller = Func { code_len: start, leader_len: blocks + 1, depth: 40, ..func };
    image.push(SectionKind::Func, caller.to_bytes());
    for _ in 0..1000 {
        emit(&mut image, Op::I32AddSi, &[0, 0, 1]);
        let stop = emit(&mut image, Op::RetA, &[]);
        // Leaders are partitioned: an empty range stands behind those of the caller.
        let callee = Func { code: start, code_len: stop - start, leader: blocks + 1, depth: 10, ..func };
        image.push(SectionKind::Func, callee.to_bytes());
        start = stop;
    }
    (image.finish().unwrap(), count)
}

fn main() {
    println!("{:>9} {:>11} {:>9} {:>9}", "ops", "bytes", "ms", "ns/op");
    for ops in [1_000, 10_000, 100_000, 1_000_000] {
        let (bytes, count) = image(ops);
        let times = (0..(20_000_000 / ops).clamp(10, 1000)).map(|_| {
            let start = Instant::now();
            if let Err(error) = check(&bytes, &NoHost, &Limits::default(), &mut ()) {
                println!("refused: {error:?}");
                std::process::exit(1);
            }
            start.elapsed().as_nanos() as f64
        });
        let best = times.fold(f64::INFINITY, f64::min);
        println!("{count:>9} {:>11} {:>9.3} {:>9.1}", bytes.len(), best / 1e6, best / f64::from(count));
    }
}
