//! From operators to values, in one pass over a body that has validated.

use wasmparser::{BlockType, FuncType, FunctionBody, Operator, ValType};

use super::arms::Arms;
use super::layout::{Growing, Layout};
use super::ops::Effect;
use super::read::{Operators, Read};
use super::slots::STACK_POINTER;
use super::vars::{Preds, Span, Vars};
use super::{Amount, Call, Event, NO_LOCAL, Node, Ssa, Term, ValueId, preds_of};
use crate::cfg::{CfgBuilder, is_control};
use crate::domain::{Binary, Compare, mask_of};

/// Look-ups of variables per byte of a body before it is given up.
const LOOKUPS_PER_BYTE: usize = 4;
/// Look-ups that any body may take, however short.
const LOOKUPS_AT_LEAST: usize = 100_000;

/// What a body may refer to.
pub(crate) trait ModuleTypes {
    /// The function type with this index.
    fn func_type(&self, ty: u32) -> Option<&FuncType>;
    /// Signature of a function.
    fn signature(&self, function: u32) -> Option<&FuncType>;
    /// The constant that a global always is: bits and width.
    fn constant_global(&self, global: u32) -> Option<u64>;
    /// Width of a global; 0 if it is no integer.
    fn global_width(&self, global: u32) -> u8;
    /// Number of globals.
    fn globals(&self) -> u32;
    /// What a call of the function returns, if it is one integer of which more than the width is known: least and most.
    fn returned(&self, function: u32) -> Option<(u64, u64)>;
    /// Whether a call of the function claims a loop bound.
    fn is_claim(&self, function: u32) -> bool;
}

/// Bits of a value type; 0 if it is no integer.
pub(crate) fn width_of(ty: ValType) -> u8 {
    match ty {
        ValType::I32 => 32,
        ValType::I64 => 64,
        _ => 0,
    }
}

struct Frame {
    is_loop: bool,
    /// The block that the construct begins in and the offset of its operator, if it can be reached.
    begin: Option<(u32, u32)>,
    /// The head, of a loop.
    head: Option<u32>,
    /// Operands below the construct.
    height: usize,
    params: usize,
    results: usize,
    /// What a branch to it passes on.
    label_vars: u32,
    /// What its end passes on.
    end_vars: u32,
    /// The operands that an `else` starts with.
    else_values: Vec<ValueId>,
}

struct Builder<'m, M> {
    module: &'m M,
    ssa: Ssa,
    vars: Vars,
    layout: Layout,
    cfg: CfgBuilder,
    is_loop: Vec<bool>,
    /// By block: the construct whose ways meet there.
    spans: Vec<Option<Span>>,
    stack: Vec<ValueId>,
    frames: Vec<Frame>,
    /// Block of the operator being read.
    block: u32,
    /// Whether it can be reached.
    is_live: bool,
    offset: u32,
    /// Globals whose values are followed; a call may change them.
    globals_used: Vec<u32>,
    /// Globals whose values are not followed.
    unknown_globals: Vec<u32>,
}

/// The values of the body of a function with so many blocks. `None` if it is given up: it would take too long.
pub(crate) fn build<M: ModuleTypes>(
    module: &M,
    (function, blocks): (u32, u32),
    body: &FunctionBody<'_>,
) -> Option<(Ssa, CfgBuilder)> {
    let ty = module.signature(function)?;
    let mut locals: Vec<u8> = ty.params().iter().copied().map(width_of).collect();
    let params = locals.len() as u32; // CAST: at most 1,000
    for group in body.get_locals_reader().ok()? {
        let (count, ty) = group.ok()?;
        locals.extend(std::iter::repeat_n(width_of(ty), count as usize));
    }
    let globals: Vec<u8> = (0..module.globals()).map(|global| module.global_width(global)).collect();
    let entry = vec![None; locals.len() + globals.len()];
    let variables = locals.len() + globals.len();
    let mut layout = Layout { locals, params, globals, carried: Vec::new(), entry };
    let end_vars = layout.carry(ty.results().iter().copied().map(width_of));
    let results = ty.results().len();
    let outermost = Frame {
        is_loop: false,
        begin: None,
        head: None,
        height: 0,
        params: 0,
        results,
        label_vars: end_vars,
        end_vars,
        else_values: Vec::new(),
    };
    let bytes = body.as_bytes().len();
    let mut ssa = Ssa::with_capacity(body.as_bytes().len() / 4);
    ssa.zeros = [32, 64].map(|width| ssa.add(Node::Const(0), width, 0, 0)).to_vec();
    let mut builder = Builder {
        module,
        ssa,
        vars: Vars::new(variables, blocks as usize, LOOKUPS_AT_LEAST.max(bytes * LOOKUPS_PER_BYTE)),
        layout,
        cfg: CfgBuilder::default(),
        is_loop: Vec::new(),
        spans: Vec::new(),
        stack: Vec::new(),
        frames: vec![outermost],
        block: 0,
        is_live: true,
        offset: 0,
        globals_used: Vec::new(),
        unknown_globals: Vec::new(),
    };
    builder.body(body)?;
    let Builder { mut ssa, mut vars, mut layout, cfg, spans, .. } = builder;
    ssa.preds = preds_of(&cfg.graph);
    ssa.terms.resize(cfg.graph.node_count(), Term::Plain);
    ssa.arms.sort_unstable();
    vars.finish(&mut ssa, &mut layout, &spans)?;
    Some((ssa, cfg))
}

