//! Several guests at once: turns, stops and sleeps.

use super::*;
use crate::{
    host::{self, GuestHost, TextLog},
    launch,
};
use kengine::{Mode, check::Limits, link::Program, trap::TrapCode};
use std::time::Duration;

const GUESTS: &str = r#"(module
    (import "cwa" "runtime_msleep" (func $sleep (param i32)))
    (func (export "spin") (loop $l (br $l)))
    (func (export "count") (param i32) (result i32)
        (local $i i32)
        (loop $l
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $l (i32.lt_u (local.get $i) (local.get 0))))
        (local.get $i))
    (func (export "sleep") (param i32) (call $sleep (local.get 0)))
    (func (export "trap") unreachable))"#;

fn program() -> Arc<Program> {
    let wasm = wat::parse_str(GUESTS).unwrap();
    let image = lower::lower(&wasm, &mut lower::Options { host: &host::cost, progress: None, threads: 1 }).unwrap();
    let limits = Limits { granted: u64::MAX, ..Limits::default() };
    Arc::new(Program::load(image, &host::prototypes(), &limits, Mode::default()).unwrap())
}

fn spawn(engine: &Engine<GuestHost>, program: &Arc<Program>, func: &str, args: &[u64]) -> ProgramId {
    let id = engine.reserve();
    let host = GuestHost { id: id.0, args: Vec::new(), log: Box::new(TextLog::new(Vec::new())), fault: None };
    let guest = launch::Guest::new(Arc::clone(program), launch::Bounds::default()).unwrap();
    let func = guest.export(func).unwrap();
    engine.spawn(id, guest.into_job(host, Call { func, args: args.to_vec() }).unwrap());
    id
}

#[test]
fn results_and_traps_come_back() {
    let engine = Engine::new();
    let program = program();
    let count = spawn(&engine, &program, "count", &[3_000_000]);
    let trap = spawn(&engine, &program, "trap", &[]);
    assert_eq!((count, trap), (ProgramId(1), ProgramId(2)));
    assert_eq!(engine.wait(trap).unwrap().0, Outcome::Trap(TrapCode::Unreachable));
    assert_eq!(engine.wait(count).unwrap().0, Outcome::Done(vec![3_000_000]));
    assert!(engine.wait(count).is_none());
}

#[test]
fn spinning_guests_share_one_worker_and_stop() {
    let engine = Engine::with_workers(1);
    let program = program();
    let spinners: Vec<ProgramId> = (0..4).map(|_| spawn(&engine, &program, "spin", &[])).collect();
    // A guest with little to do gets its turn among them.
    let count = spawn(&engine, &program, "count", &[1000]);
    assert_eq!(engine.wait(count).unwrap().0, Outcome::Done(vec![1000]));
    thread::sleep(Duration::from_millis(200));
    let stopper = engine.stopper();
    for id in &spinners {
        assert_ne!(engine.state(*id), Some(State::Finished));
        stopper.stop(*id);
    }
    let used: Vec<u64> = spinners
        .iter()
        .map(|id| {
            let (outcome, job) = engine.wait(*id).unwrap();
            assert_eq!(outcome, Outcome::Stopped);
            job.thread.used()
        })
        .collect();
    let (least, most) = (used.iter().min().unwrap(), used.iter().max().unwrap());
    assert!(*least > 0 && most / least < 4, "fuel is not shared fairly: {used:?}");
}

#[test]
fn sleepers_hold_no_worker() {
    let engine = Engine::with_workers(1);
    let program = program();
    let began = Instant::now();
    let sleepers: Vec<ProgramId> = (0..20).map(|_| spawn(&engine, &program, "sleep", &[300])).collect();
    let count = spawn(&engine, &program, "count", &[1000]);
    engine.wait(count).unwrap();
    assert!(began.elapsed() < Duration::from_millis(250), "the worker was held for {:?}", began.elapsed());
    for id in sleepers {
        assert_eq!(engine.wait(id).unwrap().0, Outcome::Done(vec![]));
    }
    let took = began.elapsed();
    assert!((Duration::from_millis(300)..Duration::from_secs(3)).contains(&took), "{took:?}");
}

#[test]
fn a_sleeper_is_stopped_at_once() {
    let engine = Engine::with_workers(1);
    let id = spawn(&engine, &program(), "sleep", &[60_000]);
    while !matches!(engine.state(id), Some(State::Sleeping(_))) {
        thread::yield_now();
    }
    engine.stopper().stop(id);
    assert_eq!(engine.wait(id).unwrap().0, Outcome::Stopped);
}

#[test]
fn dropping_the_engine_stops_everything() {
    let program = program();
    let engine = Engine::new();
    for _ in 0..3 {
        spawn(&engine, &program, "spin", &[]);
    }
    spawn(&engine, &program, "sleep", &[60_000]);
    drop(engine);
}
