//! The one pass over the module: validation and graph building together.
//!
//! Each body is decoded once. wasmparser's validator visits an operator; if it is a control
//! operator its immediates, which validation has just proved well-formed, are read a second time
//! to extend the graph. The graph of a body is dropped once its loops are known, so memory does
//! not grow with the size of the bodies.
//!
//! A broken body does not stop the pass: the others are looked at too. A broken section does. Sections are read
//! first, then bodies, which several threads may share out.

use std::collections::BTreeSet;

use wasmparser::{
    FuncToValidate, FuncValidatorAllocations, FunctionBody, Parser, Payload, ValidPayload, Validator,
    ValidatorResources, WasmFeatures,
};

use crate::cfg::{BlockId, BodyCalls, Cfg, CfgBuilder, is_control};
use crate::diag::{Code, Diagnostic, printable};
use crate::features::{Proposal, features, missing_in_body, missing_in_sections};
use crate::limits::{is_limit_message, listed};
use crate::loops::{LoopNest, find_loops};
use crate::module::Outline;
use crate::print::operator_text;
use crate::side_by_side::{self, Progress};

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
    /// Byte ranges of the blocks that close loops, sorted by block.
    latches: Vec<(BlockId, u64, u64)>,
    /// Whether it has a `memory.grow`.
    pub(crate) grows_memory: bool,
    /// Whether it has an operator whose fuel depends on an operand: bulk operations, `memory.grow`, `table.grow`.
    pub(crate) handles_amounts: bool,
}

