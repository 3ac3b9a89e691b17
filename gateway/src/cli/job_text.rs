//! Jobs in words.

use anyhow::anyhow;
use jiff::Timestamp;

use crate::cli::client::job::{Job, Video};
use crate::domain::job::{JobError, State};

/// What a job is doing, in a few words.
pub(super) fn doing(job: &Job) -> String {
    let left = job.eta.as_ref().map(|eta| format!(", {} left", seconds(eta.seconds))).unwrap_or_default();
    match job.state {
        State::Queued => match job.queue_position {
            Some(0) | None => "queued".to_owned() + &left,
            Some(ahead) => format!("queued, {ahead} before it{left}"),
        },
        State::Running => {
            let stage = if job.progress.stage.is_empty() { "running" } else { &job.progress.stage };
            match job.progress.fraction {
                Some(fraction) => format!("{stage}: {} %{left}", percent(fraction)),
                None => stage.to_owned(),
            }
        }
        ended => ended.as_str().to_owned(),
    }
}

/// A part as a whole number of percent, which is 100 only at the end.
pub(super) fn percent(fraction: f64) -> u64 {
    (fraction * 100.0) as u64
}

/// A length of time, as short as it can be told.
pub(super) fn seconds(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match whole {
        0..120 => format!("{whole} s"),
        120..7200 => format!("{} min", whole / 60),
        7200..172_800 => format!("{} h", whole / 3600),
        _ => format!("{} days", whole / 86_400),
    }
}

/// A text that strangers may have had a hand in, without what a terminal would obey.
pub(super) fn plain(text: &str) -> String {
    text.replace(|letter: char| letter.is_control() && letter != '\n', "\u{fffd}")
}

/// What a video is like.
pub(super) fn video(video: &Video) -> String {
    let Video { seconds, width, height, frames, .. } = video;
    format!("{seconds:.2} s, {width}x{height}, {frames} frames")
}

/// How long ago something was, in three letters if it can be.
pub(super) fn age(since: Timestamp, now: Timestamp) -> String {
    seconds(now.duration_since(since).as_secs_f64()).replace(" min", "m").replace(" days", "d").replace(' ', "")
}

/// Why something failed, with what to do about it on a line of its own.
pub(super) fn error(error: &JobError) -> String {
    let (code, message) = (&error.code, plain(&error.message));
    match code.known() {
        Some(known) => format!("{message} ({code})\n  -> {}", known.entry().remedy),
        None => format!("{message} ({code})"),
    }
}

/// Whether a job has ended as hoped.
///
/// # Errors
/// It has not, for this reason.
pub(super) fn succeeded(job: &Job) -> anyhow::Result<()> {
    match (job.state, &job.error) {
        (State::Succeeded, _) => Ok(()),
        (State::Canceled, _) => Err(anyhow!("the job {} was canceled", job.id)),
        (_, Some(reason)) => Err(anyhow!("the job {} failed: {}", job.id, error(reason))),
        (_, None) => Err(anyhow!("the job {} is {}", job.id, job.state.as_str())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_told_in_the_unit_that_suits_them() {
        let told = [0.4, 59.6, 119.0, 125.0, 7300.0, 200_000.0].map(seconds);
        assert_eq!(told, ["0 s", "60 s", "119 s", "2 min", "2 h", "2 days"]);
    }

    #[test]
    fn what_has_not_ended_is_not_at_100_percent() {
        assert_eq!([0.0, 0.999, 1.0].map(percent), [0, 99, 100]);
    }
}
