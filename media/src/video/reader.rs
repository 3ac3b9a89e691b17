//! The first picture of a video that somebody accepts: how a portrait is found in it.

use std::path::Path;

use ffmpeg_next::codec::packet::side_data;
use ffmpeg_next::{codec, frame, media, threading};
use image::RgbImage;
use image::metadata::Orientation;

use super::error::SourceVideoError;
use super::rgb;
use crate::ffmpeg;

/// A picture taken out of a video.
#[derive(Debug)]
pub struct Picked {
    /// Where it stands, in seconds from the first picture.
    pub seconds: f64,
    /// Upright, 8-bit RGB.
    pub pixels: RgbImage,
}

/// Which pictures of a video are looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// One in each so many seconds: the first of them.
    pub every_seconds: f64,
    /// So many at most, whatever the video's length.
    pub most: usize,
}

impl Sampling {
    /// Every picture is looked at.
    pub const EVERY: Self = Self { every_seconds: 1e-6, most: usize::MAX };
}

impl Default for Sampling {
    /// The first half a minute, five times a second: a face that is not seen by then is not what the video is about.
    fn default() -> Self {
        Self { every_seconds: 0.2, most: 150 }
    }
}

/// Shows the pictures of a video to `accept`, one after another with their seconds from the first, and returns the first that it takes; none if it takes
/// none. Damaged pictures are passed over. Decoding ends with the last picture that is looked at.
///
/// # Errors
/// It is no video, or none of its pictures can be decoded.
pub fn pick(
    path: &Path,
    sampling: Sampling,
    accept: &mut dyn FnMut(f64, &RgbImage) -> bool,
) -> Result<Option<Picked>, SourceVideoError> {
    if std::fs::metadata(path)?.len() == 0 {
        return Err(SourceVideoError::Empty);
    }
    let mut input = ffmpeg::open(path)?;
    let Some(stream) = input.streams().best(media::Type::Video) else {
        let reason = format!("it is {} without a picture track", ffmpeg::container(&input));
        return Err(SourceVideoError::NoPicture { reason });
    };
    let index = stream.index();
    let mut context = codec::Context::from_parameters(stream.parameters()).map_err(SourceVideoError::decoder)?;
    context.set_threading(threading::Config::kind(threading::Type::Frame));
    let mut decoder = context.decoder().video().map_err(SourceVideoError::decoder)?;
    let matrix = stream.side_data().find(|data| data.kind() == side_data::Type::DisplayMatrix);
    let mut looking = Looking {
        sampling,
        time_base: f64::from(stream.time_base()),
        // Without timestamps the rate tells the time.
        frame_seconds: Some(f64::from(stream.avg_frame_rate())).filter(|rate| *rate > 0.0).map_or(0.04, f64::recip),
        turn: matrix.and_then(|matrix| rgb::of_matrix(matrix.data())),
        decoded: 0,
        looked_at: 0,
        first: None,
        next: 0.0,
    };
    let mut picture = frame::Video::empty();
    loop {
        let packet = ffmpeg::next_packet(&mut input)?;
        let is_end = packet.is_none();
        match packet {
            Some(packet) if packet.stream() != index => continue,
            // What the decoder says of a damaged packet does not matter, the pictures do.
            Some(packet) => drop(decoder.send_packet(&packet)),
            None => drop(decoder.send_eof()),
        }
        while decoder.receive_frame(&mut picture).is_ok() {
            if let Some(picked) = looking.look(&picture, accept)? {
                return Ok(Some(picked));
            }
            if looking.looked_at >= sampling.most {
                return Ok(None);
            }
        }
        if is_end {
            break;
        }
    }
    if looking.decoded == 0 {
        return Err(SourceVideoError::Undecodable { reason: "none of its pictures decodes".to_owned() });
    }
    Ok(None)
}

/// How far the search has come.
struct Looking {
    sampling: Sampling,
    time_base: f64,
    frame_seconds: f64,
    turn: Option<Orientation>,
    decoded: u64,
    looked_at: usize,
    /// The time of the first picture.
    first: Option<f64>,
    /// Pictures before this time are passed over.
    next: f64,
}

impl Looking {
    fn look(
        &mut self,
        picture: &frame::Video,
        accept: &mut dyn FnMut(f64, &RgbImage) -> bool,
    ) -> Result<Option<Picked>, SourceVideoError> {
        let by_count = self.decoded as f64 * self.frame_seconds;
        self.decoded += 1;
        let at = picture.timestamp().map_or(by_count, |at| at as f64 * self.time_base);
        let seconds = at - *self.first.get_or_insert(at);
        // A thousandth forgives timestamps that were rounded to whole milliseconds.
        let grace = 0.001;
        if seconds + grace < self.next || picture.has_decode_errors() || picture.is_corrupt() {
            return Ok(None);
        }
        self.next = (((seconds + grace) / self.sampling.every_seconds).floor() + 1.0) * self.sampling.every_seconds;
        self.looked_at += 1;
        let pixels =
            rgb::turned(rgb::rgb(picture).map_err(SourceVideoError::decoder)?, rgb::orientation(picture, self.turn));
        Ok(accept(seconds, &pixels).then_some(Picked { seconds, pixels }))
    }
}

#[cfg(test)]
mod tests;
