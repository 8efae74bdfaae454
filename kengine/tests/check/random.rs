//! Fields out of their ranges, damaged images, random bodies.

use super::build::*;
use kengine::{
    Mode,
    check::check,
    image::{FLAG_FLOAT, Leader, SectionKind},
    isa::Kind,
    link::{Part, Program},
    op::{OPS, Op},
};
use proptest::prelude::*;

/// Asserts that an image loaded in parts is the same program, or breaks the same rule, as loaded in one go.
#[track_caller]
fn loads_alike_in_parts(bytes: &[u8], module: &Module) {
    let (host, limits, mode) = (&module.host, &module.limits, Mode::default());
    let whole = Program::load(bytes.to_vec(), host, limits, mode);
    for count in [0, 1, 2, 100] {
        // The last first: the order is the caller's.
        let run = |parts: &mut [Part<'_>]| parts.iter_mut().rev().for_each(Part::run);
        match (&whole, &Program::load_in_parts(bytes.to_vec(), host, limits, mode, count, run)) {
            (Ok(whole), Ok(parts)) => assert!(parts.has_code_of(whole), "other code in {count} parts"),
            (whole, parts) => assert_eq!(parts.as_ref().err(), whole.as_ref().err(), "in {count} parts"),
        }
    }
}

#[test]
fn parts_make_the_same_program() {
    let module = base();
    loads_alike_in_parts(&module.bytes(), &module);
    // Nobody has run them.
    let loaded = Program::load_in_parts(module.bytes(), &module.host, &module.limits, Mode::default(), 3, |_| ());
    assert!(loaded.is_ok());
}

/// Each field of each op pushed out of its range, in a body that is otherwise in order.
#[test]
fn every_field_of_every_op_is_checked() {
    for op in OPS {
        for (number, field) in op.row().fields.iter().enumerate() {
            let free = matches!(field.kind, Kind::Imm16 | Kind::Imm32 | Kind::Off16 | Kind::Off32);
            let valid = op.row().fields.iter().map(|field| match field.kind {
                Kind::Src | Kind::Dst | Kind::SrcDst | Kind::Window(_) | Kind::CallBase => 2,
                Kind::Count | Kind::Fuel | Kind::GlobalImportMut => 1,
                _ => 0,
            });
            let mut values: Vec<i64> = valid.collect();
            values[number] = if field.kind.is_wide() { 0xffff_fffe } else { 0x7ffe };
            let mut module = base();
            module.header.flags = FLAG_FLOAT;
            module.scratch([body![(Zero 2 6), (CopyN 0)], vec![Item::Op(words(op, &values))]].concat());
            let error = module.check().unwrap_err();
            let by_field = error.operand == number as u32;
            let indirect = matches!(field.kind, Kind::CallBase | Kind::Leader16 | Kind::Leader32);
            assert!(free || by_field || indirect, "{} {}: {error:?}", op.row().name, field.name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the bytes, the checker answers.
    #[test]
    fn mutants_never_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = base().bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let module = base();
        let _ = check(&bytes, &module.host, &module.limits, &mut ());
    }

    /// Mutants of records and code that keep the frame of the image, so that every rule is reached.
    #[test]
    fn record_mutants_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u64>(), 0u32..64), 1..4)
    ) {
        let module = base();
        let mut bytes = module.bytes();
        for (kind, at, value, shift) in changes {
            let (_, section) = section_at(&bytes, *kind.get(SectionKind::ALL.split_last_chunk::<3>().unwrap().0));
            let at = section.offset as usize + at.index(section.len as usize);
            // Small values are more telling than large ones.
            bytes[at] = (value >> shift) as u8;
        }
        loads_alike_in_parts(&bytes, &module);
    }

    /// Random words as the body of a function.
    #[test]
    fn random_bodies_never_panic(
        ops in prop::collection::vec((any::<prop::sample::Index>(), prop::collection::vec(0i64..10, 6)), 1..12),
        leaders in prop::collection::vec((0u32..12, 0u16..9, 0u16..200), 0..4),
    ) {
        let mut module = base();
        let words = ops.iter().flat_map(|(op, values)| {
            let op = *op.get(&OPS);
            words(op, &values[..op.row().fields.len()])
        });
        let fun = &mut module.funcs[SCRATCH];
        fun.code = words.collect();
        fun.leaders = leaders.iter().map(|&(pc, height, credit)| Leader { pc, height, credit }).collect();
        let _ = module.check();
    }
}
