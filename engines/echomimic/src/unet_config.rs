//! The configuration of Stable Diffusion's UNet, as its published `config.json` has it, and what EchoMimic adds to it (its
//! `configs/inference/inference_v2.yaml`). Both of EchoMimic's denoising networks are built by it.

use engine_diffusion::resnet::{ResnetBlock2D, ResnetShape};
use engine_diffusion::unet::{Plan, Site, Topology};
use engine_torch::VarPath;
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

impl Plan for UNetConfig {
    type Resnet = ResnetBlock2D;

    fn topology(&self) -> Topology<'_> {
        Topology {
            in_channels: self.in_channels,
            channels: &self.block_out_channels,
            layers_per_block: self.layers_per_block,
        }
    }

    fn resnet(&self, vs: &VarPath<'_>, inputs: i64, site: Site) -> ResnetBlock2D {
        let shape = ResnetShape {
            inputs,
            outputs: site.channels,
            time_embedding: Some(self.topology().time_embedding()),
            groups: self.norm_num_groups,
            eps: self.norm_eps,
        };
        ResnetBlock2D::new(vs, shape)
    }
}
