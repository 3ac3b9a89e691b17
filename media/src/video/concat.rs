//! Concatenation: finished videos put one after another into one, without encoding anything anew.

use std::path::{Path, PathBuf};

use ffmpeg_next::format::Pixel;
use ffmpeg_next::format::context::{Input, Output};
use ffmpeg_next::{Packet, Rational, codec, encoder, media};

use super::error::VideoError;
use super::mp4::{create_mp4, write_header};
use super::spec::FrameRate;
use super::verify::{VideoFacts, verify};
use crate::ffmpeg;
use crate::partial_file::PartialFile;

mod avcc;

/// Joins videos that [`super::VideoWriter`] has made, in this order, into an MP4 whose index stands at the front, and
/// decodes it from start to end before it gets its name.
///
/// Sound and pictures of a part are moved by the same time: the length of all parts before it. Where a part begins, the
/// first 20 ms or so of its sound are blended with the last of the part before, because AAC stores no clean cut.
///
/// # Errors
/// [`VideoError::Concat`] if there is no part, or one that differs from the first in anything that a player must know
/// beforehand: codecs, size, pixel format, frame rate, rate and channels of the sound.
pub fn concat(parts: &[PathBuf], output: &Path) -> Result<VideoFacts, VideoError> {
    let (file, _) = PartialFile::create(output)?;
    let mut whole: Option<Concatenation> = None;
    for (number, path) in parts.iter().enumerate() {
        let part = Part::open(path).map_err(|error| unusable(number + 1, error))?;
        let whole = match &mut whole {
            Some(whole) => whole,
            none => none.insert(Concatenation::start(file.path(), &part)?),
        };
        if let Some(reason) = whole.shape.difference(&part.shape) {
            return Err(VideoError::Concat { reason: format!("part {} differs from part 1: {reason}", number + 1) });
        }
        whole.append(part).map_err(|error| unusable(number + 1, error))?;
    }
    let whole = whole.ok_or_else(|| VideoError::Concat { reason: "there are none".to_owned() })?;
    let wanted = whole.finish()?;
    let facts = verify(file.path(), |_| ())?;
    check(&facts, &wanted, parts.len())?;
    file.publish()?;
    Ok(facts)
}

/// What all parts have in common.
#[derive(Debug, Clone, PartialEq)]
struct Shape {
    codec: codec::Id,
    size: (u32, u32),
    format: Pixel,
    rate: FrameRate,
    time_base: Rational,
    /// What the decoder must know of the pictures before the first comes.
    parameter_sets: Vec<u8>,
    sound: Option<SoundShape>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct SoundShape {
    codec: codec::Id,
    profile: codec::Profile,
    sample_rate: u32,
    channels: u16,
    time_base: Rational,
}

impl Shape {
    /// In what the other differs, as a sentence about it.
    fn difference(&self, other: &Self) -> Option<String> {
        let ((width, height), (other_width, other_height)) = (self.size, other.size);
        if self.codec != other.codec {
            Some(format!("its pictures are {}, not {}", other.codec.name(), self.codec.name()))
        } else if self.size != other.size {
            Some(format!("it measures {other_width}x{other_height}, not {width}x{height}"))
        } else if self.format != other.format {
            Some(format!("its pixels are {:?}, not {:?}", other.format, self.format))
        } else if (self.rate, self.time_base) != (other.rate, other.time_base) {
            Some(format!("it has {} frames per second, not {}", other.rate, self.rate))
        } else if self.parameter_sets != other.parameter_sets {
            Some("its pictures were encoded with other settings".to_owned())
        } else {
            match (self.sound, other.sound) {
                (Some(_), None) => Some("it has no sound".to_owned()),
                (None, Some(_)) => Some("it has sound".to_owned()),
                (Some(own), Some(other)) if own != other => Some(format!(
                    "its sound is {} at {} Hz with {} channels, not {} at {} Hz with {}",
                    other.codec.name(),
                    other.sample_rate,
                    other.channels,
                    own.codec.name(),
                    own.sample_rate,
                    own.channels
                )),
                _ => None,
            }
        }
    }
}

/// One of the videos, opened.
struct Part {
    input: Input,
    shape: Shape,
    pictures: usize,
    /// How many pictures its index promises.
    promised: u64,
    sound: Option<usize>,
}

impl Part {
    fn open(path: &Path) -> Result<Self, VideoError> {
        let parameter_sets =
            avcc::parameter_sets(path)?.ok_or_else(|| VideoError::broken("it is no MP4 with H.264"))?;
        let input = ffmpeg::open(path)?;
        let stream =
            input.streams().best(media::Type::Video).ok_or_else(|| VideoError::broken("it has no pictures"))?;
        let decoder = codec::Context::from_parameters(stream.parameters())
            .and_then(|context| context.decoder().video())
            .map_err(VideoError::encoder)?;
        let rate = FrameRate::of(stream.avg_frame_rate());
        if !rate.is_known() {
            return Err(VideoError::broken("it has no frame rate"));
        }
        let sound = input.streams().best(media::Type::Audio);
        let sound_shape = sound.as_ref().map(|sound| -> Result<SoundShape, VideoError> {
            let decoder = codec::Context::from_parameters(sound.parameters())
                .and_then(|context| context.decoder().audio())
                .map_err(VideoError::encoder)?;
            Ok(SoundShape {
                codec: decoder.id(),
                profile: decoder.profile(),
                sample_rate: decoder.rate(),
                channels: decoder.channels(),
                time_base: sound.time_base(),
            })
        });
        let shape = Shape {
            codec: decoder.id(),
            size: (decoder.width(), decoder.height()),
            format: decoder.format(),
            rate,
            time_base: stream.time_base(),
            parameter_sets,
            sound: sound_shape.transpose()?,
        };
        let (pictures, promised) = (stream.index(), stream.frames().max(0) as u64);
        let sound = sound.map(|sound| sound.index());
        Ok(Self { input, shape, pictures, promised, sound })
    }
}

/// A track that is copied, by its place in the part and in the output.
#[derive(Clone, Copy)]
struct Track {
    from: usize,
    to: usize,
    time_base: Rational,
}

/// The video in the making.
struct Concatenation {
    output: Output,
    shape: Shape,
    /// Pictures so far.
    frames: u64,
    /// Where the next part begins, in pictures.
    start: u64,
    /// When the latest packet of each track is decoded, in the track's ticks.
    decoded: [i64; 2],
}

/// What the finished file must hold.
struct Wanted {
    frames: u64,
    seconds: f64,
    rate: FrameRate,
    sound: bool,
}

impl Concatenation {
    /// The streams of the first part are those of the whole.
    fn start(path: &Path, first: &Part) -> Result<Self, VideoError> {
        let mut output = create_mp4(path)?;
        for index in [Some(first.pictures), first.sound].into_iter().flatten() {
            let Some(from) = first.input.stream(index) else { continue };
            let mut stream = output.add_stream(encoder::find(codec::Id::None)).map_err(VideoError::encoder)?;
            stream.set_parameters(from.parameters());
            stream.set_time_base(from.time_base());
            if index == first.pictures {
                stream.set_avg_frame_rate(from.avg_frame_rate());
            }
        }
        write_header(&mut output)?;
        Ok(Self { output, shape: first.shape.clone(), frames: 0, start: 0, decoded: [i64::MIN; 2] })
    }

