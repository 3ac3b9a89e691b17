//! Denoising: latent frames, step by step and window by window, out of noise.

mod conditions;

use engine_diffusion::schedulers::euler::Euler;
use engine_diffusion::unet::Probe;
use engine_diffusion::window::Window;
use tch::Tensor;

use crate::guidance::{Branch, Guidance};
use crate::unet::{Call, DenoisingUNet};
use crate::windows::Windows;

pub use conditions::{Conditions, SCALES};

/// What the network is told with every step beside the level of noise: frames per second, how much moves, and how much once
/// more, where Stable Video Diffusion told noise on the portrait.
pub const IDS: [f64; 3] = [12.5, 8.0, 16.0];

/// What a video is denoised with.
pub struct Denoising<'d> {
    /// The denoising network.
    pub network: &'d DenoisingUNet,
    /// What the network is told with every step; the reference tells [`IDS`].
    pub ids: [f64; 3],
    /// Portrait, speech and emotion.
    pub conditions: Conditions<'d>,
    /// How the timeline is divided.
    pub windows: Windows,
    /// How far predictions go along the conditions.
    pub guidance: Guidance,
    /// Whether the network is given the three branches of a window in one call, which takes about three times the memory, or
    /// in a call each. The numbers are the same but for rounding.
    pub branches_at_once: bool,
}

impl Denoising<'_> {
    /// Takes latents (timeline, 4, rows, columns) through a schedule. `called` hears of each call of the network, and ends the
    /// work by an error.
    ///
    /// # Errors
    /// That of `called`.
    pub fn run<E>(
        &self,
        schedule: &Euler,
        noise: Tensor,
        called: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<Tensor, E> {
        (0..schedule.visits().len()).try_fold(noise, |latents, step| self.step(schedule, &latents, step, called))
    }

    /// The latents after a step, counted from 0. All windows start from the latents before it, and where several give a frame
    /// its value is their mean.
    ///
    /// # Errors
    /// That of `called`.
    ///
    /// # Panics
    /// The schedule has no such step.
    pub fn step<E>(
        &self,
        schedule: &Euler,
        latents: &Tensor,
        step: usize,
        called: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<Tensor, E> {
        let timestep = schedule.visits()[step].timestep.into();
        let mut next = latents.zeros_like();
        for window in self.windows.of_step(step) {
            let x = window.of(latents, 0);
            let velocity = self.velocity(&schedule.scaled_input(&x, step), timestep, &window, called)?;
            window.add_to(&next, &schedule.step(&x, &velocity, step), 0);
        }
        let counts = self.windows.counts(step, (latents.kind(), latents.device()));
        next /= counts.view([-1, 1, 1, 1]);
        Ok(next)
    }

    /// How often the network is called for a video, in so many steps.
    #[must_use]
    pub fn calls(&self, steps: usize) -> u64 {
        let of_window = if self.branches_at_once { 1 } else { Branch::ALL.len() };
        (steps * self.windows.of_step(0).count() * of_window) as u64
    }

    /// What the network predicts for a window's latents (frames, 4, rows, columns), scaled to the step, for one branch after
    /// the other (branches · frames, 4, rows, columns).
    pub fn predicted(&self, x: &Tensor, timestep: f64, window: &Window, branches: &[Branch]) -> Tensor {
        let call = Call {
            timestep,
            ids: self.ids,
            latents: &self.conditions.latents(x, branches),
            frames: window.length(),
            contexts: &self.conditions.contexts(window, branches),
            pose: self.conditions.pose,
            masks: self.conditions.masks,
        };
        self.network.forward(call, &mut Probe::default())
    }

    /// The guided prediction for a window's latents, of the same shape.
    fn velocity<E>(
        &self,
        x: &Tensor,
        timestep: f64,
        window: &Window,
        called: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<Tensor, E> {
        if self.branches_at_once {
            let all = self.predicted(x, timestep, window, &Branch::ALL);
            called()?;
            let of_branch = |branch| all.narrow(0, branch * window.length(), window.length());
            return Ok(self.guidance.combined([0, 1, 2].map(of_branch).each_ref()));
        }
        let mut one = |branch: Branch| {
            let predicted = self.predicted(x, timestep, window, &[branch]);
            called()?;
            Ok(predicted)
        };
        let [unconditional, portrait, whole] = Branch::ALL;
        Ok(self.guidance.combined([&one(unconditional)?, &one(portrait)?, &one(whole)?]))
    }
}

#[cfg(test)]
mod tests;
