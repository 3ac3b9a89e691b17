//! The way into a transformer over a picture's pixels, and the way out.

use engine_torch::VarPath;
use engine_torch::layers::{Conv2d, GroupNorm};
use tch::Tensor;

use super::config::UNetConfig;

/// Normalises, projects and unrolls a picture; and the way back, with the residual.
#[derive(Debug)]
pub struct Wrapper {
    norm: GroupNorm,
    proj_in: Conv2d,
    proj_out: Conv2d,
}

impl Wrapper {
    /// `norm`, `proj_in` and `proj_out`.
    pub(crate) fn new(vs: &VarPath<'_>, config: &UNetConfig, channels: i64) -> Self {
        Self {
            norm: GroupNorm::new(&(vs / "norm"), config.norm_num_groups, channels, UNetConfig::ATTENTION_EPS),
            proj_in: Conv2d::new(&(vs / "proj_in"), channels, channels, 1),
            proj_out: Conv2d::new(&(vs / "proj_out"), channels, channels, 1),
        }
    }

    /// (N, channels, rows, columns) to tokens (N, rows · columns, channels).
    pub(crate) fn tokens(&self, x: &Tensor) -> Tensor {
        self.proj_in.forward(&self.norm.forward(x)).flatten(2, 3).transpose(1, 2).contiguous()
    }

    /// Tokens, added to the picture that they came from.
    pub(crate) fn picture(&self, tokens: &Tensor, x: &Tensor) -> Tensor {
        self.proj_out.forward(&tokens.transpose(1, 2).reshape(x.size())) + x
    }
}
