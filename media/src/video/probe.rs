//! What a source video is, for the gateway's children: its facts by its packets, and whether its pictures decode.

use std::path::Path;

use ffmpeg_next::media;
use serde::{Deserialize, Serialize};

use super::error::SourceVideoError;
use super::picture_track::{PictureTrack, Threads};
use crate::ffmpeg;

/// So many pictures are decoded; those behind them are only counted, or a long video would take minutes.
const SAMPLED_PICTURES: u64 = 25;

/// A rate on average is a little higher than the nominal one where times are rounded.
const RATE_TOLERANCE: f64 = 1.01;

/// A source video as it was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceVideoFacts {
    /// From the start of the first picture to the end of the last, in seconds, by the packets.
    pub seconds: f64,
    /// Pixels across, as stored.
    pub width: u32,
    /// Pixels down, as stored.
    pub height: u32,
    /// Pictures per second, on average.
    pub fps: f64,
    /// Pictures, by the packets.
    pub frames: u64,
    /// FFmpeg's name of the codec: `h264`, `hevc`, `vp9` …
    pub codec: String,
    /// The file format: `mp4`, `matroska` …
    pub container: String,
    /// FFmpeg's name of the sound's codec, if there is sound.
    pub sound_codec: Option<String>,
}

/// What a source video may cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SourceVideoLimits {
    /// The longest that is accepted, in seconds.
    pub max_seconds: f64,
    /// Most pixels of a picture, width times height.
    pub max_pixels: u64,
    /// Most pictures per second, on average.
    pub max_fps: f64,
}

impl SourceVideoLimits {
    /// Whatever a video is: for those that were looked at before.
    pub const NONE: Self = Self { max_seconds: f64::MAX, max_pixels: u64::MAX, max_fps: f64::MAX };

    fn check_size(&self, width: u32, height: u32) -> Result<(), SourceVideoError> {
        match u64::from(width) * u64::from(height) > self.max_pixels {
            true => Err(SourceVideoError::TooManyPixels { width, height, limit_pixels: self.max_pixels }),
            false => Ok(()),
        }
    }

    /// What a file says of its rate is not believed: recordings of browsers have their clock's.
    fn check_rate(&self, frames: u64, seconds: f64) -> Result<(), SourceVideoError> {
        match frames as f64 > self.max_fps * RATE_TOLERANCE * seconds {
            true => Err(SourceVideoError::TooFast { limit_fps: self.max_fps }),
            false => Ok(()),
        }
    }
}

/// Reads a video from start to end and decodes its first second. Memory does not grow with its length.
///
/// # Errors
/// It is no video, or passes a limit: that of its size before a picture is decoded.
pub fn probe(path: &Path, limits: &SourceVideoLimits) -> Result<SourceVideoFacts, SourceVideoError> {
    let mut track = PictureTrack::open(path, Threads::One)?;
    limits.check_size(track.decoder.width(), track.decoder.height())?;
    let (mut decoded, mut is_left) = (0, true);
    while decoded < SAMPLED_PICTURES
        && let Some(picture) = track.next_picture()?
    {
        limits.check_size(picture.width(), picture.height())?;
        decoded += 1;
    }
    while is_left {
        if track.seconds() > limits.max_seconds {
            return Err(SourceVideoError::TooLong { limit_seconds: limits.max_seconds });
        }
        limits.check_rate(track.packets, limits.max_seconds)?;
        is_left = track.next_packet()?.is_some();
    }
    if decoded == 0 {
        return Err(SourceVideoError::Undecodable { reason: "none of its first pictures decodes".to_owned() });
    }
    let (seconds, frames) = (track.seconds(), track.packets);
    if frames < 2 || seconds <= 0.0 {
        return Err(SourceVideoError::NoPicture { reason: "it is a single picture".to_owned() });
    }
    limits.check_rate(frames, seconds)?;
    let sound = track.input.streams().best(media::Type::Audio);
    Ok(SourceVideoFacts {
        seconds,
        width: track.decoder.width(),
        height: track.decoder.height(),
        fps: frames as f64 / seconds,
        frames,
        codec: track.decoder.id().name().to_owned(),
        container: ffmpeg::container(&track.input),
        sound_codec: sound.map(|sound| sound.parameters().id().name().to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{ffmpeg, kind};

    const LIMITS: SourceVideoLimits = SourceVideoLimits { max_seconds: 60.0, max_pixels: 1_000_000, max_fps: 120.0 };

    #[test]
    fn a_video_is_told_by_its_packets() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("clip.mkv");
        let source =
            ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=2", "-f", "lavfi", "-i", "sine=duration=2"];
        ffmpeg(&[&source[..], &["-c:v", "mpeg4", "-c:a", "aac", file.to_str().unwrap()]].concat());
        let facts = probe(&file, &LIMITS).unwrap();
        assert_eq!((facts.width, facts.height, facts.frames), (64, 48, 20));
        assert_eq!((facts.codec.as_str(), facts.container.as_str()), ("mpeg4", "matroska"));
        assert_eq!(facts.sound_codec.as_deref(), Some("aac"));
        assert!((facts.seconds - 2.0).abs() < 0.01 && (facts.fps - 10.0).abs() < 0.1, "{facts:?}");
        let refused = |limits: SourceVideoLimits| kind(&probe(&file, &limits).unwrap_err());
        assert_eq!(refused(SourceVideoLimits { max_seconds: 1.0, ..LIMITS }), "TooLong");
        assert_eq!(refused(SourceVideoLimits { max_pixels: 64 * 48 - 1, ..LIMITS }), "TooManyPixels");
        assert_eq!(refused(SourceVideoLimits { max_fps: 9.0, ..LIMITS }), "TooFast");
        let exact = SourceVideoLimits { max_seconds: 2.1, max_pixels: 64 * 48, max_fps: 10.0 };
        assert_eq!(probe(&file, &exact).unwrap(), facts);
    }

    #[test]
    fn what_is_no_video_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        std::fs::write(file("empty"), "").unwrap();
        std::fs::write(file("text"), "not a video at all").unwrap();
        ffmpeg(&["-f", "lavfi", "-i", "sine=duration=1", file("tone.wav").to_str().unwrap()]);
        let still = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=1:duration=1", "-frames:v", "1"];
        ffmpeg(&[&still[..], &[file("still.png").to_str().unwrap()]].concat());
        let told = |name: &str| kind(&probe(&file(name), &LIMITS).unwrap_err());
        assert_eq!(told("empty"), "Empty");
        assert_eq!(told("text"), "Undecodable");
        assert_eq!(told("tone.wav"), "NoPicture");
        assert_eq!(told("still.png"), "NoPicture");
    }
}
