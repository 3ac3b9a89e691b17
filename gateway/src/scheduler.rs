//! Takes queued jobs and sees each through: sweep, claim, run, finish.

mod attempt;
mod clock_steps;
mod inputs;
mod results;
mod retry;
mod room;
mod slots;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use tokio_util::task::TaskTracker;

use crate::app::App;
use crate::config::EngineConfig;
use crate::ended;
use crate::host::pool::Pool;
use crate::process::pauses::{Pause, Turn};
use crate::scheduler::attempt::{Attempt, lease_time};
use crate::scheduler::room::Trial;
use crate::scheduler::slots::{Slot, Slots};
use crate::store::error::StoreResult;

/// How often the store is looked at when nothing announces work: for back-off that is over and leases that ran out.
const IDLE_TICK: Duration = Duration::from_secs(1);

/// Runs jobs until the app stops.
pub struct Scheduler {
    app: Arc<App>,
    pool: Arc<Pool>,
    slots: Slots,
    running: TaskTracker,
}

impl Scheduler {
    /// A scheduler with no warm hosts.
    pub fn new(app: Arc<App>) -> Self {
        Self { app, pool: Arc::default(), slots: Slots::default(), running: TaskTracker::new() }
    }

    /// Works until [`App::draining`] or [`App::stop`] is canceled. Then it lets running jobs end for a while, cancels
    /// [`App::stop`], gives back what still runs, and stops every host.
    pub async fn run(self) {
        let app = Arc::clone(&self.app);
        tokio::select! {
            () = app.catalog.ready() => {}
            () = app.draining.cancelled() => {}
            () = app.stop.cancelled() => {}
        }
        while !self.is_ending() {
            self.tick().await;
            tokio::select! {
                () = app.process.wake_ups.next() => {}
                () = tokio::time::sleep(IDLE_TICK) => {}
                () = app.draining.cancelled() => {}
                () = app.stop.cancelled() => {}
            }
        }
        self.running.close();
        self.let_jobs_end().await;
        app.stop.cancel();
        self.running.wait().await;
        self.pool.drain().await;
    }

    /// Whether no job may be begun any more.
    fn is_ending(&self) -> bool {
        self.app.draining.is_cancelled() || self.app.stop.is_cancelled()
    }

    /// Waits for running jobs, as long as the settings allow and nobody is more impatient.
    async fn let_jobs_end(&self) {
        let limit = self.app.config().scheduler.drain;
        if self.running.is_empty() || limit.is_zero() {
            return;
        }
        tracing::info!(jobs = self.running.len(), seconds = limit.as_secs_f64(), "running jobs may end first");
        tokio::select! {
            () = self.running.wait() => tracing::info!("every running job has ended"),
            () = tokio::time::sleep(limit) => {
                tracing::warn!(jobs = self.running.len(), "jobs have not ended in time and are queued again");
            }
            () = self.app.stop.cancelled() => {}
        }
    }

    /// One round: take back lost leases, stop idle hosts, start what can be started.
    async fn tick(&self) {
        let process = &self.app.process;
        let library = |engine: &str| self.app.catalog.entry(engine).map(|entry| Arc::clone(&entry.library));
        let died = self.pool.retire(|engine| (self.app.config().engine(engine), library(engine))).await;
        died.iter().for_each(|engine| self.app.metrics.host_died(engine, "idle"));
        if let Err(error) = clock_steps::follow(&self.app).await {
            return room::is_missing(&self.app, Pause::of_all(error.shortage), &error.to_string());
        }
        match self.app.jobs.sweep(self.app.clock.now(), &process.attempts.jobs()).await {
            Ok(swept) => {
                for job in swept {
                    ended::tell(&self.app, job).await;
                    process.job_changes.publish_end(job);
                }
            }
            Err(error) => return room::is_missing(&self.app, Pause::of_all(error.shortage), &error.to_string()),
        }
        let turn = process.pauses.turn(None);
        if turn == Turn::Wait {
            return;
        }
        if let Err(pause) = room::for_any(&self.app) {
            return room::is_missing(&self.app, pause, "");
        }
        if matches!(turn, Turn::Look { by_job: false, .. }) {
            room::goes_on(process.pauses.found(None));
        }
        let config = self.app.config();
        self.slots.begin_round();
        let mut entries = self.app.catalog.entries();
        entries.sort_by_key(|entry| self.slots.last_begun(&entry.id));
        for entry in entries {
            // Jobs of an engine that cannot render or must not wait, as those of one that is not installed do.
            if entry.status(&config.engines).is_ready() {
                self.claim(&entry.id).await;
            }
        }
        // What only a job could have found, and there was none to try it with.
        room::goes_on(process.pauses.found(None));
    }

    /// Starts queued jobs of an engine while it has free instances and the gateway what they need.
    async fn claim(&self, engine: &str) {
        let (settings, pauses) = (self.app.config().engine(engine), &self.app.process.pauses);
        while let Some(slot) = self.slots.take(engine, &settings).filter(|_| !self.is_ending()) {
            let turn = pauses.turn(Some(engine));
            if turn == Turn::Wait {
                return;
            }
            match self.begin(engine, &settings, slot, turn).await {
                // Whether what was short is there again, that one will tell.
                Ok(Ok(true)) if matches!(turn, Turn::Look { by_job: true, .. }) => return,
                Ok(Ok(begun)) => {
                    room::goes_on(pauses.found(Some(engine)));
                    if !begun {
                        return;
                    }
                }
                Ok(Err(pause)) => return room::is_missing(&self.app, pause, ""),
                Err(error) => {
                    return room::is_missing(&self.app, Pause::of_all(error.shortage), &error.to_string());
                }
            }
        }
    }

    /// Begins the next job of an engine; false if there is none. `Ok(Err)` is what the gateway lacks for it.
    async fn begin(
        &self,
        engine: &str,
        settings: &EngineConfig,
        slot: Slot,
        turn: Turn,
    ) -> StoreResult<Result<bool, Pause>> {
        let now = self.app.clock.now();
        let Some(next) = self.app.jobs.next(engine, now).await? else { return Ok(Ok(false)) };
        let margin = if let Turn::Look { margin, .. } = turn { margin } else { 1 };
        let promise = match room::for_job(&self.app, &next, margin).await? {
            Ok(promise) => promise,
            Err(pause) => return Ok(Err(pause)),
        };
        let Some((job, lease)) = self.app.jobs.claim(engine, now, now + lease_time(&self.app)).await? else {
            return Ok(Ok(false));
        };
        slot.begun();
        if let Turn::Look { by_job: true, .. } = turn {
            self.app.process.pauses.tried(engine);
        }
        let trial = Trial::new(&self.app, engine);
        tracing::info!(job.id = %job.id, engine.id = engine, attempt = lease.attempt, "job started");
        let attempt = Attempt::new(Arc::clone(&self.app), Arc::clone(&self.pool), job, lease, settings.clone());
        let app = Arc::clone(&self.app);
        self.running.spawn(async move {
            attempt.run().await;
            drop((slot, promise, trial));
            app.process.wake_ups.wake();
        });
        Ok(Ok(true))
    }
}
