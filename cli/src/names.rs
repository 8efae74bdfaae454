//! Names of functions, fit to print.

use crate::host::escape;
use kengine::image::{Image, KIND_FUNC};

/// Longest name that is printed, in characters.
const MAX_CHARS: usize = 200;
/// Names that a suggestion lists.
const MAX_SUGGESTED: usize = 5;

/// Text from a module without control characters, and cut if it is very long.
pub(crate) fn printable(text: &str) -> String {
    let mut short: String = text.chars().take(MAX_CHARS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    escape(&short.replace('\t', " "))
}

/// Demangled, without the hash.
pub(crate) fn demangled(name: &str) -> String {
    match rustc_demangle::try_demangle(name) {
        Ok(name) => format!("{name:#}"),
        Err(_) => name.to_owned(),
    }
}

/// Name of a function of an image: from its name section, its exports or its imports. Imports come first in the
/// index space.
pub(crate) fn of_function(image: &Image<'_>, func: u32) -> Option<String> {
    if let Some(name) = image.func_name(func) {
        return Some(printable(&demangled(name)));
    }
    let export = image.exports().iter().find(|e| e.kind == KIND_FUNC && e.index == func);
    if let Some(bytes) = export.and_then(|export| image.string(export.name, export.name_len)) {
        return Some(printable(&demangled(&String::from_utf8_lossy(bytes))));
    }
    let import = image.imports().iter().filter(|i| i.kind == KIND_FUNC).nth(func as usize)?;
    let text = |start, len| image.string(start, len).map(|bytes| printable(&String::from_utf8_lossy(bytes)));
    Some(format!("{}.{}", text(import.module, import.module_len)?, text(import.name, import.name_len)?))
}

/// Index of the function that is exported under this name.
pub(crate) fn export(image: &Image<'_>, name: &str) -> Option<u32> {
    let mut exports = image.exports().iter().filter(|e| e.kind == KIND_FUNC);
    exports.find(|e| image.string(e.name, e.name_len) == Some(name.as_bytes())).map(|export| export.index)
}

/// `1 argument`, `2 arguments`.
pub(crate) fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// Names of the exported functions, in the image's order.
pub(crate) fn exported_functions(image: &Image<'_>) -> Vec<String> {
    let exports = image.exports();
    let names = exports.iter().filter(|e| e.kind == KIND_FUNC).filter_map(|e| image.string(e.name, e.name_len));
    names.map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
}

/// The names that someone who wrote `wrong` may have meant, the likeliest first.
pub(crate) fn similar<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wrong = wrong.to_lowercase();
    let mut near: Vec<(usize, &str)> = names
        .into_iter()
        .filter_map(|name| {
            let lower = name.to_lowercase();
            let distance = strsim::damerau_levenshtein(&wrong, &lower);
            let contained = wrong.len() >= 3 && lower.contains(&wrong);
            (contained || distance <= 1 + wrong.chars().count() / 4).then_some((distance, name))
        })
        .collect();
    near.sort();
    near.dedup();
    // Beside what is nearly the same the others are no help.
    if near.first().is_some_and(|(distance, _)| *distance <= 1) {
        near.retain(|(distance, _)| *distance <= 1);
    }
    near.into_iter().map(|(_, name)| name).take(MAX_SUGGESTED).collect()
}

/// `did you mean …?`, or nothing.
pub(crate) fn did_you_mean(wrong: &str, names: &[String]) -> Option<String> {
    let near: Vec<String> = similar(wrong, names.iter().map(String::as_str))
        .into_iter()
        .map(|name| format!("`{}`", printable(name)))
        .collect();
    (!near.is_empty()).then(|| format!("did you mean {}?", near.join(" or ")))
}

/// `the functions are …`, or nothing if there are none.
pub(crate) fn those_there(names: &[String]) -> Option<String> {
    /// Functions that a hint lists.
    const MAX_LISTED: usize = 20;
    (!names.is_empty()).then(|| format!("the functions are {}", list(names, MAX_LISTED)))
}

/// A list of names in one line, cut after `max`.
pub(crate) fn list(names: &[String], max: usize) -> String {
    let mut text: Vec<String> = names.iter().take(max).map(|name| printable(name)).collect();
    if let more @ 1.. = names.len().saturating_sub(max) {
        text.push(format!("and {more} more"));
    }
    text.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_are_near() {
        assert_eq!(similar("mian", ["main", "run", "domain"]), ["main"]);
        assert_eq!(similar("W0701x", ["W0101", "W0701", "W0703"]), ["W0701"]);
        assert_eq!(similar("W070", ["W0101", "W0701", "W0703"]), ["W0701", "W0703"]);
        assert_eq!(similar("fib", ["core::fib::h1", "x"]), ["core::fib::h1"]);
        assert!(similar("zzz", ["main"]).is_empty());
    }

    #[test]
    fn names_are_demangled_and_cut() {
        assert_eq!(demangled("_ZN4core3fmt5write17h0123456789abcdefE"), "core::fmt::write");
        assert_eq!(printable("a\nb\tc"), "a\\x0ab c");
        assert_eq!(printable(&"x".repeat(500)).chars().count(), MAX_CHARS + 1);
    }
}
