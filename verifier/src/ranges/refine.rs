//! What facts make of sets: a set less what a branch excludes.

use super::{Fact, Ranges, Via};
use crate::domain::{Binary, Compare, Tnum, Unary, Value};

impl Ranges<'_> {
    pub(super) fn meet_fact(&self, value: Value, fact: &Fact, block: u32, depth: u32) -> Value {
        if value.is_bottom() {
            return value;
        }
        let width = if fact.via == Via::Extended { 64 } else { value.width() };
        let other = match fact.other {
            // Counts only if it is a constant.
            Some(other) if fact.op == Compare::Ne => self.refined(other, block, 0),
            Some(other) => self.refined(other, block, depth),
            None => Value::constant(0, width),
        };
        if other.width() != width || fact.op == Compare::Ne && other.as_constant().is_none() && !other.is_bottom() {
            return value;
        }
        let by = match fact.via {
            Via::Extended => {
                let wide = Unary::Zext(64).apply(&value);
                let wide = fact.op.refine_left(&wide, &other);
                return value.meet(&Unary::Zext(32).apply(&wide));
            }
            // Where cutting changes something, it tells of the bits that are left.
            Via::Mask(mask) if (value.bits.value | value.bits.mask) & !mask != 0 => {
                let cut = Binary::And.apply(&value, &Value::constant(mask, width));
                let cut = fact.op.refine_left(&cut, &other);
                if cut.is_bottom() {
                    return Value::bottom(width);
                }
                let of_all = crate::domain::mask_of(width);
                let kept = Tnum { value: cut.bits.value & mask, mask: cut.bits.mask & mask | of_all & !mask };
                let bits = value.bits.meet(kept);
                return bits.map_or(Value::bottom(width), |bits| Value { bits, ..value }.reduce());
            }
            Via::Shifted(by) => {
                let moved = Binary::ShrU.apply(&value, &Value::constant(by.into(), width));
                let moved = fact.op.refine_left(&moved, &other);
                if moved.is_bottom() {
                    return Value::bottom(width);
                }
                // What was shifted out may be anything.
                return value.meet_unsigned(moved.umin << by, moved.umax << by | ((1 << by) - 1));
            }
            Via::SignExtended(bits) if value.smin < -(1 << (bits - 1)) || value.smax >= 1 << (bits - 1) => {
                return value;
            }
            Via::Nothing | Via::Mask(_) | Via::SignExtended(_) => return fact.op.refine_left(&value, &other),
            Via::Shift(by) => by,
            Via::Plus(by) => return self.meet_sum(value, fact.op, &other, &self.refined(by, block, depth), false),
            Via::Minus(by) => return self.meet_sum(value, fact.op, &other, &self.refined(by, block, depth), true),
        };
        let shift = Value::constant(by, width);
        let moved = Binary::Add.apply(&value, &shift);
        let moved = fact.op.refine_left(&moved, &other);
        if moved.is_bottom() {
            return Value::bottom(width);
        }
        let mask = crate::domain::mask_of(width);
        let back = |x: u64| x.wrapping_sub(by) & mask;
        // CAST: bits.
        let (smin, smax) = (moved.smin as u64 & mask, moved.smax as u64 & mask);
        value.meet_wrapped(back(moved.umin), back(moved.umax)).meet_wrapped(back(smin), back(smax))
    }

    /// What is known of a value because it compares so with `other` after `by` was added or subtracted.
    fn meet_sum(&self, value: Value, op: Compare, other: &Value, by: &Value, subtracted: bool) -> Value {
        let width = value.width();
        if by.is_bottom() || other.is_bottom() {
            return Value::bottom(width);
        }
        if by.width() != width {
            return value;
        }
        let (there, back) = if subtracted { (Binary::Sub, Binary::Add) } else { (Binary::Add, Binary::Sub) };
        let moved = op.refine_left(&there.apply(&value, by), other);
        if moved.is_bottom() {
            return Value::bottom(width);
        }
        // Of the values of both that are apart by less than a turn, the ends give the ends.
        let mask = crate::domain::mask_of(width);
        let (by_ends, moved_ends) = (
            [(by.umin, by.umax), (by.smin as u64 & mask, by.smax as u64 & mask)],
            [(moved.umin, moved.umax), (moved.smin as u64 & mask, moved.smax as u64 & mask)],
        ); // CAST: bits
        let mut out = value;
        for (least, most) in moved_ends {
            for (from, to) in by_ends {
                let spread = (most.wrapping_sub(least) & mask).checked_add(to.wrapping_sub(from) & mask);
                if spread.is_none_or(|spread| spread >= mask) {
                    continue;
                }
                let (lo, hi) = match back {
                    Binary::Sub => (least.wrapping_sub(to), most.wrapping_sub(from)),
                    _ => (least.wrapping_add(from), most.wrapping_add(to)),
                };
                out = out.meet_wrapped(lo & mask, hi & mask);
            }
        }
        out
    }
}
