//! What is known of an integer of 1 to 64 bits: ranges, known bits and stride, kept consistent.
//!
//! A [`Value`] stands for the set of the numbers that are in all four parts:
//!
//! - `[umin, umax]`, the unsigned range, both ends included;
//! - `[smin, smax]`, the signed range, both ends included;
//! - `bits`, the known bits ([`Tnum`]);
//! - `stride`, a congruence of the unsigned reading ([`Stride`]).
//!
//! Each part alone is weak: `i & -4` needs bits, `i < n` a range, `i += 12` a stride; [`Value`]
//! carries what one of them learns over to the others ([`Value::reduce`]). The empty set is
//! [`Value::bottom`]: code that no run reaches.
//!
//! The width is data, not a type parameter, so that the same code that runs on 32 and 64 bits is
//! tested against all numbers at 8 bits (`tests` in [`ops`]).

mod ops;
mod stride;
#[cfg(test)]
mod tests;
mod tnum;

pub use ops::{Binary, Compare, Unary};
pub use stride::Stride;
pub(crate) use stride::gcd;
pub use tnum::Tnum;

/// The low `width` bits set; `width` is 1 to 64.
pub const fn mask_of(width: u32) -> u64 {
    u64::MAX >> (64 - width)
}

/// The signed reading of the low `width` bits.
pub const fn signed(x: u64, width: u32) -> i64 {
    ((x << (64 - width)) as i64) >> (64 - width) // CAST: the bits
}

/// A set of integers of one width. See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// Bits of the integers, 1 to 64.
    pub width: u8,
    /// Least, unsigned.
    pub umin: u64,
    /// Greatest, unsigned.
    pub umax: u64,
    /// Least, signed.
    pub smin: i64,
    /// Greatest, signed.
    pub smax: i64,
    /// Known bits.
    pub bits: Tnum,
    /// Congruence, unsigned.
    pub stride: Stride,
}

impl Value {
    /// All integers of the width.
    pub const fn top(width: u32) -> Self {
        let mask = mask_of(width);
        Self {
            width: width as u8, // CAST: at most 64
            umin: 0,
            umax: mask,
            smin: signed(1 << (width - 1), width),
            smax: signed(mask >> 1, width),
            bits: Tnum::unknown(mask),
            stride: Stride::TOP,
        }
    }

    /// No integer at all.
    pub const fn bottom(width: u32) -> Self {
        let mut value = Self::top(width);
        (value.umin, value.umax) = (1, 0);
        (value.smin, value.smax) = (1, 0);
        value
    }

    /// Exactly the low `width` bits of `x`.
    pub const fn constant(x: u64, width: u32) -> Self {
        let x = x & mask_of(width);
        let s = signed(x, width);
        Self {
            width: width as u8, // CAST: at most 64
            umin: x,
            umax: x,
            smin: s,
            smax: s,
            bits: Tnum::constant(x),
            stride: Stride::constant(x),
        }
    }

    /// The unsigned range `[min, max]`; empty if `min > max`.
    pub fn unsigned_range(min: u64, max: u64, width: u32) -> Self {
        Self::top(width).meet_unsigned(min, max)
    }

    /// The signed range `[min, max]`; empty if `min > max`.
    pub fn signed_range(min: i64, max: i64, width: u32) -> Self {
        Self::top(width).meet_signed(min, max)
    }

    /// Width in bits.
    pub const fn width(&self) -> u32 {
        self.width as u32
    }

    /// Whether it is the empty set.
    pub const fn is_bottom(&self) -> bool {
        self.umin > self.umax
    }

    /// Whether it says nothing.
    pub fn is_top(&self) -> bool {
        *self == Self::top(self.width())
    }

    /// The only number in it, if there is only one.
    pub fn as_constant(&self) -> Option<u64> {
        (self.umin == self.umax).then_some(self.umin)
    }

    /// Whether `x`, a number of the width, may be in the set.
    pub fn contains(&self, x: u64) -> bool {
        let s = signed(x, self.width());
        (self.umin..=self.umax).contains(&x)
            && (self.smin..=self.smax).contains(&s)
            && self.bits.contains(x)
            && self.stride.contains(x)
    }

    /// Whether each number of `self` is one of `other`, as far as the parts tell.
    pub fn leq(&self, other: &Self) -> bool {
        self.is_bottom() || self.join(other) == *other
    }

