//! Rows to Rust source.

use crate::{
    expand::{Chain, Make, Row, Template, camel},
    isa::{At, Effects, FAMILIES, Family, Field, Kind, Shape},
};
use std::fmt::Write;

/// `ops.rs`: opcode enum, row data, families.
pub fn ops(rows: &[Row]) -> String {
    let mut s = String::new();
    let n = rows.len();
    let w = &mut s;
    put(w, &format!("/// Number of opcodes; they are `1 ..= OP_COUNT`.\npub const OP_COUNT: usize = {n};\n"));
    put(
        w,
        "/// An opcode: one row of the op table.\n#[repr(u16)]\n#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]\npub enum Op {\n",
    );
    for (i, row) in rows.iter().enumerate() {
        put(w, &format!("/// {}\n{} = {},\n", row.doc, row.variant(), i + 1));
    }
    put(w, "}\n/// Every opcode, in order.\npub static OPS: [Op; OP_COUNT] = [\n");
    for row in rows {
        put(w, &format!("Op::{},", row.variant()));
    }
    put(w, "];\n/// The rows, in opcode order.\npub static ROWS: [Row; OP_COUNT] = [\n");
    for row in rows {
        let mut fields = String::new();
        let mut kinds = 0_u32;
        let mut free = [!0xffff_u64; 2];
        let (mut reads, mut writes, mut slots) = (0_u8, 0_u8, 0_u8);
        for f in &row.fields {
            kinds |= 1 << f.kind.number();
            let (second, shift, mask) = f.at.place();
            let lane = 1 << f.at.lane();
            match f.kind {
                Kind::Src | Kind::SrcDst => reads |= lane,
                Kind::Dst => writes |= lane,
                Kind::CallBase | Kind::Window(_) => slots |= lane,
                _ => {}
            }
            free[usize::from(second)] &= !(mask << shift);
            let _ = write!(fields, "Field {{ name: {:?}, kind: Kind::{:?}, at: At::{:?} }},", f.name, f.kind, f.at);
        }
        put(
            w,
            &format!(
                "Row {{ name: {:?}, fields: &[{fields}], words: {}, weight: {}, effects: Effects::from_bits_retain({}), kinds: {kinds:#x}, reads: Lanes({reads:#x}), writes: Lanes({writes:#x}), slots: Lanes({:#x}), free: Words {{ first: {:#x}, ext: {:#x} }} }},\n",
                row.name,
                row.words,
                row.weight,
                row.effects.bits(),
                reads | writes | slots,
                free[0],
                free[1],
            ),
        );
    }
    put(w, "];\n");
    variants(w, rows);
    chains(w, rows);
    families(w, rows);
    s
}

/// From an op to its relatives: the form that drops the store, the form that pays.
fn variants(w: &mut String, rows: &[Row]) {
    for (method, suffix, doc) in [
        ("no_store", "_n", "The same op without the store of its result to a slot, if there is one."),
        ("paying", "_pay", "The same branch with a charge on its taken edge, if there is one."),
    ] {
        let mut entries = Vec::new();
        for row in rows {
            if let Some(other) = rows.iter().find(|r| r.name == format!("{}{suffix}", row.name)) {
                entries.push((row.variant(), format!("Some(Op::{})", other.variant())));
            }
        }
        put(w, &format!("impl Op {{\n/// {doc}\n#[inline]\npub const fn {method}(self) -> Option<Op> {{\n"));
        by_op(w, "Option<Op>", "None", &entries);
        put(w, "}\n}\n");
    }
}

/// The end of a function of the op `self`: what a table has for it, or `none`. A load, where a match would be a jump.
fn by_op(w: &mut String, ty: &str, none: &str, entries: &[(String, String)]) {
    put(w, &format!("const TABLE: [{ty}; OP_COUNT + 1] = {{\nlet mut table = [{none}; OP_COUNT + 1];\n"));
    for (op, value) in entries {
        put(w, &format!("table[Op::{op} as usize] = {value};\n"));
    }
    put(
        w,
        "table\n};\n#[allow(clippy::indexing_slicing, reason = \"opcodes are at most OP_COUNT\")]\nTABLE[self as usize]\n",
    );
}

