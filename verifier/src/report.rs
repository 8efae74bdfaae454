//! The report: what was found out, for people and for programs.
//!
//! The JSON form is the serialisation of [`Report`]; fields may be added, those that are there
//! keep their meaning. The text form is in `print.rs`.

use std::collections::HashMap;

use serde::Serialize;

use crate::amounts::Amount;
use crate::bounds::Method;
use crate::diag::{Diagnostic, FunctionRef};

/// What a user demands of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// The class that the module must have.
    pub class: ClassPolicy,
    /// Largest initial memory in pages of 64 KiB; `None` for no limit.
    pub max_pages: Option<u32>,
    /// Names of the capabilities that are granted; `None` to not check.
    pub allowed: Option<Vec<String>>,
    /// `true`: an import that the host lacks, has otherwise or does not grant is no finding, for who does not run the
    /// module; `false`: it is.
    pub any_imports: bool,
    /// `true`: loop bounds are not looked for, and every loop counts as unbounded; `false`: they are.
    pub skip_bounds: bool,
    /// Ranges that the caller of the module promises to keep to.
    pub assumptions: Vec<Assumption>,
    /// Threads to use at most, the caller's own included; 0 counts as 1. The report does not depend on it.
    pub threads: usize,
}

/// A promise about a parameter of functions that the host calls, as `n<=4096` or `sum:n<=4096`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// The function by its export or symbol name; `None` for all.
    pub function: Option<String>,
    /// The parameter by its name in the module, or as `p0`, `p1` and so on.
    pub param: String,
    /// Least value.
    pub min: i64,
    /// Greatest value, included.
    pub max: i64,
}

impl Assumption {
    /// Numbers of a width that keep the promise.
    pub(crate) fn values(&self, width: u32) -> crate::domain::Value {
        use crate::domain::Value;
        if self.min >= 0 {
            // CAST: not negative.
            return Value::unsigned_range(self.min as u64, self.max.max(0) as u64, width);
        }
        Value::signed_range(self.min, self.max, width)
    }
}

impl std::str::FromStr for Assumption {
    type Err = String;

    /// `[FUNCTION:]PARAM<=MAX`, `[FUNCTION:]MIN<=PARAM<=MAX` or `[FUNCTION:]PARAM=VALUE`. Without a least
    /// value it is 0.
    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| -> Result<i64, String> {
            text.trim()
                .replace('_', "")
                .parse()
                .map_err(|_| format!("`{}` is not a whole number of 64 bits", text.trim()))
        };
        let (function, rest) = match text.rsplit_once(':') {
            Some((function, rest)) => (Some(function.trim().to_owned()), rest),
            None => (None, text),
        };
        let parts: Vec<&str> = rest.split("<=").collect();
        let (min, param, max) = match parts[..] {
            [param, max] => (0, param, number(max)?),
            [min, param, max] => (number(min)?, param, number(max)?),
            _ => match rest.split_once('=') {
                Some((param, value)) => (number(value)?, param, number(value)?),
                None => return Err("write it as `n<=4096`, `1<=n<=4096` or `n=16`".to_owned()),
            },
        };
        let param = param.trim().to_owned();
        if param.is_empty() || min > max {
            return Err("no value keeps to this".to_owned());
        }
        Ok(Self { function, param, min, max })
    }
}

/// The class that a policy demands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ClassPolicy {
    /// Reject what is not [`Class::Bounded`].
    Bounded,
    /// Accept both classes.
    #[default]
    Metered,
}

/// Whether the module may be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing speaks against it.
    Accepted,
    /// The diagnostics say why not.
    Rejected,
}

/// How the running time of the module is kept in bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Every run ends by itself: no loop without a bound, no recursion.
    Bounded,
    /// Time slices and a fuel budget end what does not end by itself.
    Metered,
}

/// Why the module has its class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClassReason {
    /// `loop`, `recursion`, `invalid` or, for a bounded module, `none`.
    pub kind: &'static str,
    /// The reason in words.
    pub message: String,
    /// The first function that it is about.
    pub function: Option<FunctionRef>,
    /// The first place that it is about.
    pub offset: Option<u64>,
    /// Source position of that place, once [`Report::locate`] has found it.
    pub source: Option<String>,
}

/// One loop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LoopReport {
    /// Byte offset of the `loop` operator.
    pub offset: u64,
    /// Most rounds for each time that it is entered: how often control goes back to its head. `None` if
    /// no useful bound is known.
    pub bound: Option<u64>,
    /// Most rounds in one run of the function.
    pub total: Option<u64>,
    /// How the bound was found.
    pub method: Option<Method>,
    /// The bound in terms of parameters and outer variables.
    pub formula: Option<String>,
    /// The condition on which it goes on.
    pub condition: Option<String>,
    /// Byte offset of the operator that tests the condition.
    pub tested_at: Option<u64>,
    /// Parameters that need a declared range for a bound.
    pub needs: Vec<String>,
    /// True if the bound rests on no store through a stray pointer, or with an index that leaves its array, hitting a
    /// local variable.
    pub assumes_no_wild_writes: bool,
    /// Fuel of one round at most, inner loops not counted; `None` if it was not computed.
    pub round_cost: Option<u64>,
    /// Byte ranges of the blocks that end in a branch back to the head.
    #[serde(skip)]
    pub latches: Vec<(u64, u64)>,
    /// Source position, once [`Report::locate`] has found it.
    pub source: Option<String>,
    /// 1 for an outermost loop.
    pub depth: u32,
    /// Basic blocks in it.
    pub blocks: u32,
}

