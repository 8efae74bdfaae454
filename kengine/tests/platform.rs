//! A platform that says no: checking and linking are given up, memory is missing, and nothing is left behind.

#![cfg(feature = "text")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use kengine::{
    Form, Mode, OutOfMemory,
    check::{Code, Limits},
    host::{Host, HostFn, Prototypes},
    link::Program,
    platform::{CodeRegion, Heap, Platform, Region},
    store::{InstantiateError, Store, StoreLimits},
    thread::{Control, Run, Thread, host_sig},
};
use std::{
    rc::Rc,
    sync::atomic::{AtomicI64, AtomicU32, Ordering::Relaxed},
};

/// The heap, with so many polls and regions before it says no, and a count of regions that are out.
#[derive(Debug)]
struct Stingy {
    polls: AtomicU32,
    regions: AtomicU32,
    out: AtomicI64,
}

/// Takes one from a number; whether there was one.
fn take(from: &AtomicU32) -> bool {
    from.fetch_update(Relaxed, Relaxed, |n| n.checked_sub(1)).is_ok()
}

// SAFETY: the heap does it all.
unsafe impl Platform for Stingy {
    fn room(&self, len: usize) -> usize {
        len
    }
    unsafe fn grow(&self, region: &mut Region, bytes: usize) -> Result<(), OutOfMemory> {
        if !take(&self.regions) {
            return Err(OutOfMemory);
        }
        let fresh = region.base.is_null();
        // SAFETY: the caller's.
        unsafe { Heap.grow(region, bytes)? };
        self.out.fetch_add(fresh.into(), Relaxed);
        Ok(())
    }
    unsafe fn release(&self, region: &mut Region) {
        self.out.fetch_sub((!region.base.is_null()).into(), Relaxed);
        // SAFETY: the caller's.
        unsafe { Heap.release(region) };
    }
    fn code(&self, bytes: usize) -> Result<CodeRegion, OutOfMemory> {
        if !take(&self.regions) {
            return Err(OutOfMemory);
        }
        self.out.fetch_add(1, Relaxed);
        Heap.code(bytes)
    }
    unsafe fn seal(&self, code: &mut CodeRegion) {
        // SAFETY: the caller's.
        unsafe { Heap.seal(code) };
    }
    unsafe fn release_code(&self, code: &mut CodeRegion) {
        self.out.fetch_sub(1, Relaxed);
        // SAFETY: the caller's.
        unsafe { Heap.release_code(code) };
    }
    fn poll(&self) -> bool {
        !take(&self.polls)
    }
}

#[derive(Debug)]
struct Nothing;

impl Host for Nothing {
    const FUNCTIONS: &'static [HostFn<Self>] = &[];
}

/// 10,000 ops, and `run`, which grows the memory by a page.
fn image() -> Vec<u8> {
    let ops = "copy_n s0\n".repeat(100);
    let functions: String = (1..=100)
        .map(|i| format!("func {i} sig=0 frame=8 depth=20 credit=200\n{ops}const_u s0, 0\nret_s s0\n"))
        .collect();
    let text = format!(
        "image version={} class=metered stack=20 fuel=0 capabilities=0
        sig 0 (i32) -> (i32) depth=20
        memory 0 min=1 max=9
        data 0 active offset=8 \"abc\"
        export \"run\" f0
        func 0 sig=0 frame=8 depth=20 credit=20 ref
        memory_grow s0, s0
        ret_s s0
        {functions}",
        kengine::isa::VERSION
    );
    kengine::text::parse(&text).expect("the text is right")
}

#[test]
fn a_platform_may_say_no() {
    let load = |platform| {
        let form = Form::from(Mode::default());
        Program::load_on(image(), &Prototypes::<Nothing>::default(), &Limits::default(), form, platform)
    };
    let mut ends = Vec::new();
    for (polls, regions) in [(1, 9), (99, 0), (99, 1), (2, 9), (99, 2), (99, 9)] {
        let platform: &'static Stingy =
            Box::leak(Box::new(Stingy { polls: polls.into(), regions: regions.into(), out: 0.into() }));
        ends.push(match load(platform) {
            Err(error) if error.code == Code::Cancelled => "check given up",
            Err(error) if error.code == Code::NoMem => "no code",
            Err(_) => "refused",
            Ok(program) => {
                let mut store = Store::on(StoreLimits::default(), platform);
                match store.instantiate(Rc::new(program), &mut |_, _, _| None, &host_sig::<Nothing>) {
                    Err(InstantiateError::OutOfMemory) => "no memory",
                    Err(InstantiateError::Cancelled) => "instance given up",
                    Err(_) => "no instance",
                    Ok(instance) => {
                        let mut thread = Thread::new(Rc::<Control>::default(), 100, u64::MAX).expect("enough");
                        let run = store.export_func(instance, b"run").expect("it is exported");
                        thread.start(&store, instance, run, &[1]).expect("it fits");
                        // Growing gives way.
                        for end in [Run::Yield, Run::Done] {
                            assert_eq!(thread.run(&mut store, &mut Nothing, u64::MAX), end);
                        }
                        let memory = store.memory(instance).expect("it has one");
                        assert_eq!(memory.bytes()[8..11], *b"abc");
                        match (thread.results(), memory.pages()) {
                            ([1], 2) => "grown",
                            ([0xffff_ffff], 1) => "not grown",
                            _ => "something else",
                        }
                    }
                }
            }
        });
        assert_eq!(platform.out.load(Relaxed), 0, "{polls} polls, {regions} regions: something is left");
    }
    let expected = ["check given up", "no code", "no memory", "instance given up", "not grown", "grown"];
    assert_eq!(ends, expected);
}

#[cfg(feature = "std")]
#[test]
fn a_mapping_used_again_is_zero() {
    use kengine::{memory::Memory, platform::Mapped};

    let platform: &'static Mapped = Box::leak(Box::new(Mapped::new()));
    let mut places = Vec::new();
    // Sizes on both sides of the one from which on a memory is a mapping.
    for pages in [1, 2, 17, 1, 2, 17] {
        let mut memory = Memory::new(platform, pages, None, 99).expect("there is memory");
        assert!(memory.bytes().iter().all(|byte| *byte == 0), "{pages} pages");
        assert_eq!(memory.bytes().len(), pages as usize * kengine::memory::PAGE);
        memory.bytes_mut().fill(0xa5);
        places.push(memory.bytes().as_ptr());
    }
    assert_eq!(places[1..3], places[4..6], "mappings are kept");
}

#[cfg(feature = "std")]
#[test]
fn a_memory_grows_from_the_heap_into_a_mapping() {
    use kengine::{
        memory::{Memory, PAGE},
        platform::NATIVE,
    };

    let mut memory = Memory::new(&NATIVE, 0, Some(900), 1000).expect("there is memory");
    for by in [1, 1, 1, 3, 100, 500, 294] {
        let old = memory.pages();
        assert_eq!(memory.grow(by), Some(old));
        let bytes = memory.bytes_mut();
        assert_eq!(bytes.len(), (old + by) as usize * PAGE);
        let new = &mut bytes[old as usize * PAGE..];
        assert!(new.iter().all(|byte| *byte == 0));
        new.fill(by as u8);
        let mut page = 0;
        for by in [1, 1, 1, 3, 100, 500, 294] {
            let end = (page + by).min(bytes.len() / PAGE);
            assert!(bytes[page.min(end) * PAGE..end * PAGE].iter().all(|byte| *byte == by as u8), "page {page}");
            page += by;
        }
    }
    assert_eq!(memory.grow(1), None);
}
