//! One host process with the engine in it, driven as the gateway drives it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use engine_api::{Description, EngineError, Phase, Readiness, Setup};
use tokio::time::{Instant, timeout_at};

use crate::conformance::holdings::files_below;
use crate::conformance::take::{Ended, Take};
use crate::host::calls;
use crate::host::connection::{Connection, Launcher};
use crate::host::handshake;
use crate::host::library::Library;
use crate::host::output::thumbnail_of;
use crate::host::process::ChildProcesses;
use crate::host::protocol::{FromHost, Render, ToHost};
use crate::worker::Worker;

/// How long a process may take to say hello.
const HELLO: Duration = Duration::from_secs(30);

/// A host that has said hello.
pub(super) struct Session {
    host: Box<dyn Connection>,
    /// Where it makes temporary files, and no other host does.
    pub(super) temporary: PathBuf,
    /// How long anything may take.
    patience: Duration,
}

/// When a job is canceled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cancel {
    Never,
    /// Right behind the job.
    AtOnce,
    /// Once pictures come.
    AtPictures,
}

/// How loading went.
#[derive(Debug)]
pub(super) struct Loading {
    /// How long it took.
    pub(super) took: Duration,
    /// The longest time in which the engine said nothing.
    pub(super) silence: Duration,
}

/// Why no host has said hello: the plugin's fault, or the machine's, in a sentence.
pub(super) type NotOpened = String;

impl Session {
    /// Starts a host whose temporary files go into `temporary`, a folder that is there.
    pub(super) async fn open(
        worker: &Worker,
        library: &Arc<Library>,
        temporary: PathBuf,
        patience: Duration,
    ) -> Result<Self, NotOpened> {
        let launcher = ChildProcesses::new(worker.clone()).with_temporary_files_in(&temporary);
        let no_process = |error| format!("no process can be started: {error}");
        let mut host = launcher.launch("tested", library).map_err(no_process)?;
        let word = handshake::word(&mut *host, Instant::now() + HELLO, HELLO).await;
        word.and_then(|word| handshake::hello(&word)).map_err(|error| error.to_string())?;
        Ok(Self { host, temporary, patience })
    }

    /// The id of its process.
    pub(super) fn process(&self) -> u32 {
        self.host.process()
    }

    /// Whether its process is there.
    pub(super) fn is_alive(&mut self) -> bool {
        self.host.is_alive()
    }

    /// Asks the engine to describe itself and, with a set-up, whether it could render.
    pub(super) async fn describe(&mut self, setup: Option<Setup>) -> Result<(Description, Option<Readiness>), String> {
        self.host.send(&ToHost::Describe { setup }).await;
        match self.answer(|_| None, &mut None).await {
            Ok(FromHost::Described { description, readiness }) => Ok((*description, readiness)),
            Ok(FromHost::Incompatible { reason }) => Err(reason),
            Ok(FromHost::Failed { error }) => Err(Ended::Refused(error).to_string()),
            Ok(other) => Err(format!("it answered with {other:?}")),
            Err(ended) => Err(ended.to_string()),
        }
    }

    /// Loads the engine.
    pub(super) async fn load(&mut self, setup: Setup) -> Result<Loading, Ended> {
        let begun = Instant::now();
        let (mut last, mut silence, mut unsaid) = (begun, Duration::ZERO, None);
        self.host.send(&ToHost::Load { setup }).await;
        let answer = self.answer(
            |_| {
                silence = silence.max(last.elapsed());
                last = Instant::now();
                None
            },
            &mut unsaid,
        );
        match answer.await? {
            FromHost::Loaded => Ok(Loading { took: begun.elapsed(), silence: silence.max(last.elapsed()) }),
            other => Err(ended(other)),
        }
    }

    /// Begins to load the engine, and does not wait for it.
    pub(super) async fn begin_to_load(&mut self, setup: Setup) {
        self.host.send(&ToHost::Load { setup }).await;
    }

    /// Renders a job.
    pub(super) async fn render(&mut self, render: Render, cancel: Cancel) -> Take {
        self.host.begin_job(None);
        let (output, said) = (render.output.clone(), render.calls.clone());
        let speech = render.job.speech_file().ok().map(Path::to_owned);
        let inputs = [render.job.portrait.clone(), speech, render.job.source_video.clone()];
        let work = render.job.work_dir.clone();
        let begun = Instant::now();
        self.host.send(&ToHost::Render(Box::new(render))).await;
        let mut canceled = None;
        if cancel == Cancel::AtOnce {
            canceled = Some(Instant::now());
            self.host.send(&ToHost::Cancel).await;
        }
        let mut progress = Vec::new();
        let hear = |message: &FromHost| {
            let FromHost::Progress(told) = message else { return None };
            progress.push(told.clone());
            let shows = told.phase == Some(Phase::Rendering) && told.done > 0;
            (cancel == Cancel::AtPictures && shows).then_some(ToHost::Cancel)
        };
        let answer = self.answer(hear, &mut canceled).await;
        let calls = said.as_deref().map(calls::read).and_then(Result::ok).unwrap_or_default();
        let known = [Some(output.clone()), Some(thumbnail_of(&output)), said];
        let folder = output.parent().map(Path::to_owned).unwrap_or_default();
        let mut strewn = files_below(&folder);
        strewn.retain(|file| {
            !file.starts_with(&work) && !known.iter().chain(&inputs).flatten().any(|other| other == file)
        });
        Take {
            ended: answer.map_or_else(|ended| ended, ended),
            took: begun.elapsed(),
            canceled: canceled.map(|at| at.elapsed()),
            calls,
            progress,
            strewn,
        }
    }

    /// Waits for the answer to what was asked last. `hear` gets every word before it, and what it wants to say to that is
    /// said once; `said` becomes the moment.
    async fn answer(
        &mut self,
        mut hear: impl FnMut(&FromHost) -> Option<ToHost>,
        said: &mut Option<Instant>,
    ) -> Result<FromHost, Ended> {
        let limit = Instant::now() + self.patience;
        loop {
            let word = match timeout_at(limit, self.host.receive()).await {
                Ok(Ok(word)) => word,
                Ok(Err(exit)) => return Err(Ended::Died(exit)),
                Err(_) => return Err(Ended::Late(self.patience)),
            };
            let reply = hear(&word);
            if !is_news(&word) {
                return Ok(word);
            }
            if let (Some(reply), None) = (reply, &said) {
                *said = Some(Instant::now());
                self.host.send(&reply).await;
            }
        }
    }

    /// Ends the process, politely.
    pub(super) async fn shut_down(self) {
        self.host.shut_down().await;
    }

    /// Ends the process at once, with everything that it has started.
    pub(super) async fn kill(self) {
        self.host.kill().await;
    }
}

/// Whether a host says this beside its answers.
fn is_news(word: &FromHost) -> bool {
    use FromHost::{Computation, Hello, Pong, Progress, Warning};
    matches!(word, Progress(_) | Warning(_) | Computation(_) | Hello { .. } | Pong)
}

/// How a job ended that was answered with this.
fn ended(answer: FromHost) -> Ended {
    match answer {
        FromHost::Done { video } => Ended::Done(video),
        FromHost::Failed { error } => Ended::Refused(error),
        FromHost::Short { error, .. } => Ended::Short(error.message),
        FromHost::Incompatible { reason } => Ended::Refused(EngineError::internal(reason)),
        other => Ended::Refused(EngineError::internal(format!("the host answered with {other:?}"))),
    }
}
