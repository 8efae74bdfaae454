//! Backtraces: where a guest was when it ended.

use crate::{
    args::source_roots,
    embedded::SharedControl,
    input::{self, Input},
    names,
};
use kengine::{
    image::{Image, KIND_FUNC},
    link::Program,
    store::Store,
    thread::{Frame, Thread},
};
use serde_json::{Value, json};
use std::{path::Path, sync::Arc};
use verifier::Sources;

/// Innermost frames that are shown.
const INNER: usize = 16;
/// Outermost frames that are shown when there are too many for all.
const OUTER: usize = 4;

/// One frame.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Line {
    depth: usize,
    func: u32,
    name: Option<String>,
    wasm_offset: Option<u32>,
    /// `file:line:column`, if the module says so.
    source: Option<String>,
}

/// The frames worth showing, from the innermost out.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(crate) struct Trace {
    lines: Vec<Line>,
    total: usize,
}

impl Trace {
    /// Where a thread stands.
    pub(crate) fn of(store: &Store<Arc<Program>>, thread: &Thread<SharedControl>) -> Self {
        let mut frames = Vec::new();
        thread.backtrace(store, |frame| frames.push(frame));
        let total = frames.len();
        let is_shown = |depth: usize| total <= INNER + OUTER || depth < INNER || depth >= total - OUTER;
        let shown = frames.iter().enumerate().filter(|(depth, _)| is_shown(*depth));
        Trace { lines: shown.map(|(depth, frame)| line(store, depth, frame)).collect(), total }
    }

    /// Where a thread in the kernel stood: its innermost frames, `function << 32 | word`, of `total` in all.
    pub(crate) fn of_frames(image: &Image<'_>, frames: &[u64], total: usize) -> Self {
        let imported = image.imports().iter().filter(|import| import.kind == KIND_FUNC).count();
        let line = |(depth, frame): (usize, &u64)| {
            // CAST: the two halves.
            let (func, word) = ((frame >> 32) as u32, *frame as u32);
            let defined = usize::try_from(func).ok().and_then(|func| func.checked_sub(imported));
            let defined = defined.and_then(|func| image.funcs().get(u32::try_from(func).ok()?));
            Line::new(image, depth, func, defined.and_then(|func| func.code.checked_add(word)))
        };
        Trace { lines: frames.iter().enumerate().map(line).collect(), total }
    }

    /// Fills in the source lines from the debug information of the module in this file, which is read again for that;
    /// images have none, and standard input can be read only once.
    pub(crate) fn locate(&mut self, path: &Path) {
        if input::is_stdin(path) {
            return;
        }
        let Ok(Input::Wasm(wasm)) = input::program(path) else { return };
        let sources = Sources::new(&wasm, &source_roots(path));
        for line in &mut self.lines {
            let places = line.wasm_offset.map(|offset| sources.places(offset.into())).unwrap_or_default();
            line.source = places.first().map(ToString::to_string);
        }
    }

    /// Lines of text; empty if nothing is known.
    pub(crate) fn to_text(&self) -> String {
        let mut out = String::new();
        let mut next = 0;
        for line in &self.lines {
            if line.depth > next {
                out.push_str(&format!("      … {} more frames\n", line.depth - next));
            }
            next = line.depth + 1;
            let name = line.name.clone().unwrap_or_else(|| "<unnamed>".to_owned());
            out.push_str(&format!("  {:>3}: {name} (function {}", line.depth, line.func));
            if let Some(offset) = line.wasm_offset {
                out.push_str(&format!(", wasm offset {offset:#x}"));
            }
            if let Some(source) = &line.source {
                out.push_str(&format!(", {source}"));
            }
            out.push_str(")\n");
        }
        if self.total > next {
            out.push_str(&format!("      … {} more frames\n", self.total - next));
        }
        out
    }

    /// The frames as JSON.
    pub(crate) fn to_json(&self) -> Value {
        self.lines
            .iter()
            .map(|l| {
                let (name, offset, source) = (&l.name, l.wasm_offset, &l.source);
                json!({ "depth": l.depth, "function": l.func, "name": name, "offset": offset, "source": source })
            })
            .collect()
    }
}

fn line(store: &Store<Arc<Program>>, depth: usize, frame: &Frame) -> Line {
    let func = frame.place.func;
    let program = store.program(frame.instance);
    match program.map(Program::image) {
        Some(image) => Line::new(&image, depth, func, program.and_then(|p| p.word(frame.place))),
        None => Line { depth, func, name: None, wasm_offset: None, source: None },
    }
}

impl Line {
    /// The frame of function `func` that stands at this word of the CODE section.
    fn new(image: &Image<'_>, depth: usize, func: u32, word: Option<u32>) -> Self {
        // A caller stands on the word after its call; one word back lies within the call.
        let word = word.and_then(|word| word.checked_sub(u32::from(depth > 0)));
        let wasm_offset = word.and_then(|word| image.wasm_offset(word));
        Line { depth, func, name: names::of_function(image, func), wasm_offset, source: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_traces_are_cut_in_the_middle() {
        let line = |depth| Line { depth, func: 3, name: Some("f".into()), wasm_offset: Some(0x20), source: None };
        let trace = Trace { lines: vec![line(0), line(9)], total: 10 };
        let cut = Trace { lines: vec![line(0)], total: 3 };
        assert!(cut.to_text().ends_with("\n      … 2 more frames\n"), "{}", cut.to_text());
        assert_eq!(
            trace.to_text(),
            "    0: f (function 3, wasm offset 0x20)\n      … 8 more frames\n    9: f (function 3, wasm offset 0x20)\n"
        );
        assert_eq!(trace.to_json()[1]["depth"], 9);
    }
}
