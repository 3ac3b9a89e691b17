//! What a source video is, for the gateway's children: its facts by its packets where those tell them, and by its pictures
//! where they do not, and what is missing of it.

use std::path::Path;

use ffmpeg_next::media;
use serde::{Deserialize, Serialize};

use super::error::SourceVideoError;
use super::picture_track::{PictureTrack, Threads, is_damaged};
use super::pixel_aspect::square_width;
use super::unread;
use crate::ffmpeg;

/// So many pictures are decoded at least.
const SAMPLED_PICTURES: u64 = 25;
/// Of more than so many pixels, the pictures behind them are only counted, or a long video would take minutes: half a minute
/// of 1280x720 …
const ORDINARY_PIXELS: u64 = 1_000_000_000;
/// … unless packets do not tell what is shown. Seconds to a minute, on one processor.
const MOST_PIXELS: u64 = 10_000_000_000;

/// What a length may be off by, in seconds, and as a share: rounding, and a last picture without a length.
const LENGTH_TOLERANCE: (f64, f64) = (0.1, 0.01);

/// A rate on average is a little higher than the nominal one where times are rounded.
const RATE_TOLERANCE: f64 = 1.01;

/// A source video as it was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceVideoFacts {
    /// From the start of the first picture that is shown to the end of the last, in seconds.
    pub seconds: f64,
    /// Pixels across, as stored.
    pub width: u32,
    /// Pixels down, as stored.
    pub height: u32,
    /// Pictures per second, on average.
    pub fps: f64,
    /// Pictures.
    pub frames: u64,
    /// FFmpeg's name of the codec: `h264`, `hevc`, `vp9` …
    pub codec: String,
    /// The file format: `mp4`, `matroska` …
    pub container: String,
    /// FFmpeg's name of the sound's codec, if there is sound.
    pub sound_codec: Option<String>,
    /// What is not there.
    pub missing: MissingPictures,
}

/// What is missing of a video that was read to its end; nothing by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct MissingPictures {
    /// Seconds by what the file or its packets promise, and seconds of it that can be shown, where those are less.
    pub seconds: Option<(f64, f64)>,
    /// Pictures that are damaged or cannot be decoded, of those that were.
    pub damaged: u64,
    /// Bytes behind the video that were not read, such as those of another one that was joined to it.
    #[serde(default)]
    pub unread_bytes: u64,
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

    fn check_length(&self, track: &PictureTrack) -> Result<(), SourceVideoError> {
        if track.seconds() > self.max_seconds {
            return Err(SourceVideoError::TooLong { limit_seconds: self.max_seconds });
        }
        self.check_rate(track.packets, self.max_seconds)
    }

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

/// Reads a video from start to end, and decodes it as far as its packets do not tell what is shown, or it is short. Memory
/// does not grow with its length.
///
/// # Errors
/// It is no video, or passes a limit: that of its size before a picture is decoded.
pub fn probe(path: &Path, limits: &SourceVideoLimits) -> Result<SourceVideoFacts, SourceVideoError> {
    let mut track = PictureTrack::open(path, Threads::All)?;
    limits.check_size(track.decoder.width(), track.decoder.height())?;
    let decoded = Decoded::of(&mut track, limits)?;
    while !decoded.is_whole && track.next_packet()?.is_some() {
        limits.check_length(&track)?;
    }
    if decoded.shown == 0 {
        return Err(SourceVideoError::Undecodable { reason: "none of its first pictures decodes".to_owned() });
    }
    let by_packets = moving(&track)?;
    let (seconds, frames) = match decoded.is_whole && track.is_odd {
        true => (decoded.seconds(&track), decoded.shown),
        false => by_packets,
    };
    if seconds <= 0.0 {
        return Err(SourceVideoError::Undecodable { reason: "only one of its pictures decodes".to_owned() });
    }
    limits.check_rate(frames, seconds)?;
    let sound = track.input.streams().best(media::Type::Audio);
    let container = ffmpeg::container(&track.input);
    let unread_bytes = if container == "mp4" { unread::bytes_behind_mp4(path)? } else { 0 };
    Ok(SourceVideoFacts {
        seconds,
        width: track.decoder.width(),
        height: track.decoder.height(),
        fps: frames as f64 / seconds,
        frames,
        codec: track.decoder.id().name().to_owned(),
        container,
        sound_codec: sound.map(|sound| sound.parameters().id().name().to_owned()),
        missing: MissingPictures { unread_bytes, ..decoded.missing(&track, seconds) },
    })
}

