//! Reads the pictures of a video one after another, upright and with their times.

use std::path::Path;

use ffmpeg_next::frame;
use image::metadata::Orientation;
use image::{DynamicImage, RgbImage};

use super::error::SourceVideoError;
use super::orientation;
use super::picture_track::{PictureTrack, Threads, is_damaged};
use super::{pixel_aspect, rgb};

/// Forgives timestamps that were rounded to whole milliseconds, in seconds.
const GRACE: f64 = 0.001;

/// The pictures of a video in the order of showing, each with its time in seconds from the first.
///
/// A picture is decoded when it is asked for, and becomes RGB only when [`VideoPicture::to_rgb`] is called: what is passed
/// over costs its decoding alone. Damaged pictures are left out. A file of which no picture decodes gives an error at
/// its end; after an error the iterator is at its end.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use avatar_media::video::VideoReader;
///
/// for item in VideoReader::open("clip.mp4".as_ref())? {
///     let (seconds, picture) = item?;
///     let pixels = picture.to_rgb()?;
///     println!("{seconds:.3} s: {}x{}", pixels.width(), pixels.height());
/// }
/// # Ok(())
/// # }
/// ```
pub struct VideoReader {
    track: PictureTrack,
    /// How long a picture lasts, in units of the track's time base, where nothing but their number tells the time.
    frame_ticks: f64,
    /// Pictures decoded, damaged ones among them.
    decoded: u64,
    /// The time of the first of them, in units of the track's time base.
    start: Option<i64>,
    /// Whether all pictures so far were damaged.
    is_empty: bool,
    is_over: bool,
}

impl VideoReader {
    /// Opens a video by its content.
    ///
    /// # Errors
    /// The file cannot be read, or it is no video that this FFmpeg decodes.
    pub fn open(path: &Path) -> Result<Self, SourceVideoError> {
        Self::with_threads(path, Threads::All)
    }

    /// As [`Self::open`], with the threads that suit the number of pictures that will be read.
    pub(super) fn with_threads(path: &Path, threads: Threads) -> Result<Self, SourceVideoError> {
        let track = PictureTrack::open(path, threads)?;
        let frame_seconds = if track.rate.is_known() { track.rate.seconds(1) } else { 0.04 };
        let frame_ticks = frame_seconds / f64::from(track.time_base);
        Ok(Self { track, frame_ticks, decoded: 0, start: None, is_empty: true, is_over: false })
    }

    /// Of every stretch of so many seconds, counted from the first picture, only the first picture.
    pub fn every(self, seconds: f64) -> impl Iterator<Item = <Self as Iterator>::Item> {
        let mut due = 0.0;
        self.filter(move |item| {
            let Ok((at, _)) = item else { return true };
            let is_due = at + GRACE >= due;
            if is_due {
                due = (((at + GRACE) / seconds).floor() + 1.0) * seconds;
            }
            is_due
        })
    }

    fn next_picture(&mut self) -> Result<Option<(f64, VideoPicture)>, SourceVideoError> {
        while let Some(frame) = self.track.next_picture()? {
            let ticks = frame.timestamp().unwrap_or((self.decoded as f64 * self.frame_ticks).round() as i64);
            let start = *self.start.get_or_insert(ticks);
            self.decoded += 1;
            if !is_damaged(&frame) {
                let turn = orientation::of_picture(&frame).or(self.track.turn).unwrap_or(Orientation::NoTransforms);
                // Rounded once, so the time is exact wherever a number of this format can be.
                let base = self.track.time_base;
                let seconds = (ticks - start) as f64 * f64::from(base.numerator()) / f64::from(base.denominator());
                self.is_empty = false;
                let width = pixel_aspect::square_width(frame.width(), self.track.pixel_aspect, frame.aspect_ratio());
                return Ok(Some((seconds, VideoPicture { frame, width, turn })));
            }
        }
        if self.is_empty { Err(SourceVideoError::no_picture_decodes()) } else { Ok(None) }
    }
}

impl Iterator for VideoReader {
    type Item = Result<(f64, VideoPicture), SourceVideoError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let next = self.next_picture().transpose();
        self.is_over = !matches!(next, Some(Ok(_)));
        next
    }
}

impl std::iter::FusedIterator for VideoReader {}

/// A decoded picture. It holds the decoder's own buffer, which goes back to the decoder when the picture is dropped, so
/// nothing is copied until RGB is asked for.
pub struct VideoPicture {
    frame: frame::Video,
    /// Square pixels across, before it is turned.
    width: u32,
    turn: Orientation,
}

impl VideoPicture {
    /// Pixels across and down, upright and square.
    pub fn dimensions(&self) -> (u32, u32) {
        let (width, height) = (self.width, self.frame.height());
        if orientation::is_on_its_side(self.turn) { (height, width) } else { (width, height) }
    }

    /// Whether it is shown as it is stored: square pixels, one moment, standard range and gamut, upright.
    pub(super) fn is_plain(&self) -> bool {
        self.turn == Orientation::NoTransforms && self.width == self.frame.width() && rgb::is_plain(&self.frame)
    }

    /// The picture upright in 8-bit RGB: progressive, with square pixels, in the range and the gamut of BT.709.
    ///
    /// # Errors
    /// Its pixel format has no way to RGB.
    pub fn to_rgb(&self) -> Result<RgbImage, SourceVideoError> {
        let mut pixels = RgbImage::default();
        self.write_rgb(&mut pixels)?;
        Ok(pixels)
    }

    /// Writes the picture upright over another one, whose memory it takes if that is stored in the same way.
    ///
    /// # Errors
    /// Its pixel format has no way to RGB.
    pub fn write_rgb(&self, pixels: &mut RgbImage) -> Result<(), SourceVideoError> {
        let (width, height) = (self.width, self.frame.height());
        if pixels.dimensions() != (width, height) {
            *pixels = RgbImage::new(width, height);
        }
        rgb::write_rgb(&self.frame, width, pixels).map_err(SourceVideoError::decoder)?;
        if self.turn != Orientation::NoTransforms {
            let mut picture = DynamicImage::ImageRgb8(std::mem::take(pixels));
            picture.apply_orientation(self.turn);
            *pixels = picture.into_rgb8();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
