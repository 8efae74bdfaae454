//! Operators of a body that has validated, one after the other: effects of straight ones without an `Operator` between.
//!
//! Most operators are one byte, or one with a number behind it. What such a byte does to the stack is looked up in a
//! table, which is made by showing each of them to [`effect`] once; all others are read by wasmparser.

use std::sync::OnceLock;

use wasmparser::{BinaryReader, FrameKind, FrameStack, Operator, VisitOperator};

use super::ops::{Effect, effect};
use crate::features::features;

/// What stands at a place of a body.
pub(super) enum Read<'a> {
    /// An operator without control flow.
    Straight(Effect),
    /// Another one.
    Other(Operator<'a>),
}

/// The operators of a body.
pub(super) struct Operators<'a> {
    /// All operators, and the offset of the first.
    bytes: &'a [u8],
    start: u64,
    at: usize,
    table: &'static Table,
}

/// By first byte: the effect of an operator that is nothing but that, or, of loads and stores, that with offset 0.
type Table = [Option<Effect>; 256];

impl<'a> Operators<'a> {
    /// Reads all that `reader` has before it.
    pub(super) fn new(mut reader: BinaryReader<'a>) -> Option<Self> {
        static TABLE: OnceLock<Table> = OnceLock::new();
        let start = reader.original_position();
        let bytes = reader.read_bytes(reader.bytes_remaining()).ok()?;
        Some(Self { bytes, start, at: 0, table: TABLE.get_or_init(table) })
    }

    /// Offset of the next operator.
    pub(super) fn offset(&self) -> u64 {
        self.start + self.at as u64
    }

    /// The first byte of the next operator; `None` at the end.
    pub(super) fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// What follows the next byte.
    pub(super) fn behind(&self) -> BinaryReader<'a> {
        self.reader(self.at + 1)
    }

    fn reader(&self, at: usize) -> BinaryReader<'a> {
        BinaryReader::new_features(self.bytes.get(at..).unwrap_or(&[]), self.start + at as u64, features())
    }

    /// The next operator, whatever it is; `None` if it cannot be read.
    pub(super) fn next(&mut self) -> Option<Read<'a>> {
        let mut reader = self.reader(self.at);
        let operator = reader.visit_operator(&mut Factory).ok()??;
        self.at = self.bytes.len() - reader.bytes_remaining();
        Some(match effect(&operator) {
            Some(effect) => Read::Straight(effect),
            None => Read::Other(operator),
        })
    }

    /// The effect of the next operator if it is a frequent one, else it is still the next.
    #[inline(always)]
    pub(super) fn frequent(&mut self) -> Option<Effect> {
        let before = self.at;
        let effect = self.looked_up();
        if effect.is_none() {
            self.at = before;
        }
        effect
    }

    #[inline(always)]
    fn looked_up(&mut self) -> Option<Effect> {
        let byte = self.byte()?;
        self.at += 1;
        match byte {
            0x20 => Some(Effect::LocalGet(self.number()?)),
            0x21 => Some(Effect::LocalSet(self.number()?)),
            0x22 => Some(Effect::LocalTee(self.number()?)),
            // CAST: bits.
            0x41 => Some(Effect::Const(u64::from(self.signed()? as u32), 32)),
            0x42 => Some(Effect::Const(self.signed()? as u64, 64)),
            _ => match self.table[usize::from(byte)]? {
                Effect::Load { bytes, width, signed, .. } => {
                    let offset = self.memarg()?.into();
                    Some(Effect::Load { offset, bytes, width, signed })
                }
                Effect::Store { bytes, .. } => Some(Effect::Store { offset: self.memarg()?.into(), bytes }),
                effect => Some(effect),
            },
        }
    }

    /// The offset of an access to memory 0.
    #[inline(always)]
    fn memarg(&mut self) -> Option<u32> {
        /// Of an alignment that a memory's number follows, or a byte more.
        const LARGEST: u8 = 0x3f;
        self.byte().filter(|align| *align <= LARGEST)?;
        self.at += 1;
        self.number()
    }

    /// A number of four bytes at most.
    #[inline(always)]
    fn number(&mut self) -> Option<u32> {
        let mut number = 0;
        for shift in [0, 7, 14, 21] {
            let byte = self.byte()?;
            self.at += 1;
            number |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// A number with sign.
    #[inline]
    fn signed(&mut self) -> Option<i64> {
        let (mut number, mut shift) = (0_i64, 0);
        while shift < 63 {
            let byte = self.byte()?;
            self.at += 1;
            number |= i64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                let unused = 64 - shift;
                return Some(number << unused >> unused);
            }
        }
        None
    }
}

fn table() -> Table {
    let one = |byte: u8| {
        // An operator that needs more than this is not for the table.
        let bytes = [byte, 0, 0];
        let is_access = (0x28..=0x3e).contains(&byte);
        let mut reader = BinaryReader::new_features(if is_access { &bytes } else { &bytes[..1] }, 0, features());
        effect(&reader.visit_operator(&mut Factory).ok()??)
    };
    // CAST: below 256.
    std::array::from_fn(|byte| one(byte as u8))
}

/// Makes operators.
struct Factory;

macro_rules! make {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        $(
            fn $visit(&mut self $($(, $arg: $argty)*)?) -> Option<Operator<'a>> {
                Some(Operator::$op $({ $($arg),* })?)
            }
        )*
    };
}

impl<'a> VisitOperator<'a> for Factory {
    type Output = Option<Operator<'a>>;

    wasmparser::for_each_visit_operator!(make);
}

impl FrameStack for Factory {
    /// Asked for at `else`, which stands where it may, because the body has validated.
    fn current_frame(&self) -> Option<FrameKind> {
        Some(FrameKind::If)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is looked up is what wasmparser reads.
    #[test]
    fn frequent_operators_are_those_that_the_reader_reads() {
        let numbers: [&[u8]; 6] =
            [&[], &[0x00], &[0x7f], &[0x80, 0x01], &[0xff, 0xff, 0x7f], &[0x80, 0x80, 0x80, 0x80, 0x04]];
        let mut met = 0;
        for byte in 0..=u8::MAX {
            for align in [None, Some(0), Some(2), Some(0x40)] {
                for number in numbers {
                    let bytes: Vec<u8> = [byte].into_iter().chain(align).chain(number.iter().copied()).collect();
                    let Some(mut own) = Operators::new(BinaryReader::new_features(&bytes, 7, features())) else {
                        continue;
                    };
                    let Some(found) = own.frequent() else { continue };
                    let mut reader = BinaryReader::new_features(&bytes, 7, features());
                    let Ok(Some(operator)) = reader.visit_operator(&mut Factory) else { continue };
                    assert_eq!(Some(found), effect(&operator), "{bytes:02x?}");
                    assert_eq!(own.offset(), reader.original_position(), "{bytes:02x?}");
                    met += 1;
                }
            }
        }
        assert!(met > 1000, "{met}");
    }
}
