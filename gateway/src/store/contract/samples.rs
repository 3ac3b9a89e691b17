//! Jobs and their ends for the clauses, made of numbers.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::domain::code::Code;
use crate::domain::id::JobId;
use crate::domain::job::{Artifact, Inputs, JobError};
use crate::domain::record::{Record, Timings};
use crate::store::jobs::{NewJob, Outcome};

pub(in crate::store) fn id(n: u128) -> JobId {
    JobId::from(Uuid::from_u128(n))
}

/// Seconds after a fixed moment.
pub(crate) fn at(seconds: i64) -> Timestamp {
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_secs(seconds)
}

pub(crate) fn new_job(n: u128, engine: &str) -> NewJob {
    NewJob {
        id: id(n),
        engine: engine.into(),
        inputs: Inputs::default(),
        params: serde_json::Map::new(),
        max_failures: 2,
        warnings: Vec::new(),
        priority: 0,
        expires_at: None,
        webhook_url: None,
        key_id: None,
        speech_seconds: None,
        keep: None,
    }
}

pub(in crate::store) fn error() -> JobError {
    JobError::new(Code::EngineDevice, "the device fell over")
}

pub(in crate::store) fn succeeded(attempt: u32) -> Outcome {
    let artifact = Artifact {
        attempt,
        bytes: 5_000,
        sha256: "ef".repeat(32),
        frames: 250,
        seconds: 10.02,
        width: 512,
        height: 640,
    };
    let timings = Timings { queued: 1.5, load: 0.0, render: 20.25, encode: 3.0, verify: 0.5 };
    let record = Record { gateway_version: "1.2.3".into(), audio_sha256: Some("cd".repeat(32)), ..Record::default() };
    Outcome::Succeeded { artifact, warnings: Vec::new(), timings, record: Box::new(record) }
}

pub(super) fn outcomes(attempt: u32) -> [Outcome; 5] {
    let retry = Outcome::Retry { error: error(), not_before: at(0) };
    [succeeded(attempt), Outcome::Failed(error()), Outcome::Canceled, retry, Outcome::Released]
}
