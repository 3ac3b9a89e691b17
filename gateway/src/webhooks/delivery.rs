//! Delivers webhooks to their receivers, beside everything else: no job ever waits for a receiver.

use std::collections::HashMap;
use std::io;
use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use serde_json::json;
use tokio::task::{Id, JoinError, JoinSet};

use crate::app::App;
use crate::config::Webhooks;
use crate::domain::id::JobId;
use crate::domain::webhook_event::{DeliveryAttempt, EventKind, LONGEST_WAIT, Next, WebhookEvent};
use crate::domain::webhook_signature::Secret;
use crate::fetch::guard::Guard;
use crate::process::webhook_claims::WebhookClaims;
use crate::store::error::StoreResult;
use crate::view::job as view;
use crate::webhooks::secret;

/// How often the outbox is looked at.
const TICK: Duration = Duration::from_millis(500);
/// The longest wait before an attempt that could not be noted is noted after all.
const LONGEST_WAIT_TO_NOTE: Duration = Duration::from_secs(60);

/// Delivers what is announced of jobs until the app stops. What is under way then is tried again at the next start.
pub async fn run(app: Arc<App>) {
    let (mut delivery, mut is_unread) = (Delivery::default(), false);
    loop {
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            Some(ended) = delivery.under_way.join_next_with_id() => {
                delivery.note(ended);
                while let Some(ended) = delivery.under_way.try_join_next_with_id() {
                    delivery.note(ended);
                }
            }
            () = app.stop.cancelled() => return,
        }
        match delivery.begin(&app).await {
            Ok(()) => is_unread = false,
            // Told once, not at each look.
            Err(error) if !mem::replace(&mut is_unread, true) => tracing::error!(%error, "the outbox cannot be read"),
            Err(_) => {}
        }
    }
}

/// What is being delivered.
#[derive(Default)]
struct Delivery {
    claims: WebhookClaims,
    /// Each returns how long it took.
    under_way: JoinSet<Duration>,
    jobs: HashMap<Id, JobId>,
}

impl Delivery {
    /// Begins with all that is due and has room.
    async fn begin(&mut self, app: &Arc<App>) -> StoreResult<()> {
        loop {
            let free = u32::try_from(self.claims.free()).unwrap_or(u32::MAX);
            let mut due = app.webhooks.due(app.clock.now(), free, &self.claims.passed_over()).await?;
            // The next round passes over those that find no room here, in favour of what was due after them.
            due.retain(|event| self.claims.claim(event));
            if due.is_empty() {
                return Ok(());
            }
            for event in due {
                let job = event.job;
                self.jobs.insert(self.under_way.spawn(deliver(Arc::clone(app), event)).id(), job);
            }
        }
    }

    fn note(&mut self, ended: Result<(Id, Duration), JoinError>) {
        let (id, took) = match ended {
            Ok(ended) => ended,
            Err(error) => {
                tracing::error!(%error, "a delivery panicked");
                (error.id(), Duration::ZERO)
            }
        };
        if let Some(job) = self.jobs.remove(&id) {
            self.claims.release(job, took);
        }
    }
}

/// Tries once, and notes what came of it; returns how long the receiver took.
async fn deliver(app: Arc<App>, event: WebhookEvent) -> Duration {
    let config = app.config();
    let (at, start) = (app.clock.now(), Instant::now());
    let answer = send(&app, &event, &config.webhooks, at).await;
    let took = start.elapsed();
    let (status, error, wanted_wait) = match answer {
        Ok(Some(Answer { status, wait })) => (Some(status), None, wait),
        Ok(None) => return took, // there is nothing to tell any more
        Err(reason) => (None, Some(reason), None),
    };
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let attempt = DeliveryAttempt { number: event.attempts + 1, at, status, error, milliseconds };
    let next = next(&config.webhooks, event.kind, attempt.number, status, wanted_wait, app.clock.now());
    tracing::info!(
        job.id = %event.job, event = event.kind.as_str(), attempt = attempt.number, status, error = attempt.error, next = ?next,
        "webhook"
    );
    app.metrics.webhook_tried(attempt.status, next);
    let mut wait = config.webhooks.backoff;
    // A receiver that has taken it is not told again and again while the database does not do its part.
    while let Err(error) = app.webhooks.record_delivery(&event, &attempt, next).await {
        tracing::error!(%error, job.id = %event.job, "a delivery could not be noted");
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT_TO_NOTE);
    }
    took
}

