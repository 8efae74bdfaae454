//! Names of parameters from debug information.
//!
//! A subprogram of DWARF says where its parameters are when it is entered: in a local variable (`DW_OP_WASM_location 0`),
//! which is a parameter of wasm if its index is below their number; or in pieces, as a slice of Rust is, whose parts are
//! then named by the fields of its type, `values.length`. Unoptimised code keeps them in memory; there they count in
//! order, if there are as many as parameters of wasm.

use std::collections::HashMap;

use gimli::{AttributeValue, DebuggingInformationEntry, Dwarf, Operation, Unit, constants as dw};

use super::dwarf::{Reader, Sections};

/// Pieces of one parameter that are looked at.
const MAX_PIECES: usize = 8;

type Entry<'a> = DebuggingInformationEntry<Reader<'a>>;

/// The names, by number of the function among those with a body and by parameter; `params` gives how many parameters a
/// function has. What cannot be read is left out.
pub(crate) fn param_names(wasm: &[u8], params: &dyn Fn(u32) -> u32) -> HashMap<(u32, u32), String> {
    let mut names = HashMap::new();
    let Some(sections) = Sections::read(wasm) else { return names };
    let mut units = sections.dwarf.units();
    while let Ok(Some(header)) = units.next() {
        if let Ok(unit) = sections.dwarf.unit(header) {
            // A broken unit ends where it breaks.
            let _ = of_unit(&sections, &unit, params, &mut names);
        }
    }
    names
}

/// A subprogram that has code.
struct Function {
    body: u32,
    params: u32,
    depth: isize,
    low_pc: u64,
    formal: Vec<Formal>,
}

/// A parameter of the source.
struct Formal {
    name: String,
    /// The local variables that hold it at the entry of its function, each with the name of the part that it holds.
    places: Vec<(u32, Option<String>)>,
}

impl Function {
    fn finish(self, names: &mut HashMap<(u32, u32), String>) {
        let in_order =
            self.formal.iter().all(|formal| formal.places.is_empty()) && self.formal.len() == self.params as usize;
        for (at, Formal { name, places }) in (0..).zip(self.formal) {
            if in_order {
                names.entry((self.body, at)).or_insert_with(|| name.clone());
            }
            for (local, field) in places.into_iter().filter(|(local, _)| *local < self.params) {
                let whole = match field {
                    Some(field) => format!("{name}.{field}"),
                    None => name.clone(),
                };
                names.entry((self.body, local)).or_insert(whole);
            }
        }
    }
}

fn of_unit<'a>(
    sections: &Sections<'a>,
    unit: &Unit<Reader<'a>>,
    params: &dyn Fn(u32) -> u32,
    names: &mut HashMap<(u32, u32), String>,
) -> gimli::Result<()> {
    let dwarf = &sections.dwarf;
    let mut open: Option<Function> = None;
    let mut entries = unit.entries();
    while let Some(entry) = entries.next_dfs()? {
        if let Some(done) = open.take_if(|function| entry.depth() <= function.depth) {
            done.finish(names);
        }
        match (entry.tag(), &mut open) {
            (dw::DW_TAG_subprogram, _) => {
                let low_pc = entry.attr_value(dw::DW_AT_low_pc).and_then(|pc| dwarf.attr_address(unit, pc).ok()?);
                if let Some((low_pc, body)) = low_pc.and_then(|pc| Some((pc, sections.body_at(pc)?))) {
                    let params = params(body);
                    open = Some(Function { body, params, depth: entry.depth(), low_pc, formal: Vec::new() });
                }
            }
            (dw::DW_TAG_formal_parameter, Some(function)) if entry.depth() == function.depth + 1 => {
                if let Some((name, ty)) = name_and_type(dwarf, unit, entry) {
                    let places = places(dwarf, unit, entry, function.low_pc).unwrap_or_default();
                    let named = |(local, byte): (u32, Option<u64>)| {
                        (local, byte.map(|byte| field(dwarf, unit, ty, byte).unwrap_or_else(|| byte.to_string())))
                    };
                    function.formal.push(Formal { name, places: places.into_iter().map(named).collect() });
                }
            }
            _ => {}
        }
    }
    if let Some(last) = open {
        last.finish(names);
    }
    Ok(())
}