/// From ops that follow each other to the one that does the work of all, and back. Nodes of a tree: what has been
/// seen so far.
fn chains(w: &mut String, rows: &[Row]) {
    let all =
        || rows.iter().filter_map(|row| if let Make::Chain(chain) = &row.make { Some((row, chain)) } else { None });
    // Every beginning of a chain; a node is its index.
    let mut nodes: Vec<&[String]> = Vec::new();
    for (_, chain) in all() {
        for len in 1..=chain.ops.len() {
            if !nodes.contains(&&chain.ops[..len]) {
                nodes.push(&chain.ops[..len]);
            }
        }
    }
    let node = |ops: &[String]| nodes.iter().position(|other| *other == ops).expect("just noted");
    put(
        w,
        "/// Beginning of ops that one op may do the work of.\n#[derive(Clone, Copy, PartialEq, Eq, Debug)]\npub struct Chain(u16);\nimpl Op {\n/// A chain that begins with this op, if there is any.\n#[inline]\npub const fn chain(self) -> Option<Chain> {\n",
    );
    let one = nodes.iter().filter(|ops| ops.len() == 1);
    let starts: Vec<_> = one.map(|ops| (camel(&ops[0]), format!("Some(Chain({}))", node(ops)))).collect();
    by_op(w, "Option<Chain>", "None", &starts);
    put(w, "}\n/// Whether it can stand in a chain behind others.\n#[inline]\npub const fn follows(self) -> bool {\n");
    let behind = all().flat_map(|(_, chain)| &chain.ops[1..]);
    let mut behind: Vec<_> = behind.map(|op| (camel(op), "true".to_string())).collect();
    behind.sort();
    behind.dedup();
    by_op(w, "bool", "false", &behind);
    put(
        w,
        "}\n}\nimpl Chain {\n/// With another op behind it, if there is such a chain.\npub const fn then(self, op: Op) -> Option<Chain> {\nmatch (self.0, op) {\n",
    );
    for ops in nodes.iter().filter(|ops| ops.len() > 1) {
        let (last, before) = ops.split_last().expect("longer than 1");
        put(w, &format!("({}, Op::{}) => Some(Chain({})),\n", node(before), camel(last), node(ops)));
    }
    put(
        w,
        "_ => None,\n}\n}\n/// The op that does the work of all so far, if there is one.\npub const fn op(self) -> Option<Op> {\nmatch self.0 {\n",
    );
    for (row, chain) in all() {
        put(w, &format!("{} => Some(Op::{}),\n", node(&chain.ops), row.variant()));
    }
    put(
        w,
        "_ => None,\n}\n}\n}\n/// What a chain is made of.\n#[derive(Clone, Copy, PartialEq, Eq, Debug)]\npub struct Parts {\n/// The ops that it does the work of.\npub ops: &'static [Op],\n/// How many of them have their fields in the first word.\npub in_first: usize,\n}\nimpl Op {\n/// What this op is made of, if it is a chain.\npub const fn parts(self) -> Option<Parts> {\nmatch self {\n",
    );
    for (row, chain) in all() {
        let ops: String = chain.ops.iter().map(|op| format!("Op::{},", camel(op))).collect();
        put(w, &format!("Op::{} => Some(Parts {{ ops: &[{ops}], in_first: {} }}),\n", row.variant(), chain.in_first));
    }
    put(w, "_ => None,\n}\n}\n}\n");
}

