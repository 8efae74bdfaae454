//! The wasm module of [`guests::state_machine`].

#![cfg_attr(target_arch = "wasm32", no_main)]

guests::export!(state_machine);
