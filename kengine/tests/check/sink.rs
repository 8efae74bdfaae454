//! Sinks that give up or have no memory.

use super::build::*;
use kengine::{
    OutOfMemory,
    check::{Code, Sink, Step},
    image::{
        Data, Elem, ElemItem, Export, Func, Global, Image, Import, KIND_GLOBAL, MODE_PASSIVE, Sig,
        valtype::{FUNCREF, I32, I64},
    },
    isa::POLL_MAX,
    op::Op,
};

/// Gives up, or has no memory, at the chosen call.
#[derive(Default)]
struct Stubborn {
    polls_left: u32,
    calls_left: Option<u32>,
}

impl Stubborn {
    fn call(&mut self) -> Result<(), OutOfMemory> {
        if self.calls_left == Some(0) {
            return Err(OutOfMemory);
        }
        self.calls_left = self.calls_left.map(|left| left - 1);
        Ok(())
    }
}

impl Sink for Stubborn {
    fn begin(&mut self, _: &Image<'_>) -> Result<(), OutOfMemory> {
        self.call()
    }
    fn func(&mut self, _: u32, _: &Func, _: &Sig) -> Result<(), OutOfMemory> {
        self.call()
    }
    fn op(&mut self, _: &Step) -> Result<(), OutOfMemory> {
        self.call()
    }
    fn table(&mut self, _: u32) -> Result<(), OutOfMemory> {
        self.call()
    }
    fn arm(&mut self, _: i32, _: u16) -> Result<(), OutOfMemory> {
        self.call()
    }
    fn poll(&mut self) -> bool {
        self.polls_left = self.polls_left.wrapping_sub(1);
        self.polls_left == u32::MAX
    }
}

#[test]
fn sink_can_give_up() {
    let ops = |n: usize| {
        let mut module = base();
        let copy = body![(Copy 0 1)][0].clone();
        let block = [body![(Fuel POLL_MAX)], vec![copy; 999]].concat();
        module.scratch([vec![block; n / 1000].concat(), body![(RetS 0)]].concat());
        module
    };
    let stubborn = |polls_left| Stubborn { polls_left, calls_left: None };
    assert_eq!(ops(3000).check_with(&mut stubborn(0)), Ok(()));
    assert_eq!(ops(5000).check_with(&mut stubborn(0)).unwrap_err().code, Code::Cancelled);
    assert_eq!(ops(5000).check_with(&mut stubborn(1)), Ok(()));
    let mut arms = base();
    (arms.brtab[0], arms.brtab[2]) = (60_000, 1);
    arms.brtab.resize(60_002, 2);
    assert_eq!(arms.check_with(&mut stubborn(13)).unwrap_err().code, Code::Cancelled);
}

/// Tables are work too: each polls, save those of tables, of which there are few.
#[test]
fn sink_can_give_up_in_every_table() {
    const MANY: usize = 4096;
    let cases: [fn(&mut Module); 7] = [
        |m| {
            let sig =
                |n: usize| ((0..13).map(|bit| if n >> (12 - bit) & 1 == 0 { I64 } else { I32 }).collect(), vec![]);
            m.sigs = (0..MANY).map(sig).collect();
            m.sig_depths = vec![NONE; MANY];
        },
        |m| {
            m.strings = b"a".into();
            let import = Import { module_len: 0, ..import(KIND_GLOBAL, I32.into(), (0, 1)) };
            m.imports = vec![import; MANY];
        },
        |m| m.globals = vec![Global { ty: I32.into(), ..Global::default() }; MANY],
        |m| {
            (m.sigs, m.sig_depths) = (vec![(vec![], vec![])], vec![NONE]);
            m.funcs = vec![Fun::new(0, 0, 2, 1, 0, body![(Ret)]); MANY];
        },
        |m| m.elems = vec![Elem { mode: MODE_PASSIVE, ty: FUNCREF.into(), ..Elem::default() }; MANY],
        |m| m.datas = vec![Data { mode: MODE_PASSIVE, ..Data::default() }; MANY],
        |m| {
            m.globals = vec![Global { ty: I32.into(), ..Global::default() }];
            m.exports = vec![Export { kind: KIND_GLOBAL, ..Export::default() }; MANY];
        },
    ];
    let gives_up = |module: &Module, begins: bool| {
        // A sink that fails `begin` shows whether the poll came before the code.
        let mut sink = Stubborn { polls_left: 0, calls_left: Some(0) };
        let code = module.check_with(&mut sink).unwrap_err().code;
        assert_eq!(code, if begins { Code::NoMem } else { Code::Cancelled });
    };
    gives_up(&empty(), true);
    for (number, change) in cases.iter().enumerate() {
        let mut module = empty();
        change(&mut module);
        println!("table {number}");
        gives_up(&module, false);
    }
    let mut items = empty();
    items.elems = vec![Elem { mode: MODE_PASSIVE, ty: FUNCREF.into(), item_len: MANY as u32, ..Elem::default() }];
    items.items = vec![ElemItem::default(); MANY];
    gives_up(&items, false);
}

#[test]
fn sink_without_memory_ends_the_check() {
    let mut calls = 0;
    loop {
        let mut sink = Stubborn { polls_left: 9, calls_left: Some(calls) };
        match base().check_with(&mut sink) {
            Ok(()) => break,
            Err(error) => assert_eq!(error.code, Code::NoMem),
        }
        calls += 1;
    }
    // begin, 4 functions, 50 ops, a table of 2 arms.
    assert_eq!(calls, 58);
}
