//! `cat TEXT...` prints its arguments, one per line.
//!
//! Reading what a path or URL names takes `resource_open`, which the host does not have yet: such an argument gets one
//! error record, the others are printed all the same, and the exit code is 1. Without arguments it would read standard
//! input, which is a resource too.

#![no_std]
#![no_main]

use usermode::{eprintln, println};

/// Does this name a resource, as a URL (`file://x`) or as a path (`./x`, `dir/x`, `-` for standard input)?
fn names_resource(arg: &str) -> bool {
    arg == "-" || arg.contains('/')
}

usermode::main!(|| {
    let mut args = usermode::args().skip(1).peekable();
    if args.peek().is_none() {
        eprintln!("cat: cannot read standard input: this host has no `resource_open` yet");
        return 1;
    }
    let mut code = 0;
    for arg in args {
        if names_resource(&arg) {
            eprintln!("cat: cannot open `{arg}`: this host has no `resource_open` yet");
            code = 1;
        } else {
            println!("{arg}");
        }
    }
    code
});
