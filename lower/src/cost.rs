//! Worst-case cost of the functions of an image, in fuel units.
//!
//! Analysed on the image, not on the wasm: what counts is what the engine will charge, wherever lowering
//! has put the charges. The checker itself says what each branch and each `fuel` op charges (it shows them
//! to a [`Sink`]); the blocks between them form a graph. A loop costs its dearest way round times its
//! rounds, plus the way out:
//!
//! ```text
//!   cost(loop) = rounds * dearest(head → … → head) + dearest(head → … → out)
//! ```
//!
//! Rounds come from the verifier, which knows the loops of the wasm: each back edge of the image comes
//! from one wasm branch (its line says which), and so belongs to loops that the verifier has bounds for.
//! An edge that goes back and belongs to no such loop makes the function unbounded.
//!
//! A second form adds up, loop by loop, the rounds in the whole run times the dearest way round without
//! inner loops; it is the better one where an inner loop's rounds depend on the outer one's. The smaller
//! counts.
//!
//! Nothing here is trusted: the engine gives a run the fuel that its image claims, and no more.

use kengine::{
    OutOfMemory,
    check::{self, CheckError, Host, Limits, Sink, Step},
    image::{FUNC_REF, Func, Header, Image, KIND_FUNC, NO_INDEX, Sig},
    isa::{Effects, Kind},
    lines::Line,
};
use std::collections::{BTreeSet, HashMap};

mod sizes;

use sizes::{Bulk, Sizes};

/// Rounds of a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounds {
    /// Names the loop within its function.
    pub id: u32,
    /// Most rounds for each time that it is entered.
    pub entry: Option<u64>,
    /// Most rounds in one run of the function.
    pub total: Option<u64>,
}

/// The loops that a wasm branch closes, by function index (imports counted) and byte offset of the branch.
pub type RoundsOf<'a> = &'a dyn Fn(u32, u32) -> Vec<Rounds>;

/// Who charges for an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handler {
    /// An imported function, by its index among these: for bytes.
    Import(u32),
    /// A bulk operation or a grow: for bytes, pages or table elements.
    Op,
}

/// What is known of an amount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Handled {
    /// The most; `None` for as much as memory, table or segment has.
    pub most: Option<u64>,
    /// Whether it is known in terms of parameters, so that [`Costs::straight`] need not count it.
    pub has_formula: bool,
}

impl Handled {
    /// No more than that.
    pub fn at_most(most: u64) -> Self {
        Handled { most: Some(most), has_formula: false }
    }
}

/// The amount that an operator handles, by the index of its function and its byte offset.
pub type AmountOf<'a> = &'a dyn Fn(Handler, u32, u32) -> Handled;

/// Worst-case costs of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Costs {
    /// By function index, imported ones first: fuel of one call at most; `None` if there is no bound.
    pub functions: Vec<Option<u64>>,
    /// Fuel of one way round each loop at most, inner loops not counted: by function index and loop.
    pub rounds: HashMap<(u32, u32), u64>,
    /// Fuel of one call without any round of a loop and without `left_out`, by function index; callees included.
    pub straight: Vec<Option<u64>>,
    /// Operators whose amount has a formula: function, byte offset, and how much they handle for one unit of fuel.
    pub left_out: Vec<(u32, u32, u64)>,
    /// Fuel of the start function; 0 if there is none.
    pub start: Option<u64>,
    /// Fuel of one run of any export, the start function included.
    pub run: Option<u64>,
    /// Whether every call is certified, so that the image may claim the class bounded.
    pub certified: bool,
}

impl Costs {
    /// Fuel of one run of an exported function, the start function included.
    pub fn run_of(&self, function: u32) -> Option<u64> {
        let own = self.functions.get(function as usize).copied().flatten()?;
        self.start?.checked_add(own)
    }
}

/// Largest cost that is told from "unbounded".
const MOST: u128 = (u64::MAX / 2) as u128;

/// Bytes of memory that a host function may handle for one unit beyond its declared cost. A call that is given more
/// bytes than memory has traps, and its charge is not counted: the run ends there either way.
const HOST_BYTES_PER_FUEL: u64 = kengine::cwa::BYTES_PER_FUEL as u64;

