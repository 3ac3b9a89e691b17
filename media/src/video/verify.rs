//! The check of a finished video: everything in it is decoded, and what came out is told.

use std::path::Path;

use ffmpeg_next::codec::discard::Discard;
use ffmpeg_next::media;
use serde::{Deserialize, Serialize};

use super::error::VideoError;
use super::picture_track::{PictureTrack, Threads, is_damaged};
use super::spec::FrameRate;
use crate::sound::SoundError;
use crate::sound::file::SoundFile;

/// A video as its decoders gave it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoFacts {
    /// Pictures decoded.
    pub frames: u64,
    /// From the start of the first picture to the end of the last.
    pub seconds: f64,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Pictures per second, on average.
    pub rate: FrameRate,
    /// FFmpeg's name of the codec: `h264` …
    pub video_codec: String,
    /// FFmpeg's name of the pixel format: `yuv420p` …
    pub pixel_format: String,
    /// The sound, if there is any.
    pub sound: Option<SoundTrack>,
}

/// The sound of a video.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SoundTrack {
    /// Length, counted from the decoded samples.
    pub seconds: f64,
    /// FFmpeg's name of the codec: `aac` …
    pub codec: String,
    /// Samples per second and channel.
    pub sample_rate: u32,
    /// Channels.
    pub channels: u16,
}

/// Decodes every picture and every sample. A damaged picture, or a file with fewer pictures than its index names, is
/// [`VideoError::Verify`]. `checked` is told again and again how many pictures have been decoded: a long video takes
/// minutes.
pub fn verify(path: &Path, checked: impl FnMut(u64)) -> Result<VideoFacts, VideoError> {
    let track = PictureTrack::open(path, Threads::All)?;
    let has_sound = track.input.streams().best(media::Type::Audio).is_some();
    let pictures = pictures(track, checked)?;
    let sound = has_sound.then(|| sound(path)).transpose()?;
    Ok(VideoFacts { sound, ..pictures })
}

/// The same of the pictures alone.
pub(super) fn verify_pictures(path: &Path, checked: impl FnMut(u64)) -> Result<VideoFacts, VideoError> {
    pictures(PictureTrack::open(path, Threads::All)?, checked)
}

fn pictures(mut track: PictureTrack, mut checked: impl FnMut(u64)) -> Result<VideoFacts, VideoError> {
    // Every bit is read and every picture made; what smooths the edges of blocks afterwards cannot fail, and takes a fifth.
    track.decoder.skip_loop_filter(Discard::All);
    let mut frames = 0;
    // Start of the first picture and end of the last, in units of the time base.
    let mut span = None::<(i64, i64)>;
    while let Some(picture) = track.next_picture()? {
        whole(&track)?;
        frames += 1;
        if is_damaged(&picture) {
            return Err(VideoError::broken(format!("picture {frames} is damaged")));
        }
        if let Some(start) = picture.timestamp() {
            let end = start + picture.packet().duration;
            let (first, last) = span.unwrap_or((start, end));
            span = Some((first.min(start), last.max(end)));
        }
        checked(frames);
    }
    whole(&track)?;
    if track.packets < track.promised {
        return Err(VideoError::broken(format!("{} of its {} pictures are there", track.packets, track.promised)));
    }
    let (start, end) = span.ok_or_else(|| VideoError::broken("none of its pictures can be decoded"))?;
    let pixel_format = track.decoder.format().descriptor().map_or("unknown", |descriptor| descriptor.name());
    Ok(VideoFacts {
        frames,
        seconds: (end - start) as f64 * f64::from(track.time_base),
        width: track.decoder.width(),
        height: track.decoder.height(),
        rate: track.rate,
        video_codec: track.decoder.id().name().to_owned(),
        pixel_format: pixel_format.to_owned(),
        sound: None,
    })
}

/// Whether all that was read so far did decode.
fn whole(track: &PictureTrack) -> Result<(), VideoError> {
    track.damage().map_or(Ok(()), |error| Err(VideoError::decoder(error)))
}

fn sound(path: &Path) -> Result<SoundTrack, VideoError> {
    let decode = || {
        let mut file = SoundFile::open_single(path)?;
        while file.next_frame()?.is_some() {}
        match file.missing().damaged {
            0 => Ok(file.facts()),
            damaged => Err(SoundError::Undecodable { reason: format!("{damaged} packets are damaged") }),
        }
    };
    let facts = decode().map_err(|error| match error {
        SoundError::Io(error) => VideoError::Io(error),
        other => VideoError::broken(other.to_string()),
    })?;
    Ok(SoundTrack {
        seconds: facts.seconds,
        codec: facts.codec,
        sample_rate: facts.sample_rate,
        channels: facts.channels,
    })
}
