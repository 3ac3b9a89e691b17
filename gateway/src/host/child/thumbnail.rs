//! A small picture that shows what a video is like, beside the video's file.

use std::path::Path;

use avatar_media::picture::save_thumbnail;
use avatar_media::video::{VideoError, thumbnail};

use crate::host::output::thumbnail_of;

/// The longer side in pixels.
const SIDE: u32 = 512;

/// Makes the thumbnail of a finished video.
pub(super) fn write(video: &Path) -> Result<(), VideoError> {
    save_thumbnail(&thumbnail(video)?, SIDE, &thumbnail_of(video))
        .map_err(|error| VideoError::Io(std::io::Error::other(error)))
}
