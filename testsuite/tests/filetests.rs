//! `filetests/*/*.wat`: small modules with what is expected of them.
//!
//! The first lines are keys, `;;! test = "lower"` and others of [`Header`]. What is expected stands
//! in comments:
//!
//! | `test` | checked | expected |
//! |---|---|---|
//! | `lower` | the IR of every function, which the checker must accept | in `;;` lines at the end |
//! | `verify` | what the verifier says of each module of the file | `;; error: CODE message` on the offending line |
//! | `exec` | calls of exports, in every dispatch mode, sliced and not | `;;= invoke "name" ARGS => RESULTS`, or `=> trap TEXT` |
//!
//! An error of a function's code stands on the line of the operator, any other one on the line of the
//! module. A `verify` file is about one rule and has a module that breaks it and one that does not.
//! `CERVUS_BLESS=1` writes what is found into the files; read the difference like code.

use kengine::{
    Form, Mode,
    image::{Image, KIND_FUNC, valtype},
    text::{self, print_func},
};
use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};
use testsuite::{
    guest::{End, Guest},
    pipeline,
};
use verifier::{ClassPolicy, Diagnostic, HostImport, HostSet, Policy, verify};
use wasmparser::{Parser, Payload, ValType};
use wast::{
    QuoteWat, Wast, WastDirective, Wat,
    core::{FuncKind, Module, ModuleField, ModuleKind},
    parser::{self, ParseBuffer},
};

type Result<T> = std::result::Result<T, String>;

/// Keys of a file.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Header {
    /// What is tested, as the folder is called.
    test: String,
    /// `verify`: reject what is not bounded.
    #[serde(default)]
    bounded: bool,
    /// `verify`: pages that a module may ask for.
    max_pages: Option<u32>,
    /// `verify`: capabilities that are granted; all of them without this key.
    allow: Option<Vec<String>>,
}

impl Header {
    fn read(text: &str) -> Result<Header> {
        let lines: Vec<&str> = text.lines().map_while(|line| line.strip_prefix(";;!")).collect();
        toml::from_str(&lines.join("\n")).map_err(|error| format!("header: {error}"))
    }
}

/// Holds each file of a folder against what `found` makes of it: the text as it should be.
fn folder(name: &str, found: impl Fn(&Header, &str) -> Result<String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("filetests").join(name);
    let bless = std::env::var_os("CERVUS_BLESS").is_some();
    let mut files: Vec<PathBuf> =
        fs::read_dir(&folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    assert!(!files.is_empty(), "no files in filetests/{name}");
    let mut failed = Vec::new();
    for path in files {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
        let header = Header::read(&text);
        let found = header.and_then(|header| {
            if header.test != name {
                return Err(format!("test = {:?} in the folder {name}", header.test));
            }
            found(&header, &text)
        });
        match found {
            Ok(found) if found == text => {}
            Ok(found) if bless => fs::write(&path, found).unwrap_or_else(|error| panic!("{file}: {error}")),
            Ok(found) => failed.push(format!("{file}:\n{}", difference(&text, &found))),
            Err(error) => failed.push(format!("{file}: {error}\n")),
        }
    }
    assert!(failed.is_empty(), "{} failed; CERVUS_BLESS=1 takes what was found\n\n{}", failed.len(), failed.join("\n"));
}

/// The lines from the first to the last that differ.
fn difference(expected: &str, found: &str) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), found.lines().collect());
    let head = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let mut out = format!("line {}\n", head + 1);
    for (sign, lines) in [('-', &a[head..a.len() - tail]), ('+', &b[head..b.len() - tail])] {
        for line in lines {
            let _ = writeln!(out, "{sign} {line}");
        }
    }
    out
}

fn assemble(text: &str) -> Result<Vec<u8>> {
    wat::parse_str(text).map_err(|error| error.to_string())
}

#[test]
fn lower() {
    folder("lower", |_, text| {
        let ir = functions(&assemble(text)?)?;
        let is_comment = |line: &&str| line.starts_with(";;") && !line.starts_with(";;!");
        let comments = text.lines().rev().take_while(is_comment).count();
        let kept: Vec<&str> = text.lines().take(text.lines().count() - comments).collect();
        let mut found = format!("{}\n\n", kept.join("\n").trim_end());
        for line in ir.lines() {
            let _ = writeln!(found, "{}", format!(";; {line}").trim_end());
        }
        Ok(found)
    });
}

/// The IR of all functions that the module defines.
fn functions(wasm: &[u8]) -> Result<String> {
    let bytes = pipeline::image(wasm).map_err(|refusal| refusal.to_string())?;
    pipeline::load(&bytes, Mode::Match).map_err(|error| format!("the checker: {error:?}"))?;
    let image = Image::parse(&bytes).map_err(|error| format!("{error:?}"))?;
    let imported = image.imports().iter().filter(|import| import.kind == KIND_FUNC).count() as u32;
    let options = text::Options { leaders: true, pcs: false, lines: false };
    let defined = image.funcs().len() as u32;
    Ok((imported..imported + defined).map(|index| print_func(&image, index, options)).collect())
}

