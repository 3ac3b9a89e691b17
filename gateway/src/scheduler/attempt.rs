//! One attempt at one job: hold the lease, talk with the host, watch that it advances, and put the result in place.

mod ending;
mod news;
mod start;

use std::mem;
use std::sync::Arc;

use avatar_media::video::VideoSummary;
use engine_api::{ErrorKind, Phase};
use jiff::SignedDuration;
use tokio::time::{Instant, Interval, MissedTickBehavior};

use crate::app::App;
use crate::blobs::scratch::WorkFolder;
use crate::config::EngineConfig;
use crate::domain::computation::{AttemptComputation, Computation};
use crate::domain::engine_warning::{AttemptWarnings, EngineWarning};
use crate::domain::job::Job;
use crate::domain::progress::Progress;
use crate::domain::server_paths::ServerPaths;
use crate::host::connection::Connection;
use crate::host::pool::Pool;
use crate::host::protocol::{FromHost, ToHost};
use crate::process::attempts::UnderWay;
use crate::scheduler::attempt::news::ProgressNews;
use crate::scheduler::results::Steps;
use crate::scheduler::retry::Failure;
use crate::scheduler::{inputs, results, room};
use crate::store::error::StoreResult;
use crate::store::jobs::{HeartbeatReply, Lease, Outcome};

/// A claimed job on its way to an outcome.
pub(super) struct Attempt {
    app: Arc<App>,
    pool: Arc<Pool>,
    job: Job,
    lease: Lease,
    engine: EngineConfig,
    beat: Interval,
    progress: Progress,
    announced: Progress,
    under_way: UnderWay,
    news: ProgressNews,
    warnings: AttemptWarnings,
    computation: AttemptComputation,
    advanced: Instant,
    canceled: Option<Instant>,
    /// Whether the last heartbeat could not be written.
    unheard: bool,
    steps: Steps,
    /// What clients do not read: everything that they do passes through it.
    paths: ServerPaths,
}

/// Why an attempt ends without a video.
enum AttemptEnd {
    /// It failed.
    Failed(Failure),
    /// The client wanted it to.
    Canceled,
    /// The gateway stops.
    Released,
    /// The lease is lost: whatever is done now must leave no trace.
    Lost,
}

/// What became of an outcome.
#[derive(PartialEq, Eq)]
enum Ending {
    /// It is in the row.
    Written,
    /// The lease was lost before.
    Lost,
    /// The gateway stops, and the database has not answered: the next start will see.
    Unknown,
}

impl From<Failure> for AttemptEnd {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Attempt {
    /// An attempt with the settings that its engine's slot was taken by.
    pub(super) fn new(app: Arc<App>, pool: Arc<Pool>, job: Job, lease: Lease, engine: EngineConfig) -> Self {
        let mut beat = tokio::time::interval(app.config().scheduler.heartbeat);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let progress = Progress::new(Phase::Starting, "start engine", 0, 0);
        let announced = progress.clone();
        let under_way = app.process.attempts.begin(job.id, lease.attempt, progress.clone());
        let news = ProgressNews::after(progress.clone());
        let paths = app.config().server_paths();
        Self {
            app,
            pool,
            job,
            lease,
            engine,
            beat,
            progress,
            announced,
            under_way,
            news,
            warnings: AttemptWarnings::default(),
            computation: AttemptComputation::default(),
            advanced: Instant::now(),
            canceled: None,
            unheard: false,
            steps: Steps::default(),
            paths,
        }
    }

