//! Tiny images around one op each: what the tests of single rows of the op table run.
//!
//! The image's `run` takes [`SLOTS`] i64 and stands in a frame whose slots are those arguments. It
//! loads the accumulator from the last one, does the op, and returns all slots, then the accumulator
//! (0 if nobody may read it) and the way it went: 0 straight on, 1 and 2 for the leaders that a branch
//! may go to. What the op calls, loads, grows and fills is in the image too: a memory of one or two
//! pages with random bytes at both ends, two tables, globals of its own and imported, segments, a host function.

use crate::pipeline;
use fastrand::Rng;
use kengine::{
    Mode,
    host::{Host, HostCall, HostFn, HostResult},
    image::valtype::I64,
    isa::{Effects, Field, Kind, POLL_MAX},
    link::Program,
    op::{Op, Words},
    store::{Extern, FuncAddr, InstanceId, Store, StoreLimits},
    text,
    thread::{Control, Run, Thread, host_sig},
    trap::TrapCode,
};
use std::{fmt::Write, sync::Arc};

/// Arguments of `run`; the op's slots are among them.
pub const SLOTS: usize = 16;
/// The argument that the accumulator is loaded from.
pub const ACC: usize = SLOTS - 1;
/// Where `run`'s results hold the accumulator after the op.
pub const ACC_AFTER: usize = SLOTS;
/// Where `run`'s results hold the way it went, or the result of a call.
pub const WAY: usize = SLOTS + 1;
/// First slot of a call's window: the frame has its header right below.
const BASE: u32 = SLOTS as u32 + 2;
/// Bytes of random content at each end of the first page.
const CONTENT: usize = 4096;
/// Bytes in a page.
const PAGE: usize = 1 << 16;

/// The host of the images: `env.add (i64, i64) -> (i64)`.
#[derive(Debug)]
pub struct Adder;

impl Host for Adder {
    const FUNCTIONS: &'static [HostFn<Self>] = &[HostFn {
        module: "env",
        name: "add",
        params: &[I64, I64],
        results: &[I64],
        cost: 0,
        capabilities: 0,
        may_sleep: false,
        call: |_, call: &mut HostCall<'_>| {
            call.values[0] = call.values[0].wrapping_add(call.values[1]);
            HostResult::Done
        },
    }];
}

/// An op with operands.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The op.
    pub op: Op,
    /// Its fields in the row's order.
    pub fields: Vec<(Field, u32)>,
}

impl Subject {
    /// Random operands that the checker accepts.
    pub fn random(op: Op, rng: &mut Rng) -> Subject {
        let mut fields = Vec::new();
        let row = op.row();
        let ranged = row.field(Kind::Count).is_some();
        for field in row.fields {
            let value = match field.kind {
                Kind::Dst | Kind::Src | Kind::SrcDst if ranged => rng.u32(..SLOTS as u32 - 4),
                Kind::Dst | Kind::Src | Kind::SrcDst => rng.u32(..SLOTS as u32),
                Kind::Window(n) => rng.u32(..SLOTS as u32 - u32::from(n)),
                Kind::CallBase => BASE,
                Kind::Imm16 => rng.u32(..) & 0xffff,
                Kind::Imm32 => rng.u32(..),
                Kind::Off16 => rng.u32(..) >> rng.u32(16..32),
                Kind::Off32 => rng.u32(..) >> rng.u32(0..32),
                Kind::Count => rng.u32(1..=4),
                Kind::Fuel => rng.u32(1..=u32::from(POLL_MAX)),
                Kind::Pool | Kind::Table => rng.u32(..2),
                Kind::FuncRef => 1 + rng.u32(..2),
                Kind::Func => 1,
                Kind::Leader16
                | Kind::Leader32
                | Kind::Global
                | Kind::GlobalMut
                | Kind::GlobalImport
                | Kind::GlobalImportMut
                | Kind::Import
                | Kind::BrTable
                | Kind::Sig
                | Kind::Elem
                | Kind::Data => 0,
            };
            fields.push((*field, value));
        }
        Subject { op, fields }
    }

    /// Whether the op has an effect.
    pub fn has(&self, effect: Effects) -> bool {
        self.op.row().effects.contains(effect)
    }