/// Finds the costs of an image.
///
/// # Errors
/// The checker refuses the image.
pub fn costs(image: &[u8], host: &dyn Host, rounds: RoundsOf<'_>, amounts: AmountOf<'_>) -> Result<Costs, CheckError> {
    let limits = Limits { granted: u64::MAX, ..Limits::default() };
    let mut collector = Collector::default();
    let checked = check::check(image, host, &limits, &mut collector)?;
    Ok(Analysis::new(checked.image(), collector).run(rounds, amounts))
}

/// Writes class and fuel claim into an image.
pub fn claim(image: &mut [u8], costs: &Costs) {
    let Some(mut header) = Header::read(image) else { return };
    let Some(run) = costs.run else { return };
    header.fuel_claim = run.max(1);
    header.class = u32::from(costs.certified);
    for (byte, new) in image.iter_mut().zip(header.to_bytes()) {
        *byte = new;
    }
}

/// An op that matters for the graph.
#[derive(Clone, Copy, Debug)]
struct Point {
    pc: u32,
    words: u32,
    what: What,
}

impl Point {
    /// Where a branch has its place in the line map, if it is the end of a chain.
    fn last_word(&self) -> u32 {
        self.pc + self.words - 1
    }
}

#[derive(Clone, Copy, Debug)]
enum What {
    /// Charges so much.
    Fuel(u32),
    /// Calls a function defined in the image, by index among these.
    Call(u32),
    /// Calls any referenced function of a signature.
    CallSig(u32),
    /// Calls an imported function, by index among these.
    Import(u32),
    /// A bulk operation or a grow, which charges by what it handles.
    Bulk(Bulk),
    /// Branches there for so much; the next op follows unless it is the last way.
    Branch {
        to: u32,
        charge: u32,
        ends: bool,
    },
    /// A `br_table`: its arms are the edges of the collector from here on.
    Arms {
        first: u32,
        len: u32,
    },
    Ends,
}

/// What a function has been seen to hold.
#[derive(Debug, Default)]
struct Seen {
    sig: u32,
    credit: u32,
    code: u32,
    referenced: bool,
    points: Vec<Point>,
    arms: Vec<(u32, u32)>,
    len: u32,
}

#[derive(Debug, Default)]
struct Collector {
    functions: Vec<Seen>,
    uncertified: bool,
    sizes: Sizes,
}

impl Collector {
    fn last(&mut self) -> Option<&mut Seen> {
        self.functions.last_mut()
    }
}

impl Sink for Collector {
    fn begin(&mut self, image: &Image<'_>) -> Result<(), OutOfMemory> {
        self.sizes = Sizes::new(image);
        Ok(())
    }

    fn func(&mut self, _: u32, func: &Func, _: &Sig) -> Result<(), OutOfMemory> {
        self.functions.push(Seen {
            sig: func.sig,
            credit: func.credit.into(),
            code: func.code,
            referenced: func.flags & FUNC_REF != 0,
            len: func.code_len,
            ..Seen::default()
        });
        Ok(())
    }

    fn op(&mut self, step: &Step) -> Result<(), OutOfMemory> {
        let row = step.op.row();
        let field = |kind| row.field(kind).map(|f| step.words.get(f.at));
        let ends = row.effects.contains(Effects::TERMINATOR);
        let what = if let Some(callee) = field(Kind::Func).filter(|_| row.effects.contains(Effects::CALL)) {
            What::Call(callee)
        } else if let Some(sig) = field(Kind::Sig).filter(|_| row.effects.contains(Effects::CALL)) {
            What::CallSig(sig)
        } else if let Some(import) = field(Kind::Import) {
            What::Import(import)
        } else if row.field(Kind::BrTable).is_some() {
            What::Arms { first: 0, len: 0 }
        } else if row.field(Kind::Leader16).is_some() || row.field(Kind::Leader32).is_some() {
            // CAST: the checker has seen that the target is in the function.
            let to = (i64::from(step.pc) + i64::from(step.delta)) as u32;
            What::Branch { to, charge: step.charge.into(), ends }
        } else if let Some(bulk) = self.sizes.bulk(step) {
            What::Bulk(bulk)
        } else if step.charge > 0 {
            What::Fuel(step.charge.into())
        } else if ends {
            What::Ends
        } else {
            return Ok(());
        };
        let is_call = matches!(what, What::Call(_) | What::CallSig(_));
        self.uncertified |= is_call && !row.effects.contains(Effects::CERTIFIED);
        let words = row.words.into();
        if let Some(seen) = self.last() {
            let what = match what {
                What::Arms { .. } => What::Arms { first: seen.arms.len() as u32, len: 0 },
                what => what,
            };
            seen.points.push(Point { pc: step.pc, words, what });
        }
        Ok(())
    }

