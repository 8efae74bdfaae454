//! The wasm module of [`guests::mandelbrot`].

#![cfg_attr(target_arch = "wasm32", no_main)]

guests::export!(mandelbrot);
