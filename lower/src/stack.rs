//! The operand stack at lowering time: values that may not have been computed into a slot yet.
//!
//! Slots of a frame: parameters and locals first, then temporaries from `base` on. Entry k of the
//! operand stack has the *home* slot `base + k`, where control-flow joins expect it. Elsewhere a
//! value may stand elsewhere: a temporary is written to its home if that is free and leaves no hole
//! above the height, else to the lowest free slot.

/// A value on the operand stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Value {
    /// In a temporary slot of its own.
    Temp(u16),
    /// The present value of a local; copied out before the local changes.
    Local(u16),
    /// A constant, as the bits of its slot.
    Const(u64),
}

impl Value {
    /// The slot that holds it, if one does.
    #[inline]
    pub(crate) fn slot(self) -> Option<u16> {
        match self {
            Value::Temp(slot) | Value::Local(slot) => Some(slot),
            Value::Const(_) => None,
        }
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Stack {
    pub(crate) values: Vec<Value>,
    /// First temporary slot.
    pub(crate) base: u32,
    /// How often each slot is on the stack: locals any number of times, temporaries once if they are in use. There is an
    /// entry for each slot below `base` at least.
    uses: Vec<u32>,
}

impl Stack {
    pub(crate) fn reset(&mut self, base: u32) {
        self.values.clear();
        self.base = base;
        self.uses.clear();
        // And for some temporaries.
        self.uses.resize(base as usize + 64, 0);
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// Home slot of entry `index`.
    #[inline]
    pub(crate) fn home(&self, index: usize) -> u32 {
        self.base + index as u32
    }

    #[inline]
    pub(crate) fn push(&mut self, value: Value) {
        self.hold(value);
        self.values.push(value);
    }

    #[inline]
    fn hold(&mut self, value: Value) {
        if let Some(slot) = value.slot() {
            match self.uses.get_mut(usize::from(slot)) {
                Some(uses) => *uses += 1,
                None => self.hold_more(slot),
            }
        }
    }

    /// As [`Stack::hold`], for a slot that no value has been in.
    #[cold]
    #[inline(never)]
    fn hold_more(&mut self, slot: u16) {
        self.uses.resize(usize::from(slot) + 1, 0);
        self.uses[usize::from(slot)] = 1;
    }

    /// Pops a value; its slot is free from here on, but keeps its contents until the next write.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<Value> {
        let value = self.values.pop()?;
        self.release(value);
        Some(value)
    }

    /// Replaces entry `index`.
    pub(crate) fn replace(&mut self, index: usize, value: Value) {
        let old = std::mem::replace(&mut self.values[index], value);
        self.release(old);
        self.hold(value);
    }

    #[inline]
    fn release(&mut self, value: Value) {
        if let Some(slot) = value.slot()
            && let Some(uses) = self.uses.get_mut(usize::from(slot))
        {
            *uses -= 1;
        }
    }

    /// Every value is in its home slot now.
    pub(crate) fn all_home(&mut self) {
        for i in 0..self.len() {
            self.release(self.values[i]);
        }
        for i in 0..self.len() {
            let home = self.home(i) as u16;
            self.values[i] = Value::Temp(home);
            self.hold(self.values[i]);
        }
    }

    #[inline]
    pub(crate) fn is_used(&self, slot: u32) -> bool {
        self.uses.get(slot as usize).is_some_and(|uses| *uses > 0)
    }

    /// Slot for a new temporary at stack position `len()`, given the height.
    #[inline]
    pub(crate) fn alloc(&self, height: u32) -> u32 {
        let home = self.home(self.len());
        if home <= height && !self.is_used(home) { home } else { self.lowest_free() }
    }

    /// Lowest temporary slot that no entry uses.
    pub(crate) fn lowest_free(&self) -> u32 {
        let temporaries = self.uses.get(self.base as usize..).unwrap_or(&[]);
        let at = temporaries.iter().position(|uses| *uses == 0).unwrap_or(temporaries.len());
        self.base + at as u32
    }

    /// One past the highest slot in use by entries `[0, count)`, at least `base`.
    pub(crate) fn top_of(&self, count: usize) -> u32 {
        let slots = self.values[..count].iter().filter_map(|v| match v {
            Value::Temp(slot) => Some(u32::from(*slot) + 1),
            _ => None,
        });
        slots.max().unwrap_or(self.base)
    }

    /// Whether a local is on the stack.
    #[inline]
    pub(crate) fn is_pending(&self, local: u16) -> bool {
        self.is_used(local.into())
    }

    /// Entries that are not in their home slot, from entry `from` on.
    pub(crate) fn displaced(&self, from: usize) -> bool {
        (from..self.len()).any(|i| self.values[i] != Value::Temp(self.home(i) as u16))
    }
}
