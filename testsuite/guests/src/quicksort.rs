//! Hand-written quicksort: recursion, data-dependent branches, swaps in memory.

use crate::{fold, rng::Rng};

/// Sorts `n` numbers and checks the order.
pub fn run(n: i32) -> i64 {
    let mut rng = Rng::new(7);
    let mut numbers: Vec<i32> = (0..n.max(0)).map(|_| rng.next() as i32).collect();
    sort(&mut numbers);
    assert!(numbers.is_sorted());
    numbers.iter().fold(0, |sum, &number| fold(sum, number.into()))
}

/// Hoare's partition around the median of three; insertion sort below 16 elements.
fn sort(mut numbers: &mut [i32]) {
    while numbers.len() > 16 {
        let last = numbers.len() - 1;
        let (a, b, c) = (numbers[0], numbers[last / 2], numbers[last]);
        let pivot = a.min(b).max(a.max(b).min(c));
        let (mut low, mut high) = (0, last);
        loop {
            while numbers[low] < pivot {
                low += 1;
            }
            while numbers[high] > pivot {
                high -= 1;
            }
            if low >= high {
                break;
            }
            numbers.swap(low, high);
            low += 1;
            high -= 1;
        }
        // Recurse into the smaller side only, so that the depth is logarithmic.
        let (left, right) = numbers.split_at_mut(low);
        if left.len() < right.len() {
            sort(left);
            numbers = right;
        } else {
            sort(right);
            numbers = left;
        }
    }
    for i in 1..numbers.len() {
        let number = numbers[i];
        let mut at = i;
        while at > 0 && numbers[at - 1] > number {
            numbers[at] = numbers[at - 1];
            at -= 1;
        }
        numbers[at] = number;
    }
}
