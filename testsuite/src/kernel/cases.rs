//! What is tested in the guest: images, and a script that speaks KTAP.
//!
//! Results are compared with those of the embedded engine where both can run: exit value and fuel must be equal.

use super::{Result, root};
use kengine::{
    Mode,
    check::Limits,
    cwa::{self, Cwa},
    host::{Host, HostFn, Prototypes},
    link::Program,
    memory::MAX_PAGES,
    store::{Extern, FuncAddr, Store, StoreLimits},
    thread::{Control, Run, Thread, host_sig},
};
use std::{fs, rc::Rc};

/// An image for the guest.
pub(super) struct Image {
    pub(super) name: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// A guest that never ends by itself.
const SPIN: &str = r#"(module (func (export "_start") (loop $l br $l)))"#;
/// The same with floats.
const FSPIN: &str = r#"(module (func (export "_start") (local f64)
    (loop $l (local.set 0 (f64.add (local.get 0) (f64.const 0.5))) (br $l))))"#;
/// The same with copies of a megabyte.
const COPY: &str = r#"(module (memory 32) (func (export "_start")
    (loop $l (memory.copy (i32.const 0) (i32.const 1048576) (i32.const 1048576)) (br $l))))"#;
/// One that sleeps for a minute.
const SLEEP: &str = r#"(module (import "cwa" "runtime_msleep" (func $s (param i32)))
    (func (export "_start") i32.const 60000 call $s))"#;
/// One that sleeps for a moment.
const NAP: &str = r#"(module (import "cwa" "runtime_msleep" (func $s (param i32)))
    (func (export "_start") (result i32) i32.const 30 call $s i32.const 30 call $s i32.const 7))"#;
/// One that traps, two calls deep.
const TRAP: &str = r#"(module (memory 1) (func $f i32.const 65536 i32.load drop) (func (export "_start") call $f))"#;
/// A function of one parameter, recursive.
const FIB: &str = r#"(module (func $fib (export "fib") (param i32) (result i32)
    (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
    (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2))))))))"#;
/// Floats, which run in software there.
const FLOAT: &str = r#"(module (func (export "_start") (result i32) (local f64 i32)
    (local.set 0 (f64.const 1)) (local.set 1 (i32.const 1000))
    (loop $l (local.set 0 (f64.sqrt (f64.add (local.get 0) (f64.div (f64.const 1) (f64.convert_i32_s (local.get 1))))))
      (br_if $l (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))
    (i32.wrap_i64 (i64.xor (i64.reinterpret_f64 (local.get 0)) (i64.shr_u (i64.reinterpret_f64 (local.get 0)) (i64.const 32))))))"#;
/// Grows until it may not any more.
const GROW: &str = r#"(module (memory 1) (func (export "_start") (result i32)
    (loop $l (br_if $l (i32.ne (memory.grow (i32.const 8)) (i32.const -1)))) memory.size))"#;
/// Calls itself without end.
const DEEP: &str = r#"(module (func $f (export "_start") (result i32) (i32.add (call $f) (i32.const 1))))"#;

const EXAMPLES: [&str; 4] = ["hello_world", "fib", "args", "cat"];

/// Images of the examples in `usermode` and of the small ones above.
pub(super) fn images() -> Result<Vec<Image>> {
    let mut images = Vec::new();
    for name in EXAMPLES {
        let path = root().join("usermode/examples").join(name).with_extension("wasm");
        images.push(Image { name, bytes: lower(name, &fs::read(path)?)? });
    }
    let small = [
        ("spin", SPIN),
        ("fspin", FSPIN),
        ("copy", COPY),
        ("sleep", SLEEP),
        ("nap", NAP),
        ("trap", TRAP),
        ("fibw", FIB),
        ("float", FLOAT),
        ("grow", GROW),
        ("deep", DEEP),
    ];
    for (name, text) in small {
        images.push(Image { name, bytes: lower(name, &wat::parse_str(text)?)? });
    }
    images.push(Image { name: "garbage", bytes: b"\0cvi, but only in its first bytes".to_vec() });
    Ok(images)
}

