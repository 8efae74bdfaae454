//! Runs a program natively: `native NAME N` prints its checksum, `native` alone the names.

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.is_empty() {
        for (name, _) in guests::programs() {
            println!("{name}");
        }
        return ExitCode::SUCCESS;
    }
    let [name, n] = args.as_slice() else {
        eprintln!("usage: native NAME N");
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
