//! Prediction for a stream: frames come while the speech still comes.
//!
//! Frames come out later than their features went in, as a window has to be full. The end renders what the last
//! windows hold beyond the speech, so that there are some frames more than the speech has.

use super::{Audio2Motion, Driver, padded};
use crate::audio::features::Feature;
use crate::motion::lmdm::Denoiser;
use crate::motion::noise::Chance;
use crate::motion::windows::to_motion;
use crate::motion::{Motion, WINDOW};
use crate::network_error::NetworkError;

/// Predicted vectors that a stream keeps.
const KEPT: usize = 160;

/// Predicts motion while the speech still comes.
#[derive(Debug, Clone)]
pub struct OnlineDriver {
    motion: Audio2Motion,
    features: Vec<Feature>,
    /// Frame of the first kept feature row, counted from the warm-up.
    first: usize,
    /// Where in the kept vectors the next frame is; none before the first window.
    next: Option<usize>,
    d0: Option<Motion>,
}

impl OnlineDriver {
    /// A stream that starts with the features of silence (`sound::features_warmup`), as many as windows overlap.
    #[must_use]
    pub fn new(motion: Audio2Motion, warmup: Vec<Feature>) -> Self {
        Self { motion, features: warmup, first: 0, next: None, d0: None }
    }

    /// Predicts a window and goes on by `valid` frames.
    fn window(
        &mut self,
        network: &mut dyn Denoiser,
        valid: usize,
        chance: &mut dyn Chance,
    ) -> Result<Vec<Motion>, NetworkError> {
        let Audio2Motion { joining, .. } = &self.motion;
        let (overlap, fuse) = (joining.overlap as isize, joining.fuse());
        // Here the sound is padded, so that emotions and eyes go on; offline the whole condition is.
        let cond = self.motion.handler.rows(&padded(&self.features), self.first as isize - overlap);
        self.motion.window(network, &cond, chance)?;
        self.features.drain(..valid);
        self.first += valid;
        let Audio2Motion { windows, bounds, .. } = &mut self.motion;
        let motion = |row| to_motion(row, bounds.as_ref());
        let Some(next) = self.next else {
            self.next = Some(WINDOW - fuse);
            self.d0 = windows.rows().first().map(motion);
            return Ok(Vec::new());
        };
        let ready = windows.rows().iter().skip(next).take(valid);
        let frames: Vec<Motion> = ready.map(motion).collect();
        self.next = Some((next + valid).saturating_sub(windows.keep_last(KEPT)));
        Ok(frames)
    }
}

impl Driver for OnlineDriver {
    fn push(
        &mut self,
        network: &mut dyn Denoiser,
        features: &[Feature],
        chance: &mut dyn Chance,
    ) -> Result<Vec<Motion>, NetworkError> {
        self.features.extend_from_slice(features);
        let mut frames = Vec::new();
        while self.features.len() >= WINDOW {
            frames.extend(self.window(network, self.motion.joining.step(), chance)?);
        }
        Ok(frames)
    }

    fn finish(&mut self, network: &mut dyn Denoiser, chance: &mut dyn Chance) -> Result<Vec<Motion>, NetworkError> {
        if self.features.is_empty() { Ok(Vec::new()) } else { self.window(network, self.features.len(), chance) }
    }

    fn first(&self) -> Option<&Motion> {
        self.d0.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::features::{FEATURES, HOP, ONLINE_PAD, num_frames};
    use crate::motion::VECTOR;
    use crate::motion::audio2motion::Prediction;
    use crate::motion::condition::Face;
    use crate::motion::lmdm::Denoised;
    use crate::motion::noise::Seeded;
    use crate::motion::windows::Joining;

    struct Still;

    impl Denoiser for Still {
        fn denoise(&mut self, x: &[f32], _: &[f32], _: &[f32], _: i64) -> Result<Denoised, NetworkError> {
            Ok(Denoised { pred_noise: x.to_vec(), x_start: x.to_vec() })
        }
    }

    fn frames(overlap_v2: usize, samples: usize) -> usize {
        let joining = Joining { overlap: overlap_v2, online: true, fix_kp_cond: 0, fix_kp_cond_dim: None, smooth: 3 };
        let prediction = Prediction { emotions: vec![], eye_f0_mode: false, steps: 1, bounds: None, joining };
        let face = Face { eye_open: vec![[0.0; 2]], eye_ball: vec![[0.0; 6]], sc: [0.0; 63] };
        let mut chance = Seeded::new(0);
        let motion = Audio2Motion::new(prediction, face, &Motion::from_vector(&[0.0; VECTOR]), &mut chance);
        let mut stream = OnlineDriver::new(motion, vec![[0.0; FEATURES]; overlap_v2]);
        let chunks = (samples + ONLINE_PAD).div_ceil(HOP).max((WINDOW - overlap_v2).div_ceil(5));
        let mut frames = 0;
        for _ in 0..chunks {
            frames += stream.push(&mut Still, &[[0.0; FEATURES]; 5], &mut chance).unwrap().len();
        }
        frames + stream.finish(&mut Still, &mut chance).unwrap().len()
    }

    #[test]
    fn a_stream_of_a_step_or_more_has_a_frame_for_every_one_of_the_speech() {
        for overlap in (40..80).filter(|overlap| ![55, 56].contains(overlap)) {
            for samples in [1, 1280, 1281, 4480, 9_600, 24_000] {
                let (got, wanted) = (frames(overlap, samples), num_frames(samples));
                assert!(got >= wanted, "overlap {overlap}, {samples} samples: {got} of {wanted}");
            }
        }
    }
}
