//! What a source video is, for the gateway's children: its facts by its packets, and whether its pictures decode.

use std::path::Path;

use ffmpeg_next::media;
use serde::{Deserialize, Serialize};

use super::error::SourceVideoError;
use super::picture_track::{PictureTrack, Threads};
use crate::ffmpeg;

/// So many pictures are decoded; those behind them are only counted, or a long video would take minutes.
const SAMPLED_PICTURES: u64 = 25;

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

/// Reads a video from start to end and decodes its first second. Memory does not grow with its length.
///
/// # Errors
/// It is no video, or longer than `max_seconds`.
pub fn probe(path: &Path, max_seconds: f64) -> Result<SourceVideoFacts, SourceVideoError> {
    let mut track = PictureTrack::open(path, Threads::One)?;
    let (mut decoded, mut is_left) = (0, true);
    while decoded < SAMPLED_PICTURES && track.next_picture()?.is_some() {
        decoded += 1;
    }
    while is_left {
        if track.seconds() > max_seconds {
            return Err(SourceVideoError::TooLong { limit_seconds: max_seconds });
        }
        is_left = track.next_packet()?.is_some();
    }
    if decoded == 0 {
        return Err(SourceVideoError::Undecodable { reason: "none of its first pictures decodes".to_owned() });
    }
    let (seconds, frames) = (track.seconds(), track.packets);
    if frames < 2 || seconds <= 0.0 {
        return Err(SourceVideoError::NoPicture { reason: "it is a single picture".to_owned() });
    }
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

    #[test]
    fn a_video_is_told_by_its_packets() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("clip.mkv");
        let source =
            ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=2", "-f", "lavfi", "-i", "sine=duration=2"];
        ffmpeg(&[&source[..], &["-c:v", "mpeg4", "-c:a", "aac", file.to_str().unwrap()]].concat());
        let facts = probe(&file, 60.0).unwrap();
        assert_eq!((facts.width, facts.height, facts.frames), (64, 48, 20));
        assert_eq!((facts.codec.as_str(), facts.container.as_str()), ("mpeg4", "matroska"));
        assert_eq!(facts.sound_codec.as_deref(), Some("aac"));
        assert!((facts.seconds - 2.0).abs() < 0.01 && (facts.fps - 10.0).abs() < 0.1, "{facts:?}");
        assert_eq!(kind(&probe(&file, 1.0).unwrap_err()), "TooLong");
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
        let told = |name: &str| kind(&probe(&file(name), 60.0).unwrap_err());
        assert_eq!(told("empty"), "Empty");
        assert_eq!(told("text"), "Undecodable");
        assert_eq!(told("tone.wav"), "NoPicture");
        assert_eq!(told("still.png"), "NoPicture");
    }
}
