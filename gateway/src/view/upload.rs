//! Uploads as clients see them.

use avatar_media::faces::Face;
use avatar_media::picture::PictureFormat;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::id::{AudioId, PhotoId, VideoId};
use crate::domain::upload::verdict::Verdict;
use crate::domain::upload::warning::Warning;
use crate::domain::upload::{Audio, Photo, Video};

/// An uploaded photo.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PhotoView {
    /// Its id, for jobs.
    id: PhotoId,
    /// What it was sent as.
    #[schema(value_type = String, example = "jpeg")]
    format: PictureFormat,
    /// Width in pixels, upright.
    width: u32,
    /// Height in pixels, upright.
    height: u32,
    /// Size as sent, in bytes.
    bytes: u64,
    /// SHA-256 as sent.
    sha256: String,
    /// The faces found in it, best first.
    #[schema(value_type = Vec<FaceView>)]
    faces: Vec<Face>,
    /// What is thought of it, and which face is meant.
    verdict: Verdict,
    /// When it was sent.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// A page of photos.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PhotoPage {
    /// The photos, newest first.
    pub(crate) photos: Vec<PhotoView>,
    /// Give this as `before` for the next page; null on the last.
    pub(crate) next: Option<PhotoId>,
}

/// A face in a photo.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only documents how faces are written")]
pub(crate) struct FaceView {
    /// Left edge in pixels.
    x: f32,
    /// Upper edge in pixels.
    y: f32,
    /// Width in pixels.
    width: f32,
    /// Height in pixels.
    height: f32,
    /// How sure the detector is; 10 to 40 for clear portraits.
    score: f32,
}

impl From<Photo> for PhotoView {
    fn from(photo: Photo) -> Self {
        let Photo { id, format, width, height, bytes, sha256, faces, verdict, created_at } = photo;
        Self { id, format, width, height, bytes, sha256, faces, verdict, created_at }
    }
}

/// Uploaded speech.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AudioView {
    /// Its id, for jobs.
    id: AudioId,
    /// Length in seconds.
    seconds: f64,
    /// Samples per second as sent.
    sample_rate: u32,
    /// Channels as sent.
    channels: u16,
    /// Codec as sent.
    #[schema(example = "pcm_s16le")]
    codec: String,
    /// Container as sent.
    #[schema(example = "wav")]
    container: String,
    /// Size as sent, in bytes.
    bytes: u64,
    /// SHA-256 as sent.
    sha256: String,
    /// What may make the video worse than it could be.
    warnings: Vec<Warning>,
    /// When it was sent.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Audio> for AudioView {
    fn from(audio: Audio) -> Self {
        let Audio { id, seconds, sample_rate, channels, codec, container, bytes, sha256, warnings, created_at } = audio;
        Self { id, seconds, sample_rate, channels, codec, container, bytes, sha256, warnings, created_at }
    }
}

/// A page of speech.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AudioPage {
    /// The speech, newest first.
    pub(crate) audio: Vec<AudioView>,
    /// Give this as `before` for the next page; null on the last.
    pub(crate) next: Option<AudioId>,
}

/// An uploaded source video.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VideoView {
    /// Its id, for jobs.
    id: VideoId,
    /// Length in seconds.
    seconds: f64,
    /// Width in pixels, as stored.
    width: u32,
    /// Height in pixels, as stored.
    height: u32,
    /// Pictures per second, on average.
    fps: f64,
    /// Pictures.
    frames: u64,
    /// Codec of the pictures.
    #[schema(example = "h264")]
    codec: String,
    /// Container.
    #[schema(example = "mp4")]
    container: String,
    /// Codec of the sound; null where there is none.
    #[schema(example = "aac")]
    sound_codec: Option<String>,
    /// Size in bytes.
    bytes: u64,
    /// SHA-256.
    sha256: String,
    /// What may make the video worse than it could be.
    warnings: Vec<Warning>,
    /// When it was sent.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Video> for VideoView {
    fn from(video: Video) -> Self {
        Self {
            id: video.id,
            seconds: video.seconds,
            width: video.width,
            height: video.height,
            fps: video.fps,
            frames: video.frames,
            codec: video.codec,
            container: video.container,
            sound_codec: video.sound_codec,
            bytes: video.bytes,
            sha256: video.sha256,
            warnings: video.warnings,
            created_at: video.created_at,
        }
    }
}

/// A page of source videos.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VideoPage {
    /// The videos, newest first.
    pub(crate) videos: Vec<VideoView>,
    /// Give this as `before` for the next page; null on the last.
    pub(crate) next: Option<VideoId>,
}
