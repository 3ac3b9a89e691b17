//! Checkpoints: the tensors of one network out of one or several files, which must be exactly those that it asks for.

mod error;
mod file;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tch::Tensor;

pub use error::CheckpointError;
use error::Differences;
use file::TensorFile;

use crate::device::Place;
use crate::var_path::{Fault, Root, Source, VarPath};

/// The tensors of one network, by its own keys, in files that stay open. Nothing is read but what the network asks for,
/// one tensor at a time.
pub struct Checkpoint {
    files: Vec<TensorFile>,
    places: BTreeMap<String, StoredAt>,
}

/// Which tensor of which file has a key.
struct StoredAt {
    file: usize,
    name: String,
}

impl Checkpoint {
    /// Opens the files of a network: safetensors, or those of `torch.save` in either form. Where two hold the same tensor, the
    /// later one counts.
    ///
    /// `key` gives the network's key of a stored name, or none for what is no part of the network.
    ///
    /// # Errors
    /// A file cannot be read, is damaged, cut, or none of these, or holds more than tensors.
    pub fn open<P: AsRef<Path>>(paths: &[P], key: impl Fn(&str) -> Option<String>) -> Result<Self, CheckpointError> {
        let files = paths.iter().map(|path| TensorFile::open(path.as_ref())).collect::<Result<Vec<_>, _>>()?;
        let mut places = BTreeMap::new();
        for (number, file) in files.iter().enumerate() {
            for name in file.names() {
                let Some(key) = key(name) else { continue };
                let taken = places.insert(key.clone(), StoredAt { file: number, name: name.to_owned() });
                if let Some(other) = taken.filter(|other| other.file == number) {
                    let reason = format!("both {} and {name} are the network's {key}", other.name);
                    return Err(CheckpointError::file(file.path(), reason));
                }
            }
        }
        Ok(Self { files, places })
    }

    /// Builds a network out of all that is here.
    ///
    /// `loaded` is told the bytes of each tensor once it is in its place.
    ///
    /// # Errors
    /// The network asks for other keys or other shapes, or something cannot be read. All that differs is told.
    pub fn load<N>(
        &self,
        place: Place,
        loaded: &mut dyn FnMut(u64),
        network: impl FnOnce(&VarPath<'_>) -> N,
    ) -> Result<N, CheckpointError> {
        let reader = Reader { checkpoint: self, asked: RefCell::default(), buffer: RefCell::default() };
        let root = Root::new(&reader, place, loaded);
        let network = network(&root.path());
        let mut differences = Differences::of(root.into_faults());
        let asked = reader.asked.into_inner();
        differences.unknown.extend(self.places.keys().filter(|key| !asked.contains(*key)).cloned());
        match differences.is_empty() {
            true => Ok(network),
            false => Err(CheckpointError { files: self.paths(), reason: differences.to_string() }),
        }
    }

    /// The network's keys that it holds.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    /// The shape of the tensor of a key; none where there is no such tensor.
    #[must_use]
    pub fn shape(&self, key: &str) -> Option<Vec<i64>> {
        let at = self.places.get(key)?;
        self.files[at.file].shape(&at.name)
    }

    /// How many numbers its tensors have in all.
    #[must_use]
    pub fn elements(&self) -> u64 {
        let shape = |at: &StoredAt| self.files[at.file].shape(&at.name).unwrap_or_default();
        let count =
            |shape: Vec<i64>| shape.iter().fold(1_u64, |count, extent| count.saturating_mul(extent.unsigned_abs()));
        self.places.values().map(|at| count(shape(at))).fold(0, u64::saturating_add)
    }

    fn paths(&self) -> Vec<PathBuf> {
        self.files.iter().map(|file| file.path().to_owned()).collect()
    }
}

/// Reads a checkpoint for one network, and notes what it was asked for.
struct Reader<'a> {
    checkpoint: &'a Checkpoint,
    asked: RefCell<BTreeSet<String>>,
    /// The bytes of the latest tensor; the next one overwrites them.
    buffer: RefCell<Vec<u8>>,
}

impl Source for Reader<'_> {
    fn tensor(&self, key: &str, shape: &[i64]) -> Result<Tensor, Fault> {
        self.asked.borrow_mut().insert(key.to_owned());
        let at = self.checkpoint.places.get(key).ok_or(Fault::Missing)?;
        let file = &self.checkpoint.files[at.file];
        let stored = file.shape(&at.name).unwrap_or_default();
        // A convolution by single pixels is a linear map, and older files have it so.
        let is_pointwise = shape.len() == 2 && stored.len() == 4 && stored[..2] == *shape && stored[2..] == [1, 1];
        if stored != shape && !is_pointwise {
            return Err(Fault::Shape(stored));
        }
        let buffer = &mut *self.buffer.borrow_mut();
        let kind = file.read(&at.name, buffer).map_err(Fault::Unreadable)?;
        Tensor::f_from_data_size(buffer, shape, kind).map_err(|error| Fault::Unreadable(error.to_string()))
    }
}

#[cfg(test)]
mod tests;
