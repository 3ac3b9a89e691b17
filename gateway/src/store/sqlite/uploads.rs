//! Uploads in SQLite.

use async_trait::async_trait;
use sqlx::types::{Json, Text};

use super::rows::{count, micros};
use super::{SqliteStore, failed};
use crate::job::id::{AudioId, PhotoId};
use crate::store::{StoreResult, UploadStore};
use crate::upload::{Audio, Photo};

#[async_trait]
impl UploadStore for SqliteStore {
    async fn insert_photo(&self, photo: &Photo) -> StoreResult<()> {
        sqlx::query(
            "INSERT INTO photos (id, media_type, width, height, bytes, sha256, faces, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )
        .bind(Text(photo.id))
        .bind(photo.format.media_type())
        .bind(photo.width)
        .bind(photo.height)
        .bind(count(photo.bytes))
        .bind(&photo.sha256)
        .bind(Json(&photo.faces))
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
