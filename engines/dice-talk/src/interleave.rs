//! Frames of 12.5 a second to the pictures of a video, one by one: with interpolation, the middle of each two between them.

use engine_torch::pixels::write_rgb24;
use tch::Tensor;

use crate::rife::Rife;

/// A video as it grows. It holds the latest frame, and the bytes of one picture.
#[derive(Debug)]
pub struct Interleaving<'r> {
    rife: Option<&'r Rife>,
    size: Option<[i64; 2]>,
    latest: Option<Tensor>,
    bytes: Vec<u8>,
}

impl<'r> Interleaving<'r> {
    /// Without a network, the pictures are the frames.
    #[must_use]
    pub fn new(rife: Option<&'r Rife>) -> Self {
        Self { rife, size: None, latest: None, bytes: Vec::new() }
    }

    /// With pictures of so many rows and columns, whatever the frames have.
    #[must_use]
    pub fn scaled_to(self, size: [i64; 2]) -> Self {
        Self { size: Some(size), ..self }
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
            let middle = rife.middle(latest, &frame);
            self.write(&middle);
            show(&self.bytes)?;
        }
        self.write(&frame);
        self.latest = self.rife.is_some().then_some(frame);
        show(&self.bytes)
    }

    /// The picture that was shown last; nothing before the first.
    #[must_use]
    pub fn last(&self) -> &[u8] {
        &self.bytes
    }

    fn write(&mut self, picture: &Tensor) {
        match self.size.filter(|size| picture.size()[2..] != *size) {
            None => write_rgb24(picture, &mut self.bytes),
            // Smaller ones are smoothed, as other scalers of videos do it.
            Some(size) => {
                let scaled = picture.internal_upsample_bicubic2d_aa(size, false, None, None);
                write_rgb24(&scaled, &mut self.bytes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tch::{Device, Kind};

    use super::*;

    #[test]
    fn pictures_are_scaled_and_the_last_one_can_be_shown_again() {
        let gray = Tensor::full([3, 64, 128], 0.5, (Kind::Float, Device::Cpu));
        let mut video = Interleaving::new(None).scaled_to([30, 62]);
        assert!(video.last().is_empty());
        let mut shown = Vec::new();
        for frame in [&gray, &gray.zeros_like()] {
            let keep = |bytes: &[u8]| {
                shown.push(bytes.to_vec());
                Ok::<(), Infallible>(())
            };
            video.push(frame, keep).unwrap();
        }
        assert_eq!(shown, [vec![127; 30 * 62 * 3], vec![0; 30 * 62 * 3]]);
        assert_eq!(video.last(), shown[1]);
    }
}
