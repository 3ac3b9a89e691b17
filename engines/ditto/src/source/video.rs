//! The pictures of a source video at 25 frames a second, whatever its own rate is.

use std::path::Path;

use avatar_media::video::{SourceVideoError, VideoPicture, VideoReader};
use engine_vision::raster::Raster;
use thiserror::Error;

use crate::source::photo::{SourceError, fitted};

/// Seconds that a frame is seen.
const FRAME: f64 = 0.04;
/// Timestamps may be rounded to whole milliseconds.
const GRACE: f64 = 0.001;

/// Why a source video gives no further picture.
#[derive(Debug, Error)]
pub enum FramesError {
    /// It cannot be decoded.
    #[error(transparent)]
    Video(#[from] SourceVideoError),
    /// A picture cannot be used.
    #[error(transparent)]
    Picture(#[from] SourceError),
}

/// The pictures of a video that are seen at 25 frames a second, RGB and in their allowed size (at most `max_size` on the
/// longer side, even), each with the number of frames in which it is seen: of a faster video some are left out, of a
/// slower one some are seen in several.
///
/// # Errors
/// Where the file is no video that can be decoded; the iterator's, also where its size changes or is too small.
pub fn frames(
    path: &Path,
    max_size: Option<usize>,
) -> Result<impl Iterator<Item = Result<(Raster<u8>, usize), FramesError>>, SourceVideoError> {
    let mut size = None;
    let pictures = VideoReader::open(path)?.map(move |item| -> Result<_, FramesError> {
        let (seconds, picture) = item?;
        if *size.get_or_insert(picture.dimensions()) != picture.dimensions() {
            return Err(SourceError::SizeChanges { seconds }.into());
        }
        Ok((seconds, picture))
    });
    Ok(Seen { pictures, held: None, interval: FRAME, frames: 0 }.map(move |seen| {
        let (picture, count) = seen?;
        Ok((fitted(raster(&picture)?, max_size)?, count))
    }))
}

/// A picture of a video, RGB.
///
/// # Errors
/// Where it cannot be converted.
pub fn raster(picture: &VideoPicture) -> Result<Raster<u8>, SourceVideoError> {
    let pixels = picture.to_rgb()?;
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    Ok(Raster::new(width, height, 3, pixels.into_raw()).expect("three samples a pixel"))
}

/// Of pictures with their times in seconds, those that are seen, each with its number of frames.
struct Seen<I, P> {
    pictures: I,
    /// The picture that is seen, and since when.
    held: Option<(f64, P)>,
    /// How long the picture before it was seen.
    interval: f64,
    /// Frames so far.
    frames: usize,
}

impl<I, P> Seen<I, P> {
    /// How many frames begin before then, of those that have not begun.
    fn frames_until(&mut self, seconds: f64) -> usize {
        let before = self.frames;
        while self.frames as f64 * FRAME < seconds - GRACE {
            self.frames += 1;
        }
        self.frames - before
    }
}

impl<P, E, I: Iterator<Item = Result<(f64, P), E>>> Iterator for Seen<I, P> {
    type Item = Result<(P, usize), E>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(item) = self.pictures.next() {
            let (seconds, next) = match item {
                Ok(next) => next,
                Err(error) => return Some(Err(error)),
            };
            let Some((since, picture)) = self.held.replace((seconds, next)) else { continue };
            self.interval = seconds - since;
            let count = self.frames_until(seconds);
            if count > 0 {
                return Some(Ok((picture, count)));
            }
        }
        // The last picture is taken to be seen as long as the one before it.
        let (since, picture) = self.held.take()?;
        let count = self.frames_until(since + (self.interval - GRACE).max(2.0 * GRACE));
        (count > 0).then_some(Ok((picture, count)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of the pictures that are seen, frame by frame.
    fn seen(times: &[f64]) -> Vec<usize> {
        let pictures = times.iter().enumerate().map(|(number, seconds)| Ok::<_, ()>((*seconds, number)));
        let seen = Seen { pictures, held: None, interval: FRAME, frames: 0 };
        seen.flat_map(|item| item.map(|(number, count)| vec![number; count]).unwrap()).collect()
    }

    fn times(rate: f64, count: usize) -> Vec<f64> {
        (0..count).map(|number| number as f64 / rate).collect()
    }

    #[test]
    fn a_video_lasts_as_long_as_before_at_any_rate() {
        assert_eq!(seen(&times(25.0, 6)), [0, 1, 2, 3, 4, 5]);
        assert_eq!(seen(&times(50.0, 8)), [0, 2, 4, 6]);
        assert_eq!(seen(&times(12.5, 3)), [0, 0, 1, 1, 2, 2]);
        for rate in [10.0, 23.976, 24.0, 29.97, 30.0, 60.0] {
            let frames = seen(&times(rate, rate as usize * 4));
            let seconds = (rate as usize * 4) as f64 / rate;
            assert!((frames.len() as f64 * FRAME - seconds).abs() <= FRAME, "{rate}: {}", frames.len());
            assert!(frames.is_sorted());
        }
        // Milliseconds, as some containers have them.
        let rounded: Vec<f64> = times(30.0, 60).iter().map(|seconds| (seconds * 1000.0).round() / 1000.0).collect();
        assert_eq!(seen(&rounded).len(), 50);
    }

    #[test]
    fn a_single_picture_is_seen_once() {
        assert_eq!(seen(&[0.0]), [0]);
        assert_eq!(seen(&[]), [0; 0]);
    }

    #[test]
    fn no_picture_comes_after_an_error() {
        let pictures = [Ok((0.0, 0)), Ok((0.04, 1)), Err("broken")].into_iter();
        let seen = Seen { pictures, held: None, interval: FRAME, frames: 0 };
        assert_eq!(seen.take_while(Result::is_ok).collect::<Vec<_>>(), [Ok((0, 1))]);
    }
}
