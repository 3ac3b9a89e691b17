//! Whether the gateway has what a job needs, before the job is begun; and what is told of queues that stand still.

use std::sync::Arc;

use crate::app::App;
use crate::blobs::space::Promise;
use crate::domain::history::bytes_of;
use crate::domain::job::Job;
use crate::domain::shortage::Shortage;
use crate::process::capacity;
use crate::process::pauses::Pause;
use crate::store::error::StoreResult;

/// So many of an engine's latest successful jobs tell how large its videos are.
const LATEST: u32 = 20;

/// Looks for what every job needs.
///
/// # Errors
/// It is not there.
pub(super) fn for_any(app: &App) -> Result<(), Pause> {
    if let Err(error) = capacity::handles() {
        let shortage = Shortage::of_io(&error).unwrap_or(Shortage::Handles);
        return Err(Pause::of_all(shortage));
    }
    let (free, reserve) = (app.space.free(), app.config().storage.reserve);
    if free.for_jobs(reserve) > 0 {
        return Ok(());
    }
    let reason = format!("{}: {} are left, and jobs leave more than that", Shortage::Storage, size(free.bytes));
    Err(Pause { reason, ..Pause::of_all(Shortage::Storage) })
}

/// What the machine lacks just now, as far as that can be seen.
pub(super) fn what_is_short(app: &App) -> Option<Shortage> {
    if app.space.free().is_used_up() {
        return Some(Shortage::Storage);
    }
    Shortage::of_io(&capacity::lack()?)
}

/// Promises a job room for what it is expected to write, `margin` times.
///
/// # Errors
/// The store's. `Ok(Err)`: there is no room.
pub(super) async fn for_job(app: &App, job: &Job, margin: u64) -> StoreResult<Result<Promise, Pause>> {
    let history = app.jobs.history(&job.engine, LATEST).await?;
    let bytes = bytes_of(job, history).saturating_mul(margin);
    let reserve = app.config().storage.reserve;
    Ok(app.space.promise_to_job(bytes, reserve).ok_or_else(|| Pause {
        engine: Some(job.engine.clone()),
        shortage: Shortage::Storage,
        reason: format!(
            "{}: the next job's video may take {}, and {} are free for it",
            Shortage::Storage,
            size(bytes),
            size(app.space.room_for_job(reserve)),
        ),
    }))
}

/// Has a queue stand still for what was not there before a job was begun. The log tells it once.
pub(super) fn is_missing(app: &App, pause: Pause, cause: &str) {
    if app.process.pauses.begin(pause.clone()) {
        stands_still(&pause, cause);
    }
}

/// The same for what a job has met.
pub(super) fn was_met(app: &App, engine: &str, shortage: Shortage, cause: &str) {
    // Another engine's jobs may be smaller; whether there is room for one of those is looked at before it is begun.
    let engine = (shortage == Shortage::Storage).then(|| engine.to_owned());
    let pause = Pause { engine, ..Pause::of_all(shortage) };
    if app.process.pauses.met(pause.clone()) {
        stands_still(&pause, cause);
    }
}

fn stands_still(pause: &Pause, cause: &str) {
    let cause = (!cause.is_empty()).then_some(cause);
    let (engine, short) = (pause.engine.as_deref(), pause.shortage.name());
    tracing::error!(engine.id = engine, short, cause, "no job is begun until it is over: {}", pause.reason);
}

/// What the end of an attempt says of pauses, however it ends: unless it has met what is short itself, it is there again.
pub(super) struct Trial {
    app: Arc<App>,
    engine: String,
}

impl Trial {
    pub(super) fn new(app: &Arc<App>, engine: &str) -> Self {
        Self { app: Arc::clone(app), engine: engine.to_owned() }
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        goes_on(self.app.process.pauses.well(&self.engine));
    }
}

/// Tells of pauses that are over.
pub(super) fn goes_on(over: Vec<Pause>) {
    for pause in over {
        tracing::info!(engine.id = pause.engine, short = pause.shortage.name(), "jobs are begun again");
    }
}

fn size(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}
