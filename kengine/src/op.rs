//! Opcodes and their rows, as `build/` expanded them from [`crate::isa`], and the encoding of one op.

use crate::isa::{At, EXT, Effects, Field, Kind, POLL_MAX, VERSION};

include!(concat!(env!("OUT_DIR"), "/ops.rs"));

/// What the table says about one op.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Name in the text form.
    pub name: &'static str,
    /// Fields in encoding order.
    pub fields: &'static [Field],
    /// Length in 8-byte words, 1 or 2.
    pub words: u8,
    /// Cost in fuel units, at least 1, before what operands add (see [`Row::cost`]).
    pub weight: u16,
    /// Everything else.
    pub effects: Effects,
    /// Kinds of its fields, as bits by [`Kind::number`].
    pub kinds: u32,
    /// Where slots stand that it reads: `Src` and `SrcDst`.
    pub reads: Lanes,
    /// Where slots stand that it writes and does not read: `Dst`.
    pub writes: Lanes,
    /// Where numbers of slots stand: those of `reads` and `writes`, `CallBase` and `Window`.
    pub slots: Lanes,
    /// Bits of the words that belong to no field, nor to the opcode or [`EXT`].
    pub free: Words,
}

impl Row {
    /// Fuel units that one execution of this op costs statically; `count` is its `Count` field, if
    /// it has one, and `host` the declared cost of the imported function, for `call_import`.
    #[inline]
    pub const fn cost(&self, count: u32, host: u32) -> u32 {
        (self.weight as u32).saturating_add(count / 64).saturating_add(host)
    }

    /// Whether it has a field of that kind; of windows, of any length.
    #[inline]
    pub const fn has(&self, kind: Kind) -> bool {
        self.kinds & (1 << kind.number()) != 0
    }

    /// The field of that kind, if the row has one.
    #[inline]
    pub fn field(&self, kind: Kind) -> Option<&'static Field> {
        if self.has(kind) { self.fields.iter().find(|f| f.kind == kind) } else { None }
    }
}

/// Some of the eight 16-bit lanes of an op's words, as bits: 0 is the opcode, 1 to 3 are A to C, 5 to 7 are D to F.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lanes(u8);

impl Lanes {
    /// The first of these lanes.
    #[inline]
    pub const fn first(self) -> Option<u32> {
        if self.0 == 0 { None } else { Some(self.0.trailing_zeros()) }
    }

    /// Whether any is in the second word.
    #[inline(always)]
    const fn in_second(self) -> bool {
        self.0 > 15
    }

    /// The highest bit of each of these lanes.
    #[inline(always)]
    const fn marks(self) -> Words {
        /// By four bits.
        const MARKS: [u64; 16] = {
            let mut marks = [0; 16];
            let mut bits = 0;
            while bits < 16 {
                let mut lane = 0;
                while lane < 4 {
                    marks[bits] |= ((bits >> lane & 1) as u64) << (16 * lane + 15);
                    lane += 1;
                }
                bits += 1;
            }
            marks
        };
        #[allow(clippy::indexing_slicing, reason = "four bits are below 16")]
        Words { first: MARKS[(self.0 & 15) as usize], ext: MARKS[(self.0 >> 4) as usize] }
    }
}

/// A number to compare those of four lanes with, at once.
#[derive(Clone, Copy)]
struct Bound(u64);

impl Bound {
    #[inline(always)]
    const fn new(bound: u16) -> Bound {
        Bound((bound as u64).wrapping_mul(0x0001_0001_0001_0001))
    }

    /// Lanes whose number is at least the bound, by their highest bit; all other bits are of no meaning.
    #[inline(always)]
    const fn reached_by(self, word: u64) -> u64 {
        const TOP: u64 = 0x8000_8000_8000_8000;
        // A difference of the lower 15 bits, in each lane, whose highest bit stays unless that borrows from it.
        let lower = (word | TOP).wrapping_sub(self.0 & !TOP);
        (word & !self.0) | (!(word ^ self.0) & lower)
    }
}

impl Op {
    /// The opcode with this number.
    #[inline]
    pub fn from_u16(code: u16) -> Option<Op> {
        OPS.get(usize::from(code).checked_sub(1)?).copied()
    }

    /// Its row.
    #[inline]
    pub fn row(self) -> &'static Row {
        static FALLBACK: Row = Row {
            name: "",
            fields: &[],
            words: 1,
            weight: 1,
            effects: Effects::empty(),
            kinds: 0,
            reads: Lanes(0),
            writes: Lanes(0),
            slots: Lanes(0),
            free: Words { first: u64::MAX, ext: u64::MAX },
        };
        // Every opcode has a row: both arrays come from one list.
        ROWS.get((self as usize).wrapping_sub(1)).unwrap_or(&FALLBACK)
    }
}

