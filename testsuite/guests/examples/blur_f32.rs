//! The wasm module of [`guests::blur_f32`].

#![cfg_attr(target_arch = "wasm32", no_main)]

guests::export!(blur_f32);