/// The families and, for each, which forms exist: what `lower` asks.
fn families(w: &mut String, rows: &[Row]) {
    put(
        w,
        "/// A family of rows that differ in where their operands come from.\n#[repr(u16)]\n#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]\npub enum Family {\n",
    );
    for family in FAMILIES {
        put(w, &format!("/// {}\n{},\n", family.doc, camel(family.name)));
    }
    put(
        w,
        "}\nimpl Family {\n/// The op of this family with the given form (`\"ss\"`, `\"ai_n\"`, `\"si_pay\"`, …), if there is one.\n#[inline]\npub const fn op(self, form: Form) -> Option<Op> {\n",
    );
    put(
        w,
        &format!(
            "const TABLE: [[Option<Op>; FORMS]; {0}] = {{\nlet mut table = [[None; FORMS]; {0}];\n",
            FAMILIES.len()
        ),
    );
    for row in rows {
        if let Make::Family(t) = &row.make {
            let form = form(rows, row, t);
            put(
                w,
                &format!(
                    "table[Family::{} as usize][Form::{} as usize] = Some(Op::{});\n",
                    camel(t.family.name),
                    camel(&form),
                    row.variant()
                ),
            );
        }
    }
    let mut which = String::new();
    for row in rows {
        let Make::Group(families) = &row.make else { continue };
        let form = camel(if row.field("arg").is_some() { "s" } else { "ss" });
        for (i, family) in families.iter().enumerate() {
            let name = camel(family.name);
            put(w, &format!("table[Family::{name} as usize][Form::{form} as usize] = Some(Op::{});\n", row.variant()));
            let _ = writeln!(which, "Family::{name} => Some({i}),");
        }
    }
    put(
        w,
        &format!(
            "table\n}};\n#[allow(clippy::indexing_slicing, reason = \"both are below the table's lengths\")]\nTABLE[self as usize][form as usize]\n}}\n/// What its op's last field must say, if it shares a row with others.\n#[inline]\npub const fn which(self) -> Option<u32> {{\nmatch self {{\n{which}_ => None,\n}}\n}}\n}}\n",
        ),
    );
    let mut forms: Vec<String> = Vec::new();
    for row in rows {
        if let Make::Family(t) = &row.make {
            let form = form(rows, row, t);
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
    }
    put(w, &format!("const FORMS: usize = {};\n", forms.len()));
    put(
        w,
        "/// Where a family's operands come from and whether the result is stored; see the naming rules.\n#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]\n#[allow(missing_docs, reason = \"the naming rules of the op table describe them\")]\npub enum Form {\n",
    );
    for form in &forms {
        put(w, &format!("{},", camel(form)));
    }
    put(w, "}\n");
}

/// Form of a family row, as `lower` asks for it: the one that pays is asked for by its own name only if
/// there is another.
fn form(rows: &[Row], row: &Row, template: &Template) -> String {
    let form = &row.name[template.family.name.len() + 1..];
    let plain = row.name.strip_suffix("_pay");
    match plain.filter(|plain| rows.iter().all(|r| r.name != *plain)) {
        Some(_) => form.trim_end_matches("_pay").to_string(),
        None => form.to_string(),
    }
}

/// What second handlers differ in from a row's own.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Second {
    /// Floats by SSE2 instructions.
    sse: bool,
    /// Addresses that stay in bounds under speculation.
    mask: bool,
}

const OWN: Second = Second { sse: false, mask: false };

impl Second {
    /// Handlers that a row may have besides its own.
    const ALL: [Second; 3] =
        [Second { sse: true, mask: false }, Second { sse: false, mask: true }, Second { sse: true, mask: true }];

    /// What both have.
    fn and(self, other: Second) -> Second {
        Second { sse: self.sse && other.sse, mask: self.mask && other.mask }
    }

    fn or(self, other: Second) -> Second {
        Second { sse: self.sse || other.sse, mask: self.mask || other.mask }
    }
}

/// In what second handlers of the row differ from its own.
fn second(rows: &[Row], row: &Row) -> Second {
    match &row.make {
        Make::Family(template) => family_second(template.family).map_or(OWN, |(second, _)| second),
        Make::Group(families) => {
            let seconds = families.iter().filter_map(|family| family_second(family));
            seconds.fold(OWN, |all, (second, _)| all.or(second))
        }
        Make::Chain(chain) => chain.ops.iter().map(|op| second(rows, find(rows, op))).fold(OWN, Second::or),
        Make::Single => OWN,
    }
}

