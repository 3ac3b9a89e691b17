//! Jobs in SQLite. Each change is one statement: it happens whole or not at all, and holds no lock beyond itself.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use engine_api::Phase;
use jiff::{SignedDuration, Timestamp};
use sqlx::SqlitePool;
use sqlx::types::{Json, Text};

use crate::domain::computation::Computation;
use crate::domain::history::{AttemptRecord, History, QueuePosition};
use crate::domain::id::{BatchId, JobId};
use crate::domain::job::{Batch, Job, State};
use crate::domain::progress::Progress;
use crate::store::error::{InsertError, StoreResult};
use crate::store::jobs::{
    Cancellation, HeartbeatReply, Idempotency, IdempotencyKey, JobFilter, JobStore, Lease, NewJob, Outcome,
};
use crate::store::sqlite::fault::failed;
use crate::store::sqlite::rows::{count, micros};
use crate::store::sqlite::writer::Change::{Adds, Ends};
use crate::store::sqlite::{SqliteStore, batches, deadlines, finish, idempotency, insert, listing, places};

/// The id of the job of the engine ?1 that is the next to be claimed at ?2.
macro_rules! next_job {
    () => {
        "(SELECT id FROM jobs WHERE state = 'queued' AND engine = ?1 AND not_before <= ?2
              AND (expires_at IS NULL OR expires_at > ?2)
          ORDER BY priority DESC, id LIMIT 1)"
    };
}

#[async_trait]
impl JobStore for SqliteStore {
    async fn insert(&self, job: NewJob, now: Timestamp) -> Result<Job, InsertError> {
        insert::insert(&self.writer, &job, now).await.map_err(failed("write a job"))?.map_err(InsertError::InputsGone)
    }

    async fn insert_once(&self, job: NewJob, key: &IdempotencyKey, now: Timestamp) -> Result<Idempotency, InsertError> {
        let written = idempotency::insert(&self.writer, &job, key, now).await;
        written.map_err(failed("write a job once"))?.map_err(InsertError::InputsGone)
    }

    async fn once(&self, key: &IdempotencyKey, now: Timestamp) -> StoreResult<Option<Idempotency>> {
        let mut connection = self.reader.acquire().await.map_err(failed("look for an earlier request"))?;
        idempotency::earlier(&mut connection, key, now).await.map_err(failed("look for an earlier request"))
    }

    async fn insert_batch(
        &self,
        id: BatchId,
        combine: bool,
        jobs: &[NewJob],
        now: Timestamp,
    ) -> Result<Batch, InsertError> {
        let written = batches::insert(&self.writer, id, combine, jobs, now).await;
        written.map_err(failed("write a batch of jobs"))?.map_err(InsertError::InputsGone)
    }

    async fn batch(&self, id: BatchId) -> StoreResult<Option<Batch>> {
        batches::find(&self.reader, id).await.map_err(failed("read a batch of jobs"))
    }

    async fn job(&self, id: JobId) -> StoreResult<Option<Job>> {
        let row = async {
            sqlx::query_as("SELECT * FROM jobs WHERE id = ?1")
                .bind(Text(id))
                .fetch_optional(&self.reader)
                .await
                .map_err(failed("read a job"))
        };
        self.recent.jobs.of(self.writer.changes(), id, row).await
    }

    async fn called(&self, client_name: &str) -> StoreResult<Option<Job>> {
        sqlx::query_as("SELECT * FROM jobs WHERE client_name = ?1 ORDER BY id DESC LIMIT 1")
            .bind(client_name)
            .fetch_optional(&self.reader)
            .await
            .map_err(failed("look for a job by its client's name"))
    }

    async fn forget_name(&self, id: JobId) -> StoreResult<()> {
        let forgetting = || sqlx::query("UPDATE jobs SET client_name = NULL WHERE id = ?1").bind(Text(id));
        self.writer.execute(Ends, forgetting).await.map_err(failed("forget a job's name"))?;
        Ok(())
    }

