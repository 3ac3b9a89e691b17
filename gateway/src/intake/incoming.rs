//! Files that are being received, and those that have been: hashed on their way to the disk, gone when nobody keeps them.

use std::fs::File;
use std::io::{self, Read};

use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use crate::blobs::scratch::{Scratch, ScratchFile};
use crate::blobs::space::DiskSpace;
use crate::digest;

/// How much of an upload is on its way to the disk, in bytes: with tokio's own 2 MiB, a hundred uploads take 200.
const WRITING: usize = 128 << 10;
/// After so many bytes it is looked at again whether jobs need the space.
const LOOK_AGAIN: u64 = 1 << 20;

/// A file that is being received, or has been. Dropped, it is gone.
pub struct Incoming {
    file: ScratchFile,
    writer: tokio::fs::File,
    digest: Sha256,
    bytes: u64,
    space: DiskSpace,
    /// The length at which it is looked at again.
    look: u64,
}

impl Incoming {
    /// An empty file.
    ///
    /// # Errors
    /// `StorageFull` also where what is left of the disk is kept for jobs; or the file cannot be made.
    pub fn new(scratch: &Scratch) -> io::Result<Self> {
        let file = scratch.file()?;
        let mut writer = tokio::fs::File::from_std(File::options().write(true).open(&file)?);
        writer.set_max_buf_size(WRITING);
        let space = scratch.space().clone();
        Ok(Self { file, writer, digest: Sha256::new(), bytes: 0, space, look: LOOK_AGAIN })
    }

    /// Appends a piece.
    ///
    /// # Errors
    /// The disk is full, or what is left of it is kept for jobs.
    pub async fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        if self.bytes >= self.look {
            self.look = self.bytes + LOOK_AGAIN;
            self.space.check()?;
        }
        self.digest.update(piece);
        self.bytes += piece.len() as u64;
        self.writer.write_all(piece).await
    }

    /// How many bytes have come so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Ends the file.
    ///
    /// # Errors
    /// The disk is full.
    pub async fn complete(mut self) -> io::Result<Received> {
        self.writer.flush().await?;
        Ok(Received { file: self.file, sha256: digest::hex(&self.digest.finalize()), bytes: self.bytes })
    }
}

/// A file that has been received completely. Dropped, it is gone.
pub struct Received {
    pub(super) file: ScratchFile,
    pub(super) sha256: String,
    pub(super) bytes: u64,
}

impl Received {
    /// Takes a complete file that this process, or a child of it, has made. Blocks on the disk.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn of_file(file: ScratchFile) -> io::Result<Self> {
        Ok(Self { sha256: digest::of_file(&file)?, bytes: std::fs::metadata(&file)?.len(), file })
    }

    /// Its first bytes, at most 16: by these a kind of file is known.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn beginning(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(16);
        File::open(&self.file)?.take(16).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// SHA-256 of its content, in lower-case hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}
