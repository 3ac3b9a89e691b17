//! A source clip: its pictures, at 25 a second whatever its own rate is.

use std::path::Path;

use avatar_media::video::{SourceVideoError, VideoReader};
use engine_vision::raster::Raster;

use crate::source::photo::{SourceError, fitted};

/// Seconds that a frame is seen.
const FRAME: f64 = 0.04;
/// Timestamps may be rounded to whole milliseconds.
const GRACE: f64 = 0.001;

/// What a listener says to a picture.
pub type Answer<E> = Result<Next, E>;

/// Whether more pictures are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// They are.
    More,
    /// That was the last one.
    Enough,
}

/// Shows every picture of a clip, RGB and upright, with its seconds from the first.
///
/// # Errors
/// Where the file is no clip that can be decoded, and what the listener returns.
pub fn pictures<E: From<SourceVideoError>>(
    path: &Path,
    listen: &mut dyn FnMut(f64, Raster<u8>) -> Answer<E>,
) -> Result<(), E> {
    for item in VideoReader::open(path)? {
        let (seconds, picture) = item?;
        let pixels = picture.to_rgb()?;
        let (width, height) = (pixels.width() as usize, pixels.height() as usize);
        let raster = Raster::new(width, height, 3, pixels.into_raw()).expect("three samples a pixel");
        if listen(seconds, raster)? == Next::Enough {
            break;
        }
    }
    Ok(())
}

/// Shows a clip's pictures at the rate of the output and in their allowed size (at most `max_size` on the longer side,
/// even): of a faster clip some are left out, of a slower one some are shown again. Gives how many were shown.
///
/// # Errors
/// Where the file is no clip that can be decoded, its size changes or is too small, and what the listener returns.
pub fn frames<E: From<SourceVideoError> + From<SourceError>>(
    path: &Path,
    max_size: Option<usize>,
    listen: &mut dyn FnMut(&Raster<u8>) -> Answer<E>,
) -> Result<usize, E> {
    let mut pace = Pace::default();
    let mut size = None;
    pictures::<E>(path, &mut |seconds, picture| {
        let found = (picture.width(), picture.height());
        if *size.get_or_insert(found) != found {
            return Err(SourceError::SizeChanges { seconds }.into());
        }
        pace.show_until(seconds, listen)?;
        if pace.is_over {
            return Ok(Next::Enough);
        }
        pace.arrived(seconds, fitted(picture, max_size)?);
        Ok(Next::More)
    })?;
    pace.show_last(listen)?;
    Ok(pace.shown)
}

/// Which picture is seen when.
#[derive(Default)]
struct Pace {
    /// The picture that is seen, and since when.
    held: Option<(f64, Raster<u8>)>,
    /// How long the one before it was seen.
    interval: f64,
    shown: usize,
    is_over: bool,
}

impl Pace {
    fn arrived(&mut self, seconds: f64, picture: Raster<u8>) {
        self.interval = self.held.as_ref().map_or(FRAME, |(since, _)| seconds - since);
        self.held = Some((seconds, picture));
    }

    /// Shows the held picture in all frames that begin before then.
    fn show_until<E>(&mut self, seconds: f64, listen: &mut dyn FnMut(&Raster<u8>) -> Answer<E>) -> Result<(), E> {
        let Some((_, picture)) = &self.held else { return Ok(()) };
        while !self.is_over && self.shown as f64 * FRAME < seconds - GRACE {
            self.is_over = listen(picture)? == Next::Enough;
            self.shown += 1;
        }
        Ok(())
    }

    /// The last picture is taken to be seen as long as the one before it.
    fn show_last<E>(&mut self, listen: &mut dyn FnMut(&Raster<u8>) -> Answer<E>) -> Result<(), E> {
        let end = self.held.as_ref().map_or(0.0, |(since, _)| since + (self.interval - GRACE).max(2.0 * GRACE));
        self.show_until(end, listen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first sample of each frame that is shown, of pictures that hold their own number.
    fn shown(times: &[f64], most: usize) -> Vec<u8> {
        let mut pace = Pace::default();
        let mut seen = Vec::new();
        let mut listen = |picture: &Raster<u8>| {
            seen.push(picture.data()[0]);
            Ok::<_, ()>(if seen.len() == most { Next::Enough } else { Next::More })
        };
        for (number, seconds) in times.iter().enumerate() {
            pace.show_until(*seconds, &mut listen).unwrap();
            pace.arrived(*seconds, Raster::new(1, 1, 3, vec![number as u8; 3]).unwrap());
        }
        pace.show_last(&mut listen).unwrap();
        seen
    }

    fn times(rate: f64, count: usize) -> Vec<f64> {
        (0..count).map(|number| number as f64 / rate).collect()
    }

    #[test]
    fn a_clip_lasts_as_long_as_before_at_any_rate() {
        assert_eq!(shown(&times(25.0, 6), 99), [0, 1, 2, 3, 4, 5]);
        assert_eq!(shown(&times(50.0, 8), 99), [0, 2, 4, 6]);
        assert_eq!(shown(&times(12.5, 3), 99), [0, 0, 1, 1, 2, 2]);
        for rate in [10.0, 23.976, 24.0, 29.97, 30.0, 60.0] {
            let frames = shown(&times(rate, rate as usize * 4), 999);
            let seconds = (rate as usize * 4) as f64 / rate;
            assert!((frames.len() as f64 * FRAME - seconds).abs() <= FRAME, "{rate}: {}", frames.len());
            assert!(frames.is_sorted());
        }
        // Milliseconds, as some containers have them.
        let rounded: Vec<f64> = times(30.0, 60).iter().map(|seconds| (seconds * 1000.0).round() / 1000.0).collect();
        assert_eq!(shown(&rounded, 99).len(), 50);
    }

    #[test]
    fn a_single_picture_is_shown_once_and_no_more_than_wanted_are_shown() {
        assert_eq!(shown(&[0.0], 99), [0]);
        assert_eq!(shown(&[], 99), [0; 0]);
        assert_eq!(shown(&times(25.0, 100), 3), [0, 1, 2]);
    }
}
