//! Videos that the gateway makes for itself, written in a child: both sides.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use avatar_media::picture::{self, PictureLimits};
use avatar_media::video::{self, VideoError, VideoFacts, VideoSummary};
use serde::Serialize;

use crate::intake::error::UploadError;
use crate::intake::probe::answer::Answer;
use crate::intake::probe::child::{Blame, Work, ask, text};
use crate::intake::probe::decoders::Decoders;
use crate::intake::probe::fence::Bounds;
use crate::intake::probe::{TIMEOUT, VIDEO_MEMORY};

/// No limit: the photo has been checked, and written by the gateway itself.
const OWN_PHOTO: PictureLimits = PictureLimits { max_bytes: u64::MAX, max_pixels: u64::MAX, max_memory: u64::MAX };

/// How long joining may take. Nothing is encoded, but all of it is decoded once.
const JOINING: Duration = Duration::from_secs(900);

/// The child's side: writes a video that shows `photo` for `seconds` to `output`, and says on stdout what it is.
pub fn run_still(photo: &Path, seconds: f64, output: &Path) -> String {
    written(hold(photo, seconds, output)).line()
}

fn hold(photo: &Path, seconds: f64, output: &Path) -> Result<VideoSummary, VideoError> {
    let picture = picture::decode(std::fs::read(photo)?, &OWN_PHOTO).map_err(io::Error::other)?;
    video::write_still_image(&picture.into_upright(), seconds, output)
}

/// The child's side: joins `parts` in this order into `output`, and says on stdout what came out.
pub fn run_join(output: &Path, parts: &[PathBuf]) -> String {
    written(video::concat(parts, output)).line()
}

fn written<T: Serialize>(video: Result<T, VideoError>) -> Answer<T> {
    match video {
        Ok(facts) => Answer::Found(facts),
        Err(VideoError::Io(error)) => Answer::failed(&error),
        Err(error) => Answer::refused(None, &error),
    }
}

/// The parent's side: lets a child write a silent video of 25 frames per second to `output` that shows the
/// photo for `seconds`, rounded up to a frame; an engine that needs a video is given it.
///
/// # Errors
/// [`UploadError::Io`]: the video could not be written, or the child died over it.
pub async fn still(decoders: &Decoders, photo_png: &Path, seconds: f64, output: &Path) -> Result<(), UploadError> {
    // The largest pictures are encoded eight times as fast as they are shown, on two processors.
    let patience = TIMEOUT.saturating_add(Duration::try_from_secs_f64(seconds).unwrap_or_default());
    let work = Work {
        name: "still",
        reads: &[photo_png],
        writes: Some(output),
        options: &[("--seconds", text(&seconds))],
        bounds: Some(Bounds::new(VIDEO_MEMORY, patience).threaded()),
        patience,
        blame: Blame::Gateway,
    };
    ask::<VideoSummary>(decoders, &work).await.map(drop)
}

/// The parent's side: lets a child join videos that engines have made into one at `output`, in this order
/// and without encoding them anew.
///
/// # Errors
/// [`UploadError::Io`]: the parts do not go together, the video could not be written, or the child died over it.
pub async fn join(decoders: &Decoders, parts: &[&Path], output: &Path) -> Result<(), UploadError> {
    let work = Work {
        name: "join",
        reads: parts,
        writes: Some(output),
        options: &[],
        bounds: Some(Bounds::new(VIDEO_MEMORY, JOINING).threaded()),
        patience: JOINING,
        blame: Blame::Gateway,
    };
    ask::<VideoFacts>(decoders, &work).await.map(drop)
}
