//! Tiny images around one op each: what the tests of single rows of the op table run.
//!
//! The image's `run` takes [`SLOTS`] i64, and its frame starts with them. It loads the accumulator from
//! the last, does the op on slots among them, and returns them all; then the accumulator, the way
//! that a branch took, and what a call returned. What ops may load, fill, call and grow is there too:
//! a memory with random bytes at both ends, two tables, globals of its own and imported ones, segments,
//! a host function. An op that returns stands in a function of its own, which `run` calls; `repeat`
//! takes a number besides and calls `run` so often.

use crate::pipeline;
use fastrand::Rng;
use kengine::{
    Form,
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
use std::sync::Arc;

/// Arguments of `run`; the op's slots are among them.
pub const SLOTS: u32 = 16;
/// The argument that the accumulator is loaded from.
pub const ACC_IN: usize = 15;
/// Result that holds the accumulator after the op, or 0 if none may read it.
pub const ACC_OUT: usize = 16;
/// Result that says which way it went: 0 straight on, 1 and 2 to the first and second leader.
pub const WAY: usize = 17;
/// First of the results that hold what a call returned.
pub const RETURNED: usize = 18;
/// Results of `run`, and the first slot of the window of a call: the header of the frame is right below.
const RESULTS: u32 = 22;
/// Arguments of the function that is called.
pub const CALLEE_ARGS: u32 = 2;
/// Slots that the function that is called has set, when it is an op that returns.
const CALLEE_SLOTS: u32 = 8;
/// Bytes of random content at each end of memory.
const CONTENT: usize = 4096;
/// Bytes of memory at the start.
pub const MEMORY: usize = 1 << 16;

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
        len_param: None,
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
        let row = op.row();
        let returns = row.effects.contains(Effects::RET);
        let count = if row.field(Kind::Count).is_some() { rng.u32(1..=4) } else { 1 };
        let slots = if returns { CALLEE_SLOTS } else { SLOTS };
        let value = |kind| match kind {
            // Not across the header of the function that returns.
            Kind::Src if returns && count > CALLEE_ARGS => [0, count][rng.usize(..2)],
            Kind::Src if returns && count == CALLEE_ARGS => [0, 2, 3, 4, 5, 6][rng.usize(..6)],
            Kind::Dst | Kind::Src | Kind::SrcDst => rng.u32(..=slots - count),
            Kind::Window(n) => rng.u32(..=slots - u32::from(n)),
            Kind::CallBase => RESULTS,
            Kind::Imm16 | Kind::Off16 => rng.u32(..) >> rng.u32(16..32),
            Kind::Imm32 | Kind::Off32 => rng.u32(..) >> rng.u32(0..32),
            Kind::Count => count,
            Kind::Which(n) => rng.u32(..u32::from(n)),
            Kind::Fuel => rng.u32(1..=POLL_MAX.into()),
            Kind::Pool | Kind::Table | Kind::FuncRef => rng.u32(..2),
            // The only one there is.
            _ => 0,
        };
        let mut value = value;
        Subject { op, fields: row.fields.iter().map(|field| (*field, value(field.kind))).collect() }
    }

    /// Whether the row has an effect.
    pub fn has(&self, effect: Effects) -> bool {
        self.op.row().effects.contains(effect)
    }

    /// Value of the field of this kind.
    pub fn get(&self, kind: Kind) -> Option<u32> {
        self.fields.iter().find(|(field, _)| field.kind == kind).map(|(_, value)| *value)
    }

    /// Slots that the fields of these kinds name, ranges and windows in full.
    pub fn slots(&self, wanted: impl Fn(Kind) -> bool) -> Vec<usize> {
        let fields = self.fields.iter().filter(|(field, _)| wanted(field.kind));
        let ranges = fields.map(|(field, value)| match field.kind {
            Kind::Window(n) => *value..value + u32::from(n),
            _ => *value..value + self.get(Kind::Count).unwrap_or(1),
        });
        ranges.flatten().map(|slot| slot as usize).collect()
    }

    /// Number of leaders that the op may go to.
    fn leaders(&self) -> u32 {
        let near = self.get(Kind::Leader16).or(self.get(Kind::Leader32)).map(|_| 1);
        near.or(self.get(Kind::BrTable).map(|_| 2)).unwrap_or(0)
    }

    /// Results of the function that is called.
    pub fn returned(&self) -> u32 {
        match self.op {
            Op::Ret => 0,
            Op::RetN => self.get(Kind::Count).unwrap_or(0),
            _ => 1,
        }
    }

    /// The op in the text form.
    fn text(&self) -> String {
        let mut words = Words::new(self.op);
        for (field, value) in &self.fields {
            words.set(field.at, *value);
        }
        match (self.op.row().words, self.get(Kind::BrTable)) {
            (_, Some(table)) => text::op(words).replace(&format!("brtab[{table}]"), "[@0, @1]"),
            (2, None) => format!(".word {:#x}\n.word {:#x}", words.first, words.ext),
            _ => format!(".word {:#x}", words.first),
        }
    }

    /// The body of the function that is called: it adds its arguments, unless the op is one that returns.
    fn callee(&self) -> String {
        if !self.has(Effects::RET) {
            return "i64_add_ss s2, s0, s1\nret_a".into();
        }
        let copies: String = (CALLEE_ARGS..CALLEE_SLOTS).map(|slot| format!("copy s{slot}, s{}\n", slot % 2)).collect();
        format!("{copies}copy_n s1\n{}", self.text())
    }

    /// The body of `run`.
    fn run(&self) -> String {
        let mut code = vec![format!("zero s{SLOTS}, x{}", RESULTS - SLOTS)];
        let calls = self.has(Effects::CALL) || self.has(Effects::RET);
        if calls {
            code.extend((0..CALLEE_ARGS).map(|i| format!("copy s{}, s{i}", RESULTS + i)));
        }
        code.push(format!("copy_n s{ACC_IN}"));
        code.push(if self.has(Effects::RET) { format!("call s{RESULTS}, f1") } else { self.text() });
        if !self.has(Effects::TERMINATOR) || self.has(Effects::RET) {
            let unset = if calls {
                self.returned() == 0
            } else {
                self.has(Effects::ACC_CLOBBER) && !self.has(Effects::ACC_SET)
            };
            if !unset {
                code.push(format!("copy_a s{ACC_OUT}"));
            }
            if calls {
                code.extend((0..self.returned()).map(|i| format!("copy s{}, s{}", RETURNED as u32 + i, RESULTS + i)));
            }
            code.push(format!("ret_n s0, x{RESULTS}"));
        }
        // One that wants more than is left, where the edge can pay for it.
        let credit = if self.has(Effects::PAY) { POLL_MAX } else { 100 };
        for leader in 0..self.leaders() {
            code.push(format!("@{leader} h={RESULTS} credit={credit}"));
            code.push(format!("const_u s{WAY}, {}", leader + 1));
            code.push(format!("ret_n s0, x{RESULTS}"));
        }
        code.join("\n")
    }

    /// The image as text; `seed` determines what is in memory and globals.
    fn image(&self, seed: u64) -> String {
        let list = |n: u32| vec!["i64"; n as usize].join(", ");
        let mut results = vec![1, self.returned()];
        results.sort_unstable();
        results.dedup();
        let sig = |n| results.iter().position(|r| *r == n).unwrap_or(0);
        let sigs: String =
            (0..).zip(&results).map(|(i, n)| format!("sig {i} (i64, i64) -> ({}) depth=20\n", list(*n))).collect();
        let content = |bytes: &[u8]| bytes.iter().map(|byte| format!("\\{byte:02x}")).collect::<String>();
        let memory = memory(seed);
        let (low, high) = (content(&memory[..CONTENT]), content(&memory[MEMORY - CONTENT..]));
        let float = if self.has(Effects::FLOAT) { " float" } else { "" };
        format!(
            "image version={version} class=metered{float} stack=200 fuel=0 capabilities=0
            {sigs}
            sig {run_sig} ({args}) -> ({outs}) depth=100
            sig {repeat_sig} ({args}, i64) -> () depth=200
            import 0 func \"env\" \"add\" sig={sum_sig} cost=0 capabilities=0
            import 1 global \"env\"@0 \"global\" type=i64 mut
            table 0 funcref min=8 max=9
            table 1 funcref min=8 max=9
            memory 0 min=1 max=2
            global 1 i64 mut init={own}
            pool 0 0x123456789abcdef0
            pool 1 0xfff0000000000000
            elem 0 passive funcref [f1, null, f0]
            elem 1 active table=0 offset=0 funcref [f0, f1, null, f1]
            elem 2 active table=1 offset=1 funcref [f1, f0]
            data 0 passive \"01234567\"
            data 1 active offset=0 \"{low}\"
            data 2 active offset={high_at} \"{high}\"
            export \"run\" f2
            export \"repeat\" f3
            export \"own\" g1
            func 1 sig={callee_sig} frame={CALLEE_SLOTS} depth=20 credit=100 ref
            {callee}
            func 2 sig={run_sig} frame={frame} depth=100 credit=1000 ref
            {run}
            func 3 sig={repeat_sig} frame={repeat_frame} depth=200 credit=100 ref
            @0 h={repeat_base} credit=100
            {copies}
            call s{repeat_base}, f2
            i32_add_si_n s{SLOTS}, -1
            copy_a s{SLOTS}
            br_if_a_pay @0
            ret
            ",
            version = kengine::isa::VERSION,
            run_sig = results.len(),
            args = list(SLOTS),
            outs = list(RESULTS),
            sum_sig = sig(1),
            callee_sig = sig(self.returned()),
            own = globals(seed)[0],
            high_at = MEMORY - CONTENT,
            frame = RESULTS + 8,
            callee = self.callee(),
            run = self.run(),
            repeat_sig = results.len() + 1,
            repeat_base = SLOTS + 1,
            repeat_frame = SLOTS + 1 + RESULTS,
            copies = (0..SLOTS).map(|i| format!("copy s{}, s{i}\n", SLOTS + 1 + i)).collect::<String>(),
        )
    }

    /// Checks and links the image.
    ///
    /// # Panics
    /// The checker refuses it, or the text is none.
    pub fn load(&self, seed: u64, form: impl Into<Form>) -> Loaded {
        let form = form.into();
        let load = |text: &str| {
            let bytes = text::parse(text).unwrap_or_else(|error| panic!("{self:?}: {error}\n{text}"));
            pipeline::load(&bytes, form).unwrap_or_else(|error| panic!("{self:?}: {error:?}\n{}", self.run()))
        };
        let version = kengine::isa::VERSION;
        let globals = format!(
            "image version={version} class=metered stack=0 fuel=0 capabilities=0
            global 0 i64 mut init={}
            export \"global\" g0",
            globals(seed)[1],
        );
        Loaded { program: load(&self.image(seed)), globals: load(&globals) }
    }
}

