//! One picture out of a finished video, for its thumbnail.

use std::path::Path;

use image::RgbImage;

use super::error::SourceVideoError;
use super::picture_track::Threads;
use super::reader::VideoReader;

/// Which picture is shown, from 0: half a second into a usual video the mouth has begun to move.
const PICTURE: usize = 12;

/// Decodes one picture: the 13th, or the last of a shorter video.
///
/// # Errors
/// Nothing can be decoded.
pub fn thumbnail(path: &Path) -> Result<RgbImage, SourceVideoError> {
    let mut shown = None;
    for item in VideoReader::with_threads(path, Threads::One)?.take(PICTURE + 1) {
        shown = Some(item?.1);
    }
    shown.ok_or_else(SourceVideoError::no_picture_decodes)?.to_rgb()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::{FrameRate, VideoSpec, VideoWriter};

    #[test]
    fn the_picture_has_the_colours_that_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("video.mp4");
        for (frames, shown) in [(3, 2), (20, 12)] {
            let spec = VideoSpec { width: 64, height: 48, rate: FrameRate::new(25, 1) };
            let mut writer = VideoWriter::create(&file, spec, None).unwrap();
            let colour = |n: u8| [200 - 8 * n, 40 + 5 * n, 90];
            for n in 0..frames {
                writer.frame(&colour(n).repeat(64 * 48)).unwrap();
            }
            writer.finish(|_| {}).unwrap();
            let picture = thumbnail(&file).unwrap();
            assert_eq!(picture.dimensions(), (64, 48));
            for (got, wanted) in picture.get_pixel(32, 24).0.into_iter().zip(colour(shown)) {
                assert!(got.abs_diff(wanted) < 8, "{:?} for {:?}", picture.get_pixel(32, 24), colour(shown));
            }
        }
    }
}
