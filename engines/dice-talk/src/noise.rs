//! The latent frames that denoising begins with.

use engine_diffusion::noise;
use engine_torch::Place;
use tch::{Kind, Tensor};

/// Channels of a latent picture.
const CHANNELS: i64 = 4;

/// Standard normal noise for a timeline of so many frames and a picture whose latent has so many rows and columns:
/// (`timeline`, 4, `rows`, `columns`), on the processor.
///
/// The reference draws on its GPU, and each model of a GPU draws otherwise; here a seed gives the same on all.
pub fn drawn(seed: u64, timeline: i64, [rows, columns]: [i64; 2], kind: Kind) -> Tensor {
    noise::drawn(seed, &[timeline, CHANNELS, rows, columns], kind)
}

/// Latent frames like `noise` (T, 4, rows, columns): the portrait's latent (1, 4, rows, columns), scaled as latents are that
/// are denoised, under noise of level `sigma`. They lie where `place` says.
pub fn latents(noise: &Tensor, portrait: &Tensor, sigma: f32, place: Place) -> Tensor {
    let mut latents = place.put(noise) * f64::from(sigma);
    latents += place.put(portrait);
    latents
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_begins_with_the_portrait_under_noise_of_its_own() {
        let noise = drawn(72_589, 3, [2, 5], Kind::Half);
        assert_eq!(noise.size(), [3, 4, 2, 5]);
        let portrait = Tensor::full([1, 4, 2, 5], 0.5, (Kind::Float, tch::Device::Cpu));
        let latents = latents(&noise, &portrait, 700.0, Place::CPU);
        assert_eq!(latents, noise.to_kind(Kind::Float) * 700.0 + 0.5);
    }
}
