//! Uploads in SQLite.

use std::fmt::Display;

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::types::{Json, Text};
use sqlx::{AssertSqlSafe, FromRow, QueryBuilder, Sqlite};

use crate::domain::id::{AudioId, PhotoId, VideoId};
use crate::domain::upload::{Audio, Photo, UploadId, Video};
use crate::store::error::StoreResult;
use crate::store::sqlite::SqliteStore;
use crate::store::sqlite::fault::failed;
use crate::store::sqlite::rows::{count, micros, upload_id};
use crate::store::sqlite::writer::Change::{Adds, Ends};
use crate::store::uploads::{Deletion, UploadStore};

#[async_trait]
impl UploadStore for SqliteStore {
    async fn insert_photo(&self, photo: &Photo) -> StoreResult<()> {
        let insertion = || {
            sqlx::query(
                "INSERT INTO photos (id, media_type, width, height, bytes, sha256, faces, verdict, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )
            .bind(Text(photo.id))
            .bind(photo.format.media_type())
            .bind(photo.width)
            .bind(photo.height)
            .bind(count(photo.bytes))
            .bind(&photo.sha256)
            .bind(Json(&photo.faces))
            .bind(Json(&photo.verdict))
            .bind(micros(photo.created_at))
        };
        self.writer.execute(Adds, insertion).await.map(drop).map_err(failed("write a photo"))
    }

    async fn photo(&self, id: PhotoId) -> StoreResult<Option<Photo>> {
        sqlx::query_as("SELECT * FROM photos WHERE id = ?1")
            .bind(Text(id))
            .fetch_optional(&self.reader)
            .await
            .map_err(failed("read a photo"))
    }

    async fn photos(&self, before: Option<PhotoId>, limit: u32) -> StoreResult<Vec<Photo>> {
        page(self, "photos", before, limit).await.map_err(failed("list photos"))
    }

    async fn insert_audio(&self, audio: &Audio) -> StoreResult<()> {
        let insertion = || {
            sqlx::query(
            "INSERT INTO audio (id, seconds, sample_rate, channels, codec, container, bytes, sha256, warnings, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )
        .bind(Text(audio.id))
        .bind(audio.seconds)
        .bind(audio.sample_rate)
        .bind(audio.channels)
        .bind(&audio.codec)
        .bind(&audio.container)
        .bind(count(audio.bytes))
        .bind(&audio.sha256)
        .bind(Json(&audio.warnings))
        .bind(micros(audio.created_at))
        };
        self.writer.execute(Adds, insertion).await.map(drop).map_err(failed("write speech"))
    }

    async fn audio(&self, id: AudioId) -> StoreResult<Option<Audio>> {
        sqlx::query_as("SELECT * FROM audio WHERE id = ?1")
            .bind(Text(id))
            .fetch_optional(&self.reader)
            .await
            .map_err(failed("read speech"))
    }

    async fn audios(&self, before: Option<AudioId>, limit: u32) -> StoreResult<Vec<Audio>> {
        page(self, "audio", before, limit).await.map_err(failed("list speech"))
    }

    async fn insert_video(&self, video: &Video) -> StoreResult<()> {
        let insertion = || {
            sqlx::query(
                "INSERT INTO videos (
                 id, seconds, width, height, fps, frames, codec, container, sound_codec, bytes, sha256, warnings, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )
            .bind(Text(video.id))
            .bind(video.seconds)
            .bind(video.width)
            .bind(video.height)
            .bind(video.fps)
            .bind(count(video.frames))
            .bind(&video.codec)
            .bind(&video.container)
            .bind(&video.sound_codec)
            .bind(count(video.bytes))
            .bind(&video.sha256)
            .bind(Json(&video.warnings))
            .bind(micros(video.created_at))
        };
        self.writer.execute(Adds, insertion).await.map(drop).map_err(failed("write a source video"))
    }

    async fn video(&self, id: VideoId) -> StoreResult<Option<Video>> {
        sqlx::query_as("SELECT * FROM videos WHERE id = ?1")
            .bind(Text(id))
            .fetch_optional(&self.reader)
            .await
            .map_err(failed("read a source video"))
    }

    async fn videos(&self, before: Option<VideoId>, limit: u32) -> StoreResult<Vec<Video>> {
        page(self, "videos", before, limit).await.map_err(failed("list source videos"))
    }

    async fn unneeded_before(&self, moment: Timestamp, limit: u32) -> StoreResult<Vec<UploadId>> {
        let unneeded: Vec<(String, String)> = sqlx::query_as(
            "SELECT kind, id FROM (
                 SELECT 'photo' AS kind, id, created_at FROM photos WHERE NOT EXISTS (SELECT 1 FROM jobs
                     WHERE photo_id = photos.id AND (hold OR state IN ('queued', 'running')))
                 UNION ALL SELECT 'audio', id, created_at FROM audio WHERE NOT EXISTS (SELECT 1 FROM jobs
                     WHERE audio_id = audio.id AND (hold OR state IN ('queued', 'running')))
                 UNION ALL SELECT 'video', id, created_at FROM videos WHERE NOT EXISTS (SELECT 1 FROM jobs
                     WHERE video_id = videos.id AND (hold OR state IN ('queued', 'running'))))
             WHERE created_at < ?1 ORDER BY created_at LIMIT ?2",
        )
        .bind(micros(moment))
        .bind(limit)
        .fetch_all(&self.reader)
        .await
        .map_err(failed("look for old uploads"))?;
        Ok(unneeded.into_iter().filter_map(|(kind, id)| upload_id(&kind, &id)).collect())
    }

    async fn delete_upload(&self, id: UploadId) -> StoreResult<Deletion> {
        let (table, column, id) = match id {
            UploadId::Photo(id) => ("photos", "photo_id", id.to_string()),
            UploadId::Audio(id) => ("audio", "audio_id", id.to_string()),
            UploadId::Video(id) => ("videos", "video_id", id.to_string()),
        };
        // One statement decides, so that no job is submitted between the question and the deed.
        let text = format!(
            "DELETE FROM {table} WHERE id = ?1 AND NOT EXISTS (
                 SELECT 1 FROM jobs WHERE {column} = ?1 AND (hold OR state IN ('queued', 'running')))"
        );
        let deletion = || sqlx::query(AssertSqlSafe(text.clone())).bind(&id);
        let deleted = self.writer.execute(Ends, deletion).await.map_err(failed("delete an upload"))?;
        if deleted.rows_affected() > 0 {
            return Ok(Deletion::Deleted);
        }
        let mut question = QueryBuilder::<Sqlite>::new("SELECT EXISTS (SELECT 1 FROM jobs WHERE hold AND ");
        question
            .push(column)
            .push(" = ")
            .push_bind(&id)
            .push(") FROM ")
            .push(table)
            .push(" WHERE id = ")
            .push_bind(&id);
        let held: Option<bool> =
            question.build_query_scalar().fetch_optional(&self.reader).await.map_err(failed("look for held jobs"))?;
        Ok(match held {
            None => Deletion::Missing,
            Some(true) => Deletion::Held,
            Some(false) => Deletion::InUse,
        })
    }
}

/// A page of a table of uploads, newest first.
async fn page<Id, Row>(store: &SqliteStore, table: &str, before: Option<Id>, limit: u32) -> sqlx::Result<Vec<Row>>
where
    Id: Display + Send,
    Row: for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
{
    let mut query = QueryBuilder::<Sqlite>::new("SELECT * FROM ");
    query.push(table);
    if let Some(before) = before {
        query.push(" WHERE id < ").push_bind(before.to_string());
    }
    query.push(" ORDER BY id DESC LIMIT ").push_bind(limit);
    query.build_query_as().fetch_all(&store.reader).await
}