/// Second handlers of the row.
fn seconds(rows: &[Row], row: &Row) -> Vec<Second> {
    let all = second(rows, row);
    Second::ALL.into_iter().filter(|second| second.and(all) == *second).collect()
}

/// What a family row's second handler differs in, and the function that computes it.
fn family_second(family: &Family) -> Option<(Second, String)> {
    // What `exec/float.rs` does by integers is the same with and without a float unit.
    let (_, function) = family.body.split_once("::")?;
    let by_integers = ["_ceil", "_floor", "_trunc", "_nearest"].iter().any(|end| function.ends_with(end));
    match family.shape {
        Shape::Load | Shape::Store => Some((Second { mask: true, ..OWN }, format!("{}::<true>", family.body))),
        _ if family.effects.contains(Effects::FLOAT) && !by_integers => {
            Some((Second { sse: true, ..OWN }, format!("sse::{function}")))
        }
        _ => None,
    }
}

/// Name of a row's handler.
fn handler_name(row: &Row, second: Second) -> String {
    let (sse, mask) = (if second.sse { "_sse" } else { "" }, if second.mask { "_masked" } else { "" });
    format!("{}{sse}{mask}", row.name)
}

/// `handlers.rs`: bodies of family rows, field accessors of singles, the list for the dispatch modes.
pub fn handlers(rows: &[Row]) -> String {
    let mut s = String::new();
    let w = &mut s;
    for row in rows {
        match &row.make {
            Make::Single => accessors(w, row),
            _ => {
                for second in [OWN].into_iter().chain(seconds(rows, row)) {
                    handler(w, rows, row, &handler_name(row, second), second);
                }
            }
        }
    }
    put(
        w,
        "/// Calls `$m!` with every handler, `(name, Variant, words, number)`: the rows' own, numbered as the opcodes\n/// are, then the second ones, with patterns of the forms that take them: SSE, masks.\nmacro_rules! for_each_handler { ($m:ident) => { $m! {\nrows {\n",
    );
    for (number, row) in (1..).zip(rows) {
        put(w, &format!("({}, {}, {}, {number})\n", row.name, row.variant(), row.words));
    }
    put(w, "} alternates {\n");
    let all = || rows.iter().flat_map(|row| seconds(rows, row).into_iter().map(move |second| (row, second)));
    for (number, (row, this)) in (rows.len() + 1..).zip(all()) {
        let name = handler_name(row, this);
        // A row that floats are nothing to does not ask for them.
        let most = second(rows, row);
        let pattern = |this: bool, most: bool| if most { format!("{this}") } else { "_".into() };
        let (sse, mask) = (pattern(this.sse, most.sse), pattern(this.mask, most.mask));
        put(w, &format!("({name}, {}, {}, {number}, {sse}, {mask})\n", row.variant(), row.words));
    }
    put(w, "} } } }\npub(crate) use for_each_handler;\n");
    put(
        w,
        "impl crate::op::Op {\n/// Names of the second handlers that the op has.\npub const fn alternates(self) -> &'static [&'static str] {\nuse crate::op::Op;\nmatch self {\n",
    );
    for row in rows {
        let names: Vec<String> = seconds(rows, row).iter().map(|second| handler_name(row, *second)).collect();
        if !names.is_empty() {
            put(w, &format!("Op::{} => &{names:?},\n", row.variant()));
        }
    }
    put(w, "_ => &[],\n}\n}\n}\n");
    s
}

/// Expression that reads the raw field.
fn raw(at: At) -> &'static str {
    match at {
        At::A => "r.a()",
        At::B => "r.b()",
        At::C => "r.c()",
        At::Bc => "r.bc()",
        At::D => "r.d()",
        At::E => "r.e()",
        At::F => "r.f()",
        At::Ef => "r.ef()",
    }
}

/// Expression for the 64-bit value of an input.
fn input(row: &Row, name: &str) -> String {
    match row.field(name) {
        None => "r.acc".into(),
        Some(f) => match f.kind {
            Kind::Src | Kind::SrcDst => format!("r.slot({})", raw(f.at)),
            Kind::Imm16 => format!("r.imm16({})", raw(f.at)),
            _ => panic!("{}: {name} is no input", row.name),
        },
    }
}

