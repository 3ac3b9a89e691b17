//! Jobs' ends, told once for operators: by a line of the log, and in the metrics.

use jiff::Timestamp;

use crate::app::App;
use crate::domain::id::JobId;
use crate::domain::job::{Job, State};
use crate::store::error::StoreResult;
use crate::store::jobs::Cancellation;

/// Cancels a queued job, or has a running one told to end; whoever watches it hears of it.
///
/// # Errors
/// The store's.
pub async fn cancel(app: &App, id: JobId) -> StoreResult<()> {
    let cancellation = app.jobs.request_cancel(id, app.clock.now()).await?;
    if cancellation == Some(Cancellation::Canceled) {
        tell(app, id).await;
    }
    app.process.job_changes.publish_end(id);
    Ok(())
}

/// Tells of a job that has just been brought to its end, if it has been: a job that was to be tried again is not.
pub async fn tell(app: &App, id: JobId) {
    match app.jobs.job(id).await {
        Ok(Some(job)) if job.state.is_final() => tell_of(app, &job).await,
        Ok(_) => {}
        Err(error) => tracing::warn!(job.id = %id, %error, "the end of a job cannot be told, if it has ended"),
    }
}

async fn tell_of(app: &App, job: &Job) {
    let ended = job.finished_at.unwrap_or_else(|| app.clock.now());
    let begun = job.started_at.unwrap_or(ended);
    let code = job.error.as_ref().filter(|_| job.state == State::Failed).map(|error| error.code.as_str());
    let key = match job.key_id {
        Some(id) => Some(app.key_cache.name(&*app.keys, id, app.clock.now()).await),
        None => None,
    };
    tracing::info!(
        job.id = %job.id,
        engine.id = job.engine,
        state = job.state.as_str(),
        error.code = code,
        attempt = job.attempt,
        queued_seconds = seconds(job.created_at, begun),
        render_seconds = seconds(begun, ended),
        key = key.as_deref(),
        "job ended"
    );
    app.metrics.job_ended(&job.engine, job.state.as_str(), code);
}

/// Seconds between two moments, to the millisecond; a clock that was set back makes none.
fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_millis().max(0) as f64 / 1000.0
}
