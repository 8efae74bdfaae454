//! Prints each argument with its index; number 0 is the path of the program.

#![no_std]
#![no_main]

use usermode::println;

usermode::main!(|| {
    for (index, arg) in usermode::args().enumerate() {
        println!("{index}: {arg}");
    }
});