/// The image of a module.
pub(super) fn lower(name: &str, wasm: &[u8]) -> Result<Vec<u8>> {
    let cost = |module: &str, field: &str| {
        Recorder::find(module.as_bytes(), field.as_bytes()).map(|(_, f)| (f.cost, f.capabilities))
    };
    lower::lower(wasm, &mut lower::Options { host: &cost, ..lower::Options::default() })
        .map_err(|e| format!("{name}: {e}").into())
}

/// The embedded engine's host: keeps the log.
struct Recorder {
    args: Vec<Vec<u8>>,
}

impl Host for Recorder {
    const FUNCTIONS: &'static [HostFn<Self>] = &cwa::functions::<Self>();
}

impl Cwa for Recorder {
    fn log(&mut self, _: i32, _: &str) -> bool {
        true
    }
    fn not_utf8(&mut self, _: usize, _: usize) {}
    fn arg_count(&self) -> usize {
        self.args.len()
    }
    fn arg(&self, index: usize) -> Option<&[u8]> {
        self.args.get(index).map(Vec::as_slice)
    }
}

/// A run, and what it must give.
struct Case {
    image: &'static str,
    entry: Option<&'static str>,
    values: &'static [u64],
    args: &'static [&'static str],
}

const CASES: [Case; 8] = [
    Case { image: "hello_world", entry: None, values: &[], args: &[] },
    Case { image: "fib", entry: None, values: &[], args: &["20"] },
    Case { image: "fib", entry: None, values: &[], args: &[] },
    Case { image: "args", entry: None, values: &[], args: &["one", "two words", ""] },
    Case { image: "fibw", entry: Some("fib"), values: &[24], args: &[] },
    Case { image: "float", entry: None, values: &[], args: &[] },
    Case { image: "trap", entry: None, values: &[], args: &[] },
    Case { image: "nap", entry: None, values: &[], args: &[] },
];

/// Runs a case here; the line that the client must print there.
fn expected(case: &Case, image: &[u8]) -> Result<String> {
    let limits = Limits { granted: u64::MAX, ..Limits::default() };
    let program = Program::load(image.to_vec(), &Prototypes::<Recorder>::default(), &limits, Mode::default())
        .map_err(|error| format!("{}: {error:?}", case.image))?;
    let program = Rc::new(program);
    let mut store = Store::new(StoreLimits { max_pages: MAX_PAGES, ..StoreLimits::default() });
    let mut resolve =
        |module: &[u8], name: &[u8], _: u32| Recorder::find(module, name).map(|(i, _)| Extern::Func(FuncAddr::Host(i)));
    let instance = store
        .instantiate(program, &mut resolve, &host_sig::<Recorder>)
        .map_err(|error| format!("{}: {error:?}", case.image))?;
    let entry =
        [case.entry.unwrap_or("__app_main"), "_start"].iter().find_map(|n| store.export_func(instance, n.as_bytes()));
    let entry = entry.ok_or_else(|| format!("{}: no entry", case.image))?;
    let path = format!("/images/{}.cvi", case.image);
    let args = [path.as_str()].iter().chain(case.args).map(|arg| arg.as_bytes().to_vec()).collect();
    let mut host = Recorder { args };
    let mut thread = Thread::new(Rc::new(Control::default()), 8192, u64::MAX).map_err(|_| "no memory")?;
    thread.start(&store, instance, entry, case.values).map_err(|code| code.message())?;
    loop {
        match thread.run(&mut store, &mut host, u64::MAX) {
            Run::Done => {
                let values: Vec<String> = thread.results().iter().map(u64::to_string).collect();
                return Ok(format!("end done trap=0 fuel={} values={} frames=", thread.used(), values.join(",")));
            }
            Run::Trap(code) => {
                let mut frames = Vec::new();
                thread.backtrace(&store, |frame| frames.push(format!("{}:{}", frame.place.func, frame.place.pc)));
                let frames = frames.join(",");
                return Ok(format!("end trapped trap={} fuel={} values= frames={frames}", code as u8, thread.used()));
            }
            Run::Yield | Run::Block(_) => {}
            Run::Stopped => return Err("stopped by nobody".into()),
        }
    }
}

