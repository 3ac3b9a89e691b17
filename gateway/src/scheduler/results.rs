//! What an attempt leaves: the video and its thumbnail in place, and what is to be told of them.

use std::io;

use avatar_media::video::VideoSummary;
use engine_api::Weight;

use crate::app::App;
use crate::blobs::error::BlobResult;
use crate::blobs::key::BlobKey;
use crate::blobs::scratch::WorkFolder;
use crate::digest;
use crate::domain::job::{Artifact, Inputs, Job};
use crate::domain::record::{Record, Timings, WeightRecord};
use crate::host::output::thumbnail_of;
use crate::scheduler::retry::Failure;
use crate::store::error::StoreResult;
use crate::store::jobs::{Lease, Outcome};

/// Sound of which more than this is left out of the video, in seconds, deserves a warning.
const NOTICEABLE_CUT: f64 = 0.25;

/// How long the steps of an attempt took, in seconds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Steps {
    /// Starting and loading the engine; 0 if it was warm.
    pub(super) load: f64,
    /// Rendering, encoding beside it included.
    pub(super) render: f64,
}

/// A finished video on its way to where clients find it. It may take several tries: what is done is not done again.
pub(super) struct Finished {
    video: VideoSummary,
    steps: Steps,
    /// Once it is in its place.
    sha256: Option<String>,
}

impl Finished {
    pub(super) fn new(video: VideoSummary, steps: Steps) -> Self {
        Self { video, steps, sha256: None }
    }

    /// Puts it in its place and tells what there is to tell of it.
    pub(super) async fn keep(
        &mut self,
        app: &App,
        job: &Job,
        lease: &Lease,
        work: &WorkFolder,
    ) -> Result<Outcome, Failure> {
        let sha256 = match &self.sha256 {
            Some(sha256) => sha256.clone(),
            None => {
                let put = put(app, lease, work).await;
                put.map_err(|error| Failure::of_blobs("the video could not be kept", &error))?
            }
        };
        self.sha256 = Some(sha256.clone());
        let record = record(app, job).await.map_err(|error| Failure::of_store(&error))?;
        Ok(outcome(job, lease, &self.video, self.steps, sha256, record))
    }
}

fn outcome(job: &Job, lease: &Lease, video: &VideoSummary, steps: Steps, sha256: String, record: Record) -> Outcome {
    let mut warnings = Vec::new();
    let asked_for = job.params.get("duration").is_some_and(|duration| !duration.is_null());
    if video.sound_cut_seconds > NOTICEABLE_CUT && !asked_for {
        warnings.push(format!("the last {:.2} s of the speech are not in the video", video.sound_cut_seconds));
    }
    if video.pictures_cut_seconds > 0.0 {
        let cut = video.pictures_cut_seconds;
        warnings.push(format!("the engine's video was longer than the speech: its last {cut:.2} s were cut off"));
    }
    if let Some(kind) = &video.encoded_anew {
        warnings.push(format!("the engine's video came as {kind}, which cannot be copied: it was encoded anew"));
    }
    let artifact = Artifact {
        attempt: lease.attempt,
        bytes: video.bytes,
        sha256,
        frames: video.frames,
        seconds: video.seconds,
        width: video.width,
        height: video.height,
    };
    let queued = job.started_at.map_or(0.0, |start| start.duration_since(job.created_at).as_secs_f64().max(0.0));
    let timings = Timings {
        queued,
        load: steps.load,
        render: steps.render,
        encode: video.encode_seconds,
        verify: video.verify_seconds,
    };
    Outcome::Succeeded { artifact, warnings, timings, record: Box::new(record) }
}

/// Puts video and thumbnail in place; returns the video's SHA-256.
async fn put(app: &App, lease: &Lease, work: &WorkFolder) -> BlobResult<String> {
    let video = work.video();
    let picture = thumbnail_of(&video);
    let hashed = video.clone();
    let sha256 = tokio::task::spawn_blocking(move || digest::of_file(&hashed)).await.map_err(io::Error::other)??;
    let [kept_video, kept_picture] = BlobKey::of_attempt(lease.job, lease.attempt);
    if tokio::fs::try_exists(&picture).await? {
        app.blobs.put(kept_picture, &picture).await?;
    }
    app.blobs.put(kept_video, &video).await?;
    Ok(sha256)
}

/// Removes what has been put in place and is not the job's after all.
pub(super) async fn discard(app: &App, lease: &Lease) {
    let keys = BlobKey::of_attempt(lease.job, lease.attempt);
    if let Err(error) = app.blobs.delete_all(&keys).await {
        tracing::warn!(job.id = %lease.job, %error, "left behind");
    }
}

/// What it takes to make the job's video again.
async fn record(app: &App, job: &Job) -> StoreResult<Record> {
    let Inputs { photo_id, audio_id, video_id } = job.inputs;
    let mut record = Record {
        gateway_version: env!("CARGO_PKG_VERSION").into(),
        seed: job.params.get("seed").cloned(),
        params: job.params.clone(),
        ..Record::default()
    };
    if let Some(id) = photo_id {
        record.photo_sha256 = app.uploads.photo(id).await?.map(|photo| photo.sha256);
    }
    if let Some(id) = audio_id {
        record.audio_sha256 = app.uploads.audio(id).await?.map(|audio| audio.sha256);
    }
    if let Some(id) = video_id {
        record.video_sha256 = app.uploads.video(id).await?.map(|video| video.sha256);
    }
    if let Some(engine) = app.catalog.entry(&job.engine).as_ref().and_then(|entry| entry.engine.as_ref()) {
        let descriptor = &engine.description.descriptor;
        record.engine_version.clone_from(&descriptor.version);
        // Without an optional file that was not there, the video is made again without it.
        let folder = app.config().engine(&job.engine).weights;
        let is_there = |weight: &Weight| folder.as_deref().is_some_and(|folder| weight.is_in(folder));
        let weights = descriptor.weights.iter().filter(|weight| !weight.optional || is_there(weight));
        record.weights =
            weights.map(|weight| WeightRecord { file: weight.file.clone(), sha256: weight.sha256.clone() }).collect();
    }
    Ok(record)
}
