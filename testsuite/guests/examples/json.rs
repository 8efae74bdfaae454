//! The wasm module of [`guests::json`].

#![cfg_attr(target_arch = "wasm32", no_main)]

guests::export!(json);
