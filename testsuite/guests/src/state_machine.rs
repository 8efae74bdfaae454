//! A lexer written as one `match` on the state: a `br_table` per byte, its target hard to predict.

use crate::{fold, rng::Rng};

/// What the lexer is in the middle of. The order is the order of the `br_table`.
#[derive(Clone, Copy)]
enum State {
    Start,
    Word,
    Number,
    Fraction,
    Exponent,
    String,
    Escape,
    Slash,
    LineComment,
    BlockComment,
    BlockStar,
    Punctuation,
}

/// Lexes 64 KiB of text `n` times; counts tokens per kind and weighs their lengths.
pub fn run(n: i32) -> i64 {
    let text = text();
    let mut tokens = [0_i64; 12];
    let mut sum = 0;
    for round in 0..n.max(0) {
        let (mut state, mut token_len) = (State::Start, i64::from(round & 7));
        for &byte in &text {
            let next = step(state, byte, &mut tokens);
            token_len = if matches!(next, State::Start) { 0 } else { token_len + 1 };
            sum += token_len;
            state = next;
        }
    }
    tokens.iter().fold(sum, |sum, &count| fold(sum, count))
}

/// The state after `byte`; counts a token in the cell of the state that it ends in.
fn step(state: State, byte: u8, tokens: &mut [i64; 12]) -> State {
    let end = |tokens: &mut [i64; 12]| {
        tokens[state as usize] += 1;
        first(byte)
    };
    match state {
        State::Start => first(byte),
        State::Word => match byte {
            b'a'..=b'z' | b'_' | b'0'..=b'9' => State::Word,
            _ => end(tokens),
        },
        State::Number => match byte {
            b'0'..=b'9' => State::Number,
            b'.' => State::Fraction,
            b'e' => State::Exponent,
            _ => end(tokens),
        },
        State::Fraction => match byte {
            b'0'..=b'9' => State::Fraction,
            b'e' => State::Exponent,
            _ => end(tokens),
        },
        State::Exponent => match byte {
            b'0'..=b'9' | b'-' => State::Exponent,
            _ => end(tokens),
        },
        State::String => match byte {
            b'"' => {
                tokens[state as usize] += 1;
                State::Start
            }
            b'\\' => State::Escape,
            _ => State::String,
        },
        State::Escape => State::String,
        State::Slash => match byte {
            b'/' => State::LineComment,
            b'*' => State::BlockComment,
            _ => end(tokens),
        },
        State::LineComment => match byte {
            b'\n' => end(tokens),
            _ => State::LineComment,
        },
        State::BlockComment => match byte {
            b'*' => State::BlockStar,
            _ => State::BlockComment,
        },
        State::BlockStar => match byte {
            b'/' => {
                tokens[state as usize] += 1;
                State::Start
            }
            b'*' => State::BlockStar,
            _ => State::BlockComment,
        },
        State::Punctuation => end(tokens),
    }
}

fn first(byte: u8) -> State {
    match byte {
        b'a'..=b'z' | b'_' => State::Word,
        b'0'..=b'9' => State::Number,
        b'"' => State::String,
        b'/' => State::Slash,
        b' ' | b'\n' => State::Start,
        _ => State::Punctuation,
    }
}

fn text() -> Vec<u8> {
    const PIECES: [&str; 16] = [
        "if ", "x1", "loop_", "== ", "42", "3.14", "6e-3 ", "\"a\\\"b\"", "/* a * b */", "// rest\n", "/ ", "(", ")", ";\n",
        "a", "7",
    ];
    let mut rng = Rng::new(4);
    let mut text = Vec::new();
    while text.len() < 64 * 1024 {
        text.extend_from_slice(PIECES[rng.below(16) as usize].as_bytes());
    }
    text
}
