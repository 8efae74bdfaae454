//! `cervus dump`: the image of a program, as text or as a file.

use crate::{
    args::{self, FunctionArg, Jobs},
    error::{Error, shown},
    host::Capabilities,
    image_error::ImageError,
    input::{self, Input},
    names, output,
    pipeline::{self, Settings},
    progress::Progress,
    report,
};
use clap::Args;
use kengine::{
    image::{Image, KIND_FUNC, SectionKind},
    text,
};
use serde_json::{Value, json};
use std::{fmt::Write as _, ops::Range, path::PathBuf, process::ExitCode};

/// Print the image that a program is lowered to, or write it to a file
///
/// The full text (`--ir`) can be turned into the same image again with `--parse`. Imports that the host lacks do not
/// matter here.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cervus dump fib.wasm                          the whole image
  cervus dump fib.wasm --function fib           one function, with wasm offsets
  cervus dump fib.wasm --json | jq .class       what the image claims
  cervus dump fib.wasm --image fib.cvi          write the image; `cervus load fib.cvi` runs it
  cervus dump --parse fib.txt --image fib.cvi   the image from its text")]
pub(crate) struct Dump {
    #[arg(help = args::FILE_HELP)]
    file: PathBuf,
    /// Print the image in the text form; this is the default.
    #[arg(long, conflicts_with = "leaders")]
    ir: bool,
    /// Print the branch targets only, with what the checker knows there.
    #[arg(long)]
    leaders: bool,
    /// Write the image to a file and print nothing.
    #[arg(long, value_name = "OUT.cvi", conflicts_with_all = ["ir", "leaders", "function"])]
    image: Option<PathBuf>,
    /// Print what the image says of itself and of its functions as JSON, with the text of each.
    #[arg(long, conflicts_with_all = ["ir", "leaders", "image"])]
    pub(crate) json: bool,
    /// Only this function, by name or index.
    #[arg(long, value_name = "NAME|INDEX")]
    function: Option<FunctionArg>,
    /// FILE is the text of an image, as `--ir` prints it.
    #[arg(long)]
    parse: bool,
    #[command(flatten)]
    jobs: Jobs,
}

impl Dump {
    pub(crate) fn execute(&self, verbose: bool) -> Result<ExitCode, Error> {
        let bytes = self.bytes()?;
        if let Some(out) = &self.image {
            input::write(out, &bytes)?;
            if verbose {
                report::note(&format!("wrote {} bytes to {}", bytes.len(), shown(out)));
            }
            return Ok(ExitCode::SUCCESS);
        }
        let frame = |error| Error::Image { path: self.file.clone(), error: ImageError::of_frame(&bytes, error) };
        let image = Image::parse(&bytes).map_err(frame)?;
        if self.json {
            let functions = match &self.function {
                Some(function) => {
                    let func = self.find(&image, function)?;
                    func..func + 1
                }
                None => defined(&image),
            };
            output::json(&to_json(&image, bytes.len(), functions))?;
            return Ok(ExitCode::SUCCESS);
        }
        let text = match (&self.function, self.leaders) {
            (None, false) => text::print(&bytes).map_err(frame)?,
            (None, true) => defined(&image).map(|func| leaders(&image, func)).collect(),
            (Some(function), leaders_only) => {
                let func = self.find(&image, function)?;
                match leaders_only {
                    true => leaders(&image, func),
                    false => function_text(&image, func),
                }
            }
        };
        output::plain(&text)?;
        Ok(ExitCode::SUCCESS)
    }

    fn bytes(&self) -> Result<Vec<u8>, Error> {
        if self.parse {
            return text::parse(&input::text(&self.file)?)
                .map_err(|error| Error::ImageText { path: self.file.clone(), error });
        }
        match input::program(&self.file)? {
            Input::Image(image) => Ok(image),
            wasm => {
                let settings = Settings { threads: self.jobs.threads(), ..Settings::permissive() };
                let made = pipeline::image(&self.file, wasm, &settings, &mut Progress::new())?;
                Ok(made.image)
            }
        }
    }

