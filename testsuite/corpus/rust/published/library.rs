//! Loops of Rust's own library, as programs get them without asking.
//!
//! entry: validate_utf8(n: 0..=300, seed: any)
//! entry: count_chars(n: 0..=300, seed: any)
//! entry: parse(x: any)
//! entry: binary_search(n: 0..=300, key: 0..=255, seed: any)
//! entry: contains(n: 0..=300, key: 0..=255, seed: any)
//! entry: equal(n: 0..=250, seed: any)
//! entry: reverse(n: 0..=300, seed: any)
//! entry: rotate(n: 1..=100, by: 0..=99, seed: any)
//! entry: integer_root(x: any)
//! entry: integer_power(x: 0..=9, exponent: 0..=9)
//! entry: partition_point(n: 0..=300, key: 0..=255, seed: any)
//! entry: dedup(n: 0..=300, seed: any)
//! entry: lines(n: 0..=300, seed: any)
//! entry: trim(n: 0..=300)
#![no_std]

use corpus::bytes;

fn text(data: &mut [u8; 320], n: u32) -> &str {
    for byte in data.iter_mut() {
        *byte = *byte % 96 + 32;
    }
    core::str::from_utf8(&data[..n as usize]).unwrap_or("")
}

#[unsafe(no_mangle)]
extern "C" fn validate_utf8(n: u32, seed: u32) -> u32 {
    let data: [u8; 320] = bytes(seed);
    match core::str::from_utf8(&data[..n as usize]) {
        Ok(text) => text.len() as u32,
        Err(error) => error.valid_up_to() as u32,
    }
}

#[unsafe(no_mangle)]
extern "C" fn count_chars(n: u32, seed: u32) -> u32 {
    text(&mut bytes(seed), n).chars().count() as u32
}

#[unsafe(no_mangle)]
extern "C" fn parse(x: u32) -> u32 {
    let mut digits = [b'0'; 10];
    let mut rest = x;
    for digit in digits.iter_mut().rev() {
        *digit += (rest % 10) as u8;
        rest /= 10;
    }
    core::str::from_utf8(&digits).ok().and_then(|text| text.parse::<u32>().ok()).unwrap_or(7)
}

#[unsafe(no_mangle)]
extern "C" fn binary_search(n: u32, key: u32, seed: u32) -> u32 {
    let data: [u8; 320] = bytes(seed);
    data[..n as usize].binary_search(&(key as u8)).unwrap_or_else(|at| at) as u32
}

#[unsafe(no_mangle)]
extern "C" fn contains(n: u32, key: u32, seed: u32) -> u32 {
    let data: [u8; 320] = bytes(seed);
    data[..n as usize].contains(&(key as u8)).into()
}

#[unsafe(no_mangle)]
extern "C" fn equal(n: u32, seed: u32) -> u32 {
    let (a, b): ([u8; 256], [u8; 256]) = (bytes(seed), bytes(seed | 1));
    a[..n as usize].iter().eq(&b[..n as usize]).into()
}

#[unsafe(no_mangle)]
extern "C" fn reverse(n: u32, seed: u32) -> u32 {
    let mut data: [u8; 320] = bytes(seed);
    data[..n as usize].reverse();
    data[0].into()
}

#[unsafe(no_mangle)]
extern "C" fn rotate(n: u32, by: u32, seed: u32) -> u32 {
    let mut data: [u8; 320] = bytes(seed);
    data[..n as usize].rotate_left((by % n) as usize);
    data[0].into()
}

#[unsafe(no_mangle)]
extern "C" fn integer_root(x: u64) -> u32 {
    x.isqrt() as u32
}

#[unsafe(no_mangle)]
extern "C" fn integer_power(x: u32, exponent: u32) -> u32 {
    x.checked_pow(exponent).unwrap_or(0)
}

#[unsafe(no_mangle)]
extern "C" fn partition_point(n: u32, key: u32, seed: u32) -> u32 {
    let data: [u8; 320] = bytes(seed);
    data[..n as usize].partition_point(|byte| u32::from(*byte) < key) as u32
}

#[unsafe(no_mangle)]
extern "C" fn dedup(n: u32, seed: u32) -> u32 {
    let data: [u8; 320] = bytes(seed);
    data[..n as usize].chunk_by(|a, b| a & 1 == b & 1).count() as u32
}

#[unsafe(no_mangle)]
extern "C" fn lines(n: u32, seed: u32) -> u32 {
    let mut data: [u8; 320] = bytes(seed);
    text(&mut data, n).split(' ').map(|word| word.len() as u32).max().unwrap_or(0)
}

#[unsafe(no_mangle)]
extern "C" fn trim(n: u32) -> u32 {
    let data = [b' '; 320];
    core::str::from_utf8(&data[..n as usize]).unwrap_or("").trim().len() as u32
}
