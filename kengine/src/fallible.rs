//! Allocation that reports failure, in terms that also exist under `no_global_oom_handling`.

use alloc::vec::Vec;

/// The system has no memory for this.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OutOfMemory;

/// Appends `value`, growing the vector if need be.
///
/// # Errors
/// [`OutOfMemory`]; the vector is as before.
pub(crate) fn push<T>(vec: &mut Vec<T>, value: T) -> Result<(), OutOfMemory> {
    if vec.capacity() == 0 {
        // Most vectors of an instance hold one element or none.
        vec.try_reserve_exact(1).map_err(|_| OutOfMemory)?;
    } else if vec.len() == vec.capacity() {
        vec.try_reserve(1).map_err(|_| OutOfMemory)?;
    }
    let len = vec.len();
    match vec.spare_capacity_mut().first_mut() {
        Some(place) => place.write(value),
        None => return Err(OutOfMemory),
    };
    // SAFETY: the element at `len` was just written, and `len < capacity`.
    unsafe { vec.set_len(len.wrapping_add(1)) };
    Ok(())
}

/// A vector of `len` copies of `value`.
///
/// # Errors
/// [`OutOfMemory`].
pub(crate) fn filled<T: Copy>(len: usize, value: T) -> Result<Vec<T>, OutOfMemory> {
    let mut vec = Vec::new();
    extend(&mut vec, len, value)?;
    Ok(vec)
}

/// Appends `count` copies of `value`.
///
/// # Errors
/// [`OutOfMemory`]; the vector is as before.
pub(crate) fn extend<T: Copy>(vec: &mut Vec<T>, count: usize, value: T) -> Result<(), OutOfMemory> {
    if vec.capacity() == 0 {
        vec.try_reserve_exact(count).map_err(|_| OutOfMemory)?;
    }
    vec.try_reserve(count).map_err(|_| OutOfMemory)?;
    let len = vec.len();
    for place in vec.spare_capacity_mut().iter_mut().take(count) {
        place.write(value);
    }
    // SAFETY: `count` elements from `len` on were just written; the reservation made room for them.
    unsafe { vec.set_len(len.wrapping_add(count)) };
    Ok(())
}