/// One body of a family row: `name`, around `function`.
fn body(w: &mut String, row: &Row, template: &Template, name: &str, function: &str) {
    let (shape, form) = (template.family.shape, template.form.as_str());
    put(
        w,
        &format!(
            "/// {}\n/// # Safety\n/// V1-V4: `r` stands on a linked `{}` cell.\n#[inline(always)]\npub(crate) unsafe fn {name}(c: &mut Ctx, r: &mut Regs) -> Flow {{\nlet _ = &c;\n",
            row.doc, row.name
        ),
    );
    let traps = row.effects.contains(Effects::TRAPS);
    let unwrap = if traps { "let v = match v { Ok(v) => v, Err(code) => return Flow::Trap(code) };\n" } else { "" };
    // SAFETY of the generated blocks: V1 (slots inside the frame), V2 (cell has these fields).
    put(
        w,
        "// SAFETY: V1 and V2, by the contract of this function.\n#[allow(unused_unsafe, reason = \"generated\")]\nunsafe {\n",
    );
    match shape {
        Shape::Binary | Shape::Unary => {
            let args = if shape == Shape::Binary {
                format!("Value::from_slot({}), Value::from_slot({})", input(row, "lhs"), input(row, "rhs"))
            } else {
                format!("Value::from_slot({})", input(row, "arg"))
            };
            put(w, &format!("let v = {function}({args});\n{unwrap}"));
            if let Some(dst) = row.field("dst") {
                put(w, &format!("Value::write(v, r.place({}));\n", raw(dst.at)));
            }
            put(w, "r.acc = Value::to_slot(v);\n");
            put(w, "Flow::Next\n");
        }
        Shape::Load => {
            let addr = if form == "abs" { "0".into() } else { input(row, "addr") };
            let off = raw(row.field("off").expect("loads have an offset").at);
            put(w, &format!("let v = {function}(r, {addr}, u64::from({off}));\n{unwrap}"));
            result(w, row);
            put(w, "Flow::Next\n");
        }
        Shape::Store => {
            let addr = if form == "abs" { "0".into() } else { input(row, "addr") };
            let off = raw(row.field("off").expect("stores have an offset").at);
            let value = input(row, "value");
            put(w, &format!("let v = {function}(r, {addr}, u64::from({off}), {value});\n"));
            put(w, "match v { Ok(()) => Flow::Next, Err(code) => Flow::Trap(code) }\n");
        }
        Shape::BranchCmp(negated) => {
            let not = if negated { "!" } else { "" };
            let to = raw(row.field("to").expect("branches have a target").at);
            put(
                w,
                &format!(
                    "if {not}{function}(Value::from_slot({}), Value::from_slot({})) {{\nr.jump16({to});\n{}\n}} else {{ Flow::Next }}\n",
                    input(row, "lhs"),
                    input(row, "rhs"),
                    if row.effects.contains(Effects::PAY) { "c.pay(x)" } else { "Flow::Jump" }
                ),
            );
        }
        Shape::Loop => {
            let var = raw(row.field("var").expect("loops have a variable").at);
            let to = raw(row.field("to").expect("loops have a target").at);
            put(
                w,
                &format!(
                    "let v = int::i32_add(Value::from_slot({}), Value::from_slot({}));\nlet limit = {};\nlet v = Value::to_slot(v);\nr.set({var}, v);\nr.acc = v;\nif {function}(Value::from_slot(v), Value::from_slot(limit)) {{\nr.jump16({to});\nc.pay(x)\n}} else {{ Flow::Next }}\n",
                    input(row, "var"),
                    if form == "u" { "1".into() } else { input(row, "step") },
                    if form == "z" { "0".into() } else { input(row, "limit") },
                ),
            );
        }
    }
    put(w, "}\n}\n");
    // The charge must be read before the jump moves `ip`.
    if row.effects.contains(Effects::PAY) {
        let at = w.rfind("#[allow(unused_unsafe").expect("just written");
        let open = at + w[at..].find("unsafe {\n").expect("just written") + "unsafe {\n".len();
        w.insert_str(open, "let x = r.x();\n");
    }
}

