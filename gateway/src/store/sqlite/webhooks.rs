//! The outbox in SQLite. What is put into it is up to triggers, so that no way to end a job passes it by; but for progress,
//! which may be lost.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::SqliteConnection;
use sqlx::types::{Json, Text};

use crate::domain::id::JobId;
use crate::domain::webhook_event::{DeliveryAttempt, DeliveryState, EventKind, Next, PROGRESS_EVERY, WebhookEvent};
use crate::store::error::StoreResult;
use crate::store::sqlite::SqliteStore;
use crate::store::sqlite::fault::failed;
use crate::store::sqlite::rows::{count, micros};
use crate::store::sqlite::writer::Change::{Adds, Ends};
use crate::store::sqlite::writer::OpenTransaction;
use crate::store::webhooks::{PassedOver, WebhookStore};

/// The announcements with how often each was tried.
macro_rules! announcements {
    () => {
        "SELECT *, (SELECT coalesce(max(number), 0) FROM webhook_attempts AS tried
                    WHERE tried.job_id = webhooks.job_id AND tried.event = webhooks.event) AS attempts
         FROM webhooks WHERE "
    };
}

#[async_trait]
impl WebhookStore for SqliteStore {
    async fn due(&self, now: Timestamp, limit: u32, passed_over: &PassedOver) -> StoreResult<Vec<WebhookEvent>> {
        let jobs: Vec<String> = passed_over.jobs.iter().map(JobId::to_string).collect();
        sqlx::query_as(concat!(
            announcements!(),
            "state = 'pending' AND next_attempt_at <= ?1
                 AND job_id NOT IN (SELECT value FROM json_each(?3))
                 AND receiver NOT IN (SELECT value FROM json_each(?4))
                 AND host NOT IN (SELECT value FROM json_each(?5))
                 AND (?6 IS NULL OR receiver IN (SELECT value FROM json_each(?6)))
             ORDER BY next_attempt_at LIMIT ?2",
        ))
        .bind(micros(now))
        .bind(limit)
        .bind(Json(jobs))
        .bind(Json(&passed_over.receivers))
        .bind(Json(&passed_over.hosts))
        .bind(passed_over.all_but.as_ref().map(Json))
        .fetch_all(&self.reader)
        .await
        .map_err(failed("read the outbox"))
    }

    async fn pending(&self) -> StoreResult<u64> {
        let pending: (u64,) = sqlx::query_as("SELECT count(*) FROM webhooks WHERE state = 'pending'")
            .fetch_one(&self.reader)
            .await
            .map_err(failed("count the outbox"))?;
        Ok(pending.0)
    }

    async fn announce_progress(&self, job: JobId, now: Timestamp) -> StoreResult<()> {
        // One that waits loses its turn to what is due already, such as ends. A clock that was set back delays nothing.
        let announce = || {
            sqlx::query(
                "INSERT INTO webhooks (job_id, event, url, state, next_attempt_at, created_at)
                 SELECT id, 'job.progress', webhook_url, 'pending', ?2, ?2 FROM jobs
                 WHERE id = ?1 AND state = 'running' AND webhook_url IS NOT NULL
                 ON CONFLICT (job_id, event) DO UPDATE SET
                     serial = serial + 1, state = 'pending', created_at = ?2,
                     next_attempt_at = coalesce((
                         SELECT max(?2, min(max(at), ?2) + ?3) FROM webhook_attempts
                         WHERE job_id = ?1 AND event = 'job.progress'), ?2)
                 WHERE NOT EXISTS (
                     SELECT 1 FROM webhook_attempts
                     WHERE job_id = ?1 AND event = 'job.progress' AND status = 410)",
            )
            .bind(Text(job))
            .bind(micros(now))
            .bind(progress_every())
        };
        self.writer.execute(Adds, announce).await.map_err(failed("announce a job's progress"))?;
        Ok(())
    }

