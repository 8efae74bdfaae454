//! Log records as they come out of a program's file.

use super::abi;

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogRecord {
    /// When it was written: nanoseconds since boot, suspend included.
    pub(crate) time_ns: u64,
    /// Level as the guest gave it.
    pub(crate) level: i32,
    /// The text.
    pub(crate) text: String,
}

/// Bytes of a record's head.
const HEAD: usize = size_of::<abi::Record>();

/// Puts records together from the pieces that `read` gives.
#[derive(Debug, Default)]
pub(crate) struct Records {
    bytes: Vec<u8>,
    /// Bytes of records that have been taken.
    taken: usize,
}

impl Records {
    /// Takes the next piece of the stream.
    pub(crate) fn push(&mut self, piece: &[u8]) {
        self.bytes.drain(..self.taken);
        self.taken = 0;
        self.bytes.extend_from_slice(piece);
    }
}

impl Iterator for Records {
    type Item = LogRecord;

    /// The next record that is there as a whole.
    fn next(&mut self) -> Option<LogRecord> {
        let (time_ns, rest) = self.bytes.get(self.taken..)?.split_first_chunk::<8>()?;
        let (level, rest) = rest.split_first_chunk::<4>()?;
        let (len, rest) = rest.split_first_chunk::<4>()?;
        // CAST: usize has at least 32 bits wherever there is an x86-64 kernel.
        let text = rest.get(..u32::from_ne_bytes(*len) as usize)?;
        let record = LogRecord {
            time_ns: u64::from_ne_bytes(*time_ns),
            level: i32::from_ne_bytes(*level),
            text: String::from_utf8_lossy(text).into_owned(),
        };
        self.taken += HEAD + text.len();
        Some(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(time_ns: u64, level: i32, text: &str) -> Vec<u8> {
        let len = text.len() as u32;
        [&time_ns.to_ne_bytes()[..], &level.to_ne_bytes(), &len.to_ne_bytes(), text.as_bytes()].concat()
    }

    #[test]
    fn records_come_whole_whatever_the_pieces() {
        let stream = [bytes(7, 6, "Hello"), bytes(8, -1, ""), bytes(9, 3, "a\nb")].concat();
        for size in 1..=stream.len() {
            let mut records = Records::default();
            let mut seen = Vec::new();
            for piece in stream.chunks(size) {
                records.push(piece);
                seen.extend(records.by_ref().map(|r| (r.time_ns, r.level, r.text)));
            }
            let expected = [(7, 6, "Hello".to_owned()), (8, -1, String::new()), (9, 3, "a\nb".to_owned())];
            assert_eq!(seen, expected, "{size}");
            assert_eq!(records.taken, records.bytes.len());
        }
    }
}
