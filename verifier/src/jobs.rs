//! Work on the pieces of a list by several threads; results come in the order of the list, so that they do not
//! depend on the number of threads.
//!
//! Threads take the next piece when they are done with one. Each has scratch memory of its own, used again from
//! piece to piece. This file is compiled twice: into `verifier` and into `lower`.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of a thread's stack: as much as a main thread has.
const STACK: usize = 8 << 20;

/// Does `one` for each piece, on at most `threads` threads, this one included. `one` gets the thread's own scratch
/// (from `scratch`), the index of the piece, and the piece; `progress`, on this thread, the pieces done so far.
pub(crate) fn run<P: Sync, S, R: Send>(
    pieces: &[P],
    threads: usize,
    scratch: impl Fn() -> S + Sync,
    one: impl Fn(&mut S, usize, &P) -> R + Sync,
    progress: &mut dyn FnMut(usize),
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = AtomicUsize::new(0);
    let work = |progress: &mut dyn FnMut(usize)| {
        let mut scratch = scratch();
        let mut results = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(piece) = pieces.get(at) else { return results };
            results.push((at, one(&mut scratch, at, piece)));
            progress(done.fetch_add(1, Ordering::Relaxed) + 1);
        }
    };
    let threads = threads.min(pieces.len());
    let mut results = std::thread::scope(|scope| {
        let start = |_| std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || work(&mut |_| {})).ok();
        // Without further threads this one does it all.
        let others: Vec<_> = (1..threads).filter_map(start).collect();
        let mut results = work(progress);
        for other in others {
            match other.join() {
                Ok(more) => results.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    });
    results.sort_unstable_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Cuts a list into runs of at least `weight` in all, but for the last one.
pub(crate) fn runs<T>(items: &[T], weight: usize, of: impl Fn(&T) -> usize) -> Vec<&[T]> {
    let mut runs = Vec::new();
    let (mut start, mut sum) = (0, 0);
    for (at, item) in items.iter().enumerate() {
        sum += of(item);
        if sum >= weight {
            runs.push(&items[start..=at]);
            (start, sum) = (at + 1, 0);
        }
    }
    if start < items.len() {
        runs.push(&items[start..]);
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_at_any_number_of_threads() {
        let pieces: Vec<usize> = (0..1000).collect();
        for threads in [0, 1, 2, 7, 2000] {
            let mut seen = Vec::new();
            let results = run(&pieces, threads, || 0, |_, at, piece| at + piece, &mut |done| seen.push(done));
            assert_eq!(results, pieces.iter().map(|piece| 2 * piece).collect::<Vec<_>>());
            assert!(seen.is_sorted() && seen.iter().all(|done| *done <= pieces.len()));
        }
    }

    #[test]
    fn scratch_is_used_again() {
        let results = run(
            &[(); 3],
            1,
            Vec::new,
            |scratch, at, ()| {
                scratch.push(at);
                scratch.len()
            },
            &mut |_| {},
        );
        assert_eq!(results, [1, 2, 3]);
    }

    #[test]
    fn runs_hold_every_item_once() {
        let items = [5, 1, 1, 9, 2];
        assert_eq!(runs(&items, 5, |item| *item), [&items[..1], &items[1..4], &items[4..]]);
        assert!(runs(&[0; 0], 5, |item| *item).is_empty());
    }
}
