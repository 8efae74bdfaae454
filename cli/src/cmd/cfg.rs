//! `cervus cfg`: control-flow graphs as pictures.

use crate::{
    args::{self, FunctionArg, SourceArgs},
    error::{Error, shown},
    input, names, output,
    pipeline::{self, Settings},
    progress::Progress,
};
use clap::Args;
use serde_json::json;
use std::{
    cmp::Reverse,
    collections::HashMap,
    path::{Path, PathBuf},
    process::ExitCode,
};
use verifier::{Assumption, Cfg, FunctionReport, Report, Sources, function_cfgs, html_report};
use wasmparser::{ExternalKind, Parser, Payload};

/// Functions that an error lists.
const MAX_LISTED: usize = 20;

/// Draw the control-flow graph of a function
///
/// The name of the output file says the format: .svg is a picture, .dot is for graphviz and may hold all functions,
/// .html is a page with the report and the pictures that needs no other file. Blocks are coloured by how often they run
/// at most, and red in a loop without a bound; back edges are dashed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cervus cfg fib.wasm --function fib -o fib.svg
  cervus cfg fib.wasm --function 3 -o fib.svg
  cervus cfg fib.wasm -o fib.dot              all functions
  cervus cfg fib.wasm -o fib.html             the whole report
  cervus cfg fib.wasm --json | jq '.functions[].graph'")]
pub(crate) struct CfgArgs {
    #[arg(help = args::MODULE_HELP)]
    file: PathBuf,
    /// The function, by name or index [default: all, for .dot and .html; the only one, for .svg].
    #[arg(long, value_name = "NAME|INDEX")]
    function: Option<FunctionArg>,
    /// File to write, `-` for DOT on standard output.
    #[arg(short, long, value_name = "OUT.svg|OUT.dot|OUT.html", required_unless_present = "json")]
    output: Option<PathBuf>,
    /// Print the graphs as JSON: the functions as in `cervus verify --json`, each with its blocks and edges.
    #[arg(long, conflicts_with = "output")]
    pub(crate) json: bool,
    /// Range that callers keep a parameter to, as in `cervus verify` (may be given several times).
    #[arg(long, value_name = "RANGE", allow_hyphen_values = true)]
    assume: Vec<Assumption>,
    #[command(flatten)]
    sources: SourceArgs,
}

/// What to write.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Svg,
    Dot,
    Html,
    Json,
}

/// Pictures in one page.
const MAX_PICTURES: usize = 200;

impl CfgArgs {
    pub(crate) fn execute(&self) -> Result<ExitCode, Error> {
        let format = self.format()?;
        let wasm = input::module(&self.file)?;
        let mut progress = Progress::new();
        let settings = Settings { assumptions: self.assume.clone(), ..Settings::permissive() };
        let mut report = pipeline::verify(&wasm, &settings, &mut progress);
        pipeline::all_used(&report)?;
        let sources = Sources::new(&wasm, &self.sources.roots(&self.file));
        if !report.accepted() {
            return Err(pipeline::rejected(&self.file, report, &sources));
        }
        if let Ok(mut image) = pipeline::lower(&wasm, settings.threads, &mut progress) {
            pipeline::claim(&mut image, &mut report);
        }
        let mut functions = self.functions(&wasm, &report, format)?;
        if matches!(format, Format::Html | Format::Json) {
            report.locate(&sources);
        }
        if format == Format::Html {
            most_loops(&mut functions, &report);
        }
        let by_index: HashMap<u32, &FunctionReport> = report.functions.iter().map(|f| (f.index, f)).collect();
        let (mut text, mut graphs, mut values, mut done) = (String::new(), Vec::new(), Vec::new(), 0);
        let mut draw = |mut graph: Cfg| {
            if let Some(function) = by_index.get(&graph.function) {
                graph.annotate(function, &sources);
            }
            match format {
                Format::Svg => text.push_str(&graph.to_svg()),
                Format::Dot => text.push_str(&graph.to_dot()),
                Format::Html => graphs.push(graph),
                Format::Json => values.extend(by_index.get(&graph.function).map(|f| graph.to_json(f, &sources))),
            }
            done += 1;
            progress.update("drawing", done, functions.len());
        };
        function_cfgs(&wasm, &functions, &mut draw).map_err(|error| Error::Graph { path: self.file.clone(), error })?;
        drop(progress);
        if format == Format::Html {
            let name = self.file.file_name().map_or_else(|| shown(&self.file), |name| shown(Path::new(name)));
            text = html_report(&report, &name, &graphs);
        }
        match self.output.as_deref() {
            None => output::json(&json!({ "functions": values }))?,
            Some(path) if path == Path::new("-") => output::plain(&text)?,
            Some(path) => input::write(path, text.as_bytes())?,
        }
        Ok(ExitCode::SUCCESS)
    }

