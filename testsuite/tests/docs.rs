//! Every file and folder that a document of the project names is there.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Ends of words that are files even without a slash.
const ENDS: [&str; 6] = [".rs", ".md", ".toml", ".wasm", ".wat", ".sh"];

/// Named in documents, and made by a build.
const BUILT: [&str; 1] = ["target/release/cervus"];

#[test]
fn named_files_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let mut documents = Vec::new();
    find(root, &mut documents);
    assert!(documents.iter().any(|path| path.ends_with("kmod/README.md")), "{documents:?}");
    let (mut missing, mut named) = (Vec::new(), 0);
    for path in documents {
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let folder = path.parent().unwrap_or(root);
        let mut fenced = false;
        for (number, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
                continue;
            }
            let words = if fenced { Vec::new() } else { quoted(line) };
            let paths: Vec<&str> = words.into_iter().filter(|word| is_path(word)).collect();
            for word in &paths {
                named += 1;
                // Seen from the root, from the document, or from a folder named on the same line.
                let bases = [root.to_path_buf(), folder.to_path_buf()];
                let beside = paths.iter().map(|base| root.join(base));
                let exists = bases.into_iter().chain(beside).any(|base| base.join(word).exists());
                if !exists && !BUILT.contains(word) {
                    let name = path.strip_prefix(root).unwrap_or(&path).display();
                    missing.push(format!("{name}:{}: `{word}`", number + 1));
                }
            }
        }
    }
    assert!(missing.is_empty(), "no such file or folder:\n{}", missing.join("\n"));
    assert!(named > 10, "only {named} names found: are they still in backticks?");
}

/// The documents of the tree; not what builds leave in it.
fn find(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && name != "target" && name != "node_modules" {
                find(&path, found);
            }
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
}

/// The words in backticks of a line.
fn quoted(line: &str) -> Vec<&str> {
    line.split('`').skip(1).step_by(2).flat_map(str::split_whitespace).collect()
}

/// Whether a word looks like a file or folder of the tree, and not like a place outside of it, an
/// address, a bare extension or a pattern.
fn is_path(word: &str) -> bool {
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
    let file = ENDS.iter().any(|end| word.ends_with(end) && word.len() > end.len());
    plain && !word.starts_with(['/', '-']) && (word.contains('/') || file)
}

#[test]
fn what_looks_like_a_path() {
    for word in ["lower/", "kengine/src/isa.rs", "README.md", "cli/tests"] {
        assert!(is_path(word), "{word}");
    }
    for word in [".wasm", "/dev/cervus", "https://a.b/c", "kengine::cwa", "--ir", "tests/*.rs", "FILE", "cervus.ko"] {
        assert!(!is_path(word), "{word}");
    }
    assert_eq!(quoted("see `a b` and `c`"), ["a", "b", "c"]);
}
