//! Jobs with everything checked: their files are kept, and they are written.

use std::io;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::app::App;
use crate::domain::api_key::Key;
use crate::domain::fault::Fault;
use crate::domain::job::{Batch, Inputs, Job};
use crate::domain::metadata::Metadata;
use crate::domain::upload::{Audio, Photo, UploadId, Video};
use crate::domain::webhook_event::WebhookEvents;
use crate::store::error::InsertError;
use crate::store::jobs::{Idempotency, IdempotencyKey, NewJob};
use crate::submit::error::{Faults, SubmitError};
use crate::submit::input::{Checked, Kept};
use crate::submit::quota::within_quota;

/// Jobs that may be written, which differ in what they say alone.
pub(super) struct Order {
    /// The API key that the request came with.
    pub(super) key: Option<Arc<Key>>,
    /// The engine, which is ready.
    pub(super) engine: String,
    /// The portrait.
    pub(super) photo: Option<Checked<Photo>>,
    /// The source video.
    pub(super) video: Option<Checked<Video>>,
    /// The engine's parameters, checked and complete.
    pub(super) params: Map<String, Value>,
    /// Higher ones are claimed first.
    pub(super) priority: i32,
    /// When they fail if they are still queued then.
    pub(super) expires_at: Option<Timestamp>,
    /// What the client says of them for itself.
    pub(super) metadata: Metadata,
    /// Where it is announced what becomes of them.
    pub(super) webhook_url: Option<String>,
    /// What is announced there.
    pub(super) webhook_events: WebhookEvents,
    /// How long after its end each is removed by itself.
    pub(super) keep: Option<SignedDuration>,
    /// What the client calls the job.
    pub(super) client_name: Option<String>,
    /// One for each job.
    pub(super) parts: Vec<Part>,
}

/// What one job has for itself.
pub(super) struct Part {
    /// The speech.
    pub(super) audio: Option<Checked<Audio>>,
    /// A source video that was made for it.
    pub(super) video: Option<Checked<Video>>,
    /// What the client should know although it is no fault.
    pub(super) warnings: Vec<String>,
}

/// What a request has led to.
#[derive(Debug)]
pub(crate) struct Accepted {
    /// The job.
    pub(crate) job: Job,
    /// Whether an earlier request has already led to it.
    pub(crate) replayed: bool,
}

impl Order {
    /// Writes down for each job what the client should know: `first`, what its inputs are warned of, and `last`.
    pub(super) fn warn(&mut self, first: &[String], last: &[String]) {
        for part in &mut self.parts {
            part.warnings = first.to_vec();
            part.warnings.extend(self.photo.iter().flat_map(Checked::warnings));
            part.warnings.extend(part.audio.iter().flat_map(Checked::warnings));
            part.warnings.extend(self.video.iter().flat_map(Checked::warnings));
            part.warnings.extend_from_slice(last);
        }
    }

    /// Keeps the files and writes the first of the jobs; under a key, only once.
    ///
    /// # Errors
    /// The caller has too many jobs queued, or the disk or the store fails; no file is left behind then.
    pub(super) async fn place(self, app: &App, once: Option<&IdempotencyKey>) -> Result<Accepted, SubmitError> {
        let _turn = within_quota(app, self.key.as_deref(), 1).await?;
        let inputs = self.named_inputs();
        let mut kept = Kept::default();
        match self.write(app, once, &mut kept).await {
            Ok(Idempotency::Created(job)) => {
                queued(app, &job);
                Ok(Accepted { job: *job, replayed: false })
            }
            // The same request came twice at once, and the other one was faster.
            Ok(earlier) => {
                kept.discard(app).await;
                answered(earlier)
            }
            Err(error) => {
                kept.discard(app).await;
                Err(error.told_of(&inputs))
            }
        }
    }

    /// Keeps the files and writes all of the jobs, or none.
    ///
    /// # Errors
    /// As of [`Order::place`].
    pub(super) async fn place_all(self, app: &App, combine: bool) -> Result<Batch, SubmitError> {
        let _turn = within_quota(app, self.key.as_deref(), self.parts.len()).await?;
        let inputs = self.named_inputs();
        let mut kept = Kept::default();
        match self.write_all(app, combine, &mut kept).await {
            Ok(batch) => {
                batch.jobs.iter().for_each(|job| queued(app, job));
                Ok(batch)
            }
            Err(error) => {
                kept.discard(app).await;
                Err(error.told_of(&inputs))
            }
        }
    }

