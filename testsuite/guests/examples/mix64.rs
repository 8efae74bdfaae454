//! The wasm module of [`guests::mix64`].

#![cfg_attr(target_arch = "wasm32", no_main)]

guests::export!(mix64);
