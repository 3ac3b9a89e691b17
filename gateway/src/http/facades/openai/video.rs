//! A job as a video of the service.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::code::Code;
use crate::domain::job::{Job, State as JobState};
use crate::http::facades::lookup::why_not;

#[derive(Serialize, ToSchema)]
pub(super) struct Video {
    id: String,
    #[schema(example = "video")]
    object: &'static str,
    /// `queued`, `in_progress`, `completed` or `failed`.
    #[schema(example = "in_progress")]
    status: &'static str,
    /// 0 to 100.
    progress: u8,
    /// Seconds since 1970.
    created_at: i64,
    completed_at: Option<i64>,
    /// Always null.
    expires_at: Option<i64>,
    /// The engine.
    #[schema(example = "puppet")]
    model: String,
    /// Always null: it is not kept.
    prompt: Option<String>,
    /// Whole seconds, rounded up: of the speech, and once it is there of the video.
    #[schema(example = "4")]
    seconds: String,
    /// Of the video once it is there; before that what was asked for, or `auto`.
    #[schema(example = "720x1280")]
    size: String,
    /// Always null.
    remixed_from_video_id: Option<String>,
    /// Why there will be no video.
    error: Option<VideoError>,
    /// What the client should know although it is no fault: an addition of the gateway's.
    warnings: Vec<String>,
}

#[derive(Serialize, ToSchema)]
struct VideoError {
    #[schema(example = "engine.input")]
    code: String,
    message: String,
}

impl Video {
    /// The job in the service's words.
    pub(super) fn of(job: &Job) -> Self {
        let is_over = matches!(job.state, JobState::Failed | JobState::Canceled);
        let code = job.error.as_ref().map_or(Code::JobCanceled.as_str(), |error| error.code.as_str());
        Self {
            id: job.id.to_string(),
            object: "video",
            status: match job.state {
                JobState::Queued => "queued",
                JobState::Running => "in_progress",
                JobState::Succeeded => "completed",
                JobState::Failed | JobState::Canceled => "failed",
            },
            progress: match job.state {
                JobState::Succeeded => 100,
                JobState::Queued => 0,
                _ => (job.progress.fraction * 100.0).min(99.0) as u8,
            },
            created_at: job.created_at.as_second(),
            completed_at: job.finished_at.map(|moment| moment.as_second()),
            expires_at: None,
            model: job.engine.clone(),
            prompt: None,
            seconds: seconds(job),
            size: size(job),
            remixed_from_video_id: None,
            error: is_over.then(|| VideoError { code: code.to_owned(), message: why_not(job) }),
            warnings: job.warnings.clone(),
        }
    }
}

fn seconds(job: &Job) -> String {
    let seconds = job.artifact.as_ref().map(|artifact| artifact.seconds).or(job.speech_seconds);
    (seconds.unwrap_or_default().ceil() as u64).to_string()
}

fn size(job: &Job) -> String {
    let asked = |name: &str| job.params.get(name).and_then(serde_json::Value::as_u64);
    match (&job.artifact, asked("width"), asked("height")) {
        (Some(artifact), ..) => format!("{}x{}", artifact.width, artifact.height),
        (None, Some(width), Some(height)) => format!("{width}x{height}"),
        _ => "auto".to_owned(),
    }
}
