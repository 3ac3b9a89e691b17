//! The configuration of Stable Diffusion's UNet, as its published `config.json` has it, and what EchoMimic adds to it (its
//! `configs/inference/inference_v2.yaml`).

use serde::Deserialize;

/// What of `sd-image-variations-diffusers/unet/config.json` shapes the networks; the defaults are the published values.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct UNetConfig {
    /// Channels of a latent that comes in.
    pub in_channels: i64,
    /// Channels of a prediction.
    pub out_channels: i64,
    /// Channels of the levels, the largest pictures first. The last level has no attention.
    pub block_out_channels: Vec<i64>,
    /// Residual blocks of a level on the way down; on the way up there is one more.
    pub layers_per_block: i64,
    /// Heads of every attention. (The published name is misleading: diffusers takes it for their number.)
    pub attention_head_dim: i64,
    /// Groups of the normalisations.
    pub norm_num_groups: i64,
    /// Epsilon of the normalisations of residual blocks.
    pub norm_eps: f64,
    /// Channels of the speech's tokens, those of Whisper-tiny: EchoMimic's own, as the two below.
    #[serde(skip)]
    pub audio_channels: i64,
    /// Heads of the attention along time.
    #[serde(skip)]
    pub motion_heads: i64,
    /// Frames that attention along time knows positions of.
    #[serde(skip)]
    pub motion_frames: i64,
}

impl Default for UNetConfig {
    fn default() -> Self {
        Self {
            in_channels: 4,
            out_channels: 4,
            block_out_channels: vec![320, 640, 1280, 1280],
            layers_per_block: 2,
            attention_head_dim: 8,
            norm_num_groups: 32,
            norm_eps: 1e-5,
            audio_channels: 384,
            motion_heads: 8,
            motion_frames: 32,
        }
    }
}

impl UNetConfig {
    /// The epsilon of normalisations before attention, which the published file does not name.
    pub(crate) const ATTENTION_EPS: f64 = 1e-6;

    /// Channels of the first level, and size of the waves that tell the step.
    pub(crate) fn first(&self) -> i64 {
        self.block_out_channels[0]
    }

    /// Size of the step's vector.
    pub(crate) fn time_embedding(&self) -> i64 {
        4 * self.first()
    }
}
