//! Decodes the sound of one file, or of one of those that were joined, frame by frame, as its codec gives it.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use ffmpeg_next::format::Sample;
use ffmpeg_next::format::context::Input;
use ffmpeg_next::{ChannelLayout, codec, frame, media};

use super::error::SoundError;
use super::facts::SoundFacts;
use super::joined::Part;
use super::signature::Kind;
use super::window::Window;
use crate::ffmpeg::{self, OpenError};
use crate::sniff;

/// Rates outside of this are a damaged header; converting from them would need absurd amounts of memory.
const SAMPLE_RATES: std::ops::RangeInclusive<u32> = 1_000..=800_000;

/// What a coder adds before and behind the sound, at most, in samples and in seconds: a promise may count it.
const PADDING_SAMPLES: f64 = 3000.0;
const PADDING_SECONDS: f64 = 0.1;
/// Sound that is not coded is as long as it says, up to a rounding.
const PLAIN_SECONDS: f64 = 0.01;

/// The best sound stream of a file, with at least one frame in it.
pub(super) struct Track {
    part: Part,
    input: Input,
    stream: usize,
    decoder: codec::decoder::Audio,
    frame: frame::Audio,
    /// Whether `frame` holds the first frame and nobody has asked for it yet.
    first: bool,
    ended: bool,
    damaged: u64,
    /// Samples decoded at the present rate, and the seconds before it; files hardly ever change theirs.
    samples: u64,
    rate: u32,
    earlier_seconds: f64,
    /// Samples decoded, in all channels.
    decoded: u64,
}

impl Track {
    /// Opens a part of a file and decodes its first frame, since only that can be believed about rate and channels.
    pub(super) fn open(path: &Path, part: Part) -> Result<Self, SoundError> {
        let mut window = Window::new(File::open(path)?, part.start, part.end);
        let kind = kind_of(&mut window)?;
        let input = match part.kind {
            Kind::Chunks => ffmpeg::open_plain_sound(window),
            _ => ffmpeg::open_stream(window),
        };
        let input = input.map_err(|error| match error {
            OpenError::Io(error) => SoundError::Io(error),
            OpenError::Unknown(reason) => SoundError::Undecodable { reason: format!("it is {kind} ({reason})") },
        })?;
        let Some(stream) = input.streams().best(media::Type::Audio) else {
            return Err(match kind {
                // Text passes for subtitles.
                "a text file" => SoundError::Undecodable { reason: format!("it is {kind}") },
                _ => SoundError::NoSound { reason: format!("it is {kind} without a sound track") },
            });
        };
        let undecodable = |error: ffmpeg_next::Error| SoundError::Undecodable { reason: error.to_string() };
        let mut decoder = codec::Context::from_parameters(stream.parameters()).map_err(undecodable)?.decoder();
        decoder.set_packet_time_base(stream.time_base());
        let stream = stream.index();
        let decoder = decoder.audio().map_err(undecodable)?;
        let frame = frame::Audio::empty();
        let mut sound = Self {
            part,
            input,
            stream,
            decoder,
            frame,
            first: true,
            ended: false,
            damaged: 0,
            samples: 0,
            rate: 1,
            earlier_seconds: 0.0,
            decoded: 0,
        };
        if sound.decode()? {
            return Ok(sound);
        }
        Err(match sound.damaged {
            0 => SoundError::NoSound { reason: "its sound track has no samples".to_owned() },
            _ => SoundError::Undecodable { reason: "all of its sound is damaged".to_owned() },
        })
    }

    /// Decodes the next frame; false at the end.
    pub(super) fn advance(&mut self) -> Result<bool, SoundError> {
        Ok(std::mem::take(&mut self.first) || self.decode()?)
    }

    /// The frame that was decoded last, with a channel layout even where the file names none.
    pub(super) fn frame(&self) -> &frame::Audio {
        &self.frame
    }

    /// Seconds decoded so far.
    pub(super) fn seconds(&self) -> f64 {
        self.earlier_seconds + self.samples as f64 / f64::from(self.rate)
    }

    /// Samples decoded so far, in all channels: what decoding costs goes by it.
    pub(super) fn decoded(&self) -> u64 {
        self.decoded
    }

    /// Samples in all channels by what the file says of its length; 0 where it says nothing.
    pub(super) fn declared(&self) -> u64 {
        let of_stream = self.stream_seconds();
        let seconds = if of_stream > 0.0 { of_stream } else { self.file_seconds() };
        (seconds * f64::from(self.frame.rate()) * f64::from(self.frame.channels())) as u64
    }

    /// Whether samples are whole numbers, of two channels at most.
    pub(super) fn is_bounded(&self) -> bool {
        let is_float = matches!(self.frame.format(), Sample::F32(_) | Sample::F64(_));
        !is_float && self.frame.channels() <= 2
    }

    /// Seconds that the file promises, if it promises more than were decoded. Once all has been decoded.
    pub(super) fn unkept_promise(&self) -> Option<f64> {
        let promised = self.promised().unwrap_or_default();
        let rate = f64::from(self.rate);
        let tolerance = match self.decoder.id().name() {
            name if name.starts_with("pcm_") => PLAIN_SECONDS,
            _ => PADDING_SECONDS.max(PADDING_SAMPLES / rate),
        };
        (promised > self.seconds() + tolerance).then_some(promised)
    }

