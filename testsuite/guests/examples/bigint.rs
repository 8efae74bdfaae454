//! The wasm module of [`guests::bigint`].

#![cfg_attr(target_arch = "wasm32", no_main)]

guests::export!(bigint);
