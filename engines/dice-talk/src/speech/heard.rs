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
    /// Of silence (1, inner).
    silent: Tensor,
}

impl<'e> HeardSpeech<'e> {
    /// Of summaries (timeline, inner), that of silence (1, inner), and the projection that gave them.
    pub(super) fn new(projection: &'e Projection, summaries: Tensor, silent: Tensor) -> Self {
        Self { projection, summaries, silent }
    }

    /// What a frame hears that hears nothing: (1, tokens, channels), in 32 bits.
    pub fn silence(&self) -> Tensor {
        self.projection.tokens(&self.silent)
    }

    /// What the frames of a window hear: (frames, tokens, channels), in 32 bits.
    pub fn tokens(&self, window: &Window) -> Tensor {
        self.projection.tokens(&window.of(&self.summaries, 0))
    }
}
