//! Numbers, matrices, graphs and strings.
//!
//! entry: matmul(n: 0..=16, seed: any)
//! entry: fir(n: 0..=200, seed: any)
//! entry: floyd_warshall(n: 0..=16, seed: any)
//! entry: breadth_first(n: 1..=32, seed: any)
//! entry: sieve(n: 0..=500)
//! entry: gcd_binary(a: 1..=100000, b: 1..=100000)
//! entry: modular_power(base: any, exponent: any, modulus: 1..=65535)
//! entry: is_prime(n: 2..=60000)
//! run: is_prime(59999)
//! entry: square_root(x: any)
//! entry: big_add(n: 0..=32, seed: any)
//! entry: big_multiply(n: 0..=16, m: 0..=16, seed: any)
//! entry: levenshtein(n: 0..=30, m: 0..=30, seed: any)
//! entry: kmp(n: 0..=200, m: 1..=16, seed: any)
//! entry: life(generations: 0..=8, seed: any)
//! entry: knapsack(items: 0..=20, capacity: 0..=100, seed: any)
//! entry: fibonacci(n: 0..=90)
//! entry: pcg(n: 0..=500, seed: any)
//! entry: mandelbrot(x: -2000..=1000, y: -1000..=1000)
//! run: mandelbrot(0, 0)
#![no_std]

use corpus::{bytes, next};

#[unsafe(no_mangle)]
extern "C" fn matmul(n: u32, seed: u32) -> u32 {
    let data: [u8; 512] = bytes(seed);
    let n = (n as usize).min(16);
    let mut product = [0_u32; 256];
    for i in 0..n {
        for j in 0..n {
            for k in 0..n {
                product[16 * i + j] += u32::from(data[16 * i + k]) * u32::from(data[256 + 16 * k + j]);
            }
        }
    }
    product[17]
}

#[unsafe(no_mangle)]
extern "C" fn fir(n: u32, seed: u32) -> i32 {
    const TAPS: [i32; 9] = [-1, 0, 9, 16, 20, 16, 9, 0, -1];
    let data: [u8; 256] = bytes(seed);
    let windows = data[..n as usize].windows(TAPS.len());
    windows.map(|w| w.iter().zip(TAPS).map(|(x, tap)| i32::from(*x) * tap).sum::<i32>()).fold(0, |a, b| a ^ b)
}

#[unsafe(no_mangle)]
extern "C" fn floyd_warshall(n: u32, seed: u32) -> u32 {
    let data: [u8; 256] = bytes(seed);
    let n = n as usize;
    let mut far = [[0_u32; 16]; 16];
    for (row, from) in far.iter_mut().zip(data.chunks_exact(16)) {
        for (cell, byte) in row.iter_mut().zip(from) {
            *cell = u32::from(*byte) + 1;
        }
    }
    for k in 0..n {
        for i in 0..n {
            for j in 0..n {
                far[i][j] = far[i][j].min(far[i][k] + far[k][j]);
            }
        }
    }
    far[0][1]
}

#[unsafe(no_mangle)]
extern "C" fn breadth_first(n: u32, mut seed: u32) -> u32 {
    let mut edges = [0_u32; 32];
    for row in edges.iter_mut().take(n as usize) {
        *row = next(&mut seed) & next(&mut seed) & next(&mut seed);
    }
    let (mut seen, mut front, mut depth) = (1_u32, 1_u32, 0);
    while front != 0 && depth < 32 {
        let mut reached = 0;
        while front != 0 {
            reached |= edges[front.trailing_zeros() as usize];
            front &= front - 1;
        }
        front = reached & !seen;
        seen |= reached;
        depth += 1;
    }
    seen.count_ones()
}

#[unsafe(no_mangle)]
extern "C" fn sieve(n: u32) -> u32 {
    let mut composite = [false; 501];
    let n = n as usize;
    let mut primes = 0;
    for i in 2..=n {
        if composite[i] {
            continue;
        }
        primes += 1;
        for multiple in (i * i..=n).step_by(i) {
            composite[multiple] = true;
        }
    }
    primes
}

#[unsafe(no_mangle)]
extern "C" fn gcd_binary(mut a: u32, mut b: u32) -> u32 {
    let shift = (a | b).trailing_zeros();
    a >>= a.trailing_zeros();
    while b != 0 {
        b >>= b.trailing_zeros();
        if a > b {
            core::mem::swap(&mut a, &mut b);
        }
        b -= a;
    }
    a << shift
}

#[unsafe(no_mangle)]
extern "C" fn modular_power(base: u32, mut exponent: u32, modulus: u32) -> u32 {
    let (mut base, mut out) = (base % modulus, 1 % modulus);
    while exponent > 0 {
        if exponent & 1 == 1 {
            out = out * base % modulus;
        }
        base = base * base % modulus;
        exponent >>= 1;
    }
    out
}

#[unsafe(no_mangle)]
extern "C" fn is_prime(n: u32) -> u32 {
    let mut divisor = 2;
    while divisor * divisor <= n {
        if n % divisor == 0 {
            return divisor;
        }
        divisor += 1;
    }
    0
}

#[unsafe(no_mangle)]
extern "C" fn square_root(x: u64) -> u32 {
    let mut root = 0_u64;
    for bit in (0..32).rev() {
        let next = root | 1 << bit;
        if next * next <= x {
            root = next;
        }
    }
    root as u32
}

