//! The loudness of a whole recording, counted in constant memory: what is loud and what is quiet for this voice.

use super::band_energy::Step;

/// Counts of steps by loudness, and the usual timbre of the loud ones.
#[derive(Debug, Clone)]
pub(super) struct Loudness {
    /// By whole dB below full scale.
    counts: [u64; BINS],
    jaw: Spread,
    front: Spread,
}

const BINS: usize = 100;

/// What is usual for one voice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Voice {
    /// Loudness in dB at which the mouth begins to open.
    pub quiet: f32,
    /// Loudness in dB of a vowel that is spoken with emphasis.
    pub loud: f32,
    /// Mean and deviation of [`Step::jaw`] in what is spoken.
    pub jaw: (f32, f32),
    /// Mean and deviation of [`Step::front`] in what is spoken.
    pub front: (f32, f32),
}

/// The usual timbre: mean and deviation of [`Step::jaw`] and [`Step::front`] in dB.
const JAW: (f32, f32) = (-5.0, 4.0);
const FRONT: (f32, f32) = (-6.5, 3.3);
/// What is quieter than this, in dB, is not speech but noise.
const INAUDIBLE: f32 = -62.0;
/// From silence to emphasis at most and at least, in dB.
const WIDEST: f32 = 24.0;
const NARROWEST: f32 = 10.0;
/// How far above the noise a sound must rise before the mouth opens, in dB.
const CLEARANCE: f32 = 6.0;

impl Default for Loudness {
    fn default() -> Self {
        Self { counts: [0; BINS], jaw: Spread::default(), front: Spread::default() }
    }
}

impl Loudness {
    /// Two seconds of a usual voice, for speech of which nothing was heard yet: what is heard soon outweighs them.
    pub(super) fn usual() -> Self {
        // Pauses, quiet sounds, vowels, and those with emphasis, as in canonical speech.
        let said = [(-70.0, 50), (-34.0, 50), (-25.0, 60), (-19.0, 40)];
        let mut usual = Self::default();
        for (level, steps) in said {
            for step in 0..steps {
                let side = if step % 2 == 0 { 1.0 } else { -1.0 };
                usual.add(&Step { level, jaw: JAW.0 + side * JAW.1, front: FRONT.0 + side * FRONT.1, hiss: 0.0 });
            }
        }
        usual
    }

    pub(super) fn add(&mut self, step: &Step) {
        self.counts[(-step.level).clamp(0.0, (BINS - 1) as f32) as usize] += 1;
        if step.level > INAUDIBLE && step.hiss < 0.4 {
            // Weighted by amplitude, the pauses hardly count.
            let weight = 10f64.powf(f64::from(step.level) / 20.0);
            self.jaw.add(step.jaw, weight);
            self.front.add(step.front, weight);
        }
    }

    pub(super) fn voice(&self) -> Voice {
        let peak = self.level(self.counts.iter().sum(), 0.995);
        // What is within 30 dB of the peak is speech; the rest is pause.
        let spoken = self.counts[..((30.0 - peak) as usize).min(BINS)].iter().sum();
        let loud = self.loudest(spoken, 0.15).max(INAUDIBLE + NARROWEST);
        let noise = self.level(self.counts.iter().sum(), 0.1);
        let quiet = (noise + CLEARANCE).clamp(loud - WIDEST, loud - NARROWEST).max(INAUDIBLE);
        Voice { quiet, loud, jaw: self.jaw.summary(), front: self.front.summary() }
    }

    /// The loudness that a share of all steps does not reach.
    fn level(&self, steps: u64, share: f64) -> f32 {
        self.loudest(steps, 1.0 - share)
    }

    /// The loudness that a share of `steps` exceeds.
    fn loudest(&self, steps: u64, share: f64) -> f32 {
        let mut left = (steps as f64 * share) as u64;
        for (bin, &count) in self.counts.iter().enumerate() {
            if count > left {
                return -(bin as f32);
            }
            left -= count;
        }
        -(BINS as f32)
    }
}

/// A weighted mean and deviation.
#[derive(Debug, Clone, Copy, Default)]
struct Spread {
    weight: f64,
    sum: f64,
    squares: f64,
}

impl Spread {
    fn add(&mut self, value: f32, weight: f64) {
        let value = f64::from(value);
        self.weight += weight;
        self.sum += weight * value;
        self.squares += weight * value * value;
    }

    fn summary(&self) -> (f32, f32) {
        /// Voices never vary less than this, in dB; a tone does.
        const LEAST: f64 = 2.0;
        if self.weight == 0.0 {
            return (0.0, LEAST as f32);
        }
        let mean = self.sum / self.weight;
        let deviation = (self.squares / self.weight - mean * mean).max(0.0).sqrt();
        (mean as f32, deviation.max(LEAST) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voice(parts: &[(f32, usize)]) -> Voice {
        let mut loudness = Loudness::default();
        for &(level, steps) in parts {
            for _ in 0..steps {
                loudness.add(&Step { level, ..Step::SILENCE });
            }
        }
        loudness.voice()
    }

    #[test]
    fn speech_over_noise_opens_the_mouth_above_the_noise() {
        let voice = voice(&[(-48.0, 400), (-30.0, 300), (-22.0, 200), (-18.0, 100)]);
        assert!(voice.quiet >= -44.0 && voice.quiet < -32.0, "{voice:?}");
        assert!(voice.loud > -24.0 && voice.loud <= -18.0, "{voice:?}");
    }

    #[test]
    fn the_same_speech_at_half_the_volume_moves_the_mouth_alike() {
        let loud = voice(&[(-80.0, 400), (-30.0, 300), (-22.0, 200)]);
        let soft = voice(&[(-80.0, 400), (-36.0, 300), (-28.0, 200)]);
        assert_eq!((loud.loud - soft.loud, loud.quiet - soft.quiet), (6.0, 6.0));
    }

    #[test]
    fn faint_noise_alone_is_not_speech() {
        let voice = voice(&[(-75.0, 1000)]);
        assert!(voice.quiet > -75.0, "{voice:?}");
    }

    #[test]
    fn speech_without_pauses_and_no_speech_at_all_have_levels() {
        let even = voice(&[(-20.0, 1000)]);
        assert!(even.quiet < even.loud && even.loud < -18.0, "{even:?}");
        let none = voice(&[]);
        assert!(none.quiet < none.loud);
    }
}
