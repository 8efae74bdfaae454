//! Families and singles of the op table to rows.

use crate::isa::{At, Effects, FAMILIES, Family, Field, Kind, PAIRS, SINGLES, Shape};

/// One op as the generated code will describe it.
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
pub enum Make {
    /// Written by hand.
    Single,
    /// From the function of a family.
    Family(Template),
    /// From the handlers of two other rows, which follow each other.
    Pair(String, String),
}

/// A family row.
pub struct Template {
    pub family: &'static Family,
    pub form: String,
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
        for form in family.forms.split(' ') {
            expand(family, form, &mut rows);
        }
    }
    for (first, second) in PAIRS {
        let find = |name: &str| {
            rows.iter().find(|r| r.name == name).unwrap_or_else(|| panic!("a pair of `{name}`, which is no row"))
        };
        let pair = pair(find(first), find(second));
        rows.push(pair);
    }
    let mut names: Vec<_> = rows.iter().map(|r| &r.name).collect();
    names.sort();
    assert!(names.windows(2).all(|w| w[0] != w[1]), "two rows of the op table share a name");
    rows
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

/// Two one-word ops in one: the first word is the first op's, the second holds the fields of the other.
fn pair(first: &Row, second: &Row) -> Row {
    let name = format!("{}_then_{}", first.name, second.name);
    assert!(first.words == 1 && second.words == 1, "{name}: both must have one word");
    let leaves = Effects::PAY | Effects::TERMINATOR | Effects::CALL | Effects::SLOW | Effects::ACC_CLOBBER;
    let jumps = first.fields.iter().any(|f| matches!(f.kind, Kind::Leader16 | Kind::Leader32));
    assert!(!first.effects.intersects(leaves) && !jumps, "{name}: the first must go on with the second");
    let outside = Effects::CALL | Effects::RET | Effects::SLOW | Effects::ACC_CLOBBER;
    assert!(!second.effects.intersects(outside), "{name}: the second must not leave the loop half done");
    let counts = |row: &Row| row.fields.iter().any(|f| matches!(f.kind, Kind::Count | Kind::Window(_) | Kind::Fuel));
    assert!(!counts(first) && !counts(second), "{name}: ops with a count or window stand alone");
    let mut fields = first.fields.clone();
    for field in &second.fields {
        let at = match field.at {
            At::A => At::D,
            At::B => At::E,
            At::C => At::F,
            At::Bc => At::Ef,
            _ => unreachable!("one word"),
        };
        fields.push(Field { at, ..*field });
    }
    // What the second reads from the accumulator, the first may have put there.
    let mut effects = first.effects | second.effects;
    effects.set(
        Effects::ACC_IN,
        first.effects.contains(Effects::ACC_IN)
            || second.effects.contains(Effects::ACC_IN) && !first.effects.contains(Effects::ACC_SET),
    );
    let doc = format!("{}, then {}", first.doc, second.doc);
    let make = Make::Pair(first.name.clone(), second.name.clone());
    Row { name, doc, fields, words: 2, weight: first.weight + second.weight, effects, make }
}