/// Length in seconds and number of pictures, by the packets alone.
///
/// # Errors
/// It is no video, or has no moving picture.
pub fn length(path: &Path) -> Result<(f64, u64), SourceVideoError> {
    let mut track = PictureTrack::open(path, Threads::One)?;
    while track.next_packet()?.is_some() {}
    moving(&track)
}

/// Length and number of the pictures of a track whose packets were read.
fn moving(track: &PictureTrack) -> Result<(f64, u64), SourceVideoError> {
    let (seconds, frames) = (track.seconds(), track.packets);
    match frames < 2 || seconds <= 0.0 {
        true => Err(SourceVideoError::NoPicture { reason: "it is a single picture".to_owned() }),
        false => Ok((seconds, frames)),
    }
}

/// The pictures of a video that were decoded, from its start on.
#[derive(Default)]
struct Decoded {
    /// How many can be shown.
    shown: u64,
    /// How many are damaged.
    damaged: u64,
    /// Start of the first of them that can be shown and of the last, in units of the track's time base.
    span: Option<(i64, i64)>,
    /// Whether those were all.
    is_whole: bool,
}

impl Decoded {
    fn of(track: &mut PictureTrack, limits: &SourceVideoLimits) -> Result<Self, SourceVideoError> {
        let (mut decoded, mut pixels) = (Self::default(), 0);
        loop {
            let is_faulty = track.is_odd || decoded.damaged + track.corrupt > 0 || track.damage().is_some();
            let most = if is_faulty { MOST_PIXELS } else { ORDINARY_PIXELS };
            if decoded.shown + decoded.damaged >= SAMPLED_PICTURES && pixels > most {
                return Ok(decoded);
            }
            let Some(picture) = track.next_picture()? else { break };
            let width = square_width(picture.width(), track.pixel_aspect, picture.aspect_ratio());
            limits.check_size(picture.width().max(width), picture.height())?;
            limits.check_length(track)?;
            pixels += u64::from(picture.width()) * u64::from(picture.height());
            if is_damaged(&picture) {
                decoded.damaged += 1;
                continue;
            }
            decoded.shown += 1;
            if let Some(time) = picture.timestamp() {
                let (first, last) = decoded.span.unwrap_or((time, time));
                decoded.span = Some((first.min(time), last.max(time)));
            }
        }
        decoded.is_whole = true;
        Ok(decoded)
    }

    /// From the start of the first picture that is shown to the end of the last, which is as long as the others.
    fn seconds(&self, track: &PictureTrack) -> f64 {
        let Some((first, last)) = self.span.filter(|_| self.shown > 1) else { return 0.0 };
        let seconds = (last - first) as f64 * f64::from(track.time_base);
        seconds + seconds / (self.shown - 1) as f64
    }