    /// Sees the job through to an outcome and writes it down.
    pub(super) async fn run(mut self) {
        self.app.process.job_changes.publish(self.job.id);
        let work = self.app.scratch.work_folder(self.lease.job, self.lease.attempt);
        let rendered = self.render(&work).await;
        let made_video = rendered.is_ok();
        if let Err(AttemptEnd::Failed(failure)) = &rendered
            && let Some(reason) = failure.death()
        {
            self.app.metrics.host_died(&self.job.engine, reason);
        }
        let result = match rendered {
            Ok(video) => self.keep_video(&work, video).await,
            Err(AttemptEnd::Failed(failure)) if failure.may_hide_a_shortage() => {
                Err(AttemptEnd::Failed(failure.explained_by(room::what_is_short(&self.app))))
            }
            Err(end) => Err(end),
        };
        let outcome = match result {
            Ok(outcome) => Some(outcome),
            Err(AttemptEnd::Canceled) => Some(Outcome::Canceled),
            // A client who wants the job ended does not care what else went wrong meanwhile.
            Err(AttemptEnd::Failed(_)) if self.canceled.is_some() => Some(Outcome::Canceled),
            Err(AttemptEnd::Failed(failure)) => Some(self.judge(&failure)),
            Err(AttemptEnd::Released) => Some(Outcome::Released),
            Err(AttemptEnd::Lost) => {
                self.app.metrics.lease_lost();
                None
            }
        };
        // Before the end is told, so that whoever hears of it finds nothing left behind.
        work.remove().await;
        let succeeds = matches!(outcome, Some(Outcome::Succeeded { .. }));
        let ending = match outcome {
            Some(outcome) => self.finish(outcome).await,
            None => Ending::Lost,
        };
        // Where nobody knows whether the row names the video, the next start does.
        let is_kept = succeeds && ending != Ending::Lost;
        if made_video && !is_kept {
            results::discard(&self.app, &self.lease).await;
        }
        self.app.process.job_changes.publish_end(self.job.id);
    }

    /// Gets a host, lets it render, and returns what it has written into the work folder.
    async fn render(&mut self, work: &WorkFolder) -> Result<VideoSummary, AttemptEnd> {
        // The inputs stay on this machine until the host has answered.
        let (render, _inputs) = inputs::prepare(&self.app, &self.job, work).await?;
        let warm = self.warm_host().await?;
        self.clear_the_place().await;
        let mut host = match warm {
            Some(host) => host,
            None => {
                let start = Instant::now();
                let host = self.start_host().await?;
                self.steps.load = start.elapsed().as_secs_f64();
                host
            }
        };
        // Canceled while it loaded: the host, which is ready now, is kept for the next job.
        if self.canceled.is_some() {
            self.keep(host).await;
            return Err(AttemptEnd::Canceled);
        }
        let start = Instant::now();
        host.begin_job(Some(self.job.id));
        host.send(&ToHost::Render(Box::new(render))).await;
        let result = match self.converse(&mut *host).await {
            Ok(FromHost::Done { video }) => Ok(video),
            Ok(FromHost::Failed { error }) if error.kind == ErrorKind::Canceled && self.canceled.is_some() => {
                Err(AttemptEnd::Canceled)
            }
            Ok(FromHost::Failed { error }) => Err(Failure::Engine(error).into()),
            Ok(FromHost::Short { shortage, error }) => Err(Failure::Short { shortage, cause: error.message }.into()),
            Ok(other) => Err(Failure::Gateway(format!("the engine's process answered a job with {other:?}")).into()),
            // The host was told to end and did not, or is in an unknown state.
            Err(end) => {
                host.kill().await;
                return Err(end);
            }
        };
        self.steps.render = start.elapsed().as_secs_f64();
        let reusable = match &result {
            Ok(_) | Err(AttemptEnd::Canceled) => true,
            Err(AttemptEnd::Failed(failure)) => failure.spares_host(),
            Err(AttemptEnd::Released | AttemptEnd::Lost) => false,
        };
        if reusable {
            self.keep(host).await;
        } else {
            host.kill().await;
        }
        result
    }

    /// Stops the idle hosts of all engines that take turns with this one, and further ones of its own from before it did:
    /// what they hold is what it needs.
    async fn clear_the_place(&self) {
        if let Some(turn) = &self.engine.takes_turns_on {
            let config = self.app.config();
            self.pool.stop(|engine| config.engine(engine).takes_turns_on.as_ref() == Some(turn)).await;
        }
    }

    /// Keeps a host for the next job. Where what its engine takes turns on has changed meanwhile, it is stopped: another
    /// may have the turn already, and found nothing idle when it made room for itself.
    async fn keep(&self, mut host: Box<dyn Connection>) {
        host.begin_job(None);
        if self.app.config().engine(&self.job.engine).takes_turns_on == self.engine.takes_turns_on {
            self.pool.keep(&self.job.engine, self.engine.setup(), host);
        } else {
            host.shut_down().await;
        }
    }

