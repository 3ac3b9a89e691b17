//! One file of tensors, in whichever form: what it holds, and the bytes of a tensor as they are wanted.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use engine_pickle::Dtype as TorchDtype;
use engine_pickle::torch::TorchFile;
use safetensors::Dtype;
use safetensors::tensor::TensorInfo;
use serde_json::Value;
use tch::Kind;

use super::error::CheckpointError;

/// Longest description of the tensors in a safetensors file; that of a network of 700 tensors has 0.1 MB.
const MAX_HEADER: u64 = 100_000_000;
/// Bytes of the number that tells its length.
const LENGTH: u64 = 8;

/// An open file of tensors.
pub(super) struct TensorFile {
    path: PathBuf,
    form: Form,
}

enum Form {
    Torch(TorchFile),
    Safetensors { file: File, data: u64, tensors: BTreeMap<String, TensorInfo> },
}

impl TensorFile {
    /// Opens a file: by its name one of safetensors, or else one of `torch.save`.
    pub(super) fn open(path: &Path) -> Result<Self, CheckpointError> {
        let is_safetensors = path.extension().is_some_and(|extension| extension == "safetensors");
        let form = match is_safetensors {
            true => safetensors(path).map_err(|reason| CheckpointError::file(path, reason))?,
            false => Form::Torch(TorchFile::open(path).map_err(|error| CheckpointError::file(path, error.fault))?),
        };
        Ok(Self { path: path.to_owned(), form })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The names of all its tensors.
    pub(super) fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        match &self.form {
            Form::Torch(file) => Box::new(file.tensors().iter().map(|tensor| tensor.name.as_str())),
            Form::Safetensors { tensors, .. } => Box::new(tensors.keys().map(String::as_str)),
        }
    }

    /// The shape of one of them.
    pub(super) fn shape(&self, name: &str) -> Option<Vec<i64>> {
        let shape = match &self.form {
            Form::Torch(file) => &file.get(name)?.shape,
            Form::Safetensors { tensors, .. } => &tensors.get(name)?.shape,
        };
        Some(shape.iter().map(|&extent| i64::try_from(extent).unwrap_or(i64::MAX)).collect())
    }

    /// Reads one of them into a buffer, row by row, and tells what its numbers are.
    pub(super) fn read(&self, name: &str, buffer: &mut Vec<u8>) -> Result<Kind, String> {
        match &self.form {
            Form::Torch(file) => {
                let tensor = file.get(name).ok_or("it is not there")?;
                buffer.resize(tensor.byte_len(), 0);
                file.read_into(name, buffer).map_err(|error| error.fault.to_string())?;
                Ok(kind_of_torch(tensor.dtype))
            }
            Form::Safetensors { file, data, tensors } => {
                let info = tensors.get(name).ok_or("it is not there")?;
                let (start, end) = info.data_offsets;
                buffer.resize(end - start, 0);
                file.read_exact_at(buffer, data + start as u64).map_err(|error| error.to_string())?;
                kind(info.dtype).ok_or_else(|| format!("its type {:?} is not read", info.dtype))
            }
        }
    }
}

/// Opens a safetensors file: 8 bytes with the length of a JSON object, that object, and the numbers.
fn safetensors(path: &Path) -> Result<Form, String> {
    let unreadable = |error: std::io::Error| format!("it cannot be read: {error}");
    let damaged = |reason: &str| format!("it is no safetensors file: {reason}");
    let file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    let mut head = [0; LENGTH as usize];
    if length < LENGTH {
        return Err(damaged("it is too short"));
    }
    file.read_exact_at(&mut head, 0).map_err(unreadable)?;
    let header = u64::from_le_bytes(head);
    if header > MAX_HEADER.min(length - LENGTH) {
        return Err(damaged("it does not begin with the length of its description, or ends before it"));
    }
    let mut json = vec![0; usize::try_from(header).unwrap_or(0)];
    file.read_exact_at(&mut json, LENGTH).map_err(unreadable)?;
    let mut described: BTreeMap<String, Value> =
        serde_json::from_slice(&json).map_err(|error| damaged(&format!("its description is not JSON: {error}")))?;
    described.remove("__metadata__");
    let data = LENGTH + header;
    let mut tensors = BTreeMap::new();
    for (name, info) in described {
        let info: TensorInfo =
            serde_json::from_value(info).map_err(|error| damaged(&format!("tensor {name:?}: {error}")))?;
        let elements = info.shape.iter().try_fold(1_usize, |product, extent| product.checked_mul(*extent));
        let bytes = elements.and_then(|elements| elements.checked_mul(kind(info.dtype)?.elt_size_in_bytes()));
        let (start, end) = info.data_offsets;
        if end as u64 > length - data {
            return Err(format!(
                "it is cut: {length} bytes are there, and tensor {name:?} ends at {}",
                data.saturating_add(end as u64)
            ));
        }
        if end.checked_sub(start).is_none_or(|found| bytes != Some(found)) {
            return Err(damaged(&format!(
                "tensor {name:?} has not the bytes of its shape, or numbers of a type that is not read"
            )));
        }
        tensors.insert(name, info);
    }
    Ok(Form::Safetensors { file, data, tensors })
}

fn kind(dtype: Dtype) -> Option<Kind> {
    Some(match dtype {
        Dtype::F64 => Kind::Double,
        Dtype::F32 => Kind::Float,
        Dtype::F16 => Kind::Half,
        Dtype::BF16 => Kind::BFloat16,
        Dtype::I64 => Kind::Int64,
        Dtype::I32 => Kind::Int,
        Dtype::U8 => Kind::Uint8,
        _ => return None,
    })
}

fn kind_of_torch(dtype: TorchDtype) -> Kind {
    match dtype {
        TorchDtype::F64 => Kind::Double,
        TorchDtype::F32 => Kind::Float,
        TorchDtype::F16 => Kind::Half,
        TorchDtype::BF16 => Kind::BFloat16,
        TorchDtype::I64 => Kind::Int64,
        TorchDtype::I32 => Kind::Int,
        TorchDtype::I16 => Kind::Int16,
        TorchDtype::I8 => Kind::Int8,
        TorchDtype::U8 => Kind::Uint8,
        TorchDtype::Bool => Kind::Bool,
    }
}
