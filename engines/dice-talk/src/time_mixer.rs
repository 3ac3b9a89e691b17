//! How what a network makes of each frame by itself, and what it makes of them along time, become one (Blattmann et al. 2023,
//! arXiv 2311.15127).

use engine_torch::VarPath;
use tch::Tensor;

/// The half that a learned share belongs to; the other half has the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// Frames by themselves, as in the UNet.
    Spatial,
    /// Frames along time, as in the autoencoder.
    Temporal,
}

/// Two halves, mixed in a learned share.
#[derive(Debug)]
pub struct TimeMixer {
    /// The share of the temporal half, 0 to 1.
    temporal: f64,
}

impl TimeMixer {
    /// `mix_factor` (1): the logit of the share of `half`.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, half: Half) -> Self {
        let share = vs.tensor_f32("mix_factor", &[1]).sigmoid().double_value(&[0]);
        Self {
            temporal: match half {
                Half::Spatial => 1.0 - share,
                Half::Temporal => share,
            },
        }
    }

    /// Adds the temporal half to the spatial one, where that lies. They have one shape; orders in memory may differ.
    pub fn mix(&self, mut spatial: Tensor, temporal: &Tensor) -> Tensor {
        let _ = spatial.lerp_(temporal, self.temporal);
        spatial
    }
}
