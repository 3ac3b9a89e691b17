//! Jobs and batches by the ids that clients give, and why they have no video.

use crate::app::App;
use crate::domain::job::{Batch, Job};
use crate::http::problem::ApiError;

/// Why a job that has ended has no video, in a sentence.
pub(super) fn why_not(job: &Job) -> String {
    match &job.error {
        Some(error) => error.message.clone(),
        None => "the job was canceled".to_owned(),
    }
}

/// The jobs of one request by an id given by a client.
pub(super) async fn find_batch(app: &App, id: &str) -> Result<Option<Batch>, ApiError> {
    Ok(match id.parse() {
        Ok(id) => app.jobs.batch(id).await?.map(|batch| {
            let jobs = batch.jobs.into_iter().map(|job| app.process.attempts.brought_up_to_date(job)).collect();
            Batch { jobs, ..batch }
        }),
        Err(_) => None,
    })
}

/// The job of an id given by a client.
pub(super) async fn find(app: &App, id: &str) -> Result<Option<Job>, ApiError> {
    Ok(match id.parse() {
        Ok(id) => app.jobs.job(id).await?.map(|job| app.process.attempts.brought_up_to_date(job)),
        Err(_) => None,
    })
}
