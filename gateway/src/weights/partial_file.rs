//! An unfinished file beside its place: `<file>.part`, and in `<file>.part.json` what it is the beginning of.

use std::fs;
use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncSeekExt, AsyncWriteExt, BufWriter};

use crate::digest::hex;
use crate::weights::hub::Resume;
use crate::weights::{ModelError, hash};

/// Bytes that are collected before the disk gets them.
const BUFFER: usize = 256 << 10;

/// What an unfinished file is the beginning of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// The hub's `etag`; a file without one cannot be continued.
    pub(crate) etag: Option<String>,
    /// The strong `ETag` of whoever sent the bytes.
    pub(crate) validator: Option<String>,
    /// Size of the whole file, where known.
    pub(crate) bytes: Option<u64>,
}

/// An unfinished file, open for more.
pub(crate) struct Part {
    path: PathBuf,
    file: BufWriter<File>,
    digest: Sha256,
    bytes: u64,
    origin: Origin,
}

impl Part {
    /// Opens and hashes what is there of a file, or begins with nothing.
    pub(crate) async fn open(target: &Path) -> Result<Self, ModelError> {
        let path = beside(target, ".part");
        let place = path.clone();
        let opened = tokio::task::spawn_blocking(move || {
            if let Some(folder) = place.parent() {
                fs::create_dir_all(folder)?;
            }
            let mut file = fs::File::options().create(true).truncate(false).read(true).write(true).open(&place)?;
            let mut digest = Sha256::new();
            let origin = origin(&place);
            let bytes = match origin.etag {
                Some(_) => hash(&mut file, &mut digest, &mut |_| ())?,
                None => 0,
            };
            Ok((file, digest, bytes, origin))
        });
        let opened = opened.await.unwrap_or_else(|error| Err(io::Error::other(error)));
        let (file, digest, bytes, origin) = opened.map_err(ModelError::at(&path))?;
        let file = BufWriter::with_capacity(BUFFER, File::from_std(file));
        Ok(Self { path, file, digest, bytes, origin })
    }

    /// So many bytes are there.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// From where to continue; `None` where there is nothing to continue.
    pub(crate) fn resume(&self) -> Option<Resume> {
        let etag = self.origin.etag.clone()?;
        let validator = self.origin.validator.clone();
        (self.bytes > 0).then_some(Resume { from: self.bytes, etag, validator })
    }

    /// Whether all bytes are there of what has this `etag` and size.
    pub(crate) fn is_whole(&self, etag: Option<&str>, bytes: Option<u64>) -> bool {
        etag.is_some() && self.origin.etag.as_deref() == etag && bytes == Some(self.bytes)
    }

    /// Drops what is there and begins anew with bytes of another origin.
    pub(crate) async fn restart(&mut self, origin: Origin) -> Result<(), ModelError> {
        let place = ModelError::at(&self.path);
        let started = async {
            self.file.flush().await?;
            let file = self.file.get_mut();
            file.set_len(0).await?;
            file.seek(SeekFrom::Start(0)).await?;
            tokio::fs::write(description(&self.path), serde_json::to_vec(&origin)?).await
        };
        started.await.map_err(place)?;
        (self.digest, self.bytes, self.origin) = (Sha256::new(), 0, origin);
        Ok(())
    }

    /// Adds bytes.
    pub(crate) async fn write(&mut self, piece: &[u8]) -> Result<(), ModelError> {
        self.file.write_all(piece).await.map_err(ModelError::at(&self.path))?;
        self.digest.update(piece);
        self.bytes += piece.len() as u64;
        Ok(())
    }

    /// Hands everything to the system, so that it is there for the next attempt.
    pub(crate) async fn flush(&mut self) -> Result<(), ModelError> {
        self.file.flush().await.map_err(ModelError::at(&self.path))
    }

    /// The SHA-256 of what is there.
    pub(crate) fn sha256(&self) -> String {
        hex(&self.digest.clone().finalize())
    }

    /// Moves the file to its place, once the disk has it.
    pub(crate) async fn complete(self, target: &Path) -> Result<(), ModelError> {
        let Self { path, file, .. } = self;
        let moved = async {
            file.get_ref().sync_all().await?;
            tokio::fs::rename(&path, target).await?;
            let _ = tokio::fs::remove_file(description(&path)).await; // a leftover that describes nothing
            match target.parent() {
                Some(folder) => File::open(folder).await?.sync_all().await,
                None => Ok(()),
            }
        };
        moved.await.map_err(ModelError::at(target))
    }

    /// Removes the file: it is the beginning of nothing that is wanted.
    pub(crate) async fn discard(self) {
        // A part that stays is found wrong again by the next pull.
        let _ = tokio::fs::remove_file(description(&self.path)).await;
        let _ = tokio::fs::remove_file(&self.path).await;
    }
}

/// How many bytes of a file with this `etag` are there already.
pub(crate) fn present(target: &Path, etag: Option<&str>) -> u64 {
    let path = beside(target, ".part");
    match etag.is_some() && origin(&path).etag.as_deref() == etag {
        true => fs::metadata(path).map_or(0, |part| part.len()),
        false => 0,
    }
}

/// What a part is of; nothing known where its description is missing or damaged.
fn origin(part: &Path) -> Origin {
    let read = fs::read(description(part)).ok();
    read.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

fn description(part: &Path) -> PathBuf {
    beside(part, ".json")
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