    fn append(&mut self, part: Part) -> Result<(), VideoError> {
        let Part { mut input, pictures, promised, sound, .. } = part;
        let start = self.shape.rate.seconds(self.start);
        let pictures = Track { from: pictures, to: 0, time_base: self.shape.time_base };
        let sound = sound.zip(self.shape.sound).map(|(from, shape)| Track { from, to: 1, time_base: shape.time_base });
        let (mut frames, mut end) = (0, 0.0f64);
        while let Some(mut packet) = ffmpeg::next_packet(&mut input)? {
            let Some(track) = [Some(pictures), sound].into_iter().flatten().find(|to| to.from == packet.stream())
            else {
                continue;
            };
            let last = packet.pts().map_or(0, |pts| pts + packet.duration());
            // What the sound's decoder needs to warm up would lie over the end of the part before.
            if track.to == 1 && self.start > 0 && last <= 0 {
                continue;
            }
            frames += u64::from(track.to == 0);
            end = end.max(last as f64 * f64::from(track.time_base));
            self.copy(&mut packet, track, start)?;
        }
        if frames == 0 || frames < promised {
            return Err(VideoError::broken(format!("{frames} of its {promised} pictures are there")));
        }
        self.frames += frames;
        // The next part begins with a whole picture, or the rate would not be even any more. A thousandth of one is
        // rounding.
        self.start += (end * self.shape.rate.as_f64() - 0.001).ceil() as u64;
        Ok(())
    }

    /// Writes a packet of a part that begins at `start`, in seconds.
    fn copy(&mut self, packet: &mut Packet, track: Track, start: f64) -> Result<(), VideoError> {
        let shift = (start / f64::from(track.time_base)).round() as i64;
        packet.set_pts(packet.pts().map(|pts| pts + shift));
        // Parts of one or two pictures are decoded as they are shown, and longer ones begin two pictures ahead of that.
        // The one behind the other waits its turn; when it is shown stays the same.
        let dts = packet.dts().map(|dts| (dts + shift).max(self.decoded[track.to].saturating_add(1)));
        self.decoded[track.to] = dts.unwrap_or(self.decoded[track.to]);
        packet.set_dts(dts);
        packet.set_stream(track.to);
        packet.set_position(-1);
        let base = self.output.stream(track.to).map_or(track.time_base, |stream| stream.time_base());
        packet.rescale_ts(track.time_base, base);
        packet.write_interleaved(&mut self.output).map_err(VideoError::encoder)
    }

    fn finish(mut self) -> Result<Wanted, VideoError> {
        self.output.write_trailer().map_err(VideoError::encoder)?;
        let rate = self.shape.rate;
        Ok(Wanted { frames: self.frames, seconds: rate.seconds(self.start), rate, sound: self.shape.sound.is_some() })
    }
}

/// Whether the file holds what its parts hold.
fn check(facts: &VideoFacts, wanted: &Wanted, parts: usize) -> Result<(), VideoError> {
    // Whole blocks of sound end up to half of one, which is no longer than a picture, before or behind the pictures.
    let grace = wanted.rate.seconds(parts as u64);
    let sound = facts.sound.as_ref().map(|sound| sound.seconds);
    if facts.frames != wanted.frames {
        Err(VideoError::broken(format!("{} of {} frames are in it", facts.frames, wanted.frames)))
    } else if (facts.seconds - wanted.seconds).abs() > wanted.rate.seconds(1) {
        Err(VideoError::broken(format!("its pictures last {:.3} s instead of {:.3} s", facts.seconds, wanted.seconds)))
    } else if sound.is_some() != wanted.sound || sound.is_some_and(|sound| (sound - wanted.seconds).abs() > grace) {
        Err(VideoError::broken(format!(
            "its sound lasts {:.3} s instead of {:.3} s",
            sound.unwrap_or(0.0),
            wanted.seconds
        )))
    } else {
        Ok(())
    }
}

/// An error of the part with this number, from 1; the file system's own errors stay what they are.
fn unusable(number: usize, error: VideoError) -> VideoError {
    match error {
        VideoError::Verify { reason } => {
            VideoError::Concat { reason: format!("part {number} cannot be used: {reason}") }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests;
