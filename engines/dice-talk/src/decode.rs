//! The latents of a timeline to the frames that are shown, chunk by chunk.

use tch::{Kind, Tensor};

use crate::vae::TemporalVae;

/// How a timeline is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decoding {
    /// Frames that the decoder sees at once, at least one. It sees nothing of other chunks, so that frames depend on where chunks end.
    pub chunk: i64,
    /// How many frames are shown, from the first on; the timeline may go on behind them.
    pub shown: i64,
}

impl Decoding {
    /// Decodes latents (timeline, 4, rows, columns) and shows frame by frame (3, 8 · rows, 8 · columns), 0 to 1 in 32 bits.
    /// No more is held than one chunk, and none is decoded that has no frame to show.
    ///
    /// # Errors
    /// What `show` gives; nothing more is decoded.
    pub fn run<E>(
        &self,
        vae: &TemporalVae,
        latents: &Tensor,
        mut show: impl FnMut(&Tensor) -> Result<(), E>,
    ) -> Result<(), E> {
        let frames = latents.size()[0];
        for first in (0..self.shown).step_by(usize::try_from(self.chunk).unwrap_or(1)) {
            // Chunks are whole, but for the timeline's last.
            let count = self.chunk.min(frames - first);
            let pictures = vae.decode(&latents.narrow(0, first, count));
            for frame in 0..count.min(self.shown - first) {
                show(&(pictures.get(frame).to_kind(Kind::Float) * 0.5 + 0.5).clamp_(0.0, 1.0))?;
            }
        }
        Ok(())
    }
}