/// The row of that name.
fn find<'r>(rows: &'r [Row], name: &str) -> &'r Row {
    rows.iter().find(|r| r.name == name).expect("a row")
}

/// The body of a row that is not written by hand, for operands where the row's fields say; its second handler as far
/// as it has one.
fn handler(w: &mut String, rows: &[Row], row: &Row, name: &str, second: Second) {
    match &row.make {
        Make::Family(t) => body(w, row, t, name, &function(t.family, second)),
        Make::Group(families) => group_body(w, row, families, name, second),
        Make::Chain(chain) => chain_body(w, rows, row, chain, name, second),
        Make::Single => panic!("{}: a body written by hand", row.name),
    }
}

/// The function that computes a family, its second form as far as it has one.
fn function(family: &Family, second: Second) -> String {
    match family_second(family).filter(|(other, _)| other.and(second) == *other) {
        Some((_, function)) => function,
        None if matches!(family.shape, Shape::Load | Shape::Store) => format!("{}::<false>", family.body),
        None => family.body.into(),
    }
}

/// The body of a group's row: the checker has seen that the last field is the index of one of its families.
fn group_body(w: &mut String, row: &Row, families: &[&Family], name: &str, second: Second) {
    let args = match families[0].shape {
        Shape::Binary => {
            format!("Value::from_slot({}), Value::from_slot({})", input(row, "lhs"), input(row, "rhs"))
        }
        _ => format!("Value::from_slot({})", input(row, "arg")),
    };
    let unwrap = if row.effects.contains(Effects::TRAPS) {
        "let v = match v { Ok(v) => v, Err(code) => return Flow::Trap(code) };\n"
    } else {
        ""
    };
    let which = raw(row.field("which").expect("groups have one").at);
    let mut arms = String::new();
    for (i, family) in families.iter().enumerate() {
        let index = if i + 1 == families.len() { "_".into() } else { i.to_string() };
        let function = function(family, second);
        let _ = writeln!(arms, "{index} => {{\nlet v = {function}({args});\n{unwrap}Value::to_slot(v)\n}}");
    }
    put(
        w,
        &format!(
            "/// {}\n/// # Safety\n/// V1-V4: `r` stands on a linked `{}` cell.\n#[inline(always)]\npub(crate) unsafe fn {name}(_: &mut Ctx, r: &mut Regs) -> Flow {{\n// SAFETY: V1 and V2, by the contract of this function.\nunsafe {{\nlet v = match {which} {{\n{arms}}};\n",
            row.doc, row.name
        ),
    );
    result(w, row);
    put(w, "Flow::Next\n}\n}\n");
}

