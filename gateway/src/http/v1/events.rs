//! `/v1/jobs/{id}/events`: a job's changes as server-sent events: its row whenever that has changed, and between two changes
//! how far its running attempt is.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::domain::id::JobId;
use crate::domain::job::Job;
use crate::http::problem::{ApiError, Problem};
use crate::http::v1::jobs::find;
use crate::process::job_changes::{Change, JobWatch};
use crate::view::job::{self as view, JobView};

/// How often a comment is sent on a quiet stream, so that nothing on the way closes it.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Watch a job
///
/// The first event is a `snapshot` of the job, each later one, `job`, the job as it has become; the last one shows
/// it in a final state, then the stream ends. The `data` of each is the job as JSON, as `/v1/jobs/{id}` shows it; its
/// `id` counts the changes of what is kept of the job, which its progress goes on between, so nothing is missed by
/// connecting again: the snapshot holds all that has happened.
/// Whoever connects again with the `Last-Event-ID` of a final state is answered 204, which ends an `EventSource`.
#[utoipa::path(
    get, path = "/v1/jobs/{id}/events", operation_id = "watch_job", tag = "jobs",
    params(
        ("id" = JobId, Path, description = "The job's id"),
        ("Last-Event-ID" = Option<String>, Header, description = "Id of the last event that has arrived"),
    ),
    responses(
        // Some programs take the schema for that of one event, others for that of all the text.
        (status = 200, body = Value, content_type = "text/event-stream", description = "Events, until the job has ended"),
        (status = 204, description = "The job has ended, and its last event has arrived"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn watch(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    // Watching starts before the first look, so that no change falls between the two.
    let job = find(&app, &id).await?;
    let changes = app.process.job_changes.watch(job.id);
    let job = find(&app, &id).await?;
    let arrived = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse::<u64>().ok());
    if job.state.is_final() && arrived == Some(job.revision) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let watcher = Watcher { app, id: job.id, changes, shown: None, job: Some(job) };
    let stream = futures::stream::unfold(watcher, |mut watcher| async {
        let event = watcher.next().await?;
        Some((Ok::<_, Infallible>(event), watcher))
    });
    let mut response = Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    // nginx would keep the events until its buffer is full.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

struct Watcher {
    app: Arc<App>,
    id: JobId,
    changes: JobWatch,
    /// What was last sent, and its revision.
    shown: Option<(u64, JobView)>,
    /// What is to be sent next, where it is known already.
    job: Option<Job>,
}

impl Watcher {
    /// The next event; none once a final state has been sent, or when the gateway stops.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(job) = self.job.take()
                && self.shown.as_ref().is_none_or(|(revision, _)| job.revision > *revision)
            {
                let name = if self.shown.is_none() { "snapshot" } else { "job" };
                let revision = job.revision;
                let (_, shown) = self.shown.insert((revision, view::one(&self.app, job).await.ok()?));
                return event(name, revision, shown);
            }
            if self.shown.as_ref().is_some_and(|(_, shown)| shown.has_ended()) {
                return None;
            }
            let change = tokio::select! {
                change = self.changes.changed() => change,
                () = self.app.stop.cancelled() => return None,
            };
            match (change, &mut self.shown) {
                (Change::Progress, Some((revision, shown))) => {
                    if shown.follow(&self.app.process.attempts) {
                        return event("job", *revision, shown);
                    }
                }
                _ => self.job = Some(self.app.jobs.job(self.id).await.ok()??),
            }
        }
    }
}

fn event(name: &str, revision: u64, job: &JobView) -> Option<Event> {
    Event::default().event(name).id(revision.to_string()).json_data(job).ok()
}
