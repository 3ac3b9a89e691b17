//! Where jobs that have not ended stand in their queues, and when they are likely to end.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::app::App;
use crate::domain::history::{Eta, History, QueuePosition, estimate};
use crate::domain::id::JobId;
use crate::domain::job::{Job, State};
use crate::store::error::StoreResult;

/// So many of an engine's latest successful jobs tell how fast it is.
const LATEST: u32 = 20;

/// What is ahead of the jobs of one answer.
pub(crate) struct Estimate {
    now: Timestamp,
    positions: HashMap<JobId, QueuePosition>,
    /// By engine; only of those with a history.
    engines: HashMap<String, Engine>,
}

struct Engine {
    history: History,
    running: Vec<Job>,
    instances: u32,
}

impl Estimate {
    /// Asks the store about the jobs that have not ended.
    pub(crate) async fn of(app: &App, jobs: &[Job]) -> StoreResult<Self> {
        let mut estimate = Self { now: app.clock.now(), positions: HashMap::new(), engines: HashMap::new() };
        let queued: Vec<JobId> = jobs.iter().filter(|job| job.state == State::Queued).map(|job| job.id).collect();
        if !queued.is_empty() {
            estimate.positions = app.jobs.places(&queued).await?;
        }
        for job in jobs.iter().filter(|job| !job.state.is_final() && job.speech_seconds.is_some()) {
            if estimate.engines.contains_key(&job.engine) {
                continue;
            }
            if let Some(history) = app.jobs.history(&job.engine, LATEST).await? {
                let running = app.jobs.running(&job.engine).await?;
                let instances = app.config().engine(&job.engine).instances;
                estimate.engines.insert(job.engine.clone(), Engine { history, running, instances });
            }
        }
        Ok(estimate)
    }

    /// Where a job stands in its queue, and when it is likely to end.
    pub(crate) fn of_job(&self, job: &Job) -> (Option<QueuePosition>, Option<Eta>) {
        let position = self.positions.get(&job.id).copied();
        let eta = self
            .engines
            .get(&job.engine)
            .and_then(|engine| estimate(job, position, &engine.running, engine.instances, engine.history, self.now));
        (position, eta)
    }
}