/// Name and type of an entry, or of the one that it stands for.
fn name_and_type<'a>(
    dwarf: &Dwarf<Reader<'a>>,
    unit: &Unit<Reader<'a>>,
    entry: &Entry<'a>,
) -> Option<(String, Option<AttributeValue<Reader<'a>>>)> {
    let own = |entry: &Entry<'a>| {
        let name = text(dwarf, unit, entry.attr_value(dw::DW_AT_name)?)?;
        Some((name, entry.attr_value(dw::DW_AT_type)))
    };
    own(entry).or_else(|| match entry.attr_value(dw::DW_AT_abstract_origin)? {
        AttributeValue::UnitRef(origin) => own(&unit.entry(origin).ok()?),
        _ => None,
    })
}

fn text<'a>(dwarf: &Dwarf<Reader<'a>>, unit: &Unit<Reader<'a>>, value: AttributeValue<Reader<'a>>) -> Option<String> {
    let text = dwarf.attr_string(unit, value).ok()?;
    Some(String::from_utf8_lossy(text.slice()).into_owned()).filter(|text| !text.is_empty())
}

/// The local variables that hold a value at the entry of its function, each with the byte of the value that it begins
/// at if it is a piece.
fn places<'a>(
    dwarf: &Dwarf<Reader<'a>>,
    unit: &Unit<Reader<'a>>,
    entry: &Entry<'a>,
    low_pc: u64,
) -> Option<Vec<(u32, Option<u64>)>> {
    let location = entry.attr_value(dw::DW_AT_location)?;
    let expression = match location.exprloc_value() {
        Some(expression) => expression,
        None => {
            let mut all = dwarf.attr_locations(unit, location).ok()??;
            loop {
                let one = all.next().ok()??;
                if one.range.begin <= low_pc && low_pc < one.range.end {
                    break one.data;
                }
            }
        }
    };
    let (mut found, mut local, mut bits) = (Vec::new(), None, 0_u64);
    let mut operations = expression.operations(unit.encoding());
    while let Some(operation) = operations.next().ok()? {
        match operation {
            Operation::WasmLocal { index } => local = Some(index),
            Operation::StackValue => {}
            Operation::Piece { size_in_bits, .. } => {
                found.extend(local.take().map(|local| (local, Some(bits / 8))));
                bits = bits.checked_add(size_in_bits)?;
            }
            // Computed from it: not the parameter itself.
            _ => return None,
        }
        if found.len() > MAX_PIECES {
            return None;
        }
    }
    found.extend(local.map(|local| (local, None)));
    Some(found)
}

/// The field of a type that begins at this byte.
fn field<'a>(
    dwarf: &Dwarf<Reader<'a>>,
    unit: &Unit<Reader<'a>>,
    ty: Option<AttributeValue<Reader<'a>>>,
    byte: u64,
) -> Option<String> {
    let AttributeValue::UnitRef(offset) = ty? else { return None };
    let mut entries = unit.entries_at_offset(offset).ok()?;
    let depth = entries.next_dfs().ok()??.depth();
    while let Some(entry) = entries.next_dfs().ok()?.filter(|entry| entry.depth() > depth) {
        let is_there = || entry.attr_value(dw::DW_AT_data_member_location)?.udata_value().filter(|at| *at == byte);
        if entry.tag() == dw::DW_TAG_member && entry.depth() == depth + 1 && is_there().is_some() {
            return text(dwarf, unit, entry.attr_value(dw::DW_AT_name)?);
        }
    }
    None
}
