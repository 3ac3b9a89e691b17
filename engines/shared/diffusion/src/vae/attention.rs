//! The attention in the middle of the autoencoder, and the middle itself.

use engine_torch::VarPath;
use engine_torch::layers::GroupNorm;
use tch::Tensor;

use super::config::{EPS, VaeConfig};
use crate::attention::Attention;
use crate::resnet::{ResnetBlock2D, ResnetShape};

/// Attention of all pixels to all, by one head, with its residual.
#[derive(Debug)]
pub struct AttentionBlock {
    group_norm: GroupNorm,
    attention: Attention,
}

impl AttentionBlock {
    /// `group_norm`, `to_q`, `to_k`, `to_v` and `to_out.0`.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, groups: i64, channels: i64) -> Self {
        Self {
            group_norm: GroupNorm::new(&(vs / "group_norm"), groups, channels, EPS),
            attention: Attention::with_bias(vs, channels, 1),
        }
    }

    /// (N, channels, rows, columns) to the same.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let tokens = self.group_norm.forward(x).flatten(2, 3).transpose(1, 2).contiguous();
        let attended = self.attention.forward(&tokens, &tokens);
        attended.transpose(1, 2).reshape(x.size()) + x
    }
}

/// Residual block, attention, residual block.
#[derive(Debug)]
pub struct MidBlock {
    /// The two residual blocks.
    pub resnets: [ResnetBlock2D; 2],
    /// What lies between them.
    pub attention: AttentionBlock,
}

impl MidBlock {
    pub(super) fn new(vs: &VarPath<'_>, config: &VaeConfig, channels: i64) -> Self {
        let shape = resnet(config, channels, channels);
        Self {
            resnets: [0, 1].map(|place| ResnetBlock2D::new(&(vs / "resnets" / place), shape)),
            attention: AttentionBlock::new(&(vs / "attentions" / 0), config.norm_num_groups, channels),
        }
    }

    /// (N, channels, rows, columns) to the same.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        let x = self.attention.forward(&self.resnets[0].forward(x, None));
        self.resnets[1].forward(&x, None)
    }
}

/// The shape of a residual block of the autoencoder, which knows no steps.
pub(super) fn resnet(config: &VaeConfig, inputs: i64, outputs: i64) -> ResnetShape {
    ResnetShape { inputs, outputs, time_embedding: None, groups: config.norm_num_groups, eps: EPS }
}