    fn table(&mut self, arms: u32) -> Result<(), OutOfMemory> {
        if let Some(Point { what: What::Arms { len, .. }, .. }) = self.last().and_then(|seen| seen.points.last_mut()) {
            *len = arms;
        }
        Ok(())
    }

    fn arm(&mut self, delta: i32, charge: u16) -> Result<(), OutOfMemory> {
        if let Some(seen) = self.last() {
            let pc = seen.points.last().map_or(0, |point| point.pc);
            // CAST: the checker has seen that the target is in the function.
            seen.arms.push(((i64::from(pc) + i64::from(delta)) as u32, charge.into()));
        }
        Ok(())
    }

    fn poll(&mut self) -> bool {
        false
    }
}

struct Analysis {
    functions: Vec<Seen>,
    certified: bool,
    imported: u32,
    start: u32,
    exports: Vec<u32>,
    lines: Vec<Line>,
    sizes: Sizes,
    /// Functions of each signature that a reference may exist to.
    by_sig: HashMap<u32, Vec<usize>>,
    imports_tables: bool,
}

/// A cost, or no bound.
type Cost = Option<u128>;

fn sum(a: Cost, b: Cost) -> Cost {
    Some(a?.saturating_add(b?)).filter(|all| *all <= MOST)
}

fn product(a: Cost, b: Cost) -> Cost {
    match (a, b) {
        (Some(0), _) | (_, Some(0)) => Some(0),
        _ => Some(a?.saturating_mul(b?)).filter(|all| *all <= MOST),
    }
}

/// The dearer one, where no bound is dearer than any.
fn dearer(a: Cost, b: Cost) -> Cost {
    Some(a?.max(b?))
}

