//! From sound features to motion, window by window as the features come.

pub mod offline;
pub mod online;

use crate::audio::features::Feature;
use crate::motion::condition::{CONDITION, ConditionHandler, Face};
use crate::motion::lmdm::Denoiser;
use crate::motion::noise::Chance;
use crate::motion::sampler::Sampler;
use crate::motion::windows::{Bounds, JoinedWindows, Joining};
use crate::motion::{Motion, WINDOW};
use crate::network_error::NetworkError;
use crate::settings::Settings;

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
            windows: JoinedWindows::new(joining.clone(), first),
            bounds: settings.v_min_max_for_clip.clone(),
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
