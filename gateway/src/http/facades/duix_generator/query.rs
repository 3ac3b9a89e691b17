//! How far a job of the generator is.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};

use crate::app::App;
use crate::domain::job::{Job, State as JobState};
use crate::http::facades::duix::task::{Told, told};
use crate::http::facades::duix_generator::answer::{Answer, Data, INTERNAL};
use crate::http::facades::duix_generator::results;
use crate::http::facades::error::Refusal;
use crate::http::facades::fastapi::fields::Fields;

/// How far is a job?
#[utoipa::path(
    get, path = "/easy/query", operation_id = "duix_generator_query", tag = "Duix generator",
    params(("code" = String, Query, description = "What the client calls the job")),
    responses((status = 200, body = Answer, description = "10000 with `data`; or 10004: there is no such job, or its end was told, 9999: the video cannot be put into the shared folder"))
)]
pub(super) async fn query(State(app): State<Arc<App>>, request: Request) -> Result<Json<Answer>, Refusal> {
    let code = Fields::of_query(request.uri().query()).optional_text("code").unwrap_or_default();
    let Some(job) = app.jobs.called(&client_name(&code)).await? else { return Ok(Json(Answer::unknown())) };
    let job = app.process.attempts.brought_up_to_date(job);
    if job.state == JobState::Succeeded
        && let Err(error) = results::put(&app, &job, &code).await
    {
        tracing::error!(%error, job.id = %job.id, "a video is not told of, for nobody would find it");
        return Ok(Json(Answer::failure(INTERNAL, "系统异常: the video cannot be put into the shared folder")));
    }
    if job.state.is_final() && app.config().facades.generator_tells_end_once {
        app.jobs.forget_name(job.id).await?;
    }
    Ok(Json(Answer::ok(data(&job, code))))
}

/// What the store knows a job by that a client calls `code`.
pub(super) fn client_name(code: &str) -> String {
    format!("duix-generator:{code}")
}

fn data(job: &Job, code: String) -> Data {
    let Told { status, progress, msg } = told(job);
    let artifact = job.artifact.as_ref();
    let cost = job.started_at.zip(job.finished_at).filter(|_| artifact.is_some());
    Data {
        result: Some(artifact.map(|_| format!("/{}", results::name(&code))).unwrap_or_default()),
        code: Some(code),
        cost: cost.map(|(start, end)| start.duration_until(end).as_secs_f64()),
        height: artifact.map(|video| video.height),
        msg: Some(msg),
        progress: Some(progress),
        status: Some(status),
        video_duration: artifact.map(|video| (video.seconds * 1000.0).round() as u64),
        width: artifact.map(|video| video.width),
    }
}