/// The guest's script: one function per kind of check, then the cases, then the module goes.
pub(super) fn script(images: &[Image], all: bool) -> Result<String> {
    let mut tests = String::new();
    let mut count = 0;
    let mut test = |line: String| {
        count += 1;
        tests.push_str(&line);
        tests.push('\n');
    };
    for case in &CASES {
        let image = images.iter().find(|i| i.name == case.image).ok_or("no such image")?;
        let expected = expected(case, &image.bytes)?;
        let mut command = format!("client run /images/{}.cvi", case.image);
        if let Some(entry) = case.entry {
            command += &format!(" -e {entry}");
        }
        for value in case.values {
            command += &format!(" -v {value}");
        }
        command += " --";
        for arg in case.args {
            command += &format!(" '{arg}'");
        }
        for parameter in ["", "soft_float", "mask"] {
            // Of the second handlers, those that the program could have taken.
            let way = match (parameter, case.image) {
                ("", _) => String::new(),
                ("soft_float", "float") | ("mask", "hello_world" | "fib" | "trap") => format!(" ({parameter})"),
                _ => continue,
            };
            let name = format!("{} {}: as embedded{way}", case.image, case.args.join(" "));
            match parameter {
                "" => test(format!("is '{name}' '{expected}' {command}")),
                _ => test(format!("with {parameter} is '{name}' '{expected}' {command}")),
            }
        }
    }
    for line in [
        "dmesg_has 'hello_world: in the kernel log' 'cervus: ([0-9]*) \\[INFO\\] Hello, world!'",
        "has 'hello_world: in its own log' 'log 6 Hello, world!' client run /images/hello_world.cvi",
        "has 'fib 20 says 6765' 'log 6 6765' client run /images/fib.cvi -- 20",
        "has 'a budget of fuel ends a run' 'end trapped trap=11' client run /images/spin.cvi -f 1000000",
        "has 'recursion ends at the end of its stack' 'end trapped trap=10' client run /images/deep.cvi",
        "has 'growing ends at the limit' 'end done .* values=10[0-9][0-9] ' client run /images/grow.cvi",
        "has 'a spinning guest is stopped, and started again' 'end stopped' client stop /images/spin.cvi 300",
        "has 'a sleeping guest is stopped, and started again' 'was sleeping' client stop /images/sleep.cvi 100",
        "has 'closing a spinning guest frees it' 'programs=0' client close /images/spin.cvi",
        "has 'closing a sleeping guest frees it' 'programs=0' client close /images/sleep.cvi",
        "has 'a spinning guest is pinned' '^pinned' client pin /images/spin.cvi spinner",
        "has 'a pinned program goes on without files' '^running name=test pin=spinner files=1 flags=1 goes_on=1 listed=1' client pinned spinner",
        "has 'without its pin it is unloaded' '^left=0' client unpin spinner",
        "has 'a sleeping guest is pinned' '^pinned' client pin /images/sleep.cvi sleeper",
        "has 'a pinned program is unloaded by number' '^stopped flags=2 pin=.. left=0' client unload sleeper",
        "has 'pins have names of their own' '^as documented, programs=2 left=0' client pins /images/spin.cvi",
        "has 'a file in the hands of the unprivileged' '^as documented, loaded by uid 0' client passed /images/spin.cvi",
        "has 'garbage is refused with a code' 'refused errno=8 verdict code=1' client load /images/garbage.cvi",
        "has 'damaged images are refused with a code: hello_world' 'refused=[1-9].*left=0' stress mutate /images/hello_world.cvi 4000 1",
        "has 'damaged images are refused with a code: float' 'refused=[1-9].*left=0' stress mutate /images/float.cvi 4000 2",
        "has 'damaged images are refused with a code: nap' 'refused=[1-9].*left=0' stress mutate /images/nap.cvi 4000 3",
        "has 'structs of any size' 'as documented left=0' stress sizes /images/spin.cvi",
        "has 'random requests do no harm' 'requests=.*left=0' stress ioctls /images/nap.cvi 20000 4",
        "has 'threads race for the same programs' 'requests=.*left=0' stress race /images/nap.cvi 5 3",
        "has 'who has no privileges is refused' 'refused' client refused",
        "has 'spinning guests end at once: 100 kills' 'kills=100' stress kills /images/spin.cvi 100",
        "memcg",
        "faulty 'requests with each of their allocations failing' 'failed=[1-9][0-9]* left=0' stress failnth /images/nap.cvi",
        "faulty 'random requests with failing allocations' 'requests=.*left=0' env FAULTY=1 stress ioctls /images/nap.cvi 10000 21",
        "faulty 'damaged images with failing allocations' 'without_memory=[1-9].*left=0' env FAULTY=1 stress mutate /images/float.cvi 4000 22",
        "has '40 spinning guests share' '^outside=[0-9]* fair=.* workers=yes left=0' stress many /images/spin.cvi 40 4000",
        "has 'the official suite: as embedded' ' differences=0$' suite /images/suite",
        "has32 'a 32-bit program: hello_world' 'log 6 Hello, world!' client32 run /images/hello_world.cvi",
        "has32 'a 32-bit program: arguments' 'log 6 6765' client32 run /images/fib.cvi -- 20",
        "has32 'a 32-bit program: stop' 'end stopped' client32 stop /images/spin.cvi 100",
        "has32 'a 32-bit program: pins' 'as documented' client32 pins /images/spin.cvi",
        "has32 'a 32-bit program: structs of any size' 'as documented left=0' stress32 sizes /images/spin.cvi",
        "has32 'a 32-bit program: damaged images' 'refused=[1-9].*left=0' stress32 mutate /images/nap.cvi 1000 5",
        "has32 'a 32-bit program: random requests' 'requests=.*left=0' stress32 ioctls /images/nap.cvi 5000 6",
    ] {
        test(line.to_owned());
    }
    if all {
        for line in LONG {
            test(line.to_owned());
        }
    }
    // The command has a script of its own, with a verdict in each line that begins with one of these.
    count += CLI.lines().filter(|l| ["is ", "has ", "dmesg_has "].iter().any(|f| l.starts_with(f))).count();
    count += 6; // insmod, a second verdict of memcg, memory, a last unload, kmemleak, lockdep
    Ok(format!("echo KTAP version 1\necho 1..{count}\n{COMMON}{HEAD}{tests}{CLI}{TAIL}"))
}

