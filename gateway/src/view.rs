//! Rows as clients see them.

pub mod estimate;

use avatar_media::faces::Face;
use avatar_media::picture::PictureFormat;
use engine_api::{Description, Readiness};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::catalog::{Entry, Status};
use crate::domain::history::{AttemptRecord, Eta, QueuePosition, Record, Timings};
use crate::domain::id::{AudioId, JobId, PhotoId, VideoId};
use crate::domain::job::{Artifact, Inputs, Job, JobError, State};
use crate::domain::upload::{Audio, Photo, Video, Warning};
use crate::intake::judge::Verdict;

/// A job.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobView {
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
    /// Whether it is kept until the hold is lifted.
    hold: bool,
    /// Why it failed, or why the last attempt did.
    error: Option<JobError>,
    /// The video, once it has succeeded.
    video: Option<ResultView>,
    /// Which jobs are claimed first: the higher ones.
    priority: i32,
    /// It fails if it is still queued at this moment.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// Where its end is announced.
    webhook_url: Option<String>,
    /// When it is likely to end; absent where this installation has no history of its engine, and at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    eta: Option<Eta>,
    /// How long the steps of the successful attempt took, in seconds.
    timings: Option<Timings>,
    /// What it takes to make the same video again.
    record: Option<Record>,
    /// Every attempt, the first one first; only where one job is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<Vec<AttemptRecord>>,
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
struct ResultView {
    /// Where to fetch it.
    #[schema(example = "/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057/video")]
    url: String,
    /// Where to fetch a picture of it.
    #[schema(example = "/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057/thumbnail")]
    thumbnail_url: String,
    #[serde(flatten)]
    facts: Artifact,
}

/// What is told of a job beside its row.
#[derive(Default)]
pub(crate) struct JobContext {
    /// Its place in the queue.
    pub(crate) place: Option<QueuePosition>,
    /// When it is likely to end.
    pub(crate) eta: Option<Eta>,
    /// Its attempts.
    pub(crate) attempts: Option<Vec<AttemptRecord>>,
}

impl JobView {
    /// `base` stands before the addresses: `server.public_url`, or nothing for relative ones.
    pub(crate) fn new(job: Job, beside: JobContext, base: &str) -> Self {
        let address = |what| format!("{base}/v1/jobs/{}/{what}", job.id);
        let (url, thumbnail_url) = (address("video"), address("thumbnail"));
        let video = job.artifact.map(|facts| ResultView { url, thumbnail_url, facts });
        let fraction = job.progress.fraction();
        Self {
            id: job.id,
            engine: job.engine,
            state: job.state,
            queue_position: beside.place.map(|place| place.ahead),
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
            hold: job.hold,
            error: job.error,
            video,
            priority: job.priority,
            expires_at: job.expires_at,
            webhook_url: job.webhook_url,
            eta: beside.eta,
            timings: job.timings,
            record: job.record,
            attempts: beside.attempts,
            created_at: job.created_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
        }
    }
}

/// A page of jobs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobPage {
    /// The jobs, newest first.
    pub(crate) jobs: Vec<JobView>,
    /// Give this as `before` for the next page; null on the last.
    pub(crate) next: Option<JobId>,
}

/// An uploaded photo.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PhotoView {
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
pub(crate) struct PhotoPage {
    /// The photos, newest first.
    pub(crate) photos: Vec<PhotoView>,
    /// Give this as `before` for the next page; null on the last.
    pub(crate) next: Option<PhotoId>,
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
pub(crate) struct AudioView {
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
    /// What may make the video worse than it could be.
    warnings: Vec<Warning>,
    /// When it was sent.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Audio> for AudioView {
    fn from(audio: Audio) -> Self {
        let Audio { id, seconds, sample_rate, channels, codec, container, bytes, sha256, warnings, created_at } = audio;
        Self { id, seconds, sample_rate, channels, codec, container, bytes, sha256, warnings, created_at }
    }
}

/// A page of speech.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AudioPage {
    /// The speech, newest first.
    pub(crate) audio: Vec<AudioView>,
    /// Give this as `before` for the next page; null on the last.
    pub(crate) next: Option<AudioId>,
}

/// An uploaded source video.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VideoView {
    /// Its id, for jobs.
    id: VideoId,
    /// Length in seconds.
    seconds: f64,
    /// Width in pixels, as stored.
    width: u32,
    /// Height in pixels, as stored.
    height: u32,
    /// Pictures per second, on average.
    fps: f64,
    /// Pictures.
    frames: u64,
    /// Codec of the pictures.
    #[schema(example = "h264")]
    codec: String,
    /// Container.
    #[schema(example = "mp4")]
    container: String,
    /// Codec of the sound; null where there is none.
    #[schema(example = "aac")]
    sound_codec: Option<String>,
    /// Size in bytes.
    bytes: u64,
    /// SHA-256.
    sha256: String,
    /// When it was sent.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Video> for VideoView {
    fn from(video: Video) -> Self {
        let Video { id, seconds, width, height, fps, frames, codec, container, sound_codec, bytes, sha256, created_at } =
            video;
        Self { id, seconds, width, height, fps, frames, codec, container, sound_codec, bytes, sha256, created_at }
    }
}

/// A page of source videos.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VideoPage {
    /// The videos, newest first.
    pub(crate) videos: Vec<VideoView>,
    /// Give this as `before` for the next page; null on the last.
    pub(crate) next: Option<VideoId>,
}

/// An installed engine.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EngineView {
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
pub(crate) enum ReadinessView {
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
    pub(crate) fn new(entry: &Entry, default: &str, queue_length: u64) -> Self {
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
