//! The wasm module of [`guests::float_text`].

#![cfg_attr(target_arch = "wasm32", no_main)]

guests::export!(float_text);
