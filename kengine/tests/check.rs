//! Directed images for the checker: a valid one, what stands exactly at a limit, and for every
//! [`Code`] at least one image that is refused for that reason and no other.
//!
//! Random bytes do not replace these: deleting a check of the checker leaves most fuzzers content,
//! so every rule needs the image that it alone refuses.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use kengine::{
    OutOfMemory,
    check::{Code, Host, HostInfo, ImportError, Limits, MAX_PARAMS, Sink, Step, check},
    image::{
        BrTab, Data, Elem, ElemItem, Export, FLAG_FLOAT, FUNC_REF, Func, Global, Header, INIT_CONST, INIT_FUNC,
        INIT_GLOBAL, Image, Import, KIND_FUNC, KIND_GLOBAL, KIND_MEMORY, KIND_TABLE, Leader, MODE_ACTIVE,
        MODE_DECLARED, MODE_PASSIVE, Memory, NO_INDEX, Pool, Section, SectionKind, Sig, SigDepth, Table,
        valtype::{EXTERNREF, F32, F64, FUNCREF, I32, I64},
        write::ImageBuilder,
    },
    isa::{Kind, POLL_MAX},
    op::{OPS, Op, Words},
};
use proptest::prelude::*;
use std::collections::BTreeSet;

// --- images ------------------------------------------------------------------------------------

/// An op with its fields in the row's order; those that do not fit are cut off.
fn words(op: Op, fields: &[i64]) -> Vec<u64> {
    let row = op.row();
    assert_eq!(fields.len(), row.fields.len(), "{} has other fields", row.name);
    let mut words = Words::new(op);
    for (field, value) in row.fields.iter().zip(fields) {
        words.set(field.at, *value as u32);
    }
    if row.words == 2 { vec![words.first, words.ext] } else { vec![words.first] }
}

/// Part of a function's body.
#[derive(Clone, Debug)]
enum Item {
    /// Words of an op.
    Op(Vec<u64>),
    /// A leader here: height and credit.
    Leader(u16, u16),
}

/// A body, `body![(Leader 2 0), (RetS 0)]`; fields are parenthesised unless they are one token.
macro_rules! body {
    (@ Leader $height:tt $credit:tt) => { Item::Leader($height, $credit) };
    (@ $op:ident $($field:tt)*) => { Item::Op(words(Op::$op, &[$($field as i64),*])) };
    ($(($($line:tt)*)),* $(,)?) => { vec![$(body!(@ $($line)*)),*] };
}

/// A function under construction.
#[derive(Clone, Debug, Default)]
struct Fun {
    /// Everything but the ranges, which [`Module::bytes`] fills in.
    func: Func,
    code: Vec<u64>,
    leaders: Vec<Leader>,
}

impl Fun {
    fn new(sig: u32, frame: u16, depth: u32, credit: u16, flags: u16, body: Vec<Item>) -> Fun {
        let mut fun = Fun { func: Func { sig, frame, depth, credit, flags, ..Func::default() }, ..Fun::default() };
        fun.body(body);
        fun
    }

    fn body(&mut self, body: Vec<Item>) {
        self.code.clear();
        self.leaders.clear();
        for item in body {
            match item {
                Item::Op(words) => self.code.extend(words),
                Item::Leader(height, credit) => {
                    self.leaders.push(Leader { pc: self.code.len() as u32, height, credit });
                }
            }
        }
    }
}

/// An image under construction with all that the check of it needs.
#[derive(Clone)]
struct Module {
    header: Header,
    sigs: Vec<(Vec<u8>, Vec<u8>)>,
    imports: Vec<Import>,
    funcs: Vec<Fun>,
    brtab: Vec<u32>,
    sig_depths: Vec<u32>,
    pool: Vec<u64>,
    tables: Vec<Table>,
    memories: Vec<Memory>,
    globals: Vec<Global>,
    elems: Vec<Elem>,
    items: Vec<ElemItem>,
    datas: Vec<Data>,
    blob: Vec<u8>,
    exports: Vec<Export>,
    strings: Vec<u8>,
    limits: Limits,
    host: TestHost,
    /// Last changes to the sections.
    sections: fn(&mut ImageBuilder),
    /// Last changes to the bytes.
    patch: fn(&mut Vec<u8>),
}

/// Offers `env.log (i32)`, cost 10, capability 1, and `env.now () -> i64`, cost 5, capability 2.
#[derive(Clone, Copy)]
struct TestHost {
    cost: u32,
    may_sleep: bool,
}

impl Host for TestHost {
    fn import(&self, module: &[u8], name: &[u8], params: &[u8], results: &[u8]) -> Result<HostInfo, ImportError> {
        let (sig, info): ((&[u8], &[u8]), _) = match (module, name) {
            (b"env", b"log") => {
                ((&[I32], &[]), HostInfo { cost: self.cost, capabilities: 1, may_sleep: self.may_sleep })
            }
            (b"env", b"now") => ((&[], &[I64]), HostInfo { cost: 5, capabilities: 2, may_sleep: false }),
            _ => return Err(ImportError::Unknown),
        };
        if (params, results) == sig { Ok(info) } else { Err(ImportError::Signature) }
    }
}

// Signatures of the base image: parameters, `_`, results; n none, l i64, i i32.
const N_N: u32 = 0;
const N_L: u32 = 1;
const I_N: u32 = 2;
const L_L: u32 = 3;
const I_I: u32 = 4;
const II_I: u32 = 5;
const II_II: u32 = 6;
// Its functions, counted among those defined; two imported ones come first.
const MAIN: usize = 0;
const INC: usize = 1;
const SWAP: usize = 2;
const SCRATCH: usize = 3;
const IMPORTED: u32 = 2;
const NONE: u32 = NO_INDEX;

const STRINGS: &[u8] = "envlognowkvmaintü".as_bytes();

fn import(kind: u32, desc: u32, name: (u32, u32)) -> Import {
    Import { kind, desc, module: 0, module_len: 3, name: name.0, name_len: name.1, ..Import::default() }
}