/// What memory holds at first.
pub fn memory(seed: u64) -> Vec<u8> {
    let mut bytes = vec![0; MEMORY];
    let mut rng = Rng::with_seed(seed);
    rng.fill(&mut bytes[..CONTENT]);
    rng.fill(&mut bytes[MEMORY - CONTENT..]);
    bytes
}

/// What the globals hold at first: the own one, the imported one.
pub fn globals(seed: u64) -> [u64; 2] {
    let mut rng = Rng::with_seed(!seed);
    [rng.u64(..), rng.u64(..)]
}

/// See [`Subject::load`].
#[derive(Debug)]
pub struct Loaded {
    program: Arc<Program>,
    globals: Arc<Program>,
}

/// What a run has left.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seen {
    /// Results of `run`, or the trap.
    pub end: Result<Vec<u64>, TrapCode>,
    /// All of memory.
    pub memory: Vec<u8>,
    /// Own and imported global.
    pub globals: [u64; 2],
    /// Fuel used.
    pub fuel: u64,
}

/// An instance of a subject's image.
#[derive(Debug)]
pub struct Instance {
    store: Store<Arc<Program>>,
    thread: Thread<Arc<Control>>,
    instance: InstanceId,
    globals: [Extern; 2],
}

impl Loaded {
    /// A fresh instance.
    ///
    /// # Panics
    /// It cannot be made.
    pub fn instance(&self) -> Instance {
        let mut store = Store::new(StoreLimits::default());
        let none = &mut |_: &[u8], _: &[u8], _| None;
        let globals = store.instantiate(self.globals.clone(), none, &host_sig::<Adder>).expect("no imports");
        let imported = store.export(globals, b"global").expect("an export");
        let resolve = &mut |_: &[u8], name: &[u8], _| match name {
            b"add" => Some(Extern::Func(FuncAddr::Host(0))),
            _ => Some(imported),
        };
        let instance = store.instantiate(self.program.clone(), resolve, &host_sig::<Adder>).expect("all imports");
        let own = store.export(instance, b"own").expect("an export");
        let thread = Thread::new(Arc::default(), 512, u64::MAX).expect("memory for a small stack");
        Instance { store, thread, instance, globals: [own, imported] }
    }
}

