//! Jobs and their ends for the clauses, made of numbers.

use std::sync::Arc;

use engine_api::Phase;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::domain::code::Code;
use crate::domain::computation::Computation;
use crate::domain::id::JobId;
use crate::domain::job::{Artifact, Inputs, Job, JobError};
use crate::domain::metadata::Metadata;
use crate::domain::progress::Progress;
use crate::domain::record::{Record, Timings};
use crate::domain::webhook_event::WebhookEvents;
use crate::store::jobs::{HeartbeatReply, JobStore, Lease, NewJob, Outcome};

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
        metadata: Metadata::new(),
        webhook_url: None,
        webhook_events: WebhookEvents::default(),
        key_id: None,
        speech_seconds: None,
        keep: None,
        client_name: None,
    }
}

pub(in crate::store) fn error() -> JobError {
    JobError::new(Code::EngineDevice, "the device fell over")
}

/// What says that it is computed on this device.
pub(in crate::store) fn on(device: &str) -> Computation {
    Computation { device: device.into(), providers: vec!["TensorRT".into(), "CUDA".into()], precision: "mixed".into() }
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

/// A store of jobs, shared by the tasks of a test.
pub(in crate::store) type Jobs = Arc<dyn JobStore>;

/// Claims the next job, at this second, for ten.
pub(in crate::store) async fn claim(jobs: &Jobs, engine: &str, second: i64) -> Lease {
    jobs.claim(engine, at(second), at(second + 10)).await.unwrap().expect("there is a job to claim").1
}

pub(in crate::store) async fn read(jobs: &Jobs, n: u128) -> Job {
    jobs.job(id(n)).await.unwrap().expect("the job has been written")
}

/// The store answers whoever holds this lease that it is lost, and the job stays as it was.
pub(in crate::store) async fn assert_refused(jobs: &Jobs, lease: &Lease) {
    let before = jobs.job(lease.job).await.unwrap();
    let beat = jobs
        .heartbeat(lease, at(1000), &Progress::new(Phase::Rendering, "late", 1, 1), &["late".into()], Some(&on("late")))
        .await
        .unwrap();
    assert_eq!(beat, HeartbeatReply::Lost);
    for outcome in outcomes(lease.attempt) {
        assert!(!jobs.finish(lease, outcome.clone(), at(1000)).await.unwrap(), "{outcome:?}");
    }
    assert_eq!(jobs.job(lease.job).await.unwrap(), before);
}
