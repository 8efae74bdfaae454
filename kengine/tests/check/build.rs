//! Images under construction, and the valid one that the cases change.

use kengine::{
    check::{Host, HostInfo, ImportError, Limits, Sink, check},
    image::{
        BrTab, Data, Elem, ElemItem, Export, FUNC_REF, Func, Global, Header, INIT_CONST, INIT_FUNC, INIT_GLOBAL,
        Import, KIND_FUNC, KIND_GLOBAL, KIND_MEMORY, KIND_TABLE, Leader, MODE_ACTIVE, MODE_DECLARED, MODE_PASSIVE,
        Memory, NO_INDEX, Pool, Section, SectionKind, Sig, SigDepth, Table,
        valtype::{EXTERNREF, FUNCREF, I32, I64},
        write::ImageBuilder,
    },
    op::{Op, Words},
};

/// An op with its fields in the row's order; those that do not fit are cut off.
pub(crate) fn words(op: Op, fields: &[i64]) -> Vec<u64> {
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
pub(crate) enum Item {
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
pub(crate) struct Fun {
    /// Everything but the ranges, which [`Module::bytes`] fills in.
    pub(crate) func: Func,
    pub(crate) code: Vec<u64>,
    pub(crate) leaders: Vec<Leader>,
}

impl Fun {
    pub(crate) fn new(sig: u32, frame: u16, depth: u32, credit: u16, flags: u16, body: Vec<Item>) -> Fun {
        let mut fun = Fun { func: Func { sig, frame, depth, credit, flags, ..Func::default() }, ..Fun::default() };
        fun.body(body);
        fun
    }

    pub(crate) fn body(&mut self, body: Vec<Item>) {
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
pub(crate) struct Module {
    pub(crate) header: Header,
    pub(crate) sigs: Vec<(Vec<u8>, Vec<u8>)>,
    pub(crate) imports: Vec<Import>,
    pub(crate) funcs: Vec<Fun>,
    pub(crate) brtab: Vec<u32>,
    pub(crate) sig_depths: Vec<u32>,
    pub(crate) pool: Vec<u64>,
    pub(crate) tables: Vec<Table>,
    pub(crate) memories: Vec<Memory>,
    pub(crate) globals: Vec<Global>,
    pub(crate) elems: Vec<Elem>,
    pub(crate) items: Vec<ElemItem>,
    pub(crate) datas: Vec<Data>,
    pub(crate) blob: Vec<u8>,
    pub(crate) exports: Vec<Export>,
    pub(crate) strings: Vec<u8>,
    pub(crate) limits: Limits,
    pub(crate) host: TestHost,
    /// Last changes to the sections.
    pub(crate) sections: fn(&mut ImageBuilder),
    /// Last changes to the bytes.
    pub(crate) patch: fn(&mut Vec<u8>),
}

/// Offers `env.log (i32)`, cost 10, capability 1, and `env.now () -> i64`, cost 5, capability 2.
#[derive(Clone, Copy)]
pub(crate) struct TestHost {
    pub(crate) cost: u32,
    pub(crate) may_sleep: bool,
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
pub(crate) const N_N: u32 = 0;
pub(crate) const N_L: u32 = 1;
pub(crate) const I_N: u32 = 2;
pub(crate) const L_L: u32 = 3;
pub(crate) const I_I: u32 = 4;
pub(crate) const II_I: u32 = 5;
pub(crate) const II_II: u32 = 6;
// Its functions, counted among those defined; two imported ones come first.
pub(crate) const MAIN: usize = 0;
pub(crate) const INC: usize = 1;
pub(crate) const SWAP: usize = 2;
pub(crate) const SCRATCH: usize = 3;
pub(crate) const IMPORTED: u32 = 2;
pub(crate) const NONE: u32 = NO_INDEX;

pub(crate) const STRINGS: &[u8] = "envlognowkvmaintü".as_bytes();

pub(crate) fn import(kind: u32, desc: u32, name: (u32, u32)) -> Import {
    Import { kind, desc, module: 0, module_len: 3, name: name.0, name_len: name.1, ..Import::default() }
}

/// A valid image with every kind of record, and every kind of field in `MAIN`.
pub(crate) fn base() -> Module {
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
        (Extend 7 4 3),
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
pub(crate) fn empty() -> Module {
    let header = Header { start: NO_INDEX, ..Header::default() };
    let module =
        Module { header, sigs: vec![], imports: vec![], funcs: vec![], brtab: vec![], sig_depths: vec![], ..base() };
    let module = Module { pool: vec![], tables: vec![], memories: vec![], globals: vec![], elems: vec![], ..module };
    Module { items: vec![], datas: vec![], blob: vec![], exports: vec![], strings: vec![], ..module }
}

impl Module {
    pub(crate) fn bytes(&self) -> Vec<u8> {
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

    pub(crate) fn check(&self) -> Result<(), kengine::check::CheckError> {
        self.check_with(&mut ())
    }

    pub(crate) fn check_with(&self, sink: &mut impl Sink) -> Result<(), kengine::check::CheckError> {
        check(&self.bytes(), &self.host, &self.limits, sink).map(|_| ())
    }

    /// Replaces the body of `SCRATCH`, `(i32, i32) -> i32`: frame 8, D 30, credit 100.
    pub(crate) fn scratch(&mut self, body: Vec<Item>) {
        self.funcs[SCRATCH].body(body);
    }

    /// Only `SCRATCH`, without the rest of the code.
    pub(crate) fn small(&mut self) {
        self.funcs[MAIN].body(body![(Ret)]);
        self.brtab.clear();
    }

    /// Class bounded with a fuel claim, in a context that takes nothing else.
    pub(crate) fn bounded(&mut self) {
        self.small();
        (self.header.class, self.header.fuel_claim, self.limits.bounded_only) = (1, 1000, true);
    }
}

/// The section record of a kind in the bytes of an image.
pub(crate) fn section_at(bytes: &[u8], kind: SectionKind) -> (usize, Section) {
    let places = (Header::LEN..).step_by(Section::LEN);
    let mut all = places.map(|at| (at, Section::read(&bytes[at..]).unwrap()));
    all.find(|(_, s)| s.kind == kind as u32).unwrap()
}

/// Changes the section record of a kind.
pub(crate) fn patch_section(bytes: &mut [u8], kind: SectionKind, change: impl Fn(&mut Section)) {
    let (at, mut section) = section_at(bytes, kind);
    change(&mut section);
    bytes[at..at + Section::LEN].copy_from_slice(&section.to_bytes());
}
