//! Uploads on their way in: bytes become canonical files and rows, or faults. What is not kept leaves no trace.

pub mod audio;
pub mod convert;
pub mod error;
pub mod incoming;
pub mod judge;
pub mod photo;
pub mod probe;
pub mod turns;
pub mod upload_kind;
pub mod video;

use std::future::Future;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use avatar_media::faces::{FaceDetector, SeetaFace};
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::oneshot;

use crate::blobs::Blobs;
use crate::blobs::key::BlobKey;
use crate::blobs::scratch::Scratch;
use crate::clock::{Clock, Ids};
use crate::config::settings::Settings;
use crate::domain::client::Client;
use crate::intake::error::UploadError;
use crate::intake::turns::{Turn, Turns};
use crate::store::error::StoreResult;
use crate::store::uploads::UploadStore;

/// How many pictures are decoded at a time. Each may take hundreds of megabytes for a moment.
const DECODING: usize = 2;
/// How many of them wait for these threads, or are there; the others wait for their client's turn.
const TO_DECODE: usize = 4;
/// How many children decode sound or video at a time: one client has half of them at most.
const PROBING: usize = 8;

/// What checks uploads and keeps them, and how many at a time.
pub struct Intake {
    handles: Handles,
    detector: OnceLock<Box<dyn FaceDetector>>,
    /// Few threads, and always the same: the C library keeps the memory of large pictures apart for each thread that
    /// has ever had one.
    decoding: ThreadPool,
    to_decode: Turns,
    probing: Turns,
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
    /// This process's own binary, for short-lived children.
    pub program: PathBuf,
    /// Tells the time.
    pub clock: Clock,
    /// Makes ids.
    pub ids: Ids,
}

impl Intake {
    /// Checks uploads with these.
    pub fn new(handles: Handles) -> Self {
        let threads = ThreadPoolBuilder::new().num_threads(DECODING).thread_name(|_| "decode".into()).build();
        Self {
            handles,
            detector: OnceLock::new(),
            decoding: threads.expect("a process that has just started may start threads"),
            to_decode: Turns::new(TO_DECODE),
            probing: Turns::new(PROBING),
        }
    }

    /// Does the work of one picture when it is its client's turn.
    ///
    /// # Errors
    /// It panicked.
    async fn decode<T: Send + 'static>(
        &self,
        client: Client,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<T> {
        let turn = self.to_decode.take(client).await;
        let (answer, done) = oneshot::channel();
        self.decoding.spawn(move || {
            let _turn = turn;
            // Nobody may be waiting any more.
            let _ = answer.send(panic::catch_unwind(AssertUnwindSafe(work)));
        });
        let panicked = |_| io::Error::other("decoding a picture panicked");
        done.await.map_err(io::Error::other)?.map_err(panicked)
    }

    /// Waits until a child may decode sound or video for this client: until what is returned is dropped.
    async fn turn(&self, client: Client) -> Turn {
        self.probing.take(client).await
    }

    /// The detector, loaded with the first photo.
    fn detector(&self) -> &dyn FaceDetector {
        &**self.detector.get_or_init(|| Box::new(SeetaFace::new()))
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
