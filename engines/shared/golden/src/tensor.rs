//! A tensor in memory, whatever its type: what sets hold and stages give.

use safetensors::Dtype;
use safetensors::tensor::TensorView;

/// Numbers in row-major order with their shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// The extent of each axis.
    pub shape: Vec<usize>,
    /// The values and their type.
    pub values: Values,
}

/// The values of a tensor.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Single precision.
    F32(Vec<f32>),
    /// Double precision.
    F64(Vec<f64>),
    /// Whole numbers of 16, 32 or 64 bits, with a sign.
    I64(Vec<i64>),
    /// Bytes and truth values.
    U8(Vec<u8>),
}

impl Tensor {
    /// A tensor of f32.
    ///
    /// # Panics
    /// If the shape does not hold the values.
    #[must_use]
    pub fn f32(shape: &[usize], values: Vec<f32>) -> Self {
        Self::new(shape, Values::F32(values))
    }

    /// A tensor of f64; panics as [`Self::f32`] does.
    #[must_use]
    pub fn f64(shape: &[usize], values: Vec<f64>) -> Self {
        Self::new(shape, Values::F64(values))
    }

    /// A tensor of bytes; panics as [`Self::f32`] does.
    #[must_use]
    pub fn u8(shape: &[usize], values: Vec<u8>) -> Self {
        Self::new(shape, Values::U8(values))
    }

    /// A tensor of any type; panics as [`Self::f32`] does.
    #[must_use]
    pub fn new(shape: &[usize], values: Values) -> Self {
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
            Dtype::I16 => Values::I64(words(bytes, |word| i64::from(i16::from_le_bytes(word)))),
            Dtype::I32 => Values::I64(words(bytes, |word| i64::from(i32::from_le_bytes(word)))),
            Dtype::U8 | Dtype::BOOL => Values::U8(bytes.to_vec()),
            other => panic!("a stored tensor has the type {other:?}, which the harness does not read"),
        };
        Self::new(view.shape(), values)
    }

    /// The number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.values {
            Values::F32(values) => values.len(),
            Values::F64(values) => values.len(),
            Values::I64(values) => values.len(),
            Values::U8(values) => values.len(),
        }
    }

    /// Whether there are no values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name of the type: f32, f64, i64 or u8.
    #[must_use]
    pub fn dtype(&self) -> &'static str {
        match self.values {
            Values::F32(_) => "f32",
            Values::F64(_) => "f64",
            Values::I64(_) => "i64",
            Values::U8(_) => "u8",
        }
    }

    /// Value number `index`, as a double.
    ///
    /// # Panics
    /// If there are fewer.
    #[must_use]
    pub fn at(&self, index: usize) -> f64 {
        match &self.values {
            Values::F32(values) => f64::from(values[index]),
            Values::F64(values) => values[index],
            Values::I64(values) => values[index] as f64,
            Values::U8(values) => f64::from(values[index]),
        }
    }

    /// The values at some places, in another shape.
    ///
    /// # Panics
    /// If there are others than the shape holds, or a place lies outside.
    #[must_use]
    pub fn picked(&self, shape: &[usize], places: &[usize]) -> Self {
        fn picked<T: Copy>(values: &[T], places: &[usize]) -> Vec<T> {
            places.iter().map(|place| values[*place]).collect()
        }
        let values = match &self.values {
            Values::F32(values) => Values::F32(picked(values, places)),
            Values::F64(values) => Values::F64(picked(values, places)),
            Values::I64(values) => Values::I64(picked(values, places)),
            Values::U8(values) => Values::U8(picked(values, places)),
        };
        Self::new(shape, values)
    }

    /// The values as f32.
    #[must_use]
    pub fn to_f32(&self) -> Vec<f32> {
        match &self.values {
            Values::F32(values) => values.clone(),
            _ => (0..self.len()).map(|index| self.at(index) as f32).collect(),
        }
    }

    /// The bytes of a u8 tensor.
    ///
    /// # Panics
    /// If it has another type.
    #[must_use]
    pub fn to_u8(&self) -> Vec<u8> {
        match &self.values {
            Values::U8(values) => values.clone(),
            _ => panic!("{} values where bytes are expected", self.dtype()),
        }
    }
}

/// What [`Tensor::dtype`] calls a type of another name; whole numbers are read as 64 bits.
pub(crate) fn dtype_named(name: &str) -> &'static str {
    match name {
        "f32" | "float32" => "f32",
        "f64" | "float64" => "f64",
        "i16" | "int16" | "i32" | "int32" | "i64" | "int64" => "i64",
        "u8" | "uint8" => "u8",
        other => panic!("tensors of type {other:?} are not read"),
    }
}

fn words<const N: usize, T>(bytes: &[u8], word: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks::<N>().0.iter().map(|chunk| word(*chunk)).collect()
}
