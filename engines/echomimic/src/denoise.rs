//! Denoising: latent frames, step by step and window by window, out of noise (algorithm of the reference's
//! `src/pipelines/pipeline_echo_mimic_acc.py`).

use engine_diffusion::attention::KeysValues;
use engine_diffusion::schedulers::ddim::Ddim;
use engine_diffusion::unet::Probe;
use engine_diffusion::window::Window;
use tch::Tensor;

use crate::denoising_unet::{Call, DenoisingUNet};
use crate::windows::Windows;

/// What a video is denoised with.
pub struct Denoising<'d> {
    /// The denoising network.
    pub network: &'d DenoisingUNet,
    /// The portrait, as the network gives it.
    pub portrait: &'d [KeysValues],
    /// The face's place (1, channels of the first level, rows, columns).
    pub face: &'d Tensor,
    /// The speech that the frames of a window hear (frames, tokens, channels).
    pub speech: &'d dyn Fn(&Window) -> Tensor,
    /// How the video is divided.
    pub windows: Windows,
    /// How far the prediction goes beyond the one without portrait and speech; up to 1 there is no guidance.
    pub cfg: f64,
    /// Windows that the network is given in one call, at least 1.
    pub at_once: usize,
}

impl Denoising<'_> {
    /// Takes latent frames (frames, 4, rows, columns) through a schedule. `called` hears of each call of the network, and ends
    /// the work by an error.
    ///
    /// # Errors
    /// That of `called`.
    pub fn run<E>(
        &self,
        schedule: &Ddim,
        noise: Tensor,
        called: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<Tensor, E> {
        let mut latents = noise;
        for (step, visit) in schedule.visits().iter().enumerate() {
            let velocity = self.velocity(&latents, step, visit.timestep, called)?;
            latents = schedule.step(&latents, &velocity, step);
        }
        Ok(latents)
    }

    /// The velocity of each latent at a step: the mean over the windows that a frame lies in.
    ///
    /// The reference's accelerated pipeline takes each velocity through a change of its target time and back here, which
    /// gives the velocity itself, but for rounding; that is left out.
    ///
    /// # Errors
    /// That of `called`.
    pub fn velocity<E>(
        &self,
        latents: &Tensor,
        step: usize,
        timestep: i64,
        called: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<Tensor, E> {
        let halves = if self.is_guided() { 2 } else { 1 };
        let counts = self.windows.counts(step, (latents.kind(), latents.device()));
        let sums = latents.zeros_like().unsqueeze(0).repeat([halves, 1, 1, 1, 1]);
        let windows: Vec<Window> = self.windows.of_step(step).collect();
        for windows in windows.chunks(self.at_once) {
            let velocities = self.call(latents, timestep, windows);
            for (place, window) in windows.iter().enumerate() {
                window.add_to(&sums, &velocities.select(1, place as i64), 1);
            }
            called()?;
        }
        let means = sums / counts.view([1, -1, 1, 1, 1]);
        if !self.is_guided() {
            return Ok(means.squeeze_dim(0));
        }
        let [plain, guided] = [0, 1].map(|half| means.get(half));
        Ok((guided - &plain) * self.cfg + plain)
    }

    /// How often the network is called for a video, in so many steps.
    #[must_use]
    pub fn calls(&self, steps: usize) -> u64 {
        (steps * self.windows.of_step(0).count().div_ceil(self.at_once)) as u64
    }

    /// Velocities of windows (1 or 2, windows, frames, 4, rows, columns): without portrait and speech, where there is
    /// guidance, and with them.
    fn call(&self, latents: &Tensor, timestep: i64, windows: &[Window]) -> Tensor {
        let frames = windows[0].length();
        let joined = |parts: Vec<Tensor>| Tensor::cat(&parts, 0);
        let mut x = joined(windows.iter().map(|window| window.of(latents, 0)).collect());
        let mut audio = joined(windows.iter().map(self.speech).collect());
        if self.is_guided() {
            x = x.repeat([2, 1, 1, 1]);
            audio = Tensor::cat(&[audio.zeros_like(), audio], 0);
        }
        let call = Call {
            timestep,
            latents: &x,
            audio: &audio,
            face: self.face,
            portrait: self.portrait,
            frames,
            is_guided: self.is_guided(),
        };
        let velocities = self.network.forward(call, &mut Probe::default());
        let [_, channels, rows, columns] = velocities.size4().expect("pictures have four axes").into();
        velocities.view([-1, windows.len() as i64, frames, channels, rows, columns])
    }

    fn is_guided(&self) -> bool {
        self.cfg > 1.0
    }
}
