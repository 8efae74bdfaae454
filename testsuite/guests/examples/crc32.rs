//! The wasm module of [`guests::crc32`].

#![cfg_attr(target_arch = "wasm32", no_main)]

guests::export!(crc32);
