//! The only names that a pickle may refer to.

use crate::error::UnpickleError;

/// A permitted name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Global {
    Reconstruct,
    NdArray,
    Dtype,
    Scalar,
    FromBuffer,
}

impl Global {
    /// numpy moved its inner modules from `core` to `_core` in version 2; both are read.
    pub(super) fn named(module: &str, name: &str) -> Result<Self, UnpickleError> {
        match (module, name) {
            ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => Ok(Self::Reconstruct),
            ("numpy.core.multiarray" | "numpy._core.multiarray", "scalar") => Ok(Self::Scalar),
            ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => Ok(Self::FromBuffer),
            ("numpy", "ndarray") => Ok(Self::NdArray),
            ("numpy", "dtype") => Ok(Self::Dtype),
            _ => Err(UnpickleError::Global(format!("{module}.{name}"))),
        }
    }
}
