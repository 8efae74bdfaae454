//! `verifier/docs/mistakes.md`: the programs on the page, run by the commands on it, print what stands there.
//!
//! A fenced block `wat NAME` is a file; a block `console` is one command and its output, up to the line that sums up.
//! `CERVUS_BLESS=1` writes what is found.

use crate::{Ran, command, repo, scratch};
use std::fs;

/// A fenced block: what follows the fence, and the lines in it.
struct Block {
    info: String,
    text: String,
}

/// The page as text and blocks in turn.
fn blocks(page: &str) -> Vec<(String, Block)> {
    let mut found = Vec::new();
    let (mut before, mut open): (String, Option<Block>) = (String::new(), None);
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => open = Some(Block { info: info.to_owned(), text: String::new() }),
            (None, None) => before.push_str(&format!("{line}\n")),
            (Some(block), None) => block.text.push_str(&format!("{line}\n")),
            (Some(_), Some(_)) => found.extend(open.take().map(|block| (std::mem::take(&mut before), block))),
        }
    }
    assert!(open.is_none() && before.trim().is_empty(), "the page ends with a block");
    found
}

#[test]
fn the_page_shows_what_is_printed() {
    let path = repo("verifier/docs/mistakes.md");
    let page = fs::read_to_string(&path).unwrap();
    let dir = scratch("mistakes");
    for name in ["sum.wasm", "sum.c"] {
        fs::copy(repo(&format!("verifier/tests/source/{name}")), dir.join(name)).unwrap();
    }
    let (mut found, mut commands) = (String::new(), 0);
    for (before, mut block) in blocks(&page) {
        if let Some(name) = block.info.strip_prefix("wat ") {
            fs::write(dir.join(name), &block.text).unwrap();
        } else {
            assert_eq!(block.info, "console");
            let line = block.text.lines().next().unwrap_or_default().to_owned();
            let words: Vec<&str> = line.strip_prefix("$ cervus ").expect("a command").split(' ').collect();
            let ran: Ran = command(words).current_dir(&dir).output().unwrap().into();
            assert_eq!(ran.code, Some(1), "{ran:?}");
            commands += 1;
            block.text = format!("{line}\n{}", shown(&ran));
        }
        found.push_str(&format!("{before}```{}\n{}```\n", block.info, block.text));
    }
    assert_eq!(commands, 10);
    if std::env::var_os("CERVUS_BLESS").is_some() {
        fs::write(&path, found).unwrap();
    } else {
        assert!(found == page, "CERVUS_BLESS=1 writes the page as it should be:\n{found}");
    }
}

/// What is printed, up to the line that sums up; lines end where the text does.
fn shown(ran: &Ran) -> String {
    let mut out = String::new();
    for line in ran.out.lines().chain(ran.err.lines()) {
        out.push_str(line.trim_end());
        out.push('\n');
        if line.starts_with("rejected") {
            break;
        }
    }
    out
}
