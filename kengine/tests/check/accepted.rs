//! What stands exactly at a limit, and what the sink gets.

use super::build::*;
use kengine::{
    OutOfMemory,
    check::{Code, MAX_PARAMS, Sink, Step},
    image::{
        ElemItem, FLAG_FLOAT, Func, INIT_GLOBAL, Image, Import, KIND_GLOBAL, KIND_MEMORY, KIND_TABLE, Memory, Sig,
        valtype::{EXTERNREF, F32, F64, FUNCREF, I32, I64},
    },
    isa::{Field, POLL_MAX},
    op::{OPS, Op},
};
use std::collections::BTreeSet;

#[test]
fn base_image_is_accepted() {
    assert_eq!(base().check(), Ok(()));
    // Without the length of a window or group.
    let name = |f: &Field| format!("{:?}", f.kind).split('(').next().map(str::to_string);
    let mut kinds = BTreeSet::new();
    let mut at = 0;
    let code = &base().funcs[MAIN].code;
    while at < code.len() {
        let row = Op::from_u16(code[at] as u16).unwrap().row();
        kinds.extend(row.fields.iter().filter_map(name));
        at += usize::from(row.words);
    }
    let all: BTreeSet<_> = OPS.iter().flat_map(|op| op.row().fields).filter_map(name).collect();
    let missing: Vec<_> = all.difference(&kinds).collect();
    assert_eq!(missing, ["Count", "Leader32"].iter().filter(|k| !kinds.contains(**k)).collect::<Vec<_>>());
}

/// Bodies that use what a rule allows to the last unit.
#[test]
fn limits_are_inclusive() {
    let cases: Vec<(&str, Vec<Item>)> = vec![
        ("last slot of the frame", body![(Zero 2 6), (Copy 7 0), (RetS 7)]),
        ("window right below the header", body![(RetN 1 1)]),
        ("window right above the header", body![(Zero 2 3), (MemoryCopy 2), (RetS 0)]),
        ("window ends at the height", body![(Zero 2 6), (MemoryCopy 5), (RetS 0)]),
        ("call right above the header", body![(ConstU 2 0), (Call 2 INC), (RetA)]),
        ("results end with the frame", body![(Zero 2 6), (Call 6 SWAP), (RetS 7)]),
        ("results without arguments", body![(CallImport 2 1), (RetA)]),
        ("leader of the whole frame", body![(Zero 2 6), (Leader 8 9), (RetS 7)]),
        ("immutable global", body![(GlobalGet 0 1), (RetA)]),
        ("leader at the entry", body![(Leader 2 100), (RetS 0)]),
        ("credit spent to nothing", body![(Leader 2 3), (Copy 0 1), (Copy 0 1), (RetS 0)]),
        ("fuel of POLL_MAX", body![(Fuel POLL_MAX), (RetS 0)]),
        ("leaders of POLL_MAX", body![(BrPay 0), (Leader 2 POLL_MAX), (BrPay 0)]),
        ("a pair that writes two new slots", body![(CopyThenCopy 2 0 3 2), (RetS 3)]),
        ("a pair that reads what it writes", body![(CopyThenI32AddSi 2 0 3 2 1), (RetS 3)]),
        ("own block by -1", body![(Leader 2 2), (BrEqSsPay 0 1 (-1)), (RetS 0)]),
        ("next block by 0", body![(BrNeSs 0 1 0), (RetS 0), (Leader 2 1), (RetS 0)]),
    ];
    for (name, body) in cases {
        let mut module = base();
        module.scratch(body);
        assert_eq!(module.check(), Ok(()), "{name}");
    }
}

