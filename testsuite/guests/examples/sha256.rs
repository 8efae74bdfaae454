//! The wasm module of [`guests::sha256`].

#![cfg_attr(target_arch = "wasm32", no_main)]

guests::export!(sha256);
