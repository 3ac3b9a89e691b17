//! A video of a still image, for engines that need a video and are given a photo.

use std::path::Path;

use image::RgbImage;
use image::imageops::{self, FilterType};

use super::error::VideoError;
use super::spec::{FrameRate, VideoSpec, VideoSummary};
use super::writer::VideoWriter;

/// What lip-sync engines expect.
const RATE: FrameRate = FrameRate::new(25, 1);
/// The longer side at most, in pixels.
const LONGEST_SIDE: u32 = 1280;
/// The shorter side at least, in pixels.
const SHORTEST_SIDE: u32 = 16;
/// The longest video, in seconds: a day.
const LONGEST: f64 = 86_400.0;

/// Writes a video without sound that shows `picture` for `seconds`, rounded up to a whole frame: H.264 (yuv420p) at 25
/// frames per second in MP4, verified as [`VideoWriter`] does it.
///
/// A longer side of more than 1280 pixels is scaled down to that; of an odd side, the last row or column is left out.
///
/// # Errors
/// `seconds` is not above 0 and at most a day, a side has less than 16 pixels, or the video cannot be written.
pub fn write_still_image(picture: &RgbImage, seconds: f64, path: &Path) -> Result<VideoSummary, VideoError> {
    if !(seconds > 0.0 && seconds <= LONGEST) {
        let reason = format!("it must last more than 0 and at most {LONGEST} seconds, and not {seconds}");
        return Err(VideoError::InvalidSpec { reason });
    }
    let picture = fitted(picture);
    let spec = VideoSpec { width: picture.width(), height: picture.height(), rate: RATE };
    let mut writer = VideoWriter::create(path, spec, None)?;
    for _ in 0..frames(seconds) {
        writer.frame(picture.as_raw())?;
    }
    writer.finish(|_| ())
}

/// How many pictures last `seconds` at least.
fn frames(seconds: f64) -> u64 {
    // A length that is a whole number of pictures may lie a rounding error above it.
    ((seconds * RATE.as_f64() - 1e-6).ceil() as u64).max(1)
}

/// The picture in a size that can be written.
fn fitted(picture: &RgbImage) -> RgbImage {
    let longer = picture.width().max(picture.height());
    let shrunk = |side: u32| {
        let side = (f64::from(side) * f64::from(LONGEST_SIDE) / f64::from(longer)).round() as u32;
        side.max(SHORTEST_SIDE)
    };
    let small = (longer > LONGEST_SIDE && picture.width().min(picture.height()) >= SHORTEST_SIDE)
        .then(|| imageops::resize(picture, shrunk(picture.width()), shrunk(picture.height()), FilterType::CatmullRom));
    let picture = small.as_ref().unwrap_or(picture);
    imageops::crop_imm(picture, 0, 0, picture.width() & !1, picture.height() & !1).to_image()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::{thumbnail, verify};

    /// Grey, with a red column on the left and a blue one on the right.
    fn picture(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, _| {
            image::Rgb(match x * 8 / width {
                0 => [200, 30, 40],
                7 => [30, 40, 200],
                _ => [120; 3],
            })
        })
    }

    #[test]
    fn a_picture_is_held_as_long_as_asked_and_a_frame_at_most_longer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("still.mp4");
        for (seconds, frames) in [(0.001, 1), (0.04, 1), (0.041, 2), (1.0, 25), (2.2, 55), (2.201, 56), (7.0 / 25.0, 7)]
        {
            let summary = write_still_image(&picture(64, 48), seconds, &path).unwrap();
            let facts = verify(&path, |_| ()).unwrap();
            assert_eq!((summary.frames, facts.frames, facts.rate), (frames, frames, RATE), "{seconds}");
            assert!(facts.seconds >= seconds - 0.001 && facts.sound.is_none(), "{facts:?}");
            assert_eq!((facts.video_codec.as_str(), facts.pixel_format.as_str()), ("h264", "yuv420p"));
        }
    }

    #[test]
    fn sizes_become_even_and_no_larger_than_engines_need() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("still.mp4");
        for (given, written) in [
            ((64, 48), (64, 48)),
            ((65, 49), (64, 48)),
            ((1281, 961), (1280, 960)),
            ((600, 2400), (320, 1280)),
            ((2000, 17), (1280, 16)),
            ((17, 16), (16, 16)),
        ] {
            let summary = write_still_image(&picture(given.0, given.1), 0.08, &path).unwrap();
            assert_eq!((summary.width, summary.height), written, "{given:?}");
            let seen = thumbnail(&path).unwrap();
            assert_eq!(seen.dimensions(), written);
            let wanted = picture(written.0, written.1);
            for (x, y) in [(0, 0), (written.0 / 2, written.1 / 2), (written.0 - 1, written.1 - 1)] {
                let (got, wanted) = (seen.get_pixel(x, y).0, wanted.get_pixel(x, y).0);
                let worst = got.iter().zip(wanted).map(|(a, b)| a.abs_diff(b)).max().unwrap();
                // Columns of the smallest picture are narrower than its colours are stored.
                assert!(worst <= 12 || written.0 < 64, "{given:?}: {got:?} instead of {wanted:?}");
            }
        }
    }

    #[test]
    fn what_cannot_be_held_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("still.mp4");
        let whole = picture(64, 48);
        for (picture, seconds) in [
            (&whole, 0.0),
            (&whole, -1.0),
            (&whole, f64::NAN),
            (&whole, f64::INFINITY),
            (&picture(64, 15), 1.0),
            (&picture(2000, 15), 1.0),
        ] {
            let error = write_still_image(picture, seconds, &path).unwrap_err();
            assert!(matches!(error, VideoError::InvalidSpec { .. }), "{seconds}: {error}");
        }
        assert!(!path.exists());
    }
}
