//! A small picture that shows what a video is like, beside the video's file.

use std::path::{Path, PathBuf};

use avatar_media::picture::save_thumbnail;
use avatar_media::video::{VideoError, thumbnail};

/// The longer side in pixels.
const SIDE: u32 = 512;

/// Where the thumbnail of a video lies.
pub(crate) fn beside(video: &Path) -> PathBuf {
    video.with_extension("jpg")
}

/// Makes the thumbnail of a finished video.
pub(super) fn write(video: &Path) -> Result<(), VideoError> {
    save_thumbnail(&thumbnail(video)?, SIDE, &beside(video))
        .map_err(|error| VideoError::Io(std::io::Error::other(error)))
}
