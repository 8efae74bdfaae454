//! What the integer operators of wasm do to a [`Value`], and what a branch says about its operands.
//!
//! Each function is sound: if `x` is in `a` and `y` in `b`, then `x op y` is in the result. The tests
//! compare with all numbers at 8 bits.

use super::{Stride, Tnum, Value, gcd, mask_of, signed};

/// Integer operators with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names of wasm")]
pub enum Binary {
    Add,
    Sub,
    Mul,
    DivS,
    DivU,
    RemS,
    RemU,
    And,
    Or,
    Xor,
    Shl,
    ShrS,
    ShrU,
    Rotl,
    Rotr,
}

/// Integer operators with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names of wasm")]
pub enum Unary {
    Clz,
    Ctz,
    Popcnt,
    /// Sign extension of the low bits, `extend8_s` and its like.
    SignExtend(u8),
    /// To another width, new bits zero: `i64.extend_i32_u` and `i32.wrap_i64`.
    Zext(u8),
    /// To a greater width, new bits copies of the sign: `i64.extend_i32_s`.
    Sext(u8),
}

/// Comparisons of two integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names of wasm")]
pub enum Compare {
    Eq,
    Ne,
    LtS,
    LtU,
    GtS,
    GtU,
    LeS,
    LeU,
    GeS,
    GeU,
}

impl Compare {
    /// Whether `a other b` holds wherever `a self b` does.
    pub const fn implies(self, other: Self) -> bool {
        use Compare::*;
        matches!(
            (self, other),
            (Eq, Eq | LeS | LeU | GeS | GeU)
                | (Ne, Ne)
                | (LtS, LtS | LeS | Ne)
                | (LtU, LtU | LeU | Ne)
                | (GtS, GtS | GeS | Ne)
                | (GtU, GtU | GeU | Ne)
                | (LeS, LeS)
                | (LeU, LeU)
                | (GeS, GeS)
                | (GeU, GeU)
        )
    }

    /// True exactly where this one is false.
    pub const fn negated(self) -> Self {
        use Compare::*;
        match self {
            Eq => Ne,
            Ne => Eq,
            LtS => GeS,
            LtU => GeU,
            GtS => LeS,
            GtU => LeU,
            LeS => GtS,
            LeU => GtU,
            GeS => LtS,
            GeU => LtU,
        }
    }

    /// The same with the operands exchanged.
    pub const fn swapped(self) -> Self {
        use Compare::*;
        match self {
            Eq => Eq,
            Ne => Ne,
            LtS => GtS,
            LtU => GtU,
            GtS => LtS,
            GtU => LtU,
            LeS => GeS,
            LeU => GeU,
            GeS => LeS,
            GeU => LeU,
        }
    }

    /// Whether it reads its operands as signed.
    pub const fn is_signed(self) -> bool {
        matches!(self, Compare::LtS | Compare::GtS | Compare::LeS | Compare::GeS)
    }

