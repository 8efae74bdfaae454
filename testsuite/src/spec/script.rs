//! Runs one script: its modules in one store, its directives in order.

use super::{
    Config, Failure, Outcome,
    host::{MODULE, Spectest},
    value,
};
use crate::pipeline;
use kengine::{
    host::Host,
    link::Program,
    store::{Extern, FuncAddr, InstanceId, InstantiateError, Store, StoreLimits},
    thread::{Control, Run, Thread, host_sig},
    trap::TrapCode,
};
use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};
use wast::{
    QuoteWat, Wast, WastDirective, WastExecute, WastInvoke,
    lexer::Lexer,
    parser::{self, ParseBuffer},
    token::Id,
};

/// Slots of the value stack.
const STACK_SLOTS: u32 = 1 << 16;
/// Fuel of one call: far more than any needs, so that an endless loop is a failure.
const FUEL: u64 = 1 << 32;

/// Why a directive did not hold.
enum Stop {
    Failed(String),
    Skipped(String),
}

impl<T: Into<String>> From<T> for Stop {
    fn from(text: T) -> Stop {
        Stop::Failed(text.into())
    }
}

/// Why a module has no instance.
enum NoInstance {
    /// Verifier, `lower` or checker refused it.
    Refused(pipeline::Refusal),
    /// Its imports, or its segments.
    Instantiate(InstantiateError),
    /// Its start function.
    Start(TrapCode),
}

impl From<NoInstance> for Stop {
    fn from(why: NoInstance) -> Stop {
        Stop::Failed(match why {
            NoInstance::Refused(refusal) => format!("refused by {refusal}"),
            NoInstance::Instantiate(error) => format!("not instantiated: {error:?}"),
            NoInstance::Start(code) => format!("the start function trapped: {}", code.message()),
        })
    }
}

/// Runs a script of this name and text.
pub fn run(file: &str, text: &str, config: Config) -> Outcome {
    let mut outcome = Outcome::default();
    if let Err(what) = directives(file, text, config, &mut outcome) {
        outcome.failures.push(Failure { file: file.into(), line: 0, what });
    }
    outcome
}

fn directives(file: &str, text: &str, config: Config, outcome: &mut Outcome) -> Result<(), String> {
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer).map_err(|error| error.to_string())?;
    let script: Wast<'_> = parser::parse(&buffer).map_err(|error| error.to_string())?;
    let mut runner = Runner::new(config)?;
    for directive in script.directives {
        let line = directive.span().linecol_in(text).0 + 1;
        let is_assertion = !matches!(
            directive,
            WastDirective::Module(_)
                | WastDirective::ModuleDefinition(_)
                | WastDirective::Register { .. }
                | WastDirective::Invoke(_)
        );
        let result = catch_unwind(AssertUnwindSafe(|| runner.directive(directive)));
        let failure = |what| Failure { file: file.into(), line, what };
        match result.unwrap_or_else(|_| Err("panicked".into())) {
            Ok(()) => outcome.passed += usize::from(is_assertion),
            Err(Stop::Failed(what)) => outcome.failures.push(failure(what)),
            Err(Stop::Skipped(what)) => outcome.skipped.push(failure(what)),
        }
    }
    Ok(())
}

/// The exports of an instance, for importers.
type Exports = HashMap<Vec<u8>, Extern>;

struct Runner {
    config: Config,
    store: Store<Arc<Program>>,
    thread: Thread<Arc<Control>>,
    /// The module that was made last.
    current: Option<InstanceId>,
    /// Modules by their names in the script.
    named: HashMap<String, InstanceId>,
    /// What `register` made known.
    registered: HashMap<Vec<u8>, Exports>,
}

