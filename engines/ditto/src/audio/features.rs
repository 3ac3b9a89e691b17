//! Features of sound, one row of 1024 numbers for each video frame of 40 ms.
//!
//! HuBERT sees windows of three past, five current and two future frames and 80 samples more. The two drivers pad the
//! front differently, so that offline features lie 80 samples later than online ones; both are as in the reference
//! (`core/atomic_components/wav2feat.py` and `inference.py`, e9191cf).

use std::error::Error;

use crate::audio::hubert::SpeechEncoder;
use crate::network_error::NetworkError;

/// Samples per second.
pub const RATE: f64 = 16_000.0;
/// Samples of a frame.
pub const FRAME: usize = 640;
/// Samples that HuBERT sees at once.
pub const CHUNK: usize = 6480;
/// Frames that a chunk yields.
pub const CHUNK_FRAMES: usize = 5;
/// Samples from one chunk to the next.
pub const HOP: usize = CHUNK_FRAMES * FRAME;
/// Numbers of a feature row.
pub const FEATURES: usize = 1024;
/// Zeros in front of the sound offline.
pub const OFFLINE_PAD: usize = 2000;
/// Zeros in front of the sound online: three frames.
pub const ONLINE_PAD: usize = 3 * FRAME;

/// A feature row.
pub type Feature = [f32; FEATURES];

/// Why there are no features.
#[derive(Debug, thiserror::Error)]
pub enum SoundError {
    /// HuBERT failed.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The sound cannot be read.
    #[error("the speech cannot be read: {0}")]
    Unreadable(Box<dyn Error + Send + Sync>),
    /// The overlap is one of those for which rounding gives the warm-up a row too many.
    #[error("overlap_v2 {overlap} gives {rows} warm-up rows; choose another overlap")]
    WarmUp {
        /// The overlap, in frames.
        overlap: usize,
        /// The rows it would give.
        rows: usize,
    },
}

/// Frames of video for so many samples, at 25 per second.
///
/// The product is rounded in double precision before it is rounded up, as in the reference
/// (`core/atomic_components/wav2feat.py`, e9191cf): some lengths that are whole frames, such as 4480 samples, get one
/// frame more.
#[must_use]
pub fn num_frames(samples: usize) -> usize {
    (samples as f64 / RATE * 25.0).ceil() as usize
}

/// First sample, in the padded sound, of the offline chunk that yields this frame first.
///
/// Truncated from double precision: some starts, first that of frame 1615, lie one sample early.
#[must_use]
pub fn chunk_start(frame: usize) -> usize {
    (frame as f64 * 0.04 * RATE) as usize
}

/// Sound that is read from its start to its end.
pub trait Samples {
    /// Samples in all, ±1 at 16 kHz; `None` while nobody knows.
    fn total(&self) -> Option<usize>;

    /// Fills `out` from where the last call ended; gives how many samples it wrote, fewer only at the end.
    ///
    /// # Errors
    /// If the sound cannot be read.
    fn read(&mut self, out: &mut [f32]) -> Result<usize, Box<dyn Error + Send + Sync>>;
}

impl Samples for Box<dyn Samples + Send> {
    fn total(&self) -> Option<usize> {
        (**self).total()
    }

    fn read(&mut self, out: &mut [f32]) -> Result<usize, Box<dyn Error + Send + Sync>> {
        (**self).read(out)
    }
}

/// Sound that lies in memory.
pub struct InMemory<'a> {
    total: usize,
    rest: &'a [f32],
}

impl<'a> From<&'a [f32]> for InMemory<'a> {
    fn from(samples: &'a [f32]) -> Self {
        Self { total: samples.len(), rest: samples }
    }
}

impl Samples for InMemory<'_> {
    fn total(&self) -> Option<usize> {
        Some(self.total)
    }

    fn read(&mut self, out: &mut [f32]) -> Result<usize, Box<dyn Error + Send + Sync>> {
        let (now, later) = self.rest.split_at(out.len().min(self.rest.len()));
        out[..now.len()].copy_from_slice(now);
        self.rest = later;
        Ok(now.len())
    }
}

/// Which of the two drivers the features are for: they cut the sound in different ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// One row for each of the speech's [`num_frames`].
    Offline,
    /// The same, with the sound where a stream has it.
    OfflineAligned,
    /// Five rows for each chunk of the stream, whose last one ends in zeros.
    Online,
}

/// Features of a speech, chunk by chunk, so that a long one needs no more memory than a short one.
pub struct Features<S> {
    window: Window<S>,
    mode: Mode,
    least: usize,
    done: usize,
}

impl<S: Samples> Features<S> {
    /// Features of the sound from its start.
    pub fn new(samples: S, mode: Mode) -> Self {
        let pad = if mode == Mode::Offline { OFFLINE_PAD } else { ONLINE_PAD };
        Self { window: Window { samples, heard: vec![0.0; pad], first: 0 }, mode, least: 0, done: 0 }
    }

