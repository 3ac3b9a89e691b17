//! Whisper's encoder over a whole speech. The paper (arXiv 2407.08136) hears the states of all its blocks.

use std::path::Path;

use engine_api::EngineError;
use engine_torch::{Checkpoint, CheckpointError, Place, VarPath};
use engine_whisper::mel::log_mel;
use engine_whisper::{Config, Encoder, LastState};
use tch::Tensor;

use crate::audio::frames::{frames, heard_rows, rows};
use crate::audio::heard::HeardSpeech;

/// Columns of the spectrogram for each row of states.
const ROW_COLUMNS: i64 = 2;
/// Tokens that Whisper's models know which were trained with English alone; the others know one more.
const ENGLISH_TOKENS: u64 = 51_864;

/// Hears speech.
#[derive(Debug)]
pub struct SpeechEncoder {
    encoder: Encoder,
    config: Config,
    place: Place,
}

impl SpeechEncoder {
    /// The encoder whose keys, those of OpenAI's checkpoints, begin with `encoder` at `vs`.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, config: &Config) -> Self {
        Self { encoder: Encoder::new(&(vs / "encoder"), config), config: *config, place: vs.place() }
    }

    /// Reads the encoder of Whisper's model "tiny" as OpenAI publishes it.
    ///
    /// `loaded` is told the bytes of each tensor once it is in its place.
    ///
    /// # Errors
    /// The file cannot be read, holds another model, or the one of the same size that knows English alone.
    pub fn load(path: &Path, place: Place, loaded: &mut dyn FnMut(u64)) -> Result<Self, CheckpointError> {
        let config = Config::TINY;
        if knows_english_alone(path, &config)? {
            let reason = "this is Whisper's model tiny.en, and EchoMimic hears with the multilingual one, tiny; \
                          `avatar-gateway models pull echomimic` fetches it";
            return Err(CheckpointError { files: vec![path.to_owned()], reason: reason.to_owned() });
        }
        let encoder = Encoder::load(path, &config, place, loaded)?;
        Ok(Self { encoder, config, place })
    }

    /// Hears a speech: `samples` at 16 kHz, full scale 1, for a video of `fps` frames per second (from 1 on) and no more than
    /// `length` frames (from 1 on).
    ///
    /// The speech is encoded half a minute at a time, as far as those frames hear it. Its loudness is measured over the whole,
    /// as in the reference: what comes after the last frame still counts. `heard` is told how many half minutes of how many
    /// are encoded, and may end the work.
    ///
    /// # Errors
    /// The speech is too short, or `heard` ends the work.
    ///
    /// # Panics
    /// As libtorch does.
    pub fn hear(
        &self,
        samples: &[f32],
        fps: u32,
        length: usize,
        heard: &mut dyn FnMut(u64, u64) -> Result<(), EngineError>,
    ) -> Result<HeardSpeech, EngineError> {
        let all = rows(samples.len())?;
        let frames = frames(all, fps).min(length);
        let index: Vec<i64> = (0..frames).flat_map(|frame| heard_rows(frame, fps, all)).collect();
        let needed = index.iter().max().map_or(0, |last| last + 1);

        let Config { n_mels, n_audio_ctx, n_audio_state, n_audio_layer, .. } = self.config;
        let mel = log_mel(&Tensor::from_slice(samples), n_mels.unsigned_abs() as usize);
        let options = (self.place.kind, self.place.device);
        let states = Tensor::empty([needed, n_audio_layer + 1, n_audio_state], options);
        let segments = (needed + n_audio_ctx - 1) / n_audio_ctx;
        for segment in 0..segments {
            heard(segment.unsigned_abs(), segments.unsigned_abs())?;
            let start = segment * n_audio_ctx;
            let wanted = n_audio_ctx.min(needed - start);
            let encoded = self.segment(&mel, start * ROW_COLUMNS);
            states.narrow(0, start, wanted).copy_(&encoded.narrow(0, 0, wanted));
        }
        heard(segments.unsigned_abs(), segments.unsigned_abs())?;
        let index = Tensor::from_slice(&index).view([frames as i64, -1]).to_device(self.place.device);
        Ok(HeardSpeech::new(states, index))
    }

    /// The states (1500, 5, 384) of half a minute from a column of the spectrogram (80, columns) on. The reference continues a
    /// shorter one with zeros, which are no silence: they lie in the middle of what a spectrogram holds.
    fn segment(&self, mel: &Tensor, start: i64) -> Tensor {
        let whole = self.config.n_audio_ctx * ROW_COLUMNS;
        let columns = whole.min(mel.size()[1] - start);
        let padded = mel.narrow(1, start, columns).constant_pad_nd([0, whole - columns]);
        let placed = self.place.put(&padded.unsqueeze(0));
        self.encoder.states(&placed, LastState::Raw).squeeze_dim(0)
    }
}

/// Whether a checkpoint holds the tokens of a model for English alone. One without tokens, of the encoder alone, may be either.
fn knows_english_alone(path: &Path, config: &Config) -> Result<bool, CheckpointError> {
    let is_tokens = |name: &str| name.ends_with("decoder.token_embedding.weight").then(|| name.to_owned());
    let tokens = Checkpoint::open(&[path], is_tokens)?;
    Ok(tokens.elements() == ENGLISH_TOKENS * config.n_audio_state.unsigned_abs())
}

#[cfg(test)]
mod tests;
