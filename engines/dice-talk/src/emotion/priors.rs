//! The published numbers of emotions ("priors"): files of numpy, as they are published, or of safetensors.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use engine_pickle::{Array, Value, npy};
use safetensors::{Dtype, SafeTensors};
use tch::Tensor;

use crate::emotion::error::PriorError;

/// Numbers of an emotion.
pub const NUMBERS: usize = 256;
/// What the array is called.
const NAME: &str = "mu";
/// Bytes that are read of a file, at most. Published ones have 1403.
const MAX_BYTES: u64 = 1 << 20;
/// What a file of `numpy.save` begins with.
const NPY: &[u8] = b"\x93NUMPY";

/// Reads the numbers of an emotion, (256), on the processor.
///
/// Of arrays in `.npy` any type of number is read, and becomes 32 bits.
///
/// # Errors
/// The file cannot be read, is neither of numpy nor of safetensors, or does not hold so many finite numbers.
pub fn read(path: &Path) -> Result<Tensor, PriorError> {
    let refused = |reason| PriorError { file: path.to_owned(), reason, expected: NUMBERS };
    let values = bytes(path).and_then(|bytes| if bytes.starts_with(NPY) { numpy(&bytes) } else { tensors(&bytes) });
    let values = values.map_err(refused)?;
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(Tensor::from_slice(&values)),
        Some(at) => Err(refused(format!("its number {at} is {}", values[at]))),
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    let unreadable = |error| format!("it cannot be read: {error}");
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    match bytes.len() as u64 <= MAX_BYTES {
        true => Ok(bytes),
        false => Err(format!("it has more than {MAX_BYTES} bytes")),
    }
}

fn numpy(bytes: &[u8]) -> Result<Vec<f32>, String> {
    let whole = npy::parse(bytes).map_err(|fault| fault.to_string())?;
    let array = match &whole {
        Value::Array(array) => array,
        Value::Dict(_) => match whole.get(NAME) {
            Some(Value::Array(array)) => array,
            Some(_) => return Err(format!("what it calls {NAME:?} is no array of numbers")),
            None => return Err(format!("it holds a dictionary without {NAME:?}")),
        },
        _ => return Err("it holds neither an array of numbers nor a dictionary".to_owned()),
    };
    let Array { shape, values } = array;
    fits(shape)?;
    Ok(values.iter().map(|value| *value as f32).collect())
}

fn tensors(bytes: &[u8]) -> Result<Vec<f32>, String> {
    let tensors = SafeTensors::deserialize(bytes)
        .map_err(|error| format!("it is no file of numpy, nor one of safetensors ({error})"))?;
    let tensor = match (tensors.tensor(NAME), &tensors.tensors()[..]) {
        (Ok(tensor), _) => tensor,
        (Err(_), [(_, only)]) => only.clone(),
        (Err(_), several) => return Err(format!("it holds {} tensors, and none called {NAME:?}", several.len())),
    };
    if tensor.dtype() != Dtype::F32 {
        return Err(format!("its numbers are of type {:?}", tensor.dtype()));
    }
    fits(tensor.shape())?;
    let number = |bytes: &[u8; 4]| f32::from_le_bytes(*bytes);
    Ok(tensor.data().as_chunks().0.iter().map(number).collect())
}

