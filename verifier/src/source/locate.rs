//! Fills in where in the source code the findings of a report are.

use super::{Place, Sources};
use crate::diag::{Code, Diagnostic, Note};
use crate::report::Report;

impl Report {
    /// Fills in the source places of the diagnostics, loops and reasons; reads the debug information if there
    /// is anything to fill in.
    pub fn locate(&mut self, sources: &Sources<'_>) {
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