impl FunctionFacts {
    /// Byte range of a block that closes a loop.
    pub(crate) fn latch(&self, block: BlockId) -> Option<(u64, u64)> {
        let at = self.latches.binary_search_by_key(&block, |(b, ..)| *b).ok()?;
        self.latches.get(at).map(|(_, start, end)| (*start, *end))
    }
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

/// Validates the module and builds the graph of every body, on at most so many threads.
pub(crate) fn scan(wasm: &[u8], outline: &Outline<'_>, threads: usize, progress: &mut Progress<'_>) -> Scan {
    let mut needs: Vec<Need> = Vec::new();
    // Sections that need a proposal are read again with it, so that one report names them all.
    let mut base = features();
    let (bodies, section_error) = loop {
        let mut bodies = Vec::new();
        let Err(error) = read_sections(wasm, base, &mut bodies) else {
            break (bodies, None);
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
            None => break (bodies, Some(error)),
        }
    };
    let (functions, failures) = read_bodies(&bodies, threads, wasm.len(), progress);

    let mut diagnostics = Vec::new();
    if let Some(error) = section_error {
        diagnostics.push(invalid(Code::InvalidModule, &error));
    }
    let mut broken = Vec::new();
    for Failure { resources, index, ty, body, error } in failures {
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
    Scan { functions, diagnostics }
}

impl Need {
    fn diagnostic(self, outline: &Outline<'_>) -> Diagnostic {
        let mut message = format!("the feature `{}` is not supported", self.proposal.name);
        // The parser's own words are of use only where they say more than that.
        if !["support", "enabled"].iter().any(|text| self.message.contains(text)) {
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

/// A body to validate.
type Body<'a> = (FuncToValidate<ValidatorResources>, FunctionBody<'a>);

/// Validates the sections with `base` and collects the bodies, which are always validated with the supported set.
fn read_sections<'a>(wasm: &'a [u8], base: WasmFeatures, bodies: &mut Vec<Body<'a>>) -> wasmparser::Result<()> {
    let mut validator = Validator::new_with_features(base);
    let mut parser = Parser::new(0);
    parser.set_features(base);
    for payload in parser.parse_all(wasm) {
        match validator.payload(&payload?)? {
            ValidPayload::Func(mut func, body) => {
                func.features = features();
                bodies.push((func, body));
            }
            ValidPayload::End(_) => break,
            ValidPayload::Ok | ValidPayload::Parser(_) => {}
        }
    }
    Ok(())
}

/// Validates the bodies: the facts about those that are fine, and the others, both in the module's order.
fn read_bodies<'a>(
    bodies: &[Body<'a>],
    threads: usize,
    total: usize,
    progress: &mut Progress<'_>,
) -> (Vec<FunctionFacts>, Vec<Failure<'a>>) {
    let one = |pass: &mut Pass, (func, body): &Body<'a>| {
        pass.read_body(func, body).map_err(|error| {
            let (resources, index, ty, body) = (func.resources.clone(), func.index, func.ty, body.clone());
            Failure { resources, index, ty, body, error }
        })
    };
    let weight = |(_, body): &Body<'a>| body.as_bytes().len();
    let (mut functions, mut failures) = (Vec::with_capacity(bodies.len()), Vec::new());
    let found = side_by_side::map(bodies, threads, Pass::default, one, weight, &mut |done, _| progress(done, total));
    progress(total, total);
    for found in found {
        match found {
            Ok(facts) => functions.push(facts),
            Err(failure) => failures.push(failure),
        }
    }
    (functions, failures)
}

/// What one thread uses again from body to body.
#[derive(Default)]
struct Pass {
    allocations: FuncValidatorAllocations,
    builder: CfgBuilder,
}

impl Pass {
    fn read_body(
        &mut self,
        func: &FuncToValidate<ValidatorResources>,
        body: &FunctionBody<'_>,
    ) -> wasmparser::Result<FunctionFacts> {
        let index = func.index;
        let bytes = body.as_bytes();
        let start = body.range().start;
        // A copy of what all bodies share; the rest is small.
        let func = FuncToValidate { resources: func.resources.clone(), index, ty: func.ty, features: func.features };
        let mut validator = func.into_validator(std::mem::take(&mut self.allocations));
        let mut reader = body.get_binary_reader();
        reader.set_features(features());
        validator.read_locals(&mut reader)?;

        let mut operators = 0_u32;
        let mut grows_memory = false;
        let mut handles_amounts = false;
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
                // memory.grow
                grows_memory |= byte == 0x40;
                // Behind the prefix: saturating truncations up to 7, then bulk operations and what is about tables.
                let is_bulk =
                    || usize::try_from(at - start).ok().and_then(|at| bytes.get(at + 1)).is_some_and(|of| *of > 7);
                handles_amounts |= byte == 0x40 || byte == 0xfc && is_bulk();
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
        let graph = &self.builder.graph;
        let mut latches: Vec<(BlockId, u64, u64)> =
            loops.loops.iter().flat_map(|l| &l.latches).map(|b| (*b, graph[*b].start, graph[*b].end)).collect();
        latches.sort_unstable();
        latches.dedup();
        Ok(FunctionFacts {
            latches,
            index,
            offset: start,
            blocks: u32::try_from(self.builder.graph.node_count()).unwrap_or(u32::MAX),
            operators,
            loops,
            max_stack,
            calls: std::mem::take(&mut self.builder.calls),
            grows_memory,
            handles_amounts,
        })
    }
}

/// Operators of a block that are kept as text.
const LISTED_OPERATORS: usize = 8;

/// The graphs of the wanted functions, which are taken out of the set. The rest of the module is validated as far as it
/// is needed for that.
pub(crate) fn graphs_of(
    wasm: &[u8],
    outline: &Outline<'_>,
    wanted: &mut BTreeSet<u32>,
    each: &mut dyn FnMut(Cfg),
) -> Result<(), Box<Diagnostic>> {
    let section = |error: wasmparser::Error| Box::new(invalid(Code::InvalidModule, &error));
    let mut validator = Validator::new_with_features(features());
    let mut parser = Parser::new(0);
    parser.set_features(features());
    let mut pass = Pass::default();
    for payload in parser.parse_all(wasm) {
        let payload = payload.map_err(section)?;
        if let ValidPayload::Func(func, body) = validator.payload(&payload).map_err(section)?
            && wanted.remove(&func.index)
        {
            let index = func.index;
            let in_body = |error: wasmparser::Error| {
                let diagnostic = invalid(Code::InvalidFunction, &error);
                Box::new(diagnostic.within(outline.function(index)))
            };
            pass.read_body(&func, &body).map_err(in_body)?;
            let entry = pass.builder.entry();
            let graph = std::mem::take(&mut pass.builder.graph);
            let listing = list_operators(&graph, &body).map_err(in_body)?;
            each(Cfg::new(index, outline.name(index), graph, entry, listing));
        }
        if wanted.is_empty() || matches!(payload, Payload::End(_)) {
            break;
        }
    }
    Ok(())
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
