//! The random numbers of a run, noise and gaps between blinks, from one source: a seed or a recording decides them all.

use rand_distr::{Distribution, StandardNormal, Uniform};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

/// Draws everything that is random in a run.
///
/// The sampler draws its step noises when it is set up and one start per window; the blink schedule draws gaps. The two
/// kinds do not depend on each other's order.
pub trait Chance {
    /// Fills the slice with the next draw of standard normal noise, in row-major order.
    fn noise(&mut self, out: &mut [f32]);

    /// The next gap between two blinks: 60 to 100 frames, both included.
    fn blink_gap(&mut self) -> usize;
}

/// Chance from a seed: the same seed gives the same draws on the same kind of machine.
#[derive(Debug, Clone)]
pub struct Seeded {
    noise: Xoshiro256PlusPlus,
    gaps: Xoshiro256PlusPlus,
}

impl Seeded {
    /// Chance that a seed decides.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let noise = Xoshiro256PlusPlus::seed_from_u64(seed);
        // So far ahead that the two never meet.
        let mut gaps = noise.clone();
        gaps.jump();
        Self { noise, gaps }
    }
}

impl Chance for Seeded {
    fn noise(&mut self, out: &mut [f32]) {
        out.iter_mut().for_each(|number| *number = StandardNormal.sample(&mut self.noise));
    }

    fn blink_gap(&mut self) -> usize {
        Uniform::new_inclusive(60, 100).expect("60 is below 100").sample(&mut self.gaps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_the_draws_and_gaps_do_not_disturb_noise() {
        let draw = |seed, gap_first: bool| {
            let mut chance = Seeded::new(seed);
            if gap_first {
                assert!((60..=100).contains(&chance.blink_gap()));
            }
            let mut noise = [0.0; 9];
            chance.noise(&mut noise);
            noise
        };
        assert_eq!(draw(7, false), draw(7, true));
        assert_ne!(draw(7, false), draw(8, false));
    }

    #[test]
    fn noise_is_standard_normal_and_every_gap_occurs() {
        let mut chance = Seeded::new(1);
        let mut noise = vec![0.0f32; 100_000];
        chance.noise(&mut noise);
        let mean = |power: i32| noise.iter().map(|n| f64::from(*n).powi(power)).sum::<f64>() / noise.len() as f64;
        assert!(mean(1).abs() < 0.01, "mean {}", mean(1));
        assert!((mean(2) - 1.0).abs() < 0.02, "variance {}", mean(2));
        assert!((mean(4) - 3.0).abs() < 0.1, "fourth moment {}", mean(4));
        let mut seen = [false; 41];
        (0..2000).for_each(|_| seen[chance.blink_gap() - 60] = true);
        assert_eq!(seen, [true; 41]);
    }
}
