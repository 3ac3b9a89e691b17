//! Uploads on their way in: bytes become canonical files and rows, or faults. What is not kept leaves no trace.

pub mod audio;
mod checked_before;
pub mod convert;
pub mod error;
pub mod incoming;
pub mod judge;
pub mod photo;
pub mod probe;
pub mod strict;
pub mod turns;
pub mod upload_kind;
pub mod video;

use std::future::Future;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::blobs::Blobs;
use crate::blobs::key::BlobKey;
use crate::blobs::scratch::Scratch;
use crate::clock::{Clock, Ids};
use crate::config::settings::Settings;
use crate::domain::client::Client;
use crate::intake::checked_before::Build;
use crate::intake::error::UploadError;
use crate::intake::probe::decoders::Decoders;
use crate::intake::turns::{Turn, Turns};
use crate::store::error::StoreResult;
use crate::store::uploads::UploadStore;

/// How many children decode pictures at a time, if there is memory for them: one client has half of them at most.
const DECODING: usize = 4;
/// How many children decode sound or video at a time: one client has half of them at most.
const PROBING: usize = 8;

/// What checks uploads and keeps them, and how many at a time.
pub struct Intake {
    handles: Handles,
    decoding: Turns,
    /// What pictures that are being decoded may take together, in KiB.
    picture_memory: Semaphore,
    probing: Turns,
    build: Build,
}

/// What uploads are checked against, and where they are kept.
pub struct Handles {
    /// The limits.
    pub settings: Settings,
    /// Uploads as rows.
    pub uploads: Arc<dyn UploadStore>,
    /// Uploads as files.
    pub blobs: Arc<dyn Blobs>,
    /// Files that are not kept yet.
    pub scratch: Scratch,
    /// Decode what is sent.
    pub decoders: Arc<Decoders>,
    /// Tells the time.
    pub clock: Clock,
    /// Makes ids.
    pub ids: Ids,
}

impl Intake {
    /// Checks uploads with these.
    pub fn new(handles: Handles) -> Self {
        let picture_memory = kibibytes(handles.settings.current().limits.image_memory);
        Self {
            build: Build::of(handles.decoders.program()),
            handles,
            decoding: Turns::new(DECODING),
            picture_memory: Semaphore::new(picture_memory as usize),
            probing: Turns::new(PROBING),
        }
    }

    /// Waits until a picture that takes so many bytes of memory may be decoded: until what is returned is dropped.
    async fn room(&self, bytes: u64) -> SemaphorePermit<'_> {
        self.picture_memory.acquire_many(kibibytes(bytes)).await.expect("the semaphore is never closed")
    }

    /// Waits until a child may decode sound or video for this client: until what is returned is dropped.
    async fn turn(&self, client: Client) -> Turn {
        self.probing.take(client).await
    }

    /// Puts finished files in place, and then the row that `insert` writes. If one of it fails, nothing is left behind.
    async fn keep(
        &self,
        files: &[(BlobKey, &Path)],
        insert: impl Future<Output = StoreResult<()>>,
    ) -> Result<(), UploadError> {
        let blobs = &self.handles.blobs;
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
}

/// Sees work through although whoever has asked for it may hang up in the middle: half of it would be left behind.
async fn seen_through<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The runtime ends, and this with it.
            Err(_) => std::future::pending().await,
        },
    }
}

fn kibibytes(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(1 << 10)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn what_was_begun_is_ended_though_nobody_waits_for_it() {
        let (go_on, told) = oneshot::channel::<()>();
        let (done, ended) = oneshot::channel();
        let work = seen_through(async move {
            told.await.unwrap();
            done.send("whole").unwrap();
        });
        timeout(Duration::from_millis(1), work).await.expect_err("it waits, and is dropped");
        go_on.send(()).unwrap();
        assert_eq!(ended.await, Ok("whole"));
    }
}
