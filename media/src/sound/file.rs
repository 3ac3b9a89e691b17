//! Decodes the sound of a file frame by frame, as its codec gives it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use ffmpeg_next::format::context::Input;
use ffmpeg_next::{ChannelLayout, codec, frame, media};

use super::error::SoundError;
use super::facts::SoundFacts;
use crate::ffmpeg::{self, OpenError};
use crate::sniff;

/// Rates outside of this are a damaged header; converting from them would need absurd amounts of memory.
const SAMPLE_RATES: std::ops::RangeInclusive<u32> = 1_000..=800_000;

/// The best sound stream of a file, with at least one frame in it.
pub(crate) struct SoundFile {
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

impl SoundFile {
    /// Opens the file and decodes its first frame, since only that can be believed about rate and channels.
    pub(crate) fn open(path: &Path) -> Result<Self, SoundError> {
        let kind = kind_of(path)?;
        let input = ffmpeg::open(path).map_err(|error| match error {
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

    /// The next decoded frame, with a channel layout even where the file names none; none at the end.
    pub(crate) fn next_frame(&mut self) -> Result<Option<&frame::Audio>, SoundError> {
        let held = std::mem::take(&mut self.first) || self.decode()?;
        Ok(held.then_some(&self.frame))
    }

    /// Seconds decoded so far.
    pub(crate) fn seconds(&self) -> f64 {
        self.earlier_seconds + self.samples as f64 / f64::from(self.rate)
    }

    /// Samples decoded so far, in all channels: what decoding costs goes by it.
    pub(crate) fn decoded(&self) -> u64 {
        self.decoded
    }

    /// Samples in all channels by what the file says of its length; 0 where it says nothing.
    pub(crate) fn declared(&self) -> u64 {
        let of_stream = self
            .input
            .stream(self.stream)
            .map_or(0.0, |stream| stream.duration().max(0) as f64 * f64::from(stream.time_base()));
        let of_file = self.input.duration().max(0) as f64 / f64::from(ffmpeg_next::ffi::AV_TIME_BASE);
        let seconds = if of_stream > 0.0 { of_stream } else { of_file };
        (seconds * f64::from(self.frame.rate()) * f64::from(self.frame.channels())) as u64
    }

    /// Packets and frames that could not be decoded so far.
    pub(crate) fn damaged(&self) -> u64 {
        self.damaged
    }

    /// What the sound is; its `seconds` are those decoded so far.
    pub(crate) fn facts(&self) -> SoundFacts {
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
fn kind_of(path: &Path) -> Result<&'static str, SoundError> {
    let mut start = Vec::new();
    File::open(path)?.take(sniff::BEGINNING).read_to_end(&mut start)?;
    if start.is_empty() {
        return Err(SoundError::Empty);
    }
    Ok(sniff::describe(&start))
}
