//! How the domain's types are written as JSON, for the OpenAPI document: each has the name and the members of its twin in
//! `domain/`, and nothing but the document is made of it.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

/// Names a job.
#[derive(ToSchema)]
pub(super) struct JobId(Uuid);

/// Names an uploaded photo.
#[derive(ToSchema)]
pub(super) struct PhotoId(Uuid);

/// Names uploaded speech.
#[derive(ToSchema)]
pub(super) struct AudioId(Uuid);

/// Names an uploaded source video.
#[derive(ToSchema)]
pub(super) struct VideoId(Uuid);

/// The states of a job.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum State {
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

/// What is being done for a job: the phases of an attempt, in their order.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(in crate::view) enum Phase {
    /// A process for the engine is being started, or an idle one is being handed the job.
    Starting,
    /// The engine loads its models.
    Loading,
    /// The engine reads the job's inputs.
    Preparing,
    /// Pictures are made.
    Rendering,
    /// The video is completed and checked.
    Finishing,
}

/// The uploads a job is made from.
#[derive(ToSchema)]
pub(super) struct Inputs {
    /// The portrait.
    photo_id: Option<PhotoId>,
    /// The speech.
    audio_id: Option<AudioId>,
    /// The source video.
    video_id: Option<VideoId>,
}

/// What an attempt is computed on, as its engine says.
#[derive(ToSchema)]
pub(super) struct Computation {
    /// The device that it has become, whatever was asked for.
    #[schema(example = "cuda:0")]
    device: String,
    /// What runs the networks, preferred first; empty where there are none.
    #[schema(example = json!(["TensorRT", "CUDA"]))]
    providers: Vec<String>,
    /// The numbers that pictures are made in: `fp32`, `fp16`, or `mixed` where both are.
    #[schema(example = "mixed")]
    precision: String,
}

/// Why a job, or an attempt at it, failed.
#[derive(ToSchema)]
pub(super) struct JobError {
    /// Stable code, `engine.panic` for instance.
    #[schema(example = "engine.input")]
    code: String,
    /// A sentence for the client.
    message: String,
}

/// The finished video.
#[derive(ToSchema)]
pub(super) struct Artifact {
    /// The attempt that made it; part of its file's name.
    #[schema(ignore)]
    attempt: u32,
    /// Size in bytes.
    bytes: u64,
    /// SHA-256 of the file in lower-case hexadecimal.
    sha256: String,
    /// Frames in the video.
    frames: u64,
    /// Length in seconds.
    seconds: f64,
    /// Width in pixels.
    width: u32,
    /// Height in pixels.
    height: u32,
}

/// One attempt at a job.
#[derive(ToSchema)]
pub(super) struct AttemptRecord {
    /// Counted from 1.
    number: u32,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// When it ended; null while it runs.
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Timestamp>,
    /// How it ended; null while it runs.
    outcome: Option<AttemptOutcome>,
    /// Why it failed, if it did.
    error: Option<JobError>,
}

/// How an attempt ended.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum AttemptOutcome {
    /// With the video.
    Succeeded,
    /// With an error.
    Failed,
    /// On request.
    Canceled,
    /// The gateway stopped, or lost it.
    Interrupted,
}

/// How long the steps of the successful attempt took, in seconds.
#[derive(ToSchema)]
pub(super) struct Timings {
    /// From the submission, or the end of the attempt before, to the start.
    queued: f64,
    /// Starting and loading the engine; 0 if it was warm.
    load: f64,
    /// From the start of the rendering to the complete file, encoding beside it included.
    render: f64,
    /// What the encoder worked, beside the rendering.
    encode: f64,
    /// Decoding the finished video once to check it.
    verify: f64,
}

/// What it takes to make the same video again, beside the parameters.
#[derive(ToSchema)]
pub(super) struct Record {
    /// Version of the gateway.
    gateway_version: String,
    /// Version of the engine.
    engine_version: String,
    /// The seed, if the engine takes one.
    seed: Option<Value>,
    /// Every parameter after defaults.
    #[schema(value_type = Object)]
    params: Map<String, Value>,
    /// SHA-256 of the photo as sent.
    photo_sha256: Option<String>,
    /// SHA-256 of the speech as sent.
    audio_sha256: Option<String>,
    /// SHA-256 of the source video as sent.
    video_sha256: Option<String>,
    /// The engine's weights, as its description tells them.
    weights: Vec<WeightRecord>,
}

