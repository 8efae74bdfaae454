//! Runs programs natively: `native NAME N` prints a checksum, `native` alone the names.
//!
//! `native --serve` is for benches: it takes lines `NAME N` and answers each with the checksum and the nanoseconds of
//! processor time that it took, until its standard input ends.

use std::{io, process::ExitCode};

/// Processor time of this thread so far, nanoseconds. The standard library does not tell it.
fn thread_time() -> i64 {
    #[repr(C)]
    struct Timespec {
        seconds: i64,
        nanoseconds: i64,
    }
    const CLOCK_THREAD_CPUTIME_ID: i32 = 3;
    unsafe extern "C" {
        fn clock_gettime(clock: i32, time: *mut Timespec) -> i32;
    }
    let mut time = Timespec { seconds: 0, nanoseconds: 0 };
    // SAFETY: the types are those of Linux on 64-bit machines, and the place is ours.
    unsafe { clock_gettime(CLOCK_THREAD_CPUTIME_ID, &mut time) };
    time.seconds * 1_000_000_000 + time.nanoseconds
}

fn serve() -> ExitCode {
    for line in io::stdin().lines().map_while(Result::ok) {
        let run = line.split_once(' ').and_then(|(name, n)| {
            let (_, run) = guests::programs().find(|(known, _)| *known == name)?;
            Some((run, n.parse().ok()?))
        });
        let Some((run, n)) = run else {
            eprintln!("native: `{line}` is no program and its size");
            return ExitCode::from(2);
        };
        let start = thread_time();
        let sum = run(n);
        println!("{sum} {}", thread_time() - start);
    }
    ExitCode::SUCCESS
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.is_empty() {
        for (name, _) in guests::programs() {
            println!("{name}");
        }
        return ExitCode::SUCCESS;
    }
    if args == ["--serve"] {
        return serve();
    }
    let [name, n] = args.as_slice() else {
        eprintln!("usage: native NAME N | native --serve");
        return ExitCode::from(2);
    };
    let Ok(n) = n.parse() else {
        eprintln!("native: `{n}` is not a 32-bit number");
        return ExitCode::from(2);
    };
    match guests::programs().find(|(known, _)| known == name) {
        Some((_, run)) => {
            println!("{}", run(n));
            ExitCode::SUCCESS
        }
        None => {
            eprintln!("native: no program `{name}`; run `native` for the list");
            ExitCode::from(2)
        }
    }
}
