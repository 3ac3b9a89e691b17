//! What a file is kept under: a typed key, made from ids alone, and the name that the key has wherever files are kept.

use std::fmt;

use crate::domain::id::{AudioId, JobId, PhotoId, VideoId};
use crate::domain::job::Job;
use crate::domain::upload::UploadId;

/// Names a kept file. No text of a client ever becomes part of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlobKey {
    /// The picture that engines read: an upright RGB PNG.
    Photo(PhotoId),
    /// The speech that engines read: a canonical WAV, or its samples, packed.
    Speech(AudioId),
    /// The sound as it was sent, which goes into the result.
    Sound(AudioId),
    /// The source video as it was sent.
    SourceVideo(VideoId),
    /// The video that an attempt has made, as MP4.
    Video(JobId, u32),
    /// The picture that shows what an attempt's video is like, as JPEG.
    Thumbnail(JobId, u32),
}

const PHOTOS: &str = "photos";
const AUDIO: &str = "audio";
const VIDEOS: &str = "videos";
const ARTIFACTS: &str = "artifacts";

impl BlobKey {
    /// The first parts of all names.
    pub(super) const FOLDERS: [&str; 4] = [PHOTOS, AUDIO, VIDEOS, ARTIFACTS];

    /// Every word of [`BlobKey::kind`].
    pub const KINDS: [&str; 6] = ["photo", "speech", "sound", "source_video", "video", "thumbnail"];

    /// What is kept under it, as a word.
    pub fn kind(self) -> &'static str {
        let [photo, speech, sound, source_video, video, thumbnail] = Self::KINDS;
        match self {
            Self::Photo(_) => photo,
            Self::Speech(_) => speech,
            Self::Sound(_) => sound,
            Self::SourceVideo(_) => source_video,
            Self::Video(..) => video,
            Self::Thumbnail(..) => thumbnail,
        }
    }

    /// Every file of an upload.
    pub fn of_upload(id: UploadId) -> Vec<Self> {
        match id {
            UploadId::Photo(id) => vec![Self::Photo(id)],
            UploadId::Audio(id) => vec![Self::Speech(id), Self::Sound(id)],
            UploadId::Video(id) => vec![Self::SourceVideo(id)],
        }
    }

    /// Every file that an attempt may have made.
    pub fn of_attempt(job: JobId, attempt: u32) -> [Self; 2] {
        [Self::Video(job, attempt), Self::Thumbnail(job, attempt)]
    }

    /// Every file that a job has to show.
    pub fn of_job(job: &Job) -> Vec<Self> {
        job.artifact.iter().flat_map(|artifact| Self::of_attempt(job.id, artifact.attempt)).collect()
    }

    /// The key of a name; `None` if no key has exactly this name.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        let (folder, file) = name.split_once('/')?;
        let (stem, kind) = file.split_once('.')?;
        let key = match (folder, kind) {
            (PHOTOS, "png") => Self::Photo(stem.parse().ok()?),
            (AUDIO, "wav") => Self::Speech(stem.parse().ok()?),
            (AUDIO, "source") => Self::Sound(stem.parse().ok()?),
            (VIDEOS, "source") => Self::SourceVideo(stem.parse().ok()?),
            (ARTIFACTS, "mp4" | "jpg") => {
                let (job, attempt) = stem.rsplit_once('-')?;
                let (job, attempt) = (job.parse().ok()?, attempt.parse().ok()?);
                if kind == "mp4" { Self::Video(job, attempt) } else { Self::Thumbnail(job, attempt) }
            }
            _ => return None,
        };
        // Ids and numbers can be written in several ways, of which we use one.
        (key.to_string() == name).then_some(key)
    }
}

/// The name: folder, id and kind of file, `photos/01890a5d-ac96-774b-bcce-b302099a8057.png`.
impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Photo(id) => write!(f, "{PHOTOS}/{id}.png"),
            Self::Speech(id) => write!(f, "{AUDIO}/{id}.wav"),
            Self::Sound(id) => write!(f, "{AUDIO}/{id}.source"),
            Self::SourceVideo(id) => write!(f, "{VIDEOS}/{id}.source"),
            Self::Video(job, attempt) => write!(f, "{ARTIFACTS}/{job}-{attempt}.mp4"),
            Self::Thumbnail(job, attempt) => write!(f, "{ARTIFACTS}/{job}-{attempt}.jpg"),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn every_kind_of_file_has_its_name() {
        let id = Uuid::from_u128(7);
        let job = JobId::from(id);
        for (key, name) in [
            (BlobKey::Photo(id.into()), format!("photos/{id}.png")),
            (BlobKey::Speech(id.into()), format!("audio/{id}.wav")),
            (BlobKey::Sound(id.into()), format!("audio/{id}.source")),
            (BlobKey::SourceVideo(id.into()), format!("videos/{id}.source")),
            (BlobKey::Thumbnail(job, 2), format!("artifacts/{id}-2.jpg")),
            (BlobKey::Video(job, 2), format!("artifacts/{id}-2.mp4")),
        ] {
            assert_eq!(key.to_string(), name);
            assert_eq!(BlobKey::from_name(&name), Some(key));
            assert!(BlobKey::FOLDERS.iter().any(|folder| name.starts_with(&format!("{folder}/"))), "{name}");
        }
    }

    #[test]
    fn no_key_has_another_name() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        let job = format!("artifacts/{id}");
        for name in [
            String::new(),
            id.to_owned(),
            "photos/notes.txt".into(),
            "photos/.png".into(),
            format!("photos/{id}"),
            format!("photos/{id}.jpg"),
            format!("photos/{}.png", id.to_uppercase()),
            format!("photos/{}.png", id.replace('-', "")),
            format!("photos/../photos/{id}.png"),
            format!("work/{id}.png"),
            format!("{job}.mp4"),
            format!("{job}-.mp4"),
            format!("{job}-02.mp4"),
            format!("{job}-+2.mp4"),
            format!("{job}-2.mp4.part"),
        ] {
            assert_eq!(BlobKey::from_name(&name), None, "{name}");
        }
    }
}
