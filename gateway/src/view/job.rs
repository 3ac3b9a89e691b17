//! Jobs as clients see them.

use std::collections::BTreeMap;

use engine_api::Phase;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::app::App;
use crate::catalog::Hindrance;
use crate::domain::code::Code;
use crate::domain::computation::Computation;
use crate::domain::history::{AttemptRecord, Eta, QueuePosition};
use crate::domain::id::JobId;
use crate::domain::job::{Artifact, Inputs, Job, JobError, State};
use crate::domain::progress::Progress;
use crate::domain::record::{Record, Timings};
use crate::domain::webhook_event::EventKind;
use crate::process::attempts::Attempts;
use crate::process::pauses::Pause;
use crate::store::error::StoreResult;
use crate::view::address::base;
use crate::view::estimate::Estimate;
use crate::view::schema;

/// A job.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobView {
    /// Its id.
    id: JobId,
    /// Where it leads.
    links: JobLinks,
    /// The engine that renders it.
    engine: String,
    /// Where it stands.
    state: State,
    /// How many queued jobs of its engine come before it; null unless it is queued.
    queue_position: Option<u64>,
    /// What the running attempt is doing, or the last one did.
    progress: ProgressView,
    /// How often it has been started.
    attempt: u32,
    /// The uploads it is made from.
    inputs: Inputs,
    /// The parameters after defaults.
    #[schema(value_type = Object)]
    params: Map<String, Value>,
    /// What to know about the result: what was told at the submission, then what the engine and the finish of the latest
    /// attempt told. The engine's begin with a code and a colon, `puppet.turned: …`. One that begins with `queue.paused: `,
    /// `engine.gone: ` or `engine.not_ready: ` is there while no job of the engine is begun, and says why.
    warnings: Vec<String>,
    /// On what the latest attempt is computed, as soon as its engine says so; null where it does not.
    computation: Option<Computation>,
    /// Whether it is kept until the hold is lifted.
    hold: bool,
    /// Why it failed, or why the last attempt did.
    error: Option<JobError>,
    /// The video, once it has succeeded.
    video: Option<ResultView>,
    /// Which jobs are claimed first: the higher ones.
    priority: i32,
    /// It fails if it is still queued at this moment.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// What its client says of it for itself; empty where that is nothing.
    #[schema(example = json!({"user": "42"}))]
    metadata: BTreeMap<String, String>,
    /// Where it is announced what becomes of it.
    webhook_url: Option<String>,
    /// What is announced there; null where nobody is told.
    webhook_events: Option<Vec<EventKind>>,
    /// When it is likely to end; absent where this installation has no history of its engine, and at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    eta: Option<Eta>,
    /// How long the steps of the successful attempt took, in seconds.
    timings: Option<Timings>,
    /// What it takes to make the same video again.
    record: Option<Record>,
    /// Every attempt, the first one first; only where one job is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<Vec<AttemptRecord>>,
    /// When it was submitted.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When its last attempt began.
    #[schema(value_type = Option<String>, format = DateTime)]
    started_at: Option<Timestamp>,
    /// When it reached a final state.
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Timestamp>,
}

/// What an attempt is doing.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
struct ProgressView {
    /// What is being done. Null before the first attempt.
    #[schema(value_type = Option<schema::Phase>)]
    phase: Option<Phase>,
    /// The same in words, which differ between engines: `load networks`, `analyse speech`, `render` …
    #[schema(example = "render")]
    stage: String,
    /// Units of the stage that are finished: frames while it renders.
    done: u64,
    /// Units of the stage in all; 0 while unknown.
    total: u64,
    /// The part of the whole attempt that is finished, 0 to 1: it never falls within an attempt, and is 1 once the job has
    /// succeeded. Null before the first attempt.
    fraction: Option<f64>,
}

impl From<Progress> for ProgressView {
    fn from(Progress { phase, stage, done, total, fraction }: Progress) -> Self {
        Self { phase, stage, done, total, fraction: phase.map(|_| fraction) }
    }
}

/// A finished video.
#[derive(Debug, Serialize, ToSchema)]
struct ResultView {
    /// Where to fetch it.
    #[schema(example = "/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057/video")]
    url: String,
    /// Where to fetch a picture of it.
    #[schema(example = "/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057/thumbnail")]
    thumbnail_url: String,
    #[serde(flatten)]
    facts: Artifact,
}

/// Addresses of a job.
#[derive(Debug, Serialize, ToSchema)]
struct JobLinks {
    /// The job itself.
    #[serde(rename = "self")]
    #[schema(example = "/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057")]
    own: String,
    /// Its changes, as they come.
    #[schema(example = "/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057/events")]
    events: String,
    /// The video, once it has succeeded.
    #[schema(example = "/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057/video")]
    video: Option<String>,
    /// Where a `POST` cancels it, until it has ended.
    #[schema(example = "/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057/cancel")]
    cancel: Option<String>,
}

/// The longest time after which to look at a job again, in seconds.
const LONGEST_RETRY: u64 = 60;

/// What is told of a job beside its row.
#[derive(Default)]
struct JobContext {
    position: Option<QueuePosition>,
    eta: Option<Eta>,
    attempts: Option<Vec<AttemptRecord>>,
    /// Why its queue stands still.
    pause: Option<Pause>,
    /// What is in the way of its engine.
    hindrance: Option<Hindrance>,
}

