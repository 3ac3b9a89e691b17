//! The noise that a video is made of: what libtorch's generator on the processor draws for a seed.

use std::sync::{Mutex, PoisonError};

use engine_diffusion::vae::AutoencoderKl;
use engine_torch::Place;
use tch::{Device, Kind, Tensor};

/// Channels of a latent picture.
const CHANNELS: i64 = 4;
/// Noise beyond this is cut off, as in the reference.
const BOUND: f64 = 1.5;
/// Seeds that are drawn where a client wants any, as in the reference.
const ANY: std::ops::RangeInclusive<u64> = 100..=1_000_000;

/// libtorch has one generator for the whole process: a seed and what is drawn after it belong together.
static GENERATOR: Mutex<()> = Mutex::new(());

/// The seed for what a client asked for: the number itself, or, if it is negative, one by chance.
///
/// # Errors
/// The system gives no random numbers.
pub fn seed(asked: i64) -> Result<u64, getrandom::Error> {
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
    let _alone = GENERATOR.lock().unwrap_or_else(PoisonError::into_inner);
    tch::manual_seed(seed.cast_signed());
    Tensor::randn(
        [1, CHANNELS, frames, height / AutoencoderKl::SHRINK, width / AutoencoderKl::SHRINK],
        (kind, Device::Cpu),
    )
}

/// The latent frames that denoising begins with: noise, cut off at ±1.5, where the networks compute.
pub fn latents(noise: &Tensor, place: Place) -> Tensor {
    noise.clamp(-BOUND, BOUND).to_device(place.device).to_kind(place.kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_taken_or_drawn() {
        assert_eq!(seed(0), Ok(0));
        assert_eq!(seed(420), Ok(420));
        let drawn: Vec<u64> = (0..20).map(|_| seed(-1).unwrap()).collect();
        assert!(drawn.iter().all(|seed| ANY.contains(seed)), "{drawn:?}");
        assert!(drawn.iter().any(|seed| *seed != drawn[0]), "{drawn:?}");
    }

    #[test]
    fn a_seed_gives_the_numbers_that_libtorch_gives_in_python() {
        let first = |kind| {
            let flat = drawn(420, 4, [64, 64], kind).flatten(0, -1).slice(0, 0, 6, 1).to_kind(Kind::Float);
            Vec::<f32>::try_from(flat).unwrap()
        };
        let near =
            |got: Vec<f32>, want: [f32; 6], off: f32| got.iter().zip(want).all(|(got, want)| (got - want).abs() < off);
        let half = [-0.007_041_9, 0.504_394_5, 0.670_410_2, -0.382_812_5, 0.030_242_9, 0.382_568_4];
        let single = [-0.007_042_6, 0.504_446_6, 0.670_368_9, -0.382_858_3, 0.030_239, 0.382_631_2];
        assert!(near(first(Kind::Half), half, 1e-6), "{:?}", first(Kind::Half));
        assert!(near(first(Kind::Float), single, 1e-6), "{:?}", first(Kind::Float));
    }

    #[test]
    fn threads_do_not_disturb_each_other() {
        let alone = drawn(7, 3, [64, 64], Kind::Half);
        let others: Vec<_> = (0..4)
            .map(|seed| std::thread::spawn(move || (0..50).for_each(|_| drop(drawn(seed, 3, [64, 64], Kind::Half)))))
            .collect();
        (0..50).for_each(|_| assert_eq!(drawn(7, 3, [64, 64], Kind::Half), alone));
        others.into_iter().for_each(|other| other.join().unwrap());
    }

    #[test]
    fn latents_are_bounded_and_in_their_place() {
        let latents = latents(&drawn(1, 8, [64, 64], Kind::Half), Place::CPU);
        assert_eq!((latents.kind(), latents.size()), (Kind::Float, vec![1, 4, 8, 8, 8]));
        assert_eq!(latents.abs().max().double_value(&[]), 1.5);
    }
}
