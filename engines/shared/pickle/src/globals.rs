//! The only names that a pickle may refer to.

use crate::dtype::Dtype;
use crate::error::UnpickleError;

/// Whose names a pickle may refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Permitted {
    /// numpy's.
    Numpy,
    /// numpy's and torch's.
    Torch,
}

/// A permitted name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Global {
    Reconstruct,
    NdArray,
    Dtype,
    Scalar,
    FromBuffer,
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    Storage(Dtype),
}

impl Global {
    /// numpy moved its inner modules from `core` to `_core` in version 2; both are read.
    pub(super) fn named(module: &str, name: &str, permitted: Permitted) -> Result<Self, UnpickleError> {
        let of_numpy = match (module, name) {
            ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => Some(Self::Reconstruct),
            ("numpy.core.multiarray" | "numpy._core.multiarray", "scalar") => Some(Self::Scalar),
            ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => Some(Self::FromBuffer),
            ("numpy", "ndarray") => Some(Self::NdArray),
            ("numpy", "dtype") => Some(Self::Dtype),
            _ => None,
        };
        let of_torch = || match (module, name) {
            ("collections", "OrderedDict") => Some(Self::OrderedDict),
            ("torch._utils", "_rebuild_tensor_v2") => Some(Self::RebuildTensor),
            ("torch._utils", "_rebuild_parameter") => Some(Self::RebuildParameter),
            ("torch", class) => Dtype::of_storage(class).map(Self::Storage),
            _ => None,
        };
        let found = if permitted == Permitted::Torch { of_numpy.or_else(of_torch) } else { of_numpy };
        found.ok_or_else(|| UnpickleError::Global(format!("{module}.{name}")))
    }
}
