//! Sound to features: one row of 1024 numbers for each frame of 40 ms.
//!
//! HuBERT sees windows of three past, five current and two future frames and 80 samples more. The two drivers pad the
//! front differently, so that offline features lie 80 samples later than online ones; both are as in the reference.

use crate::inference::{NetworkError, SpeechEncoder};

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
/// The product is rounded in double precision before it is rounded up, as in the reference: some lengths that are
/// whole frames, such as 4480 samples, get one frame more.
#[must_use]
pub fn num_frames(samples: usize) -> usize {
    (samples as f64 / RATE * 25.0).ceil() as usize
}

/// First sample of each chunk in the padded sound, for frames 0, 5, 10 and so on.
///
/// Truncated from double precision: some starts, first that of frame 1615, lie one sample early.
pub fn chunk_starts(frames: usize) -> impl Iterator<Item = usize> {
    (0..frames).step_by(CHUNK_FRAMES).map(|frame| (frame as f64 * 0.04 * RATE) as usize)
}

/// Features of a whole speech, one row for each of its [`num_frames`]; samples are ±1 at 16 kHz.
///
/// # Errors
/// If HuBERT fails.
pub fn features_offline(encoder: &mut dyn SpeechEncoder, samples: &[f32]) -> Result<Vec<Feature>, SoundError> {
    let frames = num_frames(samples.len());
    let mut rows = Vec::with_capacity(frames + CHUNK_FRAMES);
    for start in chunk_starts(frames) {
        rows.extend(features_of_chunk(encoder, &cut(samples, OFFLINE_PAD, start))?);
    }
    rows.truncate(frames);
    Ok(rows)
}

/// The chunks that a stream of sound is cut into, each of [`CHUNK`] samples; the last one ends in zeros.
pub fn online_chunks(samples: &[f32]) -> impl Iterator<Item = [f32; CHUNK]> {
    let padded = samples.len() + ONLINE_PAD;
    (0..padded).step_by(HOP).map(|start| cut(samples, ONLINE_PAD, start))
}

/// Features as the stream gives them: five rows for each chunk; samples are ±1 at 16 kHz.
///
/// # Errors
/// If HuBERT fails.
pub fn features_online(encoder: &mut dyn SpeechEncoder, samples: &[f32]) -> Result<Vec<Feature>, SoundError> {
    let mut rows = Vec::new();
    for chunk in online_chunks(samples) {
        rows.extend(features_of_chunk(encoder, &chunk)?);
    }
    Ok(rows)
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
    features_offline(encoder, &vec![0.0; samples])
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

/// A chunk of the sound with `pad` zeros in front and any number behind.
fn cut(samples: &[f32], pad: usize, start: usize) -> [f32; CHUNK] {
    std::array::from_fn(|i| (start + i).checked_sub(pad).and_then(|at| samples.get(at)).copied().unwrap_or(0.0))
}
