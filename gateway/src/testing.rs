//! A gateway for tests: a real store and data folder, and hosts that follow a script in the place of processes.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use avatar_media::video::VideoSummary;
use engine_api::{Description, Descriptor, EngineError, ErrorKind, Input, Licence, Phase, Readiness};
use jiff::Timestamp;
use serde_json::json;
use tempfile::TempDir;

use crate::app::{App, Parts};
use crate::blobs::data_folder::DataFolder;
use crate::blobs::folder::FolderBlobs;
use crate::blobs::scratch::Scratch;
use crate::blobs::space::DiskSpace;
use crate::clock::{Clock, Ids};
use crate::config::{Config, Overrides};
use crate::domain::api_key::{Key, Scope, digest_of};
use crate::domain::engine_warning::EngineWarning;
use crate::domain::id::{JobId, KeyId};
use crate::domain::job::{Inputs, Job};
use crate::domain::progress::Progress;
use crate::host::connection::{Connection, Launcher};
use crate::host::exit::HostExit;
use crate::host::protocol::{FromHost, PROTOCOL, Render, ToHost};
use crate::scheduler::Scheduler;
use crate::store::jobs::NewJob;
use crate::store::sqlite::SqliteStore;

/// What a host does with the jobs it gets, one entry a job.
#[derive(Clone)]
pub(crate) enum Act {
    Succeed {
        sound_cut: f64,
    },
    /// Warns with these codes and messages, and then does something else.
    Warn(&'static [(&'static str, &'static str)], Box<Act>),
    Fail(ErrorKind),
    /// Does something else than say hello, if the host is new.
    NotHello(Unheard),
    /// Fails before there is a job, if the host has yet to load.
    FailToLoad(ErrorKind),
    Die,
    Hang,
    /// Succeeds, and then answers nothing any more.
    BeDeafWhenIdle,
    EndWhenCanceled,
}

/// What a new host does in the place of saying hello.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Unheard {
    Die,
    SayNothing,
    SpeakAnotherProtocol,
}

/// Starts hosts that follow one script together, and counts them: those that have loaded, and those that are there.
#[derive(Default)]
pub(crate) struct Stage {
    script: Mutex<VecDeque<Act>>,
    rendering_hosts: AtomicUsize,
    living_hosts: AtomicUsize,
    most_living_hosts: AtomicUsize,
}

impl Launcher for Arc<Stage> {
    fn launch(&self, _engine: &str, _library: &Path) -> io::Result<Box<dyn Connection>> {
        let living = self.living_hosts.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_living_hosts.fetch_max(living, Ordering::SeqCst);
        let mut pending = VecDeque::new();
        pending.push_back(FromHost::Hello { protocol: PROTOCOL });
        Ok(Box::new(Actor {
            stage: Arc::clone(self),
            pending,
            dead: false,
            deaf: false,
            warm: false,
            waits_for_cancel: false,
        }))
    }
}

struct Actor {
    stage: Arc<Stage>,
    pending: VecDeque<FromHost>,
    dead: bool,
    deaf: bool,
    warm: bool,
    waits_for_cancel: bool,
}

impl Actor {
    fn perform(&mut self, act: Act, render: &Render) {
        match act {
            Act::Succeed { sound_cut } => {
                std::fs::write(&render.output, "a video").unwrap();
                self.pending.push_back(FromHost::Progress(Progress::new(Phase::Rendering, "render", 1, 1)));
                self.pending.push_back(FromHost::Done { video: summary(sound_cut) });
            }
            Act::Warn(warnings, next) => {
                let warnings = warnings.iter().map(|(code, message)| EngineWarning::new(code, message));
                self.pending.extend(warnings.map(FromHost::Warning));
                self.perform(*next, render);
            }
            Act::Fail(kind) | Act::FailToLoad(kind) => {
                self.pending.push_back(FromHost::Failed { error: EngineError::new(kind, "it did not work") });
            }
            Act::NotHello(_) => unreachable!("the host has said hello"),
            Act::Die => self.dead = true,
            Act::Hang => {}
            Act::BeDeafWhenIdle => {
                self.perform(Act::Succeed { sound_cut: 0.0 }, render);
                self.deaf = true;
            }
            Act::EndWhenCanceled => self.waits_for_cancel = true,
        }
    }
}

#[async_trait]
impl Connection for Actor {
    /// Called of a new host when it is started for a job, and not when it describes its engine.
    fn begin_job(&mut self, _job: Option<JobId>) {
        if std::mem::replace(&mut self.warm, true) {
            return;
        }
        let is_unheard = |act: &mut Act| matches!(act, Act::NotHello(_));
        if let Some(Act::NotHello(unheard)) = self.stage.script.lock().unwrap().pop_front_if(is_unheard) {
            self.pending.clear();
            match unheard {
                Unheard::Die => self.dead = true,
                Unheard::SayNothing => {}
                Unheard::SpeakAnotherProtocol => self.pending.push_back(FromHost::Hello { protocol: PROTOCOL + 1 }),
            }
        }
    }