    async fn jobs(&self, filter: &JobFilter) -> StoreResult<Vec<Job>> {
        listing::page(&self.reader, filter).await.map_err(failed("list jobs"))
    }

    async fn places(&self, ids: &[JobId]) -> StoreResult<HashMap<JobId, QueuePosition>> {
        let places = async { places::of(&self.reader, ids).await.map_err(failed("find jobs' places in the queue")) };
        self.recent.places.of(self.writer.changes(), ids.to_vec(), places).await
    }

    async fn oldest_queued(&self) -> StoreResult<Vec<(String, Timestamp)>> {
        let oldest = places::oldest(&self.reader).await.map_err(failed("look for the oldest queued jobs"))?;
        let moment = |micros| Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX);
        Ok(oldest.into_iter().map(|(engine, created)| (engine, moment(created))).collect())
    }

    async fn counts(&self) -> StoreResult<Vec<(String, State, u64)>> {
        let counts = places::counts(&self.reader).await.map_err(failed("count the jobs"))?;
        let state = |word: &str| State::ALL.into_iter().find(|state| state.as_str() == word);
        Ok(counts.into_iter().filter_map(|(engine, word, count)| Some((engine, state(&word)?, count))).collect())
    }

    async fn queue_length(&self, engine: &str) -> StoreResult<u64> {
        places::queue_length(&self.reader, engine).await.map_err(failed("count the queue"))
    }

    async fn attempts(&self, id: JobId) -> StoreResult<Vec<AttemptRecord>> {
        let rows = async {
            sqlx::query_as("SELECT * FROM attempts WHERE job_id = ?1 ORDER BY number")
                .bind(Text(id))
                .fetch_all(&self.reader)
                .await
                .map_err(failed("read a job's attempts"))
        };
        self.recent.attempts.of(self.writer.changes(), id, rows).await
    }

    async fn history(&self, engine: &str, latest: u32) -> StoreResult<Option<History>> {
        let history = async { history(&self.reader, engine, latest).await.map_err(failed("read an engine's history")) };
        self.recent.histories.of(self.writer.changes(), (engine.to_owned(), latest), history).await
    }

    async fn running(&self, engine: &str) -> StoreResult<Vec<Job>> {
        let rows = async {
            sqlx::query_as("SELECT * FROM jobs WHERE state = 'running' AND engine = ?1")
                .bind(engine)
                .fetch_all(&self.reader)
                .await
                .map_err(failed("read an engine's running jobs"))
        };
        self.recent.running.of(self.writer.changes(), engine.to_owned(), rows).await
    }

    async fn request_cancel(&self, id: JobId, now: Timestamp) -> StoreResult<Option<Cancellation>> {
        let request = || {
            sqlx::query_as(
                "UPDATE jobs SET
                 state = CASE state WHEN 'queued' THEN 'canceled' ELSE state END,
                 finished_at = CASE state WHEN 'queued' THEN ?2 END,
                 error_code = CASE state WHEN 'queued' THEN NULL ELSE error_code END,
                 error_message = CASE state WHEN 'queued' THEN NULL ELSE error_message END,
                 revision = revision + (NOT cancel_requested),
                 changed_at = CASE state WHEN 'queued' THEN ?2 ELSE changed_at END,
                 cancel_requested = true
             WHERE id = ?1 AND state IN ('queued', 'running')
             RETURNING state = 'canceled'",
            )
            .bind(Text(id))
            .bind(micros(now))
        };
        let requested: Vec<(bool,)> = self.writer.rows(Ends, request).await.map_err(failed("cancel a job"))?;
        Ok(match requested.first() {
            Some((true,)) => Some(Cancellation::Canceled),
            Some((false,)) => Some(Cancellation::Requested),
            None => self.job(id).await?.map(|_| Cancellation::AlreadyFinal),
        })
    }

    async fn next(&self, engine: &str, now: Timestamp) -> StoreResult<Option<Job>> {
        sqlx::query_as(concat!("SELECT * FROM jobs WHERE id = ", next_job!()))
            .bind(engine)
            .bind(micros(now))
            .fetch_optional(&self.reader)
            .await
            .map_err(failed("look for the next job"))
    }

    async fn claim(&self, engine: &str, now: Timestamp, until: Timestamp) -> StoreResult<Option<(Job, Lease)>> {
        let claim = || {
            sqlx::query_as(concat!(
            "UPDATE jobs SET
                 state = 'running', attempt = attempt + 1, started_at = ?2, changed_at = ?2, lease_until = ?3,
                 progress_phase = NULL, progress_stage = '', progress_done = 0, progress_total = 0, progress_fraction = 0,
                 attempt_warnings = '[]', computation = NULL, revision = revision + 1
             WHERE id = ",
            next_job!(),
            " RETURNING *",
        ))
        .bind(engine)
        .bind(micros(now))
        .bind(micros(until))
        };
        let claimed: Vec<Job> = self.writer.rows(Adds, claim).await.map_err(failed("claim a job"))?;
        Ok(claimed.into_iter().next().map(|job| {
            let lease = Lease { job: job.id, attempt: job.attempt };
            (job, lease)
        }))
    }

    async fn heartbeat(
        &self,
        lease: &Lease,
        until: Timestamp,
        progress: &Progress,
        warnings: &[String],
        computation: Option<&Computation>,
    ) -> StoreResult<HeartbeatReply> {
        let beat = || {
            sqlx::query_as(
                "UPDATE jobs SET
                 lease_until = ?3,
                 revision = revision + ((progress_phase, progress_stage, progress_done, progress_total,
                                         progress_fraction, attempt_warnings, computation)
                                        IS NOT (?4, ?5, ?6, ?7, ?8, ?9, ?10)),
                 progress_phase = ?4, progress_stage = ?5, progress_done = ?6, progress_total = ?7,
                 progress_fraction = ?8, attempt_warnings = ?9, computation = ?10
             WHERE id = ?1 AND attempt = ?2 AND state = 'running'
             RETURNING cancel_requested",
            )
            .bind(Text(lease.job))
            .bind(lease.attempt)
            .bind(micros(until))
            .bind(progress.phase.map(Phase::name))
            .bind(&progress.stage)
            .bind(count(progress.done))
            .bind(count(progress.total))
            .bind(progress.fraction)
            .bind(Json(warnings))
            .bind(computation.map(Json))
        };
        let beat: Vec<(bool,)> = self.writer.rows(Adds, beat).await.map_err(failed("extend a lease"))?;
        Ok(match beat.first() {
            Some((false,)) => HeartbeatReply::Continue,
            Some((true,)) => HeartbeatReply::Cancel,
            None => HeartbeatReply::Lost,
        })
    }

    async fn finish(&self, lease: &Lease, outcome: Outcome, now: Timestamp) -> StoreResult<bool> {
        finish::finish(&self.writer, lease, &outcome, now).await.map_err(failed("end an attempt"))
    }

    async fn sweep(&self, now: Timestamp, held: &[JobId]) -> StoreResult<Vec<JobId>> {
        let taken = finish::take_back(&self.writer, micros(now), held, now).await;
        let mut ended = taken.map_err(failed("take leases back"))?;
        ended.extend(finish::expire(&self.writer, now).await.map_err(failed("end jobs past their deadline"))?);
        Ok(ended)
    }

    async fn sweep_all(&self, now: Timestamp) -> StoreResult<Vec<JobId>> {
        finish::take_back(&self.writer, i64::MAX, &[], now).await.map_err(failed("take leases back"))
    }

    async fn shift_deadlines(&self, step: SignedDuration, earlier: Timestamp) -> StoreResult<()> {
        deadlines::shift(&self.writer, step, earlier).await.map_err(failed("move deadlines"))
    }

    async fn bound_waits(&self, backoff: Duration, now: Timestamp) -> StoreResult<()> {
        deadlines::bound(&self.writer, backoff, now).await.map_err(failed("shorten waits"))
    }

    async fn set_hold(&self, id: JobId, hold: bool) -> StoreResult<Option<Job>> {
        let held = || {
            sqlx::query_as("UPDATE jobs SET revision = revision + (hold <> ?2), hold = ?2 WHERE id = ?1 RETURNING *")
                .bind(Text(id))
                .bind(hold)
        };
        let held: Vec<Job> = self.writer.rows(Ends, held).await.map_err(failed("hold a job"))?;
        Ok(held.into_iter().next())
    }

    async fn ended_before(&self, moment: Timestamp, limit: u32) -> StoreResult<Vec<JobId>> {
        let ended: Vec<(Text<JobId>,)> =
            sqlx::query_as("SELECT id FROM jobs WHERE finished_at < ?1 AND NOT hold ORDER BY finished_at LIMIT ?2")
                .bind(micros(moment))
                .bind(limit)
                .fetch_all(&self.reader)
                .await
                .map_err(failed("look for old jobs"))?;
        Ok(ended.into_iter().map(|(Text(id),)| id).collect())
    }

    async fn keep_until(&self, id: JobId, moment: Timestamp) -> StoreResult<()> {
        let keeping = || {
            sqlx::query(
                "UPDATE jobs SET keep_micros = max(?2 - finished_at, 0)
                 WHERE id = ?1 AND finished_at IS NOT NULL AND keep_micros IS NOT NULL",
            )
            .bind(Text(id))
            .bind(micros(moment))
        };
        self.writer.execute(Ends, keeping).await.map_err(failed("keep a job for a while"))?;
        Ok(())
    }

    async fn kept_enough(&self, now: Timestamp, limit: u32) -> StoreResult<Vec<JobId>> {
        let kept: Vec<(Text<JobId>,)> = sqlx::query_as(
            "SELECT id FROM jobs WHERE keep_micros IS NOT NULL AND finished_at + keep_micros < ?1 AND NOT hold
             ORDER BY finished_at + keep_micros LIMIT ?2",
        )
        .bind(micros(now))
        .bind(limit)
        .fetch_all(&self.reader)
        .await
        .map_err(failed("look for jobs that were kept long enough"))?;
        Ok(kept.into_iter().map(|(Text(id),)| id).collect())
    }

    async fn remove_ended(&self, ids: &[JobId]) -> StoreResult<Vec<Job>> {
        // One statement decides, so that no hold is set between the question and the deed.
        let ids = Json(ids.iter().map(JobId::to_string).collect::<Vec<_>>());
        let removing = || {
            sqlx::query_as(
                "DELETE FROM jobs WHERE id IN (SELECT value FROM json_each(?1))
                 AND +state IN ('succeeded', 'failed', 'canceled') AND NOT hold RETURNING *",
            )
            .bind(ids.clone())
        };
        self.writer.rows(Ends, removing).await.map_err(failed("remove jobs"))
    }
}

/// What the latest successful jobs of an engine took, if there are any.
async fn history(reader: &SqlitePool, engine: &str, latest: u32) -> sqlx::Result<Option<History>> {
    let (jobs, run_seconds, video_seconds, video_bytes): (u32, f64, f64, f64) = sqlx::query_as(
        "SELECT count(*), total(run), total(artifact_seconds), total(artifact_bytes) FROM (
             SELECT coalesce((timings ->> 'load') + (timings ->> 'render'), (finished_at - started_at) / 1e6) AS run,
                    artifact_seconds, artifact_bytes FROM jobs
             WHERE state = 'succeeded' AND engine = ?1 ORDER BY id DESC LIMIT ?2)",
    )
    .bind(engine)
    .bind(latest)
    .fetch_one(reader)
    .await?;
    Ok((jobs > 0 && video_seconds > 0.0).then_some(History { jobs, run_seconds, video_seconds, video_bytes }))
}
