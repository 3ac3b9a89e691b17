//! A gateway for tests: a real store and data folder, and hosts that follow a script in the place of processes.

pub(crate) mod stage;
pub(crate) mod time;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use avatar_media::faces::Face;
use avatar_media::picture::PictureFormat;
use engine_api::{Descriptor, Licence};
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::app::{App, Parts};
use crate::blobs::data_folder::DataFolder;
use crate::blobs::folder::FolderBlobs;
use crate::blobs::scratch::Scratch;
use crate::blobs::space::DiskSpace;
use crate::clock::{Clock, Ids};
use crate::config::{Config, Overrides};
use crate::domain::api_key::{Key, Scope, digest_of};
use crate::domain::id::{AudioId, JobId, KeyId, PhotoId};
use crate::domain::job::{Inputs, Job};
use crate::domain::metadata::Metadata;
use crate::domain::params::Parameters;
use crate::domain::upload::{Audio, Photo};
use crate::domain::webhook_event::WebhookEvents;
use crate::host::library::PluginCopies;
use crate::intake::probe::decoders::Decoders;
use crate::process::pauses::Pause;
use crate::scheduler::Scheduler;
use crate::store::jobs::NewJob;
use crate::store::sqlite::SqliteStore;
use crate::testing::stage::{Act, Stage};
use crate::worker::Worker;

/// An engine that says nothing of itself.
pub(crate) fn descriptor() -> Descriptor {
    Descriptor {
        id: "sample".into(),
        name: String::new(),
        version: String::new(),
        summary: String::new(),
        inputs: vec![],
        weights: vec![],
        licence: Licence::permissive("MIT"),
        devices: vec![],
    }
}

/// What an engine with this schema takes.
pub(crate) fn parameters(params: Value) -> Parameters {
    Parameters::new(&params).expect("tests write schemas that hold")
}

/// A key that may read, of a secret that is its name and number.
pub(crate) fn key(n: u128, name: &str) -> Key {
    Key {
        id: KeyId::from(uuid::Uuid::from_u128(n)),
        name: name.into(),
        digest: digest_of(&format!("{name}{n}")),
        scopes: [Scope::Read].into(),
        requests_per_minute: None,
        queued_jobs: None,
        created_at: Timestamp::UNIX_EPOCH,
        last_used_at: None,
        revoked_at: None,
    }
}

/// Speech that has been uploaded.
pub(crate) async fn uploaded_speech(app: &App) -> AudioId {
    let audio = Audio {
        id: app.ids.next(),
        seconds: 2.5,
        sample_rate: 16_000,
        channels: 1,
        codec: "pcm_s16le".into(),
        container: "wav".into(),
        bytes: 80_044,
        sha256: "00".repeat(32),
        warnings: vec![],
        created_at: Timestamp::UNIX_EPOCH,
    };
    app.uploads.insert_audio(&audio, None).await.unwrap();
    audio.id
}

/// A photo that has been uploaded, with a face of so many pixels across.
pub(crate) async fn uploaded_photo(app: &App, across: f32) -> PhotoId {
    let verdict = json!({
        "valid": true, "code": "ok", "message": "", "remedy": "", "warnings": [], "face": 0, "crop": null, "kept": null,
    });
    let photo = Photo {
        id: app.ids.next(),
        format: PictureFormat::Jpeg,
        width: 800,
        height: 600,
        bytes: 90_000,
        sha256: "00".repeat(32),
        faces: vec![Face { x: 300.0, y: 200.0, width: across, height: across, score: 30.0 }],
        verdict: serde_json::from_value(verdict).unwrap(),
        created_at: Timestamp::UNIX_EPOCH,
    };
    app.uploads.insert_photo(&photo, None).await.unwrap();
    photo.id
}

/// A gateway without HTTP whose hosts follow a script.
pub(crate) struct Play {
    pub(crate) app: Arc<App>,
    pub(crate) store: Arc<SqliteStore>,
    stage: Arc<Stage>,
    folder: TempDir,
}

impl Play {
    pub(crate) async fn new(script: &[Act]) -> Self {
        Self::with(script, &[]).await
    }

    /// The same with further settings.
    pub(crate) async fn with(script: &[Act], further: &[(&str, &str)]) -> Self {
        Self::on(script, further, DiskSpace::of(Path::new("/")), Clock::system()).await
    }