/// A valid image with every kind of record, and every kind of field in `MAIN`.
fn base() -> Module {
    let log = Import { cost: 10, capabilities: 1, ..import(KIND_FUNC, I_N, (3, 3)) };
    let now = Import { cost: 5, capabilities: 2, ..import(KIND_FUNC, N_L, (6, 3)) };
    let constant = import(KIND_GLOBAL, I32.into(), (9, 1));
    let variable = Import { flags: 1, ..import(KIND_GLOBAL, I64.into(), (10, 1)) };
    let global = |ty: u8, mutable, init, value| Global { ty: ty.into(), mutable, init, value };
    let inc = IMPORTED + INC as u32;
    let main = body![
        (Zero 0 4),
        (ConstU 4 100),
        (Fuel 400),
        (Leader 5 300),
        (I32AddSs 5 4 4),
        (CallImport 5 0),
        (CallImport 5 1),
        (Call 5 INC),
        (ConstU 6 1),
        (Call 5 SWAP),
        (CallIndirect 6 4 I_I),
        (Callx 7 MAIN),
        (CallxIndirect 6 4 I_I),
        (CallxIndirectT 6 4 I_I 0),
        (RefFunc 7 inc),
        (GlobalGet 7 0),
        (GlobalSetS 7 0),
        (GlobalGetImport 7 0),
        (GlobalSetImport 7 1),
        (ConstPool 7 1),
        (Load32US 7 4 8),
        (Store32Ss 4 7 8),
        (Load64Far 7 4 0x1_0000),
        (MemorySize 7),
        (MemoryGrow 7 7),
        (Fuel 400),
        (Zero 8 3),
        (MemoryCopy 8),
        (MemoryFill 8),
        (MemoryInit 8 1),
        (DataDrop 1),
        (TableGet 7 4 1),
        (TableSet 4 7 0),
        (TableSize 7 0),
        (TableGrow 7 7 4 0),
        (TableFill 8 0),
        (TableCopy 8 0 0),
        (TableInit 8 0 2),
        (ElemDrop 1),
        (BrTablePay 4 0),
        (Leader 5 9),
        (LoopI32NeIPay 4 1 9 (-1)),
        (Leader 5 5),
        (BrI32EqSiPay 4 3 0),
        (Leader 5 1),
        (Ret),
    ];
    Module {
        header: Header { start: NO_INDEX, stack_claim: 20, capabilities: 3, ..Header::default() },
        sigs: vec![
            (vec![], vec![]),
            (vec![], vec![I64]),
            (vec![I32], vec![]),
            (vec![I64], vec![I64]),
            (vec![I32], vec![I32]),
            (vec![I32; 2], vec![I32]),
            (vec![I32; 2], vec![I32; 2]),
        ],
        imports: vec![log, now, constant, variable],
        funcs: vec![
            Fun::new(N_N, 12, 20, 300, FUNC_REF, main),
            Fun::new(I_I, 2, 4, 2, FUNC_REF, body![(I32AddSi 0 0 1), (RetA)]),
            Fun::new(II_II, 4, 6, 4, 0, body![(Copy 2 0), (Copy 0 1), (Copy 1 2), (RetN 0 2)]),
            Fun::new(II_I, 8, 30, 100, 0, body![(RetS 0)]),
        ],
        brtab: vec![1, 0, 2],
        sig_depths: vec![20, NONE, NONE, NONE, 4, NONE, NONE],
        pool: vec![1, u64::MAX],
        tables: vec![
            Table { ty: FUNCREF.into(), flags: 0, min: 4, max: 0 },
            Table { ty: EXTERNREF.into(), flags: 1, min: 1, max: 5 },
        ],
        memories: vec![Memory { flags: 1, min: 1, max: 2, reserved: 0 }],
        globals: vec![
            global(I32, 1, INIT_CONST, 0xffff_ffff),
            global(I64, 0, INIT_CONST, u64::MAX),
            global(FUNCREF, 0, INIT_FUNC, inc.into()),
            global(I32, 0, INIT_GLOBAL, 0),
            global(EXTERNREF, 1, INIT_CONST, 0),
        ],
        elems: vec![
            Elem { mode: MODE_ACTIVE, item: 0, item_len: 2, ty: FUNCREF.into(), ..Elem::default() },
            Elem { mode: MODE_PASSIVE, item: 2, item_len: 1, ty: EXTERNREF.into(), ..Elem::default() },
            Elem { mode: MODE_DECLARED, item: 3, item_len: 1, ty: FUNCREF.into(), ..Elem::default() },
        ],
        items: vec![
            ElemItem { init: INIT_FUNC, index: inc },
            ElemItem { init: INIT_FUNC, index: 1 },
            ElemItem { init: INIT_CONST, index: 0 },
            ElemItem { init: INIT_CONST, index: 0 },
        ],
        datas: vec![
            Data { mode: MODE_ACTIVE, offset_init: INIT_GLOBAL, offset: 0, start: 0, len: 4, reserved: 0 },
            Data { mode: MODE_PASSIVE, start: 4, len: 3, ..Data::default() },
        ],
        blob: vec![7; 7],
        exports: vec![
            Export { kind: KIND_FUNC, index: IMPORTED, name: 11, name_len: 4 },
            Export { kind: KIND_FUNC, index: 0, name: 3, name_len: 3 },
            Export { kind: KIND_TABLE, index: 1, name: 15, name_len: 1 },
            Export { kind: KIND_MEMORY, index: 0, name: 16, name_len: 2 },
            Export { kind: KIND_GLOBAL, index: 6, name: 0, name_len: 0 },
        ],
        strings: STRINGS.to_vec(),
        limits: Limits { granted: 3, ..Limits::default() },
        host: TestHost { cost: 10, may_sleep: false },
        sections: |_| {},
        patch: |_| {},
    }
}

/// An image without anything.
fn empty() -> Module {
    let header = Header { start: NO_INDEX, ..Header::default() };
    let module =
        Module { header, sigs: vec![], imports: vec![], funcs: vec![], brtab: vec![], sig_depths: vec![], ..base() };
    let module = Module { pool: vec![], tables: vec![], memories: vec![], globals: vec![], elems: vec![], ..module };
    Module { items: vec![], datas: vec![], blob: vec![], exports: vec![], strings: vec![], ..module }
}

impl Module {
    fn bytes(&self) -> Vec<u8> {
        let mut image = ImageBuilder::default();
        image.header = self.header;
        let mut types = 0;
        for (params, results) in &self.sigs {
            let sig = Sig { params: params.len() as u16, results: results.len() as u16, types };
            image.push(SectionKind::Sig, sig.to_bytes());
            image.section(SectionKind::SigTypes).extend(params.iter().chain(results));
            types += (params.len() + results.len()) as u32;
        }
        let (mut code, mut leader) = (0, 0);
        for fun in &self.funcs {
            let (code_len, leader_len) = (fun.code.len() as u32, fun.leaders.len() as u32);
            image.push(SectionKind::Func, Func { code, code_len, leader, leader_len, ..fun.func }.to_bytes());
            fun.leaders.iter().for_each(|l| image.section(SectionKind::Leader).extend(l.to_bytes()));
            fun.code.iter().for_each(|w| image.section(SectionKind::Code).extend(w.to_le_bytes()));
            code += code_len;
            leader += leader_len;
        }
        macro_rules! push {
            ($($kind:ident: $records:expr;)*) => {
                $(for record in $records { image.push(SectionKind::$kind, record.to_bytes()); })*
            };
        }
        push! {
            Import: &self.imports;
            BrTab: self.brtab.iter().map(|value| BrTab { value: *value });
            SigDepth: self.sig_depths.iter().map(|depth| SigDepth { depth: *depth });
            Pool: self.pool.iter().map(|value| Pool { value: *value });
            Table: &self.tables;
            Memory: &self.memories;
            Global: &self.globals;
            Elem: &self.elems;
            ElemItem: &self.items;
            Data: &self.datas;
            Export: &self.exports;
        }
        image.section(SectionKind::Blob).extend(&self.blob);
        image.section(SectionKind::Strings).extend(&self.strings);
        (self.sections)(&mut image);
        let mut bytes = image.finish().unwrap();
        (self.patch)(&mut bytes);
        bytes
    }

    fn check(&self) -> Result<(), kengine::check::CheckError> {
        self.check_with(&mut ())
    }

    fn check_with(&self, sink: &mut impl Sink) -> Result<(), kengine::check::CheckError> {
        check(&self.bytes(), &self.host, &self.limits, sink).map(|_| ())
    }

    /// Replaces the body of `SCRATCH`, `(i32, i32) -> i32`: frame 8, D 30, credit 100.
    fn scratch(&mut self, body: Vec<Item>) {
        self.funcs[SCRATCH].body(body);
    }

    /// Only `SCRATCH`, without the rest of the code.
    fn small(&mut self) {
        self.funcs[MAIN].body(body![(Ret)]);
        self.brtab.clear();
    }

    /// Class bounded with a fuel claim, in a context that takes nothing else.
    fn bounded(&mut self) {
        self.small();
        (self.header.class, self.header.fuel_claim, self.limits.bounded_only) = (1, 1000, true);
    }
}

