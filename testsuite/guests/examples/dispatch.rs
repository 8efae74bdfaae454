//! The wasm module of [`guests::dispatch`].

#![cfg_attr(target_arch = "wasm32", no_main)]

guests::export!(dispatch);