    /// The same on a disk and at a time of the test's making.
    pub(crate) async fn on(script: &[Act], further: &[(&str, &str)], space: DiskSpace, clock: Clock) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engines = folder.path().join("engines");
        std::fs::create_dir(&engines).unwrap();
        std::fs::write(engines.join("libengine_stage.so"), "").unwrap();
        let settings = [
            ("ENGINES__STAGE__START_SECONDS", "0.5"),
            ("ENGINES__STAGE__STALL_SECONDS", "1"),
            ("SCHEDULER__HEARTBEAT_MILLISECONDS", "20"),
            ("SCHEDULER__CANCEL_GRACE_SECONDS", "1"),
            ("SCHEDULER__BACKOFF_SECONDS", "1"),
        ];
        let settings: BTreeMap<&str, &str> = settings.into_iter().chain(further.iter().copied()).collect();
        let environment = settings.iter().map(|(key, value)| (format!("AVATAR_GATEWAY__{key}"), (*value).to_owned()));
        let overrides = Overrides {
            data_dir: Some(folder.path().join("data")),
            engines_dir: Some(engines),
            ..Overrides::default()
        };
        let config = Config::load(None, environment, overrides).unwrap().config;
        let stage = Stage::new(script);
        let data = DataFolder::open(&config.storage.data_dir).unwrap();
        let (blobs, scratch) = (FolderBlobs::open(&data).unwrap(), Scratch::open(&data, space.clone()).unwrap());
        let store = Arc::new(SqliteStore::open(&config.storage.data_dir.join("gateway.db")).await.unwrap());
        let app = Arc::new(App::new(Parts {
            config,
            store: Arc::clone(&store) as _,
            blobs: Arc::new(blobs),
            scratch,
            space,
            launcher: Arc::new(Arc::clone(&stage)),
            plugin_copies: PluginCopies::none(),
            decoders: Arc::new(Decoders::new(Worker::standing_in("/nonexistent"))),
            commit: "abc",
            clock,
            ids: Ids::system(),
        }));
        app.catalog.scan(&app.config()).await;
        tokio::spawn(Scheduler::new(Arc::clone(&app)).run());
        Self { app, store, stage, folder }
    }

    pub(crate) async fn submit(&self) -> JobId {
        self.submit_with(|_| ()).await
    }

    /// Submits a job that the test changes before.
    pub(crate) async fn submit_with(&self, change: impl FnOnce(&mut NewJob)) -> JobId {
        let mut job = NewJob {
            id: self.app.ids.next(),
            engine: "stage".into(),
            inputs: Inputs::default(),
            params: serde_json::Map::new(),
            max_failures: 2,
            warnings: vec![],
            priority: 0,
            expires_at: None,
            metadata: Metadata::new(),
            webhook_url: None,
            webhook_events: WebhookEvents::default(),
            key_id: None,
            speech_seconds: None,
            keep: None,
            client_name: None,
        };
        change(&mut job);
        let job = self.app.jobs.insert(job, self.app.clock.now()).await.unwrap();
        self.app.process.wake_ups.wake();
        job.id
    }

    /// Waits, within bounds, until the job is as wanted.
    pub(crate) async fn until(&self, id: JobId, wanted: impl Fn(&Job) -> bool) -> Job {
        let mut changes = self.app.process.job_changes.watch(id);
        let waiting = async {
            loop {
                let job = self.app.jobs.job(id).await.unwrap().unwrap();
                if wanted(&job) {
                    return job;
                }
                let _ = tokio::time::timeout(Duration::from_millis(100), changes.changed()).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(120), waiting).await.expect("the job should have got there by now")
    }

    pub(crate) async fn run(&self) -> Job {
        let id = self.submit().await;
        self.until(id, |job| job.state.is_final()).await
    }

    /// Which queues stand still.
    pub(crate) fn pauses(&self) -> Vec<Pause> {
        self.app.process.pauses.all()
    }

    pub(crate) fn work_is_empty(&self) -> bool {
        std::fs::read_dir(self.folder.path().join("data/work")).unwrap().next().is_none()
    }

    /// Where its data and engines lie.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// How much of the script is still to be played.
    pub(crate) fn acts_left(&self) -> usize {
        self.stage.script.lock().unwrap().len()
    }

    pub(crate) fn hosts(&self) -> usize {
        self.stage.rendering_hosts.load(Ordering::SeqCst)
    }

    /// How many hosts were started, be it to render or to describe an engine.
    pub(crate) fn launches(&self) -> usize {
        self.stage.launches.load(Ordering::SeqCst)
    }

    /// How many hosts there were at once, at most.
    pub(crate) fn most_hosts(&self) -> usize {
        self.stage.most_living_hosts.load(Ordering::SeqCst)
    }
}
