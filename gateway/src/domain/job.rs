//! The domain: what a job is, which states it passes through, what may be submitted. No HTTP, no SQL, no processes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::code::Code;
use crate::domain::code::stored::StoredCode;
use crate::domain::computation::Computation;
use crate::domain::id::{AudioId, BatchId, JobId, KeyId, PhotoId, VideoId};
use crate::domain::metadata::Metadata;
use crate::domain::progress::Progress;
use crate::domain::record::{Record, Timings};
use crate::domain::upload::UploadId;
use crate::domain::webhook_event::WebhookEvents;

/// How often the wait before another attempt, which doubles with every failure, is doubled at most.
pub const MOST_DOUBLINGS: u32 = 10;

/// A request to render a video, and everything that has become of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its name everywhere.
    pub id: JobId,
    /// The engine that renders it.
    pub engine: String,
    /// The uploads it is made from.
    pub inputs: Inputs,
    /// The client's parameters after defaults.
    pub params: Map<String, Value>,
    /// Where it stands.
    pub state: State,
    /// Whether its end has been asked for.
    pub cancel_requested: bool,
    /// How often it has been claimed; each claim is fenced by this number.
    pub attempt: u32,
    /// How many attempts the engine may fail before the job does.
    pub max_failures: u32,
    /// How many attempts have failed so far.
    pub failures: u32,
    /// What the running attempt is doing.
    pub progress: Progress,
    /// What the client should know about the result: what was told at the submission, then what the latest attempt told.
    pub warnings: Vec<String>,
    /// On what the latest attempt is computed, if its engine has said so.
    pub computation: Option<Computation>,
    /// Higher ones are claimed first; 0 unless the client said otherwise.
    pub priority: i32,
    /// It fails if it is still queued at this moment.
    pub expires_at: Option<Timestamp>,
    /// What its client says of it for itself.
    pub metadata: Metadata,
    /// Where it is announced what becomes of it.
    pub webhook_url: Option<String>,
    /// What is announced there.
    pub webhook_events: WebhookEvents,
    /// The API key that it was submitted with.
    pub key_id: Option<KeyId>,
    /// Whether it must be kept, whatever its age.
    pub hold: bool,
    /// Why it failed, or why the last attempt did.
    pub error: Option<JobError>,
    /// The video, once there is one.
    pub artifact: Option<Artifact>,
    /// Length of its speech in seconds, where it has one.
    pub speech_seconds: Option<f64>,
    /// How long the steps of the successful attempt took.
    pub timings: Option<Timings>,
    /// What it takes to make the video again.
    pub record: Option<Record>,
    /// When it was submitted.
    pub created_at: Timestamp,
    /// When its last attempt began.
    pub started_at: Option<Timestamp>,
    /// When it reached a final state.
    pub finished_at: Option<Timestamp>,
    /// Not to be claimed before this moment (back-off between attempts).
    pub not_before: Timestamp,
    /// Counts every change of the row; the id of its events.
    pub revision: u64,
}

/// Jobs of one request, in its order.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Its name everywhere.
    pub id: BatchId,
    /// Whether their videos are to be had as one.
    pub combine: bool,
    /// The jobs: one at least.
    pub jobs: Vec<Job>,
}

/// The states of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for its engine.
    Queued,
    /// Is being rendered.
    Running,
    /// The video is there.
    Succeeded,
    /// It cannot be rendered; the error says why.
    Failed,
    /// It was ended on request.
    Canceled,
}

impl State {
    /// Every state, in the order in which a job may pass through them.
    pub const ALL: [State; 5] = [Self::Queued, Self::Running, Self::Succeeded, Self::Failed, Self::Canceled];

    /// Whether nothing will change any more.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Canceled)
    }

    /// Whether a job may go from here to `next`.
    pub fn may_become(self, next: State) -> bool {
        match self {
            Self::Queued => matches!(next, Self::Running | Self::Failed | Self::Canceled),
            Self::Running => next != Self::Running,
            Self::Succeeded | Self::Failed | Self::Canceled => false,
        }
    }

    /// The word for it in the database, the API and the logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }
}

/// The uploads a job is made from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// The portrait.
    pub photo_id: Option<PhotoId>,
    /// The speech.
    pub audio_id: Option<AudioId>,
    /// The source video.
    pub video_id: Option<VideoId>,
}

impl Inputs {
    /// Those that there are.
    pub fn uploads(self) -> impl Iterator<Item = UploadId> {
        let Self { photo_id, audio_id, video_id } = self;
        [photo_id.map(UploadId::from), audio_id.map(UploadId::from), video_id.map(UploadId::from)].into_iter().flatten()
    }
}

/// Why a job, or an attempt at it, failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobError {
    /// Stable code, `engine.panic` for instance.
    pub code: StoredCode,
    /// A sentence for the client.
    pub message: String,
}

impl JobError {
    /// An error that this version tells.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into() }
    }
}

/// The finished video.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Artifact {
    /// The attempt that made it; part of its file's name.
    #[serde(skip_serializing)]
    pub attempt: u32,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the file in lower-case hexadecimal.
    pub sha256: String,
    /// Frames in the video.
    pub frames: u64,
    /// Length in seconds.
    pub seconds: f64,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}
