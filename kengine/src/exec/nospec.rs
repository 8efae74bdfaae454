//! Indices that stay in bounds under speculation.
//!
//! A processor that mispredicts a bounds check may run on with an index out of bounds, and what it reads there can
//! be told from the caches afterwards (Spectre v1). The functions here bound an index by data, not by a branch: what
//! comes out depends on a comparison's flags, which the processor waits for. They are no checks of their own; the
//! check comes first and decides what the guest sees. The instructions are opaque to the compiler, which knows
//! from the check that they do nothing, and would drop them.

/// All ones if `index < len`, else 0.
#[inline(always)]
pub(crate) fn mask(index: usize, len: usize) -> usize {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        let mask: usize;
        // SAFETY: two instructions on registers. The carry of the comparison is set if `index < len`.
        unsafe {
            core::arch::asm!(
                "cmp {index}, {len}",
                "sbb {mask}, {mask}",
                index = in(reg) index,
                len = in(reg) len,
                mask = lateout(reg) mask,
                options(pure, nomem, nostack),
            );
        }
        mask
    }
    #[cfg(any(not(target_arch = "x86_64"), miri))]
    core::hint::black_box(usize::from(index < len).wrapping_neg())
}

/// `index` if it is less than `len`, else 0.
#[inline(always)]
pub(crate) fn index(index: usize, len: usize) -> usize {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        let mut index = index;
        // SAFETY: three instructions on registers; the mask takes the place of the length, because handlers are
        // short of registers.
        unsafe {
            core::arch::asm!(
                "cmp {index}, {len}",
                "sbb {len}, {len}",
                "and {index}, {len}",
                index = inout(reg) index,
                len = inout(reg) len => _,
                options(pure, nomem, nostack),
            );
        }
        index
    }
    #[cfg(any(not(target_arch = "x86_64"), miri))]
    {
        index & mask(index, len)
    }
}

/// The lesser of both.
#[inline(always)]
pub(crate) fn clamp(index: u32, last: u32) -> u32 {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        let mut index = index;
        // SAFETY: two instructions on registers.
        unsafe {
            core::arch::asm!(
                "cmp {last:e}, {index:e}",
                "cmovb {index:e}, {last:e}",
                index = inout(reg) index,
                last = in(reg) last,
                options(pure, nomem, nostack),
            );
        }
        index
    }
    #[cfg(any(not(target_arch = "x86_64"), miri))]
    core::hint::black_box(index.min(last))
}

#[cfg(test)]
mod tests {
    #[test]
    fn indices_are_bounded() {
        for len in [0, 1, 2, 7, usize::MAX / 2, usize::MAX] {
            for index in [0, 1, 2, 6, 7, 8, usize::MAX / 2, usize::MAX - 1, usize::MAX] {
                assert_eq!(super::mask(index, len), if index < len { usize::MAX } else { 0 }, "{index} {len}");
                assert_eq!(super::index(index, len), if index < len { index } else { 0 }, "{index} {len}");
            }
        }
        for last in [0, 1, 5, u32::MAX - 1, u32::MAX] {
            for index in [0, 1, 4, 5, 6, u32::MAX - 1, u32::MAX] {
                assert_eq!(super::clamp(index, last), index.min(last), "{index} {last}");
            }
        }
    }
}
