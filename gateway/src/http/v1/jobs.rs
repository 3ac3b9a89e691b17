//! `/v1/jobs`: submit, list, show, cancel, delete.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::IntoResponse;
use axum::{Extension, Json};
use jiff::Timestamp;
use serde::Deserialize;
use tokio::time::Instant;
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::blobs::key::BlobKey;
use crate::domain::code::Code;
use crate::domain::id::JobId;
use crate::domain::job;
use crate::domain::job::Job;
use crate::domain::metadata::Metadata;
use crate::ended;
use crate::http::problem::{ApiError, Problem};
use crate::http::v1::job_bodies::{JobForm, JobRequest};
use crate::http::v1::query::Takes;
use crate::http::v1::wait::Wait;
use crate::http::v1::{job_metadata, job_request, lookup, pagination, query};
use crate::store::jobs::JobFilter;
use crate::submit;
use crate::submit::placement::Accepted;
use crate::view::address::address;
use crate::view::job::{self as view, JobPage, JobView};

/// How long a deletion waits for a running job to end: an engine's grace and then some.
const ENDING: Duration = Duration::from_secs(30);

/// Submit a job
///
/// With the ids of earlier uploads or the addresses of files as JSON, or with the files themselves as multipart/form-data. Whatever can be
/// refused is refused here, with every fault at once.
///
/// The same request under the same `Idempotency-Key` gets the same job for 24 hours, with `Idempotent-Replayed: true`.
///
/// With `Prefer: wait=N` the answer waits for the job's end, for N seconds at most: 200 with the ended job, or else 202.
#[utoipa::path(
    post, path = "/v1/jobs", operation_id = "submit_job", tag = "jobs",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Your name for the request: 1 to 255 visible ASCII characters"),
        ("Prefer" = Option<String>, Header, description = "`wait=10`: answer when the job has ended, or after so many seconds, 60 at most"),
    ),
    request_body(content((JobRequest = "application/json"), (JobForm = "multipart/form-data"))),
    responses(
        (status = 200, description = "It has ended within the time that `Prefer` gave it", body = JobView, headers(
            ("Location" = String, description = "Address of the job"),
            ("Idempotent-Replayed" = Option<bool>, description = "`true` where the job is that of an earlier request"),
            ("Preference-Applied" = Option<String>, description = "How long the answer would have waited: `wait=10`"),
        )),
        (status = 202, body = JobView, headers(
            ("Location" = String, description = "Address of the job"),
            ("Idempotent-Replayed" = Option<bool>, description = "`true` where the job is that of an earlier request"),
            ("Preference-Applied" = Option<String>, description = "How long the answer has waited: `wait=10`"),
            ("Retry-After" = Option<u64>, description = "Seconds after which it is worth asking for the job"),
        )),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 415, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
        (status = 507, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn submit(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<impl IntoResponse, ApiError> {
    let wait = Wait::preferred(request.headers());
    let request = job_request::read(request, &app, &caller).await?;
    let Accepted { job, replayed } = submit::submit(&app, request).await?;
    let job = match wait {
        Some(wait) => wait.for_end_of(&app, &job).await?.unwrap_or(job),
        None => job,
    };
    let location = address(&app, &format!("/v1/jobs/{}", job.id));
    let job = view::one(&app, job).await?;
    let status = if wait.is_some() && job.has_ended() { StatusCode::OK } else { StatusCode::ACCEPTED };
    let mut headers = when(&job, wait);
    headers.insert(header::LOCATION, location.try_into().expect("an address is text without line breaks"));
    if replayed {
        headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    }
    Ok((status, headers, Json(job)))
}

/// What the head of an answer tells of the time: when to look again, and whether it has waited as was preferred.
fn when(job: &JobView, waited: Option<Wait>) -> HeaderMap {
    let later = job.retry_after().map(|seconds| (header::RETRY_AFTER, seconds.into()));
    let applied = waited.map(|wait| (HeaderName::from_static("preference-applied"), wait.applied()));
    later.into_iter().chain(applied).collect()
}

/// Which jobs to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct JobQuery {
    /// Only jobs in this state.
    state: Option<job::State>,
    /// Only jobs of this engine.
    engine: Option<String>,
    /// Only jobs submitted at this moment or later.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// Only jobs older than this one: `next` of the page before.
    before: Option<JobId>,
    /// How many, at most.
    #[serde(default = "crate::http::v1::pagination::default_length")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: u32,
}

impl query::Known for JobQuery {
    const TAKES: &'static [Takes] = &[
        Takes {
            name: "state",
            what: "one of queued, running, succeeded, failed, canceled",
            words: &["queued", "running", "succeeded", "failed", "canceled"],
        },
        Takes { name: "engine", what: "the name of an engine", words: &[] },
        Takes { name: "since", what: "a moment such as 2026-01-31T12:00:00Z", words: &[] },
        pagination::BEFORE,
        pagination::LIMIT,
    ];

    fn is_valid(&self) -> bool {
        pagination::is_length(self.limit)
    }
}

/// List jobs
///
/// Newest first, a page at a time.
#[utoipa::path(
    get, path = "/v1/jobs", operation_id = "list_jobs", tag = "jobs",
    params(
        JobQuery,
        // Each member is a parameter of its own.
        ("metadata" = Option<BTreeMap<String, String>>, Query, style = Form, explode, description = "Only jobs whose \
            metadata has this text under this name: `metadata.user=42`. All of several must match", example = json!({})),
    ),
    responses((status = 200, body = JobPage), (status = 422, body = Problem, content_type = "application/problem+json"))
)]
pub(crate) async fn list(State(app): State<Arc<App>>, uri: Uri) -> Result<Json<JobPage>, ApiError> {
    let mut metadata = Metadata::new();
    let JobQuery { state, engine, since, before, limit } =
        query::read_beside(&uri, |name, value| job_metadata::take_condition(&mut metadata, name, value))?;
    let filter = JobFilter { state, engine, metadata, since, after: before, limit, ..JobFilter::default() };
    let rows = app.jobs.jobs(&filter).await?;
    let next = pagination::next(&rows, limit, |job| job.id);
    Ok(Json(JobPage { jobs: view::several(&app, rows).await?, next }))
}

