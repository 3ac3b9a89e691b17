//! The statement that every way to write a queued job shares.

use jiff::Timestamp;
use sqlx::Sqlite;
use sqlx::query::QueryAs;
use sqlx::sqlite::SqliteArguments;
use sqlx::types::{Json, Text};

use crate::domain::job::Job;
use crate::store::jobs::NewJob;
use crate::store::sqlite::rows::micros;

/// The statement that writes a queued job and reads it back.
pub(super) fn insertion(job: &NewJob, now: Timestamp) -> QueryAs<'_, Sqlite, Job, SqliteArguments> {
    sqlx::query_as(
        "INSERT INTO jobs (
             id, engine, photo_id, audio_id, params, state, max_failures, warnings, created_at, not_before,
             changed_at, video_id, priority, expires_at, webhook_url, key_id, speech_seconds, keep_micros)
         VALUES (?1, ?2, ?3, ?4, ?5, 'queued', ?6, ?7, ?8, ?8, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
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
}
