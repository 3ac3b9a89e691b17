//! Converts source videos to a constant rate (H.264 in yuv420p, upright) for programs that take no others.

use std::path::Path;

use ffmpeg_next::codec;
use ffmpeg_next::format::Pixel;
use image::{RgbImage, imageops};

use super::error::{SourceVideoError, VideoError};
use super::picture_track::{PictureTrack, Threads};
use super::probe::length;
use super::reader::{VideoPicture, VideoReader};
use super::spec::{FrameRate, VideoSpec, VideoSummary};
use super::writer::VideoWriter;
use crate::ffmpeg;

/// The rates that are kept; others become the nearest of them.
const SLOWEST: f64 = 10.0;
const FASTEST: f64 = 60.0;

/// Why a video could not be brought to a constant rate.
#[derive(Debug, thiserror::Error)]
pub enum ConstantRateError {
    /// The source cannot be decoded.
    #[error(transparent)]
    Clip(#[from] SourceVideoError),
    /// The video cannot be written.
    #[error(transparent)]
    Video(#[from] VideoError),
    /// Whoever waits for it does so no more.
    #[error("it was given up")]
    GivenUp,
}

/// Whether a video is at a constant rate, as programs want it: H.264 in yuv420p and MP4, shown as it is stored, all of it
/// from a key picture on, each picture as long as the others.
///
/// # Errors
/// It is no video.
pub fn is_constant_rate(path: &Path) -> Result<bool, SourceVideoError> {
    let mut track = PictureTrack::open(path, Threads::One)?;
    let is_h264 = track.decoder.id() == codec::Id::H264 && track.decoder.format() == Pixel::YUV420P;
    if !is_h264 || track.turn.is_some() || !ffmpeg::container(&track.input).contains("mp4") {
        return Ok(false);
    }
    let mut times = Vec::new();
    while let Some(packet) = track.next_packet()? {
        let is_start = times.is_empty();
        match packet.pts() {
            Some(time) if !is_start || packet.is_key() => times.push(time),
            _ => return Ok(false),
        }
    }
    times.sort_unstable();
    // Of what an edit list leaves out, the file has more pictures than are shown, or some before their time.
    let is_whole = track.promised == 0 || track.promised == track.packets;
    if !is_whole || times.first().is_none_or(|first| *first < 0) {
        return Ok(false);
    }
    let first = VideoReader::with_threads(path, Threads::One)?.next().transpose()?;
    if !first.is_some_and(|(_, picture)| picture.is_plain()) {
        return Ok(false);
    }
    let mut steps = times.windows(2).map(|pair| pair[1] - pair[0]);
    let Some(step) = steps.next() else { return Ok(false) };
    Ok(step > 0 && steps.all(|other| other == step))
}

/// Encodes a video anew, without its sound: H.264 in yuv420p and MP4, upright, at its own average rate rounded to a whole
/// number from 10 to 60, each picture shown until the next one was due. Of an odd side the last row or column is left out.
///
/// `go_on` is told how many pictures are written, and says whether to go on.
///
/// # Errors
/// The source cannot be decoded, the video cannot be written, or it was given up.
pub fn to_constant_rate(
    source: &Path,
    output: &Path,
    go_on: &mut dyn FnMut(u64) -> bool,
) -> Result<VideoSummary, ConstantRateError> {
    let (seconds, pictures) = length(source)?;
    let fps = (pictures as f64 / seconds).round().clamp(SLOWEST, FASTEST);
    let mut conversion: Option<Conversion> = None;
    for item in VideoReader::open(source)? {
        let (seconds, picture) = item?;
        match &mut conversion {
            Some(conversion) => conversion.show(seconds, picture)?,
            none => *none = Some(Conversion::start(output, FrameRate::new(fps as u32, 1), picture, None)?),
        }
        if !go_on(conversion.as_ref().map_or(0, |conversion| conversion.frames)) {
            return Err(ConstantRateError::GivenUp);
        }
    }
    conversion.ok_or_else(SourceVideoError::no_picture_decodes)?.finish(0.0, go_on)
}

/// A video that is being written.
pub(super) struct Conversion {
    writer: VideoWriter,
    rate: FrameRate,
    /// Pixels across and down of every picture.
    size: (u32, u32),
    /// The picture that is shown until the next one is due, until it becomes RGB.
    waiting: Option<VideoPicture>,
    /// The same in RGB, once it is needed; pictures that are never shown are not converted.
    pixels: RgbImage,
    frames: u64,
}

impl Conversion {
    /// Starts one with its first picture. Of an odd side the last row or column is left out.
    pub(super) fn start(
        output: &Path,
        rate: FrameRate,
        first: VideoPicture,
        sound: Option<&Path>,
    ) -> Result<Self, ConstantRateError> {
        let size = first.dimensions();
        let spec = VideoSpec { width: size.0 & !1, height: size.1 & !1, rate };
        let writer = VideoWriter::create(output, spec, sound)?;
        Ok(Self { writer, rate, size, waiting: Some(first), pixels: RgbImage::default(), frames: 0 })
    }

    /// Takes a picture that is due at this second.
    pub(super) fn show(&mut self, seconds: f64, picture: VideoPicture) -> Result<(), ConstantRateError> {
        let (known, found) = (self.size, picture.dimensions());
        if known != found {
            let reason = format!("its pictures change from {}x{} to {}x{}", known.0, known.1, found.0, found.1);
            return Err(SourceVideoError::Undecodable { reason }.into());
        }
        self.stand(seconds)?;
        self.waiting = Some(picture);
        Ok(())
    }

    /// Has the present picture stand until half a frame before this second.
    fn stand(&mut self, seconds: f64) -> Result<(), ConstantRateError> {
        while self.rate.seconds(self.frames) + self.rate.seconds(1) / 2.0 < seconds {
            self.write()?;
        }
        Ok(())
    }

    /// Writes the present picture once more.
    fn write(&mut self) -> Result<(), ConstantRateError> {
        if let Some(picture) = self.waiting.take() {
            picture.write_rgb(&mut self.pixels)?;
            let even = (self.size.0 & !1, self.size.1 & !1);
            if even != self.size {
                self.pixels = imageops::crop_imm(&self.pixels, 0, 0, even.0, even.1).to_image();
            }
        }
        self.writer.frame(&self.pixels)?;
        self.frames += 1;
        Ok(())
    }

    /// Ends it: the last picture is shown, and stands until this second.
    pub(super) fn finish(
        mut self,
        seconds: f64,
        go_on: &mut dyn FnMut(u64) -> bool,
    ) -> Result<VideoSummary, ConstantRateError> {
        self.stand(seconds)?;
        if self.waiting.is_some() {
            self.write()?;
        }
        // Too late to give up: what is told now is how much has been checked.
        Ok(self.writer.finish(|checked| {
            let _ = go_on(checked);
        })?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::ffmpeg;
    use crate::video::verify;

    #[test]
    fn a_constant_rate_is_told_from_an_uneven_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let source = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=25:duration=2"];
        let made = |name: &str, options: &[&str]| {
            ffmpeg(&[&source[..], options, &[file(name).to_str().unwrap()]].concat());
            is_constant_rate(&file(name)).unwrap()
        };
        assert!(made("plain.mp4", &["-c:v", "libx264", "-pix_fmt", "yuv420p"]));
        assert!(made("ntsc.mp4", &["-c:v", "libx264", "-pix_fmt", "yuv420p", "-r", "30000/1001"]));
        assert!(!made("codec.mp4", &["-c:v", "mpeg4"]));
        assert!(!made("pixels.mp4", &["-c:v", "libx264", "-pix_fmt", "yuv444p"]));
        assert!(!made("container.mkv", &["-c:v", "libx264", "-pix_fmt", "yuv420p"]));
        let uneven =
            ["-vf", "select=not(eq(mod(n\\,7)\\,3))", "-fps_mode", "vfr", "-c:v", "libx264", "-pix_fmt", "yuv420p"];
        assert!(!made("uneven.mp4", &uneven));
        std::fs::write(file("text"), "no video").unwrap();
        is_constant_rate(&file("text")).unwrap_err();
    }

    #[test]
    fn what_is_not_shown_as_it_is_stored_is_encoded_anew() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let source = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=25:duration=2", "-c:v", "libx264"];
        let made = |name: &str, options: &[&str]| {
            let plain = ["-pix_fmt", "yuv420p", "-g", "25"];
            ffmpeg(&[&source[..], &plain, options, &[file(name).to_str().unwrap()]].concat());
        };
        made("whole.mp4", &[]);
        made("anamorphic.mp4", &["-vf", "setsar=4/3"]);
        made("interlaced.mp4", &["-flags", "+ildct+ilme", "-x264opts", "tff=1"]);
        made("hlg.mp4", &["-color_trc", "arib-std-b67", "-color_primaries", "bt2020", "-colorspace", "bt2020nc"]);
        // Packets from the key picture on, of which those before the cut are left out by an edit list.
        let (whole, edited) = (file("whole.mp4"), file("edited.mp4"));
        ffmpeg(&["-ss", "0.48", "-i", whole.to_str().unwrap(), "-c", "copy", edited.to_str().unwrap()]);
        assert!(is_constant_rate(&whole).unwrap());
        for (name, size, frames) in [
            ("anamorphic.mp4", (86, 48), 50),
            ("interlaced.mp4", (64, 48), 50),
            ("hlg.mp4", (64, 48), 50),
            ("edited.mp4", (64, 48), 38),
        ] {
            assert!(!is_constant_rate(&file(name)).unwrap(), "{name}");
            let summary = to_constant_rate(&file(name), &file("out.mp4"), &mut |_| true).unwrap();
            assert_eq!((summary.width, summary.height, summary.frames), (size.0, size.1, frames), "{name}");
            assert!(is_constant_rate(&file("out.mp4")).unwrap(), "{name}");
        }
    }

    #[test]
    fn an_uneven_video_gets_a_constant_rate_and_is_as_long() {
        let folder = tempfile::tempdir().unwrap();
        let (source, output) = (folder.path().join("uneven.mkv"), folder.path().join("constant.mp4"));
        let options = ["-f", "lavfi", "-i", "testsrc=size=66x50:rate=25:duration=3", "-vf"];
        let drop = ["select=not(between(n\\,20\\,40))", "-fps_mode", "vfr", "-c:v", "ffv1", source.to_str().unwrap()];
        ffmpeg(&[&options[..], &drop].concat());
        let mut told = 0;
        let summary = to_constant_rate(&source, &output, &mut |frames| {
            told = frames;
            true
        })
        .unwrap();
        assert!(is_constant_rate(&output).unwrap());
        let facts = verify(&output, |_| ()).unwrap();
        assert_eq!((facts.frames, facts.width, facts.height), (summary.frames, 66, 50));
        assert!((facts.seconds - 3.0).abs() < 0.1, "{facts:?}");
        assert!(told + 2 >= summary.frames);
        let given_up = to_constant_rate(&source, &output, &mut |_| false).unwrap_err();
        assert!(matches!(given_up, ConstantRateError::GivenUp));
    }
}
