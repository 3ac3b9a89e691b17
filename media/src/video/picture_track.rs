//! The picture track of a file and its decoder: the one place where pictures of videos are decoded.

use std::io;
use std::path::Path;

use ffmpeg_next::format::context::Input;
use ffmpeg_next::util::error::EAGAIN;
use ffmpeg_next::{Error, Packet, Rational, codec, frame, media, threading};
use image::metadata::Orientation;

use super::continuity::Continuity;
use super::error::SourceVideoError;
use super::orientation;
use super::pixel_aspect::declared;
use super::promise::{self, Promise};
use super::spec::FrameRate;
use crate::ffmpeg;

/// How many threads a decoder may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Threads {
    /// For a few pictures: threads would decode ahead what nobody asks for.
    One,
    /// As many as there are processors, each with a picture of its own.
    All,
}

/// The best picture track of a file, opened.
pub(super) struct PictureTrack {
    pub(super) input: Input,
    stream: usize,
    pub(super) decoder: codec::decoder::Video,
    pub(super) time_base: Rational,
    /// Pictures per second on average; 0 of them, or in 0 seconds, where the file does not tell.
    pub(super) rate: FrameRate,
    /// Pictures by the file's index; 0 where it has none.
    pub(super) promised: u64,
    /// How the stored pictures are turned for display, where the track says so.
    pub(super) turn: Option<Orientation>,
    /// How wide their pixels are, with the height as 1, where the file says so.
    pub(super) pixel_aspect: Option<f64>,
    /// Packets read so far.
    pub(super) packets: u64,
    /// Those of them that the file's reader calls damaged.
    pub(super) corrupt: u64,
    /// What the file says of its length.
    pub(super) promise: Option<Promise>,
    /// Whether packets alone do not tell what is shown: the first is no key picture, or some are before the start, as those
    /// that an edit list leaves out.
    pub(super) is_odd: bool,
    /// Whether the first is no key picture.
    pub(super) lacks_start: bool,
    /// End of the last packet of all tracks, in seconds.
    last_end: f64,
    /// Start of the first and end of the last of them, in units of the time base.
    span: Option<(i64, i64)>,
    continuity: Continuity,
    damage: Option<Error>,
    is_drained: bool,
}

impl PictureTrack {
    /// Opens a file's picture track.
    ///
    /// # Errors
    /// The file cannot be read, is empty, is no video, or has a codec that this FFmpeg does not decode.
    pub(super) fn open(path: &Path, threads: Threads) -> Result<Self, SourceVideoError> {
        if std::fs::metadata(path)?.len() == 0 {
            return Err(SourceVideoError::Empty);
        }
        let input = ffmpeg::open(path)?;
        let Some(stream) = input.streams().best(media::Type::Video) else {
            let reason = format!("it is {} without a picture track", ffmpeg::container(&input));
            return Err(SourceVideoError::NoPicture { reason });
        };
        let mut context = codec::Context::from_parameters(stream.parameters()).map_err(SourceVideoError::decoder)?;
        if threads == Threads::All {
            context.set_threading(threading::Config::kind(threading::Type::Frame));
        }
        let decoder = context.decoder().video().map_err(SourceVideoError::decoder)?;
        Ok(Self {
            stream: stream.index(),
            decoder,
            time_base: stream.time_base(),
            rate: FrameRate::of(stream.avg_frame_rate()),
            promised: stream.frames().max(0) as u64,
            turn: orientation::of_track(&stream),
            pixel_aspect: declared::of_file(path, stream.id()),
            packets: 0,
            corrupt: 0,
            promise: promise::of(&input, &stream),
            is_odd: false,
            lacks_start: false,
            last_end: 0.0,
            span: None,
            continuity: Continuity::default(),
            damage: None,
            is_drained: false,
            input,
        })
    }

    /// The next packet of the track; none at the end.
    pub(super) fn next_packet(&mut self) -> io::Result<Option<Packet>> {
        while let Some(mut packet) = ffmpeg::next_packet(&mut self.input)? {
            let start = packet.pts().or(packet.dts());
            if let (Some(start), Some(stream)) = (start, self.input.stream(packet.stream())) {
                self.last_end = self.last_end.max((start + packet.duration()) as f64 * f64::from(stream.time_base()));
            }
            if packet.stream() != self.stream {
                continue;
            }
            self.continuity.settle(&mut packet, self.time_base);
            let start = packet.pts().or(packet.dts());
            self.packets += 1;
            self.corrupt += u64::from(packet.is_corrupt());
            self.lacks_start |= self.packets == 1 && !packet.is_key();
            self.is_odd |= self.lacks_start || packet.pts().is_some_and(|time| time < 0);
            if let Some(start) = start {
                let end = start + packet.duration();
                let (first, last) = self.span.unwrap_or((start, end));
                self.span = Some((first.min(start), last.max(end)));
            }
            return Ok(Some(packet));
        }
        Ok(None)
    }

    /// From the start of the first packet that was read to the end of the last, in seconds.
    pub(super) fn seconds(&self) -> f64 {
        self.span.map_or(0.0, |(first, last)| (last - first) as f64 * f64::from(self.time_base))
    }

    /// How many seconds the file promises beyond the packets that were read, of a file that was read to its end.
    pub(super) fn seconds_missing(&self) -> f64 {
        let end = |last: i64| last as f64 * f64::from(self.time_base);
        match self.promise {
            Some(Promise::OfTrack(seconds)) => seconds - self.span.map_or(0.0, |(_, last)| end(last)),
            Some(Promise::OfAllTracks(seconds)) => seconds - self.last_end,
            None => 0.0,
        }
    }

    /// Decodes the next picture, in the order of showing; none at the end. What does not decode is passed over, and
    /// told by [`Self::damage`].
    ///
    /// # Errors
    /// The file cannot be read any more, or memory is short.
    pub(super) fn next_picture(&mut self) -> io::Result<Option<frame::Video>> {
        let mut picture = frame::Video::empty();
        loop {
            match self.decoder.receive_frame(&mut picture) {
                Ok(()) => return Ok(Some(picture)),
                Err(Error::Other { errno: EAGAIN }) => {}
                Err(Error::Eof) => return Ok(None),
                Err(error) => self.note(error)?,
            }
            if self.is_drained {
                return Ok(None);
            }
            let sent = match self.next_packet()? {
                Some(packet) => self.decoder.send_packet(&packet),
                None => {
                    self.is_drained = true;
                    self.decoder.send_eof()
                }
            };
            sent.or_else(|error| self.note(error))?;
        }
    }

    /// The first thing that did not decode.
    pub(super) fn damage(&self) -> Option<Error> {
        self.damage
    }

    fn note(&mut self, error: Error) -> io::Result<()> {
        self.damage.get_or_insert(error);
        ffmpeg::system_error(error).map_or(Ok(()), Err)
    }
}

/// Whether a picture was decoded with parts missing.
pub(super) fn is_damaged(picture: &frame::Video) -> bool {
    picture.has_decode_errors() || picture.is_corrupt()
}
