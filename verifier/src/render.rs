//! Diagnostics as text: the message, the source line with carets, what was found on the way, the remedy.
//!
//! `annotate-snippets` draws it, the renderer of the Rust compiler's own messages: it takes plain strings, and so
//! asks nothing of the types here.

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use crate::diag::{Diagnostic, Note};
use crate::source::Place;

/// Functions around an inlined place that are shown.
const MAX_OUTER: usize = 4;

/// The diagnostics as text. Neighbours with the same code and the same remedy, missing imports above all, share it.
pub(crate) fn diagnostics_text(diagnostics: &[Diagnostic], colour: bool) -> String {
    let mut renderer = Renderer::plain();
    if colour {
        renderer = Renderer::styled();
    }
    let mut out = String::new();
    for group in diagnostics.chunk_by(|a, b| a.code == b.code && a.help == b.help) {
        for (at, diagnostic) in group.iter().enumerate() {
            out.push_str(&renderer.render(&[element(diagnostic, at + 1 == group.len())]));
            out.push('\n');
        }
        out.push('\n');
    }
    out
}

fn element(diagnostic: &Diagnostic, with_help: bool) -> Group<'_> {
    let title = Level::ERROR.primary_title(diagnostic.message.as_str()).id(diagnostic.code.as_str());
    let wasm = wasm_place(diagnostic);
    let mut notes: Vec<String> = Vec::new();
    let mut elements: Vec<Element<'_>> = Vec::new();
    // Imports have no line of their own, but their calls have.
    let place = diagnostic.places.first().or_else(|| diagnostic.notes.iter().find_map(|note| note.place.as_ref()));
    match place {
        Some(place) => {
            let (labels, plain): (Vec<&Note>, Vec<&Note>) =
                diagnostic.notes.iter().partition(|note| label_place(note, place).is_some());
            elements.push(source_element(place, &labels));
            let how = match (&diagnostic.function, diagnostic.places.as_slice()) {
                (None, _) => "at",
                (Some(_), []) => "about",
                (Some(_), _) => "in",
            };
            notes.extend(wasm.map(|wasm| format!("{how} {wasm}")));
            notes.extend(diagnostic.places.iter().skip(1).take(MAX_OUTER).map(|outer| match &outer.function {
                Some(name) => format!("inlined into `{name}` at {outer}"),
                None => format!("inlined at {outer}"),
            }));
            notes.extend(plain.into_iter().map(note_text));
        }
        None => {
            elements.extend(wasm.map(|wasm| Origin::path(wasm).into()));
            notes.extend(diagnostic.notes.iter().map(note_text));
        }
    }
    elements.extend(notes.into_iter().map(|note| Level::NOTE.message(note).into()));
    if with_help {
        elements.push(Level::HELP.message(diagnostic.help.as_str()).into());
    }
    title.elements(elements)
}

/// `function 3 `f`, offset 0x20`.
fn wasm_place(diagnostic: &Diagnostic) -> Option<String> {
    let function = diagnostic.function.as_ref().map(ToString::to_string);
    let offset = diagnostic.offset.map(|offset| format!("offset {offset:#x}"));
    let parts: Vec<String> = function.into_iter().chain(offset).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The place of a note that can be shown with the diagnostic's own: one of the same file, both with their lines.
fn label_place<'n>(note: &'n Note, main: &Place) -> Option<&'n Place> {
    note.place.as_ref().filter(|place| {
        place.file == main.file
            && place.text.is_some()
            && main.text.is_some()
            && place.line.abs_diff(main.line) <= MAX_LINES
    })
}

/// Lines between two places that are shown in one picture.
const MAX_LINES: u32 = 40;

fn note_text(note: &Note) -> String {
    let offset = note.offset.map(|offset| format!("offset {offset:#x}"));
    match (&note.source, offset) {
        (Some(source), _) => format!("{} ({source})", note.message),
        (None, Some(offset)) => format!("{} ({offset})", note.message),
        (None, None) => note.message.clone(),
    }
}

/// The source lines with carets, or the name of the place if there are none.
fn source_element<'d>(place: &'d Place, notes: &[&'d Note]) -> Element<'d> {
    let Some(text) = &place.text else {
        let origin = Origin::path(place.file.as_str()).line(place.line as usize);
        let column = Some(place.column as usize).filter(|column| *column > 0);
        return match column {
            Some(column) => origin.char_column(column).into(),
            None => origin.into(),
        };
    };
    // The lines are put where they stand in the file, with empty ones between, which are not drawn.
    let mut lines: Vec<(u32, &str)> = vec![(place.line, text)];
    lines
        .extend(notes.iter().filter_map(|note| note.place.as_ref()).filter_map(|p| Some((p.line, p.text.as_deref()?))));
    lines.sort_unstable();
    lines.dedup_by_key(|line| line.0);
    let start = lines[0].0;
    let mut source = String::new();
    let mut begins = Vec::new();
    let mut at = start;
    for (line, text) in &lines {
        while at < *line {
            source.push('\n');
            at += 1;
        }
        begins.push((*line, source.len()));
        source.push_str(text);
    }
    let span = |place: &Place| {
        let begin = begins.iter().find(|(line, _)| *line == place.line).map_or(0, |(_, begin)| *begin);
        let token = token(place.text.as_deref().unwrap_or_default(), place.column.saturating_sub(place.missing));
        begin + token.start..begin + token.end
    };
    // A note about the very place is written at its carets.
    let is_same = |at: &Place| (at.line, at.column) == (place.line, place.column);
    let mut main = AnnotationKind::Primary.span(span(place));
    let mut others = Vec::new();
    for note in notes {
        match &note.place {
            Some(at) if is_same(at) => main = main.label(note.message.as_str()),
            Some(at) => others.push(AnnotationKind::Context.span(span(at)).label(note.message.as_str())),
            None => {}
        }
    }
    Snippet::source(source)
        .line_start(start as usize)
        .path(place.file.as_str())
        .fold(true)
        .annotation(main)
        .annotations(others)
        .into()
}

/// The bytes of a line that the carets stand under: the word or sign at the column, or, without one, the whole line
/// but its indentation.
fn token(line: &str, column: u32) -> std::ops::Range<usize> {
    let indent = line.len() - line.trim_start().len();
    let whole = indent..line.trim_end().len().max(indent);
    let Some(start) = (column as usize).checked_sub(1).filter(|at| *at < line.len() && line.is_char_boundary(*at))
    else {
        return whole;
    };
    let rest = &line[start..];
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let word = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    let first = rest.chars().next().map_or(0, char::len_utf8);
    start..start + word.max(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carets_cover_a_word() {
        let line = "  for (i = 0; i < n; i++)";
        assert_eq!(&line[token(line, 3)], "for");
        assert_eq!(&line[token(line, 17)], "<");
        assert_eq!(&line[token(line, 0)], "for (i = 0; i < n; i++)");
        assert_eq!(&line[token(line, 999)], "for (i = 0; i < n; i++)");
        assert_eq!(token("", 1), 0..0);
        // A column within a character of several bytes.
        assert_eq!(&"\u{fc}x"[token("\u{fc}x", 2)], "\u{fc}x");
    }
}
