//! Source files, each read once, and only from below the folders that the user gives.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::diag::printable;

/// Longest file that is read, in bytes: what people write is shorter.
const MAX_BYTES: u64 = 8 << 20;
/// Folders that are left out of the front of a name at most, while a file is looked for.
const MAX_SHORTENED: usize = 32;

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

    /// A line of a file, without its end and with nothing that a terminal acts on.
    pub(super) fn line(&self, name: &str, line: u32) -> Option<String> {
        let mut read = self.read.borrow_mut();
        let text = read.entry(name.to_owned()).or_insert_with(|| self.find(Path::new(name)));
        let line = text.as_ref()?.lines().nth(line.checked_sub(1)? as usize)?;
        Some(printable(&line.replace('\t', " ")).into_owned()).filter(|line| !line.trim().is_empty())
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
