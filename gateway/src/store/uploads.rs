//! What a store of uploads must do.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::domain::id::{AudioId, PhotoId, VideoId};
use crate::domain::upload::{Audio, Photo, UploadId, Video};
use crate::store::error::StoreResult;

/// What a request to delete an upload met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// It was there and is gone.
    Deleted,
    /// A queued or running job needs it: it stays.
    InUse,
    /// A held job was made from it: it stays.
    Held,
    /// There is none.
    Missing,
}

/// Uploads as rows.
#[async_trait]
pub trait UploadStore: Send + Sync {
    /// Writes a photo, and what it was checked as, if that may be looked for.
    async fn insert_photo(&self, photo: &Photo, checked_as: Option<&str>) -> StoreResult<()>;

    /// Reads a photo.
    async fn photo(&self, id: PhotoId) -> StoreResult<Option<Photo>>;

    /// The latest photo that was checked as this.
    async fn photo_checked_as(&self, check: &str) -> StoreResult<Option<Photo>>;

    /// Reads a page of at most `limit` photos, newest first by the order of their ids: those older than `before`.
    async fn photos(&self, before: Option<PhotoId>, limit: u32) -> StoreResult<Vec<Photo>>;

    /// Writes speech, and what it was checked as, if that may be looked for.
    async fn insert_audio(&self, audio: &Audio, checked_as: Option<&str>) -> StoreResult<()>;

    /// Reads speech.
    async fn audio(&self, id: AudioId) -> StoreResult<Option<Audio>>;

    /// The latest speech that was checked as this.
    async fn audio_checked_as(&self, check: &str) -> StoreResult<Option<Audio>>;

    /// Reads a page of speech, as [`UploadStore::photos`] does.
    async fn audios(&self, before: Option<AudioId>, limit: u32) -> StoreResult<Vec<Audio>>;

    /// Writes a source video.
    async fn insert_video(&self, video: &Video) -> StoreResult<()>;

    /// Reads a source video.
    async fn video(&self, id: VideoId) -> StoreResult<Option<Video>>;

    /// Reads a page of source videos, as [`UploadStore::photos`] does.
    async fn videos(&self, before: Option<VideoId>, limit: u32) -> StoreResult<Vec<Video>>;

    /// At most `limit` uploads of all kinds from before this moment that no queued, running or held job needs, the
    /// oldest first.
    async fn unneeded_before(&self, moment: Timestamp, limit: u32) -> StoreResult<Vec<UploadId>>;

    /// Removes those of the uploads that no queued, running or held job needs, and returns which.
    async fn remove_unneeded(&self, ids: &[UploadId]) -> StoreResult<Vec<UploadId>>;

    /// Deletes an upload, unless a queued, running or held job needs it.
    async fn delete_upload(&self, id: UploadId) -> StoreResult<Deletion>;
}
