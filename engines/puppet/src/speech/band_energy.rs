//! Loudness and band energies of each hundredth of a second of sound.

use std::f32::consts::TAU;

use avatar_media::speech::SPEECH_RATE;

/// Samples of one step.
pub(super) const STEP: usize = SPEECH_RATE as usize / 100;
/// Seconds of one step.
pub(super) const STEP_SECONDS: f32 = 0.01;

/// One step of sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Step {
    /// Loudness in dB below full scale; −120 for nothing at all.
    pub level: f32,
    /// How much stronger the sound is around 800 Hz than around 300 Hz, in dB: high when the jaw is low ("ah").
    pub jaw: f32,
    /// How much stronger it is around 2300 Hz than around 800 Hz, in dB: high for spread lips ("ee"), low for round ones.
    pub front: f32,
    /// Share of its energy above 4 kHz, 0 to 1: high for "s" and "f", which are spoken with the teeth almost closed.
    pub hiss: f32,
}

impl Step {
    pub(super) const SILENCE: Self = Self { level: QUIETEST, jaw: 0.0, front: 0.0, hiss: 0.0 };
}

const QUIETEST: f32 = -120.0;

/// Measures samples in order.
#[derive(Debug, Clone)]
pub(super) struct BandEnergy {
    /// Around 300, 800 and 2300 Hz, and above 4 kHz.
    bands: [Band; 4],
    /// Energy of all and of each band in the step before: two steps together last longer than a glottal period.
    before: [f32; 5],
}

impl Default for BandEnergy {
    fn default() -> Self {
        let bands =
            [Band::around(300.0, 0.9), Band::around(800.0, 1.2), Band::around(2300.0, 1.2), Band::above(4000.0)];
        Self { bands, before: [0.0; 5] }
    }
}

impl BandEnergy {
    pub(super) fn measure(&mut self, samples: &[f32; STEP]) -> Step {
        let mut energy = [0.0f32; 5];
        for &sample in samples {
            // One sample that is no number must not spoil all that follow.
            let sample = if sample.is_finite() { sample } else { 0.0 };
            energy[0] += sample * sample;
            for (band, energy) in self.bands.iter_mut().zip(&mut energy[1..]) {
                let passed = band.pass(sample);
                *energy += passed * passed;
            }
        }
        let mean: [f32; 5] = std::array::from_fn(|index| (energy[index] + self.before[index]) / (2 * STEP) as f32);
        self.before = energy;
        let [all, low, middle, high, hiss] = mean.map(|energy| energy + 1e-12);
        Step {
            level: decibels(all).max(QUIETEST),
            jaw: decibels(middle / low),
            front: decibels(high / middle),
            hiss: (hiss / all).min(1.0),
        }
    }
}

fn decibels(energy: f32) -> f32 {
    10.0 * energy.log10()
}

/// A second-order filter in transposed direct form II (R. Bristow-Johnson, Audio EQ Cookbook).
#[derive(Debug, Clone, Copy)]
struct Band {
    ahead: [f32; 3],
    back: [f32; 2],
    state: [f32; 2],
}

impl Band {
    /// Passes what lies around a frequency in Hz.
    fn around(frequency: f32, q: f32) -> Self {
        let (sine, cosine) = (TAU * frequency / SPEECH_RATE as f32).sin_cos();
        let alpha = sine / (2.0 * q);
        Self::normalised([alpha, 0.0, -alpha], cosine, alpha)
    }

    /// Passes what lies above a frequency in Hz.
    fn above(frequency: f32) -> Self {
        let (sine, cosine) = (TAU * frequency / SPEECH_RATE as f32).sin_cos();
        let edge = (1.0 + cosine) / 2.0;
        Self::normalised([edge, -2.0 * edge, edge], cosine, sine / std::f32::consts::SQRT_2)
    }

    fn normalised(ahead: [f32; 3], cosine: f32, alpha: f32) -> Self {
        let first = 1.0 + alpha;
        let back = [-2.0 * cosine / first, (1.0 - alpha) / first];
        Self { ahead: ahead.map(|value| value / first), back, state: [0.0; 2] }
    }

    fn pass(&mut self, sample: f32) -> f32 {
        let out = self.ahead[0] * sample + self.state[0];
        self.state[0] = self.ahead[1] * sample - self.back[0] * out + self.state[1];
        self.state[1] = self.ahead[2] * sample - self.back[1] * out;
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(frequency: f32, amplitude: f32) -> Step {
        let mut bands = BandEnergy::default();
        let mut step = Step::SILENCE;
        for start in 0..20 {
            step = bands.measure(&std::array::from_fn(|index| {
                amplitude * (TAU * frequency * (start * STEP + index) as f32 / SPEECH_RATE as f32).sin()
            }));
        }
        step
    }

    #[test]
    fn a_full_tone_is_three_decibels_below_full_scale() {
        assert!((measured(800.0, 1.0).level + 3.01).abs() < 0.1);
        assert!((measured(800.0, 0.1).level + 23.01).abs() < 0.1);
    }

    #[test]
    fn tones_are_told_apart() {
        assert!(measured(800.0, 0.5).jaw > 6.0 && measured(300.0, 0.5).jaw < -6.0);
        assert!(measured(2300.0, 0.5).front > 6.0 && measured(800.0, 0.5).front < -6.0);
        assert!(measured(6000.0, 0.5).hiss > 0.8 && measured(500.0, 0.5).hiss < 0.05);
    }

    #[test]
    fn silence_and_broken_samples_give_numbers() {
        let mut bands = BandEnergy::default();
        assert_eq!(bands.measure(&[0.0; STEP]).level, QUIETEST);
        let step = bands.measure(&[f32::NAN; STEP]);
        assert!(step.level.is_finite() && step.jaw.is_finite() && step.front.is_finite() && step.hiss.is_finite());
        bands.measure(&[0.5; STEP]);
        assert!(bands.measure(&[0.5; STEP]).level > -10.0);
    }
}
