//! The sizes of a Whisper encoder.

use serde::Deserialize;

/// The sizes of an encoder, as OpenAI's checkpoints (`dims`) and Hugging Face's `config.json` tell them; either is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Config {
    /// Mel bands.
    #[serde(alias = "num_mel_bins")]
    pub n_mels: i64,
    /// Positions: states of the longest sound that is heard at once.
    #[serde(alias = "max_source_positions")]
    pub n_audio_ctx: i64,
    /// Channels of a state.
    #[serde(alias = "d_model")]
    pub n_audio_state: i64,
    /// Heads of each attention.
    #[serde(alias = "encoder_attention_heads")]
    pub n_audio_head: i64,
    /// Blocks.
    #[serde(alias = "encoder_layers")]
    pub n_audio_layer: i64,
    /// Channels within each block's perceptron, where they are not four times those of a state.
    #[serde(default, rename = "encoder_ffn_dim")]
    pub n_audio_mlp: Option<i64>,
}

impl Config {
    /// The smallest published model, "tiny" (table 1 of the paper).
    pub const TINY: Self = Self {
        n_mels: 80,
        n_audio_ctx: 1500,
        n_audio_state: 384,
        n_audio_head: 6,
        n_audio_layer: 4,
        n_audio_mlp: None,
    };

    /// Channels within each block's perceptron.
    #[must_use]
    pub fn mlp(&self) -> i64 {
        self.n_audio_mlp.unwrap_or(4 * self.n_audio_state)
    }
}
