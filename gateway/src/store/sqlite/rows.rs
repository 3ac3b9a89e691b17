//! Rows to types and back: the one place that knows how times, ids and numbers stand in the database.

use std::str::FromStr;

use avatar_media::picture::PictureFormat;
use engine_api::Phase;
use jiff::Timestamp;
use sqlx::error::BoxDynError;
use sqlx::sqlite::SqliteRow;
use sqlx::types::{Json, Text};
use sqlx::{FromRow, Result, Row};

use crate::domain::api_key::Key;
use crate::domain::history::AttemptRecord;
use crate::domain::job::{Artifact, Inputs, Job, JobError, State};
use crate::domain::progress::Progress;
use crate::domain::upload::{Audio, Photo, UploadId, Video};
use crate::domain::webhook_event::{DeliveryAttempt, WebhookEvent};

impl FromRow<'_, SqliteRow> for Job {
    fn from_row(row: &SqliteRow) -> Result<Self> {
        Ok(Self {
            id: text(row, "id")?,
            engine: row.try_get("engine")?,
            inputs: Inputs {
                photo_id: optional_text(row, "photo_id")?,
                audio_id: optional_text(row, "audio_id")?,
                video_id: optional_text(row, "video_id")?,
            },
            params: json(row, "params")?,
            state: state(row)?,
            cancel_requested: row.try_get("cancel_requested")?,
            attempt: row.try_get("attempt")?,
            max_failures: row.try_get("max_failures")?,
            failures: row.try_get("failures")?,
            progress: progress(row)?,
            warnings: [json::<Vec<String>>(row, "warnings")?, json(row, "attempt_warnings")?].concat(),
            computation: optional_json(row, "computation")?,
            priority: row.try_get("priority")?,
            expires_at: optional_time(row, "expires_at")?,
            metadata: json(row, "metadata")?,
            webhook_url: row.try_get("webhook_url")?,
            webhook_events: optional_json(row, "webhook_events")?.unwrap_or_default(),
            key_id: optional_text(row, "key_id")?,
            hold: row.try_get("hold")?,
            error: error(row)?,
            artifact: artifact(row)?,
            speech_seconds: row.try_get("speech_seconds")?,
            timings: optional_json(row, "timings")?,
            record: optional_json(row, "record")?,
            created_at: time(row, "created_at")?,
            started_at: optional_time(row, "started_at")?,
            finished_at: optional_time(row, "finished_at")?,
            not_before: time(row, "not_before")?,
            revision: row.try_get("revision")?,
        })
    }
}

impl FromRow<'_, SqliteRow> for Photo {
    fn from_row(row: &SqliteRow) -> Result<Self> {
        let media_type: String = row.try_get("media_type")?;
        let format = PictureFormat::ALL
            .into_iter()
            .find(|format| format.media_type() == media_type)
            .ok_or_else(|| undecodable("media_type", format!("unknown format {media_type:?}")))?;
        Ok(Self {
            id: text(row, "id")?,
            format,
            width: row.try_get("width")?,
            height: row.try_get("height")?,
            bytes: row.try_get("bytes")?,
            sha256: row.try_get("sha256")?,
            faces: json(row, "faces")?,
            verdict: json(row, "verdict")?,
            created_at: time(row, "created_at")?,
        })
    }
}

impl FromRow<'_, SqliteRow> for Audio {
    fn from_row(row: &SqliteRow) -> Result<Self> {
        Ok(Self {
            id: text(row, "id")?,
            seconds: row.try_get("seconds")?,
            sample_rate: row.try_get("sample_rate")?,
            channels: row.try_get("channels")?,
            codec: row.try_get("codec")?,
            container: row.try_get("container")?,
            bytes: row.try_get("bytes")?,
            sha256: row.try_get("sha256")?,
            warnings: json(row, "warnings")?,
            created_at: time(row, "created_at")?,
        })
    }
}

impl FromRow<'_, SqliteRow> for Video {
    fn from_row(row: &SqliteRow) -> Result<Self> {
        Ok(Self {
            id: text(row, "id")?,
            seconds: row.try_get("seconds")?,
            width: row.try_get("width")?,
            height: row.try_get("height")?,
            fps: row.try_get("fps")?,
            frames: row.try_get("frames")?,
            codec: row.try_get("codec")?,
            container: row.try_get("container")?,
            sound_codec: row.try_get("sound_codec")?,
            bytes: row.try_get("bytes")?,
            sha256: row.try_get("sha256")?,
            warnings: json(row, "warnings")?,
            created_at: time(row, "created_at")?,
        })
    }
}

impl FromRow<'_, SqliteRow> for AttemptRecord {
    fn from_row(row: &SqliteRow) -> Result<Self> {
        let word: Option<String> = row.try_get("outcome")?;
        Ok(Self {
            number: row.try_get("number")?,
            started_at: time(row, "started_at")?,
            finished_at: optional_time(row, "finished_at")?,
            outcome: word
                .map(|word| word.parse().map_err(|()| undecodable("outcome", format!("unknown outcome {word:?}"))))
                .transpose()?,
            error: error(row)?,
        })
    }
}

