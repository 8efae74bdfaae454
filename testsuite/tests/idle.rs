//! What idle instances of real programs take beyond their linear memory, by an allocator that counts.

use kengine::{
    Mode,
    check::Limits,
    cwa::{self, Cwa},
    host::{Host, HostFn, Prototypes},
    link::Program,
    platform::Heap,
    store::{Extern, FuncAddr, Store, StoreLimits},
    thread::{Control, Thread, host_sig},
};
use std::{path::Path, rc::Rc};

#[path = "../../kengine/tests/counting/mod.rs"]
mod counting;
use counting::LIVE;

#[derive(Debug)]
struct Silent;

impl Host for Silent {
    const FUNCTIONS: &'static [HostFn<Self>] = &cwa::functions::<Self>();
}

impl Cwa for Silent {
    fn log(&mut self, _: i32, _: &str) -> bool {
        true
    }
    fn not_utf8(&mut self, _: usize, _: usize) {}
    fn arg_count(&self) -> usize {
        0
    }
    fn arg(&self, _: usize) -> Option<&[u8]> {
        None
    }
}

/// Bytes beyond linear memory, and bytes of that.
fn idle(wasm: &[u8], entry: &str) -> (usize, usize) {
    let cost = |module: &str, field: &str| {
        Silent::find(module.as_bytes(), field.as_bytes()).map(|(_, f)| (f.cost, f.capabilities))
    };
    let image =
        lower::lower(wasm, &mut lower::Options { host: &cost, ..lower::Options::default() }).expect("it lowers");
    let limits = Limits { granted: u64::MAX, ..Limits::default() };
    let program = Program::load(image, &Prototypes::<Silent>::default(), &limits, Mode::default());
    let program = Rc::new(program.expect("the checker has nothing against it"));

    let before = LIVE.get();
    let mut store = Store::on(StoreLimits::default(), &Heap);
    let mut resolve =
        |module: &[u8], name: &[u8], _| Silent::find(module, name).map(|(i, _)| Extern::Func(FuncAddr::Host(i)));
    let instance = store.instantiate(program, &mut resolve, &host_sig::<Silent>).expect("the host has its imports");
    let mut thread = Thread::new(Rc::<Control>::default(), 8192, u64::MAX).expect("there is memory");
    let func = store.export_func(instance, entry.as_bytes()).expect("it is exported");
    thread.start(&store, instance, func, &[]).expect("it fits");
    let bytes = LIVE.get() - before + size_of_val(&store) + size_of_val(&thread);
    let memory = store.memory(instance).map_or(0, |memory| memory.bytes().len());
    (bytes - memory, memory)
}

#[test]
fn idle_instances_are_small() {
    let spin = wat::parse_str(r#"(module (func (export "_start") (loop $l br $l)))"#).expect("well-formed");
    let hello = Path::new(env!("CARGO_MANIFEST_DIR")).join("../usermode/examples/hello_world.wasm");
    let hello = std::fs::read(hello).expect("the example is there");
    for (name, wasm, entry, most) in [("spin", spin, "_start", 2048), ("hello_world", hello, "__app_main", 4096)] {
        let (bytes, memory) = idle(&wasm, entry);
        println!("{name}: {bytes} bytes, and {memory} of linear memory");
        assert!(bytes <= most, "{name}: {bytes} bytes");
    }
}
