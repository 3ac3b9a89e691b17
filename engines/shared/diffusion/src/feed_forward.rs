//! The layers between attentions: a gated linear unit with GELU (Shazeer 2020, arXiv 2002.05202).

use engine_torch::VarPath;
use engine_torch::layers::Linear;
use tch::Tensor;

/// How many times wider the middle is.
const WIDENING: i64 = 4;

/// GEGLU and the way back, token by token. The residual is the caller's to add.
#[derive(Debug)]
pub struct FeedForward {
    proj: Linear,
    out: Linear,
}

impl FeedForward {
    /// `net.0.proj` (8 · `channels`, `channels`) and `net.2` (`channels`, 4 · `channels`).
    #[must_use]
    pub fn new(vs: &VarPath<'_>, channels: i64) -> Self {
        let inner = WIDENING * channels;
        Self {
            proj: Linear::new(&(vs / "net" / 0 / "proj"), channels, 2 * inner),
            out: Linear::new(&(vs / "net" / 2), inner, channels),
        }
    }

    /// Tokens (…, channels) to the same.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        // The gate is the second half; GELU by the error function.
        let projected = self.proj.forward(x);
        let halves = projected.chunk(2, -1);
        let gated = halves[1].gelu("none") * &halves[0];
        self.out.forward(&gated)
    }
}
