//! Requests that are answered once: the row of the request and the job's are written together or not at all.

use jiff::{SignedDuration, Timestamp};
use sqlx::SqliteConnection;
use sqlx::types::Text;

use crate::domain::id::JobId;
use crate::domain::upload::UploadId;
use crate::store::jobs::{Idempotency, IdempotencyKey, NewJob};
use crate::store::sqlite::insert::{gone, insertion};
use crate::store::sqlite::rows::micros;
use crate::store::sqlite::writer::Change::Adds;
use crate::store::sqlite::writer::{OpenTransaction, Writer};

/// How long a request is remembered.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

/// Writes a job, unless a request under the same key has been answered before; or not, with the inputs that are gone.
pub(crate) async fn insert(
    writer: &Writer,
    job: &NewJob,
    key: &IdempotencyKey,
    now: Timestamp,
) -> sqlx::Result<Result<Idempotency, Vec<UploadId>>> {
    let write = |mut transaction: OpenTransaction| async move {
        if let Some(earlier) = earlier(&mut transaction, key, now).await? {
            return Ok(Ok(earlier));
        }
        sqlx::query("DELETE FROM idempotency_keys WHERE created_at <= ?1 OR key = ?2")
            .bind(micros(now - REMEMBERED))
            .bind(&key.key)
            .execute(&mut *transaction)
            .await?;
        let Some(row) = insertion(job, now).fetch_optional(&mut *transaction).await? else {
            return Ok(Err(gone(&mut transaction, &job.inputs).await?));
        };
        sqlx::query("INSERT INTO idempotency_keys (key, request, job_id, created_at) VALUES (?1, ?2, ?3, ?4)")
            .bind(&key.key)
            .bind(&key.request)
            .bind(Text(job.id))
            .bind(micros(now))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(Ok(Idempotency::Created(Box::new(row))))
    };
    writer.transaction(Adds, write).await
}

/// What the key was used for, if it is remembered.
pub(crate) async fn earlier(
    connection: &mut SqliteConnection,
    key: &IdempotencyKey,
    now: Timestamp,
) -> sqlx::Result<Option<Idempotency>> {
    let known: Option<(String, Text<JobId>)> =
        sqlx::query_as("SELECT request, job_id FROM idempotency_keys WHERE key = ?1 AND created_at > ?2")
            .bind(&key.key)
            .bind(micros(now - REMEMBERED))
            .fetch_optional(&mut *connection)
            .await?;
    match known {
        None => Ok(None),
        Some((request, _)) if request != key.request => Ok(Some(Idempotency::Conflict)),
        Some((_, id)) => {
            let job = sqlx::query_as("SELECT * FROM jobs WHERE id = ?1").bind(id).fetch_one(connection).await?;
            Ok(Some(Idempotency::Replayed(Box::new(job))))
        }
    }
}
