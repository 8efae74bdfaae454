//! The dispatch loop, three ways, over one set of bodies.
//!
//! | mode | how a handler goes on | where |
//! |---|---|---|
//! | `become` | guaranteed tail call | compilers with `explicit_tail_calls`; always in the kernel |
//! | `return` | call in tail position, which LLVM turns into a jump at opt-level >= 2 | stable compilers, optimised |
//! | `match` | returns to one `loop { match … }` | everywhere: debug builds, Miri, CPUs with real retpolines |
//!
//! A linked cell holds what its mode needs to find the handler: the opcode (`match`) or the
//! handler's address (tail modes), so the program must run in the mode that it
//! was linked for. All modes give the same results, memory and fuel.

mod match_loop;
#[cfg(any(dispatch_become, dispatch_return))]
mod tail;

use crate::{exec::Ctx, op::Op};

/// The seam between instances and what executes them: one per dispatch mode; a JIT will be another.
pub(crate) trait Backend {
    /// What a cell's handler word holds for an op, or for that of its second handlers that does what `sse` and `mask`
    /// ask for as far as it matters to the op; `None` stands for the end of an activation.
    fn handler(op: Option<Op>, sse: bool, mask: bool) -> usize;

    /// Runs from `ctx.ip` until the loop is left; `ctx` then says why and where.
    ///
    /// # Safety
    /// V1-V6 hold for `ctx`, and `ctx.ip` stands on a cell linked for this backend.
    unsafe fn enter(ctx: &mut Ctx);
}

macro_rules! modes {
    ($([$($cfg:meta)?] $doc:literal $name:ident = $text:literal, $backend:ty;)*) => {
        /// How ops are dispatched.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Mode { $($(#[cfg($cfg)])? #[doc = $doc] $name),* }

        impl Mode {
            /// The modes of this build, slowest first.
            pub const ALL: &'static [Mode] = &[$($(#[cfg($cfg)])? Mode::$name),*];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self { $($(#[cfg($cfg)])? Mode::$name => $text),* }
            }

            fn handler(self, op: Option<Op>, sse: bool, mask: bool) -> usize {
                match self { $($(#[cfg($cfg)])? Mode::$name => <$backend>::handler(op, sse, mask)),* }
            }

            /// # Safety
            /// As [`Backend::enter`].
            #[inline]
            pub(crate) unsafe fn enter(self, ctx: &mut Ctx) {
                // SAFETY: the caller's.
                unsafe { match self { $($(#[cfg($cfg)])? Mode::$name => <$backend>::enter(ctx)),* } }
            }
        }
    };
}

modes! {
    [] "One `loop { match … }`." Match = "match", match_loop::Match;
    [dispatch_return] "Sibling calls made by the optimiser." Return = "return", tail::by_return::Tail;
    [dispatch_become] "Tail calls guaranteed by the compiler." Become = "become", tail::by_become::Tail;
}

impl Default for Mode {
    /// The fastest of this build.
    fn default() -> Self {
        Mode::ALL.last().copied().unwrap_or(Mode::Match)
    }
}

impl core::str::FromStr for Mode {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Mode::ALL.iter().copied().find(|mode| mode.name() == name).ok_or(())
    }
}

/// What a program is linked for: a mode, and the kinds of handlers. All forms give the same results, memory
/// and fuel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Form {
    /// How ops are dispatched.
    pub mode: Mode,
    /// Floats by SSE2 instructions, where the compiler must not use them; see `exec/sse.rs`. Runs use SSE registers,
    /// which their caller must own.
    pub sse: bool,
    /// Loads and stores whose address stays in bounds under speculation, too; see `exec/nospec.rs`.
    pub mask: bool,
}

impl Form {
    /// What a cell's handler word holds for an op; `None` stands for the end of an activation.
    pub(crate) fn handler(self, op: Option<Op>) -> usize {
        self.mode.handler(op, self.sse, self.mask)
    }

    /// Every mode without and with all second handlers.
    pub fn all() -> impl Iterator<Item = Form> {
        Mode::ALL.iter().flat_map(|mode| [false, true].map(|second| Form { mode: *mode, sse: second, mask: second }))
    }

    /// The mode's name, with a mark for the second handlers.
    pub const fn name(self) -> (&'static str, &'static str) {
        let mark = match (self.sse, self.mask) {
            (false, false) => "",
            (true, false) => "+sse",
            (false, true) => "+mask",
            (true, true) => "+sse+mask",
        };
        (self.mode.name(), mark)
    }
}

impl From<Mode> for Form {
    /// The rows' own handlers.
    fn from(mode: Mode) -> Form {
        Form { mode, sse: false, mask: false }
    }
}

impl core::fmt::Display for Form {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (mode, mark) = self.name();
        write!(f, "{mode}{mark}")
    }
}
