//! Repeatable chance: a seed gives the same motion on every machine.

/// A SplitMix64 sequence (Steele, Lea and Flood, 2014).
#[derive(Debug, Clone)]
pub(crate) struct Chance(u64);

impl Chance {
    /// Starts a sequence; each `purpose` has its own.
    pub(crate) fn new(seed: u64, purpose: u64) -> Self {
        Self(scramble(seed ^ purpose.wrapping_mul(0xd6e8_feb8_6659_fd93)))
    }

    /// The next even draw from 0 up to, not including, 1.
    pub(crate) fn share(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        unit(scramble(self.0))
    }

    /// The next draw of a waiting time with mean 1, as between independent events.
    pub(crate) fn wait(&mut self) -> f32 {
        -(1.0 - self.share()).ln()
    }
}

/// A smooth random curve: −1 to 1, turning about once per unit of time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Drift(u64);

impl Drift {
    /// A curve; each `purpose` has its own.
    pub(crate) fn new(seed: u64, purpose: u64) -> Self {
        Self(scramble(seed ^ purpose.wrapping_mul(0xa076_1d64_78bd_642f)))
    }

    /// The curve at a time.
    pub(crate) fn at(self, time: f32) -> f32 {
        let first = time.floor();
        let share = time - first;
        let point = |offset: i64| {
            let index = (first as i64 + offset) as u64;
            2.0 * unit(scramble(self.0 ^ index.wrapping_mul(0x9e37_79b9_7f4a_7c15))) - 1.0
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

fn scramble(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

fn unit(bits: u64) -> f32 {
    (bits >> 40) as f32 / (1u64 << 24) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_repeat_for_a_seed_and_differ_between_seeds() {
        let draws = |seed| {
            let mut chance = Chance::new(seed, 1);
            [0; 8].map(|_| chance.share())
        };
        assert_eq!(draws(7), draws(7));
        assert_ne!(draws(7), draws(8));
        assert!(draws(7).iter().all(|draw| (0.0..1.0).contains(draw)));
    }

    #[test]
    fn waits_average_to_one() {
        let mut chance = Chance::new(3, 0);
        let mean = (0..20_000).map(|_| chance.wait()).sum::<f32>() / 20_000.0;
        assert!((mean - 1.0).abs() < 0.03, "{mean}");
    }

    #[test]
    fn a_drift_moves_without_jumps_and_stays_in_range() {
        let drift = Drift::new(5, 2);
        let values: Vec<f32> = (0..4000).map(|index| drift.at(index as f32 * 0.01)).collect();
        assert!(values.iter().all(|value| value.abs() <= 1.0));
        assert!(values.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.02));
        let spread = values.iter().fold(0.0f32, |most, value| most.max(value.abs()));
        assert!(spread > 0.3, "{spread}");
    }
}
