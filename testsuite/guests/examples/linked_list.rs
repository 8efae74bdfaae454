//! The wasm module of [`guests::linked_list`].

#![cfg_attr(target_arch = "wasm32", no_main)]

guests::export!(linked_list);
