//! Text to tokens.

use alloc::{format, string::String, vec::Vec};

/// What the parser sees.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Token<'t> {
    /// A run of characters other than blanks and the punctuation below.
    Word(&'t str),
    /// A string literal, escapes resolved.
    Str(Vec<u8>),
    /// One of `( ) [ ] , =`.
    Punct(u8),
    /// End of a line, outside brackets.
    Newline,
    /// End of the text.
    End,
}

/// An error at a byte of the text.
#[derive(Debug)]
pub(super) struct Fault {
    /// Byte of the text.
    pub(super) at: usize,
    /// What is wrong.
    pub(super) message: String,
}

/// Cuts a text into tokens.
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
    /// Open brackets; line breaks do not count inside.
    open: u32,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Lexer { text, at: 0, open: 0 }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Goes on to the next byte for which `stop` holds, or to the end.
    fn skip_until(&mut self, stop: impl Fn(u8) -> bool) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or(&[]);
        self.at += rest.iter().position(|b| stop(*b)).unwrap_or(rest.len());
    }

    /// The next token and the byte it starts at.
    pub(super) fn next(&mut self) -> Result<(usize, Token<'t>), Fault> {
        loop {
            self.skip_until(|b| !matches!(b, b' ' | b'\t' | b'\r'));
            let start = self.at;
            let Some(byte) = self.peek() else { return Ok((start, Token::End)) };
            match byte {
                b';' => {
                    self.skip_until(|b| b == b'\n');
                    continue;
                }
                b'"' => return Ok((start, Token::Str(self.string()?))),
                b'(' | b'[' => self.open = self.open.saturating_add(1),
                b')' | b']' => self.open = self.open.saturating_sub(1),
                b',' | b'=' => {}
                b'\n' => {
                    self.at += 1;
                    if self.open == 0 {
                        return Ok((start, Token::Newline));
                    }
                    continue;
                }
                _ => {
                    self.skip_until(|b| {
                        matches!(
                            b,
                            b' ' | b'\t' | b'\r' | b'\n' | b'(' | b')' | b'[' | b']' | b',' | b'=' | b';' | b'"'
                        )
                    });
                    // Both ends are next to ASCII bytes, so they are character boundaries.
                    return Ok((start, Token::Word(self.text.get(start..self.at).unwrap_or(""))));
                }
            }
            self.at += 1;
            return Ok((start, Token::Punct(byte)));
        }
    }

    /// A string literal; `\n \t \r \" \\` and `\hh` (one byte) are escapes.
    fn string(&mut self) -> Result<Vec<u8>, Fault> {
        let start = self.at;
        let mut out = Vec::new();
        self.at += 1;
        loop {
            let from = self.at;
            self.skip_until(|b| matches!(b, b'"' | b'\\' | b'\n'));
            out.extend_from_slice(self.text.as_bytes().get(from..self.at).unwrap_or(&[]));
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    let escape = self.text.as_bytes().get(self.at + 1..).unwrap_or(&[]);
                    let (byte, len) = match *escape {
                        [b'n', ..] => (b'\n', 1),
                        [b't', ..] => (b'\t', 1),
                        [b'r', ..] => (b'\r', 1),
                        [c @ (b'"' | b'\\'), ..] => (c, 1),
                        [high, low, ..] => match (hex(high), hex(low)) {
                            (Some(high), Some(low)) => (high << 4 | low, 2),
                            _ => return Err(self.bad_escape()),
                        },
                        _ => return Err(self.bad_escape()),
                    };
                    out.push(byte);
                    self.at += 1 + len;
                }
                _ => return Err(Fault { at: start, message: String::from("this string is not closed on its line") }),
            }
        }
    }

    fn bad_escape(&self) -> Fault {
        let after = self.text.get(self.at + 1..).and_then(|rest| rest.chars().next());
        let message = format!("unknown escape `\\{}`", after.unwrap_or(' ').escape_debug());
        Fault { at: self.at, message }
    }
}

/// Value of a hexadecimal digit.
fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|v| u8::try_from(v).ok())
}