impl JobContext {
    /// What an estimate knows, and whether a job that waits can be begun at all.
    fn new(app: &App, estimate: &Estimate, job: &Job) -> Self {
        let (position, eta) = estimate.of_job(job);
        let waits = job.state == State::Queued;
        let pause = waits.then(|| app.process.pauses.of(&job.engine)).flatten();
        let hindrance = waits.then(|| app.catalog.hindrance(&job.engine, &app.config().engines)).flatten();
        Self { position, eta, attempts: None, pause, hindrance }
    }
}

/// One job, with its attempts.
///
/// # Errors
/// The store's.
pub(crate) async fn one(app: &App, job: Job) -> StoreResult<JobView> {
    let job = app.process.attempts.brought_up_to_date(job);
    let attempts = app.jobs.attempts(job.id).await?;
    let estimate = Estimate::of(app, std::slice::from_ref(&job)).await?;
    let context = JobContext { attempts: Some(attempts), ..JobContext::new(app, &estimate, &job) };
    Ok(JobView::new(job, context, &base(app)))
}

/// The jobs of a page, without their attempts.
///
/// # Errors
/// The store's.
pub(crate) async fn several(app: &App, jobs: Vec<Job>) -> StoreResult<Vec<JobView>> {
    let jobs: Vec<Job> = jobs.into_iter().map(|job| app.process.attempts.brought_up_to_date(job)).collect();
    let estimate = Estimate::of(app, &jobs).await?;
    let base = base(app);
    let view = |job| {
        let context = JobContext::new(app, &estimate, &job);
        JobView::new(job, context, &base)
    };
    Ok(jobs.into_iter().map(view).collect())
}

impl JobView {
    fn new(job: Job, context: JobContext, base: &str) -> Self {
        let own = format!("{base}/v1/jobs/{}", job.id);
        let address = |what| format!("{own}/{what}");
        let (url, thumbnail_url) = (address("video"), address("thumbnail"));
        let links = JobLinks {
            events: address("events"),
            video: job.artifact.is_some().then(|| url.clone()),
            cancel: (!job.state.is_final()).then(|| address("cancel")),
            own,
        };
        let mut warnings = job.warnings;
        warnings.extend(context.pause.map(|pause| format!("{}: {}", Code::QueuePaused, pause.reason)));
        warnings.extend(context.hindrance.map(|hindrance| match hindrance {
            Hindrance::Gone(reason) => format!("{}: {reason}", Code::EngineGone),
            Hindrance::NotReady(reason) => format!("{}: {reason}", Code::EngineNotReady),
        }));
        let video = job.artifact.map(|facts| ResultView { url, thumbnail_url, facts });
        Self {
            id: job.id,
            links,
            engine: job.engine,
            state: job.state,
            queue_position: context.position.map(|position| position.ahead),
            progress: job.progress.into(),
            attempt: job.attempt,
            inputs: job.inputs,
            params: job.params,
            warnings,
            computation: job.computation,
            hold: job.hold,
            error: job.error,
            video,
            priority: job.priority,
            expires_at: job.expires_at,
            metadata: job.metadata,
            webhook_events: job.webhook_url.is_some().then(|| job.webhook_events.kinds()),
            webhook_url: job.webhook_url,
            eta: context.eta,
            timings: job.timings,
            record: job.record,
            attempts: context.attempts,
            created_at: job.created_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
        }
    }

    /// Shows the running attempt further on, where it is.
    pub(crate) fn follow(&mut self, attempts: &Attempts) -> bool {
        let Some(latest) = attempts.progress_of(self.id, self.attempt).map(ProgressView::from) else { return false };
        let is_news = latest != self.progress;
        self.progress = latest;
        is_news
    }

    /// Whether it stays as it is.
    pub(crate) fn has_ended(&self) -> bool {
        self.state.is_final()
    }

    /// After how many seconds it is worth looking again; never where it has ended.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        let left = self.eta.as_ref().map(|eta| eta.seconds);
        (!self.has_ended()).then(|| look_again(left, self.queue_position.unwrap_or_default()))
    }
}

/// After how many seconds to look again at a job that will probably end in so many. Where nobody knows, the more jobs are
/// before it, the later.
fn look_again(left: Option<f64>, ahead: u64) -> u64 {
    left.map_or(1 + ahead, |seconds| seconds.ceil() as u64).clamp(1, LONGEST_RETRY)
}

/// A page of jobs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobPage {
    /// The jobs, newest first.
    pub(crate) jobs: Vec<JobView>,
    /// Give this as `before` for the next page; null on the last.
    pub(crate) next: Option<JobId>,
}

#[cfg(test)]
mod tests {
    use super::look_again;

    #[test]
    fn what_is_known_of_the_end_counts_more_than_the_queue() {
        let known = [-1.0, 0.0, 0.2, 1.2, 59.9, 3600.0].map(|left| look_again(Some(left), 7));
        assert_eq!(known, [1, 1, 1, 2, 60, 60]);
        assert_eq!([0, 1, 58, 59, 60, 10_000].map(|ahead| look_again(None, ahead)), [1, 2, 59, 60, 60, 60]);
    }
}
