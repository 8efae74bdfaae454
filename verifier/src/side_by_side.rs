//! One piece of work for each item of a list, on several threads by rayon.
//!
//! Results come in the order of the list, so that nothing depends on the number of threads. Each thread has scratch
//! memory that is used again from item to item.

use std::sync::{Mutex, PoisonError};

use rayon::ThreadPoolBuilder;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

/// Bytes of a thread's stack: as much as a main thread has.
const STACK: usize = 8 << 20;
/// Items that share scratch memory at least.
const TOGETHER: usize = 16;
/// Weight below which no thread is started: it would take longer than the work.
const SMALL: usize = 100_000;

/// Called with the bytes, or what else is counted, done and in all.
pub(crate) type Progress<'p> = dyn FnMut(usize, usize) + Send + 'p;

/// Does `one` for each item, on at most `threads` threads; on this one if that is 0 or 1, or the work little. `progress` is told the
/// `weight` of what is done, now and then.
pub(crate) fn map<T: Sync, S, R: Send>(
    items: &[T],
    threads: usize,
    scratch: impl Fn() -> S + Sync + Send,
    one: impl Fn(&mut S, &T) -> R + Sync + Send,
    weight: impl Fn(&T) -> usize + Sync + Send,
    progress: &mut Progress<'_>,
) -> Vec<R> {
    let total: usize = items.iter().map(&weight).sum();
    // Done, told, and whom to tell.
    let state = Mutex::new((0, 0, progress));
    let one = |scratch: &mut S, item: &T| {
        let result = one(scratch, item);
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let (done, told, progress) = &mut *state;
        *done += weight(item);
        // A hundred times is often enough.
        if *done - *told >= total / 100 {
            *told = *done;
            progress(*done, total);
        }
        result
    };
    let pool = match threads {
        0 | 1 => None,
        _ if total < SMALL => None,
        // Without further threads this one does it all.
        _ => ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).build().ok(),
    };
    match pool {
        Some(pool) => pool.install(|| items.par_iter().with_min_len(TOGETHER).map_init(scratch, one).collect()),
        None => {
            let mut scratch = scratch();
            items.iter().map(|item| one(&mut scratch, item)).collect()
        }
    }
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
