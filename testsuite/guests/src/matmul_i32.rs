//! Integer matrix product in the textbook order: three nested loops, two loads and a multiply-add inside.

use crate::{fold, rng::Rng};

/// Multiplies two `n` by `n` matrices, wrapping.
pub fn run(n: i32) -> i64 {
    let side = n.max(1) as usize;
    let mut rng = Rng::new(1);
    let mut matrix = || (0..side * side).map(|_| rng.next() as i32).collect::<Vec<i32>>();
    let (a, b) = (matrix(), matrix());
    let mut c = vec![0_i32; side * side];
    for row in 0..side {
        for col in 0..side {
            let mut sum = 0_i32;
            for k in 0..side {
                sum = sum.wrapping_add(a[row * side + k].wrapping_mul(b[k * side + col]));
            }
            c[row * side + col] = sum;
        }
    }
    c.iter().fold(0, |sum, &cell| fold(sum, cell.into()))
}
