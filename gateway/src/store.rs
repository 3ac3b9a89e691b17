//! Every fact about jobs and uploads is a row, every file a blob. The traits say what a store must do; the contract
//! suite holds every implementation to it.

pub mod blobs;
#[cfg(test)]
mod contract;
mod keys;
pub mod sqlite;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::job::id::{AudioId, JobId, KeyId, PhotoId};
use crate::job::{Artifact, Inputs, Job, JobError, Progress, State};
use crate::upload::{Audio, Photo};

pub use keys::KeyStore;

/// A store's failure: the database is unreachable, damaged or full. Never the caller's fault.
#[derive(Debug, thiserror::Error)]
#[error("{action}: {source}")]
pub struct StoreError {
    /// What was being done.
    pub action: &'static str,
    /// The database's own error.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// What a store returns.
pub type StoreResult<T> = Result<T, StoreError>;

/// A job as it is submitted.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Its future name.
    pub id: JobId,
    /// The engine that shall render it.
    pub engine: String,
    /// The uploads it is made from.
    pub inputs: Inputs,
    /// Parameters after defaults.
    pub params: serde_json::Map<String, serde_json::Value>,
    /// How many attempts the engine may fail.
    pub max_failures: u32,
    /// Things to tell the client from the start.
    pub warnings: Vec<String>,
    /// Higher ones are claimed first.
    pub priority: i32,
    /// When it fails if it is still queued then.
    pub expires_at: Option<Timestamp>,
    /// Where its end is announced.
    pub webhook_url: Option<String>,
    /// The API key that it is submitted with.
    pub key_id: Option<KeyId>,
}

/// The right to act on a job: whoever claimed it, under the number of that attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job: JobId,
    /// The attempt; a later claim has a higher one, and this lease is then lost.
    pub attempt: u32,
}

/// What a heartbeat tells the holder of a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat {
    /// Go on.
    Continue,
    /// The client wants the job ended.
    Cancel,
    /// The lease is somebody else's, or the job is over: stop and change nothing.
    Lost,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// With a video.
    Succeeded {
        /// The video.
        artifact: Artifact,
        /// Added to the job's warnings.
        warnings: Vec<String>,
    },
    /// For good.
    Failed(JobError),
    /// On request.
    Canceled,
    /// To be tried again after an engine's failure: counts as one.
    Retry {
        /// Why this attempt failed.
        error: JobError,
        /// Not before this moment.
        not_before: Timestamp,
    },
    /// Given back untried because the gateway stops: counts as no failure.
    Released,
}

/// What a request to cancel met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancellation {
    /// It was queued and is canceled now.
    Canceled,
    /// It is running and will be told.
    Requested,
    /// It had already ended.
    AlreadyFinal,
}

/// What a request to delete an upload met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// It was there and is gone.
    Deleted,
    /// A queued or running job needs it: it stays.
    InUse,
    /// There is none.
    Missing,
}

/// One page of jobs, newest first.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// Only this state.
    pub state: Option<State>,
    /// Only this engine.
    pub engine: Option<String>,
    /// Only jobs older than this one: the last of the previous page.
    pub before: Option<JobId>,
    /// At most this many.
    pub limit: u32,
}

/// Jobs as rows. All times are the caller's: the store has no clock. It keeps them to the microsecond.
#[async_trait]
pub trait JobStore: Send + Sync {
    /// Writes a queued job.
    async fn insert(&self, job: NewJob, now: Timestamp) -> StoreResult<Job>;

    /// Reads a job.
    async fn job(&self, id: JobId) -> StoreResult<Option<Job>>;

    /// Reads a page of jobs, newest first by the order of their ids.
    async fn jobs(&self, filter: &JobFilter) -> StoreResult<Vec<Job>>;

    /// How many queued jobs of the same engine will be claimed before this queued one, back-off aside; `None` if it is
    /// not queued.
    async fn queue_position(&self, id: JobId) -> StoreResult<Option<u64>>;

    /// How many jobs of `engine` are queued.
    async fn queue_length(&self, engine: &str) -> StoreResult<u64>;

    /// Cancels a queued job, or notes on a running one that it shall end. `None` if there is no such job.
    async fn request_cancel(&self, id: JobId, now: Timestamp) -> StoreResult<Option<Cancellation>>;

    /// Takes the oldest queued job of `engine` that may run now, as `running`, `attempt + 1`, leased until `until`.
    async fn claim(&self, engine: &str, now: Timestamp, until: Timestamp) -> StoreResult<Option<(Job, Lease)>>;

    /// Extends a lease and notes progress.
    async fn heartbeat(&self, lease: &Lease, until: Timestamp, progress: &Progress) -> StoreResult<Beat>;

    /// Ends an attempt; false, with nothing changed, if the lease is lost. A retry or release of a job whose
    /// cancellation was requested ends it as canceled, the retry of one that may fail no more as failed.
    async fn finish(&self, lease: &Lease, outcome: Outcome, now: Timestamp) -> StoreResult<bool>;

    /// Takes back the leases that have run out at `now`: the jobs are queued again, or canceled where that was
    /// requested, or failed with `job.lease_lost` once they were claimed 3 times more often than they may fail.
    /// Returns their ids.
    async fn sweep(&self, now: Timestamp) -> StoreResult<Vec<JobId>>;

    /// Takes back every lease, run out or not: for a start-up that owns the store alone.
    async fn sweep_all(&self, now: Timestamp) -> StoreResult<Vec<JobId>>;
}

/// Uploads as rows.
#[async_trait]
pub trait UploadStore: Send + Sync {
    /// Writes a photo.
    async fn insert_photo(&self, photo: &Photo) -> StoreResult<()>;

    /// Reads a photo.
    async fn photo(&self, id: PhotoId) -> StoreResult<Option<Photo>>;

    /// Reads a page of at most `limit` photos, newest first by the order of their ids: those older than `before`.
    async fn photos(&self, before: Option<PhotoId>, limit: u32) -> StoreResult<Vec<Photo>>;

    /// Deletes a photo, unless a queued or running job needs it.
    async fn delete_photo(&self, id: PhotoId) -> StoreResult<Deletion>;

    /// Writes speech.
    async fn insert_audio(&self, audio: &Audio) -> StoreResult<()>;

    /// Reads speech.
    async fn audio(&self, id: AudioId) -> StoreResult<Option<Audio>>;
}
