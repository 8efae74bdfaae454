//! The wasm module of [`guests::deflate`].

#![cfg_attr(target_arch = "wasm32", no_main)]

guests::export!(deflate);
