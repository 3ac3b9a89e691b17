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

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn sizes_are_read_as_either_publisher_writes_them() {
        let theirs = r#"{"n_mels": 80, "n_vocab": 51865, "n_audio_ctx": 1500, "n_audio_state": 384, "n_audio_head": 6,
            "n_audio_layer": 4, "n_text_ctx": 448}"#;
        assert_eq!(serde_json::from_str::<Config>(theirs).unwrap(), Config::TINY);
        let others = r#"{"num_mel_bins": 80, "max_source_positions": 1500, "d_model": 32, "encoder_attention_heads": 4,
            "encoder_layers": 4, "encoder_ffn_dim": 64, "decoder_layers": 4}"#;
        let config: Config = serde_json::from_str(others).unwrap();
        assert_eq!((config.n_audio_state, config.mlp(), Config::TINY.mlp()), (32, 64, 1536));
    }
}
