//! Each op touches what its row says, and nothing else: slots, accumulator, memory, globals.
//!
//! The checker believes the rows; a handler that did more would break what it proves. Every row is run
//! on random operands in every form, and once more with everything changed that the row does not say
//! it reads: what it writes, traps on and jumps to must stay the same.

use fastrand::Rng;
use kengine::{
    Form, Mode,
    isa::{Effects, Kind},
    op::{OPS, Op},
    trap::TrapCode,
};
use testsuite::rows::{self, ACC_IN, ACC_OUT, CALLEE_ARGS, MEMORY, RETURNED, SLOTS, Seen, Subject, WAY};

/// Choices of operands for each row.
const SUBJECTS: usize = 6;
/// Values of the slots for each of these.
const ROUNDS: usize = 16;

type Slots = [u64; SLOTS as usize];

/// Values that ops treat in different ways.
fn value(rng: &mut Rng) -> u64 {
    match rng.u32(..8) {
        0 => rng.u64(..4),
        1 => rng.u64(..16),
        2 => rng.u64(..5000),
        // The end of memory.
        3 => rng.u64(MEMORY as u64 - 300..MEMORY as u64 + 10),
        4 => rng.u64(..1 << 32),
        5 => u64::from((rng.f32() * 1e5 - 5e4).to_bits()),
        6 => (rng.f64() * 1e10 - 5e9).to_bits(),
        _ => rng.u64(..),
    }
}

fn slots(rng: &mut Rng) -> Slots {
    std::array::from_fn(|_| value(rng))
}

const fn reads(kind: Kind) -> bool {
    matches!(kind, Kind::Src | Kind::SrcDst | Kind::Window(_))
}

const fn writes(kind: Kind) -> bool {
    matches!(kind, Kind::Dst | Kind::SrcDst | Kind::Window(_))
}

/// Slots of `run` that its end may depend on: those that the op reads, those that it calls with.
fn inputs(subject: &Subject) -> Vec<usize> {
    let mut inputs = if subject.has(Effects::RET) { Vec::new() } else { subject.slots(reads) };
    if subject.has(Effects::CALL) || subject.has(Effects::RET) {
        inputs.extend(0..CALLEE_ARGS as usize);
    }
    if subject.has(Effects::ACC_IN) {
        inputs.push(ACC_IN);
    }
    inputs
}

/// The slot that holds what the accumulator holds afterwards, if there is one.
fn result(subject: &Subject) -> Option<u32> {
    let whole = [subject.op];
    let ops = subject.op.parts().map_or(&whole[..], |parts| parts.ops);
    let (mut fields, mut slot) = (subject.fields.iter(), None);
    for row in ops.iter().map(|op| op.row()) {
        let own: Vec<_> = fields.by_ref().take(row.fields.len()).collect();
        let dst = own.iter().find(|(field, _)| field.kind == Kind::Dst).map(|(_, dst)| *dst);
        if row.effects.contains(Effects::ACC_SET) {
            slot = dst;
        } else if dst == slot {
            // A later op of the chain stores something else there.
            slot = None;
        }
    }
    slot
}

/// What must not have changed has not.
fn unchanged(subject: &Subject, slots: &Slots, seed: u64, seen: &Seen) {
    let row = subject.op.row();
    if let Ok(results) = &seen.end {
        let written = if subject.has(Effects::RET) { Vec::new() } else { subject.slots(writes) };
        for slot in (0..SLOTS as usize).filter(|slot| !written.contains(slot)) {
            assert_eq!(results[slot], slots[slot], "{subject:?} changed s{slot}");
        }
        let straight = results[WAY] == 0;
        let touched = Effects::ACC_SET.union(Effects::ACC_CLOBBER).union(Effects::CALL).union(Effects::RET);
        if straight && !row.effects.intersects(touched) {
            assert_eq!(results[ACC_OUT], slots[ACC_IN], "{subject:?} changed the accumulator");
        }
        let dst = result(subject);
        if let (true, true, Some(dst)) = (straight, subject.has(Effects::ACC_SET), dst) {
            assert_eq!(results[ACC_OUT], results[dst as usize], "{subject:?} left something else in the accumulator");
        }
        if (subject.has(Effects::CALL) || subject.has(Effects::RET)) && subject.returned() > 0 {
            assert_eq!(results[ACC_OUT], results[RETURNED], "{subject:?} left no result in the accumulator");
        }
    } else {
        assert!(subject.has(Effects::TRAPS), "{subject:?} trapped: {:?}", seen.end);
    }
    let before = rows::memory(seed);
    if !subject.has(Effects::WRITES_MEM) {
        assert!(seen.memory[..MEMORY] == before, "{subject:?} wrote memory");
    }
    if !subject.has(Effects::GROWS) {
        assert_eq!(seen.memory.len(), MEMORY, "{subject:?} grew memory");
    }
    let [own, imported] = rows::globals(seed);
    if subject.get(Kind::GlobalMut).is_none() {
        assert_eq!(seen.globals[0], own, "{subject:?} wrote a global");
    }
    if subject.get(Kind::GlobalImportMut).is_none() {
        assert_eq!(seen.globals[1], imported, "{subject:?} wrote an imported global");
    }
}

