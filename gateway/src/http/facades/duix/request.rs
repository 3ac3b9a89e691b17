//! A request of Duix's clients: two addresses, fetched past the guard, become a job.

use std::sync::Arc;

use axum::extract::Request;
use jiff::SignedDuration;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::config::FacadeName;
use crate::domain::job::Job;
use crate::domain::upload::{Audio, Video};
use crate::http::facades::adapt;
use crate::http::facades::adapt::Renderer;
use crate::http::facades::duix::failure::{failed, in_body};
use crate::http::facades::error::Refusal;
use crate::http::facades::fastapi::fields::Fields;
use crate::http::facades::remote::fetched;
use crate::intake::upload_kind::UploadKind;
use crate::submit;
use crate::submit::request::{InputField, JobRequest};

/// Where the files are.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only documents the request")]
pub(super) struct Addresses {
    /// The speech.
    #[schema(example = "https://example.org/audio.wav")]
    audio_url: String,
    /// The video that is redubbed.
    #[schema(example = "https://example.org/reference_video.mp4")]
    video_url: String,
}

/// Fetches both files at once and writes the job.
///
/// # Errors
/// In the service's form: a fault of the request, or why the files cannot be used.
pub(super) async fn submit(app: &Arc<App>, caller: &Caller, request: Request) -> Result<Job, Refusal> {
    let mut fields = Fields::of_json(request, app, caller.client(), &["audio_url", "video_url"]).await?;
    let (audio_url, video_url) = (fields.url("audio_url"), fields.url("video_url"));
    let (Some(audio_url), Some(video_url)) = (audio_url, video_url) else { return Err(fields.refusal()) };
    let renderer = Renderer::ready(app, FacadeName::Duix).await.map_err(in_body)?;
    let limits = app.config().limits.clone();
    let audio = fetched(app, "audio_url", &audio_url, Audio::limit(&limits), failed);
    let video = fetched(app, "video_url", &video_url, Video::limit(&limits), failed);
    let (audio, video) = tokio::try_join!(audio, video)?;
    let request = JobRequest {
        video: Some(InputField::file("video_url", video)),
        audio: Some(InputField::file("audio_url", audio)),
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
