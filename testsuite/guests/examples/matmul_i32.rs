//! The wasm module of [`guests::matmul_i32`].

#![cfg_attr(target_arch = "wasm32", no_main)]

guests::export!(matmul_i32);
