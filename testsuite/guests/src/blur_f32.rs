//! A 3 by 3 blur of a grey image in f32: conversions from bytes and back, saturating at the end.

use crate::{fold_bytes, rng::Rng};

const SIDE: usize = 128;

/// Blurs and sharpens a 128 by 128 image `n` times.
pub fn run(n: i32) -> i64 {
    const KERNEL: [[f32; 3]; 3] = [[0.0625, 0.125, 0.0625], [0.125, 0.25, 0.125], [0.0625, 0.125, 0.0625]];
    let mut rng = Rng::new(9);
    let mut image: Vec<u8> = (0..SIDE * SIDE).map(|_| rng.next() as u8).collect();
    let mut out = image.clone();
    for round in 0..n.max(0) {
        for row in 1..SIDE - 1 {
            for col in 1..SIDE - 1 {
                let mut blurred = 0_f32;
                for (dy, weights) in KERNEL.iter().enumerate() {
                    for (dx, weight) in weights.iter().enumerate() {
                        blurred += weight * f32::from(image[(row + dy - 1) * SIDE + col + dx - 1]);
                    }
                }
                let here = f32::from(image[row * SIDE + col]);
                // Sharpening overshoots 0 and 255; the cast saturates.
                let value = if round % 2 == 0 { here + 1.75 * (here - blurred) } else { blurred };
                out[row * SIDE + col] = value.round_ties_even() as u8;
            }
        }
        core::mem::swap(&mut image, &mut out);
    }
    fold_bytes(0, &image)
}
