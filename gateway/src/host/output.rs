//! Where a host leaves what it has made, so that its parent finds it.

use std::path::{Path, PathBuf};

/// Where the thumbnail of a video lies.
pub(crate) fn thumbnail_of(video: &Path) -> PathBuf {
    video.with_extension("jpg")
}
