//! The way into a transformer over a picture's pixels, and the way out.

use engine_torch::VarPath;
use engine_torch::layers::GroupNorm;
use tch::Tensor;

use crate::projection::Projection;

/// The epsilon of normalisations before attention, which published configurations do not name.
const EPS: f64 = 1e-6;

/// Normalises, projects and unrolls a picture; and the way back, with the residual.
#[derive(Debug)]
pub struct Wrapper {
    norm: GroupNorm,
    proj_in: Projection,
    proj_out: Projection,
}

impl Wrapper {
    /// `norm`, `proj_in` and `proj_out`, the latter linear layers; so many groups of normalisation.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, groups: i64, channels: i64) -> Self {
        Self::with(vs, groups, channels, Projection::new)
    }

    /// `norm`, `proj_in` and `proj_out`, the latter convolutions.
    #[must_use]
    pub fn of_convolutions(vs: &VarPath<'_>, groups: i64, channels: i64) -> Self {
        Self::with(vs, groups, channels, Projection::of_convolution)
    }

    fn with(
        vs: &VarPath<'_>,
        groups: i64,
        channels: i64,
        projection: impl Fn(&VarPath<'_>, i64) -> Projection,
    ) -> Self {
        Self {
            norm: GroupNorm::new(&(vs / "norm"), groups, channels, EPS),
            proj_in: projection(&(vs / "proj_in"), channels),
            proj_out: projection(&(vs / "proj_out"), channels),
        }
    }

    /// (N, channels, rows, columns) to tokens (N, rows · columns, channels).
    pub fn tokens(&self, x: &Tensor) -> Tensor {
        self.proj_in.tokens(&self.norm.forward(x))
    }

    /// Tokens, added to the picture that they came from.
    pub fn picture(&self, tokens: &Tensor, x: &Tensor) -> Tensor {
        self.proj_out.picture(tokens, x)
    }
}
