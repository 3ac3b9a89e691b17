//! A job as a gateway shows it to its clients.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::domain::computation::Computation;
use crate::domain::id::JobId;
use crate::domain::job::{JobError, State};
use crate::domain::record::Timings;

/// A job. What an older gateway does not tell is as if there were none of it.
#[derive(Debug, Deserialize)]
pub(in crate::cli) struct Job {
    pub(in crate::cli) id: JobId,
    pub(in crate::cli) engine: String,
    pub(in crate::cli) state: State,
    pub(in crate::cli) queue_position: Option<u64>,
    #[serde(default)]
    pub(in crate::cli) progress: Progress,
    #[serde(default)]
    pub(in crate::cli) inputs: Map<String, Value>,
    #[serde(default)]
    pub(in crate::cli) params: Map<String, Value>,
    #[serde(default)]
    pub(in crate::cli) metadata: Map<String, Value>,
    #[serde(default)]
    pub(in crate::cli) warnings: Vec<String>,
    pub(in crate::cli) computation: Option<Computation>,
    #[serde(default)]
    pub(in crate::cli) hold: bool,
    pub(in crate::cli) error: Option<JobError>,
    pub(in crate::cli) video: Option<Video>,
    #[serde(default)]
    pub(in crate::cli) priority: i32,
    pub(in crate::cli) expires_at: Option<Timestamp>,
    pub(in crate::cli) webhook_url: Option<String>,
    pub(in crate::cli) eta: Option<Eta>,
    pub(in crate::cli) timings: Option<Timings>,
    #[serde(default)]
    pub(in crate::cli) attempts: Vec<Attempt>,
    pub(in crate::cli) created_at: Timestamp,
    pub(in crate::cli) started_at: Option<Timestamp>,
    pub(in crate::cli) finished_at: Option<Timestamp>,
    /// All of it as it came.
    #[serde(skip)]
    pub(in crate::cli) json: Value,
}

/// What an attempt is doing.
#[derive(Debug, Default, Deserialize)]
pub(in crate::cli) struct Progress {
    pub(in crate::cli) phase: Option<String>,
    #[serde(default)]
    pub(in crate::cli) stage: String,
    #[serde(default)]
    pub(in crate::cli) done: u64,
    #[serde(default)]
    pub(in crate::cli) total: u64,
    pub(in crate::cli) fraction: Option<f64>,
}

/// A finished video.
#[derive(Debug, Deserialize)]
pub(in crate::cli) struct Video {
    pub(in crate::cli) bytes: u64,
    pub(in crate::cli) sha256: String,
    pub(in crate::cli) frames: u64,
    pub(in crate::cli) seconds: f64,
    pub(in crate::cli) width: u32,
    pub(in crate::cli) height: u32,
}

/// When a job is likely to end.
#[derive(Debug, Deserialize)]
pub(in crate::cli) struct Eta {
    pub(in crate::cli) seconds: f64,
}

/// One attempt at a job.
#[derive(Debug, Deserialize)]
pub(in crate::cli) struct Attempt {
    pub(in crate::cli) number: u32,
    pub(in crate::cli) started_at: Timestamp,
    pub(in crate::cli) finished_at: Option<Timestamp>,
    pub(in crate::cli) outcome: Option<String>,
    pub(in crate::cli) error: Option<JobError>,
}

/// Reads the id of a job as it was typed.
///
/// # Errors
/// It is none.
pub(in crate::cli) fn id(text: &str) -> Result<JobId, String> {
    text.trim().parse().map_err(|_| "it is no id of a job; `avatar-gateway jobs list` shows them".to_owned())
}

impl Job {
    /// Reads what a gateway has sent.
    ///
    /// # Errors
    /// It is no job.
    pub(super) fn read(json: Value) -> serde_json::Result<Self> {
        let job = Self::deserialize(&json)?;
        Ok(Self { json, ..job })
    }
}
