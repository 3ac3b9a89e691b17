//! What is ahead of jobs that have not ended: their places in the queue, and when they are likely to end.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::app::App;
use crate::domain::history::{AttemptRecord, History, QueuePosition, estimate};
use crate::domain::id::JobId;
use crate::domain::job::{Job, State};
use crate::http::problem::ApiError;
use crate::view::{JobContext, JobView};

/// So many of an engine's latest successful jobs tell how fast it is.
const LATEST: u32 = 20;

/// What is ahead of the jobs of one answer.
pub(crate) struct Estimate {
    now: Timestamp,
    places: HashMap<JobId, QueuePosition>,
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
    pub(crate) async fn of(app: &App, jobs: &[Job]) -> Result<Self, ApiError> {
        let mut outlook = Self { now: app.clock.now(), places: HashMap::new(), engines: HashMap::new() };
        let queued: Vec<JobId> = jobs.iter().filter(|job| job.state == State::Queued).map(|job| job.id).collect();
        if !queued.is_empty() {
            outlook.places = app.jobs.places(&queued).await?;
        }
        for job in jobs.iter().filter(|job| !job.state.is_final() && job.speech_seconds.is_some()) {
            if outlook.engines.contains_key(&job.engine) {
                continue;
            }
            if let Some(history) = app.jobs.history(&job.engine, LATEST).await? {
                let running = app.jobs.running(&job.engine).await?;
                let instances = app.config().engine(&job.engine).instances;
                outlook.engines.insert(job.engine.clone(), Engine { history, running, instances });
            }
        }
        Ok(outlook)
    }

    /// One of the jobs as clients see it.
    pub(crate) fn view(&self, app: &App, job: Job, attempts: Option<Vec<AttemptRecord>>) -> JobView {
        let place = self.places.get(&job.id).copied();
        let eta = self
            .engines
            .get(&job.engine)
            .and_then(|engine| estimate(&job, place, &engine.running, engine.instances, engine.history, self.now));
        let config = app.config();
        let base = config.server.public_url.as_deref().unwrap_or_default();
        JobView::new(job, JobContext { place, eta, attempts }, base)
    }
}
