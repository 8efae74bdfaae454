//! Calls through tables: trait objects and function pointers, both `call_indirect` in wasm.

use crate::{fold, rng::Rng};

trait Shape {
    fn area(&self) -> i64;
    fn grow(&mut self, by: i64);
}

struct Square(i64);
struct Rectangle(i64, i64);
struct Triangle(i64, i64);
struct Cross(i64, i64);

impl Shape for Square {
    fn area(&self) -> i64 {
        self.0.wrapping_mul(self.0)
    }
    fn grow(&mut self, by: i64) {
        self.0 = self.0.wrapping_add(by) & 0xffff;
    }
}

impl Shape for Rectangle {
    fn area(&self) -> i64 {
        self.0.wrapping_mul(self.1)
    }
    fn grow(&mut self, by: i64) {
        self.0 = self.0.wrapping_add(by) & 0xffff;
        self.1 ^= by;
    }
}

impl Shape for Triangle {
    fn area(&self) -> i64 {
        self.0.wrapping_mul(self.1) >> 1
    }
    fn grow(&mut self, by: i64) {
        self.1 = self.1.wrapping_sub(by) & 0xffff;
    }
}

impl Shape for Cross {
    fn area(&self) -> i64 {
        self.0.wrapping_mul(4).wrapping_add(self.1)
    }
    fn grow(&mut self, by: i64) {
        core::mem::swap(&mut self.0, &mut self.1);
        self.0 = self.0.wrapping_add(by) & 0xffff;
    }
}

type Step = fn(i64, i64) -> i64;

const STEPS: [Step; 8] = [
    |a, b| a.wrapping_add(b),
    |a, b| a.wrapping_sub(b),
    |a, b| a ^ b.rotate_left(7),
    |a, b| a.wrapping_mul(b | 1),
    |a, b| a.rotate_right(9).wrapping_add(b),
    |a, b| (a & b).wrapping_add(a >> 3),
    |a, b| (a | b).wrapping_sub(b >> 5),
    |a, _| !a,
];

/// Goes `n` times over 256 shapes of four kinds in random order.
pub fn run(n: i32) -> i64 {
    let mut rng = Rng::new(5);
    let mut shapes: Vec<Box<dyn Shape>> = (0..256)
        .map(|_| {
            let (a, b) = (rng.below(1000).into(), rng.below(1000).into());
            match rng.below(4) {
                0 => Box::new(Square(a)) as Box<dyn Shape>,
                1 => Box::new(Rectangle(a, b)),
                2 => Box::new(Triangle(a, b)),
                _ => Box::new(Cross(a, b)),
            }
        })
        .collect();
    let steps: Vec<Step> = (0..256).map(|_| STEPS[rng.below(8) as usize]).collect();
    let mut sum = 0_i64;
    for round in 0..n.max(0) {
        for (shape, step) in shapes.iter_mut().zip(&steps) {
            shape.grow((sum & 15) + i64::from(round));
            sum = step(sum, shape.area());
        }
    }
    fold(0, sum)
}
