//! How loud speech is, as EBU R128 measures it, and what brings it to where engines expect it.

use ebur128::{EbuR128, Mode};

use super::limits::SPEECH_RATE;

/// Where speech is brought, in LUFS: what broadcasters agreed on.
const TARGET: f64 = -23.0;
/// What is quieter than this, in LUFS, is noise as likely as speech, and is not made louder.
const NOISE: f64 = -50.0;
/// The most that quiet speech is made louder by, in dB: its noise gets louder as well.
const MOST_GAIN: f64 = 24.0;

/// The samples of one measurement, 0.4 s.
const BLOCK: u64 = SPEECH_RATE as u64 * 2 / 5;

/// Measures canonical speech.
pub(super) struct Meter {
    meter: EbuR128,
    samples: u64,
}

impl Meter {
    pub(super) fn new() -> Self {
        // Counted by how loud the blocks are, so that memory does not grow with the length.
        let meter = EbuR128::new(1, SPEECH_RATE, Mode::I | Mode::HISTOGRAM).expect("one channel, and a usual rate");
        Self { meter, samples: 0 }
    }

    pub(super) fn add(&mut self, samples: &[f32]) {
        self.samples += samples.len() as u64;
        self.meter.add_frames_f32(samples).expect("one channel has no incomplete frames");
    }

    /// Loudness in LUFS; none where nothing is louder than -70.
    pub(super) fn loudness(mut self) -> Option<f64> {
        // What is shorter than a block is measured with silence behind it.
        let missing = BLOCK.saturating_sub(self.samples);
        let shorter = BLOCK as f64 / (BLOCK - missing).max(1) as f64;
        if missing > 0 {
            self.add(&vec![0.0; missing as usize]);
        }
        let measured = self.meter.loudness_global().ok().filter(|loudness| loudness.is_finite());
        measured.map(|loudness| loudness + 10.0 * shorter.log10())
    }
}

/// What speech of this loudness is to be made louder by, in dB.
pub(super) fn gain(loudness: Option<f64>) -> f64 {
    loudness.filter(|loudness| *loudness >= NOISE).map_or(0.0, |loudness| (TARGET - loudness).min(MOST_GAIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loud_and_quiet_speech_are_brought_to_one_loudness_and_noise_is_left() {
        assert_eq!(gain(Some(-10.0)), -13.0);
        assert_eq!(gain(Some(-40.0)), 17.0);
        assert_eq!(gain(Some(-49.0)), MOST_GAIN);
        assert_eq!((gain(Some(-51.0)), gain(None)), (0.0, 0.0));
    }

    #[test]
    fn short_speech_is_as_loud_as_long() {
        let tone = |samples: usize| -> Vec<f32> { (0..samples).map(|n| 0.1 * (n as f32 * 0.39).sin()).collect() };
        let loudness = |samples: usize| {
            let mut meter = Meter::new();
            meter.add(&tone(samples));
            meter.loudness()
        };
        let long = loudness(32_000).unwrap();
        assert!((-24.0..-22.0).contains(&long), "{long}");
        assert!((loudness(2_000).unwrap() - long).abs() < 0.5);
        assert_eq!(loudness(0), None);
    }
}
