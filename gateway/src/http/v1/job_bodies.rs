//! The two bodies of a request for a job, as the document tells of them.
//!
//! Pages fill a form in with the examples of its fields, so these ask for nothing: whoever adds two files has a job. What holds
//! for a field that is left out stands in its words: at one with a `default`, generators of clients have it always sent.

#![allow(dead_code, reason = "they only document the request")]

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::id::{AudioId, PhotoId, VideoId};
use crate::domain::webhook_event::EventKind;

/// A job made from earlier uploads, or from files that are fetched.
#[derive(ToSchema)]
#[schema(example = json!({
    "photo_id": "01890a5d-ac96-774b-bcce-b302099a8057",
    "audio_id": "01890a5d-b1f4-7c02-9a3e-5f0c6d7e8a91",
    "params": {"seed": 1},
}))]
pub(crate) struct JobRequest {
    /// The engine; the configured default if left out.
    #[schema(example = "puppet")]
    engine: Option<String>,
    /// The portrait.
    photo_id: Option<PhotoId>,
    /// The portrait, fetched from its address, in the place of the id.
    #[schema(example = "https://example.org/me.jpg")]
    photo_url: Option<String>,
    /// The speech.
    audio_id: Option<AudioId>,
    /// The speech, fetched from its address, in the place of the id.
    #[schema(example = "https://example.org/speech.mp3")]
    audio_url: Option<String>,
    /// The source video.
    video_id: Option<VideoId>,
    /// The source video, fetched from its address, in the place of the id.
    #[schema(example = "https://example.org/me.mp4")]
    video_url: Option<String>,
    /// The engine's parameters; see its schema.
    #[schema(example = json!({"seed": 1}))]
    params: Option<BTreeMap<String, Value>>,
    /// Higher ones are claimed first; 0 if left out.
    #[schema(minimum = -10, maximum = 10, example = 0)]
    priority: Option<i32>,
    /// Let it fail if it is still queued after so many seconds.
    #[schema(exclusive_minimum = 0, maximum = 604_800)]
    max_queue_seconds: Option<f64>,
    /// Whether inputs that are fetched are refused where something of them is missing, instead of warned of.
    strict: Option<bool>,
    /// What you say of it for yourself: up to 50 texts of 512 characters under names of 64, 2 KB in all.
    #[schema(example = json!({"user": "42"}))]
    metadata: Option<BTreeMap<String, String>>,
    /// Where it is announced what becomes of the job, signed as Standard Webhooks prescribes.
    #[schema(example = "https://example.org/hook")]
    webhook_url: Option<String>,
    /// What is announced there; the three ends if left out.
    webhook_events: Option<Vec<EventKind>>,
}

/// A job with its files in one request.
#[derive(ToSchema)]
#[schema(example = json!({"photo": "portrait.jpg", "audio": "speech.wav", "params": {"seed": 1}}))]
pub(crate) struct JobForm {
    /// The engine; the configured default if left out.
    #[schema(example = "")]
    engine: Option<String>,
    /// The portrait as a file.
    #[schema(value_type = Option<String>, format = Binary)]
    photo: Option<Vec<u8>>,
    /// The portrait as the id of an earlier upload.
    #[schema(example = "")]
    photo_id: Option<String>,
    /// The portrait at an address, from which it is fetched.
    #[schema(example = "")]
    photo_url: Option<String>,
    /// The speech as a file.
    #[schema(value_type = Option<String>, format = Binary)]
    audio: Option<Vec<u8>>,
    /// The speech as the id of an earlier upload.
    #[schema(example = "")]
    audio_id: Option<String>,
    /// The speech at an address, from which it is fetched.
    #[schema(example = "")]
    audio_url: Option<String>,
    /// The source video as a file.
    #[schema(value_type = Option<String>, format = Binary)]
    video: Option<Vec<u8>>,
    /// The source video as the id of an earlier upload.
    #[schema(example = "")]
    video_id: Option<String>,
    /// The source video at an address, from which it is fetched.
    #[schema(example = "")]
    video_url: Option<String>,
    /// The engine's parameters as JSON; see its schema.
    #[schema(example = json!({}))]
    params: Option<BTreeMap<String, Value>>,
    /// Higher ones are claimed first; 0 if left out.
    #[schema(minimum = -10, maximum = 10, example = 0)]
    priority: Option<i32>,
    /// Let it fail if it is still queued after so many seconds.
    #[schema(exclusive_minimum = 0, maximum = 604_800, example = 604_800)]
    max_queue_seconds: Option<f64>,
    /// As JSON, what you say of it for yourself: up to 50 texts of 512 characters under names of 64, 2 KB in all.
    #[schema(example = json!({}))]
    metadata: Option<BTreeMap<String, String>>,
    /// Where it is announced what becomes of the job, signed as Standard Webhooks prescribes.
    #[schema(example = "")]
    webhook_url: Option<String>,
    /// What is announced there, with commas between: `job.started`, `job.progress`, `job.succeeded`, `job.failed`,
    /// `job.canceled`; the three ends if left out.
    #[schema(example = "")]
    webhook_events: Option<String>,
    /// Refuse files of this request that were cut or damaged, which are taken with a warning otherwise.
    #[schema(example = false)]
    strict: Option<bool>,
}
