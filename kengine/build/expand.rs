//! Families and singles of the op table to rows.

use crate::isa::{At, CHAINS, Effects, FAMILIES, Family, Field, GROUPS, Group, Kind, SINGLES, Shape};

/// One op as the generated code will describe it.
#[derive(Clone)]
pub struct Row {
    pub name: String,
    pub doc: String,
    pub fields: Vec<Field>,
    pub words: u8,
    pub weight: u16,
    pub effects: Effects,
    /// How its handler is made.
    pub make: Make,
}

/// What a row's handler is made of.
#[derive(Clone)]
pub enum Make {
    /// Written by hand.
    Single,
    /// From the function of a family.
    Family(Template),
    /// From the functions of these families, by its last field.
    Group(Vec<&'static Family>),
    /// From the bodies of other rows, which follow each other.
    Chain(Chain),
}

/// A family row.
#[derive(Clone)]
pub struct Template {
    pub family: &'static Family,
    pub form: String,
}

/// Ops that follow each other.
#[derive(Clone)]
pub struct Chain {
    /// Names of their rows.
    pub ops: Vec<String>,
    /// How many of them have their fields in the first word.
    pub in_first: usize,
}

impl Row {
    /// Rust name of the opcode: `i32_add_ss` is `I32AddSs`.
    pub fn variant(&self) -> String {
        camel(&self.name)
    }

    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.name == name)
    }
}

pub fn camel(name: &str) -> String {
    name.split('_')
        .map(|w| {
            let mut chars = w.chars();
            chars.next().map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
        })
        .collect()
}

/// All rows, in opcode order (the first has opcode 1).
pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for single in SINGLES {
        rows.push(row(single.name.into(), single.doc.into(), single.fields, single.effects, Make::Single));
    }
    for family in FAMILIES {
        for form in family.forms.split_whitespace() {
            expand(family, form, &mut rows);
        }
    }
    rows.extend(GROUPS.iter().map(group));
    for family in FAMILIES {
        let groups = GROUPS.iter().filter(|group| group.families.contains(&family.name)).count();
        assert_eq!(groups, usize::from(family.forms.is_empty()), "{}: rows of its own, or one group", family.name);
    }
    for ops in CHAINS {
        let find = |name: &str| {
            rows.iter().find(|r| r.name == name).unwrap_or_else(|| panic!("a chain with `{name}`, which is no row"))
        };
        let chain = chain(&ops.split(' ').map(find).collect::<Vec<_>>());
        rows.push(chain);
    }
    for ops in CHAINS.iter().filter(|ops| ops.ends_with("br_table") || ops.ends_with("br_table_a")) {
        assert!(CHAINS.contains(&format!("{ops}_pay").as_str()), "the chain `{ops}` lacks its `_pay` form");
    }
    let mut names: Vec<_> = rows.iter().map(|r| &r.name).collect();
    names.sort();
    assert!(names.windows(2).all(|w| w[0] != w[1]), "two rows of the op table share a name");
    rows
}

/// The row of a group.
fn group(group: &'static Group) -> Row {
    let find = |name: &&str| FAMILIES.iter().find(|f| f.name == *name).unwrap_or_else(|| panic!("no family `{name}`"));
    let families: Vec<&Family> = group.families.iter().map(find).collect();
    let mut fields = vec![("dst", Kind::Dst)];
    match families[0].shape {
        Shape::Binary => fields.extend([("lhs", Kind::Src), ("rhs", Kind::Src)]),
        Shape::Unary => fields.push(("arg", Kind::Src)),
        _ => panic!("{}: a group of neither binary nor unary operators", group.name),
    }
    assert!(families.iter().all(|f| f.shape == families[0].shape), "{}: two shapes in a group", group.name);
    let traps = |f: &Family| f.effects.contains(Effects::TRAPS);
    assert!(families.iter().all(|f| traps(f) == traps(families[0])), "{}: not all may trap", group.name);
    fields.push(("which", Kind::Which(families.len() as u8))); // CAST: a few
    let effects = families.iter().fold(Effects::ACC_SET, |all, f| all | f.effects);
    let names = families.iter().enumerate().map(|(i, f)| format!("{i} `{}`", f.name)).collect::<Vec<_>>().join(", ");
    row(group.name.into(), format!("the operator that `which` says: {names}"), &fields, effects, Make::Group(families))
}

