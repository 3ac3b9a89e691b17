//! Running a network with one input, and reading its first output.

use engine_onnx::{Input, Network, OnnxError};

use super::error::RegisterError;

/// Runs a network with one input.
pub(crate) fn run(network: &mut Network, shape: &[usize], values: &[f32]) -> Result<Vec<Vec<f32>>, OnnxError> {
    Ok(network.run(&[Input::F32(shape, values)])?.to_vecs())
}

/// The first output of the network of this name.
pub(crate) fn first<'a>(raw: &'a [Vec<f32>], network: &'static str) -> Result<&'a [f32], RegisterError> {
    raw.first().map(Vec::as_slice).ok_or(RegisterError::Size(network))
}
