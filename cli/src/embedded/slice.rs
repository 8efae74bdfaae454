//! How much fuel a slice gets, so that it takes about a millisecond on this machine for this program.

use std::time::Duration;

/// How long a slice should take.
const TARGET: Duration = Duration::from_millis(1);
/// Fuel of the first slice: about a millisecond for plain integer code.
const FIRST: u64 = 1_000_000;
/// Fuel of a slice at least and at most, whatever was measured.
const RANGE: (u64, u64) = (20_000, 50_000_000);
/// A slice that used less fuel than this says nothing about speed.
const TELLING: u64 = 10_000;

/// Measures slices.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slice {
    fuel: u64,
}

impl Default for Slice {
    fn default() -> Self {
        Slice { fuel: FIRST }
    }
}

impl Slice {
    /// Fuel for the next slice.
    pub(super) fn fuel(self) -> u64 {
        self.fuel
    }

    /// Learns from a slice. One odd measurement, for instance because the thread was preempted, at most halves
    /// or doubles the next slice.
    pub(super) fn measured(&mut self, used: u64, took: Duration) {
        if used < TELLING {
            return;
        }
        let wanted = u128::from(used) * TARGET.as_nanos() / took.as_nanos().max(1);
        let wanted = u64::try_from(wanted).unwrap_or(u64::MAX);
        self.fuel = wanted.clamp(self.fuel / 2, self.fuel.saturating_mul(2)).clamp(RANGE.0, RANGE.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_approach_the_target() {
        let mut slice = Slice::default();
        // 4 ns a unit of fuel.
        for _ in 0..8 {
            let fuel = slice.fuel();
            slice.measured(fuel, Duration::from_nanos(fuel * 4));
        }
        assert_eq!(slice.fuel(), 250_000);
    }

    #[test]
    fn odd_measurements_do_little() {
        let mut slice = Slice::default();
        slice.measured(5, Duration::from_secs(1));
        assert_eq!(slice.fuel(), FIRST);
        slice.measured(FIRST, Duration::from_secs(1));
        assert_eq!(slice.fuel(), FIRST / 2);
        slice.measured(FIRST, Duration::ZERO);
        assert_eq!(slice.fuel(), FIRST);
    }
}