    /// Lets silence follow until there are so many rows: a stream shorter than a step gives no frame.
    #[must_use]
    pub fn at_least(mut self, rows: usize) -> Self {
        self.least = rows.next_multiple_of(CHUNK_FRAMES);
        self
    }

    /// Frames of the speech; `None` while it is still spoken.
    #[must_use]
    pub fn frames(&self) -> Option<usize> {
        self.window.samples.total().map(num_frames)
    }

    /// Rows in all; `None` while the speech is still spoken.
    #[must_use]
    pub fn rows(&self) -> Option<usize> {
        let total = self.window.samples.total()?;
        let rows = match self.mode {
            Mode::Offline | Mode::OfflineAligned => num_frames(total),
            Mode::Online => (total + ONLINE_PAD).div_ceil(HOP) * CHUNK_FRAMES,
        };
        Some(rows.max(self.least))
    }

    /// Rows that are still to come: unknown counts as many.
    fn left(&self) -> usize {
        self.rows().map_or(usize::MAX, |rows| rows.saturating_sub(self.done))
    }

    /// The rows of the next chunk, at most five; none after the last. Waits for sound that is still to be spoken.
    ///
    /// # Errors
    /// If the sound cannot be read, or HuBERT fails.
    pub fn next(&mut self, encoder: &mut dyn SpeechEncoder) -> Result<Vec<Feature>, SoundError> {
        if self.left() == 0 {
            return Ok(Vec::new());
        }
        let start = match self.mode {
            Mode::Offline => chunk_start(self.done),
            Mode::OfflineAligned | Mode::Online => self.done / CHUNK_FRAMES * HOP,
        };
        let chunk = self.window.at(start)?;
        // Speech that is still spoken may have ended meanwhile, before this chunk.
        let valid = CHUNK_FRAMES.min(self.left());
        if valid == 0 {
            return Ok(Vec::new());
        }
        let rows = features_of_chunk(encoder, &chunk)?;
        self.done += valid;
        Ok(rows[..valid].to_vec())
    }

    /// All rows.
    ///
    /// # Errors
    /// If the sound cannot be read, or HuBERT fails.
    pub fn all(mut self, encoder: &mut dyn SpeechEncoder) -> Result<Vec<Feature>, SoundError> {
        let mut rows = Vec::new();
        loop {
            match self.next(encoder)? {
                next if next.is_empty() => return Ok(rows),
                next => rows.extend(next),
            }
        }
    }
}

/// The chunk that is heard, of a sound that is only read forwards.
struct Window<S> {
    samples: S,
    /// Samples from `first` on; in front of the sound there are zeros.
    heard: Vec<f32>,
    first: usize,
}

impl<S: Samples> Window<S> {
    /// The [`CHUNK`] samples from `start` on, which is no less than it was before; past the end there are zeros.
    fn at(&mut self, start: usize) -> Result<[f32; CHUNK], SoundError> {
        self.heard.drain(..(start - self.first).min(self.heard.len()));
        self.first = start;
        let had = self.heard.len();
        if had < CHUNK {
            self.heard.resize(CHUNK, 0.0);
            self.samples.read(&mut self.heard[had..]).map_err(SoundError::Unreadable)?;
        }
        Ok(*self.heard.first_chunk().expect("there are as many"))
    }
}

/// Features of the silence in front of a stream: as many rows as windows overlap.
///
/// # Errors
/// If HuBERT fails, or for the overlaps (7, 14, 28, 55, 56 …) whose silence rounds up to another number of rows.
pub fn features_warmup(encoder: &mut dyn SpeechEncoder, overlap: usize) -> Result<Vec<Feature>, SoundError> {
    let samples = overlap * FRAME;
    let rows = num_frames(samples);
    if rows != overlap {
        return Err(SoundError::WarmUp { overlap, rows });
    }
    Features::new(InMemory::from(&vec![0.0; samples][..]), Mode::Offline).all(encoder)
}

/// The five feature rows of a chunk: rows 6 to 15 of HuBERT's 20, averaged in pairs.
///
/// # Errors
/// If HuBERT fails or gives too few rows.
pub fn features_of_chunk(
    encoder: &mut dyn SpeechEncoder,
    chunk: &[f32; CHUNK],
) -> Result<[Feature; CHUNK_FRAMES], SoundError> {
    let encoded = encoder.encode(chunk)?;
    let rows = encoded.as_chunks::<FEATURES>().0;
    let Some(current) = rows.len().checked_sub(14).map(|first| &rows[first..first + 2 * CHUNK_FRAMES]) else {
        let reason = format!("{} rows for {CHUNK} samples are too few", rows.len());
        return Err(NetworkError::new("hubert", reason).into());
    };
    let pairs = current.as_chunks::<2>().0;
    Ok(std::array::from_fn(|frame| {
        let [first, second] = &pairs[frame];
        std::array::from_fn(|i| (first[i] + second[i]) / 2.0)
    }))
}