/// The words of one op. `ext` is 0 for a one-word op.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub struct Words {
    /// First word.
    pub first: u64,
    /// Second word, with [`EXT`] in its low 16 bits.
    pub ext: u64,
}

impl Words {
    /// An op with all fields zero.
    #[inline]
    pub fn new(op: Op) -> Words {
        Words { first: op as u64, ext: if op.row().words == 2 { EXT as u64 } else { 0 } }
    }

    /// The opcode number.
    #[inline]
    pub const fn code(self) -> u16 {
        self.first as u16 // CAST: the low 16 bits are the opcode
    }

    /// Raw value of the field at a place, zero-extended.
    #[inline]
    pub const fn get(self, at: At) -> u32 {
        let (second, shift, mask) = at.place();
        let word = if second { self.ext } else { self.first };
        ((word >> shift) & mask) as u32 // CAST: masked to at most 32 bits
    }

    /// Replaces the field at a place; bits that do not fit are cut off.
    #[inline]
    pub const fn set(&mut self, at: At, value: u32) {
        let (second, shift, mask) = at.place();
        let word = if second { &mut self.ext } else { &mut self.first };
        *word = (*word & !(mask << shift)) | ((value as u64 & mask) << shift);
    }

    /// The number in a lane below 8; see [`Lanes`].
    #[inline]
    pub const fn lane(self, lane: u32) -> u16 {
        let word = if lane < 4 { self.first } else { self.ext };
        (word >> (lane % 4 * 16)) as u16 // CAST: the lowest 16 bits are the lane
    }

    /// Sets the field at a place, which is zero; bits that do not fit are cut off.
    #[inline]
    pub const fn put(&mut self, at: At, value: u32) {
        let (second, shift, mask) = at.place();
        let word = if second { &mut self.ext } else { &mut self.first };
        *word |= (value as u64 & mask) << shift;
    }

    /// Marks those of some lanes whose number is at least `bound` by their highest bit; all other bits are 0.
    #[inline(always)]
    pub const fn at_least(self, lanes: Lanes, bound: u16) -> Words {
        let bound = Bound::new(bound);
        let marks = lanes.marks();
        let first = bound.reached_by(self.first) & marks.first;
        // Most ops have one word.
        Words { first, ext: if lanes.in_second() { bound.reached_by(self.ext) & marks.ext } else { 0 } }
    }

    /// Whether the number in one of `a` is at least `bound_a`, or that in one of `b` at least `bound_b`.
    #[inline(always)]
    pub const fn any_at_least(self, a: Lanes, bound_a: u16, b: Lanes, bound_b: u16) -> bool {
        let (bound_a, bound_b, a, b) = (Bound::new(bound_a), Bound::new(bound_b), a.marks(), b.marks());
        let mut found = bound_a.reached_by(self.first) & a.first | bound_b.reached_by(self.first) & b.first;
        if a.ext | b.ext != 0 {
            found |= bound_a.reached_by(self.ext) & a.ext | bound_b.reached_by(self.ext) & b.ext;
        }
        found != 0
    }

    /// Whether any bit is set.
    #[inline]
    pub const fn any(self) -> bool {
        self.first | self.ext != 0
    }

    /// Whether bits are set that belong to no field of the row: they must be zero in an image.
    #[inline]
    pub const fn stray_bits(self, row: &Row) -> bool {
        (self.first & row.free.first) | (self.ext & row.free.ext) != 0
    }
}

/// Hash of everything that gives an image its meaning: names, fields, weights, effects, limits. An
/// image built for another table is refused. FNV-1a, 64 bits; it guards against mistakes, not
/// against attackers (the checker does that).
pub const fn table_hash() -> u64 {
    const fn mix(mut hash: u64, bytes: &[u8]) -> u64 {
        let mut i = 0;
        while i < bytes.len() {
            // In range by the loop's condition; `get` is not const yet.
            #[allow(clippy::indexing_slicing, reason = "evaluated at compile time")]
            let byte = bytes[i];
            hash = (hash ^ byte as u64).wrapping_mul(0x100_0000_01b3);
            i += 1;
        }
        hash
    }
    let mut hash = mix(0xcbf2_9ce4_8422_2325, &VERSION.to_le_bytes());
    hash = mix(hash, &POLL_MAX.to_le_bytes());
    let mut i = 0;
    while i < OP_COUNT {
        #[allow(clippy::indexing_slicing, reason = "evaluated at compile time")]
        let row = &ROWS[i];
        hash = mix(hash, row.name.as_bytes());
        hash = mix(hash, &[row.words]);
        hash = mix(hash, &row.weight.to_le_bytes());
        hash = mix(hash, &row.effects.bits().to_le_bytes());
        let mut j = 0;
        while j < row.fields.len() {
            #[allow(clippy::indexing_slicing, reason = "evaluated at compile time")]
            let field = &row.fields[j];
            hash = mix(hash, field.name.as_bytes());
            hash = mix(hash, &[field.at as u8]);
            let kind = match field.kind {
                Kind::Window(n) => [0xff, n],
                Kind::Which(n) => [0xfe, n],
                kind => [kind.number() as u8, 0], // CAST: below 32
            };
            hash = mix(hash, &kind);
            j += 1;
        }
        i += 1;
    }
    hash
}

