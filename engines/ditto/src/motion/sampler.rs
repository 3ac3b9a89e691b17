//! The sampler of the motion network: DDIM with full noise (eta 1) over a cosine schedule.

use crate::motion::lmdm::Denoiser;
use crate::motion::noise::Chance;
use crate::motion::schedule::{Schedule, Step};
use crate::motion::{VECTOR, WINDOW};
use crate::network_error::NetworkError;

/// Numbers of a window.
const LEN: usize = WINDOW * VECTOR;

/// Samples windows of motion.
#[derive(Debug, Clone)]
pub struct Sampler {
    schedule: Schedule,
    /// One tensor for each step but the last, drawn once and used for every window.
    step_noise: Vec<Vec<f32>>,
}

impl Sampler {
    /// A sampler with so many steps, 1 to 1000; draws the noise of all steps but the last.
    pub fn new(steps: usize, chance: &mut dyn Chance) -> Self {
        let schedule = Schedule::new(steps);
        let step_noise = schedule.steps.iter().filter(|step| step.onward.is_some()).map(|_| draw(chance)).collect();
        Self { schedule, step_noise }
    }

    /// Samples a window of 80 vectors for a condition frame (265) and a condition (80 × 1103); draws its start.
    ///
    /// # Errors
    /// If the network fails, gives a result of another size, or one with values that are not finite.
    pub fn sample(
        &self,
        network: &mut dyn Denoiser,
        cond_frame: &[f32],
        cond: &[f32],
        chance: &mut dyn Chance,
    ) -> Result<Vec<[f32; VECTOR]>, NetworkError> {
        let mut x = draw(chance);
        let mut noises = self.step_noise.iter();
        for Step { time, onward } in &self.schedule.steps {
            let seen = network.denoise(&x, cond_frame, cond, *time)?;
            if seen.x_start.len() != LEN || seen.pred_noise.len() != LEN {
                let reason = format!("{} and {} values, expected {LEN}", seen.x_start.len(), seen.pred_noise.len());
                return Err(NetworkError::new("lmdm", reason));
            }
            let (Some(onward), Some(noise)) = (onward, noises.next()) else {
                x = seen.x_start;
                break;
            };
            let parts = seen.x_start.iter().zip(&seen.pred_noise).zip(noise);
            let moved = parts.map(|((start, seen_noise), noise)| {
                start * onward.sqrt_alpha + onward.c * seen_noise + onward.sigma * noise
            });
            x = moved.collect();
        }
        if x.iter().any(|value| !value.is_finite()) {
            return Err(NetworkError::not_finite("lmdm"));
        }
        Ok(x.as_chunks::<VECTOR>().0.to_vec())
    }
}

fn draw(chance: &mut dyn Chance) -> Vec<f32> {
    let mut noise = vec![0.0; LEN];
    chance.noise(&mut noise);
    noise
}