    /// How it is written between two operands.
    pub const fn symbol(self) -> &'static str {
        match self {
            Compare::Eq => "==",
            Compare::Ne => "!=",
            Compare::LtS | Compare::LtU => "<",
            Compare::GtS | Compare::GtU => ">",
            Compare::LeS | Compare::LeU => "<=",
            Compare::GeS | Compare::GeU => ">=",
        }
    }

    /// The comparison of two numbers.
    pub const fn holds(self, x: u64, y: u64, width: u32) -> bool {
        let (sx, sy) = (signed(x, width), signed(y, width));
        match self {
            Compare::Eq => x == y,
            Compare::Ne => x != y,
            Compare::LtS => sx < sy,
            Compare::LtU => x < y,
            Compare::GtS => sx > sy,
            Compare::GtU => x > y,
            Compare::LeS => sx <= sy,
            Compare::LeU => x <= y,
            Compare::GeS => sx >= sy,
            Compare::GeU => x >= y,
        }
    }

    /// What is left of both operands where the comparison holds.
    pub fn refine(self, a: &Value, b: &Value) -> (Value, Value) {
        let width = a.width();
        let bottom = (Value::bottom(width), Value::bottom(width));
        if a.is_bottom() || b.is_bottom() {
            return bottom;
        }
        let (umax, smax, smin) = (mask_of(width), Value::top(width).smax, Value::top(width).smin);
        match self {
            Compare::Eq => {
                let both = a.meet(b);
                (both, both)
            }
            Compare::Ne => {
                let left = b.as_constant().map_or(*a, |x| a.without(x));
                let right = a.as_constant().map_or(*b, |x| b.without(x));
                (left, right)
            }
            Compare::LtU if b.umax == 0 || a.umin == umax => bottom,
            Compare::LtU => (a.meet_unsigned(0, b.umax - 1), b.meet_unsigned(a.umin + 1, umax)),
            Compare::LeU => (a.meet_unsigned(0, b.umax), b.meet_unsigned(a.umin, umax)),
            Compare::LtS if b.smax == smin || a.smin == smax => bottom,
            Compare::LtS => (a.meet_signed(smin, b.smax - 1), b.meet_signed(a.smin + 1, smax)),
            Compare::LeS => (a.meet_signed(smin, b.smax), b.meet_signed(a.smin, smax)),
            Compare::GtS | Compare::GtU | Compare::GeS | Compare::GeU => {
                let (right, left) = self.swapped().refine(b, a);
                (left, right)
            }
        }
    }

    /// What is left of the first operand where the comparison holds: the first half of [`Compare::refine`].
    pub fn refine_left(self, a: &Value, b: &Value) -> Value {
        let width = a.width();
        if a.is_bottom() || b.is_bottom() {
            return Value::bottom(width);
        }
        let top = Value::top(width);
        match self {
            Compare::Eq => a.meet(b),
            Compare::Ne => b.as_constant().map_or(*a, |x| a.without(x)),
            Compare::LtU if b.umax == 0 || a.umin == top.umax => Value::bottom(width),
            Compare::LtU => a.meet_unsigned(0, b.umax - 1),
            Compare::LeU => a.meet_unsigned(0, b.umax),
            Compare::LtS if b.smax == top.smin || a.smin == top.smax => Value::bottom(width),
            Compare::LtS => a.meet_signed(top.smin, b.smax - 1),
            Compare::LeS => a.meet_signed(top.smin, b.smax),
            Compare::GtU if a.umax == 0 || b.umin == top.umax => Value::bottom(width),
            Compare::GtU => a.meet_unsigned(b.umin + 1, top.umax),
            Compare::GeU => a.meet_unsigned(b.umin, top.umax),
            Compare::GtS if a.smax == top.smin || b.smin == top.smax => Value::bottom(width),
            Compare::GtS => a.meet_signed(b.smin + 1, top.smax),
            Compare::GeS => a.meet_signed(b.smin, top.smax),
        }
    }

    /// What is decided if it always or never holds.
    const fn between(always: bool, never: bool) -> Option<bool> {
        match (always, never) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }

    /// The result, if it is the same for all operands.
    pub fn decide(self, a: &Value, b: &Value) -> Option<bool> {
        if a.is_bottom() || b.is_bottom() {
            return None;
        }
        match self {
            // By the ends, which are in the sets.
            Compare::LtU => return Self::between(a.umax < b.umin, a.umin >= b.umax),
            Compare::GeU => return Self::between(a.umin >= b.umax, a.umax < b.umin),
            Compare::GtU => return Self::between(a.umin > b.umax, a.umax <= b.umin),
            Compare::LeU => return Self::between(a.umax <= b.umin, a.umin > b.umax),
            Compare::LtS => return Self::between(a.smax < b.smin, a.smin >= b.smax),
            Compare::GeS => return Self::between(a.smin >= b.smax, a.smax < b.smin),
            Compare::GtS => return Self::between(a.smin > b.smax, a.smax <= b.smin),
            Compare::LeS => return Self::between(a.smax <= b.smin, a.smin > b.smax),
            Compare::Eq | Compare::Ne => {}
        }
        let equal = match (a.as_constant(), b.as_constant()) {
            (Some(x), Some(y)) => x == y,
            _ if a.umax < b.umin || b.umax < a.umin || a.meet(b).is_bottom() => false,
            _ => return None,
        };
        Some(equal == (self == Compare::Eq))
    }
}