/// The section record of a kind in the bytes of an image.
fn section_at(bytes: &[u8], kind: SectionKind) -> (usize, Section) {
    let places = (Header::LEN..).step_by(Section::LEN);
    let mut all = places.map(|at| (at, Section::read(&bytes[at..]).unwrap()));
    all.find(|(_, s)| s.kind == kind as u32).unwrap()
}

/// Changes the section record of a kind.
fn patch_section(bytes: &mut [u8], kind: SectionKind, change: impl Fn(&mut Section)) {
    let (at, mut section) = section_at(bytes, kind);
    change(&mut section);
    bytes[at..at + Section::LEN].copy_from_slice(&section.to_bytes().collect::<Vec<_>>());
}

// --- accepted ----------------------------------------------------------------------------------

#[test]
fn base_image_is_accepted() {
    assert_eq!(base().check(), Ok(()));
    let mut kinds = BTreeSet::new();
    let mut at = 0;
    let code = &base().funcs[MAIN].code;
    while at < code.len() {
        let row = Op::from_u16(code[at] as u16).unwrap().row();
        kinds.extend(row.fields.iter().map(|f| format!("{:?}", f.kind)));
        at += usize::from(row.words);
    }
    let all: BTreeSet<_> = OPS.iter().flat_map(|op| op.row().fields).map(|f| format!("{:?}", f.kind)).collect();
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
        ("own block by -1", body![(Leader 2 2), (BrEqSsPay 0 1 (-1)), (RetS 0)]),
        ("next block by 0", body![(BrEqSs 0 1 0), (RetS 0), (Leader 2 1), (RetS 0)]),
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
fn with_jump_over(words: usize, branch: Vec<Item>) -> Module {
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
            (BrEqSs 0 0 0),
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
        "5 br_eq_ss +2 0",
        "6 br_table_pay +0 0",
        "table 2",
        "arm -5 0",
        "arm +1 0",
        "7 ret +0 0",
    ];
    assert_eq!(log.0, want);
}

// --- refused -----------------------------------------------------------------------------------

struct Case {
    code: Code,
    name: &'static str,
    module: Module,
}

/// Every directed image.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut case = |code, name, change: &dyn Fn(&mut Module)| {
        let mut module = base();
        change(&mut module);
        cases.push(Case { code, name, module });
    };
    frame(&mut case);
    tables(&mut case);
    segments(&mut case);
    policy(&mut case);
    let mut body = |code, name, body: Vec<Item>| case(code, name, &|m| m.scratch(body.clone()));
    code(&mut body);
    code_and_tables(&mut case);
    cases
}

