//! What a run of functions adds to the image, made before its place there is known.
//!
//! Several threads lower runs of functions; each run has a chunk of its own, with records as if it were the whole
//! module. [`Chunk::settle`] gives them their places behind those of the run before, in turn; then [`Chunk::write`],
//! which several threads may do, puts them into the image and renumbers what names a record of it: places in BRTAB, and
//! constants, which are numbered by their first use in the module. So the image is the same however the functions were
//! shared out.

use crate::{module::Module, place::Placed};
use kengine::{
    image::{Leader, SectionKind},
    isa::At,
    lines::Line,
    op::Words,
};
use std::collections::{HashMap, hash_map::Entry};

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// CODE.
    pub(crate) code: Vec<u64>,
    /// LEADER; places count from the start of their function.
    pub(crate) leaders: Vec<Leader>,
    /// BRTAB.
    pub(crate) arms: Vec<u32>,
    /// LINE, behind its first line; places count from the start of `code`.
    lines: Vec<u8>,
    /// The first line, as it is written to LINE.
    first_line: Vec<u8>,
    /// The first and the last line.
    line_ends: Option<(Line, Line)>,
    /// The functions, in order.
    pub(crate) placed: Vec<Placed>,
    /// Whether one of the functions has a loop that is gone round.
    pub(crate) has_loops: bool,
    /// The most locals and operands that one has at once, where they are validated.
    pub(crate) max_slots: u32,
    /// Functions that the code takes a reference of.
    pub(crate) referenced: Vec<u32>,
    /// Constants in the order of their first use, and where each is in that list.
    constants: Vec<u64>,
    index_of: HashMap<u64, u32>,
    /// Words that name a constant, or a record of `arms`, and the place of that field.
    names_constant: Vec<(u32, At)>,
    names_arms: Vec<(u32, At)>,
    /// Indices of `constants` in the module, and that of the first of `arms`.
    pool: Vec<u32>,
    first_arm: u32,
}

/// Records in the sections that functions fill, in the order of [`Room::KINDS`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Room([usize; 4]);

impl Room {
    /// The sections, in the order of the image.
    pub(crate) const KINDS: [SectionKind; 4] =
        [SectionKind::Leader, SectionKind::Code, SectionKind::BrTab, SectionKind::Line];

    /// Each section, with bytes.
    pub(crate) fn bytes(self) -> [(SectionKind, usize); 4] {
        let mut kinds = Self::KINDS.into_iter();
        self.0.map(|records| kinds.next().map_or((SectionKind::Code, 0), |kind| (kind, records * kind.record_len())))
    }
}

impl Chunk {
    /// Makes room for what so many bytes of bodies mostly become: two bytes of CODE each, and less than a byte of the rest.
    pub(crate) fn expect(&mut self, body_bytes: usize) {
        self.code.reserve(body_bytes / 4);
        self.leaders.reserve(body_bytes / 32);
        self.lines.reserve(body_bytes / 4);
    }

    /// Index of a constant in this chunk.
    pub(crate) fn constant(&mut self, bits: u64) -> u32 {
        match self.index_of.entry(bits) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                self.constants.push(bits);
                // CAST: fewer than bytes of wasm
                *entry.insert(self.constants.len() as u32 - 1)
            }
        }
    }

    /// Notes where the ops from a word of `code` on come from.
    #[inline]
    pub(crate) fn line(&mut self, pc: u32, wasm: u32) {
        let line = Line { pc, wasm };
        match &mut self.line_ends {
            Some((_, last)) => line.write(std::mem::replace(last, line), &mut self.lines),
            None => self.line_ends = Some((line, line)),
        }
    }

    /// Notes that the next op of `code` names a constant in that place.
    pub(crate) fn naming_constant(&mut self, at: At) {
        self.names_constant.push((self.code.len() as u32, at)); // CAST: as above
    }

    /// Notes that the next op of `code` names a record of `arms` in that place.
    pub(crate) fn naming_arms(&mut self, at: At) {
        self.names_arms.push((self.code.len() as u32, at)); // CAST: as above
    }

    /// Gives it its place in the module's image, behind the `room` that others take; its functions, with their places
    /// there, go to `placed`.
    pub(crate) fn settle(&mut self, module: &mut Module, room: &mut Room, placed: &mut Vec<Placed>) {
        self.pool = self.constants.iter().map(|bits| module.pool_index(*bits)).collect();
        // CAST: an image is shorter than 4 GiB, or it is refused.
        let [leaders, code, arms, _] = room.0.map(|records| records as u32);
        self.first_arm = arms;
        if let Some((first, last)) = self.line_ends {
            let moved = |line: Line| Line { pc: line.pc + code, ..line };
            moved(first).write(std::mem::replace(&mut module.last_line, moved(last)), &mut self.first_line);
        }
        for func in &self.referenced {
            module.reference(*func);
        }
        placed.extend(self.placed.drain(..).map(|mut p| {
            p.code += code;
            p.leader += leaders;
            for call in &mut p.calls {
                call.word += code;
            }
            p
        }));
        room.0.iter_mut().zip(self.room().0).for_each(|(all, more)| *all += more);
    }

    /// What it takes of the image, once it has its place.
    pub(crate) fn room(&self) -> Room {
        Room([self.leaders.len(), self.code.len(), self.arms.len(), self.first_line.len() + self.lines.len()])
    }

    /// Writes it to its part of each section, in the order of [`Room::KINDS`].
    pub(crate) fn write(mut self, [leaders, code, arms, lines]: [&mut [u8]; 4]) {
        let pool = &self.pool;
        for (word, at) in &self.names_constant {
            rename(&mut self.code, *word, *at, |constant| pool.get(constant as usize).copied().unwrap_or(0));
        }
        for (word, at) in &self.names_arms {
            rename(&mut self.code, *word, *at, |start| start + self.first_arm);
        }
        write(leaders, &self.leaders, Leader::to_bytes);
        write(code, &self.code, |word| word.to_le_bytes());
        write(arms, &self.arms, |arm| arm.to_le_bytes());
        let (first, rest) = lines.split_at_mut(self.first_line.len());
        first.copy_from_slice(&self.first_line);
        rest.copy_from_slice(&self.lines);
    }
}

/// Replaces a field of the op at a word.
fn rename(code: &mut [u64], word: u32, at: At, new: impl Fn(u32) -> u32) {
    let at_word = word as usize + usize::from(at.place().0);
    let Some(word) = code.get_mut(at_word) else { return };
    // Whichever of the two words it is.
    let mut words = Words { first: *word, ext: *word };
    words.set(at, new(words.get(at)));
    *word = if at.place().0 { words.ext } else { words.first };
}

/// Writes records of N bytes to their place.
fn write<T, const N: usize>(section: &mut [u8], records: &[T], bytes: impl Fn(&T) -> [u8; N]) {
    let (places, _) = section.as_chunks_mut::<N>();
    debug_assert_eq!(places.len(), records.len());
    for (place, record) in places.iter_mut().zip(records) {
        *place = bytes(record);
    }
}
