//! Log records on their way to the user.
//!
//! `cervus: (1) [INFO] text` is what the first Cervus wrote to the kernel log. A record with several lines becomes
//! several lines with the same prefix, and control characters are escaped, so that a guest can neither forge a
//! prefix nor talk to the terminal.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

/// A level as the guest gave it: 1 error, 3 warning, 6 information.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Level(pub(crate) i32);

/// Takes the log records of a guest.
pub(crate) trait LogSink: Send {
    /// Writes one record of program `id`.
    fn record(&mut self, id: u32, level: Level, text: &str) -> io::Result<()>;
}

/// Lines for people.
pub(crate) struct TextLog<W>(W);

impl<W: Write> TextLog<W> {
    pub(crate) fn new(out: W) -> Self {
        TextLog(out)
    }
}

impl<W: Write + Send> LogSink for TextLog<W> {
    fn record(&mut self, id: u32, level: Level, text: &str) -> io::Result<()> {
        let mut lines = String::with_capacity(text.len() + 32);
        let mut line = |text: &str| {
            // Writing to a string cannot fail.
            let _ = writeln!(lines, "cervus: ({id}) {}{}", kengine::cwa::level_tag(level.0), escape(text));
        };
        if text.is_empty() {
            line("");
        }
        text.lines().for_each(&mut line);
        // One write, so that records of several programs do not mix.
        self.0.write_all(lines.as_bytes())?;
        self.0.flush()
    }
}

/// One JSON object per record.
pub(crate) struct JsonLog<W>(W);

impl<W: Write> JsonLog<W> {
    pub(crate) fn new(out: W) -> Self {
        JsonLog(out)
    }
}

impl<W: Write + Send> LogSink for JsonLog<W> {
    fn record(&mut self, id: u32, level: Level, text: &str) -> io::Result<()> {
        let record = serde_json::json!({ "event": "log", "id": id, "level": level.0, "text": text });
        self.0.write_all(format!("{record}\n").as_bytes())?;
        self.0.flush()
    }
}

/// Makes text fit for a line on a terminal, see [`kengine::cwa::escape`].
pub(crate) fn escape(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    kengine::cwa::escape(text, &mut |piece| out.extend_from_slice(piece));
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(level: i32, text: &str) -> String {
        let mut log = TextLog::new(Vec::new());
        log.record(7, Level(level), text).unwrap();
        String::from_utf8(log.0).unwrap()
    }

    #[test]
    fn lines_look_as_in_the_first_cervus() {
        assert_eq!(text(6, "Hello, world!"), "cervus: (7) [INFO] Hello, world!\n");
        assert_eq!(text(3, "hm"), "cervus: (7) [WARNING] hm\n");
        assert_eq!(text(1, "no"), "cervus: (7) [ERROR] no\n");
        assert_eq!(text(2, "odd"), "cervus: (7) odd\n");
        assert_eq!(text(6, ""), "cervus: (7) [INFO] \n");
    }

    #[test]
    fn a_guest_cannot_forge_lines() {
        assert_eq!(text(6, "a\nb\n"), "cervus: (7) [INFO] a\ncervus: (7) [INFO] b\n");
        assert_eq!(text(6, "\n\n"), "cervus: (7) [INFO] \ncervus: (7) [INFO] \n");
        assert_eq!(text(6, "a\rb\u{1b}[2J\u{9b}1m"), "cervus: (7) [INFO] a\\x0db\\x1b[2J\\u{9b}1m\n");
        assert_eq!(text(6, "a\tb"), "cervus: (7) [INFO] a\tb\n");
    }

    #[test]
    fn json_keeps_the_text() {
        let mut log = JsonLog::new(Vec::new());
        log.record(1, Level(6), "a\n\u{1b}").unwrap();
        let value: serde_json::Value = serde_json::from_slice(&log.0).unwrap();
        assert_eq!(value["text"], "a\n\u{1b}");
        assert_eq!(value["level"], 6);
    }
}