    /// What is missing of a video that shows so many seconds, all of which was read.
    fn missing(&self, track: &PictureTrack, seconds: f64) -> MissingPictures {
        let of_picture = track.seconds() / track.packets as f64;
        // What an edit list leaves out is not missed; what cannot be decoded before the first key picture is.
        let damaged = self.damaged.max(track.corrupt);
        let is_damaged = damaged > 0 || track.damage().is_some() || track.lacks_start;
        let damaged = match is_damaged && self.is_whole {
            true => track.packets.saturating_sub(self.shown).max(damaged),
            false => damaged,
        };
        let lost = damaged as f64 * of_picture;
        let cut = track.seconds_missing().max(0.0);
        let promised = if track.is_odd && !is_damaged { seconds + cut } else { track.seconds() + cut };
        let is_less = lost + cut > LENGTH_TOLERANCE.0.max(LENGTH_TOLERANCE.1 * promised);
        let seconds = is_less.then_some((promised, (promised - lost - cut).max(0.0)));
        MissingPictures { seconds, damaged, unread_bytes: 0 }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

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

    /// Four seconds of 25 pictures, a key picture at each second one.
    fn source(folder: &Path, name: &str, encoder: &[&str]) -> PathBuf {
        let path = folder.join(name);
        let source = ["-f", "lavfi", "-i", "testsrc2=size=128x96:rate=25:duration=4"];
        let sound = ["-f", "lavfi", "-i", "sine=duration=4", "-pix_fmt", "yuv420p", "-g", "50"];
        ffmpeg(&[&source[..], &sound, encoder, &[path.to_str().unwrap()]].concat());
        path
    }

    fn damaged(whole: &Path, damage: impl FnOnce(&mut Vec<u8>)) -> SourceVideoFacts {
        let mut bytes = std::fs::read(whole).unwrap();
        damage(&mut bytes);
        let file = whole.with_extension("damaged");
        std::fs::write(&file, bytes).unwrap();
        probe(&file, &LIMITS).unwrap()
    }

    #[test]
    fn what_is_missing_at_the_end_and_in_the_middle_is_told_with_both_lengths() {
        let folder = tempfile::tempdir().unwrap();
        for (name, encoder) in [
            ("front.mp4", &["-c:v", "libx264", "-movflags", "+faststart"][..]),
            ("film.mkv", &["-c:v", "libx264"]),
            ("film.webm", &["-c:v", "libvpx", "-b:v", "1M"]),
            ("film.avi", &["-c:v", "mpeg4", "-c:a", "mp2"]),
            ("film.flv", &["-c:v", "libx264"]),
        ] {
            let film = source(folder.path(), name, encoder);
            let whole = probe(&film, &LIMITS).unwrap();
            assert_eq!((whole.missing, whole.frames), (MissingPictures::default(), 100), "{name}");
            let cut = damaged(&film, |bytes| bytes.truncate(bytes.len() * 3 / 5));
            let (promised, there) = cut.missing.seconds.unwrap_or_else(|| panic!("{name}: {cut:?}"));
            assert!((promised - 4.0).abs() < 0.15 && (1.0..3.5).contains(&there), "{name}: {cut:?}");
            assert!((there - cut.seconds).abs() < 0.2, "{name}: {cut:?}");
        }
        for (name, encoder) in [
            ("film.mp4", &["-c:v", "libx264"][..]),
            ("film.ts", &["-c:v", "libx264"]),
            ("film.mpg", &["-c:v", "mpeg2video", "-c:a", "mp2"]),
        ] {
            let film = source(folder.path(), name, encoder);
            assert_eq!(probe(&film, &LIMITS).unwrap().missing, MissingPictures::default(), "{name}");
            let hurt = damaged(&film, |bytes| {
                let middle = bytes.len() / 2;
                bytes[middle..middle + 3000].fill(0);
            });
            assert!(hurt.missing.damaged > 0, "{name}: {hurt:?}");
        }
    }

    #[test]
    fn what_packets_do_not_tell_is_told_by_the_pictures() {
        let folder = tempfile::tempdir().unwrap();
        let film = source(folder.path(), "film.mp4", &["-c:v", "libx264"]);
        // Copied from the middle on: the packets before it are there, and an edit list leaves them out.
        let edited = folder.path().join("edited.mp4");
        ffmpeg(&["-ss", "0.48", "-i", film.to_str().unwrap(), "-c", "copy", edited.to_str().unwrap()]);
        let facts = probe(&edited, &LIMITS).unwrap();
        assert_eq!((facts.frames, facts.missing), (88, MissingPictures::default()), "{facts:?}");
        assert!((facts.seconds - 3.52).abs() < 0.01 && (facts.fps - 25.0).abs() < 0.1, "{facts:?}");
        // A broadcast that somebody tuned into: a second and a half passes before the next key picture.
        let broadcast = source(folder.path(), "film.ts", &["-c:v", "libx264"]);
        let joined = damaged(&broadcast, |bytes| drop(bytes.drain(..bytes.len() / 188 / 4 * 188)));
        assert!((joined.seconds - 2.0).abs() < 0.01 && joined.frames == 50, "{joined:?}");
        let (promised, there) = joined.missing.seconds.unwrap();
        assert!(promised > 2.3 && (there - 2.0).abs() < 0.1, "{joined:?}");
    }

    #[test]
    fn videos_that_were_joined_are_read_to_their_end_or_told() {
        let folder = tempfile::tempdir().unwrap();
        for (name, encoder) in [
            ("film.ts", &["-c:v", "libx264"][..]),
            ("film.mkv", &["-c:v", "libx264"]),
            ("film.webm", &["-c:v", "libvpx", "-b:v", "1M"]),
            ("film.mpg", &["-c:v", "mpeg2video", "-c:a", "mp2"]),
        ] {
            let film = source(folder.path(), name, encoder);
            let joined = damaged(&film, |bytes| bytes.extend_from_within(..));
            assert!((joined.seconds - 8.0).abs() < 0.3 && (joined.fps - 25.0).abs() < 1.0, "{name}: {joined:?}");
            assert_eq!((joined.frames, joined.missing.seconds), (200, None), "{name}: {joined:?}");
        }
        let film = source(folder.path(), "film.mp4", &["-c:v", "libx264"]);
        let bytes = std::fs::metadata(&film).unwrap().len();
        let joined = damaged(&film, |bytes| bytes.extend_from_within(..));
        assert_eq!((joined.frames, joined.missing.unread_bytes), (100, bytes), "{joined:?}");
        assert_eq!(damaged(&film, |bytes| bytes.extend(b"ID3 and sound")).missing.unread_bytes, 13);
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
