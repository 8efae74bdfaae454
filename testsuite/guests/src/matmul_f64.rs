//! Matrix product in f64, rows added into rows: the cache-friendly order, a load and a store per multiply-add.

use crate::{fold, rng::Rng};

/// Multiplies two `n` by `n` matrices.
pub fn run(n: i32) -> i64 {
    let side = n.max(1) as usize;
    let mut rng = Rng::new(2);
    let mut matrix = || (0..side * side).map(|_| rng.unit() - 0.5).collect::<Vec<f64>>();
    let (a, b) = (matrix(), matrix());
    let mut c = vec![0_f64; side * side];
    for (row, out) in a.chunks_exact(side).zip(c.chunks_exact_mut(side)) {
        for (&factor, row) in row.iter().zip(b.chunks_exact(side)) {
            for (out, &cell) in out.iter_mut().zip(row) {
                *out += factor * cell;
            }
        }
    }
    c.iter().fold(0, |sum, cell| fold(sum, cell.to_bits() as i64))
}