impl<M: ModuleTypes> Builder<'_, M> {
    fn body(&mut self, body: &FunctionBody<'_>) -> Option<()> {
        let mut operators = Operators::new(body.get_binary_reader_for_operators().ok()?)?;
        self.cfg.begin(operators.offset());
        while let Some(byte) = operators.byte() {
            let at = operators.offset();
            self.offset = at as u32; // CAST: modules are shorter than 4 GiB
            if !is_control(byte) {
                if let Some(effect) = operators.frequent() {
                    if self.is_live {
                        self.straight(effect)?;
                    }
                    continue;
                }
                match operators.next()? {
                    Read::Straight(effect) if self.is_live => self.straight(effect)?,
                    Read::Other(_) if self.is_live => return None,
                    _ => {}
                }
                continue;
            }
            let immediates = operators.behind();
            let operator = operators.next()?;
            let live = self.is_live;
            match &operator {
                Read::Straight(effect) if live => self.straight(*effect)?,
                Read::Other(operator) if live => self.before(operator)?,
                _ => {}
            }
            self.cfg.control(byte, at, operators.offset(), immediates).ok()?;
            if let Read::Other(operator) = &operator {
                self.after(operator, live)?;
            }
            let current = self.cfg.current();
            self.is_live = current.is_some();
            if let Some(block) = current {
                self.move_to(block);
            }
        }
        self.cfg.finish(operators.offset());
        Some(())
    }

    /// Goes on in a block, all edges to which are in the graph if it is no loop's head.
    fn move_to(&mut self, block: u32) {
        if block == self.block {
            return;
        }
        // Behind a condition alone everything is as it was before.
        let preds = Growing { graph: &self.cfg.graph, is_loop: &self.is_loop, spans: &self.spans };
        if !matches!(preds.single(block), Ok(Some(before)) if before == self.block) {
            self.vars.forget();
        }
        self.block = block;
    }

    fn add(&mut self, node: Node, width: u8) -> ValueId {
        self.ssa.add(node, width, self.block, self.offset)
    }

    fn pop(&mut self) -> Option<ValueId> {
        self.stack.pop()
    }

    fn push(&mut self, node: Node, width: u8) {
        let id = self.add(node, width);
        self.stack.push(id);
    }

    fn read(&mut self, var: u32) -> Option<ValueId> {
        if let Some(value) = self.vars.now(var) {
            return Some(value);
        }
        let preds = Growing { graph: &self.cfg.graph, is_loop: &self.is_loop, spans: &self.spans };
        self.vars.read_now(&mut self.ssa, &preds, &mut self.layout, self.block, var)
    }

    fn define(&mut self, var: u32, value: ValueId) {
        self.vars.define(self.block, var, value, self.offset);
    }

    /// Notes the construct whose ways meet in a block; the operator that is being read is its last.
    fn meet(&mut self, block: u32, (entry, first): (u32, u32)) {
        if self.spans.len() <= block as usize {
            self.spans.resize(block as usize + 1, None);
        }
        self.spans[block as usize] = Some(Span { entry, first, last: self.offset });
    }

    fn event(&mut self, event: Event) {
        self.ssa.events.push(self.block, event);
    }

    fn term(&mut self, term: Term) {
        let at = self.block as usize;
        if self.ssa.terms.len() <= at {
            self.ssa.terms.resize(at + 1, Term::Plain);
        }
        self.ssa.terms[at] = term;
    }

    /// Parameters and results of a construct, as widths.
    fn arity(&self, ty: BlockType) -> Option<(Vec<u8>, Vec<u8>)> {
        Some(match ty {
            BlockType::Empty => (Vec::new(), Vec::new()),
            BlockType::Type(ty) => (Vec::new(), vec![width_of(ty)]),
            BlockType::FuncType(ty) => {
                let ty = self.module.func_type(ty)?;
                let widths = |types: &[ValType]| types.iter().copied().map(width_of).collect();
                (widths(ty.params()), widths(ty.results()))
            }
        })
    }

    /// Writes the top values to the variables of a label.
    fn pass_on(&mut self, first: u32, count: usize) -> Option<()> {
        let from = self.stack.len().checked_sub(count)?;
        for (var, at) in (first..).zip(from..self.stack.len()) {
            self.define(var, self.stack[at]);
        }
        Some(())
    }

    fn branch(&mut self, depth: u32) -> Option<()> {
        let frame = self.frames.get(self.frames.len().checked_sub(1)?.checked_sub(depth as usize)?)?;
        let count = if frame.is_loop { frame.params } else { frame.results };
        let vars = frame.label_vars;
        if depth as usize + 1 == self.frames.len() {
            self.returns(count)?;
        }
        self.pass_on(vars, count)
    }

    /// Takes note of the results of the function, which are on the stack.
    fn returns(&mut self, count: usize) -> Option<()> {
        let from = self.stack.len().checked_sub(count)?;
        self.ssa.leaves.extend_from_slice(&self.stack[from..]);
        if let [value] = self.stack[from..] {
            self.ssa.returned.push((self.block, value));
        }
        Some(())
    }

    /// A reachable control operator, before the graph hears of it.
    fn before(&mut self, operator: &Operator<'_>) -> Option<()> {
        match operator {
            Operator::Loop { blockty } => {
                let (params, _) = self.arity(*blockty)?;
                let vars = self.layout.carry(params.iter().copied());
                self.pass_on(vars, params.len())?;
            }
            Operator::If { .. } => {
                let cond = self.pop()?;
                self.term(Term::Cond(cond));
            }
            Operator::Else | Operator::End => {
                let frame = self.frames.last()?;
                let (vars, count) = (frame.end_vars, frame.results);
                if self.frames.len() == 1 {
                    self.returns(count)?;
                }
                self.pass_on(vars, count)?;
            }
            Operator::Br { relative_depth } => self.branch(*relative_depth)?,
            Operator::BrIf { relative_depth } => {
                let cond = self.pop()?;
                self.term(Term::Cond(cond));
                self.branch(*relative_depth)?;
            }
            Operator::BrTable { targets } => {
                let index = self.pop()?;
                self.term(Term::Table(index));
                let mut arms = Arms::default();
                for depth in targets.targets() {
                    let depth = depth.ok()?;
                    arms.add(depth, None);
                    self.branch(depth)?;
                }
                arms.add(targets.default(), Some(u32::MAX));
                arms.note(&mut self.ssa, self.block, self.offset);
                self.branch(targets.default())?;
            }
            Operator::Return => self.branch(self.frames.len().checked_sub(1)? as u32)?,
            Operator::Call { function_index } => self.call(*function_index)?,
            Operator::CallIndirect { type_index, .. } => {
                self.pop()?;
                let ty = self.module.func_type(*type_index)?;
                self.leave(ty.params().len())?;
                let results: Vec<u8> = ty.results().iter().copied().map(width_of).collect();
                self.called(&results, None)?;
            }
            Operator::Block { .. } | Operator::Unreachable => {}
            // Such as a tail call.
            _ => {
                self.vars.spend(self.stack.len())?;
                self.ssa.leaves.extend_from_slice(&self.stack);
                self.ssa.returns_otherwise = true;
            }
        }
        Some(())
    }

    /// Takes operands off the stack that something gets of which nothing is known.
    fn leave(&mut self, count: usize) -> Option<()> {
        let from = self.stack.len().checked_sub(count)?;
        let ssa = &mut self.ssa;
        ssa.leaves.extend(self.stack.drain(from..).filter(|v| ssa.width[*v as usize] != 0));
        Some(())
    }

    /// A control operator, after the graph has heard of it. `live`: it can be reached.
    fn after(&mut self, operator: &Operator<'_>, live: bool) -> Option<()> {
        let current = self.cfg.current();
        match operator {
            Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty } => {
                let (params, results) = self.arity(*blockty)?;
                let is_loop = matches!(operator, Operator::Loop { .. });
                let height = if live { self.stack.len().checked_sub(params.len())? } else { self.stack.len() };
                let end_vars = self.layout.carry(results.iter().copied());
                let mut frame = Frame {
                    is_loop,
                    begin: live.then_some((self.block, self.offset)),
                    head: current.filter(|_| is_loop && live),
                    height,
                    params: params.len(),
                    results: results.len(),
                    label_vars: end_vars,
                    end_vars,
                    else_values: Vec::new(),
                };
                if live && matches!(operator, Operator::If { .. }) {
                    frame.else_values = self.stack[height..].to_vec();
                    if params.len() == results.len() {
                        // Without an `else` they are the results.
                        self.pass_on(end_vars, params.len())?;
                    }
                }
                if is_loop && live {
                    let head = current?;
                    if self.is_loop.len() <= head as usize {
                        self.is_loop.resize(head as usize + 1, false);
                    }
                    self.is_loop[head as usize] = true;
                    self.move_to(head);
                    // `before` has made them last of all but the results.
                    frame.label_vars = end_vars - params.len() as u32;
                    self.stack.truncate(height);
                    for var in frame.label_vars..end_vars {
                        let value = self.read(var)?;
                        self.stack.push(value);
                    }
                }
                self.frames.push(frame);
            }
            Operator::Else => {
                let frame = self.frames.last_mut()?;
                let values = std::mem::take(&mut frame.else_values);
                self.stack.truncate(frame.height);
                self.stack.extend(values);
            }
            Operator::End => {
                let frame = self.frames.pop()?;
                self.stack.truncate(frame.height);
                // Without a branch to the end the block before it goes on.
                let join = current.filter(|block| !(frame.is_loop || live && *block == self.block));
                if let (Some(begin), Some(block)) = (frame.begin, frame.head.or(join)) {
                    self.meet(block, begin);
                }
                if let (Some(block), false) = (current, self.frames.is_empty()) {
                    self.move_to(block);
                    for var in frame.end_vars..frame.end_vars + frame.results as u32 {
                        let value = self.read(var)?;
                        self.stack.push(value);
                    }
                }
            }
            _ => {}
        }
        Some(())
    }

    fn call(&mut self, function: u32) -> Option<()> {
        let ty = self.module.signature(function)?;
        let results: Vec<u8> = ty.results().iter().copied().map(width_of).collect();
        let from = self.stack.len().checked_sub(ty.params().len())?;
        let args = self.stack.split_off(from);
        if self.module.is_claim(function) {
            if let [bound] = args[..] {
                self.ssa.claims.push((self.block, bound));
            }
            return Some(());
        }
        self.ssa.calls.push(Call { block: self.block, callee: function, offset: self.offset, args });
        self.called(&results, self.module.returned(function))
    }

    /// After any call: memory and globals may be others, and the result is in this range, if it is known.
    fn called(&mut self, results: &[u8], range: Option<(u64, u64)>) -> Option<()> {
        self.event(Event::Effects);
        self.vars.spend(self.globals_used.len())?;
        for at in 0..self.globals_used.len() {
            let global = self.globals_used[at];
            let id = self.add(Node::Opaque(0, u64::MAX), self.module.global_width(global));
            self.define(self.layout.global(global), id);
        }
        let (least, most) = range.unwrap_or((0, u64::MAX));
        for width in results {
            self.push(Node::Opaque(least, most), *width);
        }
        Some(())
    }

    fn straight(&mut self, effect: Effect) -> Option<()> {
        match effect {
            Effect::Const(x, width) => self.push(Node::Const(x & mask_of(width.into())), width),
            Effect::Unary(op, width) => {
                let a = self.pop()?;
                self.push(Node::Unary(op, a), op.result_width(width.into()) as u8); // CAST: at most 64
            }
            Effect::Binary(op, width) => {
                let (b, a) = (self.pop()?, self.pop()?);
                self.binary(op, a, b, width);
            }
            Effect::Compare(op, _) => {
                let (b, a) = (self.pop()?, self.pop()?);
                self.push(Node::Compare(op, a, b), 32);
            }
            Effect::Eqz(width) => {
                let a = self.pop()?;
                let zero = self.ssa.zeros[usize::from(width == 64)];
                self.push(Node::Compare(Compare::Eq, a, zero), 32);
            }
            Effect::Select => {
                let (cond, b, a) = (self.pop()?, self.pop()?, self.pop()?);
                let width = self.ssa.width[a as usize];
                self.push(Node::Select(cond, a, b), width);
            }
            Effect::Drop => {
                self.pop()?;
            }
            Effect::LocalGet(local) => {
                let value = self.read(local)?;
                self.stack.push(value);
            }
            Effect::LocalSet(local) => {
                let value = self.pop()?;
                self.set_local(local, value);
            }
            Effect::LocalTee(local) => {
                let value = *self.stack.last()?;
                self.set_local(local, value);
            }
            Effect::GlobalGet(global) => match self.module.constant_global(global) {
                Some(bits) => {
                    let width = self.module.global_width(global);
                    let mask = if width == 0 { 0 } else { mask_of(width.into()) };
                    self.push(if width == 0 { Node::Opaque(0, u64::MAX) } else { Node::Const(bits & mask) }, width);
                }
                None => {
                    // A call that was read before the global's first use has not been noted as changing it, nor
                    // has one that an earlier round of a loop makes; such a global is never known.
                    if !self.globals_used.contains(&global) && !self.unknown_globals.contains(&global) {
                        let called = self.ssa.events.iter().any(|event| *event == Event::Effects);
                        let in_loop = self.frames.iter().any(|frame| frame.is_loop);
                        if called || in_loop { &mut self.unknown_globals } else { &mut self.globals_used }.push(global);
                    }
                    if self.unknown_globals.contains(&global) {
                        self.push(Node::Opaque(0, u64::MAX), self.module.global_width(global));
                        return Some(());
                    }
                    let value = self.read(self.layout.global(global))?;
                    self.stack.push(value);
                }
            },
            Effect::GlobalSet(global) => {
                let value = self.pop()?;
                let of_stack = global == STACK_POINTER;
                if of_stack { &mut self.ssa.stack_pointers } else { &mut self.ssa.leaves }.push(value);
                if self.globals_used.contains(&global) {
                    self.define(self.layout.global(global), value);
                } else if !self.unknown_globals.contains(&global) {
                    self.unknown_globals.push(global);
                }
            }
            Effect::Load { offset, bytes, width, signed } => {
                let addr = self.pop()?;
                let offset = u32::try_from(offset).ok()?;
                let id = self.add(Node::Load { addr, offset, bytes, signed }, width);
                self.event(Event::Load(id));
                self.stack.push(id);
            }
            Effect::Store { offset, bytes } => {
                let (value, addr) = (self.pop()?, self.pop()?);
                let offset = u32::try_from(offset).ok()?;
                self.event(Event::Store { addr, offset, bytes, value });
            }
            Effect::Opaque { pops, width, max } => {
                self.leave(pops.into())?;
                self.push(Node::Opaque(0, max), width);
            }
            Effect::Consume { pops, effects } => {
                self.leave(pops.into())?;
                if effects {
                    self.event(Event::Effects);
                }
            }
            Effect::Bulk { pops, effects, grows } => {
                let value = *self.stack.last()?;
                self.ssa.amounts.push(Amount { block: self.block, offset: self.offset, value });
                self.leave(pops.into())?;
                if effects {
                    self.event(Event::Effects);
                }
                if grows {
                    self.push(Node::Opaque(0, u64::MAX), 32);
                }
            }
            Effect::Nop => {}
        }
        Some(())
    }

    fn set_local(&mut self, local: u32, value: ValueId) {
        if self.ssa.local[value as usize] == NO_LOCAL {
            self.ssa.local[value as usize] = local;
        }
        self.define(local, value);
    }

    /// Constants are folded, because compilers without optimisation spell out what is one.
    fn binary(&mut self, op: Binary, a: ValueId, b: ValueId, width: u8) {
        use crate::domain::Value;
        if let (Some(x), Some(y)) = (self.ssa.constant(a), self.ssa.constant(b)) {
            let width = u32::from(width);
            let folded = op.apply(&Value::constant(x, width), &Value::constant(y, width));
            if let Some(z) = folded.as_constant().filter(|_| !folded.is_bottom()) {
                return self.push(Node::Const(z), width as u8); // CAST: it was one
            }
        }
        self.push(Node::Binary(op, a, b), width);
    }
}
