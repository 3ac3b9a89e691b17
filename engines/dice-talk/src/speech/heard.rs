//! A speech as the frames of a timeline hear it.

use engine_diffusion::window::Window;
use tch::Tensor;

use crate::projection::Projection;

/// What each frame hears, up to the last layer: tokens are made as they are asked for, for those of a long video would be
/// several gigabytes.
#[derive(Debug)]
pub struct HeardSpeech<'e> {
    projection: &'e Projection,
    /// (timeline, inner).
    summaries: Tensor,
}

impl<'e> HeardSpeech<'e> {
    /// Of summaries (timeline, inner), and the projection that gave them.
    pub(super) fn new(projection: &'e Projection, summaries: Tensor) -> Self {
        Self { projection, summaries }
    }

    /// What the frames of a window hear: (frames, tokens, channels), in 32 bits.
    pub fn tokens(&self, window: &Window) -> Tensor {
        self.projection.tokens(&window.of(&self.summaries, 0))
    }
}
