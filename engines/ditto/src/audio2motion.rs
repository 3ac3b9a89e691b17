//! From sound features to motion: the whole speech at once, or as it comes.

use crate::clips::{Bounds, Clips, Joining, to_motion};
use crate::condition::{CONDITION, ConditionHandler, Face};
use crate::config::Settings;
use crate::diffusion::Sampler;
use crate::inference::{Denoiser, NetworkError};
use crate::motion::{Motion, WINDOW};
use crate::random::Chance;
use crate::sound::Feature;

/// Predicted vectors that a stream keeps.
const KEPT: usize = 160;

/// Predicts motion window by window.
#[derive(Debug, Clone)]
pub struct Audio2Motion {
    handler: ConditionHandler,
    sampler: Sampler,
    clips: Clips,
    bounds: Option<Bounds>,
    joining: Joining,
}

impl Audio2Motion {
    /// Sets up for a face and the motion of its first frame: the reference character's, or else the source's.
    ///
    /// Draws the step noises of the sampler.
    pub fn new(settings: &Settings, face: Face, first: &Motion, chance: &mut dyn Chance) -> Self {
        let joining = Joining {
            overlap: settings.overlap_v2,
            online: settings.online_mode,
            fix_kp_cond: settings.fix_kp_cond,
            fix_kp_cond_dim: settings.fix_kp_cond_dim.clone(),
            smooth: settings.smo_k_d,
        };
        Self {
            handler: ConditionHandler::new(face, settings.emo.clone(), settings.eye_f0_mode),
            sampler: Sampler::new(settings.sampling_timesteps, chance),
            clips: Clips::new(joining.clone(), first),
            bounds: settings.v_min_max_for_clip.clone(),
            joining,
        }
    }

    /// The motion of a whole speech, one record for each feature row.
    ///
    /// # Errors
    /// If the motion network fails.
    pub fn whole(
        mut self,
        network: &mut dyn Denoiser,
        features: &[Feature],
        chance: &mut dyn Chance,
    ) -> Result<Vec<Motion>, NetworkError> {
        let cond = self.handler.rows(features, 0);
        for first in (0..cond.len()).step_by(self.joining.step().max(1)) {
            self.window(network, &cond[first..], chance)?;
        }
        self.clips.truncate(features.len());
        self.clips.smooth_all();
        Ok(self.clips.rows().iter().map(|row| to_motion(row, self.bounds.as_ref())).collect())
    }

    /// Predicts a window for the first 80 condition rows; where there are fewer, the last one repeats.
    fn window(
        &mut self,
        network: &mut dyn Denoiser,
        cond: &[[f32; CONDITION]],
        chance: &mut dyn Chance,
    ) -> Result<(), NetworkError> {
        let rows: Vec<[f32; CONDITION]> = padded(cond);
        let window = self.sampler.sample(network, self.clips.cond_frame(), rows.as_flattened(), chance)?;
        self.clips.push(&window);
        Ok(())
    }
}

/// The first 80 rows, with the last one repeated where there are fewer; nothing stays nothing.
fn padded<T: Clone>(rows: &[T]) -> Vec<T> {
    let last = rows.last().into_iter().cycle();
    rows.iter().chain(last).take(WINDOW).cloned().collect()
}

/// Predicts motion while the speech still comes.
///
/// Frames come out later than their features went in, as a window has to be full. The end renders what the last
/// windows hold beyond the speech, so that there are some frames more than the speech has.
#[derive(Debug, Clone)]
pub struct Stream {
    motion: Audio2Motion,
    features: Vec<Feature>,
    /// Frame of the first kept feature row, counted from the warm-up.
    first: usize,
    /// Where in the kept vectors the next frame is; none before the first window.
    next: Option<usize>,
    d0: Option<Motion>,
}

impl Stream {
    /// A stream that starts with the features of silence (`sound::features_warmup`), as many as windows overlap.
    #[must_use]
    pub fn new(motion: Audio2Motion, warmup: Vec<Feature>) -> Self {
        Self { motion, features: warmup, first: 0, next: None, d0: None }
    }

    /// The record that motion counts from, as soon as the first window is predicted.
    #[must_use]
    pub fn first(&self) -> Option<&Motion> {
        self.d0.as_ref()
    }

    /// Takes more features and gives the frames that are ready.
    ///
    /// # Errors
    /// If the motion network fails.
    pub fn push(
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

    /// Gives the frames that are left.
    ///
    /// # Errors
    /// If the motion network fails.
    pub fn finish(&mut self, network: &mut dyn Denoiser, chance: &mut dyn Chance) -> Result<Vec<Motion>, NetworkError> {
        if self.features.is_empty() { Ok(Vec::new()) } else { self.window(network, self.features.len(), chance) }
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
        let Audio2Motion { clips, bounds, .. } = &mut self.motion;
        let motion = |row| to_motion(row, bounds.as_ref());
        let Some(next) = self.next else {
            self.next = Some(WINDOW - fuse);
            self.d0 = clips.rows().first().map(motion);
            return Ok(Vec::new());
        };
        let ready = clips.rows().iter().skip(next).take(valid);
        let frames: Vec<Motion> = ready.map(motion).collect();
        self.next = Some((next + valid).saturating_sub(clips.keep_last(KEPT)));
        Ok(frames)
    }
}
