//! A request of Duix's clients: the files at two addresses become a job.

use std::sync::Arc;

use axum::extract::Request;
use jiff::SignedDuration;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::config::FacadeName;
use crate::domain::job::Job;
use crate::http::facades::adapt;
use crate::http::facades::adapt::Renderer;
use crate::http::facades::duix::failure::in_body;
use crate::http::facades::error::Refusal;
use crate::http::facades::fastapi::fields::Fields;
use crate::submit;
use crate::submit::request::{InputField, JobRequest};

/// Where the files are.
#[derive(ToSchema)]
#[schema(example = json!({
    "audio_url": "https://example.org/audio.wav",
    "video_url": "https://example.org/reference_video.mp4",
}))]
#[allow(dead_code, reason = "only documents the request")]
pub(super) struct Addresses {
    /// The speech.
    #[schema(example = "https://example.org/audio.wav")]
    audio_url: String,
    /// The video that is redubbed.
    #[schema(example = "https://example.org/reference_video.mp4")]
    video_url: String,
}

/// Writes the job, for which both files are fetched.
///
/// # Errors
/// In the service's form: a fault of the request, or why the files cannot be had or used.
pub(super) async fn submit(app: &Arc<App>, caller: &Caller, request: Request) -> Result<Job, Refusal> {
    let mut fields = Fields::of_json(request, app, caller.client(), &["audio_url", "video_url"]).await?;
    let (audio_url, video_url) = (fields.url("audio_url"), fields.url("video_url"));
    let (Some(audio_url), Some(video_url)) = (audio_url, video_url) else { return Err(fields.refusal()) };
    let renderer = Renderer::ready(app, FacadeName::Duix).await.map_err(in_body)?;
    let request = JobRequest {
        video: Some(InputField::remote("video_url", video_url)),
        audio: Some(InputField::remote("audio_url", audio_url)),
        keep: Some(keep_unfetched(app)),
        ..adapt::request(renderer, caller, vec![])
    };
    let accepted = submit::submit(app, request).await.map_err(|error| in_body(error.into()))?;
    Ok(accepted.job)
}

/// How long a job of this facade is kept if nobody fetches its video.
fn keep_unfetched(app: &App) -> SignedDuration {
    SignedDuration::try_from(app.config().facades.max_file_age).unwrap_or(SignedDuration::MAX)
}
