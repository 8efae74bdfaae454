//! The crate `pulldown-cmark`: a document of all common elements to HTML.

use crate::{fold_bytes, rng::Rng};
use core::fmt::Write;
use pulldown_cmark::{Options, Parser, html};

/// Renders `n` documents of 16 sections.
pub fn run(n: i32) -> i64 {
    let mut rng = Rng::new(15);
    (0..n.max(0)).fold(0, |sum, _| document(sum, &mut rng))
}

fn document(sum: i64, rng: &mut Rng) -> i64 {
    let mut source = String::new();
    for section in 0..16 {
        let mut words = |len| String::from_utf8(rng.prose(len)).expect("words are ASCII");
        let (title, body, code, cell) = (words(20), words(300), words(60), words(8));
        write!(
            source,
            "# {section} {title}\n\n{body} *{title}* **{cell}** `{cell}` [{cell}](https://example.org/{section})\n\n\
             > {body}\n\n1. {title}\n2. {cell}\n   - {cell}\n   - [x] {cell} <b>&amp;</b>\n\n```rust\n{code}\n```\n\n\
             | a | b |\n|---|---|\n| {section} | x |\n\n",
        )
        .expect("a String takes any text");
    }
    let mut out = String::new();
    html::push_html(&mut out, Parser::new_ext(&source, Options::all()));
    fold_bytes(sum, out.as_bytes())
}