    /// Index of the function that the user means.
    fn find(&self, image: &Image<'_>, function: &FunctionArg) -> Result<u32, Error> {
        let path = shown(&self.file);
        match function {
            FunctionArg::Index(index) if defined(image).any(|func| func == *index) => Ok(*index),
            FunctionArg::Index(index) => {
                let range = defined(image);
                Err(Error::usage(format!(
                    "{path}: no function with a body has index {index}: they are {} to {}",
                    range.start,
                    range.end.saturating_sub(1)
                )))
            }
            FunctionArg::Name(wanted) => {
                let all: Vec<(u32, Option<String>)> =
                    defined(image).map(|func| (func, names::of_function(image, func))).collect();
                if let Some((func, _)) = all.iter().find(|(_, name)| name.as_ref() == Some(wanted)) {
                    return Ok(*func);
                }
                if let Some(func) = names::export(image, wanted).filter(|func| defined(image).contains(func)) {
                    return Ok(func);
                }
                let all: Vec<String> = all.into_iter().filter_map(|(_, name)| name).collect();
                let hint = names::did_you_mean(wanted, &all).or_else(|| names::those_there(&all));
                let message = format!("{path}: no function is called `{}`", names::printable(wanted));
                Err(Error::Usage { message, hint })
            }
        }
    }
}

/// Indices of the functions that the image defines.
fn defined(image: &Image<'_>) -> std::ops::Range<u32> {
    let imported = image.imports().iter().filter(|import| import.kind == KIND_FUNC).count() as u32; // CAST: a u32 count
    imported..imported.saturating_add(image.funcs().len())
}

/// A function as text for people, with wasm offsets.
fn function_text(image: &Image<'_>, func: u32) -> String {
    text::print_func(image, func, text::Options { lines: true, ..Default::default() })
}

/// What the image says; sizes and names are called as in the report of `cervus verify --json`.
fn to_json(image: &Image<'_>, bytes: usize, functions: Range<u32>) -> Value {
    let header = &image.header;
    let function = |func: u32| -> Option<Value> {
        let record = image.funcs().get(func - defined(image).start)?;
        let mut lines = image.lines();
        let leaders = (0..record.leader_len).map_while(|index| {
            let leader = image.leaders().get(record.leader.saturating_add(index))?;
            let offset = lines.at(record.code.saturating_add(leader.pc));
            Some(json!({ "pc": leader.pc, "height": leader.height, "credit": leader.credit, "offset": offset }))
        });
        Some(json!({
            "index": func,
            "name": names::of_function(image, func),
            "frame": record.frame,
            "depth": record.depth,
            "credit": record.credit,
            "words": record.code_len,
            "leaders": leaders.collect::<Vec<_>>(),
            "text": function_text(image, func).lines().collect::<Vec<_>>(),
        }))
    };
    json!({
        "image": { "bytes": bytes, "code_bytes": image.section(SectionKind::Code).len() },
        "class": if header.class == 1 { "bounded" } else { "metered" },
        "cost": Some(header.fuel_claim).filter(|claim| *claim > 0),
        "stack_slots": header.stack_claim,
        "capabilities": Capabilities::from_bits_truncate(header.capabilities).own_names().collect::<Vec<_>>(),
        "exports": names::exported_functions(image),
        "functions": functions.filter_map(function).collect::<Vec<_>>(),
    })
}

/// The leaders of a function, one a line.
fn leaders(image: &Image<'_>, func: u32) -> String {
    let mut out = String::new();
    let Some(record) = image.funcs().get(func - defined(image).start) else { return out };
    let name = names::of_function(image, func).map_or_else(String::new, |name| format!(" {name}"));
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "func {func}{name}: frame={} depth={} credit={} words={}",
        record.frame, record.depth, record.credit, record.code_len
    );
    let mut lines = image.lines();
    for index in 0..record.leader_len {
        let Some(leader) = image.leaders().get(record.leader.saturating_add(index)) else { break };
        let _ = write!(out, "  @{index} pc={} height={} credit={}", leader.pc, leader.height, leader.credit);
        if let Some(offset) = lines.at(record.code.saturating_add(leader.pc)) {
            let _ = write!(out, " wasm={offset:#x}");
        }
        out.push('\n');
    }
    out
}