/// Cases that take minutes.
const LONG: [&str; 14] = [
    "faulty 'many random requests with failing allocations' 'requests=.*left=0' env FAULTY=1 stress ioctls /images/nap.cvi 100000 23",
    "has 'very many damaged images' 'refused=[1-9].*left=0' stress mutate /images/float.cvi 700000 24",
    "has32 'a 32-bit program: the official suite' ' differences=0$' suite32 /images/suite",
    "has 'many damaged images: hello_world' 'refused=[1-9].*left=0' stress mutate /images/hello_world.cvi 100000 11",
    "has 'many damaged images: float' 'refused=[1-9].*left=0' stress mutate /images/float.cvi 100000 12",
    "has 'many damaged images: trap' 'refused=[1-9].*left=0' stress mutate /images/trap.cvi 100000 13",
    "has 'many random requests' 'requests=.*left=0' stress ioctls /images/nap.cvi 100000 14",
    "has 'threads race for the same programs, for a minute' 'requests=.*left=0' stress race /images/nap.cvi 60 4",
    // These two want a machine with nothing else to do: time that QEMU does not get counts as the guest's.
    "smp has '400 spinning guests share' '^outside=[0-9]* fair=yes loop=yes workers=yes left=0' stress many /images/spin.cvi 400 60000",
    "smp has '10000 spinning guests share' '^outside=[0-9]* fair=yes loop=yes workers=yes left=0' stress many /images/spin.cvi 10000 800000",
    "has '1000 kills: integers' 'kills=1000' stress kills /images/spin.cvi 1000",
    "has '1000 kills: floats' 'kills=1000' stress kills /images/fspin.cvi 1000",
    "has '1000 kills: bulk copies' 'kills=1000' stress kills /images/copy.cvi 1000",
    "has '1000 kills: sleepers' 'kills=1000' stress kills /images/sleep.cvi 1000",
];
/// Checks of the command on this engine.
const CLI: &str = include_str!("cli.sh");
/// Functions of all scripts.
const COMMON: &str = include_str!("common.sh");
/// Beginning of the script.
const HEAD: &str = include_str!("head.sh");
/// End of the script: what is left behind.
const TAIL: &str = include_str!("tail.sh");
