//! The crate `regex-automata`: patterns compiled at run time, searched by its lazy DFA and its other engines.

use crate::{fold, rng::Rng};
use core::fmt::Write;
use regex_automata::meta::Regex;

const PATTERNS: [&str; 4] = [
    r"(?-u)\b(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\b",
    r"(?-u)(?:GET|POST|PUT) (/[a-z/]*) ([1-5]\d\d)",
    r"(?-u)[a-z]+(?:fier|peter|nator)\b",
    r"(?-u)error|timeout|refused",
];

/// Compiles four patterns and finds all their matches, with groups, in 500 log lines, `n` times with other lines.
pub fn run(n: i32) -> i64 {
    let mut rng = Rng::new(14);
    let regexes = PATTERNS.map(|pattern| Regex::new(pattern).expect("the pattern is fixed"));
    (0..n.max(0)).fold(0, |sum, _| search(&regexes, sum, &mut rng))
}

fn search(regexes: &[Regex], mut sum: i64, rng: &mut Rng) -> i64 {
    let mut text = String::new();
    for line in 0..500 {
        let words = String::from_utf8(rng.prose(40)).expect("words are ASCII");
        let method = ["GET", "POST", "PUT", "HEAD"][rng.below(4) as usize];
        let [a, b, c, d, code] = [256, 256, 256, 256, 600].map(|bound| rng.below(bound));
        writeln!(text, "{line} {a}.{b}.{c}.{d} {method} /x/{words} {code} timeout").expect("a String takes any text");
    }
    for regex in regexes {
        for captures in regex.captures_iter(&text) {
            for group in captures.iter() {
                sum = fold(sum, group.map_or(-1, |span| (span.start as i64) << 20 | span.len() as i64));
            }
        }
    }
    sum
}
