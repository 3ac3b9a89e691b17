//! Results as sets of numbers compare them.

use engine_golden::Values;
use tch::{Kind, Tensor};

/// A result of libtorch's as the set compares it.
pub(crate) fn from_torch(tensor: &Tensor) -> engine_golden::Tensor {
    let shape: Vec<usize> = tensor.size().iter().map(|extent| extent.unsigned_abs() as usize).collect();
    let flat = tensor.contiguous().view(-1);
    let values = match tensor.kind() {
        Kind::Float => Vec::try_from(&flat).map(Values::F32),
        Kind::Double => Vec::try_from(&flat).map(Values::F64),
        Kind::Int64 => Vec::try_from(&flat).map(Values::I64),
        Kind::Uint8 => Vec::try_from(&flat).map(Values::U8),
        other => panic!("results of kind {other:?} are not compared"),
    };
    engine_golden::Tensor::new(&shape, values.expect("a row of numbers"))
}
