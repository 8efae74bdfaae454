//! Which host this is, and sleeping.

use crate::raw;

/// Version of the CommonWA specification that the host follows, as `(major, minor)`.
///
/// A guest runs on a host of the same major version and of the same or a later minor one.
pub fn spec_version() -> (i32, i32) {
    (raw::runtime_spec_major(), raw::runtime_spec_minor())
}

/// Name of the host, at most 32 bytes: `Cervus`.
#[cfg(feature = "alloc")]
pub fn runtime_name() -> alloc::string::String {
    let mut name = [0; 32];
    // SAFETY: pointer and length are those of `name`.
    let byte_len = unsafe { raw::runtime_name(name.as_mut_ptr(), name.len()) };
    let name = usize::try_from(byte_len)
        .ok()
        .and_then(|byte_len| name.get(..byte_len))
        .unwrap_or_default();
    alloc::string::String::from_utf8_lossy(name).into_owned()
}

/// Sleeps for at least `ms` milliseconds; more than `i32::MAX` of them count as `i32::MAX`.
pub fn sleep_ms(ms: u32) {
    raw::runtime_msleep(i32::try_from(ms).unwrap_or(i32::MAX));
}