    /// The length in seconds that the file itself tells. What FFmpeg reckons from the size of a file is none.
    fn promised(&self) -> Option<f64> {
        let of_stream = Some(self.stream_seconds()).filter(|seconds| *seconds > 0.0);
        if let Some(chunks) = self.part.chunks {
            let (start, bytes) = chunks.sound?;
            let there = (self.part.end - self.part.start).saturating_sub(start);
            return (there < bytes).then(|| self.seconds() * bytes as f64 / there.max(1) as f64);
        }
        match ffmpeg::container(&self.input).as_str() {
            "mp3" => of_stream.filter(|_| self.part.kind == Kind::CountedMp3),
            // The length is that of the longest track.
            "matroska" => Some(self.file_seconds()).filter(|_| self.input.streams().count() == 1),
            "ape" | "au" | "flac" | "mp4" | "ogg" | "tta" | "wv" => of_stream,
            _ => None,
        }
    }

    fn stream_seconds(&self) -> f64 {
        let stream = self.input.stream(self.stream);
        stream.map_or(0.0, |stream| stream.duration().max(0) as f64 * f64::from(stream.time_base()))
    }

    fn file_seconds(&self) -> f64 {
        self.input.duration().max(0) as f64 / f64::from(ffmpeg_next::ffi::AV_TIME_BASE)
    }

    /// Packets and frames that could not be decoded so far.
    pub(super) fn damaged(&self) -> u64 {
        self.damaged
    }

    /// What the sound is; its `seconds` are those decoded so far.
    pub(super) fn facts(&self) -> SoundFacts {
        SoundFacts {
            seconds: self.seconds(),
            sample_rate: self.decoder.rate(),
            channels: self.decoder.channels(),
            codec: self.decoder.id().name().to_owned(),
            container: ffmpeg::container(&self.input),
        }
    }

    /// Whether `frame` now holds the next samples; false at the end.
    fn decode(&mut self) -> Result<bool, SoundError> {
        while !self.receive()? {
            if self.ended {
                return Ok(false);
            }
            self.send()?;
        }
        Ok(true)
    }

    fn send(&mut self) -> Result<(), SoundError> {
        let sent = match ffmpeg::next_packet(&mut self.input)? {
            Some(packet) if packet.stream() == self.stream => self.decoder.send_packet(&packet),
            Some(_) => return Ok(()),
            None => {
                self.ended = true;
                self.decoder.send_eof()
            }
        };
        self.forgive(sent)
    }

    /// Whether the decoder had a frame ready.
    fn receive(&mut self) -> Result<bool, SoundError> {
        loop {
            match self.decoder.receive_frame(&mut self.frame) {
                Ok(()) if self.frame.samples() == 0 => {}
                Ok(()) => {
                    self.take()?;
                    return Ok(true);
                }
                Err(
                    ffmpeg_next::Error::Eof | ffmpeg_next::Error::Other { errno: ffmpeg_next::util::error::EAGAIN },
                ) => {
                    return Ok(false);
                }
                // A damaged frame is skipped; what follows may be whole.
                damaged => self.forgive(damaged)?,
            }
        }
    }

    fn take(&mut self) -> Result<(), SoundError> {
        let (rate, channels) = (self.frame.rate(), self.frame.channels());
        if !SAMPLE_RATES.contains(&rate) {
            return Err(SoundError::Undecodable { reason: format!("its header claims {rate} samples per second") });
        }
        let layout = self.frame.channel_layout();
        if layout.is_empty() || layout.channels() != i32::from(channels) {
            let usual = ChannelLayout::default(i32::from(channels));
            if usual.is_empty() || usual.channels() != i32::from(channels) {
                return Err(SoundError::Undecodable { reason: format!("it has {channels} channels of unknown use") });
            }
            self.frame.set_channel_layout(usual);
        }
        if rate != self.rate {
            (self.earlier_seconds, self.samples, self.rate) = (self.seconds(), 0, rate);
        }
        self.samples += self.frame.samples() as u64;
        self.decoded += self.frame.samples() as u64 * u64::from(channels);
        Ok(())
    }

    /// Counts damage and goes on, unless the machine itself has a fault.
    fn forgive(&mut self, result: Result<(), ffmpeg_next::Error>) -> Result<(), SoundError> {
        let Err(error) = result else { return Ok(()) };
        if let Some(error) = ffmpeg::system_error(error) {
            return Err(SoundError::Io(error));
        }
        self.damaged += 1;
        Ok(())
    }
}

/// What the first bytes say, so that an error can name it.
fn kind_of(file: &mut Window) -> Result<&'static str, SoundError> {
    let mut start = Vec::new();
    file.take(sniff::BEGINNING).read_to_end(&mut start)?;
    file.rewind()?;
    if start.is_empty() {
        return Err(SoundError::Empty);
    }
    Ok(sniff::describe(&start))
}
