//! The wasm module of [`guests::regex`].

#![cfg_attr(target_arch = "wasm32", no_main)]

guests::export!(regex);
