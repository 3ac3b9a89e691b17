//! Tensors that are written.

use std::borrow::Cow;

use safetensors::Dtype;
use safetensors::tensor::View;

use crate::weights::weights;

/// A tensor whose numbers are made as they are written, so that files may be larger than memory.
pub struct Weight<'a> {
    /// Its key.
    pub key: String,
    /// The extent of each axis.
    pub shape: Vec<usize>,
    /// Makes its numbers in row-major order.
    pub values: Box<dyn Fn() -> Vec<f32> + 'a>,
}

impl Weight<'_> {
    /// Numbers between neighbours along each axis.
    pub(crate) fn strides(&self) -> Vec<usize> {
        let places = 0..self.shape.len();
        places.map(|axis| self.shape[axis + 1..].iter().product()).collect()
    }
}

/// In how many bits numbers are stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Bits {
    /// 32.
    Single,
    /// 16.
    Half,
}

impl Bits {
    pub(crate) fn bytes(self, values: &[f32]) -> Vec<u8> {
        match self {
            Self::Single => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            Self::Half => values.iter().flat_map(|value| half::f16::from_f32(*value).to_le_bytes()).collect(),
        }
    }
}

/// The tensors of a network by key and shape, with the numbers that [`weights`] gives them. `salt` begins what these are
/// made of.
pub fn closed_form(
    salt: &'static str,
    network: &'static str,
    keys: impl IntoIterator<Item = (String, Vec<usize>)>,
) -> Vec<Weight<'static>> {
    let weight = |(key, shape): (String, Vec<usize>)| {
        let (name, extents) = (key.clone(), shape.clone());
        Weight { key, shape, values: Box::new(move || weights(salt, network, &name, &extents)) }
    };
    keys.into_iter().map(weight).collect()
}

/// A tensor as a safetensors file holds it.
pub(crate) struct Stored<'a> {
    pub(crate) weight: &'a Weight<'a>,
    pub(crate) bits: Bits,
}

impl View for Stored<'_> {
    fn dtype(&self) -> Dtype {
        match self.bits {
            Bits::Single => Dtype::F32,
            Bits::Half => Dtype::F16,
        }
    }

    fn shape(&self) -> &[usize] {
        &self.weight.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.bits.bytes(&(self.weight.values)()).into()
    }

    fn data_len(&self) -> usize {
        self.weight.shape.iter().product::<usize>() * self.dtype().bitsize() / 8
    }
}
