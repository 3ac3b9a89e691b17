//! How far sound goes beyond full scale: float samples may have any, and lossy codecs overshoot a little.

/// So much of a sound may lie beyond what is taken for its level: a click must not make speech inaudible.
const OUTLIERS: f64 = 0.001;
/// How many steps of the scale a factor of ten is, and how many there are: up to the largest number in 32 bits.
const STEPS: f32 = 80.0;
const BINS: usize = 39 * STEPS as usize;
/// From here on a sample counts as cut: conversion moves those that were exactly at full scale a little.
const CUT: f32 = 0.99;
/// Up to here it may be a rounding.
const BEYOND: f32 = 1.01;

/// Counts samples by how far beyond full scale they lie.
#[derive(Debug, Clone)]
pub(crate) struct FullScale {
    /// By the logarithm of what is more than 1.
    beyond: Vec<u64>,
    /// Samples in all, and those at full scale or beyond.
    samples: u64,
    cut: u64,
}

impl FullScale {
    pub(super) fn new() -> Self {
        Self { beyond: vec![0; BINS], samples: 0, cut: 0 }
    }

    /// Counts a sample, which is a number.
    pub(super) fn count(&mut self, sample: f32) {
        let size = sample.abs();
        self.samples += 1;
        if size >= CUT {
            self.cut += 1;
            if size > BEYOND {
                self.beyond[((size.log10() * STEPS) as usize).min(BINS - 1)] += 1;
            }
        }
    }

    /// What all samples but a few outliers stay within, 1 at least.
    pub(crate) fn level(&self) -> f32 {
        let mut outliers = (self.samples as f64 * OUTLIERS) as u64;
        for (bin, count) in self.beyond.iter().enumerate().rev() {
            if *count > outliers {
                return 10f32.powf((bin + 1) as f32 / STEPS);
            }
            outliers -= count;
        }
        1.0
    }

    /// The share of samples at full scale or beyond.
    pub(crate) fn cut(&self) -> f64 {
        self.cut as f64 / self.samples.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_is_that_of_the_sound_and_not_of_a_click() {
        let level = |samples: &[f32]| {
            let mut scale = FullScale::new();
            samples.iter().for_each(|sample| scale.count(*sample));
            scale.level()
        };
        assert_eq!(level(&[0.5, -1.0, 0.0]), 1.0);
        let sine: Vec<f32> = (0..10_000).map(|n| 20_000.0 * (n as f32 * 0.1).sin()).collect();
        assert!((20_000.0..21_000.0).contains(&level(&sine)), "{}", level(&sine));
        let mut clicks = vec![0.1; 10_000];
        clicks[1000] = f32::MAX;
        assert_eq!(level(&clicks), 1.0);
        assert!(level(&[f32::MAX; 10]) > 3e38);
    }
}
