//! Rows as clients see them.

use avatar_media::faces::Face;
use avatar_media::picture::PictureFormat;
use engine_api::{Description, Readiness};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::catalog::{Entry, Status};
use crate::intake::verdict::Verdict;
use crate::job::id::{AudioId, JobId, PhotoId};
use crate::job::{Artifact, Inputs, Job, JobError, State};
use crate::upload::{Audio, Photo};

/// A job.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct JobView {
    /// Its id.
    id: JobId,
    /// The engine that renders it.
    engine: String,
    /// Where it stands.
    state: State,
    /// How many queued jobs of its engine come before it; null unless it is queued.
    queue_position: Option<u64>,
    /// What the running attempt is doing, or the last one did.
    progress: ProgressView,
    /// How often it has been started.
    attempt: u32,
    /// The uploads it is made from.
    inputs: Inputs,
    /// The parameters after defaults.
    #[schema(value_type = Object)]
    params: Map<String, Value>,
    /// What to know about the result.
    warnings: Vec<String>,
    /// Why it failed, or why the last attempt did.
    error: Option<JobError>,
    /// The video, once it has succeeded.
    video: Option<VideoView>,
    /// When it was submitted.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When its last attempt began.
    #[schema(value_type = Option<String>, format = DateTime)]
    started_at: Option<Timestamp>,
    /// When it reached a final state.
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Timestamp>,
}

/// What an attempt is doing.
#[derive(Debug, Serialize, ToSchema)]
struct ProgressView {
    /// A short phrase: `load engine`, `render` …
    #[schema(example = "render")]
    stage: String,
    /// Units of the stage that are finished: frames while it renders.
    done: u64,
    /// Units of the stage in all; 0 while unknown.
    total: u64,
    /// `done / total`, 0 to 1; null while the total is unknown.
    fraction: Option<f64>,
}

/// A finished video.
#[derive(Debug, Serialize, ToSchema)]
struct VideoView {
    /// Where to fetch it.
    #[schema(example = "/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057/video")]
    url: String,
    #[serde(flatten)]
    facts: Artifact,
}

impl JobView {
    /// `base` stands before the addresses: `server.public_url`, or nothing for relative ones.
    pub(super) fn new(job: Job, queue_position: Option<u64>, base: &str) -> Self {
        let video = job.artifact.map(|facts| VideoView { url: format!("{base}/v1/jobs/{}/video", job.id), facts });
        let fraction =
            (job.progress.total > 0).then(|| (job.progress.done as f64 / job.progress.total as f64).clamp(0.0, 1.0));
        Self {
            id: job.id,
            engine: job.engine,
            state: job.state,
            queue_position,
            progress: ProgressView {
                stage: job.progress.stage,
                done: job.progress.done,
                total: job.progress.total,
                fraction,
            },
            attempt: job.attempt,
            inputs: job.inputs,
            params: job.params,
            warnings: job.warnings,
            error: job.error,
            video,
            created_at: job.created_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
        }
    }
}

/// A page of jobs.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct JobPage {
    /// The jobs, newest first.
    pub(super) jobs: Vec<JobView>,
    /// Give this as `before` for the next page; null on the last.
    pub(super) next: Option<JobId>,
}

/// An uploaded photo.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PhotoView {
    /// Its id, for jobs.
    id: PhotoId,
    /// What it was sent as.
    #[schema(value_type = String, example = "jpeg")]
    format: PictureFormat,
    /// Width in pixels, upright.
    width: u32,
    /// Height in pixels, upright.
    height: u32,
    /// Size as sent, in bytes.
    bytes: u64,
    /// SHA-256 as sent.
    sha256: String,
    /// The faces found in it, best first.
    #[schema(value_type = Vec<FaceView>)]
    faces: Vec<Face>,
    /// What is thought of it, and which face is meant.
    verdict: Verdict,
    /// When it was sent.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// A page of photos.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PhotoPage {
    /// The photos, newest first.
    pub(super) photos: Vec<PhotoView>,
    /// Give this as `before` for the next page; null on the last.
    pub(super) next: Option<PhotoId>,
}

/// A face in a photo.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only documents how faces are written")]
pub(crate) struct FaceView {
    /// Left edge in pixels.
    x: f32,
    /// Upper edge in pixels.
    y: f32,
    /// Width in pixels.
    width: f32,
    /// Height in pixels.
    height: f32,
    /// How sure the detector is; 10 to 40 for clear portraits.
    score: f32,
}

impl From<Photo> for PhotoView {
    fn from(photo: Photo) -> Self {
        let Photo { id, format, width, height, bytes, sha256, faces, verdict, created_at } = photo;
        Self { id, format, width, height, bytes, sha256, faces, verdict, created_at }
    }
}

/// Uploaded speech.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AudioView {
    /// Its id, for jobs.
    id: AudioId,
    /// Length in seconds.
    seconds: f64,
    /// Samples per second as sent.
    sample_rate: u32,
    /// Channels as sent.
    channels: u16,
    /// Codec as sent.
    #[schema(example = "pcm_s16le")]
    codec: String,
    /// Container as sent.
    #[schema(example = "wav")]
    container: String,
    /// Size as sent, in bytes.
    bytes: u64,
    /// SHA-256 as sent.
    sha256: String,
    /// When it was sent.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Audio> for AudioView {
    fn from(audio: Audio) -> Self {
        let Audio { id, seconds, sample_rate, channels, codec, container, bytes, sha256, created_at } = audio;
        Self { id, seconds, sample_rate, channels, codec, container, bytes, sha256, created_at }
    }
}

/// An installed engine.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EngineView {
    /// The name to give in requests.
    id: String,
    /// Whether it is used when a request names none.
    default: bool,
    /// Whether it can render.
    readiness: ReadinessView,
    /// How many jobs wait for it.
    queue_length: u64,
    /// What it says of itself: name, version, summary, accepted inputs, weights, licence, devices, and `params`, the
    /// JSON Schema of its parameters. Absent if it cannot be opened.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    description: Option<Value>,
}

/// Whether an engine can render.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(super) enum ReadinessView {
    /// A job can run.
    Ready,
    /// Files are missing.
    MissingWeights {
        /// The files.
        files: Vec<String>,
        /// What to do about it.
        remedy: String,
    },
    /// Something else is in the way.
    Failed {
        /// What is wrong.
        reason: String,
        /// What to do about it.
        remedy: String,
    },
    /// The plugin cannot be opened.
    Incompatible {
        /// Why.
        reason: String,
    },
}

impl From<&Status> for ReadinessView {
    fn from(status: &Status) -> Self {
        match status.clone() {
            Status::Checked(Readiness::Ready) => Self::Ready,
            Status::Checked(Readiness::MissingWeights { files, remedy }) => Self::MissingWeights { files, remedy },
            Status::Checked(Readiness::Failed { reason, remedy }) => Self::Failed { reason, remedy },
            Status::Incompatible { reason } => Self::Incompatible { reason },
        }
    }
}

impl EngineView {
    pub(super) fn new(entry: &Entry, default: &str, queue_length: u64) -> Self {
        Self {
            id: entry.id.clone(),
            default: entry.id == default,
            readiness: (&entry.status).into(),
            queue_length,
            description: entry.engine.as_ref().map(|engine| without_id(&engine.description)),
        }
    }
}

/// The description as a value to be merged into the view, which tells the id itself.
fn without_id(description: &Description) -> Value {
    let mut value = serde_json::to_value(description).expect("descriptions are plain data");
    if let Some(object) = value.as_object_mut() {
        object.remove("id");
    }
    value
}
