//! What programs take in memory: image, executable form, idle instances.
//!
//! ```text
//! cargo bench -p testsuite --bench memory -- [FILTER…] [--json FILE] [--fetch]
//! ```
//!
//! The guests of the repository, and the modules from npm that the command `modules` has fetched (`--fetch`
//! fetches them), each whole. `image`, `ir` and `linked` are bytes per byte of wasm code section: of the image without
//! function names, of its CODE section, of the executable form. The aims are 3, none and 6. What stands in a module
//! besides code, mostly data, stands in the image as well and counts there: `ir` is without it.
//!
//! `idle` is what an instance and its thread take from the allocator, ready to run an export, beyond linear memory
//! and globals; of that, `tables` are the elements of tables, four bytes each, which a module asks for. The aim is
//! 4096 bytes for the rest, beyond the value stack that the export is certified to need, which is `stack`.

mod common;

#[path = "../../kengine/tests/counting/mod.rs"]
mod counting;

use clap::Parser;
use common::{Result, machine::Machine, programs::Program as Guest, stats::geomean};
use counting::LIVE;
use kengine::{
    Mode,
    check::Limits,
    image::{Image, KIND_FUNC, SectionKind},
    link::Program,
    platform::Heap,
    store::{Extern, FuncAddr, Store, StoreLimits},
    thread::{Control, Thread},
};
use serde::Serialize;
use std::{path::PathBuf, rc::Rc};
use testsuite::modules::{AnyHost, Packages, code_section};

/// Command line.
#[derive(Parser)]
struct Args {
    /// Only modules whose name contains one of these.
    filter: Vec<String>,
    /// Write the figures to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Fetch the packages that are not there.
    #[arg(long)]
    fetch: bool,
    /// What cargo passes to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

/// A module. Bytes; ratios are made of them.
#[derive(Serialize)]
struct Row {
    name: String,
    wasm: usize,
    code: usize,
    image: usize,
    ir: usize,
    linked: usize,
    /// Missing where the module imports a memory, a table or a global, which nobody has here.
    idle: Option<Idle>,
}

/// An instance that has not run yet. Bytes.
#[derive(Serialize)]
struct Idle {
    memory: usize,
    globals: usize,
    tables: usize,
    stack: usize,
    rest: usize,
}

/// All of it.
#[derive(Serialize)]
struct Report {
    machine: Machine,
    modules: Vec<Row>,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let machine = Machine::here();
    println!("{machine}\n");
    println!("| module | MB | code MB | image | ir | linked | idle, B | tables, B | stack, B |");
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    let mut modules = Vec::new();
    for guest in Guest::list(&args.filter)? {
        modules.push(measure(guest.name.clone(), &guest.wasm()?).map_err(|e| format!("{}: {e}", guest.name))?);
    }
    let guests = modules.len();
    if args.fetch {
        for package in Packages::default().matching(&args.filter) {
            package.fetch()?;
        }
    }
    let wanted = |name: &str| args.filter.is_empty() || args.filter.iter().any(|f| name.contains(f.as_str()));
    for module in Packages::default().present().filter(|module| wanted(&module.name)) {
        match measure(module.name.clone(), &std::fs::read(&module.path)?) {
            Ok(row) => modules.push(row),
            Err(error) => println!("| {} | {error} |", module.name),
        }
    }
    for (name, rows) in [("guests, geomean", &modules[..guests]), ("npm, geomean", &modules[guests..])] {
        let mean = |of: fn(&Row) -> usize| geomean(rows.iter().map(|row| of(row) as f64 / row.code as f64));
        let (image, ir, linked) = (mean(|row| row.image), mean(|row| row.ir), mean(|row| row.linked));
        println!("| {name} | | | {image:.2} | {ir:.2} | {linked:.2} | | | |");
    }
    if let Some(path) = &args.json {
        std::fs::write(path, serde_json::to_vec_pretty(&Report { machine, modules })?)?;
    }
    Ok(())
}

/// Takes a module through all stages and prints its line.
fn measure(name: String, wasm: &[u8]) -> Result<Row> {
    let bytes = lower::lower(wasm, &mut lower::Options::default())?;
    let image = Image::parse(&bytes).map_err(|e| format!("{e:?}"))?;
    let names = image.section(SectionKind::Name).len() + image.section(SectionKind::NameBytes).len();
    let (image, ir) = (bytes.len() - names, image.section(SectionKind::Code).len());
    let program = Program::load(bytes, &AnyHost, &Limits::default(), Mode::default()).map_err(|e| format!("{e:?}"))?;
    let linked = program.linked_bytes();
    let code = code_section(wasm)?.0;
    let row = Row { name, wasm: wasm.len(), code, image, ir, linked, idle: idle(Rc::new(program)) };
    let by_code = |bytes: usize| bytes as f64 / row.code as f64;
    let (image, ir, linked) = (by_code(row.image), by_code(row.ir), by_code(row.linked));
    print!("| {} | {:.2} | {:.2} ", row.name, row.wasm as f64 / 1e6, row.code as f64 / 1e6);
    print!("| {image:.2} | {ir:.2} | {linked:.2} ");
    match &row.idle {
        Some(Idle { rest, tables, stack, .. }) => println!("| {rest} | {tables} | {stack} |"),
        None => println!("| - | - | - |"),
    }
    Ok(row)
}

/// Makes an instance and a thread, ready to run an export.
fn idle(program: Rc<Program>) -> Option<Idle> {
    let image = program.image();
    let imports = || image.imports().iter();
    if imports().any(|import| import.kind != KIND_FUNC) {
        return None;
    }
    // Types of the imports, for as long as the process lives, as a host's table has them.
    let sigs = imports().map(|import| {
        let sig = image.sigs().get(import.desc)?;
        let (params, results) = image.sig_types(&sig)?.split_at_checked(usize::from(sig.params))?;
        Some((&*params.to_vec().leak(), &*results.to_vec().leak()))
    });
    let sigs: Vec<(&'static [u8], &'static [u8])> = sigs.collect::<Option<_>>()?;
    let exports = image.exports().iter().filter(|export| export.kind == KIND_FUNC);
    let entry = exports.filter(|export| export.index as usize >= sigs.len()).map(|export| export.index).next()?;
    let args = vec![0; usize::from(program.sig(entry)?.params)];
    let globals = image.globals().len() as usize * size_of::<u64>();

    let before = LIVE.get();
    let mut store = Store::on(StoreLimits::default(), &Heap);
    // Made-up numbers: nothing runs.
    let mut funcs = 0..;
    let mut resolve = |_: &[u8], _: &[u8], _| Some(Extern::Func(FuncAddr::Host(funcs.next()?)));
    let instance = store.instantiate(program.clone(), &mut resolve, &|i| sigs[i]).ok()?;
    let mut thread = Thread::new(Rc::<Control>::default(), 1 << 16, u64::MAX).ok()?;
    let made = LIVE.get() - before + size_of_val(&store) + size_of_val(&thread);
    thread.start(&store, instance, entry, &args).ok()?;
    let stack = LIVE.get() - before + size_of_val(&store) + size_of_val(&thread) - made;
    let memory = store.memory(instance).map_or(0, |memory| memory.bytes().len());
    let tables = image.tables().iter().map(|table| table.min as usize * size_of::<u32>()).sum::<usize>();
    Some(Idle { memory, globals, tables, stack, rest: made - memory - globals - tables })
}
