//! Uploads on their way in: bytes become canonical files and rows, or faults. What is not kept leaves no trace.

pub mod audio;
pub mod convert;
pub mod judge;
pub mod photo;
pub mod probe;
pub mod upload_kind;
pub mod video;

use std::fs::File;
use std::future::Future;
use std::io::{self, Read};
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::OnceLock;

use avatar_media::faces::{Face, FaceDetector, SeetaFace};
use rayon::{ThreadPool, ThreadPoolBuilder};
use sha2::{Digest, Sha256};
use tempfile::{NamedTempFile, TempPath};
use tokio::io::AsyncWriteExt;
use tokio::sync::{Semaphore, SemaphorePermit, oneshot};

use crate::blobs::Blobs;
use crate::blobs::error::BlobError;
use crate::blobs::key::BlobKey;
use crate::blobs::scratch::Scratch;
use crate::digest;
use crate::domain::code::Code;
use crate::domain::fault::Fault;
use crate::domain::upload::verdict::Verdict;
use crate::store::error::{StoreError, StoreResult};

/// How many pictures are decoded at a time. Each may take hundreds of megabytes for a moment.
const DECODING: usize = 2;
/// How many sounds are decoded at a time, each in a child of its own.
const PROBING: usize = 4;

/// How much of an upload is on its way to the disk, in bytes: with tokio's own 2 MiB, a hundred uploads take 200.
const WRITING: usize = 128 << 10;

/// What checks uploads, and how many at a time.
pub struct Intake {
    detector: OnceLock<Box<dyn FaceDetector>>,
    /// Few threads, and always the same: the C library keeps the memory of large pictures apart for each thread that
    /// has ever had one.
    decoding: ThreadPool,
    probing: Semaphore,
}

impl Default for Intake {
    fn default() -> Self {
        let threads = ThreadPoolBuilder::new().num_threads(DECODING).thread_name(|_| "decode".into()).build();
        Self {
            detector: OnceLock::new(),
            decoding: threads.expect("a process that has just started may start threads"),
            probing: Semaphore::new(PROBING),
        }
    }
}

impl Intake {
    /// Does the work of one picture when it is its turn.
    ///
    /// # Errors
    /// It panicked.
    async fn decode<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
        let (answer, done) = oneshot::channel();
        self.decoding.spawn(move || {
            // Nobody may be waiting any more.
            let _ = answer.send(panic::catch_unwind(AssertUnwindSafe(work)));
        });
        let panicked = |_| io::Error::other("decoding a picture panicked");
        done.await.map_err(io::Error::other)?.map_err(panicked)
    }

    /// Waits until a child may decode sound or video. Others wait until what is returned is dropped.
    async fn turn(&self) -> SemaphorePermit<'_> {
        self.probing.acquire().await.expect("the semaphore is never closed")
    }

    /// The detector, loaded with the first photo.
    fn detector(&self) -> &dyn FaceDetector {
        &**self.detector.get_or_init(|| Box::new(SeetaFace::new()))
    }
}

/// Why an upload is not taken.
#[derive(Debug)]
pub enum UploadError {
    /// It cannot be used; the client can do something about it.
    Fault {
        /// Stable code.
        code: Code,
        /// What is wrong.
        message: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// It is a picture, but not one that can be animated.
    Photo(Box<Findings>),
    /// The gateway could not do its part.
    Io(io::Error),
    /// The files cannot be kept, or one is gone.
    Blob(BlobError),
    /// The store could not do its part.
    Store(StoreError),
}

/// What was found in a photo, and what is thought of it.
#[derive(Debug)]
pub struct Findings {
    /// What speaks against it.
    pub code: Code,
    /// Width and height of the picture in pixels.
    pub size: (u32, u32),
    /// Every face, best first.
    pub faces: Vec<Face>,
    /// Why it is refused.
    pub verdict: Verdict,
}

impl Findings {
    /// The verdict as a fault of the field that the photo came in.
    pub fn fault(&self, field: &str) -> Fault {
        Fault::new(field, self.code, &self.verdict.message, &self.verdict.remedy)
    }
}

impl From<io::Error> for UploadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<BlobError> for UploadError {
    fn from(error: BlobError) -> Self {
        Self::Blob(error)
    }
}

impl From<StoreError> for UploadError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Puts finished files in place, and then the row that `insert` writes. If one of it fails, nothing is left behind.
async fn keep(
    blobs: &dyn Blobs,
    files: &[(BlobKey, &Path)],
    insert: impl Future<Output = StoreResult<()>>,
) -> Result<(), UploadError> {
    let keeping = async {
        for (key, file) in files {
            blobs.put(*key, file).await?;
        }
        insert.await.map_err(UploadError::from)
    };
    let kept = keeping.await;
    if kept.is_err() {
        for (key, _) in files {
            // What cannot be removed now is removed by the sweep, as nobody's.
            let _ = blobs.delete(*key).await;
        }
    }
    kept
}

/// A file that is being received, or has been. Dropped, it is gone.
pub struct Incoming {
    file: NamedTempFile,
    writer: tokio::fs::File,
    digest: Sha256,
    bytes: u64,
}

impl Incoming {
    /// An empty file.
    ///
    /// # Errors
    /// The file cannot be made: disk full, most likely.
    pub fn new(scratch: &Scratch) -> io::Result<Self> {
        let file = scratch.file()?;
        let mut writer = tokio::fs::File::from_std(file.reopen()?);
        writer.set_max_buf_size(WRITING);
        Ok(Self { file, writer, digest: Sha256::new(), bytes: 0 })
    }

    /// Appends a piece.
    ///
    /// # Errors
    /// The disk is full.
    pub async fn write(&mut self, piece: &[u8]) -> io::Result<()> {
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
        Ok(Received {
            file: self.file.into_temp_path(),
            sha256: digest::hex(&self.digest.finalize()),
            bytes: self.bytes,
        })
    }
}

/// A file that has been received completely. Dropped, it is gone.
pub struct Received {
    file: TempPath,
    sha256: String,
    bytes: u64,
}

impl Received {
    /// Takes a complete file that this process, or a child of it, has made. Blocks on the disk.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn of_file(file: TempPath) -> io::Result<Self> {
        Ok(Self { sha256: digest::of_file(&file)?, bytes: file.metadata()?.len(), file })
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