    async fn announcements(&self, job: JobId) -> StoreResult<Vec<WebhookEvent>> {
        let told = sqlx::query_as(concat!(announcements!(), "job_id = ?1")).bind(Text(job)).fetch_all(&self.reader);
        let mut told: Vec<WebhookEvent> = told.await.map_err(failed("read a job's announcements"))?;
        told.sort_by_key(|event| event.kind);
        Ok(told)
    }

    async fn deliveries(&self, job: JobId, kind: EventKind) -> StoreResult<Vec<DeliveryAttempt>> {
        sqlx::query_as("SELECT * FROM webhook_attempts WHERE job_id = ?1 AND event = ?2 ORDER BY number")
            .bind(Text(job))
            .bind(kind.as_str())
            .fetch_all(&self.reader)
            .await
            .map_err(failed("read the attempts at a delivery"))
    }

    async fn record_delivery(&self, event: &WebhookEvent, attempt: &DeliveryAttempt, next: Next) -> StoreResult<()> {
        let note = |transaction| note(transaction, event, attempt, next);
        self.writer.transaction(Ends, note).await.map_err(failed("note an attempt at a delivery"))
    }
}

async fn note(
    mut transaction: OpenTransaction,
    event: &WebhookEvent,
    attempt: &DeliveryAttempt,
    next: Next,
) -> sqlx::Result<()> {
    let (job, kind) = (event.job, event.kind.as_str());
    let known: Option<(u32, bool)> = sqlx::query_as(
        "SELECT serial, finished_at IS NOT NULL FROM webhooks JOIN jobs ON id = job_id WHERE job_id = ?1 AND event = ?2",
    )
    .bind(Text(job))
    .bind(kind)
    .fetch_optional(&mut *transaction)
    .await?;
    // The job may have been deleted meanwhile, and its announcements with it.
    let Some((serial, has_ended)) = known else { return transaction.commit().await };
    if serial == event.serial {
        let (state, again) = match next {
            Next::Delivered => (DeliveryState::Delivered, None),
            Next::Again(_) if has_ended && event.kind == EventKind::Started => (DeliveryState::Outdated, None),
            Next::Again(moment) => (DeliveryState::Pending, Some(micros(moment))),
            Next::GiveUp => (DeliveryState::GivenUp, None),
        };
        sqlx::query("UPDATE webhooks SET state = ?3, next_attempt_at = ?4 WHERE job_id = ?1 AND event = ?2")
            .bind(Text(job))
            .bind(kind)
            .bind(state.as_str())
            .bind(again)
            .execute(&mut *transaction)
            .await?;
    } else {
        // What has taken its place was announced while it was under way, and comes no sooner for that.
        sqlx::query(
            "UPDATE webhooks SET next_attempt_at = max(next_attempt_at, ?3)
             WHERE job_id = ?1 AND event = ?2 AND state = 'pending'",
        )
        .bind(Text(job))
        .bind(kind)
        .bind(micros(attempt.at).saturating_add(progress_every()))
        .execute(&mut *transaction)
        .await?;
    }
    remember(&mut transaction, event, attempt).await?;
    transaction.commit().await
}

/// Keeps an attempt; of progress, the latest alone.
async fn remember(
    transaction: &mut SqliteConnection,
    event: &WebhookEvent,
    attempt: &DeliveryAttempt,
) -> sqlx::Result<()> {
    let (job, kind) = (event.job, event.kind.as_str());
    if event.kind == EventKind::Progress {
        sqlx::query("DELETE FROM webhook_attempts WHERE job_id = ?1 AND event = ?2")
            .bind(Text(job))
            .bind(kind)
            .execute(&mut *transaction)
            .await?;
    }
    sqlx::query(
        "INSERT INTO webhook_attempts (job_id, event, number, at, status, error, milliseconds)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )
    .bind(Text(job))
    .bind(kind)
    .bind(attempt.number)
    .bind(micros(attempt.at))
    .bind(attempt.status)
    .bind(&attempt.error)
    .bind(count(attempt.milliseconds))
    .execute(&mut *transaction)
    .await
    .map(drop)
}

/// In microseconds.
fn progress_every() -> i64 {
    i64::try_from(PROGRESS_EVERY.as_micros()).unwrap_or(i64::MAX)
}
