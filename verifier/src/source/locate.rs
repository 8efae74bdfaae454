//! Fills in where in the source code the findings of a report are.

use super::{Place, Sources};
use crate::diag::{Code, Diagnostic, Note};
use crate::report::Report;

impl Report {
    /// Fills in the source places of the diagnostics, loops and reasons; reads the debug information if there
    /// is anything to fill in.
    pub fn locate(&mut self, sources: &Sources<'_>) {
        let is_in_code = |d: &Diagnostic| d.offset.is_some() && self.functions.iter().any(|f| d.is_about(f.index));
        if self.diagnostics.iter().any(is_in_code) && !sources.has_debug_info() {
            self.notes.push(
                "the module has no debug information: built with `-g` (Rust: `debug = true`, and no `strip`) it shows \
                 source lines"
                    .to_owned(),
            );
        }
        for diagnostic in &mut self.diagnostics {
            diagnostic.locate(sources);
        }
        for reason in &mut self.class_reasons {
            reason.source = reason.offset.and_then(|offset| first(&sources.places_near(offset)));
        }
        for one in self.functions.iter_mut().flat_map(|function| &mut function.loops) {
            one.source = first(&sources.places_near(one.offset));
        }
    }
}

impl Diagnostic {
    /// Fills in the source places of the diagnostic and its notes.
    pub fn locate(&mut self, sources: &Sources<'_>) {
        if let Some(offset) = self.offset {
            self.places = sources.places_near(offset);
            self.source = first(&self.places);
            let is_text = self.places.first().is_some_and(|place| place.file.ends_with(".wat"));
            if is_text && matches!(self.code, Code::InvalidFunction | Code::InvalidModule) {
                // Someone wrote this line, no tool did.
                self.help = format!("mend this line; `cervus explain {}` says more", self.code);
            }
        }
        for note in &mut self.notes {
            note.locate(sources);
        }
    }
}

impl Diagnostic {
    fn is_about(&self, function: u32) -> bool {
        self.function.as_ref().is_some_and(|of| of.index == function)
    }
}

impl Note {
    fn locate(&mut self, sources: &Sources<'_>) {
        if let Some(offset) = self.offset {
            self.place = sources.places_near(offset).into_iter().next();
            self.source = self.place.as_ref().map(ToString::to_string);
        }
    }
}

fn first(places: &[Place]) -> Option<String> {
    places.first().map(ToString::to_string)
}
