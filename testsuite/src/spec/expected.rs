//! The list of assertions that are known to fail, each with its reason.
//!
//! One line each: `folder/file.wast:line reason`. An assertion of the list that passes is as much a
//! failure as one that fails without standing there, so the list cannot rot.

use super::Outcome;
use std::collections::BTreeMap;

/// The list.
const LIST: &str = include_str!("../../spec-expected.txt");

/// Place of the assertion, and the reason.
pub fn list() -> BTreeMap<&'static str, &'static str> {
    let lines = LIST.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once(' ').unwrap_or((line, ""))).collect()
}

/// What is wrong with the outcome of a suite, by the list; one text each.
pub fn unexpected(suite: &str, outcome: &Outcome) -> Vec<String> {
    let mut list = list();
    list.retain(|place, _| place.starts_with(suite) && place[suite.len()..].starts_with('/'));
    let mut wrong = Vec::new();
    for failure in &outcome.failures {
        let place = format!("{}:{}", failure.file, failure.line);
        match list.remove(place.as_str()) {
            Some("") => wrong.push(format!("{place}: stands in the list without a reason")),
            Some(_) => {}
            None => wrong.push(format!("{place}: {}", failure.what)),
        }
    }
    wrong.extend(list.keys().map(|place| format!("{place}: passes, but is listed as failing")));
    wrong
}
