//! The wasm module of [`guests::memory_bulk`].

#![cfg_attr(target_arch = "wasm32", no_main)]

guests::export!(memory_bulk);