    /// Waits for the host's answer, while the lease is kept, cancellation is passed on and standstill is noticed.
    async fn converse(&mut self, host: &mut dyn Connection) -> Result<FromHost, AttemptEnd> {
        self.advanced = Instant::now();
        loop {
            let patience = self.canceled.map(|since| since + self.app.config().scheduler.cancel_grace);
            tokio::select! {
                message = host.receive() => match message {
                    Ok(FromHost::Progress(progress)) => self.advance(progress),
                    Ok(FromHost::Warning(warning)) => self.warn(warning, host).await?,
                    Ok(FromHost::Computation(computation)) => self.note_computation(&computation, host).await?,
                    Ok(answer) => return Ok(answer),
                    Err(death) => return Err(Failure::Died(death).into()),
                },
                _ = self.beat.tick() => self.heartbeat(host).await?,
                () = moment(patience) => return Err(AttemptEnd::Canceled),
                () = self.app.stop.cancelled() => return Err(AttemptEnd::Released),
            }
        }
    }

    /// Keeps the lease and acts on what the store answers and on how the host has fared since.
    async fn heartbeat(&mut self, host: &mut dyn Connection) -> Result<(), AttemptEnd> {
        match self.renew_lease().await {
            Ok(HeartbeatReply::Continue) => self.unheard = false,
            Ok(HeartbeatReply::Lost) => return Err(AttemptEnd::Lost),
            Ok(HeartbeatReply::Cancel) if self.canceled.is_none() => {
                self.canceled = Some(Instant::now());
                host.send(&ToHost::Cancel).await;
            }
            Ok(HeartbeatReply::Cancel) => {}
            // The lease is this process's as long as the attempt lasts. Told once, and again after the next that is written.
            Err(error) if !mem::replace(&mut self.unheard, true) => {
                tracing::warn!(job.id = %self.job.id, %error, "a heartbeat could not be written");
            }
            Err(_) => {}
        }
        if self.announced != self.progress {
            self.announced = self.progress.clone();
            self.app.process.job_changes.publish(self.job.id);
        }
        self.news.tell(&self.app, &self.job, &self.progress).await;
        let still = self.advanced.elapsed();
        if still > self.engine.stall {
            let stage = self.progress.stage.clone();
            return Err(Failure::Stalled { stage, seconds: still.as_secs() }.into());
        }
        Ok(())
    }

    /// Extends the lease, and writes down as it is what the host has told: progress, warnings, what computes.
    async fn renew_lease(&self) -> StoreResult<HeartbeatReply> {
        let until = self.app.clock.now() + lease_time(&self.app);
        let (warnings, computation) = (self.warnings.sentences(), self.computation.latest());
        self.app.jobs.heartbeat(&self.lease, until, &self.progress, &warnings, computation).await
    }

    /// Notes progress; only what differs from before counts as being alive.
    fn advance(&mut self, mut progress: Progress) {
        progress.stage = self.paths.hide(&progress.stage);
        if self.progress.follow(progress) {
            self.advanced = Instant::now();
            self.under_way.tell(&self.progress);
            self.app.process.job_changes.publish_progress(self.job.id);
            if self.progress.phase == Some(Phase::Rendering) {
                room::goes_on(self.app.process.pauses.passed(&self.job.engine));
            }
        }
    }

    /// Notes a warning and writes it down at once; where that fails, the next heartbeat does it.
    async fn warn(&mut self, warning: EngineWarning, host: &mut dyn Connection) -> Result<(), AttemptEnd> {
        let told = EngineWarning { message: self.paths.hide(&warning.message), ..warning };
        if let Some(warning) = self.warnings.keep(told.of_engine(&self.job.engine)) {
            tracing::info!(job.id = %self.job.id, attempt = self.lease.attempt, "the engine warns: {warning}");
            self.heartbeat(host).await?;
            self.app.process.job_changes.publish(self.job.id);
        }
        Ok(())
    }

    /// Notes on what the job is computed; it is written down as a warning is.
    async fn note_computation(&mut self, said: &Computation, host: &mut dyn Connection) -> Result<(), AttemptEnd> {
        if let Some(computation) = self.computation.keep(said.hiding(&self.paths)) {
            tracing::debug!(job.id = %self.job.id, attempt = self.lease.attempt, "the engine computes on {computation}");
            self.heartbeat(host).await?;
            self.app.process.job_changes.publish(self.job.id);
        }
        Ok(())
    }
}

/// Waits for a moment, for ever if there is none.
async fn moment(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// How long a lease lasts without a heartbeat.
pub(super) fn lease_time(app: &App) -> SignedDuration {
    SignedDuration::try_from(app.config().scheduler.lease).unwrap_or(SignedDuration::MAX)
}
