//! The autoencoder's configuration, as its published `config.json` has it.

use serde::Deserialize;

use crate::published::{LATENT, PICTURE, Published, check_blocks, check_positive, check_size};

/// Epsilon of every normalisation of the network.
pub const EPS: f64 = 1e-6;

/// What of `config.json` shapes the network; the defaults are the published values.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct VaeConfig {
    /// Channels of a picture.
    pub in_channels: i64,
    /// Channels of a picture that comes back.
    pub out_channels: i64,
    /// Channels of a latent.
    pub latent_channels: i64,
    /// Channels of the blocks, the largest pictures first; between two blocks the picture is halved.
    pub block_out_channels: Vec<i64>,
    /// Residual blocks of a block of the encoder; the decoder has one more.
    pub layers_per_block: i64,
    /// Groups of every normalisation.
    pub norm_num_groups: i64,
    /// Factor between the autoencoder's latents and the denoiser's.
    pub scaling_factor: f64,
}

impl Default for VaeConfig {
    fn default() -> Self {
        Self {
            in_channels: 3,
            out_channels: 3,
            latent_channels: 4,
            block_out_channels: vec![128, 256, 512, 512],
            layers_per_block: 2,
            norm_num_groups: 32,
            scaling_factor: 0.18215,
        }
    }
}

impl Published for VaeConfig {
    fn check(&self) -> Result<(), String> {
        check_blocks(&self.block_out_channels, self.layers_per_block, self.norm_num_groups)?;
        check_size("in_channels", self.in_channels, PICTURE)?;
        check_size("out_channels", self.out_channels, PICTURE)?;
        check_size("latent_channels", self.latent_channels, LATENT)?;
        check_positive("scaling_factor", self.scaling_factor)
    }
}
