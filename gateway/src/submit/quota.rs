//! How many jobs of one API key may be queued.

use tokio::sync::MutexGuard;

use crate::app::App;
use crate::domain::api_key::Key;
use crate::submit::error::SubmitError;

/// Refuses so many jobs more if a key may not have them queued. The next one to ask waits until what is returned is
/// dropped: hold it until the jobs are written.
pub(super) async fn within_quota<'a>(
    app: &'a App,
    key: Option<&Key>,
    jobs: usize,
) -> Result<Option<MutexGuard<'a, ()>>, SubmitError> {
    let Some(key) = key else { return Ok(None) };
    let most = key.queued_jobs.unwrap_or_else(|| app.config().auth.queued_jobs);
    if most == 0 {
        return Ok(None);
    }
    let turn = app.process.quota_turn.take().await;
    let queued = app.keys.queued_jobs(key.id).await?;
    if queued + jobs as u64 > most.into() {
        return Err(SubmitError::QuotaUsed { queued, most });
    }
    Ok(Some(turn))
}
