//! Where chance comes from: one source, so that a seed or a recording decides everything.

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
    noise: SplitMix,
    gaps: SplitMix,
}

impl Seeded {
    /// Chance that a seed decides.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut seeds = SplitMix(seed);
        Self { noise: SplitMix(seeds.next()), gaps: SplitMix(seeds.next()) }
    }
}

impl Chance for Seeded {
    fn noise(&mut self, out: &mut [f32]) {
        // Box and Muller: two uniform numbers give two normal ones.
        for pair in out.chunks_mut(2) {
            let radius = (-2.0 * (1.0 - self.noise.unit()).ln()).sqrt();
            let (sin, cos) = (std::f64::consts::TAU * self.noise.unit()).sin_cos();
            pair.iter_mut().zip([cos, sin]).for_each(|(to, direction)| *to = (radius * direction) as f32);
        }
    }

    fn blink_gap(&mut self) -> usize {
        60 + (self.gaps.unit() * 41.0) as usize
    }
}

/// Steele, Lea and Flood's generator with 64 bits of state.
#[derive(Debug, Clone)]
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    /// At least 0 and below 1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 * 2f64.powi(-53)
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
