//! The line map of an image: where ops came from, for diagnostics. Checker and linker never look at it.
//!
//! Section LINE holds two LEB128 numbers for each [`Line`], most of them of one byte: `pc` less that of the line before,
//! and `wasm` less that of the line before, with its sign in the lowest bit. Both start at 0 and are differences modulo
//! 2^32, so that any lines can be written. What cannot be read ends the map.
//!
//! ```text
//! lines   3:0x40  4:0x3e  200:0x3e
//! bytes   03 80 01        01 03       c4 01 00
//! ```

/// From this word of CODE on (until the next line), ops come from there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Line {
    /// Word, counted over the whole CODE section.
    pub pc: u32,
    /// Byte offset in the wasm file.
    pub wasm: u32,
}

/// Reads a line map from its start.
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    rest: &'a [u8],
    /// The line before; that of the start is no line of the map.
    last: Line,
    started: bool,
}

impl<'a> Lines<'a> {
    /// The map that a section holds.
    pub(crate) fn new(section: &'a [u8]) -> Lines<'a> {
        Lines { rest: section, last: Line::default(), started: false }
    }

    /// Offset of the op at a word of CODE, if the map covers it. Words must ascend from call to call.
    pub fn at(&mut self, word: u32) -> Option<u32> {
        let mut ahead = self.clone();
        while ahead.next().is_some_and(|line| line.pc <= word) {
            *self = ahead.clone();
        }
        self.started.then_some(self.last.wasm)
    }

    fn number(&mut self) -> Option<u32> {
        let mut number = 0;
        for shift in (0..u32::BITS).step_by(7) {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            number |= u32::from(byte & 0x7f).wrapping_shl(shift);
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

impl Iterator for Lines<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        let (pc, wasm) = (self.number()?, self.number()?);
        let wasm = (wasm >> 1) ^ (wasm & 1).wrapping_neg();
        self.last = Line { pc: self.last.pc.wrapping_add(pc), wasm: self.last.wasm.wrapping_add(wasm) };
        self.started = true;
        Some(self.last)
    }
}

#[cfg(feature = "text")]
impl Line {
    /// Appends the line to a map in which `last` is the line before; [`Line::default`] at its start.
    pub fn write(self, last: Line, map: &mut alloc::vec::Vec<u8>) {
        let wasm = self.wasm.wrapping_sub(last.wasm);
        let sign = wasm.cast_signed().wrapping_shr(31).cast_unsigned();
        let numbers = [self.pc.wrapping_sub(last.pc), wasm.wrapping_shl(1) ^ sign];
        // Mostly both are small.
        if let [pc @ 0..0x80, wasm @ 0..0x80] = numbers {
            return map.extend_from_slice(&[pc as u8, wasm as u8]); // CAST: below 0x80
        }
        for mut number in numbers {
            while number >= 0x80 {
                map.push(number as u8 | 0x80); // CAST: the low seven bits are wanted
                number >>= 7;
            }
            map.push(number as u8); // CAST: below 0x80
        }
    }
}

#[cfg(all(test, feature = "text"))]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn map(lines: &[Line]) -> Vec<u8> {
        let (mut map, mut last) = (Vec::new(), Line::default());
        for line in lines {
            line.write(last, &mut map);
            last = *line;
        }
        map
    }

    #[test]
    fn lines_are_read_as_they_were_written() {
        let numbers = [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0x3fff, 0x4000, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, u32::MAX];
        let lines: Vec<_> = numbers.iter().flat_map(|pc| numbers.map(|wasm| Line { pc: *pc, wasm })).collect();
        assert!(Lines::new(&map(&lines)).eq(lines));
    }

    #[test]
    fn the_example_of_the_module() {
        let lines = [(3, 0x40), (4, 0x3e), (200, 0x3e)].map(|(pc, wasm)| Line { pc, wasm });
        let map = map(&lines);
        assert_eq!(map, [3, 0x80, 1, 1, 3, 0xc4, 1, 0]);
        let mut cursor = Lines::new(&map);
        let found = [0, 2, 3, 3, 4, 199, 200, u32::MAX].map(|word| cursor.at(word));
        let (none, first, second) = (None, Some(0x40), Some(0x3e));
        assert_eq!(found, [none, none, first, first, second, second, second, second]);
    }

    #[test]
    fn a_broken_map_ends() {
        for bytes in [&[0x80][..], &[1], &[1, 0x80], &[0xff; 12]] {
            assert_eq!(Lines::new(bytes).next(), None);
        }
    }
}
