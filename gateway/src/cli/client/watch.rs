//! A job's changes, from the gateway's stream of events, over broken connections and restarts.

use std::pin::pin;
use std::time::Duration;

use futures::TryStreamExt;
use tokio::io::AsyncBufReadExt;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::io::StreamReader;

use crate::cli::client::error::ClientError;
use crate::cli::client::gateway::Gateway;
use crate::cli::client::job::Job;
use crate::domain::id::JobId;
use crate::domain::job::State;

/// How long nothing may come: the gateway gives a sign of life every 15 seconds.
const SILENCE: Duration = Duration::from_secs(60);
/// How often a queued job is looked at: that others leave the queue is no change of its own.
const GLANCE: Duration = Duration::from_secs(3);
/// How long a gateway is waited for that is not there any more, and may be restarting.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long to wait before connecting again, which doubles with each time …
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// … up to this.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Shows each change of a job until it has ended; `tell` hears when the connection is lost.
///
/// # Errors
/// What the gateway answered, or that it is gone for good.
pub(in crate::cli) async fn watch(
    gateway: &Gateway,
    id: JobId,
    mut show: impl FnMut(&Job),
    tell: impl Fn(&str),
) -> Result<Job, ClientError> {
    let (mut heard, mut wait) = (Instant::now(), FIRST_WAIT);
    loop {
        let mut seen = |job: &Job| {
            (heard, wait) = (Instant::now(), FIRST_WAIT);
            show(job);
        };
        let error = match follow(gateway, id, &mut seen).await {
            Err(error) if error.is_passing() => error,
            ended => return ended,
        };
        if heard.elapsed() > PATIENCE {
            return Err(error);
        }
        if wait == FIRST_WAIT {
            tell("no connection to the gateway; trying again");
        }
        sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// Shows a job's changes for as long as the connection holds.
async fn follow(gateway: &Gateway, id: JobId, show: &mut impl FnMut(&Job)) -> Result<Job, ClientError> {
    let pieces = gateway.events(id).await?.bytes_stream().map_err(std::io::Error::other);
    let reader = pin!(StreamReader::new(pieces));
    let mut lines = reader.lines();
    let (mut data, mut is_queued) = (String::new(), false);
    loop {
        let job = tokio::select! {
            line = timeout(SILENCE, lines.next_line()) => {
                let line = line.map_err(|_| gateway.broken("nothing comes any more"))?;
                let line = line.map_err(|error| gateway.broken(error.to_string()))?;
                let line = line.ok_or_else(|| gateway.broken("the gateway ended it"))?;
                if let Some(more) = line.strip_prefix("data:") {
                    data.push_str(more.strip_prefix(' ').unwrap_or(more));
                }
                if !line.is_empty() || data.is_empty() {
                    continue;
                }
                let event = serde_json::from_str(&std::mem::take(&mut data));
                gateway.read_job(event.map_err(|error| gateway.strange(format!("its event is no JSON: {error}"), false))?)?
            }
            () = sleep(GLANCE), if is_queued => gateway.job(id).await?,
        };
        show(&job);
        if job.state.is_final() {
            return Ok(job);
        }
        is_queued = job.state == State::Queued;
    }
}
