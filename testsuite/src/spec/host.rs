//! The module `spectest` that the scripts import: functions of the host, the rest from a wasm module.

use kengine::{
    host::{Host, HostCall, HostFn, HostResult},
    image::valtype::{F32, F64, I32, I64},
};

/// The host of the scripts: its functions print nothing.
#[derive(Debug)]
pub struct Spectest;

/// Tables, memories and globals of `spectest`.
pub const MODULE: &str = r#"(module
    (global (export "global_i32") i32 (i32.const 666))
    (global (export "global_i64") i64 (i64.const 666))
    (global (export "global_f32") f32 (f32.const 666.6))
    (global (export "global_f64") f64 (f64.const 666.6))
    (table (export "table") 10 20 funcref)
    (memory (export "memory") 1 2))"#;

const fn print(name: &'static str, params: &'static [u8]) -> HostFn<Spectest> {
    let (capabilities, may_sleep) = (0, false);
    HostFn { module: "spectest", name, params, results: &[], cost: 0, capabilities, may_sleep, len_param: None, call }
}

fn call(_: &mut Spectest, _: &mut HostCall<'_>) -> HostResult {
    HostResult::Done
}

impl Host for Spectest {
    const FUNCTIONS: &'static [HostFn<Self>] = &[
        print("print", &[]),
        print("print_i32", &[I32]),
        print("print_i64", &[I64]),
        print("print_f32", &[F32]),
        print("print_f64", &[F64]),
        print("print_i32_f32", &[I32, F32]),
        print("print_f64_f64", &[F64, F64]),
    ];
}
