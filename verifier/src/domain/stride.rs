//! Congruences: `x = residue + k * modulus` for some integer `k >= 0` (Granger, "Static Analysis of
//! Arithmetical Congruences", 1989), over the unsigned reading of a value.
//!
//! Modulus 0 means exactly the residue, modulus 1 says nothing.

/// A set of numbers at equal distances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stride {
    /// Distance of neighbours; 0 for a single number.
    pub modulus: u64,
    /// Remainder modulo `modulus`, or the number itself.
    pub residue: u64,
}

/// Greatest common divisor; `gcd(0, x) = x`.
pub(crate) fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        if let (Ok(a), Ok(b)) = (u64::try_from(a), u64::try_from(b)) {
            return gcd_64(a, b).into();
        }
        (a, b) = (b, a % b);
    }
    a
}

/// As [`gcd`], without division in 128 bits.
fn gcd_64(mut a: u64, mut b: u64) -> u64 {
    while b > 1 {
        (a, b) = (b, a % b);
    }
    if b == 1 { 1 } else { a }
}

impl Stride {
    /// All numbers.
    pub const TOP: Self = Self { modulus: 1, residue: 0 };

    /// Exactly this number.
    pub const fn constant(value: u64) -> Self {
        Self { modulus: 0, residue: value }
    }

    /// The congruence class of `residue`; a modulus that does not fit says less than it could.
    pub(crate) fn of(modulus: u128, residue: u128) -> Self {
        match modulus {
            0 => return u64::try_from(residue).map_or(Self::TOP, Self::constant),
            1 => return Self::TOP,
            _ => {}
        }
        let (modulus, residue) = match u64::try_from(modulus) {
            Ok(modulus) => (modulus, residue),
            // A divisor that fits: the power of two in it.
            Err(_) => (1 << modulus.trailing_zeros().min(63), residue),
        };
        Self { modulus, residue: (residue % u128::from(modulus)) as u64 } // CAST: below the modulus
    }

    /// Whether `x` is in the set.
    pub const fn contains(self, x: u64) -> bool {
        if self.modulus == 0 { x == self.residue } else { x % self.modulus == self.residue }
    }

    /// Numbers of either.
    pub fn join(self, other: Self) -> Self {
        if self.modulus == 1 || other.modulus == 1 {
            return Self::TOP;
        }
        let apart = self.residue.abs_diff(other.residue);
        let modulus = gcd_64(gcd_64(self.modulus, other.modulus), apart);
        Self::of(modulus.into(), self.residue.into())
    }

    /// Numbers of both, or a set that holds them; `None` if there are none.
    pub fn meet(self, other: Self) -> Option<Self> {
        let (fine, coarse) = if self.is_finer(other) { (self, other) } else { (other, self) };
        if fine.modulus == 0 {
            return coarse.contains(fine.residue).then_some(fine);
        }
        if coarse.modulus == 1 {
            return Some(fine);
        }
        let shared = gcd_64(fine.modulus, coarse.modulus);
        if shared != 0 && fine.residue % shared != coarse.residue % shared {
            return None;
        }
        Some(fine)
    }

    /// Whether this one says at least as much as `other`, as far as the moduli tell.
    const fn is_finer(self, other: Self) -> bool {
        self.modulus == 0 || other.modulus != 0 && self.modulus >= other.modulus
    }

    /// The same set where results are cut to `width` bits and may have wrapped: only the power of two
    /// in the modulus survives.
    pub(crate) fn wrapped(modulus: u128, residue: u128, width: u32) -> Self {
        let power = match modulus {
            0 => width,
            m => m.trailing_zeros().min(width),
        };
        if power >= 64 {
            // CAST: the residue of a single number, cut to 64 bits.
            return Self::constant(residue as u64);
        }
        let constant = modulus == 0;
        let cut = residue & ((1u128 << power) - 1);
        if constant { Self::constant(cut as u64) } else { Self::of(1 << power, cut) } // CAST: cut below 2^64
    }
}
