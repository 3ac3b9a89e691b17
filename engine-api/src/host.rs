//! The traits through which an engine hands over frames and tells its progress.

use std::path::Path;
use std::time::Duration;

use crate::computation::Computation;
use crate::error::EngineError;
use crate::job::VideoFormat;
use crate::phase::Phase;

/// Receives news of a long step. What does not advance for the configured `stall_seconds` counts as stuck.
pub trait Progress {
    /// Says that `done` of `total` units of `stage` are finished. `total` 0 means that the amount is unknown.
    ///
    /// `stage` is a short lower-case phrase for people: `"load weights"`, `"audio features"`, `"render"`.
    fn progress(&mut self, stage: &str, done: u64, total: u64);

    /// Says that a phase begins, for an engine of which the gateway cannot tell. Most engines never call it: an engine is
    /// `loading` until [`Engine::load`](crate::Engine::load) returns, `preparing` until [`Host::begin`], `rendering` until
    /// [`Engine::render`](crate::Engine::render) returns, and `finishing` from then on, or from [`Host::deliver`] on.
    ///
    /// Phases pass in order: one that is over, or that the gateway does not know, is passed over. So is every phase by a
    /// gateway that is older than this method.
    fn phase(&mut self, _phase: Phase) {}
}

/// What [`Host::hear`] has heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// So many samples, at least one.
    Samples(usize),
    /// Nothing, in the time that the engine was patient.
    Nothing,
    /// The end: there are no more samples.
    End,
}

/// The running job, as an engine sees it.
pub trait Host: Progress {
    /// Announces the frames to come. Called once, before the first frame.
    ///
    /// # Errors
    /// `Output` when the format cannot be encoded (odd or absurd size), `Internal` when called twice.
    fn begin(&mut self, format: VideoFormat) -> Result<(), EngineError>;

    /// Takes the next frame: RGB24, row by row without padding, exactly
    /// [`VideoFormat::frame_bytes`] bytes. The slice may be reused as soon as the call returns.
    ///
    /// Each call counts as progress of the stage `render`.
    ///
    /// # Errors
    /// `Canceled` once the job is canceled, `Output` when the frame cannot be written.
    fn frame(&mut self, rgb: &[u8]) -> Result<(), EngineError>;

    /// Hands over a finished video file instead of frames, for an engine whose backend returns one. The file must
    /// lie in the job's work folder. Its pictures, in H.264, are kept as they are; its sound gives way to the job's
    /// speech as the client sent it.
    ///
    /// # Errors
    /// `Output` when the file is no such video, `Internal` after [`Host::begin`].
    fn deliver(&mut self, video: &Path) -> Result<(), EngineError>;

    /// Asks whether the job is canceled, for long stretches without frames.
    ///
    /// # Errors
    /// `Canceled` once it is.
    fn canceled(&self) -> Result<(), EngineError>;

    /// Gives the next samples of a speech that is [`Speech::Stream`](crate::Speech::Stream), in order and each once: as many
    /// as are there, and at most as many as `samples` has room for. Where there is none, it waits for the next one, up to
    /// `patience`.
    ///
    /// An engine may listen ahead of its frames as far as it needs to, and does well to listen no further: for so long whoever
    /// watches waits.
    ///
    /// # Errors
    /// `Canceled` once the job is canceled, `Internal` where the speech is a file, or the gateway is older than this method.
    fn hear(&mut self, _samples: &mut [f32], _patience: Duration) -> Result<Heard, EngineError> {
        Err(EngineError::no_stream())
    }

    /// Puts a warning on the job: the video is made, but not quite as asked for or expected. The client sees it at once.
    ///
    /// `code` is a word in snake case by which programs tell it, `"several_faces"`; the gateway puts the engine's id and
    /// a dot before it, unless they stand there. `message` is a sentence for the client. Of one attempt, each code is kept
    /// once, with its first message, and so are at most 20 codes; a message is cut after 500 characters. The next
    /// attempt at the job begins without any.
    ///
    /// A gateway that is older than this method passes it over.
    fn warn(&mut self, _code: &str, _message: &str) {}

    /// Says on what this job is computed, for its record: clients see it at once, and after the job's end. Called once in
    /// [`Engine::render`](crate::Engine::render), before the first frame; of several calls the last word counts. The next
    /// attempt at the job begins without.
    ///
    /// Of the providers 8 are kept, and of each text 64 characters; of one attempt, 20 words that differ are heard.
    ///
    /// A gateway that is older than this method passes it over.
    fn computes_on(&mut self, _machinery: &Computation) {}
}

/// Fills `samples` with a speech that is [`Speech::Stream`](crate::Speech::Stream), and waits until as much is spoken; gives how
/// many there are: fewer only at its end, 0 after it. For an engine that does nothing else meanwhile.
///
/// # Errors
/// As [`Host::hear`].
pub fn listen(host: &mut dyn Host, samples: &mut [f32]) -> Result<usize, EngineError> {
    /// So often the host can say that the job is canceled.
    const PATIENCE: Duration = Duration::from_millis(100);
    let mut count = 0;
    while count < samples.len() {
        match host.hear(&mut samples[count..], PATIENCE)? {
            Heard::Samples(more) => count += more,
            Heard::Nothing => {}
            Heard::End => break,
        }
    }
    Ok(count)
}
