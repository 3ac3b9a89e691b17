//! Hosts that follow a script in the place of processes.

use std::collections::VecDeque;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use avatar_media::video::VideoSummary;
use engine_api::{Description, Descriptor, EngineError, ErrorKind, Input, Licence, Phase, Readiness};
use rustix::io::Errno;
use serde_json::json;
use tokio::time::Instant;

use crate::domain::computation::Computation;
use crate::domain::engine_warning::EngineWarning;
use crate::domain::id::JobId;
use crate::domain::progress::Progress;
use crate::domain::shortage::Shortage;
use crate::host::connection::{Connection, Launcher};
use crate::host::exit::HostExit;
use crate::host::library::Library;
use crate::host::protocol::{FromHost, PROTOCOL, Render, ToHost};

/// What a host does with the jobs it gets, one entry a job.
#[derive(Clone)]
pub(crate) enum Act {
    Succeed {
        sound_cut: f64,
    },
    /// Warns with these codes and messages, and then does something else.
    Warn(&'static [(&'static str, &'static str)], Box<Act>),
    /// Says that it computes on these devices, one after the other, and then does something else.
    ComputeOn(&'static [&'static str], Box<Act>),
    Fail(ErrorKind),
    /// Does something else than say hello, if the host is new.
    NotHello(Unheard),
    /// Fails before there is a job, if the host has yet to load.
    FailToLoad(ErrorKind),
    /// Says that the machine lacks something.
    Lack(Shortage),
    /// No process can be started, for this error of the system; something else is done by the next that is.
    FailToStart(Errno),
    Die,
    Hang,
    /// Takes a while and then does something else.
    After(Duration, Box<Act>),
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
    pub(super) script: Mutex<VecDeque<Act>>,
    pub(super) rendering_hosts: AtomicUsize,
    living_hosts: AtomicUsize,
    pub(super) launches: AtomicUsize,
    pub(super) most_living_hosts: AtomicUsize,
}

impl Stage {
    pub(super) fn new(script: &[Act]) -> Arc<Self> {
        Arc::new(Self { script: Mutex::new(script.iter().cloned().collect()), ..Self::default() })
    }
}

impl Launcher for Arc<Stage> {
    fn launch(&self, _engine: &str, library: &Arc<Library>) -> io::Result<Box<dyn Connection>> {
        let fails = |act: &mut Act| matches!(act, Act::FailToStart(_));
        if let Some(Act::FailToStart(errno)) = self.script.lock().unwrap().pop_front_if(fails) {
            return Err(errno.into());
        }
        self.launches.fetch_add(1, Ordering::SeqCst);
        let living = self.living_hosts.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_living_hosts.fetch_max(living, Ordering::SeqCst);
        let mut pending = VecDeque::new();
        pending.push_back(FromHost::Hello { protocol: PROTOCOL });
        Ok(Box::new(Actor {
            stage: Arc::clone(self),
            library: Arc::clone(library),
            pending,
            dead: false,
            deaf: false,
            warm: false,
            waits_for_cancel: false,
            later: None,
        }))
    }

    fn running(&self) -> Vec<(String, u64)> {
        vec![]
    }
}

struct Actor {
    stage: Arc<Stage>,
    library: Arc<Library>,
    pending: VecDeque<FromHost>,
    dead: bool,
    deaf: bool,
    warm: bool,
    waits_for_cancel: bool,
    /// What it does at a moment, with which job.
    later: Option<(Instant, Act, Render)>,
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
            Act::ComputeOn(devices, next) => {
                let said = devices.iter().map(|device| engine_api::Computation::new(*device, &["CUDA"], "fp16"));
                self.pending.extend(said.map(|said| FromHost::Computation(Computation::of_engine(&said))));
                self.perform(*next, render);
            }
            Act::Fail(kind) | Act::FailToLoad(kind) => {
                self.pending.push_back(FromHost::Failed { error: EngineError::new(kind, "it did not work") });
            }
            Act::NotHello(_) => unreachable!("the host has said hello"),
            Act::Lack(shortage) => {
                let error = EngineError::new(ErrorKind::Output, "it could not be written");
                self.pending.push_back(FromHost::Short { shortage, error });
            }
            Act::FailToStart(_) => unreachable!("a host that was not started has no job"),
            Act::Die => self.dead = true,
            Act::Hang => {}
            Act::After(time, next) => self.later = Some((Instant::now() + time, *next, render.clone())),
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

    fn library(&self) -> &Arc<Library> {
        &self.library
    }

    fn process(&self) -> u32 {
        0
    }

    async fn send(&mut self, message: &ToHost) {
        match message {
            ToHost::Describe { setup } => self.pending.push_back(FromHost::Described {
                description: Box::new(description()),
                readiness: setup.as_ref().map(|_| Readiness::READY),
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
        if let Some((moment, ..)) = &self.later {
            tokio::time::sleep_until(*moment).await;
        }
        if let Some((_, act, render)) = self.later.take() {
            self.perform(act, &render);
        }
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
    Description { descriptor, streams: false, params: json!({"type": "object"}) }
}

fn summary(sound_cut_seconds: f64) -> VideoSummary {
    VideoSummary {
        frames: 1,
        seconds: 0.04,
        width: 16,
        height: 16,
        bytes: 7,
        sound_cut_seconds,
        pictures_cut_seconds: 0.0,
        encoded_anew: None,
        encode_seconds: 0.0,
        verify_seconds: 0.0,
    }
}