/// A value from its parts; the parts not given are unknown.
fn build(width: u32, u: Option<(u64, u64)>, s: Option<(i64, i64)>, bits: Tnum, stride: Stride) -> Value {
    let mut value = Value::top(width);
    if let Some((min, max)) = u {
        (value.umin, value.umax) = (min, max);
    }
    if let Some((min, max)) = s {
        (value.smin, value.smax) = (min, max);
    }
    value.bits = bits.cast(width);
    value.stride = stride;
    value.reduce()
}

/// The signed range of two ends, if the operation did not overflow at either.
fn signed_ends(min: Option<i64>, max: Option<i64>, width: u32) -> Option<(i64, i64)> {
    let top = Value::top(width);
    let fits = |x: i64| (top.smin..=top.smax).contains(&x);
    Some((min.filter(|x| fits(*x))?, max.filter(|x| fits(*x))?))
}

fn add(a: &Value, b: &Value) -> Value {
    let width = a.width();
    let mask = u128::from(mask_of(width));
    let (min, max) = (u128::from(a.umin) + u128::from(b.umin), u128::from(a.umax) + u128::from(b.umax));
    // All sums wrap, or none does.
    let same_lap = min > mask || max <= mask;
    let u = same_lap.then_some(((min & mask) as u64, (max & mask) as u64)); // CAST: masked
    let s = signed_ends(a.smin.checked_add(b.smin), a.smax.checked_add(b.smax), width);
    let modulus = gcd(a.stride.modulus.into(), b.stride.modulus.into());
    let residue = u128::from(a.stride.residue) + u128::from(b.stride.residue);
    let stride =
        if max <= mask { Stride::of(modulus, residue) } else { Stride::wrapped(modulus, residue & mask, width) };
    build(width, u, s, a.bits.add(b.bits), stride)
}

fn sub(a: &Value, b: &Value) -> Value {
    let width = a.width();
    let mask = mask_of(width);
    let (below, above) = (a.umin < b.umax, a.umax < b.umin);
    let same_lap = !below || above;
    let u = same_lap.then_some((a.umin.wrapping_sub(b.umax) & mask, a.umax.wrapping_sub(b.umin) & mask));
    let s = signed_ends(a.smin.checked_sub(b.smax), a.smax.checked_sub(b.smin), width);
    let modulus = gcd(a.stride.modulus.into(), b.stride.modulus.into());
    let stride = if modulus == 0 {
        Stride::constant(a.stride.residue.wrapping_sub(b.stride.residue) & mask)
    } else if below {
        let residue = u128::from(a.stride.residue.wrapping_sub(b.stride.residue) & mask);
        Stride::wrapped(modulus, residue, width)
    } else {
        let (ra, rb) = (u128::from(a.stride.residue) % modulus, u128::from(b.stride.residue) % modulus);
        Stride::of(modulus, ra + modulus - rb)
    };
    build(width, u, s, a.bits.sub(b.bits), stride)
}

fn mul(a: &Value, b: &Value) -> Value {
    let width = a.width();
    let mask = u128::from(mask_of(width));
    let (min, max) = (u128::from(a.umin) * u128::from(b.umin), u128::from(a.umax) * u128::from(b.umax));
    let fits = max <= mask;
    let u = fits.then_some((min as u64, max as u64)); // CAST: compared just now
    let corners = [(a.smin, b.smin), (a.smin, b.smax), (a.smax, b.smin), (a.smax, b.smax)];
    let corners = corners.map(|(x, y)| i128::from(x) * i128::from(y));
    let (least, most) = (corners.into_iter().min().unwrap_or(0), corners.into_iter().max().unwrap_or(0));
    let s = signed_ends(i64::try_from(least).ok(), i64::try_from(most).ok(), width);
    let (ma, mb) = (u128::from(a.stride.modulus), u128::from(b.stride.modulus));
    let (ra, rb) = (u128::from(a.stride.residue), u128::from(b.stride.residue));
    let modulus = gcd(gcd(ma * mb, ma * rb), mb * ra);
    let stride = if fits { Stride::of(modulus, ra * rb) } else { Stride::wrapped(modulus, (ra * rb) & mask, width) };
    build(width, u, s, a.bits.mul(b.bits), stride)
}