    async fn send(&mut self, message: &ToHost) {
        match message {
            ToHost::Describe { setup } => self.pending.push_back(FromHost::Described {
                description: Box::new(description()),
                readiness: setup.as_ref().map(|_| Readiness::Ready),
            }),
            ToHost::Load { .. } => {
                let fails = |act: &mut Act| matches!(act, Act::FailToLoad(_));
                let answer = match self.stage.script.lock().unwrap().pop_front_if(fails) {
                    Some(Act::FailToLoad(kind)) => {
                        FromHost::Failed { error: EngineError::new(kind, "it did not load") }
                    }
                    _ => {
                        self.stage.rendering_hosts.fetch_add(1, Ordering::SeqCst);
                        FromHost::Loaded
                    }
                };
                self.pending.push_back(answer);
            }
            ToHost::Render(render) => {
                let act = self.stage.script.lock().unwrap().pop_front().expect("a job too many");
                self.perform(act, render);
            }
            ToHost::Ping if self.deaf => {}
            ToHost::Ping => self.pending.push_back(FromHost::Pong),
            ToHost::Cancel if self.waits_for_cancel => {
                self.pending.push_back(FromHost::Failed { error: EngineError::canceled() });
            }
            ToHost::Cancel | ToHost::Shutdown => {}
        }
    }

    async fn receive(&mut self) -> Result<FromHost, HostExit> {
        match self.pending.pop_front() {
            Some(message) => Ok(message),
            None if self.dead => {
                Err(HostExit { status: Some(ExitStatus::from_raw(11)), last_words: vec!["oh no".into()] })
            }
            None => std::future::pending().await,
        }
    }

    fn is_alive(&mut self) -> bool {
        !self.dead
    }

    /// A host that is dropped without this or the next counts as living: nobody has waited until it was gone.
    async fn kill(self: Box<Self>) {
        tokio::time::sleep(Duration::from_millis(20)).await;
        self.stage.living_hosts.fetch_sub(1, Ordering::SeqCst);
    }

    async fn shut_down(self: Box<Self>) {
        self.kill().await;
    }
}

fn description() -> Description {
    let descriptor = Descriptor {
        id: "stage".into(),
        name: "Stage".into(),
        version: "1.0.0".into(),
        summary: String::new(),
        inputs: vec![vec![Input::Speech]],
        weights: vec![],
        licence: Licence::permissive("MIT"),
        devices: vec![],
    };
    Description { descriptor, params: json!({"type": "object"}) }
}

fn summary(sound_cut_seconds: f64) -> VideoSummary {
    VideoSummary {
        frames: 1,
        seconds: 0.04,
        width: 16,
        height: 16,
        bytes: 7,
        sound_cut_seconds,
        encode_seconds: 0.0,
        verify_seconds: 0.0,
    }
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

/// A gateway without HTTP whose hosts follow a script.
pub(crate) struct Play {
    pub(crate) app: Arc<App>,
    stage: Arc<Stage>,
    folder: TempDir,
}

impl Play {
    pub(crate) async fn new(script: &[Act]) -> Self {
        Self::with(script, &[]).await
    }

    /// The same with further settings.
    pub(crate) async fn with(script: &[Act], further: &[(&str, &str)]) -> Self {
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
        let config = Config::load(None, environment, overrides).unwrap();
        let stage = Arc::new(Stage { script: Mutex::new(script.iter().cloned().collect()), ..Stage::default() });
        let data = DataFolder::open(&config.storage.data_dir).unwrap();
        let (blobs, scratch) = (FolderBlobs::open(&data).unwrap(), Scratch::open(&data).unwrap());
        let store = Arc::new(SqliteStore::open(&config.storage.data_dir.join("gateway.db")).await.unwrap());
        let space = DiskSpace::of(folder.path());
        let app = Arc::new(App::new(Parts {
            config,
            store,
            blobs: Arc::new(blobs),
            scratch,
            space,
            launcher: Arc::new(Arc::clone(&stage)),
            program: "/nonexistent".into(),
            clock: Clock::system(),
            ids: Ids::system(),
        }));
        app.catalog.scan(&app.config()).await;
        tokio::spawn(Scheduler::new(Arc::clone(&app)).run());
        Self { app, stage, folder }
    }

    pub(crate) async fn submit(&self) -> JobId {
        let job = NewJob {
            id: self.app.ids.next(),
            engine: "stage".into(),
            inputs: Inputs::default(),
            params: serde_json::Map::new(),
            max_failures: 2,
            warnings: vec![],
            priority: 0,
            expires_at: None,
            webhook_url: None,
            key_id: None,
            speech_seconds: None,
            keep: None,
        };
        let job = self.app.jobs.insert(job, Timestamp::now()).await.unwrap();
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

    /// How many hosts there were at once, at most.
    pub(crate) fn most_hosts(&self) -> usize {
        self.stage.most_living_hosts.load(Ordering::SeqCst)
    }
}
