//! Mandelbrot set by iteration: f64 in registers, a loop exit that depends on them.

use crate::fold;

/// Most iterations per point.
const ITERATIONS: u32 = 100;

/// Counts the iterations for each point of an `n` by `n` grid.
pub fn run(n: i32) -> i64 {
    let side = n.max(1);
    let mut sum = 0;
    for row in 0..side {
        let ci = 2.0 * f64::from(row) / f64::from(side) - 1.0;
        let mut inside = 0_i64;
        for col in 0..side {
            let cr = 3.0 * f64::from(col) / f64::from(side) - 2.0;
            let (mut zr, mut zi) = (0.0_f64, 0.0_f64);
            let mut count = 0;
            while count < ITERATIONS && zr * zr + zi * zi <= 4.0 {
                (zr, zi) = (zr * zr - zi * zi + cr, 2.0 * zr * zi + ci);
                count += 1;
            }
            inside += i64::from(count);
        }
        sum = fold(sum, inside);
    }
    sum
}
