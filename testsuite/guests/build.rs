//! Compiles the programs of `c/` into the native build, each with its `run` renamed to `c_NAME_run`.
//!
//! For wasm there is nothing to do: there each C file is a module of its own, built by `usermode/build.sh`.

fn main() {
    println!("cargo::rerun-if-changed=c");
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") {
        return;
    }
    for name in ["lz", "vm"] {
        let renamed = format!("c_{name}_run");
        cc::Build::new()
            .file(format!("c/{name}.c"))
            .define("run", renamed.as_str())
            .opt_level(2)
            .compile(&renamed);
    }
}
