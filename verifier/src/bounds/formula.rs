//! Bounds as formulas, for people and for sums over outer loops.

use std::fmt::Write;

use super::lin::{Expander, INFINITE, Lin};
use crate::ssa::{NO_LOCAL, Node, Ssa, ValueId};

/// `(measure - 1) / step + 1` rounds, one less if the test comes after the step.
#[derive(Clone, Debug)]
pub(crate) struct Formula {
    /// At least 1 while the loop stays.
    pub(crate) measure: Lin,
    /// Taken off the measure in each round, at least 1.
    pub(crate) step: i128,
}

impl Formula {
    /// The formula of a measure at the start of a loop.
    pub(crate) fn rounds(_: &Expander<'_, '_>, measure: Lin, step: i128, post: bool) -> Option<Formula> {
        let measure = if post { measure.shifted(-step) } else { measure };
        (measure.lo == measure.hi && measure.hi.abs() < INFINITE).then_some(Formula { measure, step })
    }

    /// Whether it is the same number in every run.
    pub(crate) fn is_constant(&self) -> bool {
        self.measure.terms.is_empty()
    }

    /// Parameters of the function that it depends on.
    pub(crate) fn params(&self, ssa: &Ssa) -> Vec<u32> {
        let mut out: Vec<u32> = Vec::new();
        for ((id, _), _) in &self.measure.terms {
            params_of(ssa, *id, 16, &mut out);
        }
        out.sort_unstable();
        out.dedup();
        out
    }

    /// As text; `name` gives the name of a local.
    pub(crate) fn text(&self, ssa: &Ssa, name: &dyn Fn(u32) -> String) -> String {
        // (m - 1) / s + 1 is (m + s - 1) / s.
        let constant = self.measure.hi + self.step - 1;
        if self.measure.terms.is_empty() {
            return constant.max(0).div_euclid(self.step).to_string();
        }
        let mut sum = String::new();
        let terms = &self.measure.terms;
        // What is added before what is taken off.
        for ((id, _), c) in terms.iter().filter(|(_, c)| *c >= 0).chain(terms.iter().filter(|(_, c)| *c < 0)) {
            sum.push_str(match (sum.is_empty(), *c < 0) {
                (true, false) => "",
                (true, true) => "-",
                (false, true) => " - ",
                (false, false) => " + ",
            });
            if c.abs() != 1 {
                push(&mut sum, format_args!("{} * ", c.abs()));
            }
            write_value(&mut sum, ssa, *id, name, 4);
        }
        match constant {
            0 => {}
            c if c < 0 => push(&mut sum, format_args!(" - {}", -c)),
            c => push(&mut sum, format_args!(" + {c}")),
        }
        match (self.step, sum.contains(' ')) {
            (1, _) => sum,
            (step, true) => format!("({sum}) / {step}"),
            (step, false) => format!("{sum} / {step}"),
        }
    }
}

fn params_of(ssa: &Ssa, id: ValueId, depth: u32, out: &mut Vec<u32>) {
    match ssa.node(id) {
        Node::Param(index) => out.push(index),
        Node::Phi(_) => {}
        _ if depth == 0 => {}
        _ => ssa.operands(id, |v| params_of(ssa, v, depth - 1, out)),
    }
}

/// Writes a value in the words of the source, as far as they are known.
pub(crate) fn write_value(out: &mut String, ssa: &Ssa, id: ValueId, name: &dyn Fn(u32) -> String, depth: u32) {
    use crate::domain::{Binary, Unary};
    let local = ssa.local[id as usize];
    let below = depth.saturating_sub(1);
    match ssa.node(id) {
        Node::Const(x) => push(out, format_args!("{}", crate::domain::signed(x, ssa.bits(id)))),
        Node::Param(index) => out.push_str(&name(index)),
        Node::Phi(_) if local != NO_LOCAL => out.push_str(&name(local)),
        Node::Unary(Unary::Zext(_) | Unary::Sext(_) | Unary::SignExtend(_), a) => write_value(out, ssa, a, name, below),
        Node::Load { addr, .. } if depth > 0 => {
            out.push_str("memory[");
            write_value(out, ssa, addr, name, below);
            out.push(']');
        }
        Node::Load { .. } => out.push_str("a value in memory"),
        Node::Binary(op, a, b) if depth > 0 => {
            let symbol = match op {
                Binary::Add => " + ",
                Binary::Sub => " - ",
                Binary::Mul => " * ",
                Binary::DivS | Binary::DivU => " / ",
                Binary::RemS | Binary::RemU => " % ",
                Binary::And => " & ",
                Binary::Or => " | ",
                Binary::Xor => " ^ ",
                Binary::Shl => " << ",
                Binary::ShrS | Binary::ShrU => " >> ",
                Binary::Rotl | Binary::Rotr => " rot ",
            };
            out.push('(');
            write_value(out, ssa, a, name, below);
            out.push_str(symbol);
            write_value(out, ssa, b, name, below);
            out.push(')');
        }
        _ if local != NO_LOCAL => out.push_str(&name(local)),
        Node::Global(index) => push(out, format_args!("global {index}")),
        Node::Opaque(..) => out.push_str("the result of a call"),
        _ => out.push_str("a computed value"),
    }
}

/// Writes to a string, which cannot fail.
fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

/// Sum of the rounds of an inner loop over `entries` entries, whose measure starts at `start` and moves by
/// `moved` from one to the next.
pub(super) fn series(start: i128, moved: i128, step: i128, entries: u128) -> Option<u128> {
    if start.abs() >= INFINITE || entries > 1 << 62 {
        return None;
    }
    let rounds = |measure: i128| if measure < 1 { 0 } else { (measure - 1) / step + 1 };
    // Entries with a measure of at least 1.
    let mut count = entries as i128; // CAST: below 2^62
    if moved < 0 {
        count = count.min(rounds_until(start, -moved));
    }
    if count <= 0 {
        return Some(0);
    }
    let last = start.checked_add(moved.checked_mul(count - 1)?)?;
    // Rounding up adds less than one for each entry.
    let first_rounds = rounds(start);
    let sum = if step == 1 {
        (start.max(0) + last.max(0)).checked_mul(count)? / 2 + i128::from(start < 0) * count * start.abs()
    } else {
        (start.max(0) + last.max(0)).checked_mul(count)? / (2 * step)
            + count
            + i128::from(start < 0) * count * start.abs()
    };
    Some(sum.max(first_rounds).unsigned_abs())
}

/// Terms of a falling series that are at least 1.
fn rounds_until(start: i128, fall: i128) -> i128 {
    if start < 1 { 0 } else { (start - 1) / fall + 1 }
}
