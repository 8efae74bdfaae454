//! How often each block of a graph runs at most, and which source line it came from: what the pictures are coloured and
//! labelled by.

use std::collections::HashMap;

use petgraph::Direction;

use crate::cfg::{BlockId, Cfg};
use crate::report::{FunctionReport, LoopReport};
use crate::source::Sources;

/// Fill of blocks in a loop, by the runs that they are bounded by.
const SHADES: [(u64, &str); 4] = [(16, "#fff6dc"), (1 << 10, "#ffe9b0"), (1 << 16, "#ffd480"), (u64::MAX, "#ffb84d")];
/// Fill of blocks in a loop without a bound.
const UNBOUNDED_FILL: &str = "#ffb3ab";

/// What is known about the blocks of a graph, by block index.
#[derive(Clone, Debug)]
pub(crate) struct Heat {
    runs: Vec<Runs>,
    /// What is said about the loop that the block is the head of.
    loops: Vec<Option<String>>,
    sources: Vec<Option<String>>,
}

/// How often a block runs at most, in one run of the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Runs {
    /// In no loop.
    Once,
    /// In loops that all have bounds.
    AtMost(u64),
    /// In a loop without one.
    Unbounded,
}

impl Cfg {
    /// Colours the graph by what the report says about the loops of the function, and says which source lines its
    /// blocks came from.
    pub fn annotate(&mut self, function: &FunctionReport, sources: &Sources<'_>) {
        let count = self.graph.node_count();
        let mut heat = Heat { runs: vec![Runs::Once; count], loops: vec![None; count], sources: vec![None; count] };
        let by_offset: HashMap<u64, &LoopReport> = function.loops.iter().map(|l| (l.offset, l)).collect();
        // By number in the nest: the product of the bounds of a loop and those around it. Outer loops come first.
        let mut runs: Vec<Runs> = Vec::with_capacity(self.loops.loops.len());
        for one in &self.loops.loops {
            let known = by_offset.get(&one.offset).copied();
            let outer = one.parent.and_then(|parent| runs.get(parent)).copied().unwrap_or(Runs::Once);
            runs.push(match known.and_then(|l| l.bound) {
                // One time more than control goes back to the head.
                Some(rounds) => outer.times(rounds.saturating_add(1)),
                None => Runs::Unbounded,
            });
            heat.loops[one.head.index()] = known.map(|l| match l.bound {
                Some(rounds) => {
                    let method = l.method.map_or(String::new(), |method| format!(" ({})", method.text()));
                    format!("loop: at most {}{method}", crate::count_u64(rounds, "round"))
                }
                None => format!("loop: unbounded{}", l.why()),
            });
        }
        for (block, innermost) in self.innermost_loops().into_iter().enumerate() {
            if let Some(runs) = innermost.and_then(|at| runs.get(at)) {
                heat.runs[block] = *runs;
            }
        }
        if sources.has_debug_info() {
            for block in self.graph.node_indices() {
                let at = self.graph[block];
                let first = [at.start, at.end.saturating_sub(1)]
                    .into_iter()
                    .find_map(|offset| sources.places(offset).into_iter().next());
                heat.sources[block.index()] = first.map(|place| match &place.text {
                    Some(text) => format!("{}:{} {}", file_name(&place.file), place.line, cut(text.trim())),
                    None => format!("{}:{}", file_name(&place.file), place.line),
                });
            }
        }
        self.heat = Some(heat);
    }
}

impl Cfg {
    /// The innermost loop of each block, by block index, as a number in the nest.
    ///
    /// Inner loops come first, each from its latches backwards to its head; a loop that was found before is passed by
    /// in one step, so that deep nests stay near linear.
    fn innermost_loops(&self) -> Vec<Option<usize>> {
        let loops = &self.loops.loops;
        let mut innermost = vec![None; self.graph.node_count()];
        // The outermost loop found so far around each loop.
        let mut outermost: Vec<usize> = (0..loops.len()).collect();
        let mut work = Vec::new();
        for (at, one) in loops.iter().enumerate().rev() {
            innermost[one.head.index()].get_or_insert(at);
            work.extend(one.latches.iter().copied());
            while let Some(block) = work.pop() {
                if block == one.head {
                    continue;
                }
                let from = match innermost[block.index()] {
                    None => {
                        innermost[block.index()] = Some(at);
                        block
                    }
                    Some(inner) => {
                        let mut top = inner;
                        while outermost[top] != top {
                            outermost[top] = outermost[outermost[top]];
                            top = outermost[top];
                        }
                        if top == at {
                            continue;
                        }
                        outermost[top] = at;
                        loops[top].head
                    }
                };
                work.extend(self.graph.neighbors_directed(from, Direction::Incoming));
            }
        }
        innermost
    }
}

impl Runs {
    fn times(self, rounds: u64) -> Runs {
        match self {
            Runs::Once => Runs::AtMost(rounds),
            Runs::AtMost(outer) => Runs::AtMost(outer.saturating_mul(rounds)),
            Runs::Unbounded => Runs::Unbounded,
        }
    }
}

impl Heat {
    /// Lines of text for a block.
    pub(crate) fn lines(&self, block: BlockId) -> impl Iterator<Item = &str> {
        [&self.sources, &self.loops].into_iter().filter_map(move |list| list.get(block.index())?.as_deref())
    }

    /// How often a block runs at most in one run of the function; `None` if there is no bound.
    pub(crate) fn runs(&self, block: BlockId) -> Option<u64> {
        match *self.runs.get(block.index())? {
            Runs::Once => Some(1),
            Runs::AtMost(runs) => Some(runs),
            Runs::Unbounded => None,
        }
    }

    /// Colour of a block in a loop.
    pub(crate) fn fill(&self, block: BlockId) -> Option<&'static str> {
        match self.runs.get(block.index())? {
            Runs::Once => None,
            Runs::Unbounded => Some(UNBOUNDED_FILL),
            Runs::AtMost(runs) => SHADES.iter().find(|(most, _)| runs <= most).map(|(_, fill)| *fill),
        }
    }
}

/// Colours and what they mean, for a legend.
pub(crate) fn legend() -> Vec<(&'static str, String)> {
    let mut entries = vec![(crate::dot::ENTRY_FILL, "entry".to_owned()), (crate::dot::EXIT_FILL, "exit".to_owned())];
    entries.extend(SHADES.iter().map(|(most, fill)| match *most {
        u64::MAX => (*fill, "runs more often, bounded".to_owned()),
        most => (*fill, format!("runs at most {most} times")),
    }));
    entries.push((UNBOUNDED_FILL, "in a loop without a bound".to_owned()));
    entries
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Source text as long as a block is wide.
fn cut(text: &str) -> String {
    const MAX: usize = 48;
    if text.chars().count() <= MAX { text.to_owned() } else { text.chars().take(MAX - 1).chain(['…']).collect() }
}
