//! The wasm module of [`guests::fib`].

#![cfg_attr(target_arch = "wasm32", no_main)]

guests::export!(fib);