impl Runner {
    fn new(config: Config) -> Result<Runner, String> {
        let mut runner = Runner {
            config,
            store: Store::new(StoreLimits::default()),
            thread: Thread::new(Arc::default(), STACK_SLOTS, 0).map_err(|_| "no memory for a value stack")?,
            current: None,
            named: HashMap::new(),
            registered: HashMap::new(),
        };
        let wasm = wat::parse_str(MODULE).map_err(|error| error.to_string())?;
        let instance = runner.instantiate(&wasm).map_err(|_| "`spectest` cannot be made")?;
        let mut exports = runner.exports(instance);
        let funcs = Spectest::FUNCTIONS.iter().enumerate();
        exports.extend(funcs.map(|(index, f)| (f.name.into(), Extern::Func(FuncAddr::Host(index)))));
        runner.registered.insert("spectest".into(), exports);
        Ok(runner)
    }

    fn directive(&mut self, directive: WastDirective<'_>) -> Result<(), Stop> {
        match directive {
            WastDirective::Module(mut module) => {
                let name = module.name();
                let wasm = module.encode().map_err(|error| error.to_string())?;
                self.current = None;
                let instance = self.instantiate(&wasm)?;
                self.current = Some(instance);
                if let Some(name) = name {
                    self.named.insert(name.name().into(), instance);
                }
                Ok(())
            }
            WastDirective::ModuleDefinition(mut module) => {
                let wasm = module.encode().map_err(|error| error.to_string())?;
                pipeline::program(&wasm, self.config.form).map(drop).map_err(|refusal| refusal.to_string().into())
            }
            WastDirective::Register { name, module, .. } => {
                let exports = self.exports(self.instance(module)?);
                self.registered.insert(name.into(), exports);
                Ok(())
            }
            WastDirective::AssertMalformed { module, .. } | WastDirective::AssertInvalid { module, .. } => {
                refused(module)
            }
            WastDirective::Invoke(invoke) => self.invoke(invoke)?.map(drop).map_err(trapped),
            WastDirective::AssertReturn { exec, results, .. } => {
                let got = self.execute(exec)?.map_err(trapped)?;
                let equal = got.len() == results.len() && got.iter().zip(&results).all(|(g, r)| value::matches(*g, r));
                if equal { Ok(()) } else { Err(format!("got {got:#x?}, expected {results:?}").into()) }
            }
            WastDirective::AssertTrap { exec, message, .. } => trap(self.execute(exec)?, message),
            WastDirective::AssertExhaustion { call, .. } => trap(self.invoke(call)?, TrapCode::StackOverflow.message()),
            WastDirective::AssertUnlinkable { mut module, message, .. } => {
                let wasm = module.encode().map_err(|error| error.to_string())?;
                let got = match self.instantiate(&wasm) {
                    Ok(_) => return Err("linked".into()),
                    Err(NoInstance::Instantiate(InstantiateError::Missing(_))) => "unknown import",
                    Err(NoInstance::Instantiate(InstantiateError::Incompatible(_))) => "incompatible import type",
                    Err(other) => return Err(other.into()),
                };
                if message.starts_with(got) { Ok(()) } else { Err(format!("{got}, expected {message}").into()) }
            }
            other => Err(Stop::Skipped(unsupported(&other))),
        }
    }

    /// The named instance, or the current one.
    fn instance(&self, name: Option<Id<'_>>) -> Result<InstanceId, Stop> {
        let found = match name {
            Some(name) => self.named.get(name.name()).copied(),
            None => self.current,
        };
        found.ok_or_else(|| "no such module, because it failed".into())
    }

    fn exports(&self, instance: InstanceId) -> Exports {
        let image = self.store.program(instance).map(|program| program.image());
        let names = image
            .iter()
            .flat_map(|image| image.exports().iter().filter_map(|export| image.string(export.name, export.name_len)));
        names.filter_map(|name| Some((name.to_vec(), self.store.export(instance, name)?))).collect()
    }

