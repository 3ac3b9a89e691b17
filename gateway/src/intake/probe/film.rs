//! Videos that the gateway makes for itself, written in a child: both sides.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use avatar_media::picture::{self, PictureLimits};
use avatar_media::video::{self, VideoError, VideoSummary};

use super::{Answer, Blame, TIMEOUT, ask};
use crate::intake::Refusal;

/// No limit: the photo has been checked, and written by the gateway itself.
const OWN_PHOTO: PictureLimits = PictureLimits { max_bytes: u64::MAX, max_pixels: u64::MAX };

/// The code of a video that could not be written, which the parent turns into the gateway's own fault.
const NOT_WRITTEN: &str = "video.io";

/// The child's side: writes a video that shows `photo` for `seconds` to `output`, and says on stdout what it is.
pub fn run_still(photo: &Path, seconds: f64, output: &Path) -> String {
    written(hold(photo, seconds, output)).line()
}

fn hold(photo: &Path, seconds: f64, output: &Path) -> Result<VideoSummary, VideoError> {
    let bytes = std::fs::read(photo)?;
    let picture = picture::decode(&bytes, &OWN_PHOTO).map_err(std::io::Error::other)?;
    video::hold(&picture.pixels, seconds, output)
}

fn written<T>(video: Result<T, VideoError>) -> Answer<T> {
    match video {
        Ok(facts) => Answer::Found(facts),
        Err(error) => Answer::Refused { code: NOT_WRITTEN.into(), message: error.to_string() },
    }
}

/// The parent's side: lets a child of `program` write a silent video of 25 frames per second to `output` that shows the
/// photo for `seconds`, rounded up to a frame; an engine that needs a video is given it.
///
/// # Errors
/// [`Refusal::Io`]: the video could not be written, or the child died over it.
pub async fn still(program: &Path, photo_png: &Path, seconds: f64, output: &Path) -> Result<(), Refusal> {
    // The largest pictures are encoded eight times as fast as they are shown, on two processors.
    let patience = TIMEOUT.saturating_add(Duration::try_from_secs_f64(seconds).unwrap_or_default());
    let length = seconds.to_string();
    let arguments = [photo_png.as_ref(), output.as_ref(), OsStr::new("--seconds"), length.as_ref()];
    ask::<VideoSummary>(program, "still", &arguments, patience, Blame::Gateway).await.map(drop)
}
