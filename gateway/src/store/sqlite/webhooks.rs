//! The outbox in SQLite. What is put into it is up to triggers, so that no way to end a job passes it by.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::types::{Json, Text};

use crate::domain::id::JobId;
use crate::domain::webhook_event::{DeliveryAttempt, DeliveryState, Next, WebhookEvent};
use crate::store::error::StoreResult;
use crate::store::sqlite::SqliteStore;
use crate::store::sqlite::fault::failed;
use crate::store::sqlite::rows::{count, micros};
use crate::store::sqlite::writer::Change::Ends;
use crate::store::sqlite::writer::OpenTransaction;
use crate::store::webhooks::{PassedOver, WebhookStore};

#[async_trait]
impl WebhookStore for SqliteStore {
    async fn due(&self, now: Timestamp, limit: u32, passed_over: &PassedOver) -> StoreResult<Vec<WebhookEvent>> {
        let jobs: Vec<String> = passed_over.jobs.iter().map(JobId::to_string).collect();
        sqlx::query_as(
            "SELECT *, (SELECT count(*) FROM webhook_attempts AS a WHERE a.job_id = webhooks.job_id) AS attempts
             FROM webhooks WHERE state = 'pending' AND next_attempt_at <= ?1
                 AND job_id NOT IN (SELECT value FROM json_each(?3))
                 AND receiver NOT IN (SELECT value FROM json_each(?4))
                 AND host NOT IN (SELECT value FROM json_each(?5))
                 AND (?6 IS NULL OR receiver IN (SELECT value FROM json_each(?6)))
             ORDER BY next_attempt_at LIMIT ?2",
        )
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

    async fn announcement(&self, job: JobId) -> StoreResult<Option<WebhookEvent>> {
        sqlx::query_as(
            "SELECT *, (SELECT count(*) FROM webhook_attempts AS a WHERE a.job_id = webhooks.job_id) AS attempts
             FROM webhooks WHERE job_id = ?1",
        )
        .bind(Text(job))
        .fetch_optional(&self.reader)
        .await
        .map_err(failed("read an announcement"))
    }

    async fn deliveries(&self, job: JobId) -> StoreResult<Vec<DeliveryAttempt>> {
        sqlx::query_as("SELECT * FROM webhook_attempts WHERE job_id = ?1 ORDER BY number")
            .bind(Text(job))
            .fetch_all(&self.reader)
            .await
            .map_err(failed("read the attempts at a delivery"))
    }

    async fn record_delivery(&self, job: JobId, attempt: &DeliveryAttempt, next: Next) -> StoreResult<()> {
        let (state, again) = match next {
            Next::Delivered => (DeliveryState::Delivered, None),
            Next::Again(moment) => (DeliveryState::Pending, Some(micros(moment))),
            Next::GiveUp => (DeliveryState::GivenUp, None),
        };
        let note = |mut transaction: OpenTransaction| async move {
            let noted = sqlx::query("UPDATE webhooks SET state = ?2, next_attempt_at = ?3 WHERE job_id = ?1")
                .bind(Text(job))
                .bind(state.as_str())
                .bind(again)
                .execute(&mut *transaction)
                .await?;
            // The job may have been deleted meanwhile, and its announcement with it.
            if noted.rows_affected() > 0 {
                sqlx::query(
                    "INSERT INTO webhook_attempts (job_id, number, at, status, error, milliseconds)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )
                .bind(Text(job))
                .bind(attempt.number)
                .bind(micros(attempt.at))
                .bind(attempt.status)
                .bind(&attempt.error)
                .bind(count(attempt.milliseconds))
                .execute(&mut *transaction)
                .await?;
            }
            transaction.commit().await
        };
        self.writer.transaction(Ends, note).await.map_err(failed("note an attempt at a delivery"))
    }
}