/// The same for tables, calls and what the loader allows.
#[test]
fn table_limits_are_inclusive() {
    type Change = fn(&mut Module);
    let cases: Vec<(&str, Change)> = vec![
        ("depth of a call", |m| {
            m.funcs[SCRATCH].func = Func { depth: 2 + 2 + 4, frame: 6, ..m.funcs[SCRATCH].func };
            m.scratch(body![(ConstU 2 0), (Call 2 INC), (RetA)]);
        }),
        ("depth of an indirect call", |m| {
            m.funcs[SCRATCH].func = Func { depth: 2 + 2 + 4, frame: 6, ..m.funcs[SCRATCH].func };
            m.scratch(body![(ConstU 2 0), (CallIndirect 2 2 I_I), (RetA)]);
        }),
        ("checked calls have no depth", |m| m.scratch(body![(Zero 2 2), (Callx 2 SCRATCH), (RetA)])),
        ("checked calls through an imported table", |m| {
            m.small();
            m.imports.insert(2, Import { flags: 1, min: 1, max: 1, ..import(KIND_TABLE, FUNCREF.into(), (15, 1)) });
            m.exports[2].index = 2;
            m.elems[0].table = 1;
            m.scratch(body![(ConstU 2 0), (CallxIndirect 2 0 L_L), (RetA)]);
        }),
        ("imported memory", |m| {
            m.memories.clear();
            m.imports.insert(2, Import { min: 65_536, ..import(KIND_MEMORY, 0, (15, 1)) });
        }),
        ("memory of 4 GiB", |m| m.memories[0] = Memory { flags: 1, min: 65_536, max: 65_536, reserved: 0 }),
        ("table as large as its maximum", |m| (m.tables[1].min, m.tables[1].max) = (5, 5)),
        ("nothing", |m| *m = empty()),
        ("65,535 signatures", |m| {
            *m = empty();
            let types = [EXTERNREF, FUNCREF, F64, F32, I64, I32];
            let digits = |n: usize, len: u32| (0..len).rev().map(move |at| types[n / 6usize.pow(at) % 6]);
            let of_len = |len: u32| (0..6usize.pow(len)).map(move |n| (digits(n, len).collect(), vec![]));
            m.sigs = (0..8).flat_map(of_len).take(65_535).collect();
            m.sig_depths = vec![NONE; 65_535];
        }),
        ("1000 parameters and results", |m| {
            m.sigs.push((vec![I32; MAX_PARAMS.into()], vec![I32; MAX_PARAMS.into()]));
            m.sig_depths.push(NONE);
        }),
        ("dear host function", |m| {
            m.small();
            m.host.cost = 1 << 20;
            m.imports[0].cost = m.host.cost;
        }),
        ("sleeping host function", |m| m.host.may_sleep = true),
        ("frame of parameters only", |m| m.funcs[SCRATCH].func.frame = 2),
        ("largest frame", |m| {
            m.funcs[SCRATCH].func.frame = 65_533;
            m.funcs[SCRATCH].func.depth = 65_535;
        }),
        ("depth of the frame alone", |m| m.funcs[SCRATCH].func.depth = 10),
        ("credit of POLL_MAX", |m| m.funcs[SCRATCH].func.credit = POLL_MAX),
        ("SIGDEPTH above", |m| m.sig_depths[I_I as usize] = 8),
        ("bounded", Module::bounded),
        ("metered with a claim", |m| (m.header.fuel_claim, m.limits.max_fuel_claim) = (10, 10)),
        ("growing in a metered context", |m| m.scratch(body![(MemoryGrow 0 0), (RetS 0)])),
        ("callx in a metered image", |m| m.scratch(body![(Zero 2 1), (Callx 2 INC), (RetA)])),
        ("floats", |m| {
            m.header.flags = FLAG_FLOAT;
            m.scratch(body![(F32AddSs 0 0 1), (RetA)]);
        }),
        ("no floats", |m| m.limits.float = false),
        ("start", |m| m.header.start = IMPORTED + MAIN as u32),
        ("stack claim", |m| m.header.stack_claim = m.limits.max_stack_slots.into()),
        ("loader's limits", |m| {
            m.limits.max_image_bytes = m.bytes().len() as u64;
            (m.limits.max_pages, m.limits.max_table_elems, m.limits.max_stack_slots) = (1, 5, 30);
        }),
        ("more granted than needed", |m| m.limits.granted = u64::MAX),
        ("references from an imported global", |m| {
            m.imports.insert(2, import(KIND_GLOBAL, FUNCREF.into(), (15, 1)));
            m.datas[0].offset = 1;
            m.globals[3].value = 1;
            m.exports[4].index = 7;
            m.items[0] = ElemItem { init: INIT_GLOBAL, index: 0 };
            (m.globals[2].init, m.globals[2].value) = (INIT_GLOBAL, 0);
            m.small();
        }),
        ("65,535 arms and the default", |m| {
            m.brtab.splice(..2, [65_535]);
            m.brtab.resize(65_537, 2);
        }),
        ("no memory needed", |m| {
            m.small();
            m.memories.clear();
            m.datas.clear();
            m.blob.clear();
            m.exports.remove(3);
        }),
    ];
    for (name, change) in cases {
        let mut module = base();
        change(&mut module);
        assert_eq!(module.check(), Ok(()), "{name}");
    }
}

