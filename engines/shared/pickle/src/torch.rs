//! Files of `torch.save`: which tensors they hold, and the bytes of each, read from the file when they are wanted.
//!
//! Both forms are read: the zip archive, and the older sequence of pickles ("legacy"). Nothing is copied but what a
//! caller asks for, and nothing is allocated that the file does not hold.

mod error;
mod legacy;
mod names;
mod storages;
mod zip;

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

pub use error::{TorchError, TorchFault};
pub use storages::StoredTensor;

use crate::globals::Permitted;
use crate::machine::{self, MAX_BYTES, Objects};

/// An open file of `torch.save`.
#[derive(Debug)]
pub struct TorchFile {
    file: File,
    path: PathBuf,
    tensors: Vec<StoredTensor>,
    places: HashMap<String, usize>,
}

impl TorchFile {
    /// Opens a file and reads which tensors it holds.
    ///
    /// # Errors
    /// If it cannot be read, is no such file, is damaged, or refers to more than containers, numbers and tensors.
    pub fn open(path: &Path) -> Result<Self, TorchError> {
        let failed = |fault: TorchFault| TorchError { file: path.to_owned(), fault };
        let file = File::open(path).map_err(|error| failed(error.into()))?;
        let tensors = tensors(&file).map_err(failed)?;
        let places = tensors.iter().enumerate().map(|(place, tensor)| (tensor.name.clone(), place)).collect();
        Ok(Self { file, path: path.to_owned(), tensors, places })
    }

    /// All tensors, in the order of the file.
    #[must_use]
    pub fn tensors(&self) -> &[StoredTensor] {
        &self.tensors
    }

    /// The tensor with this name: its key, behind the keys of the dictionaries that it lies in and dots.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&StoredTensor> {
        self.places.get(name).map(|place| &self.tensors[*place])
    }

    /// The tensor's numbers in row-major order without gaps, lowest byte first.
    ///
    /// # Errors
    /// If there is no such tensor, or the file cannot be read.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, TorchError> {
        let tensor = self.known(name)?;
        let mut bytes = vec![0; tensor.byte_len()];
        self.fill(tensor, &mut bytes)?;
        Ok(bytes)
    }

    /// As [`Self::read`], into memory that the caller has, of [`StoredTensor::byte_len`] bytes.
    ///
    /// # Errors
    /// If there is no such tensor, it has another length, or the file cannot be read.
    pub fn read_into(&self, name: &str, bytes: &mut [u8]) -> Result<(), TorchError> {
        self.fill(self.known(name)?, bytes)
    }

    fn known(&self, name: &str) -> Result<&StoredTensor, TorchError> {
        self.get(name).ok_or_else(|| self.failed(name, "the file has no such tensor".into()))
    }

    fn fill(&self, tensor: &StoredTensor, bytes: &mut [u8]) -> Result<(), TorchError> {
        if bytes.len() != tensor.byte_len() {
            let reason = format!("it has {} bytes, and {} are wanted", tensor.byte_len(), bytes.len());
            return Err(self.failed(&tensor.name, reason));
        }
        let read = |bytes: &mut [u8]| {
            let done = self.file.read_exact_at(bytes, tensor.at());
            done.map_err(|error| self.failed(&tensor.name, format!("it cannot be read: {error}")))
        };
        if tensor.is_contiguous() {
            return read(bytes);
        }
        let mut span = vec![0; tensor.span()];
        read(&mut span)?;
        tensor.gather(&span, bytes);
        Ok(())
    }

    fn failed(&self, name: &str, reason: String) -> TorchError {
        TorchError { file: self.path.clone(), fault: TorchFault::Tensor { name: name.to_owned(), reason } }
    }
}

fn tensors(file: &File) -> Result<Vec<StoredTensor>, TorchFault> {
    let length = file.metadata()?.len();
    let head = |most: usize| -> Result<Vec<u8>, TorchFault> {
        let mut head = vec![0; length.min(most as u64) as usize];
        file.read_exact_at(&mut head, 0)?;
        Ok(head)
    };
    if head(zip::MAGIC.len())? == zip::MAGIC {
        let archive = zip::Archive::read(file, length)?;
        let objects = run(&archive.pickle(file)?)?;
        let storages = storages::in_archive(&objects.nodes, |key| archive.storage(file, key))?;
        return storages::tensors(&objects, &storages);
    }
    let pickles = head(MAX_BYTES)?;
    let Some(pickles) = pickles.strip_prefix(legacy::MAGIC) else {
        return Err(TorchFault::Format("it is neither a zip archive nor a sequence of pickles"));
    };
    let parts = legacy::parts(pickles)?;
    let sizes = storages::sizes(&parts.objects.nodes)?;
    let storages = legacy::storages(file, length, &parts, &sizes)?;
    storages::tensors(&parts.objects, &storages)
}

fn run(pickle: &[u8]) -> Result<Objects, TorchFault> {
    Ok(machine::run(pickle, Permitted::Torch)?)
}
