//! How attempts end in SQLite: by the holder of the lease, or because the lease is taken back.

use jiff::Timestamp;
use sqlx::Sqlite;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::types::{Json, Text};

use crate::domain::code::Code;
use crate::domain::id::JobId;
use crate::store::jobs::{Lease, Outcome};
use crate::store::sqlite::rows::{count, micros};
use crate::store::sqlite::writer::Change::Ends;
use crate::store::sqlite::writer::Writer;

/// Ends the attempt that `lease` stands for; false, with nothing changed, if the lease is lost.
pub(crate) async fn finish(writer: &Writer, lease: &Lease, outcome: &Outcome, now: Timestamp) -> sqlx::Result<bool> {
    let ending = || match outcome {
        Outcome::Succeeded { artifact, warnings, timings, record } => leased(SUCCEED, lease, now)
            .bind(artifact.attempt)
            .bind(count(artifact.bytes))
            .bind(&artifact.sha256)
            .bind(count(artifact.frames))
            .bind(artifact.seconds)
            .bind(artifact.width)
            .bind(artifact.height)
            .bind(Json(warnings))
            .bind(Json(timings))
            .bind(Json(record)),
        Outcome::Failed(error) => leased(FAIL, lease, now).bind(error.code.as_str()).bind(&error.message),
        Outcome::Canceled => leased(CANCEL, lease, now),
        Outcome::Retry { error, not_before } => {
            leased(RETRY, lease, now).bind(error.code.as_str()).bind(&error.message).bind(micros(*not_before))
        }
        Outcome::Released => leased(RELEASE, lease, now),
    };
    Ok(writer.execute(Ends, ending).await?.rows_affected() > 0)
}

/// Takes back the leases that end at `leased_until` (microseconds) or before, but of the jobs that are `held`.
pub(crate) async fn take_back(
    writer: &Writer,
    leased_until: i64,
    held: &[JobId],
    now: Timestamp,
) -> sqlx::Result<Vec<JobId>> {
    let held: Vec<String> = held.iter().map(JobId::to_string).collect();
    let taking = || {
        sqlx::query_as(TAKE_BACK)
            .bind(leased_until)
            .bind(micros(now))
            .bind(Code::JobLeaseLost.as_str())
            .bind("the gateway stopped, or lost the database, while it rendered this job")
            .bind(SILENT_ENDS)
            .bind(Json(&held))
    };
    let taken: Vec<(Text<JobId>,)> = writer.rows(Ends, taking).await?;
    Ok(taken.into_iter().map(|(Text(id),)| id).collect())
}

/// Fails the queued jobs whose deadline has passed.
pub(crate) async fn expire(writer: &Writer, now: Timestamp) -> sqlx::Result<Vec<JobId>> {
    let expiring = || {
        sqlx::query_as(EXPIRE)
            .bind(micros(now))
            .bind(Code::JobExpired.as_str())
            .bind("the job was still queued at the end of its `max_queue_seconds`")
    };
    let expired: Vec<(Text<JobId>,)> = writer.rows(Ends, expiring).await?;
    Ok(expired.into_iter().map(|(Text(id),)| id).collect())
}

/// How many attempts at a job may end without a word, beyond those that may fail: more than a machine's bad day
/// causes, few enough that a job which brings the gateway itself down does not do so for ever.
const SILENT_ENDS: u32 = 20;

/// The start of each statement below: ?1 and ?2 are the lease, ?3 is now.
fn leased<'q>(sql: &'static str, lease: &Lease, now: Timestamp) -> Query<'q, Sqlite, SqliteArguments> {
    sqlx::query(sql).bind(Text(lease.job)).bind(lease.attempt).bind(micros(now))
}

