//! The one pass over the module: validation and graph building together.
//!
//! Each body is decoded once. wasmparser's validator visits an operator; if it is a control
//! operator its immediates, which validation has just proved well-formed, are read a second time
//! to extend the graph. The graph of a body is dropped once its loops are known, so memory does
//! not grow with the size of the bodies.
//!
//! A broken body does not stop the pass: the others are looked at too. A broken section does.

use wasmparser::{
    FuncToValidate, FuncValidatorAllocations, FunctionBody, Parser, Payload, ValidPayload, Validator,
    ValidatorResources, WasmFeatures,
};

use crate::cfg::{BodyCalls, Cfg, CfgBuilder, is_control};
use crate::diag::{Code, Diagnostic, printable};
use crate::features::{Proposal, features, missing_in_body, missing_in_sections};
use crate::limits::{is_limit_message, listed};
use crate::loops::{LoopNest, find_loops};
use crate::module::Outline;
use crate::print::operator_text;

/// What the pass found out about one function body.
pub(crate) struct FunctionFacts {
    pub(crate) index: u32,
    /// Offset of the body.
    pub(crate) offset: u64,
    pub(crate) blocks: u32,
    pub(crate) operators: u32,
    pub(crate) loops: LoopNest,
    /// Locals plus the highest operand stack of reachable code, in values.
    pub(crate) max_stack: u32,
    pub(crate) calls: BodyCalls,
}

/// The result of the pass.
#[derive(Default)]
pub(crate) struct Scan {
    /// The bodies that validate, in ascending order of index.
    pub(crate) functions: Vec<FunctionFacts>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// A proposal that the module needs, and where.
struct Need {
    proposal: &'static Proposal,
    message: String,
    offset: u64,
    /// `None` if only sections need it.
    function: Option<u32>,
    /// Number of bodies that need it.
    bodies: usize,
}

/// Validates the module and builds the graph of every body.
pub(crate) fn scan(wasm: &[u8], outline: &Outline<'_>, progress: &mut dyn FnMut(usize, usize)) -> Scan {
    let mut needs: Vec<Need> = Vec::new();
    // Sections that need a proposal are read again with it, so that one report names them all.
    let mut base = features();
    let (mut pass, section_error) = loop {
        let mut pass = Pass::default();
        let Err(error) = pass.run(wasm, base, progress) else {
            break (pass, None);
        };
        match missing_in_sections(wasm, base, &error) {
            Some(proposal) => {
                base |= proposal.bits;
                needs.push(Need {
                    proposal,
                    message: error.message().to_owned(),
                    offset: error.offset(),
                    function: None,
                    bodies: 0,
                });
            }
            None => break (pass, Some(error)),
        }
    };

    let mut diagnostics = Vec::new();
    if let Some(error) = section_error {
        diagnostics.push(invalid(Code::InvalidModule, &error));
    }
    let mut broken = Vec::new();
    for failure in std::mem::take(&mut pass.failures) {
        let Failure { resources, index, ty, body, error } = failure;
        let known: Vec<_> = needs.iter().map(|need| need.proposal).collect();
        let (proposals, left) = missing_in_body(&resources, index, ty, &body, error, &known);
        for (proposal, error) in proposals {
            let here = Need {
                proposal,
                message: error.message().to_owned(),
                offset: error.offset(),
                function: Some(index),
                bodies: 1,
            };
            match needs.iter_mut().find(|need| need.proposal == proposal) {
                // A place in a function says more than one in a section.
                Some(need) if need.bodies == 0 => *need = here,
                Some(need) => need.bodies += 1,
                None => needs.push(here),
            }
        }
        if let Some(error) = left {
            broken.push((index, error));
        }
    }
    for need in needs {
        diagnostics.push(need.diagnostic(outline));
    }
    listed(&mut diagnostics, broken.into_iter(), |(index, error)| {
        invalid(Code::InvalidFunction, &error).within(outline.function(index))
    });
    Scan { functions: pass.functions, diagnostics }
}

impl Need {
    fn diagnostic(self, outline: &Outline<'_>) -> Diagnostic {
        let mut message = format!("the feature `{}` is not supported", self.proposal.name);
        // Many of the parser's messages say just that in other words.
        if !self.message.ends_with("is not enabled") {
            message.push_str(&format!(": {}", self.message));
        }
        match self.bodies {
            0 | 1 => {}
            2 => message.push_str(" (and 1 more function needs it)"),
            n => message.push_str(&format!(" (and {} more functions need it)", n - 1)),
        }
        let diagnostic = Diagnostic::new(Code::UnsupportedFeature, message).at(self.offset).help(self.proposal.help);
        match self.function {
            Some(index) => diagnostic.within(outline.function(index)),
            None => diagnostic,
        }
    }
}

/// A validation error as a diagnostic.
fn invalid(code: Code, error: &wasmparser::Error) -> Diagnostic {
    let code = if is_limit_message(error.message()) { Code::LimitExceeded } else { code };
    Diagnostic::new(code, printable(error.message())).at(error.offset())
}

/// A body that does not validate under the supported features, with what it takes to try others.
struct Failure<'a> {
    resources: ValidatorResources,
    index: u32,
    ty: u32,
    body: FunctionBody<'a>,
    error: wasmparser::Error,
}

#[derive(Default)]
struct Pass<'a> {
    functions: Vec<FunctionFacts>,
    failures: Vec<Failure<'a>>,
    allocations: FuncValidatorAllocations,
    builder: CfgBuilder,
}

