//! A report against an older one: what has become better or worse.
//!
//! Functions are matched by name, of several with one name the first with the first, and by index where there is no
//! name. Worse is: `bounded` to `metered`, a loop more without a bound, a higher or lost bound, cost or stack, a new
//! capability. A new function is no change of its own.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;

use crate::print::Paint;
use crate::report::{FunctionReport, Report};
use crate::table::{class_name, unbounded};

/// One figure that has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The function by name or index; `None` for the module.
    pub function: Option<String>,
    /// `class`, `unbounded_loops`, `max_bound`, `cost`, `max_stack` or `capabilities`.
    pub what: &'static str,
    /// As it was.
    pub old: String,
    /// As it is.
    pub new: String,
    /// True if it has become worse, false if better.
    pub worse: bool,
}

/// What has changed between two reports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// The changes, worse ones first.
    pub changes: Vec<Change>,
}

/// What is compared of a function.
struct Figures {
    metered: bool,
    unbounded: u64,
    /// `None` if a loop has no bound.
    max_bound: Option<u64>,
    max_stack: u64,
    cost: Option<u64>,
}

impl Comparison {
    /// Compares with the JSON form of an older report.
    ///
    /// # Errors
    ///
    /// When the JSON is not a report.
    pub fn new(old: &Value, new: &Report) -> Result<Self, String> {
        let functions = old["functions"].as_array().ok_or("it has no list `functions`: it is not a report")?;
        let mut seen = HashMap::new();
        let mut before = HashMap::new();
        for function in functions {
            let index = function["index"].as_u64().ok_or("a function of it has no `index`: it is not a report")?;
            let key = key(function["name"].as_str(), index, &mut seen);
            before.insert(key, Figures::of_json(function));
        }
        let mut changes = Vec::new();
        let class = old["class"].as_str().ok_or("it has no `class`: it is not a report")?;
        if class != class_name(new.class) {
            changes.push(Change {
                function: None,
                what: "class",
                old: class.to_owned(),
                new: class_name(new.class).to_owned(),
                worse: class == "bounded",
            });
        }
        changes.extend(capabilities(old, new));
        seen.clear();
        for function in &new.functions {
            let key = key(function.name.as_deref(), function.index.into(), &mut seen);
            if let Some(old) = before.get(&key) {
                old.compare(&Figures::of(function), &key.0, &mut changes);
            }
        }
        changes.sort_by_key(|change| !change.worse);
        Ok(Self { changes })
    }

    /// Whether anything has become worse.
    pub fn is_worse(&self) -> bool {
        self.changes.iter().any(|change| change.worse)
    }

    /// The changes as text, with terminal colours if `colour`.
    pub fn to_text(&self, colour: bool) -> String {
        let paint = Paint(colour);
        let mut out = String::new();
        for change in &self.changes {
            let word = if change.worse { paint.bad("worse ") } else { paint.good("better") };
            let function = change.function.as_deref().unwrap_or("the module");
            out.push_str(&format!("{word} {:15} {} → {}  {function}\n", change.what, change.old, change.new));
        }
        let worse = self.changes.iter().filter(|change| change.worse).count();
        let better = self.changes.len() - worse;
        out.push_str(&format!("{worse} worse, {better} better\n"));
        out
    }
}

/// The name, and which of several with that name it is.
fn key(name: Option<&str>, index: u64, seen: &mut HashMap<String, usize>) -> (String, usize) {
    let name = name.map_or_else(|| format!("function {index}"), str::to_owned);
    let nth = seen.entry(name.clone()).or_default();
    *nth += 1;
    (name, *nth)
}

/// Capabilities that are needed now and were not, and the other way round.
fn capabilities(old: &Value, new: &Report) -> Option<Change> {
    let before: Vec<&str> = old["capabilities"].as_array()?.iter().filter_map(Value::as_str).collect();
    let after: Vec<&str> = new.capabilities.iter().map(String::as_str).collect();
    let text = |list: &[&str]| if list.is_empty() { "none".to_owned() } else { list.join("+") };
    (before != after).then(|| Change {
        function: None,
        what: "capabilities",
        old: text(&before),
        new: text(&after),
        worse: after.iter().any(|name| !before.contains(name)),
    })
}

impl Figures {
    fn of(f: &FunctionReport) -> Self {
        Figures {
            metered: class_name(f.class) == "metered",
            unbounded: unbounded(f) as u64,
            max_bound: (unbounded(f) == 0).then(|| f.loops.iter().filter_map(|l| l.bound).max().unwrap_or(0)),
            max_stack: f.max_stack.into(),
            cost: f.cost,
        }
    }

    fn of_json(f: &Value) -> Self {
        let bounds: Vec<Option<u64>> =
            f["loops"].as_array().into_iter().flatten().map(|l| l["bound"].as_u64()).collect();
        let unbounded = bounds.iter().filter(|bound| bound.is_none()).count() as u64;
        Figures {
            metered: f["class"] == "metered",
            unbounded,
            max_bound: (unbounded == 0).then(|| bounds.into_iter().flatten().max().unwrap_or(0)),
            max_stack: f["max_stack"].as_u64().unwrap_or(0),
            cost: f["cost"].as_u64(),
        }
    }

    fn compare(&self, new: &Figures, name: &str, out: &mut Vec<Change>) {
        let mut push = |what, old: String, new: String, worse| {
            if old != new {
                out.push(Change { function: Some(name.to_owned()), what, old, new, worse });
            }
        };
        let class = |metered| if metered { "metered" } else { "bounded" }.to_owned();
        push("class", class(self.metered), class(new.metered), new.metered);
        let (before, after) = (self.unbounded, new.unbounded);
        push("unbounded_loops", before.to_string(), after.to_string(), after > before);
        // Less is better, and nothing known is the worst.
        let mut figure = |what, old: Option<u64>, new: Option<u64>| {
            let text = |figure: Option<u64>| figure.map_or("-".to_owned(), |figure| figure.to_string());
            push(what, text(old), text(new), new.unwrap_or(u64::MAX) > old.unwrap_or(u64::MAX));
        };
        figure("max_bound", self.max_bound, new.max_bound);
        figure("cost", self.cost, new.cost);
        figure("max_stack", Some(self.max_stack), Some(new.max_stack));
    }
}