/// Where memory may have been written, as far as the row shows it: one access for each op of a chain that stores, or the range
/// of a bulk op.
fn stores_in_place(subject: &Subject, slots: &Slots, seed: u64, seen: &Seen) {
    let before = rows::memory(seed);
    let changed = |i: &usize| before[*i] != seen.memory[*i];
    let Some(first) = (0..MEMORY).find(changed) else { return };
    let last = (0..MEMORY).rev().find(changed).unwrap_or(first);
    if let Some((_, window)) = subject.fields.iter().find(|(field, _)| matches!(field.kind, Kind::Window(_))) {
        // CAST: operands of a window are i32.
        let [dst, _, len] = [0, 1, 2].map(|i| slots[*window as usize + i] as u32 as usize);
        assert!(dst <= first && last < dst + len, "{subject:?} wrote {first:#x}..={last:#x}");
    } else {
        let stores = |op: &Op| op.row().effects.contains(Effects::WRITES_MEM);
        let most = subject.op.parts().map_or(1, |parts| parts.ops.iter().filter(|op| stores(op)).count());
        let (mut accesses, mut end) = (0, 0);
        for byte in (first..=last).filter(changed) {
            if byte >= end {
                (accesses, end) = (accesses + 1, byte + 8);
            }
        }
        assert!(accesses <= most, "{subject:?} wrote {first:#x}..={last:#x}");
    }
}

/// What the row says that the op computes: written slots, results, way, accumulator, trap.
fn computed(subject: &Subject, seen: &Seen) -> Result<Vec<u64>, TrapCode> {
    let results = seen.end.as_ref().map_err(|code| *code)?;
    let mut computed: Vec<u64> = results[WAY..].to_vec();
    if !subject.has(Effects::RET) {
        computed.extend(subject.slots(writes).iter().map(|slot| results[*slot]));
    }
    if subject.has(Effects::ACC_SET) && results[WAY] == 0 {
        computed.push(results[ACC_OUT]);
    }
    Ok(computed)
}

/// Whether what the op computes may depend on memory and globals.
fn reads_state(subject: &Subject) -> bool {
    subject.has(Effects::READS_MEM)
        || [Kind::Global, Kind::GlobalImport].iter().any(|kind| subject.get(*kind).is_some())
}

fn footprint(op: Op, rng: &mut Rng) {
    for _ in 0..SUBJECTS {
        let subject = Subject::random(op, rng);
        let inputs = inputs(&subject);
        let (seed, other_seed) = (rng.u64(..), rng.u64(..));
        let other_seed = if reads_state(&subject) { seed } else { other_seed };
        let loaded: Vec<_> = Form::all().map(|form| subject.load(seed, form)).collect();
        let other = subject.load(other_seed, Mode::Match);
        for _ in 0..ROUNDS {
            let slots = slots(rng);
            let all: Vec<_> = loaded.iter().map(|loaded| loaded.instance().seen(&slots)).collect();
            for (seen, form) in all.iter().zip(Form::all()) {
                unchanged(&subject, &slots, seed, seen);
                stores_in_place(&subject, &slots, seed, seen);
                assert!(*seen == all[0], "{subject:?}: {form} differs");
            }
            let mut garbage = self::slots(rng);
            for slot in &inputs {
                garbage[*slot] = slots[*slot];
            }
            let again = other.instance().seen(&garbage);
            assert_eq!(
                computed(&subject, &again),
                computed(&subject, &all[0]),
                "{subject:?} depends on what its row does not name: {slots:x?} and {garbage:x?}"
            );
        }
    }
}

#[test]
fn every_row_keeps_to_its_footprint() {
    let mut rng = Rng::with_seed(1);
    for op in OPS {
        footprint(op, &mut rng);
    }
}
