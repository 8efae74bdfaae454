//! One piece of work for each item of a list, on several threads by rayon.
//!
//! Results come in the order of the list, so that nothing depends on the number of threads. Each thread has scratch
//! memory that is used again from item to item.

use std::cmp::Reverse;
use std::iter;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::{BroadcastContext, ThreadPoolBuilder};

/// Bytes of a thread's stack: as much as a main thread has.
const STACK: usize = 8 << 20;
/// Parts of the work that threads take, at least: the last ones to be done should be short.
const PARTS: usize = 256;
/// Weight below which no thread is started: it would take longer than the work.
const SMALL: usize = 100_000;

/// Called with the bytes, or what else is counted, done and in all.
pub(crate) type Progress<'p> = dyn FnMut(usize, usize) + Send + 'p;

/// Does `one` for each item, on at most `threads` threads; on this one if that is 0 or 1, or the work little. `progress` is told the
/// `weight` of what is done, now and then.
pub(crate) fn map<T: Sync, S: Send, R: Send>(
    items: &[T],
    threads: usize,
    scratch: impl Fn() -> S + Sync,
    one: impl Fn(&mut S, &T) -> R + Sync,
    weight: impl Fn(&T) -> usize,
    progress: &mut Progress<'_>,
) -> Vec<R> {
    let total: usize = items.iter().map(&weight).sum();
    // Done, told, and whom to tell.
    let state = Mutex::new((0, 0, progress));
    // Items that follow each other, with their weight.
    let part = |scratch: &mut S, items: &[T], heavy: usize| -> Vec<R> {
        let results = items.iter().map(|item| one(scratch, item)).collect();
        let mut state = held(&state);
        let (done, told, progress) = &mut *state;
        *done += heavy;
        // A hundred times is often enough.
        if *done - *told >= total / 100 {
            *told = *done;
            progress(*done, total);
        }
        results
    };
    let parts = parts(items, total / PARTS, weight);
    let pool = match threads {
        0 | 1 => None,
        _ if total < SMALL => None,
        // Without further threads this one does it all.
        _ => ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).build().ok(),
    };
    let Some(pool) = pool else {
        let mut scratch = scratch();
        return parts.iter().flat_map(|(heavy, items)| part(&mut scratch, items, *heavy)).collect();
    };
    // The heaviest parts first: what is left when a thread has nothing more to do is then little.
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|at| Reverse(parts[*at].0));
    let next = AtomicUsize::new(0);
    let some = |_: BroadcastContext<'_>| {
        let mut scratch = scratch();
        let taken = iter::from_fn(|| order.get(next.fetch_add(1, Ordering::Relaxed)));
        taken.map(|at| (*at, part(&mut scratch, parts[*at].1, parts[*at].0))).collect::<Vec<_>>()
    };
    let mut done: Vec<(usize, Vec<R>)> = pool.broadcast(some).into_iter().flatten().collect();
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().flat_map(|(_, results)| results).collect()
}

/// Items that follow each other and weigh that much together, or a little more, with their weight.
fn parts<T>(items: &[T], enough: usize, weight: impl Fn(&T) -> usize) -> Vec<(usize, &[T])> {
    let (mut parts, mut first, mut heavy) = (Vec::new(), 0, 0);
    for (end, item) in (1..).zip(items) {
        heavy += weight(item);
        if heavy >= enough || end == items.len() {
            parts.push((heavy, &items[first..end]));
            (first, heavy) = (end, 0);
        }
    }
    parts
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_at_any_number_of_threads() {
        let items: Vec<usize> = (0..1000).collect();
        for threads in [0, 1, 2, 7] {
            let mut told = Vec::new();
            let mut progress = |done, total| told.push((done, total));
            let results = map(&items, threads, || 0, |_, item| 2 * item, |item| *item, &mut progress);
            assert_eq!(results, items.iter().map(|item| 2 * item).collect::<Vec<_>>());
            let total = 999 * 1000 / 2;
            assert!(told.is_sorted() && told.iter().all(|(done, all)| *done <= total && *all == total));
            assert!(told.len() > 50 && told.len() <= 101, "{}", told.len());
        }
    }

    #[test]
    fn scratch_is_used_again() {
        let count = |scratch: &mut usize, _: &()| {
            *scratch += 1;
            *scratch
        };
        assert_eq!(map(&[(); 3], 1, || 0, count, |()| 1, &mut |_, _| {}), [1, 2, 3]);
    }
}
