//! A job with everything checked: its files are kept, and it is written.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::app::App;
use crate::auth::caller::Caller;
use crate::catalog::Entry;
use crate::domain::code::Code;
use crate::domain::job::{Batch, Inputs, Job};
use crate::domain::upload::{Audio, Photo, Video};
use crate::http::problem::ApiError;
use crate::http::server::auth;
use crate::store::jobs::{Idempotency, IdempotencyKey, NewJob};
use crate::submit::input;
use crate::submit::input::Checked;

/// A job that may be written.
pub(crate) struct Order {
    /// The engine, which is ready.
    pub(crate) engine: Arc<Entry>,
    /// The portrait.
    pub(crate) photo: Option<Checked<Photo>>,
    /// The speech.
    pub(crate) audio: Option<Checked<Audio>>,
    /// The source video.
    pub(crate) video: Option<Checked<Video>>,
    /// The engine's parameters, checked and complete.
    pub(crate) params: Map<String, Value>,
    /// What the client should know although it is no fault.
    pub(crate) warnings: Vec<String>,
    /// Higher ones are claimed first.
    pub(crate) priority: i32,
    /// When it fails if it is still queued then.
    pub(crate) expires_at: Option<Timestamp>,
    /// Where its end is announced.
    pub(crate) webhook_url: Option<String>,
    /// How long after its end it is removed by itself.
    pub(crate) keep: Option<SignedDuration>,
}

/// What a request has led to.
pub(crate) struct Accepted {
    /// The job.
    pub(crate) job: Job,
    /// Whether an earlier request has already led to it.
    pub(crate) replayed: bool,
}

impl Order {
    /// Keeps the files and writes the job; under a key, only once.
    ///
    /// # Errors
    /// The caller has too many jobs queued, or the disk or the store fails.
    pub(crate) async fn place(
        self,
        app: &App,
        caller: &Caller,
        once: Option<&IdempotencyKey>,
    ) -> Result<Accepted, ApiError> {
        let _turn = auth::within_quota(app, caller, 1).await?;
        let now = app.clock.now();
        let (job, is_new) = self.keep(app, caller).await?;
        let inputs = job.inputs;
        let written = match once {
            None => Idempotency::Created(Box::new(app.jobs.insert(job, now).await?)),
            Some(once) => app.jobs.insert_once(job, once, now).await?,
        };
        let Idempotency::Created(job) = written else {
            // The same request came twice at once, and the other one was faster.
            input::discard_new(app, inputs, is_new).await;
            return answered(written);
        };
        queued(app, &job);
        Ok(Accepted { job: *job, replayed: false })
    }

    /// Keeps the files and writes the jobs of one request, all or none.
    ///
    /// # Errors
    /// As of [`Order::place`]; no file is left behind then.
    pub(crate) async fn place_all(
        orders: Vec<Self>,
        combine: bool,
        app: &App,
        caller: &Caller,
    ) -> Result<Batch, ApiError> {
        let _turn = auth::within_quota(app, caller, orders.len()).await?;
        let mut kept = Vec::with_capacity(orders.len());
        let written = Self::write_all(orders, combine, app, caller, &mut kept).await;
        match &written {
            Ok(batch) => batch.jobs.iter().for_each(|job| queued(app, job)),
            Err(_) => {
                for (inputs, is_new) in kept {
                    input::discard_new(app, inputs, is_new).await;
                }
            }
        }
        written
    }

    async fn write_all(
        orders: Vec<Self>,
        combine: bool,
        app: &App,
        caller: &Caller,
        kept: &mut Vec<(Inputs, [bool; 3])>,
    ) -> Result<Batch, ApiError> {
        let mut jobs = Vec::with_capacity(orders.len());
        for order in orders {
            let (job, is_new) = order.keep(app, caller).await?;
            kept.push((job.inputs, is_new));
            jobs.push(job);
        }
        Ok(app.jobs.insert_batch(app.ids.next(), combine, &jobs, app.clock.now()).await?)
    }

    /// Keeps the files; tells of photo, speech and video which are new.
    async fn keep(self, app: &App, caller: &Caller) -> Result<(NewJob, [bool; 3]), ApiError> {
        let Self { engine, photo, audio, video, params, warnings, priority, expires_at, webhook_url, keep } = self;
        let is_new = [
            photo.as_ref().is_some_and(Checked::is_new),
            audio.as_ref().is_some_and(Checked::is_new),
            video.as_ref().is_some_and(Checked::is_new),
        ];
        let speech_seconds = audio.as_ref().map(|audio| audio.row().seconds);
        let inputs = Inputs {
            photo_id: input::keep(app, photo).await?,
            audio_id: input::keep(app, audio).await?,
            video_id: input::keep(app, video).await?,
        };
        let job = NewJob {
            id: app.ids.next(),
            engine: engine.id.clone(),
            inputs,
            params,
            max_failures: app.config().engine(&engine.id).attempts,
            warnings,
            priority,
            expires_at,
            webhook_url,
            key_id: caller.key.as_ref().map(|key| key.id),
            speech_seconds,
            keep,
        };
        Ok((job, is_new))
    }
}

fn queued(app: &App, job: &Job) {
    tracing::info!(job.id = %job.id, engine.id = job.engine, "job queued");
    app.process.wake_ups.wake();
}

/// The answer to a request whose key is known.
pub(crate) fn answered(earlier: Idempotency) -> Result<Accepted, ApiError> {
    match earlier {
        Idempotency::Created(job) => Ok(Accepted { job: *job, replayed: false }),
        Idempotency::Replayed(job) => Ok(Accepted { job: *job, replayed: true }),
        Idempotency::Conflict => Err(ApiError::new(
            Code::IdempotencyConflict,
            "this Idempotency-Key was used for another request within the last 24 hours; send a new key",
        )),
    }
}