/// One body after the other. Those in the second word find their fields there as if it were the first, and the charge,
/// which stands in both; distances count from the first. On a trap, `ip` says in which word.
fn chain_body(w: &mut String, rows: &[Row], row: &Row, chain: &Chain, name: &str, form: Second) {
    let traps = |ops: &[String]| ops.iter().any(|op| find(rows, op).effects.contains(Effects::TRAPS));
    let (first, second) = chain.ops.split_at(chain.in_first);
    let mut fields = row.fields.iter();
    let mut calls = String::new();
    for (i, op) in chain.ops.iter().enumerate() {
        let op = find(rows, op);
        let at = |at| match at {
            At::D => At::A,
            At::E => At::B,
            At::F => At::C,
            At::Ef => At::Bc,
            first => first,
        };
        let fields: Vec<Field> = fields.by_ref().take(op.fields.len()).map(|f| Field { at: at(f.at), ..*f }).collect();
        let part = if fields != op.fields {
            let part = format!("{name}_{i}");
            handler(w, rows, &Row { fields, ..op.clone() }, &part, form);
            part
        } else {
            handler_name(op, self::second(rows, op).and(form))
        };
        if i == first.len() {
            calls += "r.ip = r.ip.add(1);\n";
        }
        let last = i + 1 == chain.ops.len();
        if last && second.is_empty() {
            let _ = writeln!(calls, "{part}(c, r)");
        } else if last {
            let leave =
                if traps(first) && traps(second) { "if let Flow::Trap(_) = flow { return flow }\n" } else { "" };
            let _ = writeln!(calls, "let flow = {part}(c, r);\n{leave}r.ip = r.ip.sub(1);\nflow");
        } else if i < first.len() {
            let _ = writeln!(calls, "match {part}(c, r) {{ Flow::Next => {{}} other => return other }}");
        } else {
            // Back to the first word, unless it is a trap of the second.
            let back = if traps(first) { "" } else { "r.ip = r.ip.sub(1); " };
            let _ = writeln!(calls, "match {part}(c, r) {{ Flow::Next => {{}} other => {{ {back}return other }} }}");
        }
    }
    put(
        w,
        &format!(
            "/// {}\n/// # Safety\n/// V1-V6: `r` stands on a linked `{}` cell.\n#[inline(always)]\npub(crate) unsafe fn {name}(c: &mut Ctx, r: &mut Regs) -> Flow {{\n// SAFETY: V1-V6, by the contract of this function.\nunsafe {{\n{calls}}}\n}}\n",
            row.doc, row.name
        ),
    );
}

fn result(w: &mut String, row: &Row) {
    if let Some(dst) = row.field("dst") {
        put(w, &format!("r.set({}, v);\n", raw(dst.at)));
    }
    put(w, "r.acc = v;\n");
}

/// Typed view of a single's fields for its hand-written handler.
fn accessors(w: &mut String, row: &Row) {
    let name = row.variant();
    put(
        w,
        &format!(
            "/// Fields of `{}`: {}.\npub(crate) struct {name}Fields;\n#[allow(dead_code, reason = \"generated for every field\")]\nimpl {name}Fields {{\n",
            row.name, row.doc
        ),
    );
    for f in &row.fields {
        let at = raw(f.at);
        let (fname, safety) =
            (f.name, "/// # Safety\n/// V1 and V2: `r` stands on a cell of this op.\n#[inline(always)]\n");
        match f.kind {
            Kind::Src => {
                put(
                    w,
                    &format!(
                        "/// Value of slot `{fname}`.\n{safety}pub(crate) unsafe fn {fname}(r: &Regs) -> u64 {{\n// SAFETY: V1.\nunsafe {{ r.slot({at}) }}\n}}\n"
                    ),
                );
                put(
                    w,
                    &format!(
                        "/// Slot number of `{fname}`.\n{safety}pub(crate) unsafe fn {fname}_slot(r: &Regs) -> u16 {{\n// SAFETY: V2.\nunsafe {{ {at} }}\n}}\n"
                    ),
                );
            }
            Kind::Dst => {
                put(
                    w,
                    &format!(
                        "/// Writes slot `{fname}`.\n{safety}pub(crate) unsafe fn set_{fname}(r: &mut Regs, v: u64) {{\n// SAFETY: V1.\nunsafe {{ r.set({at}, v) }}\n}}\n"
                    ),
                );
                put(
                    w,
                    &format!(
                        "/// Slot number of `{fname}`.\n{safety}pub(crate) unsafe fn {fname}_slot(r: &Regs) -> u16 {{\n// SAFETY: V2.\nunsafe {{ {at} }}\n}}\n"
                    ),
                );
            }
            _ => {
                let ty = if f.kind.is_wide() { "u32" } else { "u16" };
                put(
                    w,
                    &format!(
                        "/// Field `{fname}`.\n{safety}pub(crate) unsafe fn {fname}(r: &Regs) -> {ty} {{\n// SAFETY: V2.\nunsafe {{ {at} }}\n}}\n"
                    ),
                );
            }
        }
    }
    put(w, "}\n");
}

fn put(w: &mut String, text: &str) {
    w.push_str(text);
}
