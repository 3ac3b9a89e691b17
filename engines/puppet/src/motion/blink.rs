//! When the eyes blink, and how fast the lids move.

use crate::curve::rise;
use crate::random::Random;

/// Seconds of one blink: a lid falls faster than it rises.
const FALL: f32 = 0.09;
const SHUT: f32 = 0.04;
const RISE: f32 = 0.17;
const BLINK: f32 = FALL + SHUT + RISE;
/// No blink begins earlier, and none ends later than this before the end.
const MARGIN: f32 = 0.3;

/// The blinks of one video, drawn as time goes on.
pub(super) struct Blinks {
    random: Random,
    /// Mean seconds between the beginnings of blinks; none for no blinks at all.
    mean: Option<f32>,
    /// When the current or next blink begins.
    begin: f32,
    end: f32,
}

impl Blinks {
    pub(super) fn new(seed: u64, per_minute: f32, seconds: f32) -> Self {
        let mut random = Random::new(seed, 0xb11);
        let mean = (per_minute > 0.0).then(|| 60.0 / per_minute);
        // The video opens somewhere between two blinks.
        let begin = MARGIN + mean.map_or(0.0, |mean| mean * random.uniform());
        Self { random, mean, begin, end: seconds - MARGIN }
    }

    /// How far the lids are closed, 0 to 1. Times must not decrease.
    pub(super) fn lids(&mut self, time: f32) -> f32 {
        let Some(mean) = self.mean else { return 0.0 };
        while time > self.begin + BLINK {
            // A shortest pause and a random rest: people blink in loose rhythm, sometimes twice in a row.
            let least = (0.35 * mean).max(BLINK + 0.1);
            self.begin += least + (mean - least).max(0.0) * self.random.exponential();
        }
        if self.begin + BLINK > self.end {
            return 0.0;
        }
        let since = time - self.begin;
        rise(0.0, FALL, since) * (1.0 - rise(FALL + SHUT, BLINK, since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times at which the lids begin to close, at 100 frames a second.
    fn begins(seed: u64, per_minute: f32, seconds: f32) -> Vec<f32> {
        let mut blinks = Blinks::new(seed, per_minute, seconds);
        let lids: Vec<f32> = (0..(seconds * 100.0) as usize).map(|index| blinks.lids(index as f32 * 0.01)).collect();
        (1..lids.len()).filter(|&at| lids[at - 1] == 0.0 && lids[at] > 0.0).map(|at| at as f32 * 0.01).collect()
    }

    #[test]
    fn the_rate_is_kept() {
        for rate in [6.0, 15.0, 30.0, 60.0] {
            let count = begins(4, rate, 1200.0).len() as f32;
            assert!((count / (rate * 20.0) - 1.0).abs() < 0.15, "{count} blinks in 20 minutes at {rate} a minute");
        }
    }

    #[test]
    fn seeds_blink_at_other_times_and_no_rate_never() {
        assert_eq!(begins(1, 15.0, 60.0), begins(1, 15.0, 60.0));
        assert_ne!(begins(1, 15.0, 60.0), begins(2, 15.0, 60.0));
        assert!(begins(1, 0.0, 60.0).is_empty());
    }

    #[test]
    fn a_blink_closes_fully_and_none_is_cut_by_the_end() {
        for seed in 0..50 {
            let mut blinks = Blinks::new(seed, 20.0, 10.0);
            let lids: Vec<f32> = (0..1001).map(|index| blinks.lids(index as f32 * 0.01)).collect();
            assert_eq!((lids[0], lids[1000]), (0.0, 0.0));
            if lids.iter().any(|&closed| closed > 0.0) {
                assert!(lids.contains(&1.0));
            }
        }
    }
}
