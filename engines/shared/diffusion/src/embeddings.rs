//! A step of the diffusion as a vector: waves of its number (Ho et al. 2020, arXiv 2006.11239), and two layers.

use engine_torch::VarPath;
use engine_torch::layers::Linear;
use tch::{Kind, Tensor};

/// The longest wave is so many times as long as the shortest.
const MAX_PERIOD: f64 = 10_000.0;

/// Cosines, then sines, of numbers (N) at `size`/2 frequencies that fall from 1 to nearly 1/10000: (N, `size`), in 32 bits.
///
/// In diffusers' words: `flip_sin_to_cos`, and no `freq_shift`.
pub fn sinusoid(numbers: &Tensor, size: i64) -> Tensor {
    let half = size / 2;
    let exponents = Tensor::arange(half, (Kind::Float, numbers.device())) * (-MAX_PERIOD.ln()) / half as f64;
    let angles = numbers.to_kind(Kind::Float).unsqueeze(1) * exponents.exp().unsqueeze(0);
    Tensor::cat(&[angles.cos(), angles.sin()], 1)
}

/// Two layers over a [`sinusoid`].
#[derive(Debug)]
pub struct TimestepEmbedding {
    linear_1: Linear,
    linear_2: Linear,
}

impl TimestepEmbedding {
    /// `linear_1` and `linear_2`, with so many numbers between.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, inputs: i64, inner: i64, outputs: i64) -> Self {
        Self {
            linear_1: Linear::new(&(vs / "linear_1"), inputs, inner),
            linear_2: Linear::new(&(vs / "linear_2"), inner, outputs),
        }
    }

    /// (N, inputs) to (N, outputs), in the numbers of the input.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        self.linear_2.forward(&self.linear_1.forward(x).silu_())
    }
}
