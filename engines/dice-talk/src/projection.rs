//! Three linear layers that make tokens out of a row of numbers: of what a frame hears, and of an emotion. Keys are those of
//! the reference's `audio_linear.pth` and of parts of its `emo_model.pth`.

use engine_torch::VarPath;
use engine_torch::layers::{LayerNorm, Linear};
use tch::Tensor;

/// The sizes of a projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProjectionSizes {
    /// Numbers that it gets.
    pub inputs: i64,
    /// Channels of both inner layers.
    pub inner: i64,
    /// Tokens that it gives.
    pub tokens: i64,
    /// Channels of a token.
    pub channels: i64,
}

impl ProjectionSizes {
    /// Those of the published networks, for rows of so many numbers.
    #[must_use]
    pub fn published(inputs: i64) -> Self {
        Self { inputs, inner: 1024, tokens: 32, channels: 1024 }
    }
}

/// Projects rows of numbers to tokens.
#[derive(Debug)]
pub struct Projection {
    proj1: Linear,
    proj2: Linear,
    proj3: Linear,
    norm: LayerNorm,
    tokens: i64,
}

impl Projection {
    /// The projection whose keys begin at `vs`.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, sizes: &ProjectionSizes) -> Self {
        let &ProjectionSizes { inputs, inner, tokens, channels } = sizes;
        Self {
            proj1: Linear::new(&(vs / "proj1"), inputs, inner),
            proj2: Linear::new(&(vs / "proj2"), inner, inner),
            proj3: Linear::new(&(vs / "proj3"), inner, tokens * channels),
            norm: LayerNorm::new(&(vs / "norm"), channels),
            tokens,
        }
    }

    /// Tokens (N, tokens, channels) of rows (N, inputs).
    pub fn forward(&self, rows: &Tensor) -> Tensor {
        self.tokens(&self.summary(rows))
    }

    /// All that the tokens of rows (N, inputs) are made of: (N, inner). It takes far less memory than they do.
    pub fn summary(&self, rows: &Tensor) -> Tensor {
        self.proj2.forward(&self.proj1.forward(rows).relu_()).relu_()
    }

    /// Tokens (N, tokens, channels) of what [`Self::summary`] gave.
    pub fn tokens(&self, summary: &Tensor) -> Tensor {
        self.norm.forward(&self.proj3.forward(summary).unflatten(-1, [self.tokens, -1]))
    }
}
