//! Files of `torch.save`: what is read of them, and that nothing but tensors comes out, whatever they hold.

mod damaged;
mod hostile;
mod made;
mod written;

use std::path::{Path, PathBuf};

use engine_pickle::torch::{TorchError, TorchFile};
use tempfile::TempDir;

/// A file that `data/make.py` has written.
fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// Opens bytes as a file, and reads every tensor of it.
fn read(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, TorchError> {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("weights.pt");
    std::fs::write(&path, bytes).expect("the folder takes a file");
    open_and_read(&path)
}

/// Opens a file, and reads every tensor of it.
fn open_and_read(path: &Path) -> Result<Vec<(String, Vec<u8>)>, TorchError> {
    let file = TorchFile::open(path)?;
    file.tensors().iter().map(|tensor| Ok((tensor.name.clone(), file.read(&tensor.name)?))).collect()
}
