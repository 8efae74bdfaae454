//! Why a guest was ended: trap codes of the wasm specification and the engine's own.

/// Reason of a trap. The first group has the names and texts of the wasm specification.
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum TrapCode {
    /// `unreachable` executed.
    Unreachable = 1,
    /// Access past the end of linear memory.
    MemoryOutOfBounds,
    /// Table access past its end, other than by an indirect call.
    TableOutOfBounds,
    /// Indirect call through a null element.
    IndirectCallToNull,
    /// Indirect call with an index past the end of the table.
    UndefinedElement,
    /// Indirect call of a function with another signature.
    BadSignature,
    /// Integer division by zero.
    IntegerDivideByZero,
    /// Result of a division or truncation does not fit.
    IntegerOverflow,
    /// Truncation of NaN.
    InvalidConversionToInteger,
    /// The value stack is used up.
    StackOverflow,
    /// The run's fuel is used up.
    OutOfFuel,
    /// A host function refused its arguments; the host keeps the details.
    Host,
    /// The system had no memory for something the guest was entitled to.
    OutOfMemory,
}

impl TrapCode {
    /// Every code, in order of its number.
    pub const ALL: [TrapCode; 13] = [
        TrapCode::Unreachable,
        TrapCode::MemoryOutOfBounds,
        TrapCode::TableOutOfBounds,
        TrapCode::IndirectCallToNull,
        TrapCode::UndefinedElement,
        TrapCode::BadSignature,
        TrapCode::IntegerDivideByZero,
        TrapCode::IntegerOverflow,
        TrapCode::InvalidConversionToInteger,
        TrapCode::StackOverflow,
        TrapCode::OutOfFuel,
        TrapCode::Host,
        TrapCode::OutOfMemory,
    ];

    /// The code with this number.
    pub fn from_u16(code: u16) -> Option<TrapCode> {
        Self::ALL.get(usize::from(code).checked_sub(1)?).copied()
    }

    /// Text as in the specification's test suite, where it has one.
    pub const fn message(self) -> &'static str {
        match self {
            TrapCode::Unreachable => "unreachable",
            TrapCode::MemoryOutOfBounds => "out of bounds memory access",
            TrapCode::TableOutOfBounds => "out of bounds table access",
            TrapCode::IndirectCallToNull => "uninitialized element",
            TrapCode::UndefinedElement => "undefined element",
            TrapCode::BadSignature => "indirect call type mismatch",
            TrapCode::IntegerDivideByZero => "integer divide by zero",
            TrapCode::IntegerOverflow => "integer overflow",
            TrapCode::InvalidConversionToInteger => "invalid conversion to integer",
            TrapCode::StackOverflow => "call stack exhausted",
            TrapCode::OutOfFuel => "out of fuel",
            TrapCode::Host => "host function failed",
            TrapCode::OutOfMemory => "out of memory",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_codes_agree() {
        for code in TrapCode::ALL {
            assert_eq!(TrapCode::from_u16(code as u16), Some(code));
        }
        assert_eq!(TrapCode::from_u16(0), None);
        assert_eq!(TrapCode::from_u16(TrapCode::ALL.len() as u16 + 1), None);
    }
}