const SUCCEED: &str = "
    UPDATE jobs SET
        state = 'succeeded', finished_at = ?3, lease_until = NULL, changed_at = ?3, revision = revision + 1,
        error_code = NULL, error_message = NULL, progress_phase = 'finishing', progress_fraction = 1,
        artifact_attempt = ?4, artifact_bytes = ?5, artifact_sha256 = ?6, artifact_frames = ?7,
        artifact_seconds = ?8, artifact_width = ?9, artifact_height = ?10,
        timings = ?12, record = ?13,
        attempt_warnings = (
            SELECT json_group_array(value ORDER BY part, key)
            FROM (SELECT 1 AS part, key, value FROM json_each(jobs.attempt_warnings)
                  UNION ALL SELECT 2, key, value FROM json_each(?11)))
    WHERE id = ?1 AND attempt = ?2 AND state = 'running'";

const FAIL: &str = "
    UPDATE jobs SET
        state = 'failed', finished_at = ?3, lease_until = NULL, changed_at = ?3, revision = revision + 1,
        failures = failures + 1, error_code = ?4, error_message = ?5
    WHERE id = ?1 AND attempt = ?2 AND state = 'running'";

const CANCEL: &str = "
    UPDATE jobs SET
        state = 'canceled', finished_at = ?3, lease_until = NULL, changed_at = ?3, revision = revision + 1,
        error_code = NULL, error_message = NULL
    WHERE id = ?1 AND attempt = ?2 AND state = 'running'";

const RETRY: &str = "
    UPDATE jobs SET
        state = CASE WHEN cancel_requested THEN 'canceled'
                     WHEN failures + 1 >= max_failures THEN 'failed' ELSE 'queued' END,
        finished_at = CASE WHEN cancel_requested OR failures + 1 >= max_failures THEN ?3 END,
        error_code = CASE WHEN NOT cancel_requested THEN ?4 END,
        error_message = CASE WHEN NOT cancel_requested THEN ?5 END,
        not_before = ?6, failures = failures + 1, lease_until = NULL, changed_at = ?3, revision = revision + 1,
        progress_phase = NULL, progress_stage = '', progress_done = 0, progress_total = 0, progress_fraction = 0
    WHERE id = ?1 AND attempt = ?2 AND state = 'running'";

const RELEASE: &str = "
    UPDATE jobs SET
        state = CASE WHEN cancel_requested THEN 'canceled' ELSE 'queued' END,
        finished_at = CASE WHEN cancel_requested THEN ?3 END,
        error_code = CASE WHEN NOT cancel_requested THEN error_code END,
        error_message = CASE WHEN NOT cancel_requested THEN error_message END,
        lease_until = NULL, changed_at = ?3, revision = revision + 1,
        progress_phase = NULL, progress_stage = '', progress_done = 0, progress_total = 0, progress_fraction = 0
    WHERE id = ?1 AND attempt = ?2 AND state = 'running'";

const TAKE_BACK: &str = "
    UPDATE jobs SET
        state = CASE WHEN cancel_requested THEN 'canceled'
                     WHEN failures + lost + 1 >= max_failures + ?5 THEN 'failed' ELSE 'queued' END,
        finished_at = CASE WHEN cancel_requested OR failures + lost + 1 >= max_failures + ?5 THEN ?2 END,
        error_code = CASE WHEN NOT cancel_requested THEN ?3 END,
        error_message = CASE WHEN NOT cancel_requested THEN ?4 END,
        lost = lost + 1, lease_until = NULL, changed_at = ?2, revision = revision + 1,
        progress_phase = NULL, progress_stage = '', progress_done = 0, progress_total = 0, progress_fraction = 0
    WHERE state = 'running' AND lease_until <= ?1 AND id NOT IN (SELECT value FROM json_each(?6))
    RETURNING id";

// By itself SQLite would read all that is queued.
const EXPIRE: &str = "
    UPDATE jobs INDEXED BY jobs_by_deadline SET
        state = 'failed', finished_at = ?1, changed_at = ?1, revision = revision + 1,
        error_code = ?2, error_message = ?3
    WHERE state = 'queued' AND expires_at <= ?1
    RETURNING id";
