//! Brings announcements to their receivers, beside everything else: no job ever waits for a receiver.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use serde_json::json;
use tokio::task::{Id, JoinSet};

use crate::app::App;
use crate::config::Webhooks;
use crate::domain::id::JobId;
use crate::domain::webhook_event::{DeliveryAttempt, Next, WebhookEvent};
use crate::domain::webhook_signature::Secret;
use crate::fetch::guard::Guard;
use crate::view::job as view;
use crate::webhooks::secret;

/// How often the outbox is looked at.
const TICK: Duration = Duration::from_millis(500);
/// How many deliveries are under way at once, and how many of them to one receiver: a slow one does not hold up others.
const AT_ONCE: usize = 16;
const AT_ONE_RECEIVER: usize = 4;
/// How many announcements are looked at in a round.
const ROUND: u32 = 256;
/// The longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(12 * 3600);

/// Delivers announcements until the app stops. What is under way then is tried again at the next start.
pub async fn run(app: Arc<App>) {
    let mut deliveries = JoinSet::new();
    let mut under_way: HashMap<Id, (JobId, String)> = HashMap::new();
    loop {
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            Some(ended) = deliveries.join_next_with_id() => {
                let id = ended.as_ref().map_or_else(|error| error.id(), |(id, ())| *id);
                under_way.remove(&id);
                if let Err(error) = ended {
                    tracing::error!(%error, "a delivery panicked");
                }
            }
            () = app.stop.cancelled() => return,
        }
        let due = match app.webhooks.due(app.clock.now(), ROUND).await {
            Ok(due) => due,
            Err(error) => {
                tracing::error!(%error, "the outbox cannot be read");
                continue;
            }
        };
        for announcement in due {
            let receiver = receiver(&announcement.url);
            let busy = under_way.values().filter(|(_, other)| *other == receiver).count();
            if under_way.len() >= AT_ONCE {
                break;
            }
            if busy >= AT_ONE_RECEIVER || under_way.values().any(|(job, _)| *job == announcement.job) {
                continue;
            }
            let job = announcement.job;
            let delivery = deliveries.spawn(deliver(Arc::clone(&app), announcement));
            under_way.insert(delivery.id(), (job, receiver));
        }
    }
}

/// Tries once, and notes what came of it.
async fn deliver(app: Arc<App>, announcement: WebhookEvent) {
    let config = app.config();
    let (at, start) = (app.clock.now(), Instant::now());
    let answer = send(&app, &announcement, &config.webhooks, at).await;
    let (status, error, wanted_wait) = match answer {
        Ok(Some(Answer { status, wait })) => (Some(status), None, wait),
        Ok(None) => return, // the job was deleted: there is nothing to tell
        Err(reason) => (None, Some(reason), None),
    };
    let milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    let attempt = DeliveryAttempt { number: announcement.attempts + 1, at, status, error, milliseconds };
    let next = next(&config.webhooks, attempt.number, status, wanted_wait, app.clock.now());
    tracing::info!(
        job.id = %announcement.job, attempt = attempt.number, status, error = attempt.error, next = ?next,
        "webhook"
    );
    if let Err(error) = app.webhooks.record_delivery(announcement.job, &attempt, next).await {
        tracing::error!(%error, job.id = %announcement.job, "a delivery could not be noted; it will be made again");
    }
}

struct Answer {
    status: u16,
    /// How long the receiver wants to be left alone.
    wait: Option<Duration>,
}

/// Sends the announcement; `None` if its job is gone, or else an error in a sentence.
async fn send(
    app: &App,
    announcement: &WebhookEvent,
    config: &Webhooks,
    at: Timestamp,
) -> Result<Option<Answer>, String> {
    let guard = Guard::new(&app.config().fetch.allow);
    // Checked again: what is let through may have changed since the submission.
    let url = guard.read(&announcement.url).map_err(|refused| refused.to_string())?;
    let Some(job) = app.jobs.job(announcement.job).await.map_err(|error| error.to_string())? else { return Ok(None) };
    let job = view::one(app, job).await.map_err(|_| "the gateway could not read the job".to_owned())?;
    let body = json!({ "type": announcement.event, "timestamp": announcement.created_at, "data": job }).to_string();
    let secret = secret(app, config).map_err(|error| format!("the gateway has no secret to sign with: {error}"))?;
    let id = format!("msg_{}", announcement.job.to_string().replace('-', ""));
    let client = guard.client(config.timeout).map_err(|error| error.to_string())?;
    let request = client
        .post(url)
        .header(CONTENT_TYPE, "application/json")
        .header("webhook-id", &id)
        .header("webhook-timestamp", at.as_second())
        .header("webhook-signature", secret.sign(&id, at, body.as_bytes()))
        .body(body);
    let response = request.send().await.map_err(|error| in_words(&error))?;
    let wait = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Ok(Some(Answer { status: response.status().as_u16(), wait: wait.map(Duration::from_secs) }))
}

/// What is done after an attempt that was answered like this.
fn next(config: &Webhooks, number: u32, status: Option<u16>, wanted: Option<Duration>, now: Timestamp) -> Next {
    match status {
        Some(200..=299) => Next::Delivered,
        // "Gone" is how a receiver says that it wants no more of these.
        Some(410) => Next::GiveUp,
        _ if number >= config.attempts => Next::GiveUp,
        _ => {
            let usual = config.backoff.saturating_mul(4u32.saturating_pow(number - 1));
            let wait = usual.max(wanted.unwrap_or_default()).min(LONGEST_WAIT);
            Next::Again(now + SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX))
        }
    }
}

/// The secret of the settings, or the one in the data folder, which is made if there is none.
fn secret(app: &App, config: &Webhooks) -> io::Result<Secret> {
    match &config.secret {
        Some(secret) => Ok(secret.clone()),
        None => secret::kept_or_made(&app.config().storage.data_dir, &app.scratch),
    }
}

/// Where an address leads, so that receivers are told apart.
fn receiver(url: &str) -> String {
    url::Url::parse(url).map_or_else(|_| url.to_owned(), |url| url.origin().ascii_serialization())
}

/// The error with its causes, which is where the reason stands; without the address, which is told beside it.
fn in_words(error: &reqwest::Error) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |error| error.source());
    match causes.last() {
        _ if error.is_timeout() => "the receiver did not answer in time".to_owned(),
        Some(cause) => cause.to_string(),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_become_rare_and_end() {
        let config =
            Webhooks { secret: None, timeout: Duration::from_secs(1), backoff: Duration::from_secs(5), attempts: 10 };
        let now = Timestamp::UNIX_EPOCH;
        let after =
            |number, status, wait: Option<u64>| next(&config, number, status, wait.map(Duration::from_secs), now);
        let again = |seconds| Next::Again(now + SignedDuration::from_secs(seconds));
        assert_eq!(after(1, Some(204), None), Next::Delivered);
        assert_eq!(after(1, Some(410), None), Next::GiveUp);
        assert_eq!(
            (after(1, Some(500), None), after(2, None, None), after(3, Some(302), None)),
            (again(5), again(20), again(80))
        );
        assert_eq!(after(1, Some(429), Some(60)), again(60));
        assert_eq!(after(1, Some(429), Some(1_000_000)), again(12 * 3600));
        assert_eq!((after(9, None, None), after(10, None, None)), (again(12 * 3600), Next::GiveUp));
    }
}