fn div_u(a: &Value, b: &Value) -> Value {
    // Division by zero traps.
    let divisor = b.meet_unsigned(1, u64::MAX);
    if divisor.is_bottom() {
        return divisor;
    }
    Value::unsigned_range(a.umin / divisor.umax, a.umax / divisor.umin, a.width())
}

fn div_s(a: &Value, b: &Value) -> Value {
    let width = a.width();
    if a.smin >= 0 && b.smin >= 0 {
        return div_u(a, b);
    }
    let divisor = b.without(0);
    if divisor.is_bottom() {
        return divisor;
    }
    if let Some(d) = divisor.as_constant().map(|d| signed(d, width)) {
        let ends = [a.smin, a.smax].map(|x| i128::from(x) / i128::from(d));
        // The one overflow traps.
        let top = Value::top(width);
        let clamp = |x: i128| x.clamp(top.smin.into(), top.smax.into()) as i64; // CAST: clamped
        return Value::signed_range(clamp(ends[0].min(ends[1])), clamp(ends[0].max(ends[1])), width);
    }
    // The absolute value does not grow.
    let most = a.smin.unsigned_abs().max(a.smax.unsigned_abs()).min(Value::top(width).smax.unsigned_abs());
    // CAST: at most the greatest signed number. The least one comes out only of `min / 1`.
    let least = if a.smin == Value::top(width).smin { a.smin } else { -(most as i64) };
    Value::signed_range(least, most as i64, width)
}

fn rem_u(a: &Value, b: &Value) -> Value {
    let divisor = b.meet_unsigned(1, u64::MAX);
    if divisor.is_bottom() {
        return divisor;
    }
    if a.umax < divisor.umin {
        return *a;
    }
    let stride = match divisor.as_constant() {
        Some(d) => {
            let modulus = gcd(a.stride.modulus.into(), d.into());
            Stride::of(modulus, u128::from(a.stride.residue) % modulus)
        }
        None => Stride::TOP,
    };
    let bits = match divisor.as_constant() {
        Some(d) if d.is_power_of_two() => a.bits.and(Tnum::constant(d - 1)),
        _ => Tnum::unknown(u64::MAX),
    };
    build(a.width(), Some((0, a.umax.min(divisor.umax - 1))), None, bits, stride)
}

fn rem_s(a: &Value, b: &Value) -> Value {
    if a.smin >= 0 && b.smin >= 0 {
        return rem_u(a, b);
    }
    let divisor = b.without(0);
    if divisor.is_bottom() {
        return divisor;
    }
    // The sign is that of the dividend, and the absolute value is below the divisor's.
    let most = divisor.smin.unsigned_abs().max(divisor.smax.unsigned_abs()) - 1;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let min = if a.smin >= 0 { 0 } else { a.smin.max(-most) };
    let max = if a.smax <= 0 { 0 } else { a.smax.min(most) };
    Value::signed_range(min, max, a.width())
}

fn and(a: &Value, b: &Value) -> Value {
    let width = a.width();
    let bits = a.bits.and(b.bits);
    let mut min = 0;
    // Where the mask keeps all bits of `x` from some place on and none below, that is what a mask of all bits from
    // there does, which keeps order: `x >= y` implies `x & m >= y & m`. Bits that are never set do not count.
    let least = |m: u64, x: &Value| {
        let able = x.bits.value | x.bits.mask;
        let lowest = able & m & (able & m).wrapping_neg();
        (able & !m < lowest).then(|| x.umin & !(lowest - 1))
    };
    if let Some(least) = b.as_constant().and_then(|m| least(m, a)) {
        min = least;
    } else if let Some(least) = a.as_constant().and_then(|m| least(m, b)) {
        min = least;
    }
    build(width, Some((min, a.umax.min(b.umax))), None, bits, Stride::TOP)
}