/// Calls through a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IndirectCallReport {
    /// Index of the table.
    pub table: u32,
    /// The signature that the callee must have.
    pub signature: String,
    /// How many functions of that signature the module can have put in a table.
    pub targets: u32,
}

/// One function with a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FunctionReport {
    /// Index in the function index space.
    pub index: u32,
    /// Name, demangled.
    pub name: Option<String>,
    /// Byte offset of the body.
    pub offset: u64,
    /// Number of operators.
    pub operators: u32,
    /// Number of basic blocks that can be reached.
    pub blocks: u32,
    /// Its loops, outer ones before inner ones.
    pub loops: Vec<LoopReport>,
    /// Highest operand stack plus parameters and locals, in slots.
    pub max_stack: u32,
    /// Whether it can, through any calls, call itself.
    pub recursive: bool,
    /// Indices of the functions it calls by name.
    pub calls: Vec<u32>,
    /// Its calls through tables.
    pub indirect_calls: Vec<IndirectCallReport>,
    /// Worst-case cost of a call in fuel, callees included; `None` if there is no bound or it was not
    /// computed.
    pub cost: Option<u64>,
    /// The cost as a formula in parameters, where loops or the amounts that it handles have one.
    pub cost_formula: Option<String>,
    /// Whether each call of it ends by itself, with all that it calls.
    pub class: Class,
    /// The host functions that it calls itself, as `module.name`.
    pub host_calls: Vec<String>,
    /// Capabilities that those need, sorted.
    pub capabilities: Vec<String>,
}

/// The linear memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MemoryReport {
    /// Pages at the start.
    pub min: u64,
    /// Pages it may grow to; `None` for no limit of its own.
    pub max: Option<u64>,
}

/// One table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TableReport {
    /// Type of the elements.
    pub element: String,
    /// Elements at the start.
    pub min: u64,
    /// Elements it may grow to.
    pub max: Option<u64>,
}

/// One import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// First half of the name.
    pub module: String,
    /// Second half of the name.
    pub name: String,
    /// `function`, `memory`, `table`, `global` or `tag`.
    pub kind: &'static str,
    /// The type that the module gives it.
    pub signature: String,
    /// Whether the host has it with that type.
    pub available: bool,
    /// Capability that it needs.
    pub capability: Option<String>,
    /// Cost of a call in fuel.
    pub cost: Option<u32>,
    /// Whether a call may wait.
    pub may_sleep: Option<bool>,
    /// The parameter that says how many bytes a call handles at most; they cost more fuel.
    #[serde(skip)]
    pub len_param: Option<u32>,
}

/// Sums over the functions of the report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Bytes of the module.
    pub bytes: u64,
    /// Bytes of its code section.
    pub code_bytes: u64,
    /// Functions with a body.
    pub functions: u64,
    /// Operators.
    pub operators: u64,
    /// Basic blocks.
    pub blocks: u64,
    /// Loops.
    pub loops: u64,
    /// Loops with a bound.
    pub bounded_loops: u64,
    /// Functions that can call themselves.
    pub recursive: u64,
}

/// All that was found out about a module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether the module may be run under the policy.
    pub verdict: Verdict,
    /// Its class; `metered` also when it could not be analysed.
    pub class: Class,
    /// Worst-case cost of one run of any export in fuel, the start function included; `None` if there is no
    /// bound or it was not computed.
    pub cost: Option<u64>,
    /// Why it has that class; at least one.
    pub class_reasons: Vec<ClassReason>,
    /// What the reader should know about the analysis itself.
    pub notes: Vec<String>,
    /// Why promises of the policy had no effect, one sentence for each that is about no parameter of the module.
    #[serde(skip)]
    pub unused_assumptions: Vec<String>,
    /// Sums.
    pub totals: Totals,
    /// Memory 0, if there is one.
    pub memory: Option<MemoryReport>,
    /// The tables.
    pub tables: Vec<TableReport>,
    /// The imports.
    pub imports: Vec<ImportReport>,
    /// Capabilities that the imports need, sorted.
    pub capabilities: Vec<String>,
    /// What speaks against the module.
    pub diagnostics: Vec<Diagnostic>,
    /// The functions whose body validates.
    pub functions: Vec<FunctionReport>,
    /// What operators handle that costs fuel by it, by function index and byte offset of the operator.
    #[serde(skip)]
    pub amounts: HashMap<(u32, u32), Amount>,
}

