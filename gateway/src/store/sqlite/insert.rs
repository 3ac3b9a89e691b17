//! The statement that every way to write a queued job shares. It writes nothing unless the job's inputs are there, so that
//! no upload goes between the question and the deed; one that is in use stays.

use jiff::Timestamp;
use sqlx::query::QueryAs;
use sqlx::sqlite::SqliteArguments;
use sqlx::types::{Json, Text};
use sqlx::{Sqlite, SqliteConnection};

use crate::domain::job::{Inputs, Job};
use crate::domain::upload::UploadId;
use crate::domain::webhook_event::WebhookEvents;
use crate::store::jobs::NewJob;
use crate::store::sqlite::rows::micros;
use crate::store::sqlite::writer::Change::Adds;
use crate::store::sqlite::writer::{OpenTransaction, Writer};

/// Writes a job; or not, with the inputs that are gone.
pub(super) async fn insert(writer: &Writer, job: &NewJob, now: Timestamp) -> sqlx::Result<Result<Job, Vec<UploadId>>> {
    let write = |mut transaction: OpenTransaction| async move {
        let Some(row) = insertion(job, now).fetch_optional(&mut *transaction).await? else {
            return Ok(Err(gone(&mut transaction, &job.inputs).await?));
        };
        transaction.commit().await?;
        Ok(Ok(row))
    };
    writer.transaction(Adds, write).await
}

/// The inputs that are not there.
pub(super) async fn gone(connection: &mut SqliteConnection, inputs: &Inputs) -> sqlx::Result<Vec<UploadId>> {
    let mut gone = Vec::new();
    for id in inputs.uploads() {
        let (question, name) = match id {
            UploadId::Photo(id) => ("SELECT EXISTS (SELECT 1 FROM photos WHERE id = ?1)", id.to_string()),
            UploadId::Audio(id) => ("SELECT EXISTS (SELECT 1 FROM audio WHERE id = ?1)", id.to_string()),
            UploadId::Video(id) => ("SELECT EXISTS (SELECT 1 FROM videos WHERE id = ?1)", id.to_string()),
        };
        if !sqlx::query_scalar(question).bind(name).fetch_one(&mut *connection).await? {
            gone.push(id);
        }
    }
    Ok(gone)
}

/// The statement that writes a queued job and reads it back; no row where one of its inputs is gone.
pub(super) fn insertion(job: &NewJob, now: Timestamp) -> QueryAs<'_, Sqlite, Job, SqliteArguments> {
    sqlx::query_as(
        "INSERT INTO jobs (
             id, engine, photo_id, audio_id, params, state, max_failures, warnings, created_at, not_before,
             changed_at, video_id, priority, expires_at, webhook_url, key_id, speech_seconds, keep_micros,
             client_name, metadata, webhook_events)
         SELECT ?1, ?2, ?3, ?4, ?5, 'queued', ?6, ?7, ?8, ?8, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18
         WHERE (?3 IS NULL OR EXISTS (SELECT 1 FROM photos WHERE id = ?3))
             AND (?4 IS NULL OR EXISTS (SELECT 1 FROM audio WHERE id = ?4))
             AND (?9 IS NULL OR EXISTS (SELECT 1 FROM videos WHERE id = ?9))
         RETURNING *",
    )
    .bind(Text(job.id))
    .bind(&job.engine)
    .bind(job.inputs.photo_id.map(Text))
    .bind(job.inputs.audio_id.map(Text))
    .bind(Json(&job.params))
    .bind(job.max_failures)
    .bind(Json(&job.warnings))
    .bind(micros(now))
    .bind(job.inputs.video_id.map(Text))
    .bind(job.priority)
    .bind(job.expires_at.map(micros))
    .bind(&job.webhook_url)
    .bind(job.key_id.map(Text))
    .bind(job.speech_seconds)
    .bind(job.keep.map(|keep| i64::try_from(keep.as_micros()).unwrap_or(i64::MAX)))
    .bind(&job.client_name)
    .bind(Json(&job.metadata))
    .bind((job.webhook_events != WebhookEvents::default()).then_some(Json(&job.webhook_events)))
}
