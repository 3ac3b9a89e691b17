//! Whisper's encoder over a whole speech, half a minute at a time, and the projection of what each frame hears.

use avatar_media::speech::SpeechReader;
use engine_api::EngineError;
use engine_whisper::mel::{HOP, log_mel};
use engine_whisper::{Config, Encoder, LastState};
use tch::{Device, Kind, Tensor};

use crate::projection::Projection;
use crate::speech::error::SpeechError;
use crate::speech::frames::{Frames, HEARD_ROWS, heard_rows};
use crate::speech::heard::HeardSpeech;
use crate::speech::length::{rows, units};
use crate::windows::Windows;

/// Columns of the spectrogram for each row of states.
const ROW_COLUMNS: i64 = 2;

/// Numbers that a frame hears of the states of an encoder, and that the projection gets.
#[must_use]
pub fn heard_numbers(config: &Config) -> i64 {
    HEARD_ROWS * row_numbers(config)
}

/// Samples that are heard at once: half a minute.
#[must_use]
pub fn piece_samples(config: &Config) -> usize {
    (config.n_audio_ctx * ROW_COLUMNS) as usize * HOP
}

/// Numbers of a row of states, all layers together.
fn row_numbers(config: &Config) -> i64 {
    (config.n_audio_layer + 1) * config.n_audio_state
}

/// Hears speech, in 32 bits.
#[derive(Debug)]
pub struct SpeechEncoder {
    whisper: Encoder,
    config: Config,
    projection: Projection,
    device: Device,
}

impl SpeechEncoder {
    /// Of an encoder of these sizes and a projection of [`heard_numbers`], both on the device and in 32 bits.
    #[must_use]
    pub fn new(whisper: Encoder, config: Config, projection: Projection, device: Device) -> Self {
        Self { whisper, config, projection, device }
    }

    /// Hears a speech from its beginning, as far as the frames of a timeline hear it; after its end there is silence, which the
    /// frames behind the video's hear alone.
    ///
    /// Each half minute has a loudness of its own, as in the reference, and silence behind the last. No more than one is held.
    /// `heard` is told how many of how many are encoded, and may end the work.
    ///
    /// # Errors
    /// The file cannot be read, or `heard` ends the work.
    ///
    /// # Panics
    /// As libtorch does.
    pub fn hear(
        &self,
        speech: &mut SpeechReader,
        windows: &Windows,
        heard: &mut dyn FnMut(u64, u64) -> Result<(), EngineError>,
    ) -> Result<HeardSpeech<'_>, EngineError> {
        let positions = self.config.n_audio_ctx;
        let needed = rows(units(speech.samples_total())).cast_signed().min(heard_rows(windows.frames));
        let pieces = (needed + positions - 1) / positions;

        let silence = Tensor::zeros([1, heard_numbers(&self.config)], (Kind::Float, self.device));
        let silent = self.projection.summary(&silence);
        let summaries = silent.repeat([windows.timeline(), 1]);
        let mut done = 0;
        let mut keep = |frames: &Tensor| {
            let count = frames.size()[0];
            summaries.narrow(0, done, count).copy_(&self.projection.summary(frames));
            done += count;
        };
        let mut frames = Frames::new(windows.frames, row_numbers(&self.config), self.device);
        let mut samples = vec![0.0; piece_samples(&self.config)];
        for piece in 0..pieces {
            heard(piece.unsigned_abs(), pieces.unsigned_abs())?;
            let read = speech.read(&mut samples).map_err(SpeechError::from)?;
            samples[read..].fill(0.0);
            let wanted = positions.min(needed - piece * positions);
            keep(&frames.add(&self.states(&samples).narrow(0, 0, wanted)));
        }
        keep(&frames.finish());
        heard(pieces.unsigned_abs(), pieces.unsigned_abs())?;
        Ok(HeardSpeech::new(&self.projection, summaries, silent))
    }

    /// The states (1500, 5, 384) of half a minute.
    fn states(&self, samples: &[f32]) -> Tensor {
        let mel = log_mel(&Tensor::from_slice(samples), self.config.n_mels.unsigned_abs() as usize);
        self.whisper.states(&mel.unsqueeze(0).to_device(self.device), LastState::Normalised).squeeze_dim(0)
    }
}

#[cfg(test)]
mod tests;
