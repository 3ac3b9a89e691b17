//! Uploads in SQLite.

use async_trait::async_trait;
use sqlx::types::{Json, Text};
use sqlx::{QueryBuilder, Sqlite};

use super::rows::{count, micros};
use super::{SqliteStore, failed};
use crate::job::id::{AudioId, PhotoId};
use crate::store::{Deletion, StoreResult, UploadStore};
use crate::upload::{Audio, Photo};

#[async_trait]
impl UploadStore for SqliteStore {
    async fn insert_photo(&self, photo: &Photo) -> StoreResult<()> {
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
        .execute(&self.writer)
        .await
        .map(drop)
        .map_err(failed("write a photo"))
    }

    async fn photo(&self, id: PhotoId) -> StoreResult<Option<Photo>> {
        sqlx::query_as("SELECT * FROM photos WHERE id = ?1")
            .bind(Text(id))
            .fetch_optional(&self.reader)
            .await
            .map_err(failed("read a photo"))
    }

    async fn photos(&self, before: Option<PhotoId>, limit: u32) -> StoreResult<Vec<Photo>> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT * FROM photos");
        if let Some(before) = before {
            query.push(" WHERE id < ").push_bind(Text(before));
        }
        query.push(" ORDER BY id DESC LIMIT ").push_bind(limit);
        query.build_query_as().fetch_all(&self.reader).await.map_err(failed("list photos"))
    }

    async fn delete_photo(&self, id: PhotoId) -> StoreResult<Deletion> {
        // One statement decides, so that no job is submitted between the question and the deed.
        let deleted = sqlx::query(
            "DELETE FROM photos WHERE id = ?1 AND NOT EXISTS
                 (SELECT 1 FROM jobs WHERE photo_id = ?1 AND (state IN ('queued', 'running') OR hold))",
        )
        .bind(Text(id))
        .execute(&self.writer)
        .await
        .map_err(failed("delete a photo"))?;
        Ok(match deleted.rows_affected() {
            0 if self.photo(id).await?.is_some() => self.in_the_way(id).await?,
            0 => Deletion::Missing,
            _ => Deletion::Deleted,
        })
    }

    async fn insert_audio(&self, audio: &Audio) -> StoreResult<()> {
        sqlx::query(
            "INSERT INTO audio (id, seconds, sample_rate, channels, codec, container, bytes, sha256, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )
        .bind(Text(audio.id))
        .bind(audio.seconds)
        .bind(audio.sample_rate)
        .bind(audio.channels)
        .bind(&audio.codec)
        .bind(&audio.container)
        .bind(count(audio.bytes))
        .bind(&audio.sha256)
        .bind(micros(audio.created_at))
        .execute(&self.writer)
        .await
        .map(drop)
        .map_err(failed("write speech"))
    }

    async fn audio(&self, id: AudioId) -> StoreResult<Option<Audio>> {
        sqlx::query_as("SELECT * FROM audio WHERE id = ?1")
            .bind(Text(id))
            .fetch_optional(&self.reader)
            .await
            .map_err(failed("read speech"))
    }
}

impl SqliteStore {
    /// What kept a photo from being deleted.
    async fn in_the_way(&self, id: PhotoId) -> StoreResult<Deletion> {
        let held: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM jobs WHERE photo_id = ?1 AND hold)")
            .bind(Text(id))
            .fetch_one(&self.reader)
            .await
            .map_err(failed("look for held jobs"))?;
        Ok(if held { Deletion::Held } else { Deletion::InUse })
    }
}
