//! The tables of the settings but those of engines and facades: what each key holds once it is checked.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::config::destination::Destination;
use crate::config::kind::{
    address, choice, destination, flag, flag_or, folder, host_name, integer, list, log_filter, milliseconds, number,
    optional_folder, origin, seconds, url, webhook_secret,
};
use crate::config::reader::Reader;
use crate::domain::webhook_signature::Secret;

/// Bytes in what the configuration calls a megabyte.
const MIB: u64 = 1 << 20;
/// Bytes in what it calls a gigabyte.
const GIB: f64 = (1u64 << 30) as f64;
const DAY: Duration = Duration::from_hours(24);

/// `[server]`
#[derive(Debug, Clone, PartialEq)]
pub struct Server {
    /// Address of the API.
    pub listen: SocketAddr,
    /// Whether everyone is let in without a key.
    pub open: bool,
    /// The origins whose pages may use the API from a browser; one of them may be `*`.
    pub cors_origins: Vec<String>,
    /// The host names that the gateway answers under beside its addresses, `localhost` and that of `public_url`, in small
    /// letters; `*` for any.
    pub hosts: Vec<String>,
    /// How many connections may be open over all listeners; 0 for as many as the limit of open files allows.
    pub connections: usize,
    /// Where clients reach the API, without a slash at the end; `None` for relative links.
    pub public_url: Option<String>,
}

impl Server {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            listen: reader.value("server.listen", address()),
            open: reader.value("server.open", flag()),
            cors_origins: reader.value("server.cors_origins", list(origin())),
            hosts: reader.value("server.hosts", list(host_name())),
            connections: reader.value("server.connections", integer(0..=1_000_000)),
            public_url: reader.value("server.public_url", url()),
        }
    }
}

/// `[auth]`
#[derive(Debug, Clone, PartialEq)]
pub struct Auth {
    /// Whether every request needs a key; `None` where it does from the moment that the first one is made.
    pub required: Option<bool>,
    /// Most requests a minute of a key that says nothing of it; 0 for any number.
    pub requests_per_minute: u32,
    /// Most queued jobs of a key that says nothing of it; 0 for any number.
    pub queued_jobs: u32,
}

impl Auth {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            required: reader.value("auth.required", flag_or("auto")),
            requests_per_minute: reader.value("auth.requests_per_minute", integer(0..=1_000_000)),
            queued_jobs: reader.value("auth.queued_jobs", integer(0..=1_000_000)),
        }
    }
}

/// `[storage]`
#[derive(Debug, Clone, PartialEq)]
pub struct Storage {
    /// Folder of the database, the uploads and the videos.
    pub data_dir: PathBuf,
    /// Bytes of its disk that jobs leave free.
    pub reserve: u64,
    /// Bytes that uploads and new jobs leave free; `reserve` at least.
    pub low_water: u64,
    /// When a change of the database is on the disk.
    pub synchronous: Synchronous,
}

/// When a change of the database is on the disk, in SQLite's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synchronous {
    /// Before it is answered.
    Full,
    /// Moments later: a machine that loses its power may lose the last changes.
    Normal,
}

impl Storage {
    pub(super) fn read(reader: &mut Reader, base: &Path) -> Self {
        Self {
            data_dir: reader.value("storage.data_dir", folder(base)),
            reserve: MIB * reader.value("storage.reserve_mb", integer(0..=1_000_000)),
            low_water: MIB * reader.value("storage.low_water_mb", integer(0..=1_000_000)),
            synchronous: reader
                .value("storage.synchronous", choice(&[("full", Synchronous::Full), ("normal", Synchronous::Normal)])),
        }
    }
}

/// `[limits]`
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Largest photo in bytes.
    pub image_bytes: u64,
    /// Largest speech file in bytes.
    pub audio_bytes: u64,
    /// Largest source video in bytes.
    pub video_bytes: u64,
    /// Most pixels of a photo, width times height.
    pub image_pixels: u64,
    /// Memory that photos which are being decoded may take together, in bytes; one that takes more by itself is refused.
    pub image_memory: u64,
    /// Longest speech.
    pub audio_length: Duration,
    /// Longest source video.
    pub video_length: Duration,
    /// Most pixels of a source video's pictures, width times height.
    pub video_pixels: u64,
    /// Most pictures per second of a source video.
    pub video_fps: f64,
    /// Most jobs of one request.
    pub batch_jobs: usize,
}

impl Limits {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            image_bytes: MIB * reader.value("limits.image_mb", integer(1..=1_000)),
            audio_bytes: MIB * reader.value("limits.audio_mb", integer(1..=10_000)),
            video_bytes: MIB * reader.value("limits.video_mb", integer(1..=100_000)),
            image_pixels: reader.value("limits.image_pixels", integer(10_000..=1_000_000_000)),
            image_memory: MIB * reader.value("limits.image_memory_mb", integer(32..=1_000_000)),
            audio_length: reader.value("limits.audio_seconds", seconds(1.0..=86_400.0)),
            video_length: reader.value("limits.video_seconds", seconds(1.0..=86_400.0)),
            video_pixels: reader.value("limits.video_pixels", integer(10_000..=1_000_000_000)),
            video_fps: f64::from(reader.value("limits.video_fps", number(1.0..=1_000.0))),
            batch_jobs: reader.value("limits.batch_jobs", integer(1..=10_000)),
        }
    }
}

