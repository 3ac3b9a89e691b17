//! What a store of jobs must do, and the words that it speaks in.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::domain::computation::Computation;
use crate::domain::history::{AttemptRecord, History, QueuePosition};
use crate::domain::id::{BatchId, JobId, KeyId};
use crate::domain::job::{Artifact, Batch, Inputs, Job, JobError, State};
use crate::domain::metadata::Metadata;
use crate::domain::progress::Progress;
use crate::domain::record::{Record, Timings};
use crate::domain::webhook_event::WebhookEvents;
use crate::store::error::{InsertError, StoreResult};

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
    /// What its client says of it for itself.
    pub metadata: Metadata,
    /// Where it is announced what becomes of it.
    pub webhook_url: Option<String>,
    /// What is announced there.
    pub webhook_events: WebhookEvents,
    /// The API key that it is submitted with.
    pub key_id: Option<KeyId>,
    /// Length of its speech, where it has one.
    pub speech_seconds: Option<f64>,
    /// How long after its end it is removed by itself, with its uploads; `None` for a job that stays.
    pub keep: Option<SignedDuration>,
    /// What its client calls it, where clients choose names.
    pub client_name: Option<String>,
}

/// A request that shall be answered with one job, however often it comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The client's name for the request, under its API key.
    pub key: String,
    /// SHA-256 of what is asked for.
    pub request: String,
}

/// What a request under a [`IdempotencyKey`] met.
#[derive(Debug, Clone, PartialEq)]
pub enum Idempotency {
    /// It is the first: this job was written.
    Created(Box<Job>),
    /// The same request was answered with this job.
    Replayed(Box<Job>),
    /// The key stands for another request.
    Conflict,
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
pub enum HeartbeatReply {
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
        /// Added to the attempt's warnings.
        warnings: Vec<String>,
        /// How long its steps took.
        timings: Timings,
        /// What it takes to make it again.
        record: Box<Record>,
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
    /// Given back because the gateway stops, or lacks something: counts as no failure, and not towards `job.lease_lost`.
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

/// In which order jobs are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// The latest first.
    #[default]
    NewestFirst,
    /// The first ones first.
    OldestFirst,
}

/// One page of jobs.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// Only this state.
    pub state: Option<State>,
    /// Only this engine.
    pub engine: Option<String>,
    /// Only jobs of which their clients say all of this.
    pub metadata: Metadata,
    /// Only jobs submitted at this moment or later.
    pub since: Option<Timestamp>,
    /// Only jobs that stand behind this one in the order: the last of the previous page.
    pub after: Option<JobId>,
    /// The order, which is that of their ids.
    pub order: Order,
    /// At most this many.
    pub limit: u32,
}

/// Jobs as rows. All times are the caller's: the store has no clock. It keeps them to the microsecond.
#[async_trait]
pub trait JobStore: Send + Sync {
    /// Writes a queued job, if the uploads that it is made from are there: from then on they stay.
    async fn insert(&self, job: NewJob, now: Timestamp) -> Result<Job, InsertError>;

    /// Writes a queued job as [`JobStore::insert`] does, unless a request under the same key was answered within the last
    /// 24 hours.
    async fn insert_once(&self, job: NewJob, key: &IdempotencyKey, now: Timestamp) -> Result<Idempotency, InsertError>;

    /// What [`JobStore::insert_once`] would meet; `None` if it would write the job.
    async fn once(&self, key: &IdempotencyKey, now: Timestamp) -> StoreResult<Option<Idempotency>>;

    /// Writes the queued jobs of one request as [`JobStore::insert`] does: one at least, all or none.
    async fn insert_batch(
        &self,
        id: BatchId,
        combine: bool,
        jobs: &[NewJob],
        now: Timestamp,
    ) -> Result<Batch, InsertError>;

    /// Reads the jobs of one request. `None` if there are none, or one of them was removed.
    async fn batch(&self, id: BatchId) -> StoreResult<Option<Batch>>;

    /// Reads a job.
    async fn job(&self, id: JobId) -> StoreResult<Option<Job>>;

    /// The latest job that its client has called so, unless the name was forgotten.
    async fn called(&self, client_name: &str) -> StoreResult<Option<Job>>;

    /// Forgets what a job's client calls it. The job stays.
    async fn forget_name(&self, id: JobId) -> StoreResult<()>;

    /// Reads a page of jobs.
    async fn jobs(&self, filter: &JobFilter) -> StoreResult<Vec<Job>>;

    /// Where queued jobs stand in the queues of their engines, back-off aside. Those that are not queued are left out.
    async fn places(&self, ids: &[JobId]) -> StoreResult<HashMap<JobId, QueuePosition>>;