struct Answer {
    status: u16,
    /// How long the receiver wants to be left alone.
    wait: Option<Duration>,
}

/// Sends the event; `None` if its job is gone or has ended before its progress was told, or else an error in a sentence.
async fn send(app: &App, event: &WebhookEvent, config: &Webhooks, at: Timestamp) -> Result<Option<Answer>, String> {
    let guard = Guard::new(&app.config().fetch.allow);
    // Checked again: what is let through may have changed since the submission.
    let url = guard.read(&event.url).map_err(|refused| refused.to_string())?;
    let Some(job) = app.jobs.job(event.job).await.map_err(|error| error.to_string())? else { return Ok(None) };
    if event.kind == EventKind::Progress && job.state.is_final() {
        return Ok(None);
    }
    let job = view::one(app, job).await.map_err(|_| "the gateway could not read the job".to_owned())?;
    let body = json!({ "type": event.kind, "timestamp": event.created_at, "data": job }).to_string();
    let secret = secret(app, config).map_err(|error| format!("the gateway has no secret to sign with: {error}"))?;
    let id = message_id(event);
    let client = guard.client(config.timeout, 0).map_err(|error| error.to_string())?;
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

/// The message's name: the same at each attempt, and that of no other message.
fn message_id(event: &WebhookEvent) -> String {
    let job = event.job.to_string().replace('-', "");
    match event.kind {
        EventKind::Started => format!("msg_{job}_started"),
        EventKind::Progress => format!("msg_{job}_progress_{}", event.serial),
        EventKind::Succeeded | EventKind::Failed | EventKind::Canceled => format!("msg_{job}"),
    }
}

/// What is done after an attempt that was answered like this.
fn next(
    config: &Webhooks,
    kind: EventKind,
    number: u32,
    status: Option<u16>,
    wanted: Option<Duration>,
    now: Timestamp,
) -> Next {
    match status {
        Some(200..=299) => Next::Delivered,
        // "Gone" is how a receiver says that it wants no more of these.
        Some(410) => Next::GiveUp,
        // The next one takes its place.
        _ if kind == EventKind::Progress => Next::GiveUp,
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
    use crate::domain::webhook_event::DeliveryState;

    #[test]
    fn attempts_become_rare_and_end() {
        let config =
            Webhooks { secret: None, timeout: Duration::from_secs(1), backoff: Duration::from_secs(5), attempts: 10 };
        let now = Timestamp::UNIX_EPOCH;
        let kinds = |kind, number, status, wait: Option<u64>| {
            next(&config, kind, number, status, wait.map(Duration::from_secs), now)
        };
        let after = |number, status, wait| kinds(EventKind::Failed, number, status, wait);
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
        let progress = |number, status| kinds(EventKind::Progress, number, status, None);
        assert_eq!((progress(1, None), progress(40, Some(200))), (Next::GiveUp, Next::Delivered));
        assert_eq!(kinds(EventKind::Started, 1, None, None), again(5));
    }

    #[test]
    fn no_two_messages_have_one_name() {
        let event = |kind, serial| WebhookEvent {
            job: JobId::from(uuid::Uuid::from_u128(7)),
            url: String::new(),
            receiver: String::new(),
            host: String::new(),
            kind,
            serial,
            state: DeliveryState::Pending,
            attempts: 3,
            next_attempt_at: None,
            created_at: Timestamp::UNIX_EPOCH,
        };
        let names =
            [(EventKind::Started, 1), (EventKind::Progress, 1), (EventKind::Progress, 2), (EventKind::Failed, 1)]
                .map(|(kind, serial)| message_id(&event(kind, serial)));
        let id = "msg_00000000000000000000000000000007";
        assert_eq!(names, ["_started", "_progress_1", "_progress_2", ""].map(|end| format!("{id}{end}")));
    }
}