    fn format(&self) -> Result<Format, Error> {
        let Some(output) = self.output.as_deref() else { return Ok(Format::Json) };
        let extension = output.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        match extension.to_ascii_lowercase().as_str() {
            "svg" => Ok(Format::Svg),
            "dot" | "gv" => Ok(Format::Dot),
            "html" | "htm" => Ok(Format::Html),
            _ if output == Path::new("-") => Ok(Format::Dot),
            _ => Err(Error::usage_hint(
                format!("{}: the format is not known from the name", shown(output)),
                "call the output file .svg, .dot or .html",
            )),
        }
    }

    /// Indices of the functions to draw.
    fn functions(&self, wasm: &[u8], report: &Report, format: Format) -> Result<Vec<u32>, Error> {
        let path = shown(&self.file);
        let all = || {
            report.functions.iter().map(|f| match &f.name {
                Some(name) => format!("{} {name}", f.index),
                None => f.index.to_string(),
            })
        };
        match (&self.function, report.functions.as_slice()) {
            (_, []) => Err(Error::usage(format!("{path}: the module has no function with a body"))),
            (Some(FunctionArg::Index(index)), _) => Ok(vec![*index]),
            (Some(FunctionArg::Name(wanted)), functions) => {
                let mut named: Vec<u32> =
                    functions.iter().filter(|f| f.name.as_ref() == Some(wanted)).map(|f| f.index).collect();
                if named.is_empty() {
                    named.extend(exported(wasm, wanted).filter(|index| functions.iter().any(|f| f.index == *index)));
                }
                match named.as_slice() {
                    [one] => Ok(vec![*one]),
                    [] => {
                        let all: Vec<String> = functions.iter().filter_map(|f| f.name.clone()).collect();
                        let message = format!("{path}: no function is called `{}`", names::printable(wanted));
                        let hint = names::did_you_mean(wanted, &all).or_else(|| names::those_there(&all));
                        Err(Error::Usage { message, hint })
                    }
                    many => Err(Error::usage_hint(
                        format!("{path}: {} functions are called `{}`", many.len(), names::printable(wanted)),
                        format!(
                            "give the index of one: {}",
                            names::list(&many.iter().map(u32::to_string).collect::<Vec<_>>(), MAX_LISTED)
                        ),
                    )),
                }
            }
            (None, [one]) => Ok(vec![one.index]),
            (None, many) if format != Format::Svg => Ok(many.iter().map(|f| f.index).collect()),
            (None, many) => Err(Error::usage_hint(
                format!("{path}: the module has {} functions, an .svg file holds one", many.len()),
                format!("choose one with --function: {}", names::list(&all().collect::<Vec<_>>(), MAX_LISTED)),
            )),
        }
    }
}

/// Keeps as many functions as a page shows, those with the most loops first.
fn most_loops(functions: &mut Vec<u32>, report: &Report) {
    let loops: HashMap<u32, usize> = report.functions.iter().map(|f| (f.index, f.loops.len())).collect();
    functions.sort_by_key(|index| (Reverse(loops.get(index)), *index));
    functions.truncate(MAX_PICTURES);
}

/// Index of the function that a valid module exports under this name.
fn exported(wasm: &[u8], name: &str) -> Option<u32> {
    let exports = Parser::new(0).parse_all(wasm).find_map(|payload| match payload {
        Ok(Payload::ExportSection(exports)) => Some(exports),
        _ => None,
    })?;
    let mut functions = exports.into_iter().flatten().filter(|e| e.kind == ExternalKind::Func);
    functions.find(|export| export.name == name).map(|export| export.index)
}
