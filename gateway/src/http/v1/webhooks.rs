//! `/v1/jobs/{id}/webhook`: what has been announced of a job, and what became of that.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::code::Code;
use crate::domain::id::JobId;
use crate::domain::webhook_event::{DeliveryAttempt, DeliveryState, EventKind, WebhookEvent};
use crate::http::problem::{ApiError, Problem};
use crate::http::v1::jobs::find;

/// What has been announced of a job.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookView {
    /// The job.
    id: JobId,
    /// Where it is announced.
    url: String,
    #[serde(flatten)]
    latest: AnnouncementView,
    /// What was announced before: that it has begun, and how far it was.
    earlier: Vec<AnnouncementView>,
}

/// One announcement. That of progress is what was last to be told of it, with the latest attempt.
#[derive(Debug, Serialize, ToSchema)]
struct AnnouncementView {
    /// What is told.
    event: EventKind,
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
/// What was announced last to its `webhook_url`, its end in the end, with every attempt and what the receiver answered;
/// and what was announced before.
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
    let announcements = app.webhooks.announcements(job.id).await?;
    let Some(url) = announcements.first().map(|first| first.url.clone()) else {
        let detail = match job.webhook_url {
            Some(_) => "nothing has happened yet that is to be announced",
            None => "the job was submitted without a `webhook_url`",
        };
        return Err(ApiError::new(Code::WebhookNone, detail));
    };
    let mut earlier = Vec::with_capacity(announcements.len());
    for WebhookEvent { kind, state, next_attempt_at, .. } in announcements {
        let attempts = app.webhooks.deliveries(job.id, kind).await?;
        earlier.push(AnnouncementView { event: kind, state, attempts, next_attempt_at });
    }
    let latest = earlier.pop().expect("there is a first one");
    Ok(Json(WebhookView { id: job.id, url, latest, earlier }))
}
