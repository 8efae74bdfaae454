//! The smallest guest: one log record, exit code 0.

#![no_std]
#![no_main]

use usermode::println;

usermode::main!(|| {
    println!("Hello, world!");
    0
});
