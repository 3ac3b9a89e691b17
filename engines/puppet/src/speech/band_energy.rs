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
    bands: Bands,
    /// Energy of all and of each band in the step before: two steps together last longer than a glottal period.
    before: [f32; 1 + BANDS],
}

/// Around 300, 800 and 2300 Hz, and above 4 kHz.
const BANDS: usize = 4;

impl Default for BandEnergy {
    fn default() -> Self {
        let bands =
            [Band::around(300.0, 0.9), Band::around(800.0, 1.2), Band::around(2300.0, 1.2), Band::above(4000.0)];
        Self { bands: Bands::new(bands), before: [0.0; 1 + BANDS] }
    }
}

impl BandEnergy {
    pub(super) fn measure(&mut self, samples: &[f32; STEP]) -> Step {
        let mut all = 0.0;
        let mut each = [0.0f32; BANDS];
        for &sample in samples {
            // One sample that is no number must not spoil all that follow.
            let sample = if sample.is_finite() { sample } else { 0.0 };
            all += sample * sample;
            let passed = self.bands.pass(sample);
            each = lanes(|band| each[band] + passed[band] * passed[band]);
        }
        let energy = [all, each[0], each[1], each[2], each[3]];
        let mean: [f32; 1 + BANDS] =
            std::array::from_fn(|index| (energy[index] + self.before[index]) / (2 * STEP) as f32);
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

/// The coefficients of a second-order filter (R. Bristow-Johnson, Audio EQ Cookbook).
#[derive(Debug, Clone, Copy)]
struct Band {
    ahead: [f32; 3],
    back: [f32; 2],
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
        Self { ahead: ahead.map(|value| value / first), back: [-2.0 * cosine / first, (1.0 - alpha) / first] }
    }
}

/// All filters, in transposed direct form II, side by side: the processor works on the four at once.
#[derive(Debug, Clone, Copy)]
struct Bands {
    ahead: [[f32; BANDS]; 3],
    back: [[f32; BANDS]; 2],
    state: [[f32; BANDS]; 2],
}

impl Bands {
    fn new(bands: [Band; BANDS]) -> Self {
        let ahead = [0, 1, 2].map(|tap| bands.map(|band| band.ahead[tap]));
        let back = [0, 1].map(|tap| bands.map(|band| band.back[tap]));
        Self { ahead, back, state: [[0.0; BANDS]; 2] }
    }

    fn pass(&mut self, sample: f32) -> [f32; BANDS] {
        let Self { ahead, back, state: [near, far] } = self;
        let out = lanes(|band| ahead[0][band] * sample + near[band]);
        *near = lanes(|band| ahead[1][band] * sample - back[0][band] * out[band] + far[band]);
        *far = lanes(|band| ahead[2][band] * sample - back[1][band] * out[band]);
        out
    }
}

#[inline]
fn lanes(value: impl Fn(usize) -> f32) -> [f32; BANDS] {
    std::array::from_fn(value)
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