/// A taken edge of the longest distance that 16 bits hold after linking.
#[test]
fn far_is_inclusive() {
    let near = || body![(BrEqSsPay 0 1 3)];
    assert_eq!(with_jump_over(10_920, near()).check(), Ok(()));
    assert_eq!(with_jump_over(10_921, near()).check().unwrap_err().code, Code::BranchFar);
    assert_eq!(with_jump_over(10_921, body![(BrIfSPay 0 3)]).check(), Ok(()));
    assert_eq!(i32::from(i16::MAX) / 3, 10_922);
}

/// A branch over `words + 1` words to the leader behind them.
pub(crate) fn with_jump_over(words: usize, branch: Vec<Item>) -> Module {
    let mut module = base();
    let mut body = [body![(Fuel POLL_MAX)], branch].concat();
    // Blocks of 3000 ops, each topped up.
    for block in 0..4 {
        if block > 0 {
            body.extend(body![(Leader 2 1)]);
        }
        let ops = (words + 1).saturating_sub(block * 3000).min(3000);
        body.extend(
            body![(Fuel POLL_MAX)].into_iter().chain(vec![body![(Copy 0 1)][0].clone(); ops.saturating_sub(1)]),
        );
    }
    body.extend(body![(Leader 2 1), (RetS 0)]);
    module.scratch(body);
    module
}

/// What the sink gets: distances, charges, arms.
#[test]
fn sink_gets_charges_and_distances() {
    #[derive(Default)]
    struct Log(Vec<String>);
    impl Sink for Log {
        fn begin(&mut self, image: &Image<'_>) -> Result<(), OutOfMemory> {
            self.0.push(format!("begin {}", image.funcs().len()));
            Ok(())
        }
        fn func(&mut self, index: u32, _: &Func, sig: &Sig) -> Result<(), OutOfMemory> {
            self.0.push(format!("func {index} {}", sig.params));
            Ok(())
        }
        fn op(&mut self, step: &Step) -> Result<(), OutOfMemory> {
            self.0.push(format!("{} {} {:+} {}", step.pc, step.op.row().name, step.delta, step.charge));
            Ok(())
        }
        fn table(&mut self, len: u32) -> Result<(), OutOfMemory> {
            self.0.push(format!("table {len}"));
            Ok(())
        }
        fn arm(&mut self, delta: i32, charge: u16) -> Result<(), OutOfMemory> {
            self.0.push(format!("arm {delta:+} {charge}"));
            Ok(())
        }
        fn poll(&mut self) -> bool {
            false
        }
    }
    let mut module = base();
    module.small();
    module.funcs.truncate(1);
    (module.brtab, module.exports, module.elems, module.items) = (vec![1, 0, 1], vec![], vec![], vec![]);
    module.globals.clear();
    module.funcs[0] = Fun::new(
        N_N,
        4,
        6,
        20,
        0,
        body![
            (Zero 0 2),
            (Leader 1 12),
            (Load32UFar 0 0 9),
            (BrIfSPay 0 0),
            (Fuel 30),
            (BrNeSs 0 0 0),
            (BrTablePay 0 0),
            (Leader 1 7),
            (Ret),
        ],
    );
    let mut log = Log::default();
    module.check_with(&mut log).unwrap();
    let want = [
        "begin 1",
        "func 0 0",
        "0 zero +0 0",
        "1 load32_u_far +0 0",
        "3 br_if_s_pay -2 2",
        "4 fuel +0 21",
        "5 br_ne_ss +2 0",
        "6 br_table_pay +0 0",
        "table 2",
        "arm -5 0",
        "arm +1 0",
        "7 ret +0 0",
    ];
    assert_eq!(log.0, want);
}
