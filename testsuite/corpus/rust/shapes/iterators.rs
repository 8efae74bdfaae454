//! Loops over slices by iterators and by index.
//!
//! entry: over_slice(n: 0..=500, seed: any)
//! entry: by_index(n: 0..=500, seed: any)
//! entry: zipped(n: 0..=250, m: 0..=200, seed: any)
//! entry: windows(n: 0..=500, seed: any)
//! entry: chunks(n: 0..=500, seed: any)
//! entry: exact_chunks(n: 0..=500, seed: any)
//! entry: taken_while(n: 0..=500, seed: any)
//! entry: position(n: 0..=500, key: 0..=255, seed: any)
//! entry: both_ends(n: 0..=500)
//! entry: enumerated(n: 0..=500, seed: any)
//! entry: filtered(n: 0..=500, seed: any)
//! entry: chained(n: 0..=200, m: 0..=200, seed: any)
//! entry: skipped(n: 0..=500, k: 0..=20, seed: any)
//! entry: peeked(n: 0..=500, seed: any)
//! entry: rotated(n: 1..=100, k: 0..=100, seed: any)
//! entry: matrix(n: 0..=16, seed: any)
//! entry: split(n: 0..=500, seed: any)
//! entry: running_maximum(n: 0..=500, seed: any)
#![no_std]

use corpus::{bytes, keep};

fn input(n: u32, seed: u32) -> ([u8; 512], usize) {
    (bytes(seed), (n as usize).min(512))
}

#[unsafe(no_mangle)]
extern "C" fn over_slice(n: u32, seed: u32) -> u32 {
    let (data, n) = input(n, seed);
    let mut hash = 0_u32;
    for byte in &data[..n] {
        hash = hash.rotate_left(5) ^ u32::from(*byte);
    }
    hash
}

#[unsafe(no_mangle)]
extern "C" fn by_index(n: u32, seed: u32) -> u32 {
    let (data, n) = input(n, seed);
    let mut hash = 0_u32;
    for i in 0..n {
        hash = hash.rotate_left(5) ^ u32::from(data[i]) ^ u32::from(data[n - 1 - i]);
    }
    hash
}

#[unsafe(no_mangle)]
extern "C" fn zipped(n: u32, m: u32, seed: u32) -> u32 {
    let (data, _) = input(0, seed);
    let (a, b) = data.split_at(256);
    a[..n as usize].iter().zip(&b[..m as usize]).fold(0, |hash: u32, (a, b)| hash.rotate_left(3) ^ u32::from(a ^ b))
}

#[unsafe(no_mangle)]
extern "C" fn windows(n: u32, seed: u32) -> u32 {
    let (data, n) = input(n, seed);
    data[..n].windows(3).filter(|w| w[0] < w[1] && w[1] > w[2]).count() as u32
}

#[unsafe(no_mangle)]
extern "C" fn chunks(n: u32, seed: u32) -> u32 {
    let (data, n) = input(n, seed);
    let mut hash = 0_u32;
    for chunk in data[..n].chunks(10) {
        for byte in chunk {
            hash = hash.rotate_left(1) ^ u32::from(*byte);
        }
        hash = hash.wrapping_mul(31);
    }
    hash
}

#[unsafe(no_mangle)]
extern "C" fn exact_chunks(n: u32, seed: u32) -> u32 {
    let (data, n) = input(n, seed);
    let chunks = data[..n].chunks_exact(4);
    let rest = chunks.remainder().len() as u32;
    chunks.fold(rest, |hash, c| hash.rotate_left(7) ^ u32::from_le_bytes([c[0], c[1], c[2], c[3]]))
}

#[unsafe(no_mangle)]
extern "C" fn taken_while(n: u32, seed: u32) -> u32 {
    let (data, n) = input(n, seed);
    data[..n].iter().take_while(|byte| **byte != 0).fold(0, |sum, byte| sum ^ keep(u32::from(*byte)))
}

#[unsafe(no_mangle)]
extern "C" fn position(n: u32, key: u32, seed: u32) -> u32 {
    let (data, n) = input(n, seed);
    data[..n].iter().position(|byte| u32::from(*byte) == key).map_or(u32::MAX, |at| at as u32)
}

#[unsafe(no_mangle)]
extern "C" fn both_ends(n: u32) -> u32 {
    let mut data = [7_u8; 512];
    let mut slice = &mut data[..n as usize];
    let mut sum = 0;
    while let [first, middle @ .., last] = slice {
        core::mem::swap(first, last);
        sum ^= keep(u32::from(*first));
        slice = middle;
    }
    sum
}

#[unsafe(no_mangle)]
extern "C" fn enumerated(n: u32, seed: u32) -> u32 {
    let (data, n) = input(n, seed);
    let mut best = (0, 0);
    for (at, byte) in data[..n].iter().enumerate() {
        if *byte > best.1 {
            best = (at, *byte);
        }
    }
    best.0 as u32
}

#[unsafe(no_mangle)]
extern "C" fn filtered(n: u32, seed: u32) -> u32 {
    let (data, n) = input(n, seed);
    data[..n].iter().filter(|byte| **byte % 3 == 0).map(|byte| keep(u32::from(*byte))).sum()
}

#[unsafe(no_mangle)]
extern "C" fn chained(n: u32, m: u32, seed: u32) -> u32 {
    let (data, _) = input(0, seed);
    let (a, b) = (&data[..n as usize], &data[256..256 + m as usize]);
    let mut sum = 0;
    for byte in a.iter().chain(b) {
        sum ^= keep(u32::from(*byte));
    }
    sum
}

#[unsafe(no_mangle)]
extern "C" fn skipped(n: u32, k: u32, seed: u32) -> u32 {
    let (data, n) = input(n, seed);
    data[..n].iter().skip(k as usize).step_by(3).fold(0, |sum, byte| sum ^ keep(u32::from(*byte)))
}

#[unsafe(no_mangle)]
extern "C" fn peeked(n: u32, seed: u32) -> u32 {
    let (data, n) = input(n, seed);
    let mut bytes = data[..n].iter().peekable();
    let mut runs = 0;
    while let Some(byte) = bytes.next() {
        while bytes.next_if(|next| *next & 1 == byte & 1).is_some() {}
        runs += 1;
    }
    runs
}

#[unsafe(no_mangle)]
extern "C" fn rotated(n: u32, k: u32, seed: u32) -> u32 {
    let (mut data, n) = input(n, seed);
    for _ in 0..k % n as u32 {
        let first = data[0];
        for i in 1..n {
            data[i - 1] = data[i];
        }
        data[n - 1] = keep(first);
    }
    data[0].into()
}

#[unsafe(no_mangle)]
extern "C" fn matrix(n: u32, seed: u32) -> u32 {
    let data: [u8; 256] = bytes(seed);
    let n = n as usize;
    let mut sum = 0;
    for row in data.chunks_exact(16).take(n) {
        for cell in row.iter().take(n) {
            sum ^= keep(u32::from(*cell));
        }
    }
    sum
}

#[unsafe(no_mangle)]
extern "C" fn split(n: u32, seed: u32) -> u32 {
    let (data, n) = input(n, seed);
    data[..n].split(|byte| *byte < 20).map(|part| keep(part.len() as u32)).max().unwrap_or(0)
}

#[unsafe(no_mangle)]
extern "C" fn running_maximum(n: u32, seed: u32) -> u32 {
    let (data, n) = input(n, seed);
    data[..n]
        .iter()
        .scan(0, |most, byte| {
            *most = (*byte).max(*most);
            Some(keep(u32::from(*most)))
        })
        .sum()
}