impl<'a> Pass<'a> {
    /// Sections are validated with `base`, bodies always with the supported set.
    fn run(
        &mut self,
        wasm: &'a [u8],
        base: WasmFeatures,
        progress: &mut dyn FnMut(usize, usize),
    ) -> wasmparser::Result<()> {
        /// Bytes between two calls of `progress`.
        const STEP: u64 = 64 << 10;
        let mut reported = 0;
        let mut validator = Validator::new_with_features(base);
        let mut parser = Parser::new(0);
        parser.set_features(base);
        for payload in parser.parse_all(wasm) {
            match validator.payload(&payload?)? {
                ValidPayload::Func(mut func, body) => {
                    func.features = features();
                    let end = body.range().end;
                    self.body(func, body);
                    if end >= reported + STEP {
                        reported = end;
                        progress(usize::try_from(end).unwrap_or(wasm.len()), wasm.len());
                    }
                }
                ValidPayload::End(_) => break,
                ValidPayload::Ok | ValidPayload::Parser(_) => {}
            }
        }
        progress(wasm.len(), wasm.len());
        Ok(())
    }

    fn body(&mut self, func: FuncToValidate<ValidatorResources>, body: FunctionBody<'a>) {
        let (index, ty) = (func.index, func.ty);
        let resources = func.resources.clone();
        match self.read_body(func, &body) {
            Ok(facts) => self.functions.push(facts),
            Err(error) => self.failures.push(Failure { resources, index, ty, body, error }),
        }
    }

    fn read_body(
        &mut self,
        func: FuncToValidate<ValidatorResources>,
        body: &FunctionBody<'a>,
    ) -> wasmparser::Result<FunctionFacts> {
        let index = func.index;
        let bytes = body.as_bytes();
        let start = body.range().start;
        let mut validator = func.into_validator(std::mem::take(&mut self.allocations));
        let mut reader = body.get_binary_reader();
        reader.set_features(features());
        validator.read_locals(&mut reader)?;

        let mut operators = 0_u32;
        let mut max_operands = 0;
        let mut at = reader.original_position();
        self.builder.begin(at);
        while !reader.eof() {
            let byte = usize::try_from(at - start).ok().and_then(|at| bytes.get(at));
            let byte = byte.copied().unwrap_or(0);
            if is_control(byte) {
                let mut immediates = reader.clone();
                reader.visit_operator(&mut validator.visitor(at))??;
                immediates.read_u8()?;
                let next = reader.original_position();
                self.builder.control(byte, at, next, immediates)?;
                at = next;
            } else {
                reader.visit_operator(&mut validator.visitor(at))??;
                self.builder.straight();
                at = reader.original_position();
            }
            operators += 1;
            if self.builder.is_live() {
                max_operands = max_operands.max(validator.operand_stack_height());
            }
        }
        reader.finish_expression(&validator.visitor(at))?;
        self.builder.finish(at);

        let max_stack = validator.len_locals().saturating_add(max_operands);
        self.allocations = validator.into_allocations();
        let loops = if self.builder.back_branches == 0 {
            LoopNest::default()
        } else {
            find_loops(&self.builder.graph, self.builder.entry())
        };
        Ok(FunctionFacts {
            index,
            offset: start,
            blocks: u32::try_from(self.builder.graph.node_count()).unwrap_or(u32::MAX),
            operators,
            loops,
            max_stack,
            calls: std::mem::take(&mut self.builder.calls),
        })
    }
}

/// Operators of a block that are kept as text.
const LISTED_OPERATORS: usize = 8;

/// The graph of one function. The rest of the module is validated as far as it is needed for that.
pub(crate) fn graph_of(wasm: &[u8], outline: &Outline<'_>, wanted: u32) -> Result<Option<Cfg>, Box<Diagnostic>> {
    let section = |error: wasmparser::Error| Box::new(invalid(Code::InvalidModule, &error));
    let mut validator = Validator::new_with_features(features());
    let mut parser = Parser::new(0);
    parser.set_features(features());
    for payload in parser.parse_all(wasm) {
        let payload = payload.map_err(section)?;
        if let ValidPayload::Func(func, body) = validator.payload(&payload).map_err(section)?
            && func.index == wanted
        {
            let in_body = |error: wasmparser::Error| {
                let diagnostic = invalid(Code::InvalidFunction, &error);
                Box::new(diagnostic.within(outline.function(wanted)))
            };
            let mut pass = Pass::default();
            pass.read_body(func, &body).map_err(in_body)?;
            let entry = pass.builder.entry();
            let graph = std::mem::take(&mut pass.builder.graph);
            let listing = list_operators(&graph, &body).map_err(in_body)?;
            return Ok(Some(Cfg::new(wanted, outline.name(wanted), graph, entry, listing)));
        }
        if matches!(payload, Payload::End(_)) {
            break;
        }
    }
    Ok(None)
}

/// The first operators of each block as text.
fn list_operators(graph: &crate::cfg::FlowGraph, body: &FunctionBody<'_>) -> wasmparser::Result<Vec<Vec<String>>> {
    let mut listing = vec![Vec::new(); graph.node_count()];
    let mut blocks: Vec<_> = graph.node_indices().collect();
    blocks.sort_by_key(|block| (graph[*block].start, graph[*block].end));
    let mut blocks = blocks.into_iter().peekable();
    let mut reader = body.get_operators_reader()?;
    while !reader.eof() {
        let (operator, at) = reader.read_with_offset()?;
        while blocks.next_if(|block| graph[*block].end <= at).is_some() {}
        let Some(block) = blocks.peek().filter(|block| graph[**block].start <= at) else {
            continue;
        };
        let lines: &mut Vec<String> = &mut listing[block.index()];
        if lines.len() < LISTED_OPERATORS {
            lines.push(operator_text(&operator));
        }
    }
    Ok(listing)
}
