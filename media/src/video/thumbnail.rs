//! One picture out of a finished video, for its thumbnail.

use std::path::Path;

use ffmpeg_next::{codec, frame, media};
use image::RgbImage;

use super::error::VideoError;
use super::rgb::rgb;
use crate::ffmpeg;

/// Which picture is shown, from 0: half a second into a usual video the mouth has begun to move.
const PICTURE: u32 = 12;

/// Decodes one picture: the 13th, or the last of a shorter video.
///
/// # Errors
/// Nothing can be decoded.
pub fn thumbnail(path: &Path) -> Result<RgbImage, VideoError> {
    let mut input = ffmpeg::open(path)?;
    let no_pictures = || VideoError::Verify { reason: "it has no pictures".into() };
    let stream = input.streams().best(media::Type::Video).ok_or_else(no_pictures)?;
    let index = stream.index();
    let context = codec::Context::from_parameters(stream.parameters()).map_err(VideoError::encoder)?;
    let mut decoder = context.decoder().video().map_err(VideoError::encoder)?;
    let (mut picture, mut next, mut seen) = (frame::Video::empty(), frame::Video::empty(), 0);
    let mut ended = false;
    while seen <= PICTURE && !ended {
        match ffmpeg::next_packet(&mut input)? {
            Some(packet) if packet.stream() == index => decoder.send_packet(&packet).map_err(VideoError::encoder)?,
            Some(_) => continue,
            None => {
                decoder.send_eof().map_err(VideoError::encoder)?;
                ended = true;
            }
        }
        while seen <= PICTURE && decoder.receive_frame(&mut next).is_ok() {
            std::mem::swap(&mut picture, &mut next);
            seen += 1;
        }
    }
    if seen == 0 {
        return Err(no_pictures());
    }
    rgb(&picture).map_err(VideoError::encoder)
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
