//! `avatar-gateway jobs show`.

use std::process::ExitCode;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::cli::client::gateway::{Gateway, GatewayOptions};
use crate::cli::client::job::{self, Attempt, Job};
use crate::cli::table::{Column, Table};
use crate::cli::{job_text, out};
use crate::clock::Clock;
use crate::domain::id::JobId;
use crate::domain::job::State;

/// Which job, and how to show it.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The job's id
    #[arg(value_parser = job::id)]
    id: JobId,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    gateway: GatewayOptions,
}

/// Shows it.
///
/// # Errors
/// What the gateway refuses, or that it cannot be reached.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let job = Gateway::new(arguments.gateway)?.job(arguments.id).await?;
    if arguments.json {
        out::print_json(&job.json)?;
    } else {
        let mut table = Table::new(&[Column::Whole(""), Column::Wrapped("")]);
        for (name, text) in facts(&job, Clock::system().now()) {
            table.row([name.into(), text]);
        }
        out::print(&table.to_string())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What there is to say of a job, in the order in which it is asked for.
fn facts(job: &Job, now: Timestamp) -> Vec<(&'static str, String)> {
    let at = |moment: Timestamp| {
        format!("{} ({} ago)", moment.strftime("%Y-%m-%d %H:%M:%S UTC"), job_text::age(moment, now))
    };
    let mut facts = vec![("job", job.id.to_string()), ("state", job_text::doing(job)), ("engine", job.engine.clone())];
    let mut tell = |name: &'static str, text: Option<String>| facts.extend(text.map(|text| (name, text)));
    tell("error", job.error.as_ref().filter(|_| job.state != State::Succeeded).map(job_text::error));
    for warning in &job.warnings {
        tell("warning", Some(warning.clone()));
    }
    tell("computed on", job.computation.as_ref().map(ToString::to_string));
    tell("video", job.video.as_ref().map(|video| format!("{}, {} bytes", job_text::video(video), video.bytes)));
    tell("", job.video.is_some().then(|| format!("`avatar-gateway jobs download {}` fetches it", job.id)));
    tell("submitted", Some(at(job.created_at)));
    tell("started", job.started_at.map(at));
    tell("ended", job.finished_at.map(at));
    tell("expires", job.expires_at.filter(|_| job.state == State::Queued).map(|moment| moment.to_string()));
    tell(
        "took",
        job.timings.map(|took| {
            let [queued, load, render, verify] =
                [took.queued, took.load, took.render, took.verify].map(|seconds| format!("{seconds:.1} s"));
            format!("{queued} queued, {load} loading, {render} rendering, {verify} checking")
        }),
    );
    tell("priority", (job.priority != 0).then(|| job.priority.to_string()));
    tell("on hold", job.hold.then(|| "kept until the hold is lifted".into()));
    tell("webhook", job.webhook_url.clone());
    tell("inputs", lines(&job.inputs, " "));
    tell("params", lines(&job.params, " = "));
    tell("metadata", lines(&job.metadata, " = "));
    if job.attempts.len() > 1 || job.error.is_some() {
        for made in &job.attempts {
            tell("attempt", Some(attempt(made)));
        }
    }
    facts
}

/// The members of an object that are not null, a line each.
fn lines(members: &Map<String, Value>, between: &str) -> Option<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let told = members.iter().filter(|(_, value)| !value.is_null());
    let told: Vec<_> = told.map(|(name, value)| format!("{name}{between}{}", text(value))).collect();
    (!told.is_empty()).then(|| told.join("\n"))
}

fn attempt(made: &Attempt) -> String {
    let Attempt { number, started_at, finished_at, outcome, error } = made;
    let begun = started_at.strftime("%H:%M:%S UTC");
    let took = finished_at.map(|end| format!(", took {:.1} s", end.duration_since(*started_at).as_secs_f64()));
    let why = error.as_ref().map(|error| format!(": {} ({})", error.message, error.code));
    let outcome = outcome.as_deref().unwrap_or("running");
    format!("{number} {outcome}, begun {begun}{}{}", took.unwrap_or_default(), why.unwrap_or_default())
}
