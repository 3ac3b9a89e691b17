//! A tensor of the set, whatever its type.

use safetensors::Dtype;
use safetensors::tensor::TensorView;

/// Numbers in row-major order with their shape.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tensor {
    /// The extent of each axis.
    pub(crate) shape: Vec<usize>,
    /// The values and their type.
    pub(crate) values: Values,
}

/// The values of a tensor.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Values {
    F32(Vec<f32>),
    F64(Vec<f64>),
    I64(Vec<i64>),
    U8(Vec<u8>),
}

impl Tensor {
    pub(crate) fn f32(shape: &[usize], values: Vec<f32>) -> Self {
        Self::new(shape, Values::F32(values))
    }

    pub(crate) fn f64(shape: &[usize], values: Vec<f64>) -> Self {
        Self::new(shape, Values::F64(values))
    }

    pub(crate) fn u8(shape: &[usize], values: Vec<u8>) -> Self {
        Self::new(shape, Values::U8(values))
    }

    pub(crate) fn new(shape: &[usize], values: Values) -> Self {
        let tensor = Self { shape: shape.to_vec(), values };
        assert_eq!(shape.iter().product::<usize>(), tensor.len(), "shape {shape:?} does not hold its values");
        tensor
    }

    /// Reads a stored tensor.
    pub(crate) fn stored(view: &TensorView<'_>) -> Self {
        let bytes = view.data();
        let values = match view.dtype() {
            Dtype::F32 => Values::F32(words(bytes, f32::from_le_bytes)),
            Dtype::F64 => Values::F64(words(bytes, f64::from_le_bytes)),
            Dtype::I64 => Values::I64(words(bytes, i64::from_le_bytes)),
            Dtype::I32 => Values::I64(words(bytes, |word| i64::from(i32::from_le_bytes(word)))),
            Dtype::U8 | Dtype::BOOL => Values::U8(bytes.to_vec()),
            other => panic!("a stored tensor has the type {other:?}, which the harness does not read"),
        };
        Self::new(view.shape(), values)
    }

    pub(crate) fn len(&self) -> usize {
        match &self.values {
            Values::F32(values) => values.len(),
            Values::F64(values) => values.len(),
            Values::I64(values) => values.len(),
            Values::U8(values) => values.len(),
        }
    }

    /// The name that records use for the type.
    pub(crate) fn dtype(&self) -> &'static str {
        match self.values {
            Values::F32(_) => "f32",
            Values::F64(_) => "f64",
            Values::I64(_) => "i64",
            Values::U8(_) => "u8",
        }
    }

    /// Value number `index`, as a double.
    pub(crate) fn at(&self, index: usize) -> f64 {
        match &self.values {
            Values::F32(values) => f64::from(values[index]),
            Values::F64(values) => values[index],
            Values::I64(values) => values[index] as f64,
            Values::U8(values) => f64::from(values[index]),
        }
    }

    /// The values as f32.
    pub(crate) fn to_f32(&self) -> Vec<f32> {
        match &self.values {
            Values::F32(values) => values.clone(),
            _ => (0..self.len()).map(|index| self.at(index) as f32).collect(),
        }
    }

    /// The bytes of a u8 tensor.
    pub(crate) fn to_u8(&self) -> Vec<u8> {
        match &self.values {
            Values::U8(values) => values.clone(),
            _ => panic!("{} values where bytes are expected", self.dtype()),
        }
    }
}

fn words<const N: usize, T>(bytes: &[u8], word: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks::<N>().0.iter().map(|chunk| word(*chunk)).collect()
}