    /// The earlier uploads that the request names, and what is said of each if it is gone.
    fn named_inputs(&self) -> Vec<(UploadId, Fault)> {
        let photo = self.photo.as_ref().and_then(Checked::once_gone);
        let video = self.video.as_ref().and_then(Checked::once_gone);
        let speeches = self.parts.iter().filter_map(|part| part.audio.as_ref().and_then(Checked::once_gone));
        photo.into_iter().chain(video).chain(speeches).collect()
    }

    async fn write(
        self,
        app: &App,
        once: Option<&IdempotencyKey>,
        kept: &mut Kept,
    ) -> Result<Idempotency, PlacementError> {
        let job = self.keep(app, kept).await?.swap_remove(0);
        let now = app.clock.now();
        Ok(match once {
            None => Idempotency::Created(Box::new(app.jobs.insert(job, now).await?)),
            Some(once) => app.jobs.insert_once(job, once, now).await?,
        })
    }

    async fn write_all(self, app: &App, combine: bool, kept: &mut Kept) -> Result<Batch, PlacementError> {
        let jobs = self.keep(app, kept).await?;
        Ok(app.jobs.insert_batch(app.ids.next(), combine, &jobs, app.clock.now()).await?)
    }

    /// Keeps the files: those of all jobs once.
    async fn keep(self, app: &App, kept: &mut Kept) -> Result<Vec<NewJob>, SubmitError> {
        let photo_id = kept.keep(app, self.photo).await?;
        let video_id = kept.keep(app, self.video).await?;
        let mut jobs = Vec::with_capacity(self.parts.len());
        for Part { audio, video, warnings } in self.parts {
            let speech_seconds = audio.as_ref().map(|audio| audio.row().seconds);
            let audio_id = kept.keep(app, audio).await?;
            let video_id = kept.keep(app, video).await?.or(video_id);
            jobs.push(NewJob {
                id: app.ids.next(),
                engine: self.engine.clone(),
                inputs: Inputs { photo_id, audio_id, video_id },
                params: self.params.clone(),
                max_failures: app.config().engine(&self.engine).attempts,
                warnings,
                priority: self.priority,
                expires_at: self.expires_at,
                metadata: self.metadata.clone(),
                webhook_url: self.webhook_url.clone(),
                webhook_events: self.webhook_events.clone(),
                key_id: self.key.as_ref().map(|key| key.id),
                speech_seconds,
                keep: self.keep,
                client_name: self.client_name.clone(),
            });
        }
        Ok(jobs)
    }
}

/// Why checked jobs are not written.
#[derive(Debug, thiserror::Error)]
enum PlacementError {
    /// Their files cannot be kept.
    #[error(transparent)]
    Keep(#[from] SubmitError),
    /// The store does not take them.
    #[error(transparent)]
    Insert(#[from] InsertError),
}

impl PlacementError {
    /// The same to whom the inputs were named by: one that was deleted since it was looked up is one that is not there.
    fn told_of(self, inputs: &[(UploadId, Fault)]) -> SubmitError {
        match self {
            Self::Keep(error) => error,
            Self::Insert(InsertError::Store(error)) => error.into(),
            Self::Insert(InsertError::InputsGone(gone)) => {
                let mut faults = Faults::default();
                for (id, fault) in inputs {
                    if gone.contains(id) {
                        faults.add(fault.clone());
                    }
                }
                match faults.is_empty() {
                    true => io::Error::other("a file of the request was removed before its job was written").into(),
                    false => faults.into(),
                }
            }
        }
    }
}

fn queued(app: &App, job: &Job) {
    tracing::info!(job.id = %job.id, engine.id = job.engine, "job queued");
    app.process.wake_ups.wake();
}

/// The answer to a request whose key is known.
pub(super) fn answered(earlier: Idempotency) -> Result<Accepted, SubmitError> {
    match earlier {
        Idempotency::Created(job) => Ok(Accepted { job: *job, replayed: false }),
        Idempotency::Replayed(job) => Ok(Accepted { job: *job, replayed: true }),
        Idempotency::Conflict => Err(SubmitError::IdempotencyConflict),
    }
}
