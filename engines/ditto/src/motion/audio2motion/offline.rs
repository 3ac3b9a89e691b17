//! Prediction for a whole speech: one frame for each feature, with the motion smoothed over all of it.
//!
//! The reference predicts the whole speech and smooths it then (`stream_pipeline_offline.py`, e9191cf). Here a frame is
//! given as soon as no later window can change it any more, with the same numbers, so that a long speech needs no more
//! memory than a short one.

use super::{Audio2Motion, Driver};
use crate::audio::features::Feature;
use crate::motion::condition::CONDITION;
use crate::motion::lmdm::Denoiser;
use crate::motion::noise::Chance;
use crate::motion::windows::{smoothed, to_motion};
use crate::motion::{Motion, WINDOW};
use crate::network_error::NetworkError;

/// Predicts the motion of a speech of any length.
#[derive(Debug, Clone)]
pub struct OfflineDriver {
    motion: Audio2Motion,
    /// Condition rows from the start of the next window on.
    cond: Vec<[f32; CONDITION]>,
    /// Features so far.
    heard: usize,
    /// Frames so far.
    given: usize,
    /// Frame of the first vector that is kept.
    first: usize,
    /// Frames of the last running mean.
    width: usize,
}

impl OfflineDriver {
    /// A driver at the start of a speech. The reference smooths `again`, after each window has been smoothed
    /// (`stream_pipeline_offline.py`, e9191cf).
    #[must_use]
    pub fn new(motion: Audio2Motion, again: bool) -> Self {
        let width = if again { motion.joining.smooth } else { 0 };
        Self { motion, cond: Vec::new(), heard: 0, given: 0, first: 0, width }
    }

    /// Predicts the next window.
    fn window(&mut self, network: &mut dyn Denoiser, chance: &mut dyn Chance) -> Result<(), NetworkError> {
        self.motion.window(network, &self.cond, chance)?;
        self.cond.drain(..self.motion.joining.step().min(self.cond.len()));
        Ok(())
    }

    /// Smooths and gives the frames whose neighbours are among the first `settled` kept vectors, or all of these at
    /// the end.
    fn give(&mut self, settled: usize, is_end: bool) -> Vec<Motion> {
        let width = self.width;
        let half = self.motion.joining.smooth / 2;
        let rows = &self.motion.windows.rows()[..settled];
        let until = if is_end { settled } else { settled.saturating_sub(half) };
        let bounds = self.motion.bounds.as_ref();
        let next = self.given - self.first;
        let frames: Vec<Motion> = (next..until).map(|at| to_motion(&smoothed(rows, at, width), bounds)).collect();
        self.given += frames.len();
        // What comes needs the neighbours of the next frame, and of the vectors that the next window smooths.
        let windows = &mut self.motion.windows;
        let unsettled = windows.rows().len() - windows.settled();
        let needed = (self.first + windows.rows().len() - self.given).max(unsettled) + half;
        self.first += windows.keep_last(needed);
        frames
    }
}

impl Driver for OfflineDriver {
    fn push(
        &mut self,
        network: &mut dyn Denoiser,
        features: &[Feature],
        chance: &mut dyn Chance,
    ) -> Result<Vec<Motion>, NetworkError> {
        self.cond.extend(self.motion.handler.rows(features, self.heard.cast_signed()));
        self.heard += features.len();
        let mut frames = Vec::new();
        while self.cond.len() >= WINDOW {
            self.window(network, chance)?;
            frames.extend(self.give(self.motion.windows.settled(), false));
        }
        Ok(frames)
    }

    fn finish(&mut self, network: &mut dyn Denoiser, chance: &mut dyn Chance) -> Result<Vec<Motion>, NetworkError> {
        while !self.cond.is_empty() {
            self.window(network, chance)?;
        }
        // Windows reach past the speech's end.
        Ok(self.give(self.heard - self.first, true))
    }

    fn first(&self) -> Option<&Motion> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::features::FEATURES;
    use crate::motion::condition::{ConditionHandler, Face};
    use crate::motion::lmdm::Denoised;
    use crate::motion::noise::Seeded;
    use crate::motion::sampler::Sampler;
    use crate::motion::windows::{JoinedWindows, Joining};
    use crate::motion::{VECTOR, Vector};

    /// Motion that depends on noise, sound and what was before.
    struct Mixer;

    impl Denoiser for Mixer {
        fn denoise(&mut self, x: &[f32], cond_frame: &[f32], cond: &[f32], _: i64) -> Result<Denoised, NetworkError> {
            let number = |i: usize| x[i] + 0.3 * cond_frame[i % VECTOR] + cond[i / VECTOR * CONDITION];
            let x_start: Vec<f32> = (0..x.len()).map(number).collect();
            Ok(Denoised { pred_noise: x.to_vec(), x_start })
        }
    }

    fn motion(overlap: usize, smooth: usize) -> Audio2Motion {
        let joining = Joining { overlap, online: false, fix_kp_cond: 2, fix_kp_cond_dim: None, smooth };
        let face = Face { eye_open: vec![[0.3; 2]], eye_ball: vec![[0.0; 6]], sc: [0.0; 63] };
        Audio2Motion {
            handler: ConditionHandler::new(face, vec![], false),
            sampler: Sampler::new(2, &mut Seeded::new(1)),
            windows: JoinedWindows::new(joining.clone(), &Motion::from_vector(&[0.0; VECTOR])),
            bounds: None,
            joining,
        }
    }

    /// As the reference does it (`stream_pipeline_offline.py`, e9191cf): all windows, cut to the speech, smoothed once
    /// more.
    fn at_once(mut motion: Audio2Motion, features: &[Feature]) -> Vec<Motion> {
        let mut chance = Seeded::new(2);
        let cond = motion.handler.rows(features, 0);
        for first in (0..cond.len()).step_by(motion.joining.step()) {
            motion.window(&mut Mixer, &cond[first..], &mut chance).unwrap();
        }
        let rows: &[Vector] = &motion.windows.rows()[..features.len()];
        (0..rows.len()).map(|at| to_motion(&smoothed(rows, at, motion.joining.smooth), None)).collect()
    }

    #[test]
    fn frames_that_are_given_early_are_those_of_the_whole() {
        for (overlap, smooth, frames) in [
            (10, 3, 400),
            (10, 3, 71),
            (70, 13, 200),
            (1, 0, 160),
            (79, 5, 130),
            (40, 101, 500),
            (10, 3, 1),
            (40, 9, 80),
        ] {
            let features: Vec<Feature> = (0..frames).map(|i| [(i as f32 * 0.37).sin(); FEATURES]).collect();
            let want = at_once(motion(overlap, smooth), &features);
            let (mut driver, mut chance) = (OfflineDriver::new(motion(overlap, smooth), true), Seeded::new(2));
            let mut got = Vec::new();
            let mut kept = 0;
            for piece in features.chunks(7) {
                got.extend(driver.push(&mut Mixer, piece, &mut chance).unwrap());
                kept = kept.max(driver.motion.windows.rows().len());
            }
            let early = got.len();
            got.extend(driver.finish(&mut Mixer, &mut chance).unwrap());
            assert!(got == want, "overlap {overlap}, smoothing {smooth}, {frames} frames");
            assert!(kept <= 2 * WINDOW + 2 * smooth, "{kept} vectors are kept at overlap {overlap}");
            assert!(early + 2 * WINDOW + smooth >= frames, "{early} of {frames} frames came early");
        }
    }
}
