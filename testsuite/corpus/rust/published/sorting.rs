//! Sorting and searching, on slices.
//!
//! entry: insertion(n: 0..=100, seed: any)
//! entry: heap(n: 0..=200, seed: any)
//! entry: shell(n: 0..=200, seed: any)
//! entry: merge(n: 0..=200, seed: any)
//! entry: quick(n: 0..=200, seed: any)
//! entry: radix(n: 0..=200, seed: any)
//! entry: selection(n: 0..=100, seed: any)
//! entry: search(n: 0..=200, key: 0..=255, seed: any)
//! entry: dutch_flag(n: 0..=200, seed: any)
#![no_std]

use corpus::bytes;

fn checked(data: &[u8]) -> u32 {
    data.iter().fold(0, |hash: u32, byte| hash.rotate_left(5) ^ u32::from(*byte))
}

#[unsafe(no_mangle)]
extern "C" fn insertion(n: u32, seed: u32) -> u32 {
    let mut data: [u8; 256] = bytes(seed);
    let data = &mut data[..n as usize];
    for i in 1..data.len() {
        let mut j = i;
        while j > 0 && data[j - 1] > data[j] {
            data.swap(j - 1, j);
            j -= 1;
        }
    }
    checked(data)
}

fn sift_down(data: &mut [u8], mut at: usize) {
    loop {
        let mut child = 2 * at + 1;
        if child >= data.len() {
            return;
        }
        if child + 1 < data.len() && data[child + 1] > data[child] {
            child += 1;
        }
        if data[at] >= data[child] {
            return;
        }
        data.swap(at, child);
        at = child;
    }
}

#[unsafe(no_mangle)]
extern "C" fn heap(n: u32, seed: u32) -> u32 {
    let mut data: [u8; 256] = bytes(seed);
    let data = &mut data[..n as usize];
    for at in (0..data.len() / 2).rev() {
        sift_down(data, at);
    }
    for end in (1..data.len()).rev() {
        data.swap(0, end);
        sift_down(&mut data[..end], 0);
    }
    checked(data)
}

#[unsafe(no_mangle)]
extern "C" fn shell(n: u32, seed: u32) -> u32 {
    let mut data: [u8; 256] = bytes(seed);
    let data = &mut data[..n as usize];
    for gap in [57, 23, 10, 4, 1] {
        for i in gap..data.len() {
            let mut j = i;
            while j >= gap && data[j - gap] > data[j] {
                data.swap(j, j - gap);
                j -= gap;
            }
        }
    }
    checked(data)
}

#[unsafe(no_mangle)]
extern "C" fn merge(n: u32, seed: u32) -> u32 {
    let mut data: [u8; 256] = bytes(seed);
    let mut spare = [0; 256];
    let n = n as usize;
    let mut width = 1;
    while width < n {
        for from in (0..n).step_by(2 * width) {
            let (middle, end) = ((from + width).min(n), (from + 2 * width).min(n));
            let (mut i, mut j) = (from, middle);
            for to in &mut spare[from..end] {
                if i < middle && (j == end || data[i] <= data[j]) {
                    *to = data[i];
                    i += 1;
                } else {
                    *to = data[j];
                    j += 1;
                }
            }
        }
        core::mem::swap(&mut data, &mut spare);
        width *= 2;
    }
    checked(&data[..n])
}

#[unsafe(no_mangle)]
extern "C" fn quick(n: u32, seed: u32) -> u32 {
    let mut data: [u8; 256] = bytes(seed);
    let mut stack = [(0_usize, 0_usize); 16];
    stack[0] = (0, n as usize);
    let mut top = 1;
    while top > 0 {
        top -= 1;
        let (mut from, mut end) = stack[top];
        while end - from > 1 {
            let pivot = data[end - 1];
            let mut middle = from;
            for i in from..end - 1 {
                if data[i] < pivot {
                    data.swap(i, middle);
                    middle += 1;
                }
            }
            data.swap(middle, end - 1);
            // The larger part waits.
            if middle - from < end - middle - 1 {
                stack[top] = (middle + 1, end);
                end = middle;
            } else {
                stack[top] = (from, middle);
                from = middle + 1;
            }
            top += 1;
        }
    }
    checked(&data[..n as usize])
}

#[unsafe(no_mangle)]
extern "C" fn radix(n: u32, seed: u32) -> u32 {
    let mut data: [u8; 256] = bytes(seed);
    let n = n as usize;
    for shift in [0, 4] {
        let mut counts = [0_usize; 17];
        for byte in &data[..n] {
            counts[usize::from(byte >> shift & 15) + 1] += 1;
        }
        for i in 1..17 {
            counts[i] += counts[i - 1];
        }
        let from = data;
        for byte in &from[..n] {
            let at = &mut counts[usize::from(byte >> shift & 15)];
            data[*at] = *byte;
            *at += 1;
        }
    }
    checked(&data[..n])
}

#[unsafe(no_mangle)]
extern "C" fn selection(n: u32, seed: u32) -> u32 {
    let mut data: [u8; 256] = bytes(seed);
    let data = &mut data[..n as usize];
    for i in 0..data.len() {
        let mut least = i;
        for j in i + 1..data.len() {
            if data[j] < data[least] {
                least = j;
            }
        }
        data.swap(i, least);
    }
    checked(data)
}

#[unsafe(no_mangle)]
extern "C" fn search(n: u32, key: u32, seed: u32) -> u32 {
    let data: [u8; 256] = bytes(seed);
    let (mut from, mut end) = (0, n as usize);
    while from < end {
        let middle = from + (end - from) / 2;
        if u32::from(data[middle]) < key {
            from = middle + 1;
        } else {
            end = middle;
        }
    }
    from as u32
}

#[unsafe(no_mangle)]
extern "C" fn dutch_flag(n: u32, seed: u32) -> u32 {
    let mut data: [u8; 256] = bytes(seed);
    let (mut low, mut at, mut high) = (0, 0, n as usize);
    while at < high {
        match data[at] % 3 {
            0 => {
                data.swap(low, at);
                low += 1;
                at += 1;
            }
            1 => at += 1,
            _ => {
                high -= 1;
                data.swap(at, high);
            }
        }
    }
    (low + 1000 * high) as u32
}
