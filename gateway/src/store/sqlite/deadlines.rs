//! Moments that something waits for, when the clock that they were written by turns out to have been wrong.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::job::MOST_DOUBLINGS;
use crate::domain::webhook_event::LONGEST_WAIT;
use crate::store::sqlite::rows::micros;
use crate::store::sqlite::writer::Change::Ends;
use crate::store::sqlite::writer::{OpenTransaction, Writer};

/// Moves all that waits, or is measured, by ?1 microseconds; ?2 is the earlier of the moments before and after. What was
/// due then is due all the same.
const SHIFT: [&str; 7] = [
    "UPDATE jobs SET not_before = not_before + ?1 WHERE state = 'queued' AND not_before > ?2",
    "UPDATE jobs SET expires_at = expires_at + ?1, revision = revision + 1
     WHERE state IN ('queued', 'running') AND expires_at IS NOT NULL",
    "UPDATE jobs SET lease_until = lease_until + ?1, started_at = started_at + ?1, revision = revision + 1
     WHERE state = 'running'",
    "UPDATE attempts SET started_at = started_at + ?1
     WHERE (job_id, number) IN (SELECT id, attempt FROM jobs WHERE state = 'running')",
    "UPDATE webhooks SET next_attempt_at = next_attempt_at + ?1 WHERE state = 'pending' AND next_attempt_at > ?2",
    "UPDATE jobs SET keep_micros = keep_micros + ?1 WHERE finished_at IS NOT NULL AND keep_micros IS NOT NULL",
    "UPDATE idempotency_keys SET created_at = created_at + ?1",
];

/// See [`JobStore::shift_deadlines`](crate::store::jobs::JobStore::shift_deadlines).
pub(crate) async fn shift(writer: &Writer, step: SignedDuration, earlier: Timestamp) -> sqlx::Result<()> {
    let work = |mut transaction: OpenTransaction| async move {
        for statement in SHIFT {
            sqlx::query(statement).bind(in_micros(step)).bind(micros(earlier)).execute(&mut *transaction).await?;
        }
        transaction.commit().await
    };
    writer.transaction(Ends, work).await
}

/// See [`JobStore::bound_waits`](crate::store::jobs::JobStore::bound_waits).
pub(crate) async fn bound(writer: &Writer, backoff: Duration, now: Timestamp) -> sqlx::Result<()> {
    let work = |mut transaction: OpenTransaction| async move {
        // The wait of a job that has never failed was over when it began.
        sqlx::query(
            "UPDATE jobs SET not_before = ?1 + CASE failures WHEN 0 THEN 0 ELSE ?2 << min(failures - 1, ?3) END
         WHERE state = 'queued'
             AND not_before > ?1 + CASE failures WHEN 0 THEN 0 ELSE ?2 << min(failures - 1, ?3) END",
        )
        .bind(micros(now))
        .bind(in_micros(backoff))
        .bind(MOST_DOUBLINGS)
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "UPDATE jobs SET expires_at = ?1 + (expires_at - created_at), revision = revision + 1
         WHERE state = 'queued' AND expires_at IS NOT NULL AND created_at > ?1",
        )
        .bind(micros(now))
        .execute(&mut *transaction)
        .await?;
        sqlx::query("UPDATE webhooks SET next_attempt_at = ?1 WHERE state = 'pending' AND next_attempt_at > ?1")
            .bind(micros(now + LONGEST_WAIT))
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "UPDATE jobs SET keep_micros = keep_micros + ?1 - finished_at WHERE finished_at > ?1 AND keep_micros > 0",
        )
        .bind(micros(now))
        .execute(&mut *transaction)
        .await?;
        sqlx::query("UPDATE idempotency_keys SET created_at = ?1 WHERE created_at > ?1")
            .bind(micros(now))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await
    };
    writer.transaction(Ends, work).await
}

/// SQLite's integers end at 2^63 - 1 and its shifts lose what is beyond: half of that leaves room for both.
fn in_micros(time: impl TryInto<SignedDuration>) -> i64 {
    let micros = time.try_into().map_or(i128::MAX, |time| time.as_micros());
    i64::try_from(micros).unwrap_or(i64::MAX)
}
