//! The end of Stable Diffusion's networks: features to what the network gives.

use engine_torch::VarPath;
use engine_torch::layers::{Conv2d, GroupNorm};
use tch::Tensor;

/// A normalisation, SiLU and a convolution.
#[derive(Debug)]
pub struct Head {
    conv_norm_out: GroupNorm,
    conv_out: Conv2d,
}

impl Head {
    /// `conv_norm_out` and `conv_out`, with so many groups of normalisation and this epsilon.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, inputs: i64, outputs: i64, groups: i64, eps: f64) -> Self {
        Self {
            conv_norm_out: GroupNorm::new(&(vs / "conv_norm_out"), groups, inputs, eps),
            conv_out: Conv2d::new(&(vs / "conv_out"), inputs, outputs, 3).padding(1),
        }
    }

    /// (N, `inputs`, rows, columns) to (N, `outputs`, rows, columns).
    pub fn forward(&self, x: &Tensor) -> Tensor {
        self.conv_out.forward(&self.conv_norm_out.forward(x).silu_())
    }
}