fn expand(family: &'static Family, form: &str, rows: &mut Vec<Row>) {
    let (form, pays_only) = match form.strip_suffix("_pay") {
        Some(form) => (form, true),
        None => (form, false),
    };
    let (inputs, no_store) = match form.strip_suffix("_n") {
        Some(inputs) => (inputs, true),
        None => (form, false),
    };
    let mut fields: Vec<(&'static str, Kind)> = Vec::new();
    let mut effects = family.effects;
    let mut input = |fields: &mut Vec<_>, name, letter| match letter {
        's' => fields.push((name, Kind::Src)),
        'i' => fields.push((name, Kind::Imm16)),
        'a' => effects |= Effects::ACC_IN,
        _ => panic!("{}: unknown form letter {letter}", family.name),
    };
    let letters: Vec<char> = inputs.chars().collect();
    if !no_store && matches!(family.shape, Shape::Binary | Shape::Unary | Shape::Load) {
        fields.push(("dst", Kind::Dst));
    }
    match (family.shape, inputs) {
        (Shape::Binary | Shape::BranchCmp(_), _) => {
            input(&mut fields, "lhs", letters[0]);
            input(&mut fields, "rhs", letters[1]);
        }
        (Shape::Unary, _) => input(&mut fields, "arg", letters[0]),
        (Shape::Load, "far") => fields.extend([("addr", Kind::Src), ("off", Kind::Off32)]),
        (Shape::Load, "abs") => fields.push(("off", Kind::Off32)),
        (Shape::Load, _) => {
            input(&mut fields, "addr", letters[0]);
            fields.push(("off", Kind::Off16));
        }
        (Shape::Store, "far") => {
            fields.extend([("addr", Kind::Src), ("value", Kind::Src), ("off", Kind::Off32)]);
        }
        (Shape::Store, "abs") => fields.extend([("value", Kind::Src), ("off", Kind::Off32)]),
        (Shape::Store, _) => {
            input(&mut fields, "addr", letters[0]);
            input(&mut fields, "value", letters[1]);
            fields.push(("off", Kind::Off16));
        }
        (Shape::Loop, _) => {
            fields.push(("var", Kind::SrcDst));
            if inputs != "u" {
                fields.push(("step", Kind::Imm16));
            }
            match inputs {
                "z" => {}
                "u" => fields.push(("limit", Kind::Src)),
                _ => input(&mut fields, "limit", letters[0]),
            }
            fields.push(("to", Kind::Leader16));
        }
    }
    let name = format!("{}_{form}", family.name);
    let template = || Make::Family(Template { family, form: inputs.into() });
    match family.shape {
        Shape::BranchCmp(_) => {
            fields.push(("to", Kind::Leader16));
            // A charge of nothing is cheap enough where branches are few or mostly not taken.
            if !pays_only {
                rows.push(row(name.clone(), family.doc.into(), &fields, effects, template()));
            }
            let doc = format!("{}; charges", family.doc);
            rows.push(row(name + "_pay", doc, &fields, effects | Effects::PAY, template()));
        }
        Shape::Loop => {
            let effects = effects | Effects::PAY | Effects::ACC_SET;
            let doc = format!("{}; charges", family.doc);
            rows.push(row(name + "_pay", doc, &fields, effects, template()));
        }
        Shape::Store => rows.push(row(name, family.doc.into(), &fields, effects, template())),
        Shape::Binary | Shape::Unary | Shape::Load => {
            let effects = effects | Effects::ACC_SET;
            rows.push(row(name, family.doc.into(), &fields, effects, template()));
        }
    }
}

/// Places the fields in the encoding.
fn row(name: String, doc: String, fields: &[(&'static str, Kind)], effects: Effects, make: Make) -> Row {
    let narrow = [At::A, At::B, At::C, At::D, At::E, At::F];
    let mut used = [false; 6];
    let mut placed = Vec::new();
    for &(field, kind) in fields {
        let at = if kind.is_wide() {
            if used[1] || used[2] {
                assert!(!used[4] && !used[5], "{name}: no room for {field}");
                (used[4], used[5]) = (true, true);
                At::Ef
            } else {
                (used[1], used[2]) = (true, true);
                At::Bc
            }
        } else {
            let free = used.iter().position(|u| !u);
            let free = free.unwrap_or_else(|| panic!("{name}: no room for {field}"));
            used[free] = true;
            narrow[free]
        };
        placed.push(Field { name: field, kind, at });
    }
    let words = if used[3..].contains(&true) { 2 } else { 1 };
    let weight = if effects.contains(Effects::SLOW) {
        8
    } else if effects.contains(Effects::CALL) {
        2
    } else {
        1
    };
    Row { name, doc, fields: placed, words, weight, effects, make }
}

/// One-word ops in one. If they fit, it has one word, too, else two.
fn chain(ops: &[&Row]) -> Row {
    let name = ops.iter().map(|op| op.name.as_str()).collect::<Vec<_>>().join("_then_");
    let leaves = Effects::PAY | Effects::TERMINATOR;
    let outside = Effects::CALL | Effects::RET | Effects::SLOW | Effects::ACC_CLOBBER;
    let has = |op: &Row, kinds: fn(Kind) -> bool| op.fields.iter().any(|f| kinds(f.kind));
    let jumps = |op: &Row| has(op, |kind| matches!(kind, Kind::Leader16 | Kind::Leader32 | Kind::BrTable));
    let (last, before) = ops.split_last().expect("at least two ops");
    assert!(
        before.iter().all(|op| !op.effects.intersects(leaves) && !jumps(op)),
        "{name}: all but the last must go on with the next"
    );
    assert!(ops.iter().all(|op| !op.effects.intersects(outside)), "{name}: none may leave the loop half done");
    let counts = |op: &Row| has(op, |kind| matches!(kind, Kind::Count | Kind::Window(_) | Kind::Fuel));
    assert!(ops.iter().all(|op| op.words == 1 && !counts(op)), "{name}: ops with a count or window stand alone");
    assert!(!matches!(last.make, Make::Chain(_)), "{name}: chains are of ops");
    // Where the second word begins: as late as can be.
    let halves = (1..=ops.len()).rev().find_map(|at| Some((at, word(&ops[..at])?, word(&ops[at..])?)));
    let (in_first, mut fields, second) = halves.unwrap_or_else(|| panic!("{name}: does not fit two words"));
    let words = if in_first == ops.len() { 1 } else { 2 };
    fields.extend(second.into_iter().map(|f| Field { at: below(f.at), ..f }));
    // What the others read from the accumulator, one before may have put there.
    let mut effects = ops.iter().fold(Effects::empty(), |all, op| all | op.effects);
    let sets = ops.iter().position(|op| op.effects.contains(Effects::ACC_SET)).unwrap_or(ops.len());
    let reads = ops.iter().position(|op| op.effects.contains(Effects::ACC_IN)).unwrap_or(usize::MAX);
    effects.set(Effects::ACC_IN, reads <= sets);
    let doc = ops.iter().map(|op| op.doc.as_str()).collect::<Vec<_>>().join(", then ");
    let make = Make::Chain(Chain { ops: ops.iter().map(|op| op.name.clone()).collect(), in_first });
    Row { name, doc, fields, words, weight: ops.iter().map(|op| op.weight).sum(), effects, make }
}

/// The place in the second word.
fn below(at: At) -> At {
    match at {
        At::A => At::D,
        At::B => At::E,
        At::C => At::F,
        At::Bc => At::Ef,
        _ => unreachable!("one word"),
    }
}

/// Places in one word for the fields of all these ops, if they fit and at most one may trap.
fn word(ops: &[&Row]) -> Option<Vec<Field>> {
    if ops.iter().filter(|op| op.effects.contains(Effects::TRAPS)).count() > 1 {
        return None;
    }
    let mut used = [false; 3];
    let mut all = Vec::new();
    for op in ops {
        let mut fields = Vec::new();
        for field in &op.fields {
            let at = if field.kind.is_wide() {
                let free = !used[1] && !used[2];
                (used[1], used[2]) = (true, true);
                free.then_some(At::Bc)?
            } else {
                let free = used.iter().position(|used| !used)?;
                used[free] = true;
                [At::A, At::B, At::C][free]
            };
            fields.push(Field { at, ..*field });
        }
        // A handler written by hand finds its fields where it has them alone.
        if matches!(op.make, Make::Single) && fields != op.fields {
            return None;
        }
        all.extend(fields);
    }
    Some(all)
}
