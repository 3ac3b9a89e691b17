//! The check of a finished video: everything in it is decoded, and what came out is told.

use std::path::Path;

use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Packet, codec, frame, media, threading};
use serde::{Deserialize, Serialize};

use super::error::VideoError;
use super::spec::FrameRate;
use crate::ffmpeg;
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
pub fn verify(path: &Path, mut checked: impl FnMut(u64)) -> Result<VideoFacts, VideoError> {
    let mut input = ffmpeg::open(path)?;
    let mut pictures = Pictures::open(&input)?;
    while let Some(packet) = ffmpeg::next_packet(&mut input)? {
        if packet.stream() == pictures.stream {
            pictures.decode(&packet)?;
            checked(pictures.frames);
        }
    }
    let mut facts = pictures.finish()?;
    checked(facts.frames);
    if input.streams().best(media::Type::Audio).is_some() {
        facts.sound = Some(sound(path)?);
    }
    Ok(facts)
}

fn sound(path: &Path) -> Result<SoundTrack, VideoError> {
    let decode = || {
        let mut file = SoundFile::open(path)?;
        while file.next_frame()?.is_some() {}
        match file.damaged() {
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

/// The picture stream while it is decoded.
struct Pictures {
    stream: usize,
    time_base: f64,
    rate: FrameRate,
    /// Pictures by the file's index; 0 where it has none.
    promised: u64,
    packets: u64,
    decoder: codec::decoder::Video,
    frame: frame::Video,
    frames: u64,
    /// Start of the first picture and end of the last, in units of the time base.
    span: Option<(i64, i64)>,
}

impl Pictures {
    fn open(input: &Input) -> Result<Self, VideoError> {
        let stream =
            input.streams().best(media::Type::Video).ok_or_else(|| VideoError::broken("it has no pictures"))?;
        let mut context = codec::Context::from_parameters(stream.parameters()).map_err(VideoError::decoder)?;
        context.set_threading(threading::Config::kind(threading::Type::Frame));
        let rate = stream.avg_frame_rate();
        Ok(Self {
            stream: stream.index(),
            time_base: f64::from(stream.time_base()),
            rate: FrameRate::new(rate.numerator().max(0) as u32, rate.denominator().max(0) as u32),
            promised: stream.frames().max(0) as u64,
            packets: 0,
            decoder: context.decoder().video().map_err(VideoError::decoder)?,
            frame: frame::Video::empty(),
            frames: 0,
            span: None,
        })
    }

    fn decode(&mut self, packet: &Packet) -> Result<(), VideoError> {
        self.packets += 1;
        self.decoder.send_packet(packet).map_err(VideoError::decoder)?;
        self.receive()
    }

    fn finish(mut self) -> Result<VideoFacts, VideoError> {
        self.decoder.send_eof().map_err(VideoError::decoder)?;
        self.receive()?;
        if self.packets < self.promised {
            return Err(VideoError::broken(format!("{} of its {} pictures are there", self.packets, self.promised)));
        }
        let Some((start, end)) = self.span else {
            return Err(VideoError::broken("none of its pictures can be decoded"));
        };
        let pixel_format = self.decoder.format().descriptor().map_or("unknown", |descriptor| descriptor.name());
        Ok(VideoFacts {
            frames: self.frames,
            seconds: (end - start) as f64 * self.time_base,
            width: self.decoder.width(),
            height: self.decoder.height(),
            rate: self.rate,
            video_codec: self.decoder.id().name().to_owned(),
            pixel_format: pixel_format.to_owned(),
            sound: None,
        })
    }

    fn receive(&mut self) -> Result<(), VideoError> {
        loop {
            match self.decoder.receive_frame(&mut self.frame) {
                Ok(()) => {}
                Err(
                    ffmpeg_next::Error::Eof | ffmpeg_next::Error::Other { errno: ffmpeg_next::util::error::EAGAIN },
                ) => return Ok(()),
                Err(error) => return Err(VideoError::decoder(error)),
            }
            if self.frame.has_decode_errors() || self.frame.is_corrupt() {
                return Err(VideoError::broken(format!("picture {} is damaged", self.frames + 1)));
            }
            self.frames += 1;
            if let Some(start) = self.frame.timestamp() {
                let end = start + self.frame.packet().duration;
                let (first, last) = self.span.unwrap_or((start, end));
                self.span = Some((first.min(start), last.max(end)));
            }
        }
    }
}
