//! What a video is made of: the film, or a picture of it.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;

use crate::app::App;
use crate::domain::job::State as JobState;
use crate::http::facades::error::Refusal;
use crate::http::facades::fastapi::fields::Fields;
use crate::http::facades::lookup::why_not;
use crate::http::facades::openai::videos::find;
use crate::http::facades::video;
use crate::http::v1::artifacts;

/// Download a video
#[utoipa::path(
    get, path = "/v1/videos/{video_id}/content", operation_id = "openai_download_video", tag = "OpenAI",
    params(
        ("video_id" = String, Path, description = "What creating it was answered with"),
        ("variant" = Option<String>, Query, description = "`video`, or `thumbnail` for a JPEG of its beginning"),
    ),
    responses(
        (status = 200, body = Vec<u8>, content_type = "video/mp4"),
        (status = 400, description = "There is no video, or not yet, or not of this kind"),
        (status = 404, description = "There is no such video"),
    )
)]
pub(super) async fn download(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    let mut fields = Fields::of_query(request.uri().query());
    let variant = fields.optional_text("variant").unwrap_or_else(|| "video".to_owned());
    let job = find(&app, &id).await?;
    match job.state {
        JobState::Succeeded => {}
        JobState::Failed | JobState::Canceled => return Err(Refusal::bad_request(why_not(&job))),
        // No 409: clients of this service send such requests again.
        JobState::Queued | JobState::Running => {
            return Err(Refusal::bad_request("The video is not ready yet; ask for it until its status is 'completed'"));
        }
    }
    match variant.as_str() {
        "video" => {
            let name = format!("{}.mp4", job.id);
            video::of_job(&app, &job, &name, request).await?.ok_or_else(|| Refusal::not_found("The video is gone"))
        }
        "thumbnail" => Ok(artifacts::thumbnail(State(app), Path(id), request).await?),
        "spritesheet" => Err(Refusal::bad_request("variant: this gateway makes no sprite sheets; ask for 'thumbnail'")),
        _ => Err(Refusal::bad_request("variant: send 'video' or 'thumbnail'")),
    }
}