    /// The attempts at a job, the first one first.
    async fn attempts(&self, id: JobId) -> StoreResult<Vec<AttemptRecord>>;

    /// What the `latest` successful jobs of `engine` took, by their own timings, which no clock is asked for; `None` if there are none.
    async fn history(&self, engine: &str, latest: u32) -> StoreResult<Option<History>>;

    /// The running jobs of `engine`.
    async fn running(&self, engine: &str) -> StoreResult<Vec<Job>>;

    /// How many jobs there are of each engine in each state.
    async fn counts(&self) -> StoreResult<Vec<(String, State, u64)>>;

    /// When the oldest queued job of each engine that has one was submitted.
    async fn oldest_queued(&self) -> StoreResult<Vec<(String, Timestamp)>>;

    /// How many jobs of `engine` are queued.
    async fn queue_length(&self, engine: &str) -> StoreResult<u64>;

    /// Cancels a queued job, or notes on a running one that it shall end. `None` if there is no such job.
    async fn request_cancel(&self, id: JobId, now: Timestamp) -> StoreResult<Option<Cancellation>>;

    /// The job of `engine` that [`JobStore::claim`] would take at `now`.
    async fn next(&self, engine: &str, now: Timestamp) -> StoreResult<Option<Job>>;

    /// Takes the most urgent queued job of `engine` that may run now, the oldest among equals, as `running`, `attempt + 1`, leased until `until`.
    async fn claim(&self, engine: &str, now: Timestamp, until: Timestamp) -> StoreResult<Option<(Job, Lease)>>;

    /// Extends a lease, and notes progress, all that the attempt has warned of so far, and on what it is computed, if that is
    /// known. A job's warnings are those of its submission and then those of its latest attempt: a claim forgets the earlier
    /// ones, and what the earlier attempt was computed on.
    async fn heartbeat(
        &self,
        lease: &Lease,
        until: Timestamp,
        progress: &Progress,
        warnings: &[String],
        computation: Option<&Computation>,
    ) -> StoreResult<HeartbeatReply>;

    /// Ends an attempt; false, with nothing changed, if the lease is lost. A retry or release of a job whose
    /// cancellation was requested ends it as canceled, the retry of one that may fail no more as failed.
    async fn finish(&self, lease: &Lease, outcome: Outcome, now: Timestamp) -> StoreResult<bool>;

    /// Takes back the leases that have run out at `now`, but of those jobs that are `held`: the jobs are queued again, or
    /// canceled where that was requested, or failed with `job.lease_lost` once they were taken back or failed 20 times more
    /// often than they may fail. Fails the queued jobs whose deadline has passed with `job.expired`. Returns the ids of all of them.
    async fn sweep(&self, now: Timestamp, held: &[JobId]) -> StoreResult<Vec<JobId>>;

    /// Takes back every lease, run out or not: for a start-up that owns the store alone.
    async fn sweep_all(&self, now: Timestamp) -> StoreResult<Vec<JobId>>;

    /// Moves what waits for a moment by a step that the clock has made: back-off, deadlines and leases of jobs, the next
    /// attempts at announcements, how long jobs are kept that go by themselves, and how long requests are remembered; and since when running jobs run, so that it is
    /// still known for how long. `earlier` is the earlier of the moments before and after the step.
    async fn shift_deadlines(&self, step: SignedDuration, earlier: Timestamp) -> StoreResult<()>;

    /// For a start-up: has nothing wait longer from `now` on than it may, whatever the clock said when it was written. A job
    /// waits for `backoff` after its first failure, and twice as long after each further one; a deadline is never further
    /// away than it was when the job was submitted.
    async fn bound_waits(&self, backoff: Duration, now: Timestamp) -> StoreResult<()>;

    /// Sets whether a job must be kept, and returns it as it is then. `None` if there is no such job.
    async fn set_hold(&self, id: JobId, hold: bool) -> StoreResult<Option<Job>>;

    /// At most `limit` jobs that ended before this moment and are not held, those that ended first before the others.
    async fn ended_before(&self, moment: Timestamp, limit: u32) -> StoreResult<Vec<JobId>>;

    /// Of the jobs that have ended and are removed by themselves, keeps this one only until `moment`.
    async fn keep_until(&self, id: JobId, moment: Timestamp) -> StoreResult<()>;

    /// At most `limit` jobs that have been kept long enough at `now` and are not held, the longest kept first.
    async fn kept_enough(&self, now: Timestamp, limit: u32) -> StoreResult<Vec<JobId>>;

    /// Removes those of the jobs that have ended and are not held, all at once, and returns what they were, so that their
    /// files can follow.
    async fn remove_ended(&self, ids: &[JobId]) -> StoreResult<Vec<Job>>;
}