/// A short branch reaches 10,000 words; a comparison that must go farther goes by way of a `br`.
#[test]
fn far_branches() {
    let filler = "(local.set 0 (i32.mul (local.get 0) (local.get 1)))".repeat(12_000);
    let forward = |condition: &str| {
        let body = format!("(block (br_if 0 {condition}) {filler}) (local.get 0)");
        format!("(module (func (param i32 i32) (result i32) {body}))")
    };
    let lower = |text: String| functions(&assemble(&text)?);
    let ir = lower(forward("(i32.lt_s (local.get 0) (local.get 1))")).unwrap_or_else(|error| panic!("{error}"));
    let head: Vec<&str> = ir.lines().map(str::trim).take(7).collect();
    // The branch goes over the `br` that stands in its way, to the one that goes far.
    assert!(head[1].starts_with("br_i32_lt_s_ss_pay"), "{head:#?}");
    assert_eq!(ir.lines().filter(|line| line.trim().starts_with("br ")).count(), 2, "{head:#?}");
    // A plain condition has a form that reaches everything.
    let ir = lower(forward("(local.get 0)")).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(ir.lines().filter(|line| line.trim().starts_with("br ")).count(), 0);
    // Backward, and with a left side that stands in the accumulator alone.
    let text = format!(
        "(module (func (param i32 i32) (result i32)
           (loop {filler} (br_if 0 (i32.lt_u (i32.add (local.get 0) (local.get 1)) (i32.const 7)))) (local.get 0)))"
    );
    let ir = lower(text).unwrap_or_else(|error| panic!("{error}"));
    assert!(ir.lines().any(|line| line.trim().starts_with("br_lt_u_ai")), "no immediate form");
    assert!(ir.lines().any(|line| line.trim().starts_with("br_pay ")), "no paying branch");
}

/// The host of `verify` files.
fn host() -> HostSet {
    let import = |name: &str, params: &[ValType], results: &[ValType], capability: &str| HostImport {
        module: "env".to_owned(),
        name: name.to_owned(),
        params: params.to_vec(),
        results: results.to_vec(),
        capability: capability.to_owned(),
        cost: 10,
        may_sleep: false,
        len_param: None,
    };
    HostSet::new(vec![
        import("log", &[ValType::I32, ValType::I32], &[], "log"),
        import("clock", &[], &[ValType::I64], ""),
    ])
}

#[test]
fn verify_rules() {
    folder("verify", |header, text| {
        let policy = Policy {
            class: if header.bounded { ClassPolicy::Bounded } else { ClassPolicy::Metered },
            max_pages: header.max_pages,
            allowed: header.allow.clone(),
            ..Policy::default()
        };
        let host = host();
        let mut buffer = ParseBuffer::new(text).map_err(|error| error.to_string())?;
        buffer.track_instr_spans(true);
        let script = parser::parse::<Wast<'_>>(&buffer).map_err(|error| error.to_string())?;
        let mut errors = Vec::new();
        let (mut accepted, mut rejected) = (0, 0);
        for directive in script.directives {
            let WastDirective::Module(QuoteWat::Wat(Wat::Module(mut module))) = directive else {
                return Err("something else than a module".to_owned());
            };
            let wasm = module.encode().map_err(|error| error.to_string())?;
            let report = verify(&wasm, &host, &policy);
            *if report.accepted() { &mut accepted } else { &mut rejected } += 1;
            for diagnostic in &report.diagnostics {
                let line = line_of(text, &module, &wasm, diagnostic);
                errors.push((line, format!(";; error: {} {}", diagnostic.code, diagnostic.message)));
            }
        }
        if accepted == 0 || rejected == 0 {
            return Err(format!("{accepted} modules are accepted and {rejected} rejected; a rule has both cases"));
        }
        let mut found = String::new();
        for (number, line) in text.lines().enumerate() {
            found.push_str(line.split(";; error: ").next().unwrap_or_default().trim_end());
            for (_, error) in errors.iter().filter(|(at, _)| *at == number) {
                let _ = write!(found, " {error}");
            }
            found.push('\n');
        }
        Ok(found)
    });
}

/// The line, from 0, that a diagnostic is about: of the operator, else of the module.
fn line_of(text: &str, module: &Module<'_>, wasm: &[u8], diagnostic: &Diagnostic) -> usize {
    let line = |span: wast::token::Span| span.linecol_in(text).0;
    operator_of(module, wasm, diagnostic).map_or(line(module.span), line)
}

