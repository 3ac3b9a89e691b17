//! Takes queued jobs and sees each through: sweep, claim, run, finish.

mod attempt;
mod inputs;
mod results;
mod retry;
mod slots;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use tokio_util::task::TaskTracker;

use crate::app::App;
use crate::host::pool::Pool;
use crate::scheduler::attempt::{Attempt, lease_time};
use crate::scheduler::slots::Slots;

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
        match self.app.jobs.sweep(self.app.clock.now()).await {
            Ok(swept) => swept.into_iter().for_each(|job| self.app.process.job_changes.publish(job)),
            Err(error) => tracing::error!(%error, "lost leases cannot be swept"),
        }
        self.pool.retire(|engine| self.app.config().engine(engine)).await;
        let config = self.app.config();
        self.slots.begin_round();
        let mut entries = self.app.catalog.entries();
        entries.sort_by_key(|entry| self.slots.last_begun(&entry.id));
        for entry in entries {
            // Jobs of an engine that must not render wait, as those of one that is not installed do.
            if entry.engine.is_some() && entry.is_allowed(&config.engines) {
                self.claim(&entry.id).await;
            }
        }
    }

    /// Starts queued jobs of an engine while it has free instances.
    async fn claim(&self, engine: &str) {
        let settings = self.app.config().engine(engine);
        while let Some(slot) = self.slots.take(engine, &settings).filter(|_| !self.is_ending()) {
            let now = self.app.clock.now();
            match self.app.jobs.claim(engine, now, now + lease_time(&self.app)).await {
                Ok(Some((job, lease))) => {
                    slot.begun();
                    tracing::info!(job.id = %job.id, engine.id = engine, attempt = lease.attempt, "job started");
                    let attempt =
                        Attempt::new(Arc::clone(&self.app), Arc::clone(&self.pool), job, lease, settings.clone());
                    let app = Arc::clone(&self.app);
                    self.running.spawn(async move {
                        attempt.run().await;
                        drop(slot);
                        app.process.wake_ups.wake();
                    });
                }
                Ok(None) => return,
                Err(error) => {
                    tracing::error!(%error, "jobs cannot be claimed");
                    return;
                }
            }
        }
    }
}
