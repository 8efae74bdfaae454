//! The wasm module of [`guests::hash_map`].

#![cfg_attr(target_arch = "wasm32", no_main)]

guests::export!(hash_map);
