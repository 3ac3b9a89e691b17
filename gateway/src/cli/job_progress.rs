//! The progress of a job on stderr: a bar on a terminal; elsewhere, where a log is read, a line when something changes.

use std::cell::RefCell;
use std::fmt;

use indicatif::{BinaryBytes, ProgressBar, ProgressState, ProgressStyle};

use crate::cli::client::job::{Job, Progress};
use crate::cli::{job_text, out};
use crate::domain::id::JobId;
use crate::domain::job::State;

/// A bar for bytes that are on their way.
const TRANSFER: &str = "{msg:12} {bar:30} {bytes}/{total_bytes}";

/// The progress of one job.
pub(super) struct JobProgress {
    bar: ProgressBar,
    /// What stands before each line, where several jobs are shown.
    prefix: String,
    told: RefCell<Told>,
}

/// What was shown last.
#[derive(Default, PartialEq)]
struct Told {
    state: Option<State>,
    phase: Option<String>,
    stage: String,
    tenths: u64,
}

impl JobProgress {
    /// Of the only job that is shown.
    pub(super) fn new() -> Self {
        Self { bar: ProgressBar::new(0), prefix: String::new(), told: RefCell::default() }
    }

    /// Of one of several jobs: lines that begin with its id, on a terminal as well.
    pub(super) fn of_one(id: JobId) -> Self {
        Self { bar: ProgressBar::hidden(), prefix: format!("{id}  "), told: RefCell::default() }
    }

    /// A line that stays.
    pub(super) fn note(&self, text: &str) {
        self.bar.suspend(|| out::note(&format!("{}{}", self.prefix, job_text::plain(text))));
    }

    /// So many bytes are on their way from now on.
    pub(super) fn transfer(&self, what: &str, bytes: u64) {
        if self.bar.is_hidden() {
            self.note(&format!("{what}: {}", BinaryBytes(bytes)));
        }
        self.bar.set_style(style(TRANSFER));
        self.bar.set_message(what.to_owned());
        self.bar.set_length(bytes);
        self.bar.set_position(0);
    }

    /// What counts the bytes that have arrived.
    pub(super) fn counter(&self) -> impl Fn(u64) + Send + Sync + 'static {
        let bar = self.bar.clone();
        move |bytes| bar.inc(bytes)
    }

    /// What a job is doing now.
    pub(super) fn show(&self, job: &Job) {
        if self.bar.is_hidden() { self.show_as_line(job) } else { self.show_as_bar(job) }
    }

    /// Nothing more is shown.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// A line where the state, the phase or the tenth of the whole is another one.
    fn show_as_line(&self, job: &Job) {
        let tenths = job.progress.fraction.map_or(0, |fraction| job_text::percent(fraction) / 10);
        let now = Told { state: Some(job.state), phase: job.progress.phase.clone(), tenths, ..Told::default() };
        if job.state.is_final() || *self.told.borrow() == now {
            return;
        }
        self.told.replace(now);
        self.note(&job_text::doing(job));
    }

    /// A new stage begins anew, so that the estimate is of its own speed.
    fn show_as_bar(&self, job: &Job) {
        let Progress { stage, done, total, .. } = &job.progress;
        let now = Told { state: Some(job.state), stage: stage.clone(), ..Told::default() };
        let is_new = *self.told.borrow() != now;
        if job.state != State::Running {
            self.bar.set_style(style("{msg}"));
            self.bar.set_message(job_text::doing(job));
        } else if is_new {
            self.bar.reset();
            self.bar.set_style(style(if *total > 0 {
                "{msg:12} {bar:30} {pos}/{len}  {rate}  {eta} left"
            } else {
                "{msg:12} {spinner}"
            }));
            self.bar.set_message(if stage.is_empty() { "running".into() } else { stage.clone() });
        }
        self.bar.set_length(*total);
        self.bar.set_position(*done);
        self.told.replace(now);
    }
}

fn style(template: &str) -> ProgressStyle {
    let rate = |state: &ProgressState, text: &mut dyn fmt::Write| {
        // A bar that cannot be drawn is no reason to stop.
        let _ = write!(text, "{:.0}/s", state.per_sec());
    };
    let style = ProgressStyle::with_template(template).expect("the templates are constants");
    style.with_key("rate", rate).progress_chars("━╸─")
}
