//! Checksums, codecs and parsers, on slices.
//!
//! entry: crc32(n: 0..=500, seed: any)
//! entry: adler32(n: 0..=500, seed: any)
//! entry: fnv1a(n: 0..=500, seed: any)
//! entry: siphash(n: 0..=500, seed: any)
//! entry: rle(n: 0..=250, seed: any)
//! entry: base64(n: 0..=300, seed: any)
//! entry: hex(n: 0..=250, seed: any)
//! entry: varints(n: 0..=500, seed: any)
//! entry: utf8(n: 0..=500, seed: any)
//! entry: decimal(x: any)
//! entry: csv(n: 0..=500, seed: any)
//! entry: brackets(n: 0..=500, seed: any)
//! entry: lz(n: 0..=300, seed: any)
//! entry: xtea(rounds: 0..=64, seed: any)
//! entry: chacha(rounds: 0..=10, seed: any)
#![no_std]

use corpus::{bytes, next};

#[unsafe(no_mangle)]
extern "C" fn crc32(n: u32, seed: u32) -> u32 {
    let data: [u8; 512] = bytes(seed);
    let mut crc = u32::MAX;
    for byte in &data[..n as usize] {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ 0xedb8_8320 & (crc & 1).wrapping_neg();
        }
    }
    !crc
}

#[unsafe(no_mangle)]
extern "C" fn adler32(n: u32, seed: u32) -> u32 {
    let data: [u8; 512] = bytes(seed);
    let (mut a, mut b) = (1, 0);
    for block in data[..n as usize].chunks(100) {
        for byte in block {
            a += u32::from(*byte);
            b += a;
        }
        a %= 65521;
        b %= 65521;
    }
    b << 16 | a
}