/// Whether a shape is an emotion's.
fn fits(shape: &[usize]) -> Result<(), String> {
    match shape {
        [NUMBERS] | [1, NUMBERS] => Ok(()),
        other => Err(format!("its array has the shape {other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use safetensors::tensor::{TensorView, serialize};

    use super::*;

    /// Numbers of an emotion, as bytes.
    fn numbers(count: usize) -> Vec<u8> {
        (0..count).flat_map(|at| (at as f32 / 7.0).sin().to_le_bytes()).collect()
    }

    /// A file of numpy with these numbers.
    fn npy(kind: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n");
        [b"\x93NUMPY\x01\0", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), data].concat()
    }

    /// A file of safetensors with tensors of these names.
    fn safetensors(names: &[&str], dtype: Dtype, shape: &[usize], data: &[u8]) -> Vec<u8> {
        let view = TensorView::new(dtype, shape.to_vec(), data).unwrap();
        serialize(names.iter().map(|name| (*name, view.clone())), None).unwrap()
    }

    fn read_bytes(bytes: &[u8]) -> Result<Vec<f32>, PriorError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("joy");
        fs::write(&path, bytes).unwrap();
        read(&path).map(|tensor| Vec::try_from(tensor).unwrap())
    }

    #[test]
    fn numbers_are_read_from_either_form() {
        let data = numbers(256);
        let want: Vec<f32> = (0..256).map(|at| (at as f32 / 7.0).sin()).collect();
        let doubles: Vec<u8> = want.iter().flat_map(|value| f64::from(*value).to_le_bytes()).collect();
        for bytes in [
            npy("<f4", "(256,)", &data),
            npy("<f4", "(1, 256)", &data),
            npy("<f8", "(256,)", &doubles),
            safetensors(&["anything"], Dtype::F32, &[256], &data),
            safetensors(&["mu"], Dtype::F32, &[1, 256], &data),
            safetensors(&["logvar", "mu"], Dtype::F32, &[256], &data),
        ] {
            assert_eq!(read_bytes(&bytes).unwrap(), want);
        }
    }

    #[test]
    fn what_is_no_emotion_is_refused_with_what_differs() {
        let not_finite = |value: f32| {
            let mut data = numbers(256);
            data[40..44].copy_from_slice(&value.to_le_bytes());
            data
        };
        for (bytes, reason) in [
            (npy("<f4", "(1, 128)", &numbers(128)), "its array has the shape [1, 128]"),
            (npy("<f4", "(16, 16)", &numbers(256)), "its array has the shape [16, 16]"),
            (npy("<f4", "(2, 256)", &numbers(512)), "its array has the shape [2, 256]"),
            (npy("<f4", "(256,)", &numbers(255)), "an array's bytes do not fill its shape"),
            (npy("<c8", "(128,)", &numbers(256)), "\"numpy.dtype(\\\"c8\\\")\""),
            (npy("<f4", "(256,)", &not_finite(f32::NAN)), "its number 10 is NaN"),
            (npy("<f4", "(256,)", &not_finite(f32::NEG_INFINITY)), "its number 10 is -inf"),
            (npy("|O", "()", b"\x80\x02]K\x01a."), "neither an array of numbers nor a dictionary"),
            (npy("|O", "()", b"\x80\x02]}X\x01\0\0\0aK\x01sa."), "a dictionary without \"mu\""),
            (npy("|O", "()", b"\x80\x02]}X\x02\0\0\0muK\x01sa."), "what it calls \"mu\" is no array of numbers"),
            (safetensors(&["a", "b"], Dtype::F32, &[256], &numbers(256)), "it holds 2 tensors, and none called \"mu\""),
            (safetensors(&["mu"], Dtype::I32, &[256], &numbers(256)), "its numbers are of type I32"),
            (safetensors(&["mu"], Dtype::F32, &[1, 1, 256], &numbers(256)), "its array has the shape [1, 1, 256]"),
            (b"a portrait".to_vec(), "it is no file of numpy, nor one of safetensors"),
            (vec![], "it is no file of numpy, nor one of safetensors"),
            (vec![0; 2 << 20], "it has more than 1048576 bytes"),
        ] {
            let error = read_bytes(&bytes).unwrap_err();
            assert!(error.reason.contains(reason), "{error}");
            assert!(error.to_string().contains("joy is no emotion: "), "{error}");
            assert!(error.to_string().contains("Expected are 256 finite numbers: as .npy, "), "{error}");
        }
    }

    #[test]
    fn folders_and_files_that_are_not_there_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().to_owned(), folder.path().join("joy.npy")] {
            assert!(read(&path).unwrap_err().reason.starts_with("it cannot be read: "));
        }
    }
}
