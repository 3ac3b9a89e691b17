//! The videos that there are: one, a page of them, and one less.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::code::Code;
use crate::domain::id::JobId;
use crate::domain::job::Job;
use crate::http::facades::error::Refusal;
use crate::http::facades::fastapi::fields::Fields;
use crate::http::facades::fastapi::number::Range;
use crate::http::facades::lookup;
use crate::http::facades::openai::speech::fault;
use crate::http::facades::openai::video::Video;
use crate::http::v1::jobs::remove;
use crate::store::jobs::{JobFilter, Order};

/// How many videos a page has unless its length is given, and at most.
const USUAL_PAGE: i64 = 20;
const LONGEST_PAGE: i64 = 100;

/// Show a video
#[utoipa::path(
    get, path = "/v1/videos/{video_id}", operation_id = "openai_retrieve_video", tag = "OpenAI",
    params(("video_id" = String, Path, description = "What creating it was answered with")),
    responses((status = 200, body = Video), (status = 404, description = "There is no such video"))
)]
pub(super) async fn retrieve(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<Video>, Refusal> {
    Ok(Json(Video::of(&find(&app, &id).await?)))
}

#[derive(Serialize, ToSchema)]
pub(super) struct VideoPage {
    #[schema(example = "list")]
    object: &'static str,
    data: Vec<Video>,
    first_id: Option<String>,
    /// What the next page is asked for with, as `after`.
    last_id: Option<String>,
    has_more: bool,
}

/// List videos
///
/// All jobs of the gateway, whichever way they were asked for.
#[utoipa::path(
    get, path = "/v1/videos", operation_id = "openai_list_videos", tag = "OpenAI",
    params(
        ("after" = Option<String>, Query, description = "The last video of the page before"),
        ("limit" = Option<i64>, Query, description = "How many, 1 to 100; 20 if it is left out"),
        ("order" = Option<String>, Query, description = "`desc`, newest first, or `asc`"),
    ),
    responses((status = 200, body = VideoPage), (status = 400, description = "The query cannot be read"))
)]
pub(super) async fn list(State(app): State<Arc<App>>, request: Request) -> Result<Json<VideoPage>, Refusal> {
    let mut fields = Fields::of_query(request.uri().query());
    let limit = fields.integer("limit", Range { ge: Some(1), le: Some(LONGEST_PAGE) }).unwrap_or(USUAL_PAGE);
    let order = match fields.has("order").then(|| fields.choice("order", &["asc", "desc"])).flatten() {
        Some("asc") => Order::OldestFirst,
        _ => Order::NewestFirst,
    };
    let after = fields.optional_text("after");
    if !fields.is_valid() {
        return Err(fields.refusal());
    }
    let after = after.map(|id| id.parse::<JobId>()).transpose().map_err(|_| {
        fault("after", Code::FieldNotAnId, "this is no id of a video", "send the `last_id` of the page before")
    })?;
    let limit = u32::try_from(limit).unwrap_or(1);
    // One more tells whether there are more.
    let rows = app.jobs.jobs(&JobFilter { after, order, limit: limit + 1, ..JobFilter::default() }).await?;
    let mut jobs: Vec<Job> = rows.into_iter().map(|job| app.process.attempts.brought_up_to_date(job)).collect();
    let has_more = jobs.len() > limit as usize;
    jobs.truncate(limit as usize);
    let id = |job: Option<&Job>| job.map(|job| job.id.to_string());
    Ok(Json(VideoPage {
        object: "list",
        first_id: id(jobs.first()),
        last_id: id(jobs.last()),
        data: jobs.iter().map(Video::of).collect(),
        has_more,
    }))
}

#[derive(Serialize, ToSchema)]
pub(super) struct Deleted {
    id: String,
    #[schema(example = "video.deleted")]
    object: &'static str,
    deleted: bool,
}

/// Delete a video
///
/// Its job goes with its files; the uploads that it was made from stay. One that is being rendered is canceled first.
#[utoipa::path(
    delete, path = "/v1/videos/{video_id}", operation_id = "openai_delete_video", tag = "OpenAI",
    params(("video_id" = String, Path, description = "What creating it was answered with")),
    responses((status = 200, body = Deleted), (status = 404, description = "There is no such video"))
)]
pub(super) async fn delete(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Json<Deleted>, Refusal> {
    let job = find(&app, &id).await?;
    remove(&app, job).await?;
    Ok(Json(Deleted { id, object: "video.deleted", deleted: true }))
}

/// The job of an id given by a client.
pub(super) async fn find(app: &App, id: &str) -> Result<Job, Refusal> {
    let job = lookup::find(app, id).await?;
    job.ok_or_else(|| Refusal::not_found(format!("There is no video with id '{}'", crate::domain::fault::excerpt(id))))
}
