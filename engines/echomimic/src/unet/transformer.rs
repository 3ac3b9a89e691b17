//! The way into a transformer over a picture's pixels, and the way out.

use engine_diffusion::projection::Projection;
use engine_torch::VarPath;
use engine_torch::layers::GroupNorm;
use tch::Tensor;

use super::config::UNetConfig;

/// Normalises, projects and unrolls a picture; and the way back, with the residual.
#[derive(Debug)]
pub struct Wrapper {
    norm: GroupNorm,
    proj_in: Projection,
    proj_out: Projection,
}

impl Wrapper {
    /// `norm`, `proj_in` and `proj_out`.
    pub(crate) fn new(vs: &VarPath<'_>, config: &UNetConfig, channels: i64) -> Self {
        Self {
            norm: GroupNorm::new(&(vs / "norm"), config.norm_num_groups, channels, UNetConfig::ATTENTION_EPS),
            proj_in: Projection::of_convolution(&(vs / "proj_in"), channels),
            proj_out: Projection::of_convolution(&(vs / "proj_out"), channels),
        }
    }

    /// (N, channels, rows, columns) to tokens (N, rows · columns, channels).
    pub(crate) fn tokens(&self, x: &Tensor) -> Tensor {
        self.proj_in.tokens(&self.norm.forward(x))
    }

    /// Tokens, added to the picture that they came from.
    pub(crate) fn picture(&self, tokens: &Tensor, x: &Tensor) -> Tensor {
        self.proj_out.picture(tokens, x)
    }
}
