//! `avatar-gateway jobs list`.

use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo, Timestamp};
use serde_json::Value;

use crate::cli::client::gateway::{Gateway, GatewayOptions};
use crate::cli::client::job::Job;
use crate::cli::table::{Column, Table};
use crate::cli::{job_text, out};
use crate::clock::Clock;
use crate::domain::job::State;

/// Which jobs to list, and how.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Only jobs in this state
    #[arg(long, value_parser = PossibleValuesParser::new(State::ALL.map(State::as_str)))]
    state: Option<String>,
    /// Only jobs of this engine
    #[arg(long)]
    engine: Option<String>,
    /// Only jobs submitted since: 90s, 30m, 12h, 7d, or a day or moment in UTC, such as 2026-01-31 or
    /// 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<Timestamp>,
    /// How many, at most
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    gateway: GatewayOptions,
}

/// Lists them.
///
/// # Errors
/// What the gateway refuses, or that it cannot be reached.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { state, engine, since, limit, json, gateway } = arguments;
    let filters = [("state", state), ("engine", engine), ("since", since.map(|moment| moment.to_string()))];
    let filters = filters.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let (jobs, has_more) = Gateway::new(gateway)?.jobs(filters, limit as usize).await?;
    if json {
        let jobs: Vec<&Value> = jobs.iter().map(|job| &job.json).collect();
        out::print_json(&jobs)?;
        return Ok(ExitCode::SUCCESS);
    }
    let note = match (jobs.is_empty(), has_more) {
        (true, _) => "no such job; `avatar-gateway submit` makes one",
        (false, true) => "there are older ones; --limit shows more",
        (false, false) => "",
    };
    if !jobs.is_empty() {
        out::print(&table(&jobs, Clock::system().now()).to_string())?;
    }
    if !note.is_empty() {
        out::note(note);
    }
    Ok(ExitCode::SUCCESS)
}

fn table(jobs: &[Job], now: Timestamp) -> Table {
    let mut table = Table::new(&[
        Column::Whole("JOB"),
        Column::Whole("STATE"),
        Column::Whole("ENGINE"),
        Column::Whole("AGE"),
        Column::Wrapped("DETAIL"),
    ]);
    for job in jobs {
        let age = job_text::age(job.created_at, now);
        table.row([job.id.to_string(), job.state.as_str().into(), job.engine.clone(), age, detail(job)]);
    }
    table
}

/// What is most worth knowing of a job, in few letters.
fn detail(job: &Job) -> String {
    match (job.state, &job.error, &job.video) {
        (State::Queued, ..) => match job.queue_position {
            Some(0) => "next".into(),
            ahead => ahead.map(|ahead| format!("{ahead} before it")).unwrap_or_default(),
        },
        (State::Running, ..) => {
            job.progress.fraction.map(|part| format!("{} %", job_text::percent(part))).unwrap_or_default()
        }
        (State::Failed, Some(error), _) => error.code.to_string(),
        (State::Succeeded, _, Some(video)) => format!("{:.2} s video", video.seconds),
        _ => String::new(),
    }
}

/// A moment as people write it: so long ago, a day, or the moment itself.
fn moment(text: &str) -> Result<Timestamp, String> {
    let ago = |span: Span| {
        let long = span.abs().to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
        Clock::system().now().checked_sub(long).ok()
    };
    let day = |day: Date| Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp());
    let read = text.parse().ok();
    let read = read.or_else(|| ago(text.parse().ok()?));
    let read = read.or_else(|| day(text.parse().ok()?));
    read.ok_or_else(|| "write it as 2h, 7d, 2026-01-31 or 2026-01-31T12:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn moments_are_read_as_people_write_them() {
        assert_eq!(moment("2026-01-31T12:00:00+01:00").unwrap().to_string(), "2026-01-31T11:00:00Z");
        assert_eq!(moment("2026-01-31").unwrap().to_string(), "2026-01-31T00:00:00Z");
        for (text, minutes) in [("90m", 90), ("2 hours", 120), ("7d", 7 * 24 * 60)] {
            let ago = Timestamp::now().duration_since(moment(text).unwrap());
            assert!((ago - SignedDuration::from_mins(minutes)).abs() < SignedDuration::from_mins(1), "{text}: {ago}");
        }
        for text in ["", "yesterday", "2026-13-01", "7"] {
            assert!(moment(text).unwrap_err().contains("2h"), "{text}");
        }
    }
}
