//! The autoencoder's way from latents to pictures.

use engine_torch::VarPath;
use engine_torch::layers::Conv2d;
use tch::Tensor;

use super::attention::{MidBlock, resnet};
use super::config::{EPS, VaeConfig};
use crate::head::Head;
use crate::resnet::ResnetBlock2D;
use crate::sampling::Upsample2D;

/// Latents to pictures.
#[derive(Debug)]
pub struct Decoder {
    /// The first convolution.
    pub conv_in: Conv2d,
    /// The middle.
    pub mid_block: MidBlock,
    /// The blocks, the smallest pictures first.
    pub up_blocks: Vec<UpBlock>,
    /// What comes after the blocks.
    pub head: Head,
}

/// Residual blocks, and but for the last of them all a doubling.
#[derive(Debug)]
pub struct UpBlock {
    resnets: Vec<ResnetBlock2D>,
    upsampler: Option<Upsample2D>,
}

impl Decoder {
    /// `conv_in`, `mid_block`, `up_blocks.0` and so on, `conv_norm_out`, `conv_out`.
    pub(super) fn new(vs: &VarPath<'_>, config: &VaeConfig) -> Self {
        let channels: Vec<i64> = config.block_out_channels.iter().rev().copied().collect();
        let [first, last] = [channels[0], channels[channels.len() - 1]];
        let up_block = |(place, &outputs): (usize, &i64)| {
            let vs = vs / "up_blocks" / place;
            let inputs = channels[place.saturating_sub(1)];
            let resnets = (0..=config.layers_per_block).map(|layer| {
                let inputs = if layer == 0 { inputs } else { outputs };
                ResnetBlock2D::new(&(&vs / "resnets" / layer), resnet(config, inputs, outputs))
            });
            let is_last = place + 1 == channels.len();
            UpBlock {
                resnets: resnets.collect(),
                upsampler: (!is_last).then(|| Upsample2D::new(&(&vs / "upsamplers" / 0), outputs)),
            }
        };
        Self {
            conv_in: Conv2d::new(&(vs / "conv_in"), config.latent_channels, first, 3).padding(1),
            mid_block: MidBlock::new(&(vs / "mid_block"), config, first),
            up_blocks: channels.iter().enumerate().map(up_block).collect(),
            head: Head::new(vs, last, config.out_channels, config.norm_num_groups, EPS),
        }
    }

    /// Latents (N, latent channels, rows, columns) to pictures (N, 3, 8 · rows, 8 · columns).
    pub fn forward(&self, latents: &Tensor) -> Tensor {
        let x = self.mid_block.forward(&self.conv_in.forward(latents));
        self.head.forward(&self.up_blocks.iter().fold(x, |x, block| block.forward(&x)))
    }
}

impl UpBlock {
    /// (N, channels, rows, columns) to the block's channels and twice the sides.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let mut x = x.shallow_clone();
        for resnet in &self.resnets {
            x = resnet.forward(&x, None);
        }
        self.upsampler.as_ref().map_or(x.shallow_clone(), |upsampler| upsampler.doubled(&x))
    }
}