impl Report {
    /// Whether the module may be run under the policy.
    pub fn accepted(&self) -> bool {
        self.verdict == Verdict::Accepted
    }

    /// The rounds of the loops that a branch closes, by function and byte offset of the branch: what
    /// `lower::cost` asks for.
    pub fn rounds(&self, function: u32, branch: u32) -> impl Iterator<Item = (u32, &LoopReport)> {
        let at = self.functions.binary_search_by_key(&function, |f| f.index).ok();
        let loops = at.and_then(|at| self.functions.get(at)).map_or(&[][..], |f| f.loops.as_slice());
        let branch = u64::from(branch);
        // CAST: fewer loops than bytes of a body.
        (0..).zip(loops).filter(move |(_, l)| l.latches.iter().any(|(start, end)| (*start..*end).contains(&branch)))
    }

    /// What is known of the amount that an operator at this byte offset of a function handles.
    pub fn amount(&self, function: u32, offset: u32) -> Option<&Amount> {
        self.amounts.get(&(function, offset))
    }

    /// Whether an imported function, by its index among these, handles no bytes that cost fuel, whatever it is given.
    pub fn handles_nothing(&self, import: u32) -> bool {
        let import = self.imports.iter().filter(|import| import.kind == "function").nth(import as usize);
        import.is_some_and(|import| import.available && import.len_param.is_none())
    }

    /// Takes over the costs that were found on the image: of each function, each round of a loop (by function
    /// and number of the loop), each function without its loops and without some operators (by function, byte offset, and
    /// what they handle for one unit), and a run.
    pub fn set_costs(
        &mut self,
        functions: &[Option<u64>],
        rounds: &HashMap<(u32, u32), u64>,
        straight: &[Option<u64>],
        left_out: &[(u32, u32, u64)],
        run: Option<u64>,
    ) {
        self.cost = run;
        for f in &mut self.functions {
            f.cost = functions.get(f.index as usize).copied().flatten();
            for (number, l) in (0..).zip(&mut f.loops) {
                l.round_cost = rounds.get(&(f.index, number)).copied();
            }
            let of_amount = |&(_, offset, per_unit): &(u32, u32, u64)| {
                Some(format!(" + {} / {per_unit}", self.amounts.get(&(f.index, offset))?.formula.as_ref()?))
            };
            let amounts: Option<String> =
                left_out.iter().filter(|(function, ..)| *function == f.index).map(of_amount).collect();
            let straight = straight.get(f.index as usize).copied().flatten();
            f.cost_formula = straight.zip(amounts).and_then(|(units, amounts)| cost_formula(f, units, &amounts));
        }
    }

    /// The report as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        // Only maps with odd keys fail to serialise, and the report has none.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// The report as text, with terminal colours if `colour`.
    pub fn to_text(&self, colour: bool) -> String {
        crate::print::report_text(self, colour)
    }

    /// The diagnostics alone as text, with terminal colours if `colour`; empty if there are none.
    pub fn diagnostics_text(&self, colour: bool) -> String {
        crate::render::diagnostics_text(&self.diagnostics, colour)
    }

    /// A report on bytes that are no module.
    pub(crate) fn not_a_module(byte_len: usize, diagnostic: Diagnostic) -> Self {
        Self {
            verdict: Verdict::Rejected,
            class: Class::Metered,
            cost: None,
            class_reasons: vec![ClassReason {
                kind: "invalid",
                message: "nothing is proved about bytes that are not a wasm module".to_owned(),
                function: None,
                offset: None,
                source: None,
            }],
            notes: Vec::new(),
            unused_assumptions: Vec::new(),
            totals: Totals { bytes: byte_len as u64, ..Totals::default() },
            memory: None,
            tables: Vec::new(),
            imports: Vec::new(),
            capabilities: Vec::new(),
            diagnostics: vec![diagnostic],
            functions: Vec::new(),
            amounts: HashMap::new(),
        }
    }
}

/// `40 + 12 * n`: what a call costs without loops, plus the amounts that it handles once, plus each loop's rounds times a
/// round. `None` if no loop and no amount has a formula, or a loop has nothing.
fn cost_formula(f: &FunctionReport, straight: u64, amounts: &str) -> Option<String> {
    if amounts.is_empty() && f.loops.iter().all(|l| l.formula.is_none()) {
        return None;
    }
    let mut out = format!("{straight}{amounts}");
    // The factors of the loops around each loop, outer ones first.
    let mut around: Vec<String> = Vec::new();
    for l in &f.loops {
        around.truncate(l.depth.saturating_sub(1) as usize);
        let rounds = match (&l.formula, l.bound) {
            (Some(formula), _) if formula.contains(' ') => format!("({formula})"),
            (Some(formula), _) => formula.clone(),
            (None, Some(bound)) => bound.to_string(),
            (None, None) => return None,
        };
        around.push(rounds);
        out.push_str(&format!(" + {} * {}", l.round_cost?, around.join(" * ")));
    }
    Some(out)
}
