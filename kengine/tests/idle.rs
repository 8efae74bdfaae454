//! What an idle instance takes, by an allocator that counts; and value stacks, which grow.

#![cfg(feature = "text")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use kengine::{
    Mode,
    check::Limits,
    host::{Host, HostFn, HostResult, Prototypes},
    image::valtype::I64,
    link::Program,
    platform::Heap,
    store::{Extern, Store, StoreLimits},
    thread::{Control, Run, Thread, host_sig},
    trap::TrapCode,
};
use std::rc::Rc;

mod counting;
use counting::LIVE;

#[derive(Debug)]
struct Nothing;

impl Host for Nothing {
    // Only its name and type are of use: another instance's function takes its place.
    const FUNCTIONS: &'static [HostFn<Self>] = &[HostFn {
        module: "other",
        name: "run",
        params: &[I64],
        results: &[I64],
        cost: 0,
        capabilities: 0,
        may_sleep: false,
        len_param: None,
        call: |_, _| HostResult::Trap(TrapCode::Host),
    }];
}

/// A program whose function 0 is called with 3 arguments, with this much stack.
struct Idle {
    bytes: usize,
    memory: usize,
    store: Store<Rc<Program>>,
    thread: Thread<Rc<Control>>,
}

fn load(text: &str) -> Rc<Program> {
    let image = kengine::text::parse(text).expect("the text is right");
    let program = Program::load(image, &Prototypes::<Nothing>::default(), &Limits::default(), Mode::default());
    Rc::new(program.expect("the checker has nothing against it"))
}

fn idle(program: Rc<Program>, args: &[u64], stack: u32) -> Idle {
    let before = LIVE.get();
    // On the heap, where the allocator sees the memory, too.
    let mut store = Store::on(StoreLimits::default(), &Heap);
    let none = &mut |_: &[u8], _: &[u8], _| None;
    let instance = store.instantiate(program, none, &host_sig::<Nothing>).expect("no imports");
    let mut thread = Thread::new(Rc::<Control>::default(), stack, u64::MAX).expect("there is memory");
    let entry = store.export_func(instance, b"run").expect("it is exported");
    thread.start(&store, instance, entry, args).expect("it fits");
    let memory = store.memory(instance).map_or(0, |memory| memory.bytes().len());
    let bytes = LIVE.get() - before + size_of_val(&store) + size_of_val(&thread);
    Idle { bytes, memory, store, thread }
}

/// What takes most: a memory, a table, globals, and frames of some size.
fn certified() -> String {
    let globals: String = (0..20).map(|i| format!("global {i} i64 mut init={i}\n")).collect();
    format!(
        "image version={} class=metered stack=150 fuel=0 capabilities=0
        sig 0 (i64) -> (i64) depth=100
        table 0 funcref min=8 max=8
        memory 0 min=2 max=4
        {globals}
        elem 0 active table=0 offset=0 funcref [f0]
        data 0 active offset=8 \"abc\"
        export \"run\" f0
        func 0 sig=0 frame=40 depth=100 credit=10 ref
        ret_s s0",
        kengine::isa::VERSION
    )
}

/// `run(n)`: the sum of the numbers up to n, by recursion.
fn recursive() -> String {
    format!(
        "image version={} class=metered stack=20 fuel=0 capabilities=0
        sig 0 (i64) -> (i64) depth=20
        export \"run\" f0
        func 0 sig=0 frame=8 depth=20 credit=20 ref
        br_ifz_s s0, @0
        i64_add_si s1, s0, -1
        callx s1, f0
        i64_add_ss s0, s0, s1
        ret_s s0
        @0 h=1 credit=4
        ret_s s0",
        kengine::isa::VERSION
    )
}

#[test]
fn an_idle_instance_is_small() {
    let program = load(&certified());
    let idle = idle(program, &[7], 8192);
    let beyond = idle.bytes - idle.memory;
    println!("{beyond} bytes beyond {} of memory", idle.memory);
    assert_eq!(idle.memory, 2 << 16);
    assert!(beyond <= 4096, "{beyond} bytes");
}

