//! How many jobs one request may ask for, and how many of one API key may be queued.

use tokio::sync::MutexGuard;

use crate::app::App;
use crate::domain::api_key::Key;
use crate::domain::code::Code;
use crate::domain::fault::Fault;
use crate::submit::error::SubmitError;

/// Refuses so many jobs, asked for in `field`, before anything is done for them: one request may not ask for so many, or
/// the key may not have them queued beside those that are.
///
/// # Errors
/// [`SubmitError::Refused`] and [`SubmitError::QuotaUsed`].
pub(crate) async fn look_for_room(app: &App, key: Option<&Key>, jobs: usize, field: &str) -> Result<(), SubmitError> {
    let most = app.config().limits.batch_jobs;
    if jobs > most {
        return Err(vec![too_many(field, most)].into());
    }
    match limited(app, key) {
        Some((key, most)) => fits(app, key, most, jobs).await,
        None => Ok(()),
    }
}

/// The fault of a request that asks for more jobs than one may, in the field that makes them.
pub(crate) fn too_many(field: &str, most: usize) -> Fault {
    let message = format!("the request asks for more than {most} jobs");
    let remedy = "send several requests, or raise `limits.batch_jobs`";
    Fault::new(field, Code::BatchTooLong, message, remedy)
}

/// Refuses so many jobs more if a key may not have them queued. The next one to ask waits until what is returned is
/// dropped: hold it until the jobs are written.
pub(super) async fn within_quota<'a>(
    app: &'a App,
    key: Option<&Key>,
    jobs: usize,
) -> Result<Option<MutexGuard<'a, ()>>, SubmitError> {
    let Some((key, most)) = limited(app, key) else { return Ok(None) };
    let turn = app.process.quota_turn.take().await;
    fits(app, key, most, jobs).await?;
    Ok(Some(turn))
}

/// A key with a quota, and how many jobs it may have queued.
fn limited<'a>(app: &App, key: Option<&'a Key>) -> Option<(&'a Key, u32)> {
    let key = key?;
    let most = key.queued_jobs.unwrap_or_else(|| app.config().auth.queued_jobs);
    (most > 0).then_some((key, most))
}

async fn fits(app: &App, key: &Key, most: u32, jobs: usize) -> Result<(), SubmitError> {
    let queued = app.keys.queued_jobs(key.id).await?;
    match queued + jobs as u64 <= most.into() {
        true => Ok(()),
        false => Err(SubmitError::QuotaUsed { queued, most, asked: jobs as u64 }),
    }
}
