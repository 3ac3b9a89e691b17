//! Decodes the sound of a file frame by frame, that of files which were joined to it as well.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::vec;

use ffmpeg_next::frame;

use super::error::SoundError;
use super::facts::SoundFacts;
use super::joined::{Part, parts};
use super::missing::Missing;
use super::ogg;
use super::signature::Kind;
use super::track::Track;
use super::window::Window;

/// So many bytes behind the end of a file are padding or a tag, and no sound.
const TAIL: u64 = 256;
/// So much of what stands there is looked at.
const LOOKED_AT: u64 = 64 << 10;

/// The sound of a file, with at least one frame in it.
pub(crate) struct SoundFile {
    path: PathBuf,
    track: Track,
    /// The parts that come behind the one that is decoded.
    further: vec::IntoIter<Part>,
    /// What the first part is.
    facts: SoundFacts,
    /// Of the parts before.
    earlier: Earlier,
    /// Of the parts before.
    missing: Missing,
}

/// What has been decoded of parts that have ended.
#[derive(Default)]
struct Earlier {
    seconds: f64,
    decoded: u64,
    /// As `seconds`, with what was promised where that was more.
    promised: f64,
    is_short: bool,
}

impl SoundFile {
    /// Opens a file and decodes its first frame. Where several files were joined byte by byte, all of them are read.
    pub(crate) fn open(path: &Path) -> Result<Self, SoundError> {
        Self::of_parts(path, parts(path)?)
    }

    /// Opens a file that is known to be one.
    pub(crate) fn open_single(path: &Path) -> Result<Self, SoundError> {
        Self::of_parts(path, vec![Part::whole(path)?])
    }

    fn of_parts(path: &Path, parts: Vec<Part>) -> Result<Self, SoundError> {
        let mut further = parts.into_iter();
        let mut missing = Missing::default();
        let mut refusal = None;
        let track = loop {
            let Some(part) = further.next() else {
                return Err(refusal.unwrap_or(SoundError::Empty));
            };
            match opened(path, part, &mut missing) {
                Ok(track) => break track,
                Err(SoundError::Io(error)) => return Err(SoundError::Io(error)),
                Err(error) => refusal = refusal.or(Some(error)),
            }
        };
        let facts = track.facts();
        Ok(Self { path: path.to_owned(), track, further, facts, earlier: Earlier::default(), missing })
    }

    /// The next decoded frame, with a channel layout even where the file names none; none at the end.
    pub(crate) fn next_frame(&mut self) -> Result<Option<&frame::Audio>, SoundError> {
        while !self.track.advance()? {
            if !self.next_part()? {
                return Ok(None);
            }
        }
        Ok(Some(self.track.frame()))
    }

    /// Seconds decoded so far.
    pub(crate) fn seconds(&self) -> f64 {
        self.earlier.seconds + self.track.seconds()
    }

    /// Samples decoded so far, in all channels: what decoding costs goes by it.
    pub(crate) fn decoded(&self) -> u64 {
        self.earlier.decoded + self.track.decoded()
    }

    /// Samples in all channels by what the part that is being decoded says of its length; 0 where it says nothing.
    pub(crate) fn declared(&self) -> u64 {
        self.track.declared()
    }

    /// Whether no sample can lie beyond full scale: they are whole numbers, in as many channels as are heard. Of the part
    /// that is being decoded, and none if there are more.
    pub(crate) fn is_bounded(&self) -> bool {
        self.further.len() == 0 && self.track.is_bounded()
    }

    /// What is missing of what was decoded so far; of the last part, once its end is reached.
    pub(crate) fn missing(&self) -> Missing {
        let Earlier { promised, is_short, .. } = self.earlier;
        let unkept = self.track.unkept_promise();
        let promised = promised + unkept.unwrap_or_else(|| self.track.seconds());
        Missing {
            promised_seconds: (is_short || unkept.is_some()).then_some(promised),
            damaged: self.missing.damaged + self.track.damaged(),
            ..self.missing
        }
    }

    /// What the sound is; its `seconds` are those decoded so far.
    pub(crate) fn facts(&self) -> SoundFacts {
        SoundFacts { seconds: self.seconds(), ..self.facts.clone() }
    }

    /// Goes on with the next part that can be opened; false if there is none.
    fn next_part(&mut self) -> Result<bool, SoundError> {
        for part in self.further.by_ref() {
            match opened(&self.path, part, &mut self.missing) {
                Ok(next) => {
                    let ended = std::mem::replace(&mut self.track, next);
                    let unkept = ended.unkept_promise();
                    self.earlier.seconds += ended.seconds();
                    self.earlier.decoded += ended.decoded();
                    self.earlier.promised += unkept.unwrap_or_else(|| ended.seconds());
                    self.earlier.is_short |= unkept.is_some();
                    self.missing.damaged += ended.damaged();
                    return Ok(true);
                }
                Err(SoundError::Io(error)) => return Err(SoundError::Io(error)),
                Err(_) => {}
            }
        }
        Ok(false)
    }
}

/// Opens a part. What cannot be read of it is missing.
fn opened(path: &Path, part: Part, missing: &mut Missing) -> Result<Track, SoundError> {
    let bytes = Window::new(File::open(path)?, part.start, part.end);
    let track = Track::open(path, part);
    match &track {
        Ok(_) => {
            missing.is_endless |= part.kind == Kind::Ogg && !ogg::has_end(&bytes)?;
            missing.unread_bytes += part.chunks.map_or(Ok(0), |chunks| behind(&bytes, chunks.end))?;
        }
        // A piece of speech in which nothing is said.
        Err(SoundError::NoSound { .. }) => {}
        Err(_) => missing.unread_bytes += bytes.len(),
    }
    track
}

/// How many bytes stand behind the last chunk, if they say anything.
fn behind(file: &Window, end: u64) -> io::Result<u64> {
    let rest = file.len().saturating_sub(end);
    let looked_at = file.piece(end, rest.min(LOOKED_AT))?;
    Ok(if rest <= TAIL || looked_at.iter().all(|byte| *byte == 0) { 0 } else { rest })
}
