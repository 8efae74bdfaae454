//! The wasm module of [`guests::nbody`].

#![cfg_attr(target_arch = "wasm32", no_main)]

guests::export!(nbody);