/// Where the operator stands that a diagnostic is about.
fn operator_of(module: &Module<'_>, wasm: &[u8], diagnostic: &Diagnostic) -> Option<wast::token::Span> {
    let offset = diagnostic.offset?;
    let bodies = Parser::new(0).parse_all(wasm).map_while(wasmparser::Result::ok).filter_map(|payload| match payload {
        Payload::CodeSectionEntry(body) => Some(body),
        _ => None,
    });
    let (at, body) = bodies.enumerate().find(|(_, body)| body.range().contains(&offset))?;
    let ModuleKind::Text(fields) = &module.kind else { return None };
    let inline = fields.iter().filter_map(|field| match field {
        ModuleField::Func(func) => match &func.kind {
            FuncKind::Inline { expression, .. } => Some((func, expression)),
            FuncKind::Import(..) => None,
        },
        _ => None,
    });
    let (func, expression) = inline.into_iter().nth(at)?;
    let operators = body.get_operators_reader().ok()?.into_iter_with_offsets();
    let until = operators.map_while(wasmparser::Result::ok).take_while(|(_, at)| *at <= offset).count();
    let spans = expression.instr_spans.as_deref().unwrap_or_default();
    // The last `end` is not in the text: it stands where the function begins.
    Some(until.checked_sub(1).and_then(|nth| spans.get(nth)).copied().unwrap_or(func.span))
}

#[test]
fn exec() {
    folder("exec", |_, text| {
        let image = pipeline::image(&assemble(text)?).map_err(|refusal| refusal.to_string())?;
        let whole = calls(&image, text, Mode::Match, u64::MAX)?;
        for form in Form::all() {
            for slice in [u64::MAX, 0] {
                if calls(&image, text, form, slice)? != whole {
                    return Err(format!("form {form} with slices of {slice} gives something else"));
                }
            }
        }
        Ok(whole)
    });
}

/// The file with what the calls in it give, one after the other in one instance.
fn calls(image: &[u8], text: &str, form: impl Into<Form>, slice: u64) -> Result<String> {
    let mut guest = Guest::new(image, form)?;
    let mut found = String::new();
    let mut count = 0;
    for line in text.lines() {
        match line.strip_prefix(";;= ") {
            Some(line) => {
                let call = line.split(" =>").next().unwrap_or_default();
                let result = invoke(&mut guest, call, slice).map_err(|error| format!("{call}: {error}"))?;
                let _ = writeln!(found, "{}", format!(";;= {call} => {result}").trim_end());
                count += 1;
            }
            None => {
                let _ = writeln!(found, "{line}");
            }
        }
    }
    if count == 0 {
        return Err("no calls".to_owned());
    }
    Ok(found)
}

/// `invoke "name" ARGS`
fn invoke(guest: &mut Guest, call: &str, slice: u64) -> Result<String> {
    let call = call.strip_prefix("invoke \"").and_then(|rest| rest.split_once('"'));
    let (name, args) = call.ok_or("not `invoke \"name\" ARGS`")?;
    let func = guest.func(name).ok_or("no such export")?;
    let (params, results) = {
        let (sig, image) = guest.store().sig_of(guest.instance(), func).ok_or("no signature")?;
        let types = image.sig_types(&sig).ok_or("no types")?;
        let (params, results) = types.split_at(sig.params.into());
        (params.to_vec(), results.to_vec())
    };
    let args: Vec<&str> = args.split_whitespace().collect();
    if args.len() != params.len() {
        return Err(format!("{} arguments for {} parameters", args.len(), params.len()));
    }
    let args = args.iter().zip(&params).map(|(arg, ty)| parse(arg, *ty).ok_or_else(|| format!("argument {arg}")));
    let args = args.collect::<Result<Vec<u64>>>()?;
    Ok(match guest.call(func, &args, 1_000_000, &mut || slice) {
        End::Trap(code) => format!("trap {}", code.message()),
        End::Done(values) => {
            let values = values.iter().zip(&results).map(|(bits, ty)| print(*bits, *ty));
            values.collect::<Vec<_>>().join(" ")
        }
    })
}

/// A value as its slot: signed decimal integers, decimal floats with `inf` and `nan`.
fn parse(text: &str, ty: u8) -> Option<u64> {
    // CASTs: the bits of the number; an i32 stands zero-extended.
    match ty {
        valtype::I32 => text.parse::<i32>().ok().map(|value| u64::from(value as u32)),
        valtype::I64 => text.parse::<i64>().ok().map(|value| value as u64),
        valtype::F32 => text.parse::<f32>().ok().map(|value| value.to_bits().into()),
        valtype::F64 => text.parse::<f64>().ok().map(f64::to_bits),
        _ => None,
    }
}

/// The reverse of [`parse`]. Bits that do not belong to the type are shown.
fn print(bits: u64, ty: u8) -> String {
    match (ty, u32::try_from(bits)) {
        // CASTs: as in `parse`.
        (valtype::I32, Ok(bits)) => (bits as i32).to_string(),
        (valtype::I64, _) => (bits as i64).to_string(),
        (valtype::F32, Ok(bits)) => format!("{:?}", f32::from_bits(bits)),
        (valtype::F64, _) => format!("{:?}", f64::from_bits(bits)),
        _ => format!("{bits:#x}"),
    }
}