/// [`table_hash`] of this build.
pub const TABLE_HASH: u64 = table_hash();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_opcodes_agree() {
        for (i, op) in OPS.iter().enumerate() {
            assert_eq!(*op as usize, i + 1);
            assert_eq!(Op::from_u16(*op as u16), Some(*op));
            assert!(op.row().weight >= 1, "{}", op.row().name);
        }
        assert_eq!(Op::from_u16(0), None);
        assert_eq!(Op::from_u16(EXT), None);
    }

    #[test]
    fn fields_do_not_overlap_and_keep_their_values() {
        for op in OPS {
            let row = op.row();
            let mut words = Words::new(op);
            for (i, field) in row.fields.iter().enumerate() {
                words.set(field.at, 0x1111 * (i as u32 + 1));
            }
            for (i, field) in row.fields.iter().enumerate() {
                assert_eq!(words.get(field.at), 0x1111 * (i as u32 + 1), "{}", row.name);
            }
            assert_eq!(words.code(), op as u16);
            assert!(!words.stray_bits(row), "{}", row.name);
            for bit in 16..64 {
                let mut one = Words::new(op);
                one.first |= 1 << bit;
                let in_field = row.fields.iter().any(|f| one.get(f.at) != 0);
                assert_eq!(one.stray_bits(row), !in_field, "{} {bit}", row.name);
                let two = Words { ext: Words::new(op).ext | 1 << bit, ..Words::new(op) };
                let in_field = row.fields.iter().any(|f| two.get(f.at) != 0);
                assert_eq!(two.stray_bits(row), !in_field, "{} {bit}", row.name);
            }
            for kind in row.fields.iter().map(|f| f.kind) {
                assert!(row.has(kind) && row.field(kind).is_some_and(|f| f.kind == kind), "{}", row.name);
            }
            let lanes = |kinds: u32| {
                let of_kind = row.fields.iter().filter(|f| kinds & 1 << f.kind.number() != 0);
                Lanes(of_kind.map(|f| 1 << f.at.lane()).sum())
            };
            assert_eq!(row.reads, lanes(Kind::bits(&[Kind::Src, Kind::SrcDst])), "{}", row.name);
            assert_eq!(row.writes, lanes(Kind::bits(&[Kind::Dst])), "{}", row.name);
            let slots = [Kind::Src, Kind::SrcDst, Kind::Dst, Kind::CallBase, Kind::Window(0)];
            assert_eq!(row.slots, lanes(Kind::bits(&slots)), "{}", row.name);
            assert_eq!(row.has(Kind::Count), row.fields.iter().any(|f| f.kind == Kind::Count), "{}", row.name);
        }
    }
    #[test]
    fn lanes_are_compared_each_by_itself() {
        let numbers = [0, 1, 2, 0x7ffe, 0x7fff, 0x8000, 0x8001, 0xfffe, 0xffff];
        for lanes in 0..=255 {
            for bound in numbers {
                for at in 0..numbers.len() {
                    let number = |lane: u32| numbers[(at + 5 * lane as usize) % numbers.len()];
                    let word = |from: u32| (0..4).map(|i| u64::from(number(from + i)) << (16 * i)).sum();
                    let marked = |from: u32| {
                        let is_marked = |i: &u32| lanes >> (from + i) & 1 != 0 && number(from + i) >= bound;
                        (0..4).filter(is_marked).map(|i| 0x8000 << (16 * i)).sum::<u64>()
                    };
                    let words = Words { first: word(0), ext: word(4) };
                    let found = words.at_least(Lanes(lanes), bound);
                    assert_eq!(found, Words { first: marked(0), ext: marked(4) });
                    assert_eq!(words.any_at_least(Lanes(lanes), bound, Lanes(0), 0), found.any());
                    assert_eq!(words.any_at_least(Lanes(0x11), u16::MAX, Lanes(lanes), bound), {
                        found.any() || number(0) == u16::MAX || number(4) == u16::MAX
                    });
                }
            }
        }
    }
}