#[test]
fn stacks_grow_with_calls_and_not_beyond_their_limit() {
    let program = load(&recursive());
    let mut small = idle(program.clone(), &[1000], 100_000);
    assert!(small.bytes <= 2048, "{} bytes", small.bytes);
    let before = LIVE.get();
    let mut runs = 0;
    // Also when frames move between slices.
    while small.thread.run(&mut small.store, &mut Nothing, 0) != Run::Done {
        runs += 1;
    }
    assert!(runs >= 1000, "{runs} slices");
    assert_eq!(small.thread.results(), [500_500]);
    let grown = (LIVE.get() - before) / 8;
    assert!((3000..13_000).contains(&grown), "{grown} slots for a thousand frames");

    // A frame takes three slots up to the next: argument and header. The last one takes its depth.
    for depth in [1u64, 10, 85, 300, 3000] {
        let needed = 3 * depth as u32 + 20;
        let run = |slots| {
            let mut idle = idle(program.clone(), &[depth], slots);
            let end = idle.thread.run(&mut idle.store, &mut Nothing, u64::MAX);
            let mut frames = 0;
            idle.thread.backtrace(&idle.store, |_| frames += 1);
            (end, idle.thread.results().to_vec(), frames)
        };
        assert_eq!(run(needed), (Run::Done, vec![depth * (depth + 1) / 2], 0), "{depth}");
        let (end, _, frames) = run(needed - 1);
        assert_eq!((end, frames), (Run::Trap(TrapCode::StackOverflow), depth), "the last call of {depth} is not made");
    }
}

/// As [`recursive`], and at the end it calls another instance with 700.
fn calling() -> String {
    format!(
        "image version={} class=metered stack=20 fuel=0 capabilities=0
        sig 0 (i64) -> (i64) depth=20
        import 0 func \"other\" \"run\" sig=0 cost=0 capabilities=0
        export \"run\" f1
        func 1 sig=0 frame=8 depth=20 credit=20 ref
        br_ifz_s s0, @0
        i64_add_si s1, s0, -1
        callx s1, f1
        i64_add_ss s0, s0, s1
        ret_s s0
        @0 h=1 credit=15
        const_u s1, 700
        call_import s1, i0
        ret_s s1",
        kengine::isa::VERSION
    )
}

#[test]
fn frames_of_several_instances_move() {
    // On the heap, where the allocator sees the memory, too.
    let mut store = Store::on(StoreLimits::default(), &Heap);
    let none = &mut |_: &[u8], _: &[u8], _| None;
    let other = store.instantiate(load(&recursive()), none, &host_sig::<Nothing>).expect("no imports");
    let func = store.export(other, b"run").expect("it is exported");
    assert!(matches!(func, Extern::Func(_)));
    let resolve = &mut |_: &[u8], _: &[u8], _| Some(func);
    let instance = store.instantiate(load(&calling()), resolve, &host_sig::<Nothing>).expect("it imports that");
    let entry = store.export_func(instance, b"run").expect("it is exported");
    for depth in [0u64, 1, 90, 1000] {
        let mut thread = Thread::new(Rc::<Control>::default(), 10_000, u64::MAX).expect("there is memory");
        thread.start(&store, instance, entry, &[depth]).expect("it fits");
        let mut slices = 0;
        while thread.run(&mut store, &mut Nothing, 20) != Run::Done {
            slices += 1;
            // All frames are found at any time.
            let mut frames = 0;
            thread.backtrace(&store, |_| frames += 1);
            assert!(frames >= 1, "slice {slices}");
        }
        assert_eq!(thread.results(), [depth * (depth + 1) / 2 + 245_350], "{depth}");
    }
    // One slot short of what both instances together need.
    for (slots, end) in
        [(3 * 300 + 3 + 3 * 700 + 20, Run::Done), (3 * 300 + 3 + 3 * 700 + 19, Run::Trap(TrapCode::StackOverflow))]
    {
        let mut thread = Thread::new(Rc::<Control>::default(), slots, u64::MAX).expect("there is memory");
        thread.start(&store, instance, entry, &[300]).expect("it fits");
        assert_eq!(thread.run(&mut store, &mut Nothing, u64::MAX), end, "{slots}");
        let mut frames = 0;
        thread.backtrace(&store, |_| frames += 1);
        assert_eq!(frames, if end == Run::Done { 0 } else { 301 + 700 });
    }
}
