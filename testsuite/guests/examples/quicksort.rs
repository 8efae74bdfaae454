//! The wasm module of [`guests::quicksort`].

#![cfg_attr(target_arch = "wasm32", no_main)]

guests::export!(quicksort);
