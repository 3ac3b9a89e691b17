//! Jobs that were asked for in one request: written together or not at all, and read in their order.

use jiff::Timestamp;
use sqlx::SqlitePool;
use sqlx::types::Text;

use crate::domain::id::BatchId;
use crate::domain::job::{Batch, Job};
use crate::domain::upload::UploadId;
use crate::store::jobs::NewJob;
use crate::store::sqlite::insert::{gone, insertion};
use crate::store::sqlite::rows::micros;
use crate::store::sqlite::writer::Change::Adds;
use crate::store::sqlite::writer::{OpenTransaction, Writer};

/// Writes the jobs and what holds them together; or none, with the first inputs that are gone.
pub(super) async fn insert(
    writer: &Writer,
    id: BatchId,
    combine: bool,
    jobs: &[NewJob],
    now: Timestamp,
) -> sqlx::Result<Result<Batch, Vec<UploadId>>> {
    let write = |mut transaction: OpenTransaction| async move {
        sqlx::query("INSERT INTO batches (id, combine, created_at) VALUES (?1, ?2, ?3)")
            .bind(Text(id))
            .bind(combine)
            .bind(micros(now))
            .execute(&mut *transaction)
            .await?;
        let mut written = Vec::with_capacity(jobs.len());
        for (place, job) in (0i64..).zip(jobs) {
            let Some(row) = insertion(job, now).fetch_optional(&mut *transaction).await? else {
                return Ok(Err(gone(&mut transaction, &job.inputs).await?));
            };
            written.push(row);
            sqlx::query("INSERT INTO batch_jobs (batch_id, place, job_id) VALUES (?1, ?2, ?3)")
                .bind(Text(id))
                .bind(place)
                .bind(Text(job.id))
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(Ok(Batch { id, combine, jobs: written }))
    };
    writer.transaction(Adds, write).await
}

/// Reads a batch.
pub(super) async fn find(reader: &SqlitePool, id: BatchId) -> sqlx::Result<Option<Batch>> {
    // In one transaction, so that no job is removed in between.
    let mut transaction = reader.begin().await?;
    let combine: Option<bool> = sqlx::query_scalar("SELECT combine FROM batches WHERE id = ?1")
        .bind(Text(id))
        .fetch_optional(&mut *transaction)
        .await?;
    let Some(combine) = combine else { return Ok(None) };
    let jobs: Vec<Job> = sqlx::query_as(
        "SELECT jobs.* FROM batch_jobs JOIN jobs ON jobs.id = job_id WHERE batch_id = ?1 ORDER BY place",
    )
    .bind(Text(id))
    .fetch_all(&mut *transaction)
    .await?;
    Ok(Some(Batch { id, combine, jobs }))
}