/// A file of weights.
#[derive(ToSchema)]
pub(super) struct WeightRecord {
    /// Path in the engine's weights folder.
    file: String,
    /// SHA-256, where the engine knows it.
    sha256: Option<String>,
}

/// When a job is likely to end, and what that is told from.
#[derive(ToSchema)]
pub(super) struct Eta {
    /// The moment.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Seconds until then.
    seconds: f64,
    /// What it is told from.
    basis: EtaBasis,
}

/// The history that an estimate is made from.
#[derive(ToSchema)]
pub(super) struct EtaBasis {
    /// So many of this engine's latest successful jobs …
    jobs: u32,
    /// … took so many seconds for each second of video.
    seconds_per_video_second: f64,
}

/// What may be announced of a job.
#[derive(ToSchema)]
pub(super) enum EventKind {
    /// Its first attempt has begun.
    #[schema(rename = "job.started")]
    Started,
    /// It has got further.
    #[schema(rename = "job.progress")]
    Progress,
    /// The video is there.
    #[schema(rename = "job.succeeded")]
    Succeeded,
    /// It cannot be rendered.
    #[schema(rename = "job.failed")]
    Failed,
    /// It was ended on request.
    #[schema(rename = "job.canceled")]
    Canceled,
}

/// How far an announcement is.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum DeliveryState {
    /// It is to be tried (again).
    Pending,
    /// The receiver took it.
    Delivered,
    /// It was tried in vain, and is not any more.
    GivenUp,
    /// The job ended before the receiver took it, and it is not told any more.
    Outdated,
}

/// One attempt at delivery.
#[derive(ToSchema)]
pub(super) struct DeliveryAttempt {
    /// Counted from 1; for progress, over all that was told of it.
    number: u32,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// What the receiver answered; null if it did not.
    status: Option<u16>,
    /// What was in the way, if it did not.
    error: Option<String>,
    /// How long it took.
    milliseconds: u64,
}

/// Something about a usable upload that its sender should know.
#[derive(ToSchema)]
pub(super) struct Warning {
    /// Stable code.
    #[schema(value_type = String, example = "image.small")]
    code: Cow<'static, str>,
    /// A sentence for people.
    message: String,
}

/// What is thought of a photo.
#[derive(ToSchema)]
pub(super) struct Verdict {
    /// Whether it can be used.
    valid: bool,
    /// Stable code: `ok`, or what is wrong, such as `face.none`.
    #[schema(value_type = String, example = "ok")]
    code: Cow<'static, str>,
    /// A sentence for people.
    #[schema(example = "the photo can be used")]
    message: String,
    /// What to do about it; empty if it can be used.
    remedy: String,
    /// What may make the video worse than it could be.
    warnings: Vec<Warning>,
    /// Which of `faces` will be animated, counted from 0; null if none was settled on.
    face: Option<usize>,
    /// The part of the photo that would do better, where its face is small and `crop=none` kept all of it.
    crop: Option<Region>,
    /// The part that was kept: it shows the chosen one of several faces alone, or a small face larger. Null for the whole
    /// photo.
    kept: Option<Region>,
    /// How far the photo was turned clockwise, in degrees: 90, 180 or 270. Sizes, faces and parts are those of the turned
    /// one. Null if it was not.
    turned: Option<u16>,
}

/// A part of a picture, in its pixels.
#[derive(ToSchema)]
pub(super) struct Region {
    /// Left edge.
    x: u32,
    /// Upper edge.
    y: u32,
    /// Pixels across.
    width: u32,
    /// Pixels down.
    height: u32,
}

/// One thing that is wrong with a request.
#[derive(ToSchema)]
pub(super) struct Fault {
    /// The field at fault: `params.fps`, `photo`.
    #[schema(example = "params.fps")]
    field: String,
    /// Stable code.
    #[schema(example = "param.out_of_range")]
    code: String,
    /// What is wrong.
    message: String,
    /// What to do about it.
    remedy: String,
}