/// `[photos]`; children that judge pictures are given it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Photos {
    /// Least pixels of the shorter side.
    pub min_side: u32,
    /// Pixels of the shorter side below which there is a warning; no less than `min_side`.
    pub good_side: u32,
    /// Least pixels across of the face's box.
    pub min_face_pixels: u32,
    /// Share of the photo, in percent, below which a face is shown larger by cutting the photo to it.
    pub good_face_percent: f32,
    /// The detector's score from which a face is not doubtful.
    pub sure_score: f32,
    /// Folder of MediaPipe's networks, if they find the faces.
    pub mediapipe: Option<PathBuf>,
}

impl Photos {
    pub(super) fn read(reader: &mut Reader, base: &Path) -> Self {
        let mediapipe = reader.value("photos.mediapipe", optional_folder(base));
        let of_seetaface = reader.value("photos.sure_score", number(0.0..=100.0));
        let of_mediapipe = reader.value("photos.mediapipe_sure_score", number(0.0..=1.0));
        Self {
            min_side: reader.value("photos.min_side", integer(40..=4_096)),
            good_side: reader.value("photos.good_side", integer(40..=4_096)),
            min_face_pixels: reader.value("photos.min_face_pixels", integer(20..=4_096)),
            // A cut around the face has it cover an eighth: whatever asked for more would be said of that too.
            good_face_percent: reader.value("photos.good_face_percent", number(0.0..=12.0)),
            sure_score: if mediapipe.is_some() { of_mediapipe } else { of_seetaface },
            mediapipe,
        }
    }
}

/// `[scheduler]`
#[derive(Debug, Clone, PartialEq)]
pub struct Scheduler {
    /// How long a lease lasts without a heartbeat.
    pub lease: Duration,
    /// Time between two heartbeats; a third of `lease` at most.
    pub heartbeat: Duration,
    /// How long an engine may take to stop a canceled job by itself.
    pub cancel_grace: Duration,
    /// How long a job waits after a failure of its engine's backend.
    pub backoff: Duration,
    /// How long running jobs may go on once the gateway is told to stop.
    pub drain: Duration,
}

impl Scheduler {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            lease: reader.value("scheduler.lease_seconds", seconds(0.1..=3_600.0)),
            heartbeat: reader.value("scheduler.heartbeat_milliseconds", milliseconds(10..=60_000)),
            cancel_grace: reader.value("scheduler.cancel_grace_seconds", seconds(0.0..=600.0)),
            backoff: reader.value("scheduler.backoff_seconds", seconds(0.0..=3_600.0)),
            drain: reader.value("scheduler.drain_seconds", seconds(0.0..=86_400.0)),
        }
    }
}

/// `[fetch]`
#[derive(Debug, Clone, PartialEq)]
pub struct Fetch {
    /// What is let through besides public addresses.
    pub allow: Vec<Destination>,
    /// Most bytes of a file that is fetched.
    pub max_bytes: u64,
    /// How long that may take.
    pub timeout: Duration,
}

impl Fetch {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            allow: reader.value("fetch.allow", list(destination())),
            max_bytes: MIB * reader.value("fetch.max_mb", integer(1..=100_000)),
            timeout: reader.value("fetch.timeout_seconds", seconds(0.1..=86_400.0)),
        }
    }
}

/// `[webhooks]`
#[derive(Debug, Clone, PartialEq)]
pub struct Webhooks {
    /// What announcements are signed with; `None` for one that is made and kept in the data folder.
    pub secret: Option<Secret>,
    /// How long a receiver may take.
    pub timeout: Duration,
    /// The wait after the first attempt that fails; four times as long after each further one.
    pub backoff: Duration,
    /// How many attempts are made; at least 1.
    pub attempts: u32,
}

impl Webhooks {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            secret: reader.value("webhooks.secret", webhook_secret()),
            timeout: reader.value("webhooks.timeout_seconds", seconds(0.1..=300.0)),
            backoff: reader.value("webhooks.backoff_seconds", seconds(0.0..=3_600.0)),
            attempts: reader.value("webhooks.attempts", integer(1..=100)),
        }
    }
}

/// `[retention]`
#[derive(Debug, Clone, PartialEq)]
pub struct Retention {
    /// Age from which jobs that have ended are removed; zero for never.
    pub jobs: Duration,
    /// Age from which uploads that nothing needs are removed; zero for never.
    pub uploads: Duration,
    /// Bytes that uploads and results may take together; 0 for any number.
    pub bytes: u64,
    /// Time between two sweeps.
    pub sweep: Duration,
}

impl Retention {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            jobs: DAY.mul_f64(reader.value("retention.jobs_days", number(0.0..=36_500.0)).into()),
            uploads: DAY.mul_f64(reader.value("retention.uploads_days", number(0.0..=36_500.0)).into()),
            bytes: (f64::from(reader.value("retention.max_gb", number(0.0..=1_000_000.0))) * GIB) as u64,
            sweep: reader.value("retention.sweep_seconds", seconds(0.1..=86_400.0)),
        }
    }
}

/// `[log]`
#[derive(Debug, Clone, PartialEq)]
pub struct Log {
    /// For whom lines are written.
    pub format: LogFormat,
    /// Which lines are written, in the syntax of `RUST_LOG`.
    pub filter: String,
}

impl Log {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            format: reader.value("log.format", choice(&[("pretty", LogFormat::Pretty), ("json", LogFormat::Json)])),
            filter: reader.value("log.filter", log_filter()),
        }
    }
}

/// For whom lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// For machines: one JSON object a line.
    Json,
}