fn or(a: &Value, b: &Value) -> Value {
    let width = a.width();
    // No bit above the highest of either.
    let most = Tnum::range(0, a.umax | b.umax).mask;
    build(width, Some((a.umin.max(b.umin), most)), None, a.bits.or(b.bits), Stride::TOP)
}

fn xor(a: &Value, b: &Value) -> Value {
    // `x ^ 7` is `7 - x` for `x <= 7`.
    if let Some(m) = b.as_constant().filter(|m| m & m.wrapping_add(1) == 0 && a.umax <= *m) {
        return build(a.width(), Some((m - a.umax, m - a.umin)), None, a.bits.xor(b.bits), Stride::TOP);
    }
    let most = Tnum::range(0, a.umax | b.umax).mask;
    build(a.width(), Some((0, most)), None, a.bits.xor(b.bits), Stride::TOP)
}

/// The counts that a shift may use, at most a few; `None` if there are many.
fn shift_counts(b: &Value) -> Option<(u32, u32)> {
    let width = u64::from(b.width());
    // Counts are taken modulo the width.
    (b.umax < width).then_some((b.umin as u32, b.umax as u32)) // CAST: below 64
}

/// Joins the results for each count that is possible.
fn each_count(a: &Value, b: &Value, by: impl Fn(&Value, u32) -> Value) -> Value {
    let width = a.width();
    if let Some(count) = b.as_constant() {
        return by(a, (count % u64::from(width)) as u32); // CAST: below 64
    }
    let (first, last) = shift_counts(b).unwrap_or((0, width - 1));
    let mut all = Value::bottom(width);
    for count in first..=last {
        if shift_counts(b).is_none() || b.contains(count.into()) {
            all = all.join(&by(a, count));
            // More says no more.
            if all.is_top() {
                break;
            }
        }
    }
    all
}

fn shl_by(a: &Value, count: u32) -> Value {
    mul(a, &Value::constant(1 << count, a.width()))
}

fn shr_u_by(a: &Value, count: u32) -> Value {
    let step = 1u64 << count;
    let Stride { modulus, residue } = a.stride;
    // Exact where both are multiples.
    let stride = if modulus % step == 0 && modulus != 0 {
        Stride::of((modulus / step).into(), (residue / step).into())
    } else {
        Stride::TOP
    };
    build(a.width(), Some((a.umin >> count, a.umax >> count)), None, a.bits.shr(count), stride)
}

fn shr_s_by(a: &Value, count: u32) -> Value {
    let width = a.width();
    if a.smin >= 0 {
        return shr_u_by(a, count);
    }
    build(width, None, Some((a.smin >> count, a.smax >> count)), Tnum::unknown(u64::MAX), Stride::TOP)
}

fn rotl_by(a: &Value, count: u32) -> Value {
    let width = a.width();
    if count == 0 {
        return *a;
    }
    let turn = |x: u64| (x << count | x >> (width - count)) & mask_of(width);
    let bits = Tnum { value: turn(a.bits.value), mask: turn(a.bits.mask) };
    build(width, None, None, bits, Stride::TOP)
}

