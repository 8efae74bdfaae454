//! What a run of functions adds to the image, made before its place there is known.
//!
//! Several threads lower runs of functions; each run has a chunk of its own, with records as if it were the whole
//! module. [`Chunk::append`] puts them behind those of the run before, and renumbers what names a record of the
//! image: places in CODE, LEADER and BRTAB, and constants, which are numbered by their first use in the module.
//! So the image is the same however the functions were shared out.

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
    /// The first and the last line.
    line_ends: Option<(Line, Line)>,
    /// The functions, in order.
    pub(crate) placed: Vec<Placed>,
    /// Functions that the code takes a reference of.
    pub(crate) referenced: Vec<u32>,
    /// Constants in the order of their first use, and where each is in that list.
    constants: Vec<u64>,
    index_of: HashMap<u64, u32>,
    /// Words that name a constant, or a record of `arms`, and the place of that field.
    names_constant: Vec<(u32, At)>,
    names_arms: Vec<(u32, At)>,
}

impl Chunk {
    /// Makes room for what so many bytes of bodies mostly become: two bytes of CODE each, and less than a byte of the rest.
    pub(crate) fn expect(&mut self, body_bytes: usize) {
        self.code.reserve(body_bytes / 4);
        self.leaders.reserve(body_bytes / 32);
        self.lines.reserve(body_bytes / 4);
    }

    /// Makes room in the module's image for all chunks.
    pub(crate) fn make_room<'c>(chunks: impl Iterator<Item = &'c Chunk>, module: &mut Module) {
        let mut room = [(SectionKind::Code, 0), (SectionKind::Leader, 0), (SectionKind::Line, 0)];
        for chunk in chunks {
            // Ten bytes for the first line, at most.
            let more = [chunk.code.len(), chunk.leaders.len(), chunk.lines.len() + 10];
            room.iter_mut().zip(more).for_each(|((_, all), more)| *all += more);
        }
        for (kind, records) in room {
            module.image.section(kind).reserve_exact(records * kind.record_len());
        }
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

    /// Appends it to the module's image; its functions, with their places there, to `placed`.
    pub(crate) fn append(mut self, module: &mut Module, placed: &mut Vec<Placed>) {
        let constants: Vec<u32> = self.constants.iter().map(|bits| module.pool_index(*bits)).collect();
        // CAST: an image is shorter than 4 GiB, or it is refused.
        let mut count = |kind: SectionKind| (module.image.section(kind).len() / kind.record_len()) as u32;
        let (code, leaders, arms) = (count(SectionKind::Code), count(SectionKind::Leader), count(SectionKind::BrTab));
        for (word, at) in &self.names_constant {
            rename(&mut self.code, *word, *at, |constant| constants.get(constant as usize).copied().unwrap_or(0));
        }
        for (word, at) in &self.names_arms {
            rename(&mut self.code, *word, *at, |start| start + arms);
        }
        write(module, SectionKind::Code, &self.code, |word| word.to_le_bytes());
        write(module, SectionKind::Leader, &self.leaders, |leader| {
            let (pc, height, credit) =
                (leader.pc.to_le_bytes(), leader.height.to_le_bytes(), leader.credit.to_le_bytes());
            [pc[0], pc[1], pc[2], pc[3], height[0], height[1], credit[0], credit[1]]
        });
        write(module, SectionKind::BrTab, &self.arms, |arm| arm.to_le_bytes());
        if let Some((first, last)) = self.line_ends {
            let moved = |line: Line| Line { pc: line.pc + code, ..line };
            let map = module.image.section(SectionKind::Line);
            moved(first).write(std::mem::replace(&mut module.last_line, moved(last)), map);
            map.append(&mut self.lines);
        }
        for func in self.referenced {
            module.reference(func);
        }
        placed.extend(self.placed.into_iter().map(|mut p| {
            p.code += code;
            p.leader += leaders;
            for call in &mut p.calls {
                call.word += code;
            }
            p
        }));
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

/// Appends records of N bytes to a section.
fn write<T, const N: usize>(module: &mut Module, kind: SectionKind, records: &[T], bytes: impl Fn(&T) -> [u8; N]) {
    debug_assert_eq!(kind.record_len(), N);
    let section = module.image.section(kind);
    let start = section.len();
    section.resize(start + records.len() * N, 0);
    let (places, _) = section[start..].as_chunks_mut::<N>();
    for (place, record) in places.iter_mut().zip(records) {
        *place = bytes(record);
    }
}
