//! Files of safetensors.

use std::io;
use std::path::Path;

use super::weight::{Bits, Stored, Weight};

/// Writes one.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, tensors: &[Weight<'_>], bits: Bits) -> io::Result<()> {
    let stored = tensors.iter().map(|weight| (weight.key.as_str(), Stored { weight, bits }));
    safetensors::serialize_to_file(stored, None, path).map_err(io::Error::other)
}
