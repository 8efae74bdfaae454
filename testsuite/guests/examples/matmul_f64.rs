//! The wasm module of [`guests::matmul_f64`].

#![cfg_attr(target_arch = "wasm32", no_main)]

guests::export!(matmul_f64);
