//! A library that exports no engine.

/// Something else that a library may export.
pub extern "C" fn unrelated() -> u32 {
    7
}