/// Show a job
///
/// With `Prefer: wait=N` the answer waits for the job's end, for N seconds at most.
#[utoipa::path(
    get, path = "/v1/jobs/{id}", operation_id = "show_job", tag = "jobs",
    params(
        ("id" = JobId, Path, description = "The job's id"),
        ("Prefer" = Option<String>, Header, description = "`wait=10`: answer when the job has ended, or after so many seconds, 60 at most"),
    ),
    responses(
        (status = 200, body = JobView, headers(
            ("Preference-Applied" = Option<String>, description = "How long the answer may have waited: `wait=10`"),
            ("Retry-After" = Option<u64>, description = "Seconds after which it is worth asking again, until the job has ended"),
        )),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<(HeaderMap, Json<JobView>), ApiError> {
    let wait = Wait::preferred(&headers);
    let mut job = find(&app, &id).await?;
    if let Some(wait) = wait {
        job = match wait.for_end_of(&app, &job).await? {
            Some(job) => job,
            None => find(&app, &id).await?,
        };
    }
    let job = view::one(&app, job).await?;
    Ok((when(&job, wait), Json(job)))
}

/// Cancel a job
///
/// A queued job is canceled at once. A running one is told to end and is `canceled` within moments: watch its
/// state. One that has ended stays as it is.
#[utoipa::path(
    post, path = "/v1/jobs/{id}/cancel", operation_id = "cancel_job", tag = "jobs",
    params(("id" = JobId, Path, description = "The job's id")),
    responses(
        (status = 202, body = JobView, headers(
            ("Retry-After" = Option<u64>, description = "Seconds after which it is worth asking for the job, unless it has ended"),
        )),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn cancel(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<(StatusCode, HeaderMap, Json<JobView>), ApiError> {
    let job = find(&app, &id).await?;
    ended::cancel(&app, job.id).await?;
    let job = find(&app, &id).await?;
    let job = view::one(&app, job).await?;
    Ok((StatusCode::ACCEPTED, when(&job, None), Json(job)))
}

/// Delete a job
///
/// Its row and its files go; the uploads it was made from stay. A running job is canceled first, so this may take some
/// seconds.
#[utoipa::path(
    delete, path = "/v1/jobs/{id}", operation_id = "delete_job", tag = "jobs",
    params(("id" = JobId, Path, description = "The job's id")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn delete(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let job = find(&app, &id).await?;
    remove(&app, job).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a job with its files; one that has not ended is canceled first.
///
/// # Errors
/// It is on hold, or does not end in time.
pub(crate) async fn remove(app: &App, mut job: Job) -> Result<(), ApiError> {
    let id = job.id.to_string();
    let conflict = |code, detail| Err(ApiError::new(code, detail));
    if job.hold {
        return conflict(Code::JobHeld, "the job is on hold; end the hold first");
    }
    if !job.state.is_final() {
        let mut changes = app.process.job_changes.watch(job.id);
        ended::cancel(app, job.id).await?;
        let deadline = Instant::now() + ENDING;
        loop {
            job = find(app, &id).await?;
            if job.state.is_final() {
                break;
            }
            if tokio::time::timeout_at(deadline, changes.may_have_ended()).await.is_err() {
                return conflict(Code::JobStillRunning, "the job was canceled, and has not ended yet; try again");
            }
        }
    }
    match app.jobs.remove_ended(&[job.id]).await?.pop() {
        Some(job) => {
            app.blobs.delete_all(&BlobKey::of_job(&job)).await?;
        }
        // Somebody else was faster, with the deletion or with a hold.
        None if app.jobs.job(job.id).await?.is_none() => {}
        None => return conflict(Code::JobHeld, "the job is on hold; end the hold first"),
    }
    Ok(())
}

/// The job of an id given by a client.
pub(crate) async fn find(app: &App, id: &str) -> Result<Job, ApiError> {
    let job = match id.parse::<JobId>() {
        Ok(id) => app.jobs.job(id).await?,
        Err(_) => None,
    };
    match job {
        Some(job) => Ok(job),
        None => Err(lookup::not_found(app, Code::JobNotFound, "job", id).await),
    }
}
