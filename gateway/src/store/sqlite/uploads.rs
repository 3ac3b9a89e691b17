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
use crate::store::sqlite::rows::{count, kind_and_id, micros, upload_id};
use crate::store::sqlite::writer::Change::{Adds, Ends};
use crate::store::sqlite::writer::OpenTransaction;
use crate::store::uploads::{Deletion, UploadStore};

/// The kinds of uploads, and the tables that they stand in.
const KINDS: [(&str, &str); 3] = [("photo", "photos"), ("audio", "audio"), ("video", "videos")];

/// The condition that no job needs an upload any more.
fn unneeded(kind: &str, table: &str) -> String {
    format!("NOT EXISTS (SELECT 1 FROM jobs WHERE {kind}_id = {table}.id AND (hold OR state IN ('queued', 'running')))")
}

#[async_trait]
impl UploadStore for SqliteStore {
    async fn insert_photo(&self, photo: &Photo, checked_as: Option<&str>) -> StoreResult<()> {
        let insertion = || {
            sqlx::query(
                "INSERT INTO photos (id, media_type, width, height, bytes, sha256, faces, verdict, created_at, checked_as)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
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
            .bind(checked_as)
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

    async fn photo_checked_as(&self, check: &str) -> StoreResult<Option<Photo>> {
        sqlx::query_as("SELECT * FROM photos WHERE checked_as = ?1 ORDER BY id DESC LIMIT 1")
            .bind(check)
            .fetch_optional(&self.reader)
            .await
            .map_err(failed("look for a photo that was checked before"))
    }

    async fn photos(&self, before: Option<PhotoId>, limit: u32) -> StoreResult<Vec<Photo>> {
        page(self, "photos", before, limit).await.map_err(failed("list photos"))
    }

    async fn insert_audio(&self, audio: &Audio, checked_as: Option<&str>) -> StoreResult<()> {
        let insertion = || {
            sqlx::query(
                "INSERT INTO audio (
                 id, seconds, sample_rate, channels, codec, container, bytes, sha256, warnings, created_at, checked_as)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
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
            .bind(checked_as)
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

    async fn audio_checked_as(&self, check: &str) -> StoreResult<Option<Audio>> {
        sqlx::query_as("SELECT * FROM audio WHERE checked_as = ?1 ORDER BY id DESC LIMIT 1")
            .bind(check)
            .fetch_optional(&self.reader)
            .await
            .map_err(failed("look for speech that was checked before"))
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
        let of_kind = |(kind, table): (&str, &str)| {
            format!(
                "SELECT * FROM (SELECT '{kind}' AS kind, id, created_at FROM {table}
                     WHERE created_at < ?1 AND {} ORDER BY created_at LIMIT ?2)",
                unneeded(kind, table)
            )
        };
        let kinds = KINDS.map(of_kind).join(" UNION ALL ");
        let text = format!("SELECT kind, id FROM ({kinds}) ORDER BY created_at LIMIT ?2");
        let unneeded: Vec<(String, String)> = sqlx::query_as(AssertSqlSafe(text))
            .bind(micros(moment))
            .bind(limit)
            .fetch_all(&self.reader)
            .await
            .map_err(failed("look for old uploads"))?;
        Ok(unneeded.into_iter().filter_map(|(kind, id)| upload_id(&kind, &id)).collect())
    }

    async fn remove_unneeded(&self, ids: &[UploadId]) -> StoreResult<Vec<UploadId>> {
        let removing = |mut transaction: OpenTransaction| {
            let ids: Vec<(&str, String)> = ids.iter().copied().map(kind_and_id).collect();
            async move {
                let mut removed = Vec::new();
                for (kind, table) in KINDS {
                    let of_kind: Vec<&str> =
                        ids.iter().filter(|(k, _)| *k == kind).map(|(_, id)| id.as_str()).collect();
                    if of_kind.is_empty() {
                        continue;
                    }
                    let text = format!(
                        "DELETE FROM {table} WHERE id IN (SELECT value FROM json_each(?1)) AND {} RETURNING id",
                        unneeded(kind, table)
                    );
                    let rows: Vec<(String,)> =
                        sqlx::query_as(AssertSqlSafe(text)).bind(Json(of_kind)).fetch_all(&mut *transaction).await?;
                    removed.extend(rows.iter().filter_map(|(id,)| upload_id(kind, id)));
                }
                transaction.commit().await?;
                Ok(removed)
            }
        };
        self.writer.transaction(Ends, removing).await.map_err(failed("remove uploads"))
    }

    async fn delete_upload(&self, id: UploadId) -> StoreResult<Deletion> {
        // One statement decides, so that no job is submitted between the question and the deed.
        if self.remove_unneeded(&[id]).await? == [id] {
            return Ok(Deletion::Deleted);
        }
        let (kind, id) = kind_and_id(id);
        let table = KINDS.into_iter().find(|(known, _)| *known == kind).map_or(kind, |(_, table)| table);
        let text =
            format!("SELECT EXISTS (SELECT 1 FROM jobs WHERE hold AND {kind}_id = ?1) FROM {table} WHERE id = ?1");
        let question = sqlx::query_scalar(AssertSqlSafe(text)).bind(id);
        let held: Option<bool> = question.fetch_optional(&self.reader).await.map_err(failed("look for held jobs"))?;
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