#[unsafe(no_mangle)]
extern "C" fn fnv1a(n: u32, seed: u32) -> u64 {
    let data: [u8; 512] = bytes(seed);
    data[..n as usize]
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

fn sip_round(v: &mut [u64; 4]) {
    v[0] = v[0].wrapping_add(v[1]);
    v[1] = v[1].rotate_left(13) ^ v[0];
    v[0] = v[0].rotate_left(32);
    v[2] = v[2].wrapping_add(v[3]);
    v[3] = v[3].rotate_left(16) ^ v[2];
    v[0] = v[0].wrapping_add(v[3]);
    v[3] = v[3].rotate_left(21) ^ v[0];
    v[2] = v[2].wrapping_add(v[1]);
    v[1] = v[1].rotate_left(17) ^ v[2];
    v[2] = v[2].rotate_left(32);
}

#[unsafe(no_mangle)]
extern "C" fn siphash(n: u32, seed: u32) -> u64 {
    let data: [u8; 512] = bytes(seed);
    let mut v = [0x736f_6d65_7073_6575, 0x646f_7261_6e64_6f6d, 0x6c79_6765_6e65_7261, 0x7465_6462_7974_6573];
    let blocks = data[..n as usize].chunks_exact(8);
    let mut last = u64::from(n) << 56;
    for (at, byte) in blocks.remainder().iter().enumerate() {
        last |= u64::from(*byte) << (8 * at);
    }
    for block in blocks {
        let word = block.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        v[3] ^= word;
        sip_round(&mut v);
        v[0] ^= word;
    }
    v[3] ^= last;
    sip_round(&mut v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for _ in 0..3 {
        sip_round(&mut v);
    }
    v[0] ^ v[1] ^ v[2] ^ v[3]
}

#[unsafe(no_mangle)]
extern "C" fn rle(n: u32, seed: u32) -> u32 {
    let mut data: [u8; 256] = bytes(seed);
    for byte in &mut data {
        *byte &= 1;
    }
    let mut rest = &data[..n as usize];
    let mut out = 0_u32;
    while let Some(first) = rest.first() {
        let run = rest.iter().take(127).take_while(|byte| *byte == first).count();
        out = out.rotate_left(7) ^ run as u32;
        rest = &rest[run..];
    }
    out
}

#[unsafe(no_mangle)]
extern "C" fn base64(n: u32, seed: u32) -> u32 {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let data: [u8; 320] = bytes(seed);
    let mut out = [b'='; 448];
    for (three, four) in data[..n as usize].chunks(3).zip(out.chunks_exact_mut(4)) {
        let mut word = 0;
        for i in 0..3 {
            word = word << 8 | u32::from(three.get(i).copied().unwrap_or(0));
        }
        for (i, digit) in four.iter_mut().enumerate().take(three.len() + 1) {
            *digit = DIGITS[(word >> (18 - 6 * i) & 63) as usize];
        }
    }
    u32::from(out[0]) << 8 | u32::from(out[n as usize])
}

#[unsafe(no_mangle)]
extern "C" fn hex(n: u32, seed: u32) -> u32 {
    let data: [u8; 256] = bytes(seed);
    let mut out = [0_u8; 512];
    let mut at = 0;
    for byte in &data[..n as usize] {
        for half in [byte >> 4, byte & 15] {
            out[at] = if half < 10 { b'0' + half } else { b'a' + half - 10 };
            at += 1;
        }
    }
    u32::from(out[0]) + at as u32
}

#[unsafe(no_mangle)]
extern "C" fn varints(n: u32, seed: u32) -> u32 {
    let data: [u8; 512] = bytes(seed);
    let data = &data[..n as usize];
    let (mut at, mut sum) = (0, 0_u32);
    while at < data.len() {
        let (mut value, mut shift) = (0_u32, 0);
        while at < data.len() && shift < 32 {
            let byte = data[at];
            at += 1;
            value |= u32::from(byte & 127) << shift;
            shift += 7;
            if byte < 128 {
                break;
            }
        }
        sum = sum.wrapping_add(value);
    }
    sum
}

#[unsafe(no_mangle)]
extern "C" fn utf8(n: u32, seed: u32) -> u32 {
    let data: [u8; 512] = bytes(seed);
    let mut data = &data[..n as usize];
    let mut sum = 0_u32;
    while let [first, rest @ ..] = data {
        let more = (first.leading_ones().saturating_sub(1) as usize).min(3).min(rest.len());
        let mut c = u32::from(*first);
        for byte in &rest[..more] {
            c = c << 6 | u32::from(byte & 63);
        }
        sum = sum.wrapping_add(c);
        data = &rest[more..];
    }
    sum
}

#[unsafe(no_mangle)]
extern "C" fn decimal(mut x: u64) -> u32 {
    let mut out = [0_u8; 20];
    let mut at = out.len();
    loop {
        at -= 1;
        out[at] = b'0' + (x % 10) as u8;
        x /= 10;
        if x == 0 {
            return out[at..].iter().fold(0, |sum: u32, digit| sum.wrapping_mul(31) + u32::from(*digit));
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn csv(n: u32, seed: u32) -> u32 {
    let data: [u8; 512] = bytes(seed);
    let (mut quoted, mut fields) = (false, 1);
    for byte in &data[..n as usize] {
        match byte % 8 {
            0 => quoted = !quoted,
            1 if !quoted => fields += 1,
            _ => {}
        }
    }
    fields
}

#[unsafe(no_mangle)]
extern "C" fn brackets(n: u32, seed: u32) -> u32 {
    let data: [u8; 512] = bytes(seed);
    let mut stack = [0_u8; 64];
    let mut depth = 0;
    for (at, byte) in data[..n as usize].iter().enumerate() {
        let kind = byte >> 1 & 3;
        if byte & 1 == 0 {
            if depth == stack.len() {
                return at as u32;
            }
            stack[depth] = kind;
            depth += 1;
        } else {
            while depth > 0 {
                depth -= 1;
                if stack[depth] == kind {
                    break;
                }
            }
        }
    }
    depth as u32
}

#[unsafe(no_mangle)]
extern "C" fn lz(n: u32, seed: u32) -> u32 {
    let data: [u8; 512] = bytes(seed);
    let mut out = [0_u8; 1024];
    let mut len = 0;
    for token in data[..n as usize].chunks_exact(2) {
        let (distance, count) = (usize::from(token[0]) + 1, usize::from(token[1] & 31));
        if distance > len || len + count > out.len() {
            if len < out.len() {
                out[len] = token[1];
                len += 1;
            }
            continue;
        }
        for _ in 0..count {
            out[len] = out[len - distance];
            len += 1;
        }
    }
    len as u32
}

#[unsafe(no_mangle)]
extern "C" fn xtea(rounds: u32, mut seed: u32) -> u32 {
    let key = [next(&mut seed), next(&mut seed), next(&mut seed), next(&mut seed)];
    let (mut a, mut b, mut sum) = (next(&mut seed), next(&mut seed), 0_u32);
    for _ in 0..rounds {
        a = a.wrapping_add((b << 4 ^ b >> 5).wrapping_add(b) ^ sum.wrapping_add(key[(sum & 3) as usize]));
        sum = sum.wrapping_add(0x9e37_79b9);
        b = b.wrapping_add((a << 4 ^ a >> 5).wrapping_add(a) ^ sum.wrapping_add(key[(sum >> 11 & 3) as usize]));
    }
    a ^ b
}

#[unsafe(no_mangle)]
extern "C" fn chacha(rounds: u32, mut seed: u32) -> u32 {
    let mut state = [0_u32; 16];
    for word in &mut state {
        *word = next(&mut seed);
    }
    for _ in 0..rounds {
        for [a, b, c, d] in [
            [0, 4, 8, 12],
            [1, 5, 9, 13],
            [2, 6, 10, 14],
            [3, 7, 11, 15],
            [0, 5, 10, 15],
            [1, 6, 11, 12],
            [2, 7, 8, 13],
            [3, 4, 9, 14],
        ] {
            for (to, from, with, by) in [(a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)] {
                state[to] = state[to].wrapping_add(state[from]);
                state[with] = (state[with] ^ state[to]).rotate_left(by);
            }
        }
    }
    state.iter().fold(0, |a, b| a ^ b)
}
