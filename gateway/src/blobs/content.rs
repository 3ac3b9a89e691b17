//! A file that is open for reading, wherever it is kept, and the facts that decide how it is answered with.

use std::fs::{File, Metadata};
use std::io::{self, Seek, SeekFrom};
use std::ops::Range;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncReadExt};

/// What is known of a file before a byte of it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentFacts {
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was written.
    pub modified: SystemTime,
    /// Differs from that of any other content under the same name; letters, digits, `.` and `-`.
    pub version: String,
}

/// Bytes of a file as they come.
pub type ContentReader = Pin<Box<dyn AsyncRead + Send>>;

/// A file that was there when it was asked for.
#[async_trait]
pub trait Content: Send {
    /// What is known of it.
    fn facts(&self) -> &ContentFacts;

    /// Its bytes in `range`, of which those past the end do not exist. Whoever has the reader gets them all, even if
    /// the file is removed or replaced meanwhile. One reader at a time: the one before ends with the next one.
    ///
    /// # Errors
    /// Whatever the place where it is kept answers.
    async fn read(&mut self, range: Range<u64>) -> io::Result<ContentReader>;
}

/// A file of this machine as content.
#[derive(Debug)]
pub struct LocalContent {
    file: File,
    facts: ContentFacts,
}

impl LocalContent {
    /// Opens a file. It may be removed from then on.
    ///
    /// # Errors
    /// `NotFound` if there is no file; else whatever the file system answers.
    pub async fn open(path: PathBuf) -> io::Result<Self> {
        let opening = move || {
            let file = File::open(path)?;
            let metadata = file.metadata()?;
            match metadata.is_file() {
                true => Ok(Self { facts: facts(&metadata)?, file }),
                false => Err(io::ErrorKind::NotFound.into()),
            }
        };
        tokio::task::spawn_blocking(opening).await?
    }
}

fn facts(metadata: &Metadata) -> io::Result<ContentFacts> {
    let (bytes, modified) = (metadata.len(), metadata.modified()?);
    let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
    let version = format!("{:x}.{:08x}-{bytes:x}", since.as_secs(), since.subsec_nanos());
    Ok(ContentFacts { bytes, modified, version })
}

#[async_trait]
impl Content for LocalContent {
    fn facts(&self) -> &ContentFacts {
        &self.facts
    }

    async fn read(&mut self, range: Range<u64>) -> io::Result<ContentReader> {
        self.file.seek(SeekFrom::Start(range.start))?; // only notes the number, which the other handle shares
        let length = range.end.saturating_sub(range.start);
        Ok(Box::pin(tokio::fs::File::from_std(self.file.try_clone()?).take(length)))
    }
}