    fn instantiate(&mut self, wasm: &[u8]) -> Result<InstanceId, NoInstance> {
        let program = pipeline::program(wasm, self.config.form).map_err(NoInstance::Refused)?;
        let registered = &self.registered;
        let resolve = &mut |module: &[u8], name: &[u8], _| registered.get(module)?.get(name).copied();
        let made = self.store.instantiate(program, resolve, &host_sig::<Spectest>);
        let instance = made.map_err(NoInstance::Instantiate)?;
        if let Some(start) = self.store.start_func(instance) {
            self.call(instance, start, &[]).map_err(NoInstance::Start)?;
        }
        Ok(instance)
    }

    fn execute(&mut self, exec: WastExecute<'_>) -> Result<Result<Vec<u64>, TrapCode>, Stop> {
        match exec {
            WastExecute::Invoke(invoke) => self.invoke(invoke),
            WastExecute::Wat(mut module) => {
                let wasm = module.encode().map_err(|error| error.to_string())?;
                match self.instantiate(&wasm) {
                    Ok(_) => Ok(Ok(Vec::new())),
                    Err(NoInstance::Start(code) | NoInstance::Instantiate(InstantiateError::Segment(code))) => {
                        Ok(Err(code))
                    }
                    Err(other) => Err(other.into()),
                }
            }
            WastExecute::Get { module, global, .. } => {
                match self.store.export(self.instance(module)?, global.as_bytes()) {
                    Some(Extern::Global(global)) => Ok(Ok(vec![self.store.global(global)])),
                    _ => Err(format!("no global `{global}`").into()),
                }
            }
        }
    }

    fn invoke(&mut self, invoke: WastInvoke<'_>) -> Result<Result<Vec<u64>, TrapCode>, Stop> {
        let instance = self.instance(invoke.module)?;
        let args: Option<Vec<u64>> = invoke.args.iter().map(value::slot).collect();
        let args = args.ok_or("an argument of an unsupported type")?;
        let func = self.store.export_func(instance, invoke.name.as_bytes());
        let func = func.ok_or_else(|| format!("no function `{}`", invoke.name))?;
        Ok(self.call(instance, func, &args))
    }

    /// Calls a function, which may be one of the host, re-exported.
    fn call(&mut self, instance: InstanceId, func: u32, args: &[u64]) -> Result<Vec<u64>, TrapCode> {
        if let Some(FuncAddr::Host(_)) = self.store.func(instance, func) {
            return Ok(Vec::new());
        }
        self.thread.set_budget(self.thread.used().saturating_add(FUEL));
        self.thread.start(&self.store, instance, func, args)?;
        loop {
            match self.thread.run(&mut self.store, &mut Spectest, self.config.slice) {
                Run::Done => return Ok(self.thread.results().to_vec()),
                Run::Yield => {}
                Run::Trap(code) => return Err(code),
                Run::Block(_) | Run::Stopped => return Err(TrapCode::Host),
            }
        }
    }
}

fn trapped(code: TrapCode) -> Stop {
    Stop::Failed(format!("trapped: {}", code.message()))
}

/// A module that must not come through; that its text cannot be parsed is as good.
fn refused(mut module: QuoteWat<'_>) -> Result<(), Stop> {
    match module.encode() {
        Ok(wasm) if pipeline::validate(&wasm).is_ok() => Err("accepted".into()),
        _ => Ok(()),
    }
}

/// A trap with this message; the engine's may be shorter or longer (`uninitialized element 2`).
fn trap(got: Result<Vec<u64>, TrapCode>, message: &str) -> Result<(), Stop> {
    match got {
        Ok(results) => Err(format!("no trap, but {results:#x?}").into()),
        Err(code) if message.starts_with(code.message()) || code.message().starts_with(message) => Ok(()),
        Err(code) => Err(format!("trapped: {}, expected: {message}", code.message()).into()),
    }
}

/// Name of a directive that belongs to a feature that Cervus does not have.
fn unsupported(directive: &WastDirective<'_>) -> String {
    let text = format!("{directive:?}");
    let name = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    format!("directive `{name}` of an unsupported feature")
}
