//! How much is spent on the values and loops of one function.
//!
//! Nothing here decides whether a bound holds, only whether it is found. Modules whose calls are followed are small, and
//! there nothing is spared. In others the dear steps are left to functions with few values, and rounds of the ranges end
//! sooner: most loops there wait for what no analysis of one function can know, and the time of all is to stay within a
//! few times that of plain validation.

/// Limits of effort. Values are those that a function has once it is in SSA form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// Values of a function from which on equal values are not looked for, and stack slots are given up at the second
    /// computed index that may reach one.
    pub(crate) unified: usize,
    /// Values of a function from which on the ranges are computed only once, and narrowed once by what was found, loops
    /// are not followed, and the entries of a loop are not taken apart into the ways that lead there.
    pub(crate) large: usize,
    /// Steps from what a branch says of a value to what branches say of the other side.
    pub(crate) depth: u32,
    /// Facts of one value that are looked at; the rest cost precision only.
    pub(crate) sites: usize,
    /// Rounds before every change is widened to the end of the type; where many values are analysed, and where few are.
    pub(crate) patience: (usize, usize),
    /// Changes of a variable at a loop's head before it is widened to the next constant that something is compared with,
    /// and before it is widened to the end of the type.
    pub(crate) changes: (u8, u8),
    /// Values that are evaluated while one loop is followed round by round.
    pub(crate) followed: usize,
    /// Whether steps are taken that seldom find anything: loops followed in which there are only sums and differences,
    /// and those for which there is a bound that may be far from the truth; all rules asked again when a few sets have
    /// become narrower; steps taken as they are chosen where each choice has been looked at.
    pub(crate) is_thorough: bool,
}

impl Effort {
    /// For modules whose calls are followed.
    pub(crate) const ALL: Self = Self {
        unified: 2_000,
        large: 700,
        depth: 2,
        sites: 32,
        patience: (6, 12),
        changes: (2, 6),
        followed: 2_400,
        is_thorough: true,
    };

    /// For others.
    pub(crate) const SHARED: Self = Self {
        unified: 0,
        large: 200,
        depth: 1,
        sites: 16,
        patience: (1, 1),
        changes: (1, 2),
        followed: 600,
        is_thorough: false,
    };
}