/// The cheaper one.
fn cheaper(a: Cost, b: Cost) -> Cost {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

impl Analysis {
    fn new(image: &Image<'_>, collector: Collector) -> Self {
        let imported = image.imports().iter().filter(|import| import.kind == KIND_FUNC).count() as u32;
        let mut by_sig: HashMap<u32, Vec<usize>> = HashMap::new();
        for (index, seen) in collector.functions.iter().enumerate().filter(|(_, seen)| seen.referenced) {
            by_sig.entry(seen.sig).or_default().push(index);
        }
        let exports = image.exports().iter().filter(|e| e.kind == KIND_FUNC).map(|e| e.index);
        Analysis {
            imported,
            start: image.header.start,
            exports: exports.collect(),
            lines: image.lines().collect(),
            sizes: collector.sizes,
            by_sig,
            imports_tables: image.imports().iter().any(|i| i.kind == kengine::image::KIND_TABLE),
            certified: !collector.uncertified,
            functions: collector.functions,
        }
    }

    /// Callees before callers; members of a cycle come with `true`.
    fn order(&self) -> Vec<(usize, bool)> {
        use petgraph::{algo::kosaraju_scc, graph::DiGraph};
        let count = self.functions.len();
        let mut graph = DiGraph::<(), ()>::new();
        let mut sig_nodes = HashMap::new();
        let nodes: Vec<_> = (0..count).map(|_| graph.add_node(())).collect();
        for (sig, targets) in &self.by_sig {
            let node = graph.add_node(());
            sig_nodes.insert(*sig, node);
            for target in targets {
                graph.add_edge(node, nodes[*target], ());
            }
        }
        for (index, seen) in self.functions.iter().enumerate() {
            for point in &seen.points {
                let callee = match point.what {
                    What::Call(callee) => nodes.get(callee as usize).copied(),
                    What::CallSig(sig) => sig_nodes.get(&sig).copied(),
                    _ => None,
                };
                if let Some(callee) = callee {
                    graph.add_edge(nodes[index], callee, ());
                }
            }
        }
        let mut out = Vec::with_capacity(count);
        for members in kosaraju_scc(&graph) {
            let is_cycle = members.len() > 1 || members.iter().any(|node| graph.contains_edge(*node, *node));
            out.extend(members.iter().map(|n| n.index()).filter(|n| *n < count).map(|n| (n, is_cycle)));
        }
        out
    }

    fn run(self, rounds: RoundsOf<'_>, amounts: AmountOf<'_>) -> Costs {
        let count = self.functions.len();
        let mut cost: Vec<Cost> = vec![None; count];
        let mut straight: Vec<Cost> = vec![None; count];
        let mut by_loop = HashMap::new();
        let mut left_out = BTreeSet::new();
        for (index, is_recursive) in self.order() {
            if is_recursive {
                continue;
            }
            let function = self.imported + index as u32;
            let mut handled = |by, pc, per_unit| {
                let Some(offset) = self.wasm_offset(index, pc) else { return Handled::default() };
                let known = amounts(by, function, offset);
                match per_unit {
                    Some(per_unit) if known.has_formula => {
                        left_out.insert((function, offset, per_unit));
                        known
                    }
                    _ => Handled { has_formula: false, ..known },
                }
            };
            let graph = Flow::new(&self, &self.functions[index], &cost, &mut handled);
            let found = graph.cost(&|pc| match self.wasm_offset(index, pc) {
                Some(offset) => rounds(function, offset),
                None => Vec::new(),
            });
            cost[index] = found.all;
            straight[index] = found.straight;
            for (id, units) in found.rounds {
                by_loop.insert((function, id), units);
            }
        }
        let narrow = |cost: Cost| cost.and_then(|c| u64::try_from(c).ok());
        let of = |index: u32| match index.checked_sub(self.imported) {
            Some(own) => cost.get(own as usize).copied().flatten(),
            None => None,
        };
        let start = if self.start == NO_INDEX { Some(0) } else { of(self.start) };
        let dearest = self.exports.iter().try_fold(0, |all, export| dearer(Some(all), of(*export)));
        let with_imports = |costs: &[Cost]| -> Vec<Option<u64>> {
            std::iter::repeat_n(None, self.imported as usize).chain(costs.iter().map(|c| narrow(*c))).collect()
        };
        Costs {
            functions: with_imports(&cost),
            straight: with_imports(&straight),
            rounds: by_loop,
            left_out: left_out.into_iter().collect(),
            start: narrow(start),
            run: if self.exports.is_empty() { None } else { narrow(sum(start, dearest)) },
            certified: self.certified,
        }
    }

    /// Offset of the wasm operator that an op comes from.
    fn wasm_offset(&self, function: usize, pc: u32) -> Option<u32> {
        let word = self.functions[function].code + pc;
        let next = self.lines.partition_point(|line| line.pc <= word);
        self.lines.get(next.checked_sub(1)?).map(|line| line.wasm)
    }
}

/// Blocks of one function, with what they charge.
struct Flow {
    credit: u128,
    /// By block.
    cost: Vec<Cost>,
    /// The same without operators whose amount has a formula.
    without: Vec<Cost>,
    /// Edges by block: target, charge, last word of the branch.
    edges: Vec<Vec<(usize, u128, u32)>>,
}

/// What was found of one function.
struct Found {
    all: Cost,
    straight: Cost,
    rounds: Vec<(u32, u64)>,
}

/// A loop of the image.
struct ImageLoop {
    head: usize,
    /// Back edges: block, charge.
    latches: Vec<(usize, u128)>,
    blocks: Vec<bool>,
    /// The wasm loops that go round by them.
    wasm: Vec<Rounds>,
}

impl Flow {
    /// `handled` says what is known of an amount, by who charges for it, where, and how much costs one unit, if more than
    /// one unit does not cost more than one.
    fn new(
        analysis: &Analysis,
        seen: &Seen,
        cost: &[Cost],
        handled: &mut dyn FnMut(Handler, u32, Option<u64>) -> Handled,
    ) -> Self {
        // Where blocks start.
        let mut starts = vec![0];
        for point in &seen.points {
            match point.what {
                What::Branch { to, .. } => starts.extend([to, point.pc + point.words]),
                What::Arms { first, len } => {
                    starts.push(point.pc + point.words);
                    let arms = seen.arms.get(first as usize..(first + len) as usize).unwrap_or(&[]);
                    starts.extend(arms.iter().map(|(to, _)| *to));
                }
                What::Ends => starts.push(point.pc + point.words),
                _ => {}
            }
        }
        starts.sort_unstable();
        starts.dedup();
        starts.retain(|pc| *pc < seen.len);
        let block_of = |pc: u32| starts.partition_point(|start| *start <= pc).saturating_sub(1);
        let mut flow = Flow {
            credit: seen.credit.into(),
            cost: vec![Some(0); starts.len()],
            without: vec![Some(0); starts.len()],
            edges: vec![Vec::new(); starts.len()],
        };
        let sizes = &analysis.sizes;
        let mut closed = vec![false; starts.len()];
        for point in &seen.points {
            let block = block_of(point.pc);
            let mut has_formula = false;
            let units = match point.what {
                What::Fuel(units) => Some(units.into()),
                What::Call(callee) => cost.get(callee as usize).copied().flatten(),
                What::CallSig(_) if analysis.imports_tables => None,
                What::CallSig(sig) => {
                    let targets = analysis.by_sig.get(&sig).map_or(&[][..], Vec::as_slice);
                    targets.iter().try_fold(0, |all, target| dearer(Some(all), cost[*target]))
                }
                What::Import(import) => {
                    let known = handled(Handler::Import(import), point.pc, Some(HOST_BYTES_PER_FUEL));
                    has_formula = known.has_formula;
                    let bytes = known.most.unwrap_or(u64::MAX).min(sizes.memory_bytes());
                    Some((bytes / HOST_BYTES_PER_FUEL).into())
                }
                What::Bulk(bulk) => {
                    let known = handled(Handler::Op, point.pc, bulk.per_unit());
                    has_formula = known.has_formula;
                    Some(bulk.units(known.most.unwrap_or(u64::MAX).min(sizes.most(bulk))).into())
                }
                What::Branch { to, charge, ends } => {
                    flow.edges[block].push((block_of(to), charge.into(), point.last_word()));
                    closed[block] |= ends;
                    Some(0)
                }
                What::Arms { first, len } => {
                    let arms = seen.arms.get(first as usize..(first + len) as usize).unwrap_or(&[]);
                    for (to, charge) in arms {
                        flow.edges[block].push((block_of(*to), u128::from(*charge), point.last_word()));
                    }
                    closed[block] = true;
                    Some(0)
                }
                What::Ends => {
                    closed[block] = true;
                    Some(0)
                }
            };
            flow.cost[block] = sum(flow.cost[block], units);
            if !has_formula {
                flow.without[block] = sum(flow.without[block], units);
            }
        }
        let last = starts.len().saturating_sub(1);
        for (block, _) in closed.iter().enumerate().take(last).filter(|(_, closed)| !**closed) {
            flow.edges[block].push((block + 1, 0, NO_INDEX));
        }
        flow
    }

    /// Blocks in reverse postorder, and the place of each.
    fn order(&self) -> (Vec<usize>, Vec<usize>) {
        let count = self.cost.len();
        let mut place = vec![usize::MAX; count];
        let mut seen = vec![false; count];
        let mut post = Vec::with_capacity(count);
        let mut stack = vec![(0, 0)];
        seen[0] = true;
        while let Some((block, next)) = stack.pop() {
            match self.edges[block].get(next) {
                Some((to, ..)) => {
                    stack.push((block, next + 1));
                    if !std::mem::replace(&mut seen[*to], true) {
                        stack.push((*to, 0));
                    }
                }
                None => post.push(block),
            }
        }
        post.reverse();
        for (at, block) in post.iter().enumerate() {
            place[*block] = at;
        }
        (post, place)
    }

    /// The loops, inner ones before outer ones; `None` if one can be entered past its head.
    fn loops(&self, order: &[usize], place: &[usize], rounds: &dyn Fn(u32) -> Vec<Rounds>) -> Option<Vec<ImageLoop>> {
        let count = self.cost.len();
        let mut preds: Vec<Vec<usize>> = vec![Vec::new(); count];
        let mut loops: Vec<ImageLoop> = Vec::new();
        let mut by_head: HashMap<usize, usize> = HashMap::new();
        for &block in order {
            for (to, charge, pc) in &self.edges[block] {
                preds[*to].push(block);
                if place[*to] > place[block] {
                    continue;
                }
                let at = *by_head.entry(*to).or_insert_with(|| {
                    loops.push(ImageLoop { head: *to, latches: Vec::new(), blocks: Vec::new(), wasm: Vec::new() });
                    loops.len() - 1
                });
                loops[at].latches.push((block, *charge));
                let of = if *pc == NO_INDEX { Vec::new() } else { rounds(*pc) };
                if of.is_empty() {
                    // Nothing is known about this way round.
                    loops[at].wasm.push(Rounds { id: NO_INDEX, entry: None, total: None });
                }
                for one in of {
                    if !loops[at].wasm.contains(&one) {
                        loops[at].wasm.push(one);
                    }
                }
            }
        }
        for this in &mut loops {
            this.blocks = vec![false; count];
            this.blocks[this.head] = true;
            let mut work: Vec<usize> = this.latches.iter().map(|(block, _)| *block).collect();
            while let Some(block) = work.pop() {
                if !std::mem::replace(&mut this.blocks[block], true) {
                    if place[block] < place[this.head] {
                        return None;
                    }
                    work.extend(&preds[block]);
                }
            }
        }
        loops.sort_by_key(|this| std::cmp::Reverse(place[this.head]));
        Some(loops)
    }

    /// Dearest ways from `from` inside of `within` (or everywhere), by block: the cost up to the block, not
    /// counting itself, at these `costs` of blocks. `extra` is added at blocks that are heads of inner loops.
    fn ways(
        &self,
        order: &[usize],
        place: &[usize],
        from: usize,
        within: Option<&[bool]>,
        costs: &[Cost],
        extra: &HashMap<usize, Cost>,
    ) -> Vec<Option<Cost>> {
        let mut ways: Vec<Option<Cost>> = vec![None; self.cost.len()];
        ways[from] = Some(Some(0));
        for &block in &order[place[from]..] {
            let Some(mut here) = ways[block] else { continue };
            if block != from
                && let Some(extra) = extra.get(&block)
            {
                here = sum(here, *extra);
                ways[block] = Some(here);
            }
            let behind = sum(here, costs[block]);
            for (to, charge, _) in &self.edges[block] {
                if place[*to] <= place[block] || within.is_some_and(|within| !within[*to]) {
                    continue;
                }
                let cost = sum(behind, Some(*charge));
                ways[*to] = Some(match ways[*to] {
                    Some(other) => dearer(other, cost),
                    None => cost,
                });
            }
        }
        ways
    }

    fn cost(&self, rounds: &dyn Fn(u32) -> Vec<Rounds>) -> Found {
        let nothing = Found { all: None, straight: None, rounds: Vec::new() };
        if self.cost.is_empty() {
            return nothing;
        }
        /// Loops times blocks of a function beyond which it is given up.
        const MOST_WORK: usize = 50_000_000;
        let (order, place) = self.order();
        let Some(loops) = self.loops(&order, &place, rounds) else { return nothing };
        if loops.len().saturating_mul(self.cost.len()) > MOST_WORK {
            return nothing;
        }
        let no_extra: HashMap<usize, Cost> = HashMap::new();
        let (mut nested, mut flat): (HashMap<usize, Cost>, Cost) = (HashMap::new(), Some(0));
        let mut per_round = Vec::new();
        for this in &loops {
            let round = |extra: &HashMap<usize, Cost>| {
                let ways = self.ways(&order, &place, this.head, Some(&this.blocks), &self.cost, extra);
                this.latches.iter().try_fold(0, |all, (latch, charge)| {
                    let way = ways[*latch].unwrap_or(Some(0));
                    dearer(Some(all), sum(sum(way, self.cost[*latch]), Some(*charge)))
                })
            };
            // Wasm loops that share a head: together they go round no more often than the product says.
            let together = |of: fn(&Rounds) -> Option<u64>| -> Cost {
                match this.wasm.as_slice() {
                    [one] => of(one).map(u128::from),
                    many => {
                        let all = many
                            .iter()
                            .try_fold(1, |all, one| product(Some(all), one.entry.map(|rounds| u128::from(rounds) + 1)));
                        all.map(|all| all - 1)
                    }
                }
            };
            let way = round(&nested);
            nested.insert(this.head, product(together(|r| r.entry), way));
            let alone = round(&no_extra);
            if let ([one], Some(units)) = (this.wasm.as_slice(), alone.and_then(|u| u64::try_from(u).ok())) {
                per_round.push((one.id, units));
            }
            let total = match this.wasm.as_slice() {
                [one] => one.total.map(u128::from),
                _ => None,
            };
            flat = sum(flat, product(total, alone));
        }
        let whole = |costs: &[Cost], extra: &HashMap<usize, Cost>| {
            let ways = self.ways(&order, &place, 0, None, costs, extra);
            let first = extra.get(&0).copied().unwrap_or(Some(0));
            let ends = (0..costs.len()).filter_map(|block| ways[block].map(|way| sum(way, costs[block])));
            sum(sum(ends.fold(Some(0), dearer), first), Some(self.credit))
        };
        let all = cheaper(whole(&self.cost, &nested), sum(whole(&self.cost, &no_extra), flat));
        Found { all, straight: whole(&self.without, &no_extra), rounds: per_round }
    }
}
