//! Source files, each read once, and only from below the folders that the user gives.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::diag::printable;

/// Longest file that is read, in bytes: what people write is shorter.
const MAX_BYTES: u64 = 8 << 20;
/// Folders that are left out of the front of a name at most, while a file is looked for.
const MAX_SHORTENED: usize = 32;

/// Column from which on a line is not shown from its start, and bytes before the column that are shown then.
const FAR: usize = 150;
const BEFORE: usize = 60;

/// The part of a line to show for a column, after a `…` where the front is left out, and by how much less the column is
/// there.
fn around(line: &str, column: usize) -> (Cow<'_, str>, u32) {
    if column <= FAR || column > line.len() {
        return (Cow::Borrowed(line), 0);
    }
    let start = line.floor_char_boundary(column - BEFORE);
    // CAST: lines are shorter than files, and those than 2^32 bytes; a far column leaves more out than the sign has.
    (Cow::Owned(format!("…{}", &line[start..])), (start - "…".len()) as u32)
}

/// Files by the name that the module has for them; `None` for those that cannot be read.
pub(super) struct Files {
    /// Folders, without links.
    roots: Vec<PathBuf>,
    read: RefCell<HashMap<String, Option<String>>>,
}

impl Files {
    pub(super) fn new(roots: &[PathBuf]) -> Self {
        let roots = roots.iter().filter_map(|root| root.canonicalize().ok()).collect();
        Self { roots, read: RefCell::default() }
    }

    /// A line of a file, without its end and with nothing that a terminal acts on; and the bytes of it that are
    /// missing in front: of a long line only the part around the column, counted from 1, is wanted.
    pub(super) fn line(&self, name: &str, line: u32, column: u32) -> Option<(String, u32)> {
        let mut read = self.read.borrow_mut();
        let text = read.entry(name.to_owned()).or_insert_with(|| self.find(Path::new(name)));
        let line = text.as_ref()?.lines().nth(line.checked_sub(1)? as usize)?;
        let (part, missing) = around(line, column as usize);
        let text = printable(&part.replace('\t', " ")).into_owned();
        (!text.trim().is_empty()).then_some((text, missing))
    }

    /// The name without the folder that it is in, if that is one of the given ones.
    pub(super) fn short<'n>(&self, name: &'n str) -> &'n str {
        let below = |root: &PathBuf| Path::new(name).strip_prefix(root).ok()?.to_str();
        let short = self.roots.iter().find_map(|root| below(root).filter(|rest| !rest.is_empty())).unwrap_or(name);
        short.strip_prefix("./").unwrap_or(short)
    }

    fn find(&self, name: &Path) -> Option<String> {
        let parts: Vec<Component<'_>> =
            name.components().filter(|part| !matches!(part, Component::RootDir | Component::CurDir)).collect();
        let exact = name.is_absolute().then(|| name.to_owned());
        let shortened = (0..parts.len().min(MAX_SHORTENED)).flat_map(|skip| {
            let rest: PathBuf = parts[skip..].iter().collect();
            self.roots.iter().map(move |root| root.join(&rest))
        });
        exact.into_iter().chain(shortened).find_map(|path| self.read(&path))
    }

    /// Reads a file if it is one and lies below a root, links followed.
    fn read(&self, path: &Path) -> Option<String> {
        let path = path.canonicalize().ok()?;
        let meta = fs::metadata(&path).ok()?;
        let is_below = self.roots.iter().any(|root| path.starts_with(root));
        (is_below && meta.is_file() && meta.len() <= MAX_BYTES).then_some(())?;
        String::from_utf8(fs::read(&path).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_shown_around_the_column() {
        let line = format!("{}call{}", "\u{fc}".repeat(500), " nop".repeat(500));
        let (part, missing) = around(&line, 1001);
        assert_eq!(&part[1000 - missing as usize..][..4], "call");
        assert!(part.starts_with("…\u{fc}") && part.chars().take_while(|c| *c != 'c').count() < 100);
        for column in [0, 1, FAR, line.len() + 1, usize::MAX] {
            assert_eq!(around(&line, column), (Cow::Borrowed(line.as_str()), 0));
        }
    }
}
