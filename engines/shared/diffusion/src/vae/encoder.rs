//! The autoencoder's way from pictures to latents.

use engine_torch::VarPath;
use engine_torch::layers::Conv2d;
use tch::Tensor;

use super::attention::{MidBlock, resnet};
use super::config::{EPS, VaeConfig};
use crate::head::Head;
use crate::resnet::ResnetBlock2D;
use crate::sampling::Downsample2D;

/// Pictures to twice the channels of latents: their means and the logarithms of their variances.
#[derive(Debug)]
pub struct Encoder {
    /// The first convolution.
    pub conv_in: Conv2d,
    /// The blocks, the largest pictures first.
    pub down_blocks: Vec<DownBlock>,
    /// The middle.
    pub mid_block: MidBlock,
    /// What comes after the middle.
    pub head: Head,
}

/// Residual blocks, and but for the last of them all a halving.
#[derive(Debug)]
pub struct DownBlock {
    resnets: Vec<ResnetBlock2D>,
    downsampler: Option<Downsample2D>,
}

impl Encoder {
    /// `conv_in`, `down_blocks.0` and so on, `mid_block`, `conv_norm_out`, `conv_out`.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, config: &VaeConfig) -> Self {
        let channels = &config.block_out_channels;
        let [first, last] = [channels[0], channels[channels.len() - 1]];
        let down_block = |(place, &outputs): (usize, &i64)| {
            let vs = vs / "down_blocks" / place;
            let inputs = channels[place.saturating_sub(1)];
            let resnets = (0..config.layers_per_block).map(|layer| {
                let inputs = if layer == 0 { inputs } else { outputs };
                ResnetBlock2D::new(&(&vs / "resnets" / layer), resnet(config, inputs, outputs))
            });
            let is_last = place + 1 == channels.len();
            DownBlock {
                resnets: resnets.collect(),
                downsampler: (!is_last).then(|| Downsample2D::padded_behind(&(&vs / "downsamplers" / 0), outputs)),
            }
        };
        Self {
            conv_in: Conv2d::new(&(vs / "conv_in"), config.in_channels, first, 3).padding(1),
            down_blocks: channels.iter().enumerate().map(down_block).collect(),
            mid_block: MidBlock::new(&(vs / "mid_block"), config, last),
            head: Head::new(vs, last, 2 * config.latent_channels, config.norm_num_groups, EPS),
        }
    }

    /// Pictures (N, 3, rows, columns) to (N, 2 · latent channels, rows / 8, columns / 8).
    pub fn forward(&self, pictures: &Tensor) -> Tensor {
        let x = self.conv_in.forward(pictures);
        let x = self.down_blocks.iter().fold(x, |x, block| block.forward(&x));
        self.head.forward(&self.mid_block.forward(&x))
    }
}

impl DownBlock {
    /// (N, channels, rows, columns) to the block's channels and half the sides.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let mut x = x.shallow_clone();
        for resnet in &self.resnets {
            x = resnet.forward(&x, None);
        }
        self.downsampler.as_ref().map_or(x.shallow_clone(), |downsampler| downsampler.forward(&x))
    }
}
