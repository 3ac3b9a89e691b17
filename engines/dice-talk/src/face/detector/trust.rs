//! A TorchScript file is a program, and libtorch runs it: it is read only where it is known to be the one that is trusted.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::error::LoadError;

/// Reads a file of which this is the SHA-256 in hexadecimal digits. The bytes that are given are those that were hashed: what
/// happens to the file afterwards has no say.
///
/// # Errors
/// It cannot be read, or has another SHA-256, or none is trusted.
pub fn read(path: &Path, trusted: Option<&str>) -> Result<Vec<u8>, LoadError> {
    let bytes = fs::read(path).map_err(|reason| LoadError::Unreadable { path: path.to_owned(), reason })?;
    let found = format!("{:x}", Sha256::digest(&bytes));
    if trusted.is_some_and(|trusted| trusted.eq_ignore_ascii_case(&found)) {
        return Ok(bytes);
    }
    Err(LoadError::Untrusted { path: path.to_owned(), found, trusted: trusted.map(str::to_owned) })
}