#[unsafe(no_mangle)]
extern "C" fn big_add(n: u32, mut seed: u32) -> u32 {
    let (mut a, mut b) = ([0_u32; 32], [0_u32; 32]);
    for (a, b) in a.iter_mut().zip(&mut b) {
        (*a, *b) = (next(&mut seed), next(&mut seed));
    }
    let mut carry = 0;
    for (a, b) in a.iter_mut().zip(&b).take(n as usize) {
        let sum = u64::from(*a) + u64::from(*b) + carry;
        *a = sum as u32;
        carry = sum >> 32;
    }
    a[0] ^ carry as u32
}

#[unsafe(no_mangle)]
extern "C" fn big_multiply(n: u32, m: u32, mut seed: u32) -> u32 {
    let (mut a, mut b, mut out) = ([0_u32; 16], [0_u32; 16], [0_u32; 32]);
    for (a, b) in a.iter_mut().zip(&mut b) {
        (*a, *b) = (next(&mut seed), next(&mut seed));
    }
    for (i, a) in a[..n as usize].iter().enumerate() {
        let mut carry = 0;
        for (j, b) in b[..m as usize].iter().enumerate() {
            let sum = u64::from(*a) * u64::from(*b) + u64::from(out[i + j]) + carry;
            out[i + j] = sum as u32;
            carry = sum >> 32;
        }
        out[i + m as usize] = carry as u32;
    }
    out[1]
}

#[unsafe(no_mangle)]
extern "C" fn levenshtein(n: u32, m: u32, seed: u32) -> u32 {
    let data: [u8; 64] = bytes(seed);
    let (a, b) = (&data[..n as usize], &data[32..32 + m as usize]);
    let mut row = [0_usize; 32];
    for (at, cell) in row.iter_mut().enumerate() {
        *cell = at;
    }
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let best = (diagonal + usize::from(x & 3 != y & 3)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = row[j + 1];
            row[j + 1] = best;
        }
    }
    row[b.len()] as u32
}

#[unsafe(no_mangle)]
extern "C" fn kmp(n: u32, m: u32, seed: u32) -> u32 {
    let data: [u8; 256] = bytes(seed);
    let (text, word) = (&data[..n as usize], &data[224..224 + m as usize]);
    let same = |a: u8, b: u8| a & 1 == b & 1;
    let mut back = [0_usize; 32];
    let mut k = 0;
    for i in 1..word.len() {
        while k > 0 && !same(word[k], word[i]) {
            k = back[k - 1];
        }
        k += usize::from(same(word[k], word[i]));
        back[i] = k;
    }
    let mut found = 0;
    k = 0;
    for c in text {
        while k > 0 && !same(word[k], *c) {
            k = back[k - 1];
        }
        k += usize::from(same(word[k], *c));
        if k == word.len() {
            found += 1;
            k = back[k - 1];
        }
    }
    found
}

#[unsafe(no_mangle)]
extern "C" fn life(generations: u32, seed: u32) -> u32 {
    let mut cells: [u8; 256] = bytes(seed);
    for cell in &mut cells {
        *cell &= 1;
    }
    for _ in 0..generations {
        let old = cells;
        for y in 0..16 {
            for x in 0..16 {
                let mut count = 0;
                for dy in [15, 0, 1] {
                    for dx in [15, 0, 1] {
                        count += old[(y + dy) % 16 * 16 + (x + dx) % 16];
                    }
                }
                let at = 16 * y + x;
                cells[at] = (count == 3 || count == 4 && old[at] == 1).into();
            }
        }
    }
    cells.iter().map(|cell| u32::from(*cell)).sum()
}

#[unsafe(no_mangle)]
extern "C" fn knapsack(items: u32, capacity: u32, mut seed: u32) -> u32 {
    let mut worth = [0_u32; 101];
    let capacity = capacity as usize;
    for _ in 0..items {
        let (weight, value) = (next(&mut seed) as usize % 20 + 1, next(&mut seed) % 50);
        for room in (weight..=capacity).rev() {
            worth[room] = worth[room].max(worth[room - weight] + value);
        }
    }
    worth[capacity]
}

#[unsafe(no_mangle)]
extern "C" fn fibonacci(n: u32) -> u64 {
    let (mut a, mut b) = (0_u64, 1_u64);
    for _ in 0..n {
        (a, b) = (b, a + b);
    }
    a
}

#[unsafe(no_mangle)]
extern "C" fn pcg(n: u32, seed: u32) -> u32 {
    let (mut state, mut out) = (u64::from(seed), 0);
    for _ in 0..n {
        let old = state;
        state = old.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        out ^= ((old >> 18 ^ old) >> 27) as u32;
        out = out.rotate_right((old >> 59) as u32);
    }
    out
}

#[unsafe(no_mangle)]
extern "C" fn mandelbrot(x: i32, y: i32) -> u32 {
    let (cr, ci) = (f64::from(x) / 1000.0, f64::from(y) / 1000.0);
    let (mut zr, mut zi) = (0.0, 0.0);
    (0..300)
        .take_while(|_| {
            (zr, zi) = (zr * zr - zi * zi + cr, 2.0 * zr * zi + ci);
            zr * zr + zi * zi <= 4.0
        })
        .count() as u32
}
