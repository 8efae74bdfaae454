//! The wasm module of [`guests::sieve`].

#![cfg_attr(target_arch = "wasm32", no_main)]

guests::export!(sieve);