impl Binary {
    /// The result for operands of the same width. Operands for which the operator traps do not count.
    pub fn apply(self, a: &Value, b: &Value) -> Value {
        let width = a.width();
        if a.is_bottom() || b.is_bottom() {
            return Value::bottom(width);
        }
        if matches!(self, Binary::Add | Binary::Sub | Binary::Xor) && (a.is_top() || b.is_top()) {
            return Value::top(width);
        }
        // What is left as it is.
        match (self, b.as_constant()) {
            (Binary::Add | Binary::Sub | Binary::Or | Binary::Xor, Some(0)) | (Binary::Mul, Some(1)) => return *a,
            _ => {}
        }
        if matches!(self, Binary::Add | Binary::Or | Binary::Xor) && a.as_constant() == Some(0) {
            return *b;
        }
        match self {
            Binary::Add => add(a, b),
            Binary::Sub => sub(a, b),
            Binary::Mul => mul(a, b),
            Binary::DivS => div_s(a, b),
            Binary::DivU => div_u(a, b),
            Binary::RemS => rem_s(a, b),
            Binary::RemU => rem_u(a, b),
            Binary::And => and(a, b),
            Binary::Or => or(a, b),
            Binary::Xor => xor(a, b),
            Binary::Shl => each_count(a, b, shl_by),
            Binary::ShrU => each_count(a, b, shr_u_by),
            Binary::ShrS => each_count(a, b, shr_s_by),
            Binary::Rotl => match b.as_constant() {
                Some(count) => rotl_by(a, (count % u64::from(width)) as u32), // CAST: below 64
                None => Value::top(width),
            },
            Binary::Rotr => match b.as_constant() {
                // CAST: below 64.
                Some(count) => rotl_by(a, ((u64::from(width) - count % u64::from(width)) % u64::from(width)) as u32),
                None => Value::top(width),
            },
        }
    }
}

impl Unary {
    /// Width of the result for an operand of width `width`.
    pub const fn result_width(self, width: u32) -> u32 {
        match self {
            Unary::Zext(to) | Unary::Sext(to) => to as u32,
            _ => width,
        }
    }

    /// The result.
    pub fn apply(self, a: &Value) -> Value {
        let width = a.width();
        if a.is_bottom() {
            return Value::bottom(self.result_width(width));
        }
        let zeros = |x: u64| u64::from((x << (64 - width)).leading_zeros().min(width));
        match self {
            Unary::Clz => Value::unsigned_range(zeros(a.umax), zeros(a.umin), width),
            Unary::Ctz => {
                let least = u64::from(a.bits.known_low_bits().min(width));
                let known = match a.bits.value.trailing_zeros() {
                    set if u64::from(set) < least => u64::from(set),
                    _ => least,
                };
                let lowest_set = u64::from(a.bits.value.trailing_zeros().min(width));
                Value::unsigned_range(known, lowest_set, width)
            }
            Unary::Popcnt => {
                let (least, most) = (a.bits.value.count_ones(), (a.bits.value | a.bits.mask).count_ones());
                let least = least.max((a.umin > 0).into());
                Value::unsigned_range(least.into(), most.into(), width)
            }
            Unary::SignExtend(from) => {
                let low = Unary::Zext(from).apply(a);
                Unary::Sext(a.width).apply(&low)
            }
            Unary::Zext(to) => {
                let to = u32::from(to);
                if to >= width {
                    return build(to, Some((a.umin, a.umax)), None, a.bits, a.stride);
                }
                let mask = mask_of(to);
                // The range survives if the cut-off bits are the same throughout.
                let whole = a.umin & !mask == a.umax & !mask;
                let u = whole.then_some((a.umin & mask, a.umax & mask));
                let lap = whole && a.umax <= mask;
                let Stride { modulus, residue } = a.stride;
                let stride = if lap { a.stride } else { Stride::wrapped(modulus.into(), (residue & mask).into(), to) };
                let top = Value::top(to);
                let s = (a.smin >= top.smin && a.smax <= top.smax).then_some((a.smin, a.smax));
                build(to, u, s, a.bits, stride)
            }
            Unary::Sext(to) => {
                let to = u32::from(to);
                let sign = 1u64 << (width - 1);
                if a.umax < sign {
                    return build(to, Some((a.umin, a.umax)), None, a.bits, a.stride);
                }
                let high = mask_of(to) & !mask_of(width);
                // Copies of an unknown sign bit are unknown.
                let spread = |x: u64| if x & sign != 0 { x | high } else { x };
                let bits = Tnum { value: spread(a.bits.value), mask: spread(a.bits.mask) };
                let bits = Tnum { value: bits.value & !bits.mask, mask: bits.mask };
                let Stride { modulus, residue } = a.stride;
                let stride = Stride::wrapped(modulus.into(), residue.into(), width);
                let stride = if stride.modulus == 0 { Stride::TOP } else { stride };
                build(to, None, Some((a.smin, a.smax)), bits, stride)
            }
        }
    }
}
