//! What an id names, for whoever takes it for the id of something else.

use crate::store::error::StoreResult;
use crate::store::jobs::JobStore;
use crate::store::uploads::UploadStore;

/// What an id names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A photo.
    Photo,
    /// Speech.
    Audio,
    /// A source video.
    Video,
    /// A job.
    Job,
}

impl Named {
    /// In a sentence: "it is the id of a photo".
    pub fn noun(self) -> &'static str {
        match self {
            Self::Photo => "a photo",
            Self::Audio => "speech",
            Self::Video => "a source video",
            Self::Job => "a job",
        }
    }

    /// The field of a request that takes such an id; a job is made of none.
    pub fn field(self) -> Option<&'static str> {
        match self {
            Self::Photo => Some("photo_id"),
            Self::Audio => Some("audio_id"),
            Self::Video => Some("video_id"),
            Self::Job => None,
        }
    }

    /// Where such things are.
    pub fn collection(self) -> &'static str {
        match self {
            Self::Photo => "/v1/photos",
            Self::Audio => "/v1/audio",
            Self::Video => "/v1/source-videos",
            Self::Job => "/v1/jobs",
        }
    }
}

/// What there is of this id; `None` if nothing is, or it is none.
///
/// # Errors
/// The stores'.
pub async fn named(uploads: &dyn UploadStore, jobs: &dyn JobStore, id: &str) -> StoreResult<Option<Named>> {
    let (Ok(photo), Ok(audio), Ok(video), Ok(job)) = (id.parse(), id.parse(), id.parse(), id.parse()) else {
        return Ok(None);
    };
    Ok(if uploads.photo(photo).await?.is_some() {
        Some(Named::Photo)
    } else if uploads.audio(audio).await?.is_some() {
        Some(Named::Audio)
    } else if uploads.video(video).await?.is_some() {
        Some(Named::Video)
    } else {
        jobs.job(job).await?.map(|_| Named::Job)
    })
}