impl Instance {
    /// Calls `run`.
    ///
    /// # Panics
    /// There is no `run`, or it waits for something.
    pub fn run(&mut self, slots: &[u64; SLOTS as usize]) -> Result<Vec<u64>, TrapCode> {
        self.call(b"run", slots)
    }

    /// Calls `repeat`: `run` so many times, without leaving the dispatch loop, if the op does not.
    ///
    /// # Panics
    /// As [`Instance::run`].
    pub fn repeat(&mut self, slots: &[u64; SLOTS as usize], times: u32) -> Result<Vec<u64>, TrapCode> {
        let mut args = slots.to_vec();
        args.push(times.into());
        self.call(b"repeat", &args)
    }

    fn call(&mut self, name: &[u8], args: &[u64]) -> Result<Vec<u64>, TrapCode> {
        let func = self.store.export_func(self.instance, name).expect("an export");
        self.thread.start(&self.store, self.instance, func, args)?;
        loop {
            match self.thread.run(&mut self.store, &mut Adder, u64::MAX) {
                Run::Done => return Ok(self.thread.results().to_vec()),
                Run::Trap(code) => return Err(code),
                // After growing.
                Run::Yield => {}
                other => panic!("{other:?} without a reason"),
            }
        }
    }

    /// Calls `run` and looks at everything.
    ///
    /// # Panics
    /// As [`Instance::run`].
    pub fn seen(&mut self, slots: &[u64; SLOTS as usize]) -> Seen {
        let end = self.run(slots);
        let value = |global| match global {
            Extern::Global(global) => self.store.global(global),
            _ => unreachable!("both are globals"),
        };
        Seen {
            end,
            memory: self.store.memory(self.instance).map_or(Vec::new(), |memory| memory.bytes().to_vec()),
            globals: self.globals.map(value),
            fuel: self.thread.used(),
        }
    }
}
