//! Predicts motion from features of sound, window by window as the features come.

pub mod offline;
pub mod online;

use crate::audio::features::Feature;
use crate::motion::condition::{CONDITION, ConditionHandler, EmotionRow, Face};
use crate::motion::lmdm::Denoiser;
use crate::motion::noise::Chance;
use crate::motion::sampler::Sampler;
use crate::motion::windows::{Bounds, JoinedWindows, Joining};
use crate::motion::{Motion, WINDOW};
use crate::network_error::NetworkError;

/// A driver: takes features and gives the motion of the frames that are ready.
pub trait Driver {
    /// Takes the next features, in the speech's order.
    ///
    /// # Errors
    /// If the motion network fails.
    fn push(
        &mut self,
        network: &mut dyn Denoiser,
        features: &[Feature],
        chance: &mut dyn Chance,
    ) -> Result<Vec<Motion>, NetworkError>;

    /// Gives the frames that are left once the speech has ended.
    ///
    /// # Errors
    /// If the motion network fails.
    fn finish(&mut self, network: &mut dyn Denoiser, chance: &mut dyn Chance) -> Result<Vec<Motion>, NetworkError>;

    /// The record that motion counts from where that is not the first frame's, as soon as it is known: before the first
    /// frame is given.
    fn first(&self) -> Option<&Motion>;
}

/// How motion is predicted.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Shares of the emotions by frame, at least one row.
    pub emotions: Vec<EmotionRow>,
    /// The eyes stay as in the first frame.
    pub eye_f0_mode: bool,
    /// Steps of the sampler, 1 to 1000.
    pub steps: usize,
    /// Bounds of motion vectors.
    pub bounds: Option<Bounds>,
    /// How windows are joined.
    pub joining: Joining,
}

/// Predicts motion window by window.
#[derive(Debug, Clone)]
pub struct Audio2Motion {
    handler: ConditionHandler,
    sampler: Sampler,
    windows: JoinedWindows,
    bounds: Option<Bounds>,
    joining: Joining,
}

impl Audio2Motion {
    /// Sets up for a face and the motion of its first frame: the reference character's, or else the source's.
    ///
    /// Draws the step noises of the sampler.
    pub fn new(prediction: Prediction, face: Face, first: &Motion, chance: &mut dyn Chance) -> Self {
        let Prediction { emotions, eye_f0_mode, steps, bounds, joining } = prediction;
        Self {
            handler: ConditionHandler::new(face, emotions, eye_f0_mode),
            sampler: Sampler::new(steps, chance),
            windows: JoinedWindows::new(joining.clone(), first),
            bounds,
            joining,
        }
    }

    /// Predicts a window for the first 80 condition rows; where there are fewer, the last one repeats.
    fn window(
        &mut self,
        network: &mut dyn Denoiser,
        cond: &[[f32; CONDITION]],
        chance: &mut dyn Chance,
    ) -> Result<(), NetworkError> {
        let rows: Vec<[f32; CONDITION]> = padded(cond);
        let window = self.sampler.sample(network, self.windows.cond_frame(), rows.as_flattened(), chance)?;
        self.windows.push(&window);
        Ok(())
    }
}

/// The first 80 rows, with the last one repeated where there are fewer; nothing stays nothing.
fn padded<T: Clone>(rows: &[T]) -> Vec<T> {
    let last = rows.last().into_iter().cycle();
    rows.iter().chain(last).take(WINDOW).cloned().collect()
}