impl FromRow<'_, SqliteRow> for WebhookEvent {
    fn from_row(row: &SqliteRow) -> Result<Self> {
        let (word, event): (String, String) = (row.try_get("state")?, row.try_get("event")?);
        Ok(Self {
            job: text(row, "job_id")?,
            url: row.try_get("url")?,
            receiver: row.try_get("receiver")?,
            host: row.try_get("host")?,
            kind: event.parse().map_err(|()| undecodable("event", format!("unknown event {event:?}")))?,
            serial: row.try_get("serial")?,
            state: word.parse().map_err(|()| undecodable("state", format!("unknown state {word:?}")))?,
            attempts: row.try_get("attempts")?,
            next_attempt_at: optional_time(row, "next_attempt_at")?,
            created_at: time(row, "created_at")?,
        })
    }
}

impl FromRow<'_, SqliteRow> for DeliveryAttempt {
    fn from_row(row: &SqliteRow) -> Result<Self> {
        Ok(Self {
            number: row.try_get("number")?,
            at: time(row, "at")?,
            status: row.try_get("status")?,
            error: row.try_get("error")?,
            milliseconds: row.try_get("milliseconds")?,
        })
    }
}

impl FromRow<'_, SqliteRow> for Key {
    fn from_row(row: &SqliteRow) -> Result<Self> {
        Ok(Self {
            id: text(row, "id")?,
            name: row.try_get("name")?,
            digest: row.try_get("digest")?,
            scopes: json(row, "scopes")?,
            requests_per_minute: row.try_get("requests_per_minute")?,
            queued_jobs: row.try_get("queued_jobs")?,
            created_at: time(row, "created_at")?,
            last_used_at: optional_time(row, "last_used_at")?,
            revoked_at: optional_time(row, "revoked_at")?,
        })
    }
}

/// A time as it is stored: to the microsecond.
pub(super) fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// A count as it is stored. SQLite's integers end at 2^63 - 1; a count beyond is as good as that.
pub(super) fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The upload of a kind, `photo`, `audio` or `video`, with an id; `None` if no id is written like this.
pub(super) fn upload_id(kind: &str, id: &str) -> Option<UploadId> {
    match kind {
        "photo" => id.parse().ok().map(UploadId::Photo),
        "audio" => id.parse().ok().map(UploadId::Audio),
        _ => id.parse().ok().map(UploadId::Video),
    }
}

/// The same the other way: an upload's kind and its id.
pub(super) fn kind_and_id(id: UploadId) -> (&'static str, String) {
    match id {
        UploadId::Photo(id) => ("photo", id.to_string()),
        UploadId::Audio(id) => ("audio", id.to_string()),
        UploadId::Video(id) => ("video", id.to_string()),
    }
}

fn progress(row: &SqliteRow) -> Result<Progress> {
    let name: Option<String> = row.try_get("progress_phase")?;
    let known = |name: String| {
        Phase::from_name(&name).ok_or_else(|| undecodable("progress_phase", format!("unknown phase {name:?}")))
    };
    Ok(Progress {
        phase: name.map(known).transpose()?,
        stage: row.try_get("progress_stage")?,
        done: row.try_get("progress_done")?,
        total: row.try_get("progress_total")?,
        fraction: row.try_get("progress_fraction")?,
    })
}

fn state(row: &SqliteRow) -> Result<State> {
    let word: String = row.try_get("state")?;
    let known = State::ALL.into_iter().find(|state| state.as_str() == word);
    known.ok_or_else(|| undecodable("state", format!("unknown state {word:?}")))
}

fn error(row: &SqliteRow) -> Result<Option<JobError>> {
    optional_text(row, "error_code")?
        .map(|code| Ok(JobError { code, message: row.try_get("error_message")? }))
        .transpose()
}

fn artifact(row: &SqliteRow) -> Result<Option<Artifact>> {
    let sha256: Option<String> = row.try_get("artifact_sha256")?;
    let artifact = sha256.map(|sha256| {
        Ok(Artifact {
            attempt: row.try_get("artifact_attempt")?,
            bytes: row.try_get("artifact_bytes")?,
            sha256,
            frames: row.try_get("artifact_frames")?,
            seconds: row.try_get("artifact_seconds")?,
            width: row.try_get("artifact_width")?,
            height: row.try_get("artifact_height")?,
        })
    });
    artifact.transpose()
}

fn text<T>(row: &SqliteRow, column: &str) -> Result<T>
where
    T: FromStr,
    BoxDynError: From<T::Err>,
{
    row.try_get::<Text<T>, _>(column).map(Text::into_inner)
}

fn optional_text<T>(row: &SqliteRow, column: &str) -> Result<Option<T>>
where
    T: FromStr,
    BoxDynError: From<T::Err>,
{
    Ok(row.try_get::<Option<Text<T>>, _>(column)?.map(Text::into_inner))
}

fn json<T: serde::de::DeserializeOwned>(row: &SqliteRow, column: &str) -> Result<T> {
    row.try_get::<Json<T>, _>(column).map(|json| json.0)
}

fn optional_json<T: serde::de::DeserializeOwned>(row: &SqliteRow, column: &str) -> Result<Option<T>> {
    Ok(row.try_get::<Option<Json<T>>, _>(column)?.map(|json| json.0))
}

fn time(row: &SqliteRow, column: &str) -> Result<Timestamp> {
    Timestamp::from_microsecond(row.try_get(column)?).map_err(|error| undecodable(column, error))
}

fn optional_time(row: &SqliteRow, column: &str) -> Result<Option<Timestamp>> {
    let micros: Option<i64> = row.try_get(column)?;
    micros.map(Timestamp::from_microsecond).transpose().map_err(|error| undecodable(column, error))
}

fn undecodable(column: &str, source: impl Into<BoxDynError>) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.to_owned(), source: source.into() }
}