    /// The least set that holds both.
    pub fn join(&self, other: &Self) -> Self {
        if self.is_bottom() || self == other {
            return *other;
        }
        if other.is_bottom() || self.is_top() {
            return *self;
        }
        if other.is_top() {
            return *other;
        }
        Self {
            width: self.width,
            umin: self.umin.min(other.umin),
            umax: self.umax.max(other.umax),
            smin: self.smin.min(other.smin),
            smax: self.smax.max(other.smax),
            bits: self.bits.join(other.bits),
            stride: self.stride.join(other.stride),
        }
        .reduce()
    }

    /// A set that holds what is in both.
    pub fn meet(&self, other: &Self) -> Self {
        if self == other || other.is_top() {
            return *self;
        }
        if self.is_top() {
            return *other;
        }
        let (Some(bits), Some(stride)) = (self.bits.meet(other.bits), self.stride.meet(other.stride)) else {
            return Self::bottom(self.width());
        };
        Self {
            width: self.width,
            umin: self.umin.max(other.umin),
            umax: self.umax.min(other.umax),
            smin: self.smin.max(other.smin),
            smax: self.smax.min(other.smax),
            bits,
            stride,
        }
        .reduce()
    }

    /// Those in the unsigned range.
    pub fn meet_unsigned(mut self, min: u64, max: u64) -> Self {
        if min <= self.umin && self.umax <= max {
            return self;
        }
        self.umin = self.umin.max(min);
        self.umax = self.umax.min(max);
        self.reduce()
    }

    /// Those in the signed range.
    pub fn meet_signed(mut self, min: i64, max: i64) -> Self {
        if min <= self.smin && self.smax <= max {
            return self;
        }
        self.smin = self.smin.max(min);
        self.smax = self.smax.min(max);
        self.reduce()
    }

    /// Those met when counting from `first` up to `last` modulo 2^width.
    pub fn meet_wrapped(self, first: u64, last: u64) -> Self {
        if first <= last {
            return self.meet_unsigned(first, last);
        }
        let (s_first, s_last) = (signed(first, self.width()), signed(last, self.width()));
        if s_first <= s_last {
            return self.meet_signed(s_first, s_last);
        }
        // All but the hole between `last` and `first`.
        if self.umin > last && self.umin < first {
            self.meet_unsigned(first, self.umax)
        } else if self.umax < first && self.umax > last {
            self.meet_unsigned(self.umin, last)
        } else {
            self
        }
    }

    /// All but `x`, if that is an end of a range.
    pub fn without(mut self, x: u64) -> Self {
        if self.is_bottom() {
            return self;
        }
        if self.umin == self.umax {
            return if self.umin == x { Self::bottom(self.width()) } else { self };
        }
        let s = signed(x, self.width());
        if self.umin == x {
            self.umin += 1;
        }
        if self.umax == x {
            self.umax -= 1;
        }
        if self.smin == s && self.smin < self.smax {
            self.smin += 1;
        }
        if self.smax == s && self.smax > self.smin {
            self.smax -= 1;
        }
        self.reduce()
    }

    /// A set that holds both and, applied over and over, stops growing after a few steps: an end that
    /// moves goes to the next of `steps` (ascending unsigned numbers of the width), then to the end of
    /// the type.
    pub fn widen(&self, next: &Self, steps: &[u64]) -> Self {
        if self.is_bottom() {
            return *next;
        }
        self.widen_to(self.join(next), next, steps)
    }

    /// As [`Value::widen`], where the two have been joined.
    pub(crate) fn widen_to(&self, joined: Self, next: &Self, steps: &[u64]) -> Self {
        if self.is_bottom() {
            return *next;
        }
        if joined == *self {
            return *self;
        }
        let top = Self::top(self.width());
        let width = self.width();
        let mut out = joined;
        if joined.umin < self.umin {
            out.umin = steps.iter().rev().copied().find(|s| *s <= joined.umin).unwrap_or(top.umin);
        }
        if joined.umax > self.umax {
            out.umax = steps.iter().copied().find(|s| *s >= joined.umax).unwrap_or(top.umax);
        }
        let signed_steps = steps.iter().map(|s| signed(*s, width));
        if joined.smin < self.smin {
            out.smin = signed_steps.clone().filter(|s| *s <= joined.smin).max().unwrap_or(top.smin);
        }
        if joined.smax > self.smax {
            out.smax = signed_steps.filter(|s| *s >= joined.smax).min().unwrap_or(top.smax);
        }
        // Bits and strides have short chains of their own, but the ranges must not be pulled back by
        // bits that only describe this step's ends.
        out.bits = Tnum::unknown(top.bits.mask).meet(self.bits.join(next.bits)).unwrap_or(top.bits);
        out.raw_reduce()
    }

