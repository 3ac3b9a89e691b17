//! Random numbers that repeat: one seed gives the same motion on every machine.

use rand_distr::{Distribution, Exp1, StandardUniform};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

/// A sequence of random numbers.
#[derive(Debug, Clone)]
pub(crate) struct Random(Xoshiro256PlusPlus);

impl Random {
    /// Starts a sequence; each `purpose` has its own.
    pub(crate) fn new(seed: u64, purpose: u64) -> Self {
        // The generator scrambles its seed, so it is enough that no two purposes share one. The factor must not be the
        // one that it scrambles with (SplitMix64's), or their sequences would overlap.
        Self(Xoshiro256PlusPlus::seed_from_u64(seed ^ purpose.wrapping_mul(0xd6e8_feb8_6659_fd93)))
    }

    /// The next number from 0 up to, not including, 1, each as likely as the others.
    pub(crate) fn uniform(&mut self) -> f32 {
        StandardUniform.sample(&mut self.0)
    }

    /// The next waiting time between events that know nothing of each other, with mean 1.
    pub(crate) fn exponential(&mut self) -> f32 {
        Exp1.sample(&mut self.0)
    }
}

/// A smooth random curve (value noise): −1 to 1, turning about once per unit of time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SmoothNoise(u64);

impl SmoothNoise {
    /// A curve; each `purpose` has its own.
    pub(crate) fn new(seed: u64, purpose: u64) -> Self {
        Self(StandardUniform.sample(&mut Random::new(seed, purpose).0))
    }

    /// The curve at a time.
    pub(crate) fn at(self, time: f32) -> f32 {
        let first = time.floor();
        let share = time - first;
        let point = |offset: i64| {
            let index = (first as i64 + offset) as u64;
            2.0 * Random::new(self.0, index).uniform() - 1.0
        };
        let [a, b, c, d] = [point(-1), point(0), point(1), point(2)];
        // A uniform cubic B-spline: smooth to the second derivative and never beyond its points.
        let (s, r) = (share, 1.0 - share);
        (r * r * r * a
            + (3.0 * s * s * s - 6.0 * s * s + 4.0) * b
            + (3.0 * r * r * r - 6.0 * r * r + 4.0) * c
            + s * s * s * d)
            / 6.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_repeat_for_a_seed_and_differ_between_seeds() {
        let draws = |seed| {
            let mut random = Random::new(seed, 1);
            [0; 8].map(|_| random.uniform())
        };
        assert_eq!(draws(7), draws(7));
        assert_ne!(draws(7), draws(8));
        assert!(draws(7).iter().all(|draw| (0.0..1.0).contains(draw)));
    }

    #[test]
    fn waits_average_to_one() {
        let mut random = Random::new(3, 0);
        let mean = (0..20_000).map(|_| random.exponential()).sum::<f32>() / 20_000.0;
        assert!((mean - 1.0).abs() < 0.03, "{mean}");
    }

    #[test]
    fn noise_moves_without_jumps_and_stays_in_range() {
        let noise = SmoothNoise::new(5, 2);
        let values: Vec<f32> = (0..4000).map(|index| noise.at(index as f32 * 0.01)).collect();
        assert!(values.iter().all(|value| value.abs() <= 1.0));
        assert!(values.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.02));
        let spread = values.iter().fold(0.0f32, |most, value| most.max(value.abs()));
        assert!(spread > 0.3, "{spread}");
    }
}
