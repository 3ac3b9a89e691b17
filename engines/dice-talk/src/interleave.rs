//! Frames of 12.5 a second to the pictures of a video, one by one: with interpolation, the middle of each two between them.

use engine_torch::pixels::write_rgb24;
use tch::Tensor;

use crate::rife::Rife;

/// A video as it grows. It holds the latest frame, and the bytes of one picture.
#[derive(Debug)]
pub struct Interleaving<'r> {
    rife: Option<&'r Rife>,
    latest: Option<Tensor>,
    bytes: Vec<u8>,
}

impl<'r> Interleaving<'r> {
    /// Without a network, the pictures are the frames.
    #[must_use]
    pub fn new(rife: Option<&'r Rife>) -> Self {
        Self { rife, latest: None, bytes: Vec::new() }
    }

    /// How many pictures so many frames become.
    #[must_use]
    pub fn pictures(&self, frames: usize) -> usize {
        if self.rife.is_some() { (2 * frames).saturating_sub(1) } else { frames }
    }

    /// Shows what comes with the next frame (3, rows, columns) of 0 to 1, in 32 bits and where the network is: the middle
    /// between it and the one before, and the frame itself. A picture is red, green and blue bytes, pixel by pixel and row by
    /// row; a sample is cut to 255ths, not rounded.
    ///
    /// # Errors
    /// What `show` gives; nothing more is shown.
    pub fn push<E>(&mut self, frame: &Tensor, mut show: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let frame = frame.unsqueeze(0);
        if let Some((rife, latest)) = self.rife.zip(self.latest.as_ref()) {
            write_rgb24(&rife.middle(latest, &frame), &mut self.bytes);
            show(&self.bytes)?;
        }
        write_rgb24(&frame, &mut self.bytes);
        self.latest = self.rife.is_some().then_some(frame);
        show(&self.bytes)
    }
}