    /// Value of the field of a kind.
    pub fn get(&self, kind: Kind) -> Option<u32> {
        self.fields.iter().find(|(field, _)| field.kind == kind).map(|(_, value)| *value)
    }

    /// Slots that fields of these kinds name, ranges and windows in full.
    pub fn slots(&self, wanted: impl Fn(Kind) -> bool) -> Vec<usize> {
        let count = self.get(Kind::Count).unwrap_or(1);
        let mut slots = Vec::new();
        for (field, value) in self.fields.iter().filter(|(field, _)| wanted(field.kind)) {
            let len = match field.kind {
                Kind::Window(n) => n.into(),
                _ => count,
            };
            slots.extend((*value..*value + len).map(|slot| slot as usize));
        }
        slots
    }

    /// Whether the op branches to a leader, perhaps.
    fn branches(&self) -> bool {
        [Kind::Leader16, Kind::Leader32, Kind::BrTable].iter().any(|kind| self.get(*kind).is_some())
    }

    /// The op as words of the text form.
    fn words(&self) -> String {
        let mut words = Words::new(self.op);
        for (field, value) in &self.fields {
            words.set(field.at, *value);
        }
        match self.op.row().words {
            2 => format!(".word {:#x}\n.word {:#x}\n", words.first, words.ext),
            _ => format!(".word {:#x}\n", words.first),
        }
    }

    /// The body of `run`, and the other function, which a call calls and which returns.
    fn code(&self) -> String {
        let all = SLOTS + 2;
        let ret = format!("ret_n s0, x{all}\n");
        // What a call leads to: it adds its arguments, or returns in the way of the op.
        let mut sum = "i64_add_ss_n s0, s1\nret_a\n".to_string();
        let mut run = format!("copy_n s{ACC}\n");
        let is_call = self.has(Effects::CALL) || self.has(Effects::RET);
        if is_call {
            // The window must be initialised up to its end: fill the slots below it.
            write!(run, "zero s{ACC_AFTER}, x2\ncopy s{BASE}, s0\ncopy s{}, s1\ncopy_n s{ACC}\n", BASE + 1).unwrap();
        }
        if self.has(Effects::RET) {
            sum = format!("copy_n s0\n{}", self.words());
            write!(run, "callx s{BASE}, f2\n").unwrap();
        } else {
            run += &self.words();
        }
        let acc = self.acc_after();
        // Straight on.
        if !self.has(Effects::TERMINATOR) || self.has(Effects::RET) {
            run += &if acc { format!("copy_a s{ACC_AFTER}\n") } else { format!("const_u s{ACC_AFTER}, 0\n") };
            match is_call && self.results() > 0 {
                true => write!(run, "copy s{WAY}, s{BASE}\n").unwrap(),
                false => write!(run, "const_u s{WAY}, 0\n").unwrap(),
            }
            run += &ret;
        }
        if self.branches() {
            let ways = if self.get(Kind::BrTable).is_some() { 2 } else { 1 };
            // A leader that wants more than there is, where the edge can pay for it.
            let credit = if self.has(Effects::PAY) { POLL_MAX } else { 100 };
            for way in 1..=ways {
                write!(run, "@{} h={SLOTS} credit={credit}\n", way - 1).unwrap();
                write!(run, "const_u s{ACC_AFTER}, 0\nconst_u s{WAY}, {way}\n{ret}").unwrap();
            }
        }
        let (frame, result) = (BASE + 8, if self.results() == 0 { 2 } else { 0 });
        let f2 = if self.has(Effects::RET) { sum.as_str() } else { "i64_add_ss_n s0, s1\nret_a\n" };
        format!(
            "func 1 sig={SIG_SUM} frame=2 depth=8 credit=100 ref\ni64_add_ss_n s0, s1\nret_a\n\
             func 2 sig={} frame=16 depth=32 credit=100 ref\n{f2}\
             func 3 sig={} frame={frame} depth=100 credit=1000 ref\n{run}",
            match (self.has(Effects::RET), result) {
                _ if self.results() == 1 => SIG_SUM,
                (_, 2) => SIG_NONE,
                _ => SIG_SUM + self.results(),
            },
            SIG_RUN,
        )
    }
}
