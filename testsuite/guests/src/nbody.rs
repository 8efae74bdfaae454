//! Sun and four planets, as in the Computer Language Benchmarks Game: f64 arithmetic and square roots.

use crate::fold;

#[derive(Clone, Copy)]
struct Body {
    at: [f64; 3],
    velocity: [f64; 3],
    mass: f64,
}

const SOLAR_MASS: f64 = 39.478_417_604_357_43;
const DAYS: f64 = 365.24;

/// Positions in astronomical units, velocities in units per day, masses in suns.
const BODIES: [([f64; 3], [f64; 3], f64); 5] = [
    ([0.0; 3], [0.0; 3], 1.0),
    (
        [4.841_431_442_464_72, -1.160_320_044_027_428_4, -1.036_220_444_711_231_1e-1],
        [1.660_076_642_744_037e-3, 7.699_011_184_197_404e-3, -6.904_600_169_720_63e-5],
        9.547_919_384_243_266e-4,
    ),
    (
        [8.343_366_718_244_58, 4.124_798_564_124_305, -4.035_234_171_143_214e-1],
        [-2.767_425_107_268_624e-3, 4.998_528_012_349_172e-3, 2.304_172_975_737_639_3e-5],
        2.858_859_806_661_308e-4,
    ),
    (
        [1.289_436_956_213_913_1e1, -1.511_115_140_169_863_1e1, -2.233_075_788_926_557_3e-1],
        [2.964_601_375_647_616e-3, 2.378_471_739_594_809_5e-3, -2.965_895_685_402_375_6e-5],
        4.366_244_043_351_563e-5,
    ),
    (
        [1.537_969_711_485_091_1e1, -2.591_931_460_998_796_4e1, 1.792_587_729_503_711_8e-1],
        [2.680_677_724_903_893_2e-3, 1.628_241_700_382_423e-3, -9.515_922_545_197_159e-5],
        5.151_389_020_466_114_5e-5,
    ),
];

/// Advances the system by `n` steps of 0.01 years and returns the bits of its energy.
pub fn run(n: i32) -> i64 {
    let mut bodies = BODIES.map(|(at, velocity, mass)| Body {
        at,
        velocity: velocity.map(|component| component * DAYS),
        mass: mass * SOLAR_MASS,
    });
    for axis in 0..3 {
        let momentum: f64 = bodies.iter().map(|body| body.velocity[axis] * body.mass).sum();
        bodies[0].velocity[axis] = -momentum / SOLAR_MASS;
    }
    let before = energy(&bodies);
    for _ in 0..n.max(0) {
        advance(&mut bodies, 0.01);
    }
    fold(before.to_bits() as i64, energy(&bodies).to_bits() as i64)
}

fn advance(bodies: &mut [Body; 5], dt: f64) {
    for i in 0..5 {
        for j in i + 1..5 {
            let delta: [f64; 3] = core::array::from_fn(|axis| bodies[i].at[axis] - bodies[j].at[axis]);
            let square = delta[0] * delta[0] + delta[1] * delta[1] + delta[2] * delta[2];
            let magnitude = dt / (square * square.sqrt());
            let (mass_i, mass_j) = (bodies[i].mass, bodies[j].mass);
            for (axis, delta) in delta.into_iter().enumerate() {
                bodies[i].velocity[axis] -= delta * mass_j * magnitude;
                bodies[j].velocity[axis] += delta * mass_i * magnitude;
            }
        }
    }
    for body in bodies {
        for axis in 0..3 {
            body.at[axis] += dt * body.velocity[axis];
        }
    }
}

fn energy(bodies: &[Body; 5]) -> f64 {
    let mut energy = 0.0;
    for (i, body) in bodies.iter().enumerate() {
        let [x, y, z] = body.velocity;
        energy += 0.5 * body.mass * (x * x + y * y + z * z);
        for other in &bodies[i + 1..] {
            let [x, y, z]: [f64; 3] = core::array::from_fn(|axis| body.at[axis] - other.at[axis]);
            energy -= body.mass * other.mass / (x * x + y * y + z * z).sqrt();
        }
    }
    energy
}
