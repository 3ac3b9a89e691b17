//! The first usable portrait of a video, looked for in a child: both sides.

use std::io;
use std::path::Path;

use avatar_media::faces::{Search, Sight};
use avatar_media::picture::{self, PictureError};
use avatar_media::video::{SourceVideoError, VideoReader};
use serde::{Deserialize, Serialize};

use crate::config::Photos;
use crate::domain::code::{Code, kinds};
use crate::domain::upload::verdict::{Choice, Crop, Turn, Which};
use crate::intake::error::UploadError;
use crate::intake::judge::judge;
use crate::intake::probe::answer::Answer;
use crate::intake::probe::child::{Blame, Work, ask, text};
use crate::intake::probe::decoders::Decoders;
use crate::intake::probe::detector;
use crate::intake::probe::fence::Bounds;
use crate::intake::probe::{TIMEOUT, VIDEO_MEMORY};

/// Of several people in a picture, the nearest is meant; a doubtful face may be better seen a moment later.
const CHOICE: Choice = Choice { face: Some(Which::Largest), accept_unsure: false, crop: Crop::Auto, turn: Turn::None };

/// A face is looked for five times a second …
const EVERY_SECONDS: f64 = 0.2;

/// … in the first half a minute: one that is not seen by then is not what the video is about.
const MOST_PICTURES: usize = 150;

/// Of so many pictures one is looked at for small faces, which takes as long as fifty others.
const CLOSELY: usize = 30;

/// Which picture was taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PortraitReport {
    /// Where it stands in the video, in seconds from its first picture.
    pub seconds: f64,
}

/// The child's side: writes the first picture of `input` that would pass as a photo to `output`, as an upright RGB PNG,
/// and says on stdout where it stands. Of several faces, only the part with the largest is kept.
pub fn run(input: &Path, output: &Path, photos: &Photos) -> String {
    let answer = match find(input, output, photos) {
        Ok(Ok(report)) => Answer::Found(report),
        Ok(Err(last)) => {
            let message = format!("none of the pictures looked at shows a usable face: {last}");
            Answer::refused(Some(Code::FaceNone), &message)
        }
        Err(SourceVideoError::Io(error)) => Answer::failed(&error),
        Err(error) => Answer::refused(kinds::of_source_video(&error), &error),
    };
    answer.line()
}

/// The portrait, or what was thought of the last picture.
fn find(input: &Path, output: &Path, photos: &Photos) -> Result<Result<PortraitReport, String>, SourceVideoError> {
    let detector = detector::open(photos)?;
    let search = Search { detector: &*detector, sure_score: photos.sure_score };
    let mut last = String::new();
    for (number, item) in VideoReader::open(input)?.every(EVERY_SECONDS).take(MOST_PICTURES).enumerate() {
        let (seconds, picture) = item?;
        let pixels = picture.to_rgb()?;
        let whole = picture::Part::from(&pixels);
        // Videos say themselves how they lie.
        let faces = if number % CLOSELY == 0 { search.look(whole).faces } else { search.glance(whole) };
        let verdict = judge(pixels.dimensions(), &Sight { faces, rotation: None }, CHOICE, photos);
        if verdict.valid {
            let kept = verdict.kept.map_or(whole, |part| whole.cut(part.x, part.y, part.width, part.height));
            picture::save_png(kept, output).map_err(|error| match error {
                PictureError::Io(error) => error,
                other => io::Error::other(other),
            })?;
            return Ok(Ok(PortraitReport { seconds }));
        }
        last = verdict.message;
    }
    Ok(Err(last))
}

/// The parent's side: lets a child look for a portrait in `video` and write it to `output`.
///
/// # Errors
/// No picture of its first half minute shows a usable face (`face.none`), the video cannot be decoded, or the child
/// died over it.
pub async fn portrait(
    decoders: &Decoders,
    video: &Path,
    output: &Path,
    photos: &Photos,
) -> Result<PortraitReport, UploadError> {
    let work = Work {
        name: "portrait",
        reads: &[video],
        writes: Some(output),
        options: &[("--photos", text(photos))],
        bounds: Some(Bounds::new(VIDEO_MEMORY + detector::memory(photos), TIMEOUT).threaded()),
        patience: TIMEOUT,
        blame: Blame::File(Code::VideoUndecodable),
    };
    ask(decoders, &work).await
}
