//! The wasm module of [`guests::markdown`].

#![cfg_attr(target_arch = "wasm32", no_main)]

guests::export!(markdown);
