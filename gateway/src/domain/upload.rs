//! What a client uploads, once it has been checked: photos, speech and source videos as rows.

pub mod region;
pub mod verdict;
pub mod warning;

use avatar_media::faces::Face;
use avatar_media::picture::PictureFormat;
use engine_api::PortraitFace;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::id::{AudioId, PhotoId, VideoId};
use crate::domain::upload::region::Region;
use crate::domain::upload::verdict::Verdict;
use crate::domain::upload::warning::Warning;

/// A picture with a usable face. Its blob holds the upright RGB PNG that engines read: of several faces, the part with
/// the chosen one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Photo {
    /// Its name everywhere.
    pub id: PhotoId,
    /// What it was sent as.
    pub format: PictureFormat,
    /// Width in pixels, upright.
    pub width: u32,
    /// Height in pixels, upright.
    pub height: u32,
    /// Size as sent, in bytes.
    pub bytes: u64,
    /// SHA-256 as sent, in lower-case hexadecimal.
    pub sha256: String,
    /// The faces found in it, best first.
    pub faces: Vec<Face>,
    /// What was thought of it.
    pub verdict: Verdict,
    /// When it was sent.
    pub created_at: Timestamp,
}

impl Photo {
    /// The face that was settled on, in pixels of the picture that is kept. None where nothing was settled on.
    pub fn kept_face(&self) -> Option<PortraitFace> {
        let face = self.faces.get(self.verdict.face?)?;
        let whole = Region { x: 0, y: 0, width: self.width, height: self.height };
        let kept = self.verdict.kept.unwrap_or(whole);
        let (left, top) = (kept.x as f32, kept.y as f32);
        let (across, down) = (kept.width as f32, kept.height as f32);
        let [x, right] = [face.x, face.x + face.width].map(|x| (x - left).clamp(0.0, across));
        let [y, bottom] = [face.y, face.y + face.height].map(|y| (y - top).clamp(0.0, down));
        Some(PortraitFace { x, y, width: right - x, height: bottom - y, score: face.score })
    }
}

/// Speech. Its blobs hold the sound as sent, which goes into the result, and the canonical WAV that engines read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Audio {
    /// Its name everywhere.
    pub id: AudioId,
    /// Length in seconds, counted by decoding.
    pub seconds: f64,
    /// Samples per second as sent.
    pub sample_rate: u32,
    /// Channels as sent.
    pub channels: u16,
    /// Codec as sent.
    pub codec: String,
    /// Container as sent.
    pub container: String,
    /// Size as sent, in bytes.
    pub bytes: u64,
    /// SHA-256 as sent, in lower-case hexadecimal.
    pub sha256: String,
    /// What may make the video worse than it could be.
    pub warnings: Vec<Warning>,
    /// When it was sent.
    pub created_at: Timestamp,
}

/// A source video. Its blob holds the file as it was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Video {
    /// Its name everywhere.
    pub id: VideoId,
    /// Length in seconds, as it is shown.
    pub seconds: f64,
    /// Pixels across, as stored.
    pub width: u32,
    /// Pixels down, as stored.
    pub height: u32,
    /// Pictures per second, on average.
    pub fps: f64,
    /// Pictures.
    pub frames: u64,
    /// Codec of the pictures.
    pub codec: String,
    /// Container.
    pub container: String,
    /// Codec of the sound, if there is any.
    pub sound_codec: Option<String>,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: String,
    /// What may make the video worse than it could be.
    pub warnings: Vec<Warning>,
    /// When it was sent.
    pub created_at: Timestamp,
}

/// The name of an upload of any kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UploadId {
    /// A photo.
    Photo(PhotoId),
    /// Speech.
    Audio(AudioId),
    /// A source video.
    Video(VideoId),
}

impl From<PhotoId> for UploadId {
    fn from(id: PhotoId) -> Self {
        Self::Photo(id)
    }
}

impl From<AudioId> for UploadId {
    fn from(id: AudioId) -> Self {
        Self::Audio(id)
    }
}

impl From<VideoId> for UploadId {
    fn from(id: VideoId) -> Self {
        Self::Video(id)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Where the chosen one of two faces lies in what is kept of a photo.
    fn kept_face(chosen: Option<usize>, kept: Option<Region>) -> Option<[f32; 5]> {
        let face = |x| json!({"x": x, "y": 200.0, "width": 100.0, "height": 110.0, "score": 30.0});
        let photo = json!({
            "id": uuid::Uuid::nil(), "format": "png", "width": 800, "height": 600, "bytes": 1, "sha256": "",
            "faces": [face(100.0), face(500.5)], "created_at": Timestamp::UNIX_EPOCH,
            "verdict": {
                "valid": true, "code": "ok", "message": "", "remedy": "", "warnings": [], "face": chosen, "crop": null,
                "kept": kept,
            },
        });
        let photo: Photo = serde_json::from_value(photo).unwrap();
        photo.kept_face().map(|face| [face.x, face.y, face.width, face.height, face.score])
    }

    #[test]
    fn the_chosen_face_is_told_in_pixels_of_what_is_kept() {
        assert_eq!(kept_face(Some(1), None), Some([500.5, 200.0, 100.0, 110.0, 30.0]));
        let part = Region { x: 410, y: 120, width: 300, height: 280 };
        assert_eq!(kept_face(Some(1), Some(part)), Some([90.5, 80.0, 100.0, 110.0, 30.0]));
        let narrow = Region { x: 520, y: 220, width: 60, height: 50 };
        assert_eq!(kept_face(Some(1), Some(narrow)), Some([0.0, 0.0, 60.0, 50.0, 30.0]), "within it");
        assert_eq!(kept_face(None, None), None);
        assert_eq!(kept_face(Some(2), None), None);
    }
}
