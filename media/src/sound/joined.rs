//! Files that were joined byte by byte, as sound that is made piece by piece often is: where each of them begins.

use std::fs::File;
use std::path::Path;

use super::chunks::{self, Chunks};
use super::error::SoundError;
use super::marks::{Mark, marks};
use super::signature::{Beginning, Kind, unmarked};
use super::window::Window;

/// More files than this are nobody's speech; each costs as much as opening a file does.
const MOST_PARTS: usize = 10_000;

/// More marks than this are put there on purpose, and are not looked at.
const MOST_MARKS: usize = 1 << 20;

/// How much may stand before the first beginning, or between a tag and its sound.
const PADDING: u64 = 4096;

/// One of the files.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Part {
    /// Its first byte.
    pub(super) start: u64,
    /// The byte behind its last.
    pub(super) end: u64,
    /// What it begins with.
    pub(super) kind: Kind,
    /// What its chunks say, if it consists of chunks.
    pub(super) chunks: Option<Chunks>,
}

impl Part {
    /// A file as one, whatever stands in it.
    pub(super) fn whole(path: &Path) -> Result<Self, SoundError> {
        let length = std::fs::metadata(path)?.len();
        Ok(Self { start: 0, end: length, kind: Kind::Other, chunks: None })
    }
}

/// The files that a file consists of, one at least.
///
/// # Errors
/// It cannot be read, or there are too many.
pub(super) fn parts(path: &Path) -> Result<Vec<Part>, SoundError> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let window = Window::new(file.try_clone()?, 0, length);
    let mut open = None;
    let mut parts = Vec::new();
    for mark in marks(&window).take(MOST_MARKS) {
        let Mark { look, at } = mark?;
        let Some(next) = look(&window, at)? else { continue };
        if open.is_none() && next.start >= PADDING {
            open = Some(Open::unmarked(&window)?);
        }
        if open.as_mut().is_some_and(|open: &mut Open| open.holds(&next)) {
            continue;
        }
        let start = if open.is_none() { 0 } else { next.start };
        parts.extend(open.replace(Open::new(start, next, &file, length)?).map(|open| open.until(next.start)));
        if parts.len() >= MOST_PARTS {
            return Err(SoundError::Undecodable { reason: format!("it consists of more than {MOST_PARTS} files") });
        }
    }
    let last = open.map_or_else(|| Open::unmarked(&window), Ok)?;
    parts.push(last.until(length));
    Ok(parts)
}

/// A part whose end is not known yet.
struct Open {
    start: u64,
    beginning: Beginning,
    chunks: Option<Chunks>,
}

impl Open {
    fn new(start: u64, beginning: Beginning, file: &File, length: u64) -> Result<Self, SoundError> {
        let chunks = match beginning.kind {
            Kind::Chunks => {
                let Chunks { sound, end } = chunks::read(&Window::new(file.try_clone()?, beginning.start, length))?;
                let before = beginning.start - start;
                Some(Chunks { sound: sound.map(|(at, size)| (at + before, size)), end: end + before })
            }
            _ => None,
        };
        Ok(Self { start, beginning, chunks })
    }

    fn unmarked(file: &Window) -> Result<Self, SoundError> {
        let beginning = Beginning { kind: unmarked(file)?, start: 0, head_end: 0 };
        Ok(Self { start: 0, beginning, chunks: None })
    }

    /// Whether what seems to begin is a piece of this one.
    fn holds(&mut self, next: &Beginning) -> bool {
        let known = &mut self.beginning;
        let is_of_frames = matches!(next.kind, Kind::Flac | Kind::Tag | Kind::CountedMp3);
        match known.kind {
            Kind::Tag if next.start < known.head_end + PADDING => {
                known.kind = next.kind;
                true
            }
            Kind::Ogg if next.kind == Kind::Ogg && next.start == known.head_end => {
                known.head_end = next.head_end;
                true
            }
            Kind::Chunks => {
                let end = self.start + self.chunks.map_or(0, |chunks| chunks.end);
                next.kind != Kind::Chunks && next.start < end
            }
            Kind::Ogg | Kind::Other => is_of_frames,
            Kind::Frames | Kind::Tag | Kind::CountedMp3 | Kind::Flac => false,
        }
    }

    fn until(self, end: u64) -> Part {
        Part { start: self.start, end, kind: self.beginning.kind, chunks: self.chunks }
    }
}
