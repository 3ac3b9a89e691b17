//! Where jobs stand in their queues, and how many there are: read off the sums that every change of a job keeps
//! (`migrations/sqlite/0016_queue_sums.sql`), so that it takes no longer in a long queue than in a short one.

use std::collections::HashMap;

use sqlx::SqlitePool;
use sqlx::types::{Json, Text};

use crate::domain::history::QueuePosition;
use crate::domain::id::JobId;

/// What is ahead of each of the jobs ?1 that are queued: those of higher priority, those whose ids begin with less, level by
/// level, and the rest one by one. `CROSS JOIN` has SQLite keep to this order of tables.
const PLACES: &str = "
    WITH wanted AS (
             SELECT jobs.id, engine, priority FROM json_each(?1) CROSS JOIN jobs ON jobs.id = value WHERE +state = 'queued'),
         ahead AS (
             SELECT id, 0 AS jobs, 0 AS speech_micros FROM wanted
             UNION ALL
             SELECT w.id, jobs, speech_micros FROM wanted w CROSS JOIN queue_sums s
             ON s.engine = w.engine AND s.level = 0 AND s.priority > w.priority
             UNION ALL
             SELECT w.id, jobs, speech_micros FROM wanted w CROSS JOIN queue_levels l ON l.level > 0 CROSS JOIN queue_sums s
             ON s.engine = w.engine AND s.level = l.level AND s.priority = w.priority
                AND prefix >= substr(w.id, 1, l.above) AND prefix < substr(w.id, 1, l.level)
             UNION ALL
             SELECT w.id, 1, speech_seconds * 1e6 FROM wanted w CROSS JOIN jobs j
             ON j.state = 'queued' AND j.engine = w.engine AND j.priority = w.priority
                AND j.id >= substr(w.id, 1, 11) AND j.id < w.id)
    SELECT id, CAST(total(jobs) AS INTEGER), total(speech_micros) / 1e6 FROM ahead GROUP BY id";

/// The places of those of the jobs that are queued.
pub(super) async fn of(reader: &SqlitePool, ids: &[JobId]) -> sqlx::Result<HashMap<JobId, QueuePosition>> {
    let ids: Vec<String> = ids.iter().map(JobId::to_string).collect();
    let places: Vec<(Text<JobId>, u64, f64)> = sqlx::query_as(PLACES).bind(Json(ids)).fetch_all(reader).await?;
    let position = |ahead, speech_seconds_ahead| QueuePosition { ahead, speech_seconds_ahead };
    Ok(places.into_iter().map(|(Text(id), ahead, seconds)| (id, position(ahead, seconds))).collect())
}

/// How many jobs there are by engine and state, as words.
pub(super) async fn counts(reader: &SqlitePool) -> sqlx::Result<Vec<(String, String, u64)>> {
    sqlx::query_as("SELECT engine, state, jobs FROM job_counts WHERE jobs > 0").fetch_all(reader).await
}

/// When the oldest queued job of each engine that has one was submitted, in microseconds; ids rise with time.
pub(super) async fn oldest(reader: &SqlitePool) -> sqlx::Result<Vec<(String, i64)>> {
    sqlx::query_as(
        "SELECT engine, (SELECT created_at FROM jobs WHERE state = 'queued' AND engine = c.engine ORDER BY id LIMIT 1)
         FROM job_counts AS c WHERE state = 'queued' AND jobs > 0",
    )
    .fetch_all(reader)
    .await
}

/// How many jobs of an engine are queued.
pub(super) async fn queue_length(reader: &SqlitePool, engine: &str) -> sqlx::Result<u64> {
    sqlx::query_scalar("SELECT total(jobs) FROM job_counts WHERE engine = ?1 AND state = 'queued'")
        .bind(engine)
        .fetch_one(reader)
        .await
        .map(|jobs: f64| jobs as u64)
}
