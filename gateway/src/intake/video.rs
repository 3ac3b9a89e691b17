//! Source videos: looked at by FFmpeg in a short-lived child, and kept as they were sent.

use std::path::Path;
use std::sync::Arc;

use avatar_media::video::{MissingPictures, SourceVideoFacts, SourceVideoLimits};

use crate::blobs::key::BlobKey;
use crate::blobs::scratch::ScratchFile;
use crate::config::Limits;
use crate::domain::client::Client;
use crate::domain::code::Code;
use crate::domain::upload::Video;
use crate::domain::upload::warning::Warning;
use crate::intake::error::UploadError;
use crate::intake::incoming::Received;
use crate::intake::{Intake, probe, seen_through};

/// The shortest video that is taken, in seconds: less is hardly a movement.
const SHORTEST: f64 = 0.1;

/// So many bytes behind a video are nothing that anybody would miss.
const UNREAD: u64 = 1024;

/// A source video that may be kept.
pub struct CheckedVideo {
    video: Video,
    file: ScratchFile,
}

/// What a source video may be.
pub fn video_limits(limits: &Limits) -> SourceVideoLimits {
    SourceVideoLimits {
        max_seconds: limits.video_length.as_secs_f64(),
        max_pixels: limits.video_pixels,
        max_fps: limits.video_fps,
    }
}

/// Looks at a video in a child when it is this client's turn.
///
/// # Errors
/// It is no usable video, or passes a limit.
pub async fn check(intake: &Arc<Intake>, client: Client, received: Received) -> Result<CheckedVideo, UploadError> {
    let _turn = intake.turn(client).await;
    let settings = intake.handles.settings.current();
    let limits = video_limits(&settings.limits);
    let SourceVideoFacts { seconds, width, height, fps, frames, codec, container, sound_codec, missing } =
        probe::video(&intake.handles.decoders, &received.file, &limits).await?;
    if seconds < SHORTEST {
        return Err(UploadError::Fault {
            code: Code::VideoTooShort,
            message: format!("the video lasts {seconds:.3} s; {SHORTEST} s are the least"),
            remedy: "send a longer video of a person",
        });
    }
    let video = Video {
        id: intake.handles.ids.next(),
        seconds,
        width,
        height,
        fps,
        frames,
        codec,
        container,
        sound_codec,
        bytes: received.bytes,
        sha256: received.sha256,
        warnings: warnings(missing).collect(),
        created_at: intake.handles.clock.now(),
    };
    Ok(CheckedVideo { video, file: received.file })
}

/// What the sender should know of a video that is not all there.
fn warnings(missing: MissingPictures) -> impl Iterator<Item = Warning> {
    let MissingPictures { seconds, damaged, unread_bytes } = missing;
    let warning = match (seconds, damaged) {
        (Some((promised, shown)), damaged) => {
            let reason = match damaged {
                0 => "it was cut".to_owned(),
                damaged => format!("it was cut, or is damaged ({damaged} pictures cannot be decoded)"),
            };
            let message =
                format!("the file promises {promised:.2} s of pictures, and {shown:.2} s are there: {reason}");
            Some((Code::UploadShorterThanPromised, message))
        }
        (None, 0) => None,
        (None, damaged) => {
            Some((Code::UploadDamaged, format!("{damaged} pictures of the video are damaged and are left out")))
        }
    };
    let unread = (unread_bytes > UNREAD).then(|| {
        let message = format!("{unread_bytes} bytes of the file stand behind the video and were not read");
        (Code::UploadUnread, message)
    });
    warning.into_iter().chain(unread).map(|(code, message)| Warning { code: code.into(), message })
}

impl CheckedVideo {
    /// Its future row.
    pub fn video(&self) -> &Video {
        &self.video
    }

    /// The file as it was sent.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Puts file and row in place.
    ///
    /// # Errors
    /// Disk or database; nothing is left behind then.
    pub async fn keep(self, intake: &Arc<Intake>) -> Result<Video, UploadError> {
        let intake = Arc::clone(intake);
        seen_through(async move {
            let files = [(BlobKey::SourceVideo(self.video.id), &*self.file)];
            intake.keep(&files, intake.handles.uploads.insert_video(&self.video)).await?;
            Ok(self.video)
        })
        .await
    }
}
