//! The noise that a video is made of: what libtorch's generator on the processor draws for a seed.

use engine_diffusion::noise;
use engine_diffusion::vae::AutoencoderKl;
use engine_torch::Place;
use tch::{Kind, Tensor};

/// Channels of a latent picture.
const CHANNELS: i64 = 4;
/// Noise beyond this is cut off, as in the reference.
const BOUND: f64 = 1.5;
/// Seeds that are drawn where a client wants any, as in the reference.
const ANY: std::ops::RangeInclusive<u64> = 100..=1_000_000;

/// The seed for what a client asked for: the number itself, or, if it is negative, one by chance.
///
/// # Errors
/// The system gives no random numbers.
pub fn seed(asked: i128) -> Result<u64, getrandom::Error> {
    let chance = |_| Ok(ANY.start() + getrandom::u64()? % (ANY.end() - ANY.start() + 1));
    u64::try_from(asked).or_else(chance)
}

/// Standard normal noise for a video of so many frames and a picture of `width` by `height` pixels: (1, 4, `frames`,
/// `height`/8, `width`/8), on the processor.
///
/// In the kind in which the reference computes it, [`Kind::Half`], a seed gives its very noise on every device, and so the
/// same video but for rounding. The stream of [`Kind::Float`] is the same before it is rounded.
///
/// It depends on all three sizes, as numbers are drawn in order: a longer video begins otherwise.
pub fn drawn(seed: u64, frames: i64, [width, height]: [i64; 2], kind: Kind) -> Tensor {
    let [rows, columns] = [height, width].map(|side| side / AutoencoderKl::SHRINK);
    noise::drawn(seed, &[1, CHANNELS, frames, rows, columns], kind)
}

/// The latent frames that denoising begins with: noise, cut off at ±1.5, where the networks compute.
pub fn latents(noise: &Tensor, place: Place) -> Tensor {
    place.put(&noise.clamp(-BOUND, BOUND))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_taken_or_drawn() {
        assert_eq!(seed(0), Ok(0));
        assert_eq!((seed(420), seed(u64::MAX.into())), (Ok(420), Ok(u64::MAX)));
        let drawn: Vec<u64> = (0..20).map(|_| seed(-1).unwrap()).collect();
        assert!(drawn.iter().all(|seed| ANY.contains(seed)), "{drawn:?}");
        assert!(drawn.iter().any(|seed| *seed != drawn[0]), "{drawn:?}");
    }

    #[test]
    fn latents_are_bounded_and_in_their_place() {
        let latents = latents(&drawn(1, 8, [64, 64], Kind::Half), Place::CPU);
        assert_eq!((latents.kind(), latents.size()), (Kind::Float, vec![1, 4, 8, 8, 8]));
        assert_eq!(latents.abs().max().double_value(&[]), 1.5);
    }
}