type Add<'a> = &'a mut dyn FnMut(Code, &'static str, &dyn Fn(&mut Module));
type AddBody<'a> = &'a mut dyn FnMut(Code, &'static str, Vec<Item>);

/// R1.
fn frame(case: Add<'_>) {
    case(Code::Truncated, "cut", &|m| m.patch = |b| b.truncate(200));
    case(Code::Truncated, "cut in the header", &|m| m.patch = |b| b.truncate(10));
    case(Code::Truncated, "more sections than bytes", &|m| m.patch = |b| b[28..32].fill(0xff));
    case(Code::Magic, "elf", &|m| m.patch = |b| b[..4].copy_from_slice(b"\x7fELF"));
    case(Code::Magic, "empty", &|m| m.patch = Vec::clear);
    case(Code::Version, "2", &|m| m.patch = |b| b[4] = 2);
    case(Code::TableHash, "other ops", &|m| m.patch = |b| b[16] ^= 1);
    case(Code::Length, "a byte more", &|m| m.patch = |b| b.push(0));
    case(Code::Length, "a byte more, and the header knows", &|m| {
        m.patch = |b| {
            b.push(0);
            b[8] = b[8].wrapping_add(1);
        };
    });
    case(Code::Reserved, "flag", &|m| m.header.flags = 2);
    case(Code::Reserved, "class", &|m| m.header.class = 2);
    case(Code::Reserved, "reserved", &|m| m.header.reserved = 1);
    case(Code::SectionKind, "unknown", &|m| m.patch = |b| patch_section(b, SectionKind::Sig, |s| s.kind = 0x7f));
    case(Code::SectionKind, "twice", &|m| m.patch = |b| patch_section(b, SectionKind::SigTypes, |s| s.kind = 1));
    case(Code::SectionPlace, "late", &|m| m.patch = |b| patch_section(b, SectionKind::Code, |s| s.offset += 8));
    case(Code::SectionPlace, "empty", &|m| m.patch = |b| patch_section(b, SectionKind::Code, |s| s.len = 0));
    case(Code::SectionLen, "count", &|m| m.patch = |b| patch_section(b, SectionKind::Sig, |s| s.count += 1));
    case(Code::Gap, "not zero", &|m| {
        m.patch = |b| {
            let (_, section) = section_at(b, SectionKind::SigTypes);
            b[(section.offset + section.len) as usize] = 1;
        };
    });
    case(Code::ImageSize, "limit", &|m| m.limits.max_image_bytes = m.bytes().len() as u64 - 1);
}

/// R2-R5, R16, R21.
fn tables(case: Add<'_>) {
    case(Code::SigCount, "65,536", &|m| {
        m.sigs = vec![(vec![], vec![]); 65_536];
        m.sig_depths = vec![NONE; 65_536];
    });
    case(Code::SigArity, "params", &|m| m.sigs[6].0 = vec![I32; usize::from(MAX_PARAMS) + 1]);
    case(Code::SigArity, "results", &|m| m.sigs[6].1 = vec![I32; usize::from(MAX_PARAMS) + 1]);
    case(Code::SigTypes, "out of order", &|m| m.sections = |b| b.section(SectionKind::Sig)[4 + 8] = 1);
    case(Code::SigTypes, "past the end", &|m| m.sections = |b| b.section(SectionKind::SigTypes).truncate(12));
    case(Code::SigTypes, "left over", &|m| m.sections = |b| b.section(SectionKind::SigTypes).push(I32));
    case(Code::ValType, "param", &|m| m.sigs[2].0 = vec![0x40]);
    case(Code::ValType, "result", &|m| m.sigs[1].1 = vec![0x7b]);
    case(Code::SigOrder, "twice", &|m| m.sigs[3] = m.sigs[4].clone());
    case(Code::SigOrder, "descending types", &|m| m.sigs.swap(3, 4));
    case(Code::SigOrder, "descending params", &|m| m.sigs.swap(1, 2));
    case(Code::SigDepthCount, "too few", &|m| m.sig_depths.truncate(6));
    case(Code::SigDepthCount, "too many", &|m| m.sig_depths.push(NONE));

    case(Code::ImportKind, "unknown", &|m| m.imports[3].kind = 4);
    case(Code::ImportKind, "function after global", &|m| m.imports.swap(1, 2));
    case(Code::ImportDesc, "sig", &|m| m.imports[0].desc = 7);
    case(Code::ImportDesc, "global type", &|m| m.imports[3].desc = 0x40);
    case(Code::ImportDesc, "table type", &|m| m.imports.insert(2, import(KIND_TABLE, I32.into(), (15, 1))));
    case(Code::ImportDesc, "memory", &|m| {
        m.memories.clear();
        m.imports.insert(2, import(KIND_MEMORY, 1, (15, 1)));
    });
    case(Code::ImportFields, "function flags", &|m| m.imports[0].flags = 1);
    case(Code::ImportFields, "function min", &|m| m.imports[0].min = 1);
    case(Code::ImportFields, "function max", &|m| m.imports[0].max = 1);
    case(Code::ImportFields, "global flags", &|m| m.imports[3].flags = 2);
    case(Code::ImportFields, "global min", &|m| m.imports[3].min = 1);
    case(Code::ImportFields, "global max", &|m| m.imports[3].max = 1);
    case(Code::ImportFields, "global cost", &|m| m.imports[3].cost = 1);
    case(Code::ImportFields, "global capabilities", &|m| m.imports[3].capabilities = 1);
    case(Code::Name, "not UTF-8", &|m| m.strings.push(0xff));
    case(Code::Name, "module past the end", &|m| m.imports[0].module_len = 1000);
    case(Code::Name, "field past the end", &|m| (m.imports[0].name, m.imports[0].name_len) = (NONE, NONE));
    case(Code::Name, "cut character", &|m| m.exports[3].name_len = 1);
    case(Code::ImportUnknown, "name", &|m| m.imports[0].name_len = 2);
    case(Code::ImportUnknown, "module", &|m| m.imports[0].module_len = 2);
    case(Code::ImportSig, "results", &|m| m.imports[0].desc = I_I);
    case(Code::ImportSig, "params", &|m| m.imports[1].desc = N_N);
    case(Code::ImportCost, "cheaper", &|m| m.imports[0].cost = 9);
    case(Code::ImportCost, "dearer", &|m| m.imports[0].cost = 11);
    case(Code::ImportCost, "too dear", &|m| {
        m.host.cost = (1 << 20) + 1;
        m.imports[0].cost = m.host.cost;
        m.small();
    });
    case(Code::ImportCaps, "fewer", &|m| (m.imports[0].capabilities, m.header.capabilities) = (0, 2));
    case(Code::Denied, "not granted", &|m| m.limits.granted = 1);
    case(Code::HeaderCaps, "more", &|m| m.header.capabilities = 7);
    case(Code::HeaderCaps, "fewer", &|m| m.header.capabilities = 1);

    case(Code::FuncCode, "out of order", &|m| m.sections = |b| b.section(SectionKind::Func)[0] = 1);
    case(Code::FuncCode, "shared", &|m| m.sections = |b| b.section(SectionKind::Func)[32] -= 1);
    case(Code::FuncCode, "past the end", &|m| m.sections = |b| b.section(SectionKind::Func)[3 * 32 + 4] = 2);
    case(Code::FuncCode, "wraps", &|m| m.sections = |b| b.section(SectionKind::Func)[3 * 32 + 4..][..4].fill(0xff));
    case(Code::FuncCode, "empty", &|m| m.funcs[SCRATCH].code.clear());
    case(Code::FuncCode, "left over", &|m| m.sections = |b| b.section(SectionKind::Code).extend([0; 8]));
    case(Code::FuncLeaders, "out of order", &|m| m.sections = |b| b.section(SectionKind::Func)[8] = 1);
    case(Code::FuncLeaders, "past the end", &|m| m.sections = |b| b.section(SectionKind::Func)[3 * 32 + 12] = 1);
    case(Code::FuncLeaders, "left over", &|m| m.sections = |b| b.section(SectionKind::Leader).extend([0; 8]));
    case(Code::FuncSig, "index", &|m| m.funcs[SCRATCH].func.sig = 7);
    case(Code::FuncFrame, "params", &|m| m.funcs[SCRATCH].func.frame = 1);
    case(Code::FuncFrame, "results", &|m| {
        m.sigs[6].1 = vec![I32; 9];
    });
    case(Code::FuncFrame, "no room for the header", &|m| {
        (m.funcs[SCRATCH].func.frame, m.funcs[SCRATCH].func.depth) = (65_534, 70_000);
    });
    case(Code::FuncDepth, "frame without header", &|m| m.funcs[SCRATCH].func.depth = 9);
    case(Code::FuncStack, "limit", &|m| m.limits.max_stack_slots = 29);
    case(Code::FuncCredit, "above POLL_MAX", &|m| m.funcs[SCRATCH].func.credit = POLL_MAX + 1);
    case(Code::FuncFlags, "unknown", &|m| m.funcs[SCRATCH].func.flags = 2);
    case(Code::FuncFlags, "reserved", &|m| m.funcs[SCRATCH].func.reserved = 1);
    case(Code::SigDepthBound, "deeper", &|m| m.funcs[INC].func.depth = 5);

    case(Code::MemoryCount, "two", &|m| m.memories.push(m.memories[0]));
    case(Code::MemoryCount, "own and imported", &|m| m.imports.insert(2, import(KIND_MEMORY, 0, (15, 1))));
    case(Code::MemoryLimits, "min above max", &|m| m.memories[0].min = 3);
    case(Code::MemoryLimits, "max above 4 GiB", &|m| m.memories[0].max = 65_537);
    case(Code::MemoryLimits, "min above 4 GiB", &|m| {
        m.limits.max_pages = u32::MAX;
        m.memories[0] = Memory { flags: 0, min: 65_537, max: 0, reserved: 0 };
    });
    case(Code::MemoryLimits, "max without flag", &|m| m.memories[0].flags = 0);
    case(Code::MemoryLimits, "flag", &|m| m.memories[0].flags = 2);
    case(Code::MemoryLimits, "reserved", &|m| m.memories[0].reserved = 1);
    case(Code::MemoryLimits, "imported, min above max", &|m| {
        m.memories.clear();
        m.imports.insert(2, Import { flags: 1, min: 2, max: 1, ..import(KIND_MEMORY, 0, (15, 1)) });
    });
    case(Code::MemoryPages, "limit", &|m| m.limits.max_pages = 0);
    case(Code::MemoryPages, "imported", &|m| {
        m.memories.clear();
        m.limits.max_pages = 1;
        m.imports.insert(2, Import { min: 2, ..import(KIND_MEMORY, 0, (15, 1)) });
    });
    case(Code::TableLimits, "min above max", &|m| m.tables[1].min = 6);
    case(Code::TableLimits, "max without flag", &|m| m.tables[1].flags = 0);
    case(Code::TableLimits, "flag", &|m| m.tables[1].flags = 2);
    case(Code::TableLimits, "imported", &|m| {
        m.imports.insert(2, Import { flags: 1, min: 2, max: 1, ..import(KIND_TABLE, FUNCREF.into(), (15, 1)) });
    });
    case(Code::TableElems, "one table", &|m| m.limits.max_table_elems = 3);
    case(Code::TableElems, "all together", &|m| m.limits.max_table_elems = 4);
    case(Code::TableType, "i32", &|m| m.tables[0].ty = I32.into());
    case(Code::GlobalType, "unknown", &|m| m.globals[1].ty = 0x40);
    case(Code::GlobalType, "mutable", &|m| m.globals[0].mutable = 2);
    case(Code::GlobalInit, "wide i32", &|m| m.globals[0].value = 1 << 32);
    case(Code::GlobalInit, "wide f32", &|m| (m.globals[1].ty, m.globals[1].value) = (F32.into(), 1 << 32));
    case(Code::GlobalInit, "forged funcref", &|m| (m.globals[2].init, m.globals[2].value) = (INIT_CONST, 1));
    case(Code::GlobalInit, "forged externref", &|m| m.globals[4].value = 1);
    case(Code::GlobalInit, "init", &|m| m.globals[3].init = 3);
    case(Code::GlobalInit, "no such import", &|m| m.globals[3].value = 2);
    case(Code::GlobalInit, "import far out", &|m| m.globals[3].value = 1 << 32);
    case(Code::GlobalInit, "type of the import", &|m| m.globals[1].init = INIT_GLOBAL);
    case(Code::GlobalInit, "mutable import", &|m| {
        (m.globals[1].init, m.globals[1].value) = (INIT_GLOBAL, 1);
    });
    case(Code::GlobalInit, "function in i64", &|m| (m.globals[1].init, m.globals[1].value) = (INIT_FUNC, 0));
    case(Code::RefIndex, "global", &|m| m.globals[2].value = (IMPORTED + 4).into());
    case(Code::RefFlag, "global", &|m| m.globals[2].value = (IMPORTED + SWAP as u32).into());
    case(Code::ExportIndex, "tag", &|m| m.exports[0].kind = 4);
    case(Code::ExportIndex, "function", &|m| m.exports[0].index = IMPORTED + 4);
    case(Code::ExportIndex, "table", &|m| m.exports[2].index = 2);
    case(Code::ExportIndex, "memory", &|m| m.exports[3].index = 1);
    case(Code::ExportIndex, "global", &|m| m.exports[4].index = 7);
    case(Code::RefFlag, "export", &|m| m.exports[0].index = IMPORTED + SWAP as u32);
    case(Code::StartIndex, "index", &|m| m.header.start = IMPORTED + 4);
    case(Code::StartSig, "own", &|m| m.header.start = IMPORTED + INC as u32);
    case(Code::StartSig, "imported, params", &|m| m.header.start = 0);
    case(Code::StartSig, "imported, results", &|m| m.header.start = 1);
    case(Code::StackClaim, "export", &|m| m.header.stack_claim = 19);
    case(Code::StackClaim, "start", &|m| {
        m.exports.clear();
        (m.header.start, m.header.stack_claim) = (IMPORTED, 19);
    });
    case(Code::StackLimit, "limit", &|m| m.header.stack_claim = (1 << 20) + 1);
}

/// R6.
fn segments(case: Add<'_>) {
    case(Code::ElemMode, "unknown", &|m| m.elems[1].mode = 3);
    case(Code::ElemMode, "reserved", &|m| m.elems[0].reserved = 1);
    case(Code::ElemMode, "passive with a table", &|m| m.elems[1].table = 1);
    case(Code::ElemMode, "passive with an offset", &|m| m.elems[1].offset = 1);
    case(Code::ElemMode, "declared with an offset kind", &|m| m.elems[2].offset_init = 1);
    case(Code::ElemType, "i32", &|m| m.elems[1].ty = I32.into());
    case(Code::ElemType, "not the table's", &|m| m.elems[0].table = 1);
    case(Code::ElemTable, "index", &|m| m.elems[0].table = 2);
    case(Code::ElemOffset, "function", &|m| m.elems[0].offset_init = INIT_FUNC);
    case(Code::ElemOffset, "no such global", &|m| {
        (m.elems[0].offset_init, m.elems[0].offset) = (INIT_GLOBAL, 2);
    });
    case(Code::ElemOffset, "mutable i64", &|m| (m.elems[0].offset_init, m.elems[0].offset) = (INIT_GLOBAL, 1));
    case(Code::ElemItems, "shared", &|m| m.elems[1].item = 1);
    case(Code::ElemItems, "past the end", &|m| m.elems[2].item_len = 2);
    case(Code::ElemItems, "left over", &|m| m.items.push(ElemItem::default()));
    case(Code::ElemItem, "forged null", &|m| m.items[2].index = 1);
    case(Code::ElemItem, "init", &|m| m.items[3].init = 3);
    case(Code::ElemItem, "function in externref", &|m| m.items[2].init = INIT_FUNC);
    case(Code::ElemItem, "i32 global", &|m| m.items[2].init = INIT_GLOBAL);
    case(Code::RefFlag, "element", &|m| m.items[0].index = IMPORTED + SWAP as u32);
    case(Code::RefIndex, "element", &|m| m.items[0].index = IMPORTED + 4);
    case(Code::DataMode, "declared", &|m| m.datas[1].mode = MODE_DECLARED);
    case(Code::DataMode, "reserved", &|m| m.datas[0].reserved = 1);
    case(Code::DataMode, "passive with an offset", &|m| m.datas[1].offset = 1);
    case(Code::DataMode, "passive with an offset kind", &|m| m.datas[1].offset_init = 1);
    case(Code::DataMemory, "none", &|m| {
        m.small();
        m.memories.clear();
        m.exports.remove(3);
    });
    case(Code::DataOffset, "function", &|m| m.datas[0].offset_init = INIT_FUNC);
    case(Code::DataOffset, "mutable i64", &|m| m.datas[0].offset = 1);
    case(Code::DataBytes, "shared", &|m| m.datas[1].start = 3);
    case(Code::DataBytes, "past the end", &|m| m.datas[1].len = 4);
    case(Code::DataBytes, "wraps", &|m| m.datas[1].len = u32::MAX);
    case(Code::DataBytes, "left over", &|m| m.blob.push(0));
}

/// R22.
fn policy(case: Add<'_>) {
    case(Code::FuelClaim, "limit", &|m| (m.header.fuel_claim, m.limits.max_fuel_claim) = (11, 10));
    case(Code::NotBounded, "metered", &|m| {
        m.bounded();
        m.header.class = 0;
    });
    case(Code::NotBounded, "no claim", &|m| {
        m.bounded();
        m.header.fuel_claim = 0;
    });
    case(Code::Sleeps, "import", &|m| {
        m.bounded();
        m.host.may_sleep = true;
    });
    for (name, body) in [
        ("callx", body![(ConstU 2 0), (Callx 2 INC), (RetA)]),
        ("callx_indirect", body![(ConstU 2 0), (CallxIndirect 2 0 I_I), (RetA)]),
        ("callx_indirect_t", body![(ConstU 2 0), (CallxIndirectT 2 0 I_I 0), (RetA)]),
    ] {
        case(Code::BoundedCall, name, &|m| {
            m.small();
            m.header.class = 1;
            m.scratch(body.clone());
        });
    }
    case(Code::Grows, "memory", &|m| {
        m.bounded();
        m.scratch(body![(MemoryGrow 0 0), (RetS 0)]);
    });
    case(Code::Grows, "table", &|m| {
        m.bounded();
        m.scratch(body![(TableGrow 0 0 1 0), (RetS 0)]);
    });
    case(Code::FloatDenied, "flag", &|m| (m.header.flags, m.limits.float) = (FLAG_FLOAT, false));
    case(Code::FloatFlag, "set for nothing", &|m| m.header.flags = FLAG_FLOAT);
}

/// R7-R20 where a body of `SCRATCH` is all it takes.
fn code(case: AddBody<'_>) {
    case(Code::FloatFlag, "missing", body![(F32AddSs 0 0 1), (RetA)]);
    case(Code::Opcode, "0", vec![Item::Op(vec![0])]);
    case(Code::Opcode, "past the last", vec![Item::Op(vec![OPS.len() as u64 + 1])]);
    case(Code::Opcode, "second word alone", vec![Item::Op(vec![0xffff])]);
    case(Code::Ext, "missing", vec![Item::Op(vec![words(Op::Select, &[0, 0, 1, 1])[0]])]);
    case(Code::Ext, "not EXT", vec![Item::Op(vec![words(Op::Select, &[0, 0, 1, 1])[0], 1])]);
    case(Code::StrayBits, "first word", vec![Item::Op(vec![Op::RetS as u64 | 1 << 32])]);
    case(Code::StrayBits, "second word", {
        let mut words = words(Op::Select, &[0, 0, 1, 1]);
        words[1] |= 1 << 32;
        vec![Item::Op(words)]
    });

    case(Code::Credit, "block", body![(Fuel 1), (Leader 2 0), (RetS 0)]);
    case(Code::Credit, "fuel itself", body![(Leader 2 0), (Fuel 9), (RetS 0)]);
    case(Code::Credit, "zero of many", body![(Leader 2 1), (Zero 2 1), (RetS 0)]);
    case(Code::Credit, "slow op", body![(Leader 2 8), (DataDrop 0), (RetS 0)]);
    case(Code::Credit, "host's cost", body![(Leader 2 18), (ConstU 2 0), (CallImport 2 0), (RetS 0)]);
    case(Code::Fuel, "0", body![(Fuel 0), (RetS 0)]);
    case(Code::Fuel, "above POLL_MAX", body![(Fuel (POLL_MAX + 1)), (RetS 0)]);

    case(Code::SlotUnset, "src", body![(Copy 0 2), (RetS 0)]);
    case(Code::SlotUnset, "second src", body![(I32AddSs 0 0 2), (RetS 0)]);
    case(Code::SlotUnset, "fourth field", body![(Select 0 0 0 2), (RetS 0)]);
    case(Code::SlotUnset, "own result", body![(I32AddSi 2 2 1), (RetS 0)]);
    case(Code::SlotUnset, "loop variable", body![(Leader 2 9), (LoopI32NeIPay 2 1 1 (-1)), (RetS 0)]);
    case(Code::SlotUnset, "window", body![(Zero 2 2), (MemoryFill 2), (RetS 0)]);
    case(Code::SlotUnset, "result", body![(RetS 2)]);
    case(Code::SlotUnset, "results", body![(Zero 2 1), (RetN 2 2)]);
    case(Code::SlotUnset, "table index", body![(CallxIndirect 2 2 N_N), (RetS 0)]);
    case(Code::SlotUnset, "dead window", body![(Zero 2 3), (CallImport 2 0), (RetS 3)]);
    case(Code::SlotUnset, "leader lowers the height", body![(Zero 2 1), (Leader 2 9), (RetS 2)]);
    case(Code::SlotUnset, "a pair reads what it writes", body![(CopyThenI32AddSi 2 0 0 2 1), (RetS 0)]);
    case(Code::SlotUnset, "second half of a pair", body![(CopyThenCopy 0 1 0 2), (RetS 0)]);
    case(Code::SlotHole, "second half of a pair", body![(CopyThenCopy 2 0 3 0), (RetS 0)]);
    case(Code::SlotFrame, "first half of a pair", body![(Zero 2 6), (CopyThenCopy 8 0 1 0), (RetS 0)]);
    case(Code::SlotHole, "dst", body![(ConstU 3 0), (RetS 0)]);
    case(Code::SlotHole, "zero", body![(Zero 3 1), (RetS 0)]);
    case(Code::SlotFrame, "dst", body![(Zero 2 6), (ConstU 8 0), (RetS 0)]);
    case(Code::SlotFrame, "zero", body![(Zero 2 7), (RetS 0)]);
    case(Code::SlotFrame, "zero wraps", body![(Zero 2 0xffff), (RetS 0)]);
    case(Code::Straddle, "window reads the header as a slot", body![(Zero 2 2), (MemoryCopy 1), (RetS 0)]);
    case(Code::Straddle, "window from slot 0", body![(Zero 2 2), (MemoryFill 0), (RetS 0)]);
    case(Code::Straddle, "zero over the header", body![(Zero 1 2), (RetS 0)]);
    case(Code::Straddle, "results over the header", body![(Zero 2 2), (RetN 1 2)]);
    case(Code::AccUnset, "entry", body![(RetA)]);
    case(Code::AccUnset, "leader after a set", body![(CopyN 0), (Leader 2 9), (RetA)]);
    case(Code::AccUnset, "stale at a loop head", {
        body![(CopyN 0), (Leader 2 9), (I32AddAiN 1), (BrNeSsPay 0 1 (-1)), (RetA)]
    });
    case(Code::AccUnset, "clobbered", body![(CopyN 0), (TableSize 0 0), (RetA)]);
    case(Code::AccUnset, "call without result", body![(CopyN 0), (ConstU 2 0), (CallImport 2 0), (RetA)]);
    case(Code::AccUnset, "a pair's first half", body![(I64ShrUAiNThenXorAs 1 0 0), (RetS 0)]);
    case(Code::AccUnset, "a pair's store", body![(Store64SaThenI32AddSi 0 0 0 0 1), (RetS 0)]);
    case(Code::AccUnset, "copy sets nothing", body![(Copy 0 1), (CopyA 0), (RetS 0)]);
    case(Code::ZeroCount, "zero", body![(Zero 2 0), (RetS 0)]);

    case(Code::LeaderOrder, "twice", body![(Leader 2 9), (Leader 2 9), (RetS 0)]);
    case(Code::LeaderExt, "second word", {
        let words = words(Op::Select, &[0, 0, 1, 1]);
        vec![Item::Op(vec![words[0]]), Item::Leader(2, 9), Item::Op(vec![words[1]]), body![(RetS 0)][0].clone()]
    });
    case(Code::LeaderPlace, "at the end", body![(RetS 0), (Leader 2 9)]);
    case(Code::LeaderHeight, "above the frame", body![(BrPay 0), (Leader 9 9), (RetS 0)]);
    case(Code::LeaderCredit, "above POLL_MAX", body![(BrPay 0), (Leader 2 (POLL_MAX + 1)), (RetS 0)]);

    case(Code::BranchTarget, "32 bits", body![(BrPay 1), (Leader 2 9), (RetS 0)]);
    case(Code::BranchTarget, "no leaders at all", body![(BrPay 0)]);
    case(Code::BranchTarget, "16 bits, behind the last", body![(BrEqSs 0 1 0), (RetS 0)]);
    case(Code::BranchTarget, "16 bits, before the first", body![(Leader 2 9), (BrEqSs 0 1 (-2)), (RetS 0)]);
    case(Code::EdgeHeight, "branch", body![(BrPay 0), (Leader 3 9), (RetS 0)]);
    case(Code::EdgeHeight, "conditional", body![(BrIfSPay 0 0), (RetS 0), (Leader 3 9), (RetS 2)]);
    case(Code::EdgeHeight, "back", body![(Zero 2 1), (Leader 3 30), (CallImport 2 0), (BrPay 0)]);
    case(Code::EdgeHeight, "fall through", body![(Copy 0 1), (Leader 3 9), (RetS 2)]);
    case(Code::EdgeHeight, "entry", body![(Leader 3 9), (RetS 2)]);
    case(Code::EdgeHeight, "behind a branch", body![(Leader 2 20), (BrIfSPay 0 0), (Leader 3 9), (RetS 2)]);
    case(Code::EdgeCredit, "branch", body![(Br 0), (Leader 2 100), (RetS 0)]);
    case(Code::EdgeCredit, "cycle without a charge", body![(Leader 2 9), (Br 0)]);
    case(Code::EdgeCredit, "irreducible cycle", {
        body![(BrIfSPay 0 1), (Leader 2 9), (Copy 0 1), (Br 1), (Leader 2 8), (Copy 0 1), (Br 0)]
    });
    case(Code::EdgeCredit, "fall through", body![(Copy 0 1), (Leader 2 100), (RetS 0)]);
    case(Code::EdgeCredit, "entry", body![(Leader 2 101), (RetS 0)]);
    case(Code::EdgeCredit, "fall through of a paying branch", {
        body![(Leader 2 20), (BrIfSPay 0 0), (Leader 2 20), (RetS 0)]
    });
    case(Code::DeadCode, "after ret", body![(RetS 0), (RetS 0)]);
    case(Code::DeadCode, "after br", body![(Leader 2 9), (BrPay 0), (RetS 0)]);
    case(Code::FallOff, "plain", body![(Copy 0 1)]);
    case(Code::FallOff, "conditional branch", body![(Leader 2 9), (BrIfSPay 0 0)]);

    case(Code::CallFunc, "index", body![(ConstU 2 0), (Call 2 4), (RetA)]);
    case(Code::CallBase, "base 1: callee's header over the caller's", body![(Call 1 INC), (RetS 0)]);
    case(Code::CallBase, "base 0", body![(Call 0 SWAP), (RetS 0)]);
    case(Code::CallBase, "import", body![(CallImport 1 0), (RetS 0)]);
    case(Code::CallBase, "indirect", body![(CallIndirect 1 0 I_I), (RetS 0)]);
    case(Code::CallArgs, "one", body![(Call 2 INC), (RetA)]);
    case(Code::CallArgs, "two", body![(ConstU 2 0), (Call 2 SWAP), (RetA)]);
    case(Code::CallArgs, "import", body![(CallImport 2 0), (RetS 0)]);
    case(Code::CallResults, "no arguments, one result", body![(Zero 2 6), (CallImport 8 1), (RetS 0)]);
    case(Code::CallDepth, "direct", body![(Zero 2 4), (Call 2 SCRATCH), (RetA)]);
    case(Code::RetArity, "none", body![(Ret)]);
    case(Code::RetArity, "two", body![(RetN 0 2)]);
    case(Code::CallSig, "index", body![(ConstU 2 0), (CallxIndirect 2 0 7), (RetS 0)]);
    case(Code::CallTable, "externref", body![(ConstU 2 0), (CallxIndirectT 2 0 I_I 1), (RetS 0)]);
    case(Code::CallSigDepth, "none", body![(ConstU 2 0), (CallIndirect 2 0 L_L), (RetS 0)]);
    case(Code::RefFlag, "ref_func of an unflagged function", body![(RefFunc 0 (IMPORTED + 2)), (RetS 0)]);
    case(Code::RefIndex, "ref_func", body![(RefFunc 0 (IMPORTED + 4)), (RetS 0)]);
    case(Code::ImportIndex, "function", body![(ConstU 2 0), (CallImport 2 2), (RetS 0)]);
    case(Code::GlobalIndex, "get", body![(GlobalGet 0 5), (RetS 0)]);
    case(Code::GlobalIndex, "set", body![(GlobalSetS 0 5), (RetS 0)]);
    case(Code::GlobalIndex, "get import", body![(GlobalGetImport 0 2), (RetS 0)]);
    case(Code::GlobalIndex, "set import", body![(GlobalSetImport 0 2), (RetS 0)]);
    case(Code::GlobalConst, "own", body![(GlobalSetS 0 1), (RetS 0)]);
    case(Code::GlobalConst, "imported", body![(GlobalSetImport 0 0), (RetS 0)]);
    case(Code::PoolIndex, "index", body![(ConstPool 0 2), (RetS 0)]);
    case(Code::TableIndex, "get", body![(TableGet 0 0 2), (RetS 0)]);
    case(Code::TableIndex, "call", body![(ConstU 2 0), (CallxIndirectT 2 0 I_I 2), (RetS 0)]);
    case(Code::TableTypes, "copy", body![(Zero 2 3), (TableCopy 2 0 1), (RetS 0)]);
    case(Code::TableTypes, "init", body![(Zero 2 3), (TableInit 2 0 1), (RetS 0)]);
    case(Code::ElemIndex, "init", body![(Zero 2 3), (TableInit 2 0 3), (RetS 0)]);
    case(Code::ElemIndex, "drop", body![(ElemDrop 3), (RetS 0)]);
    case(Code::DataIndex, "init", body![(Zero 2 3), (MemoryInit 2 2), (RetS 0)]);
    case(Code::DataIndex, "drop", body![(DataDrop 2), (RetS 0)]);
}

/// R7-R20 where code and tables must play together.
fn code_and_tables(case: Add<'_>) {
    case(Code::BranchFar, "loop exit", &|m| *m = with_jump_over(10_921, body![(BrEqSsPay 0 1 3)]));
    case(Code::Ext, "of the next function", &|m| {
        let words = words(Op::Select, &[0, 0, 0, 0]);
        (m.funcs[INC].code, m.funcs[SWAP].code) = (vec![words[0]], vec![words[1]]);
    });
    case(Code::ImportIndex, "memory", &|m| {
        m.memories.clear();
        m.imports.insert(2, import(KIND_MEMORY, N_N, (15, 1)));
        m.scratch(body![(CallImport 2 2), (RetS 0)]);
    });
    case(Code::LeaderOrder, "descending", &|m| {
        m.scratch(body![(Copy 0 1), (Leader 2 9), (Copy 0 1), (Leader 2 8), (RetS 0)]);
        m.funcs[SCRATCH].leaders.swap(0, 1);
    });
    case(Code::LeaderPlace, "far outside, jumped to", &|m| {
        m.scratch(body![(BrIfSPay 0 0), (RetS 0), (Leader 2 9)]);
        m.funcs[SCRATCH].leaders[0].pc = u32::MAX;
    });
    case(Code::RetArity, "ret_s without results", &|m| {
        m.funcs[MAIN].body(body![(Zero 0 1), (RetS 0)]);
        m.brtab.clear();
    });
    case(Code::RetArity, "ret_a of two", &|m| m.funcs[SWAP].body(body![(CopyN 0), (RetA)]));
    case(Code::CallDepth, "indirect", &|m| {
        m.funcs[SCRATCH].func.depth = 11;
        m.scratch(body![(Zero 2 4), (CallIndirect 5 0 I_I), (RetS 5)]);
        m.funcs[SCRATCH].func.depth = 10;
    });
    case(Code::CallDepth, "recursion", &|m| {
        m.funcs[INC].func.frame = 3;
        m.funcs[INC].func.depth = 1000;
        m.sig_depths[I_I as usize] = 1000;
        m.funcs[INC].func.credit = 9;
        m.funcs[INC].body(body![(Copy 1 0), (Call 1 INC), (RetA)]);
        m.small();
    });
    case(Code::CallDepth, "recursion through the table", &|m| {
        m.funcs[INC].func.frame = 3;
        m.funcs[INC].func.depth = 1000;
        m.sig_depths[I_I as usize] = 1000;
        m.funcs[INC].func.credit = 9;
        m.funcs[INC].body(body![(Copy 1 0), (CallIndirect 1 0 I_I), (RetA)]);
        m.small();
    });
    case(Code::CallTable, "none", &|m| {
        m.small();
        m.tables.clear();
        m.elems.clear();
        m.items.clear();
        m.exports.remove(2);
        m.scratch(body![(ConstU 2 0), (CallxIndirect 2 0 I_I), (RetS 0)]);
    });
    case(Code::CallTable, "table 0 of externref", &|m| {
        m.small();
        m.tables.remove(0);
        m.elems.clear();
        m.items.clear();
        m.exports.remove(2);
        m.scratch(body![(ConstU 2 0), (CallIndirect 2 0 I_I), (RetS 0)]);
    });
    case(Code::CallTable, "certified through an imported table", &|m| {
        m.small();
        m.imports.insert(2, import(KIND_TABLE, FUNCREF.into(), (15, 1)));
        m.exports.remove(2);
        m.scratch(body![(ConstU 2 0), (CallIndirect 2 0 I_I), (RetS 0)]);
    });
    case(Code::TableTypes, "imported table", &|m| {
        m.small();
        m.imports.insert(2, import(KIND_TABLE, EXTERNREF.into(), (15, 1)));
        m.elems[0].table = 1;
        m.scratch(body![(Zero 2 3), (TableCopy 2 0 1), (RetS 0)]);
    });
    case(Code::BrTablePlace, "skipped", &|m| {
        m.brtab.extend([0; 4]);
        m.scratch(body![(BrTablePay 0 5)]);
    });
    case(Code::BrTablePlace, "used twice", &|m| m.scratch(body![(BrTablePay 0 0)]));
    case(Code::BrTableLen, "no table", &|m| m.scratch(body![(BrTablePay 0 3)]));
    case(Code::BrTableLen, "runs out", &|m| m.brtab[0] = 2);
    case(Code::BrTableLen, "wraps", &|m| m.brtab[0] = u32::MAX);
    case(Code::BrTableLen, "too long", &|m| {
        m.brtab = vec![1; 65_538];
        m.brtab[0] = 65_536;
    });
    case(Code::BrTablePlace, "unused", &|m| m.brtab.extend([0, 0]));
    case(Code::BranchTarget, "arm", &|m| m.brtab[1] = 4);
    case(Code::BranchTarget, "leader of the next function", &|m| {
        m.funcs[INC].body(body![(Leader 1 2), (I32AddSi 0 0 1), (RetA)]);
        m.brtab[1] = 4;
    });
    case(Code::EdgeHeight, "arm", &|m| {
        m.small();
        m.brtab = vec![1, 0, 1];
        m.scratch(body![(BrTablePay 0 0), (Leader 2 9), (RetS 0), (Leader 3 9), (RetS 0)]);
    });
    case(Code::EdgeCredit, "arm", &|m| {
        m.small();
        m.brtab = vec![1, 0, 1];
        m.scratch(body![(BrTable 0 0), (Leader 2 9), (RetS 0), (Leader 2 100), (RetS 0)]);
    });
    for (name, body) in [
        ("load", body![(Load32US 0 0 0), (RetS 0)]),
        ("store", body![(Store8Ss 0 0 0), (RetS 0)]),
        ("size", body![(MemorySize 0), (RetS 0)]),
        ("grow", body![(MemoryGrow 0 0), (RetS 0)]),
        ("init", body![(Zero 2 3), (MemoryInit 2 0), (RetS 0)]),
        ("copy", body![(Zero 2 3), (MemoryCopy 2), (RetS 0)]),
        ("fill", body![(Zero 2 3), (MemoryFill 2), (RetS 0)]),
    ] {
        case(Code::NoMemory, name, &|m| {
            m.small();
            m.memories.clear();
            m.datas.remove(0);
            m.datas[0].start = 0;
            m.blob.truncate(3);
            m.exports.remove(3);
            m.scratch(body.clone());
        });
    }
}

#[test]
fn directed_images_are_refused() {
    let mut failures = Vec::new();
    for Case { code, name, module } in cases() {
        match module.check() {
            Err(error) if error.code == code => {}
            other => failures.push(format!("{code:?}, {name}: {other:?}")),
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

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

/// Tables are work too: each polls.
#[test]
fn sink_can_give_up_in_every_table() {
    const MANY: usize = 4096;
    let cases: [fn(&mut Module); 8] = [
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
        |m| m.tables = vec![Table { ty: FUNCREF.into(), ..Table::default() }; MANY],
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
    // begin, 4 functions, 49 ops, a table of 2 arms.
    assert_eq!(calls, 57);
}

/// Every code has an image above; the two that a sink causes have tests of their own.
#[test]
fn every_code_is_hit() {
    let mut hit: BTreeSet<Code> = cases().iter().map(|case| case.code).collect();
    hit.extend([Code::Cancelled, Code::NoMem]);
    let missing: Vec<_> = Code::ALL.iter().filter(|code| !hit.contains(code)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Numbers are an interface; so is the place of an error.
#[test]
fn codes_and_places_are_stable() {
    assert!(Code::ALL.is_sorted_by(|a, b| (*a as u16) < (*b as u16)));
    assert_eq!((Code::Truncated as u16, Code::CallBase as u16, Code::FloatDenied as u16), (101, 1402, 2206));
    assert_eq!(Code::CallBase.name(), "CallBase");
    assert!(size_of::<kengine::check::CheckError>() <= 32);
    let mut module = base();
    module.scratch(body![(Select 0 0 1 1), (I32AddSs 0 0 5), (RetS 0)]);
    let error = module.check().unwrap_err();
    assert_eq!((error.code, error.func, error.pc, error.operand), (Code::SlotUnset, SCRATCH as u32, 2, 2));
    assert_eq!((error.expected, error.got), (2, 5));
    let mut module = base();
    module.items[2].index = 9;
    let error = module.check().unwrap_err();
    assert_eq!((error.code, error.func, error.pc, error.operand), (Code::ElemItem, NO_INDEX, 1, 2));
}

// --- random ------------------------------------------------------------------------------------

/// Each field of each op pushed out of its range, in a body that is otherwise in order.
#[test]
fn every_field_of_every_op_is_checked() {
    for op in OPS {
        for (number, field) in op.row().fields.iter().enumerate() {
            let free = matches!(field.kind, Kind::Imm16 | Kind::Imm32 | Kind::Off16 | Kind::Off32);
            let valid = op.row().fields.iter().map(|field| match field.kind {
                Kind::Src | Kind::Dst | Kind::SrcDst | Kind::Window(_) | Kind::CallBase => 2,
                Kind::Count | Kind::Fuel | Kind::GlobalImportMut => 1,
                _ => 0,
            });
            let mut values: Vec<i64> = valid.collect();
            values[number] = if field.kind.is_wide() { 0xffff_fffe } else { 0x7ffe };
            let mut module = base();
            module.header.flags = FLAG_FLOAT;
            module.scratch([body![(Zero 2 6), (CopyN 0)], vec![Item::Op(words(op, &values))]].concat());
            let error = module.check().unwrap_err();
            let by_field = error.operand == number as u32;
            let indirect = matches!(field.kind, Kind::CallBase | Kind::Leader16 | Kind::Leader32);
            assert!(free || by_field || indirect, "{} {}: {error:?}", op.row().name, field.name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the bytes, the checker answers.
    #[test]
    fn mutants_never_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = base().bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let module = base();
        let _ = check(&bytes, &module.host, &module.limits, &mut ());
    }

    /// Mutants of records and code that keep the frame of the image, so that every rule is reached.
    #[test]
    fn record_mutants_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u64>(), 0u32..64), 1..4)
    ) {
        let module = base();
        let mut bytes = module.bytes();
        for (kind, at, value, shift) in changes {
            let (_, section) = section_at(&bytes, *kind.get(SectionKind::ALL.split_last_chunk::<3>().unwrap().0));
            let at = section.offset as usize + at.index(section.len as usize);
            // Small values are more telling than large ones.
            bytes[at] = (value >> shift) as u8;
        }
        let _ = check(&bytes, &module.host, &module.limits, &mut ());
    }

    /// Random words as the body of a function.
    #[test]
    fn random_bodies_never_panic(
        ops in prop::collection::vec((any::<prop::sample::Index>(), prop::collection::vec(0i64..10, 6)), 1..12),
        leaders in prop::collection::vec((0u32..12, 0u16..9, 0u16..200), 0..4),
    ) {
        let mut module = base();
        let words = ops.iter().flat_map(|(op, values)| {
            let op = *op.get(&OPS);
            words(op, &values[..op.row().fields.len()])
        });
        let fun = &mut module.funcs[SCRATCH];
        fun.code = words.collect();
        fun.leaders = leaders.iter().map(|&(pc, height, credit)| Leader { pc, height, credit }).collect();
        let _ = module.check();
    }
}
