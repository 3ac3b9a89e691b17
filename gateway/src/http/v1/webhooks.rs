//! `/v1/jobs/{id}/webhook`: what has become of the announcement of a job's end.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::code::Code;
use crate::domain::id::JobId;
use crate::domain::webhook_event::{DeliveryAttempt, DeliveryState};
use crate::http::problem::{ApiError, Problem};
use crate::http::v1::jobs::find;

/// The announcement of a job's end.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookView {
    /// The job.
    id: JobId,
    /// Where its end is announced.
    url: String,
    /// `job.succeeded`, `job.failed` or `job.canceled`.
    #[schema(example = "job.succeeded")]
    event: String,
    /// How far it is.
    state: DeliveryState,
    /// Every attempt, the first one first.
    attempts: Vec<DeliveryAttempt>,
    /// When the next one is made; null if none is.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_attempt_at: Option<Timestamp>,
}

/// Show a job's webhook
///
/// Every attempt to announce the job's end to its `webhook_url`, and what the receiver answered.
#[utoipa::path(
    get, path = "/v1/jobs/{id}/webhook", operation_id = "show_webhook", tag = "jobs",
    params(("id" = JobId, Path, description = "The job's id")),
    responses(
        (status = 200, body = WebhookView),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<WebhookView>, ApiError> {
    let job = find(&app, &id).await?;
    let Some(announcement) = app.webhooks.announcement(job.id).await? else {
        let detail = match job.webhook_url {
            Some(_) => "the job has not ended, so nothing has been announced",
            None => "the job was submitted without a `webhook_url`",
        };
        return Err(ApiError::new(Code::WebhookNone, detail));
    };
    let attempts = app.webhooks.deliveries(job.id).await?;
    Ok(Json(WebhookView {
        id: job.id,
        url: announcement.url,
        event: announcement.event,
        state: announcement.state,
        attempts,
        next_attempt_at: announcement.next_attempt_at,
    }))
}