    /// Lets each part learn from the others.
    pub fn reduce(self) -> Self {
        if self.umin > self.umax || self.smin > self.smax {
            return Self::bottom(self.width());
        }
        self.raw_reduce()
    }

    fn raw_reduce(mut self) -> Self {
        let width = self.width();
        if self == Self::top(width) {
            return self;
        }
        let mask = mask_of(width);
        let sign = 1u64 << (width - 1);
        for _ in 0..3 {
            let (umin, umax) = (self.umin, self.umax);
            // Signed and unsigned say the same within one half of the numbers.
            if self.umin & sign == self.umax & sign {
                self.smin = self.smin.max(signed(self.umin, width));
                self.smax = self.smax.min(signed(self.umax, width));
            }
            if self.smin > self.smax {
                return Self::bottom(width);
            }
            if (self.smin < 0) == (self.smax < 0) {
                // CAST: the bits.
                self.umin = self.umin.max(self.smin as u64 & mask);
                self.umax = self.umax.min(self.smax as u64 & mask);
            }
            if self.umin > self.umax {
                return Self::bottom(width);
            }
            // Bits and range.
            match self.bits.meet(Tnum::range(self.umin, self.umax)) {
                Some(bits) => self.bits = bits,
                None => return Self::bottom(width),
            }
            self.umin = self.umin.max(self.bits.value);
            self.umax = self.umax.min(self.bits.value | self.bits.mask);
            let bits = self.bits;
            // Stride and bits.
            let known = self.bits.known_low_bits().min(width);
            if known > 0 && known < 64 {
                let low = Stride { modulus: 1 << known, residue: self.bits.value & mask_of(known) };
                match self.stride.meet(low) {
                    Some(stride) => self.stride = stride,
                    None => return Self::bottom(width),
                }
            }
            let Stride { modulus, residue } = self.stride;
            if modulus > 1 {
                let power = modulus.trailing_zeros();
                if power > 0 {
                    let low = mask_of(power);
                    let known = Tnum { value: residue & low, mask: mask & !low };
                    match self.bits.meet(known) {
                        Some(bits) => self.bits = bits,
                        None => return Self::bottom(width),
                    }
                }
                // The ends of the range are members.
                let up = (modulus - self.umin % modulus + residue) % modulus;
                let Some(umin) = self.umin.checked_add(up) else { return Self::bottom(width) };
                self.umin = umin;
                let down = (self.umax % modulus + modulus - residue) % modulus;
                let Some(umax) = self.umax.checked_sub(down) else { return Self::bottom(width) };
                self.umax = umax;
            } else if modulus == 0 {
                self.umin = self.umin.max(residue);
                self.umax = self.umax.min(residue);
            }
            if self.umin > self.umax {
                return Self::bottom(width);
            }
            if self.umin == self.umax {
                let constant = Self::constant(self.umin, width);
                let s = signed(self.umin, width);
                let fits = (self.smin..=self.smax).contains(&s) && self.bits.contains(self.umin);
                return if fits { constant } else { Self::bottom(width) };
            }
            // What the steps start from is as it was, and each has been done with it: another round would change nothing.
            if (umin, umax) == (self.umin, self.umax) && bits == self.bits {
                break;
            }
        }
        self
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_bottom() {
            return f.write_str("nothing");
        }
        if let Some(x) = self.as_constant() {
            return write!(f, "{}", signed(x, self.width()));
        }
        let top = Self::top(self.width());
        if (self.umin, self.umax) == (top.umin, top.umax) && (self.smin, self.smax) != (top.smin, top.smax) {
            write!(f, "[{}, {}]", self.smin, self.smax)?;
        } else {
            write!(f, "[{}, {}]", self.umin, self.umax)?;
        }
        if self.stride.modulus > 1 {
            write!(f, " step {}", self.stride.modulus)?;
        }
        Ok(())
    }
}
