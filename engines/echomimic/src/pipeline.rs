//! A job from its files to its frames.

use std::path::Path;

use engine_api::{EngineError, FrameRate, Host, Phase, VideoFormat};
use engine_diffusion::schedulers::ddim::Ddim;
use engine_diffusion::window::Window;
use engine_torch::room::Room;
use engine_torch::{guarded, pixels};
use tch::Tensor;

use crate::audio::{self, HeardSpeech};
use crate::denoise::Denoising;
use crate::face::prepare::{self, Prepared};
use crate::memory::{self, Demand, NetworkSizes};
use crate::networks::{Networks, Portrait};
use crate::noise;
use crate::params::{Length, Params};
use crate::schedule::SCHEDULE;
use crate::variant::Variant;

/// The networks, and how jobs are run with them.
pub struct Pipeline {
    /// The networks.
    pub networks: Networks,
    /// Which training they are of.
    pub variant: Variant,
    /// Windows that the denoiser is given in one call; 0 for as many as memory allows.
    pub windows_at_once: u32,
    /// Bytes that networks and a job may take together, where they are limited.
    pub memory: Option<u64>,
    /// What memory there was for a job when the networks had been loaded.
    pub room: Room,
}

/// What a job is made of.
#[derive(Debug, Clone, Copy)]
pub struct Job<'j> {
    /// The portrait's picture.
    pub portrait: &'j Path,
    /// Canonical speech.
    pub speech: &'j Path,
    /// What the client said.
    pub params: &'j Params,
}

impl Pipeline {
    /// Renders a job. All that can be refused is refused before the networks are run.
    ///
    /// # Errors
    /// The portrait shows no face, the speech is too short, parameters do not fit together, memory does not suffice, the
    /// device fails, or the host ends the job.
    pub fn render(&self, job: Job<'_>, host: &mut dyn Host) -> Result<(), EngineError> {
        let params = job.params;
        let samples = audio::read(job.speech)?;
        let length = params.length(samples.len())?;
        let windows = params.windows(length.made)?;
        let at_once = self.windows_at_once(params, length)?;
        let seed = noise::seed(params.seed)
            .map_err(|error| EngineError::internal(format!("the system gives no random numbers: {error}")))?;
        if params.seed < 0 {
            eprintln!("any seed was asked for, and it became {seed}");
        }

        host.progress("find the face", 0, 0);
        let prepared = self.prepared(&job)?;
        host.canceled()?;
        warn(&prepared, length, host);
        guarded(|| {
            let speech = self.hear(&samples, params, length, host)?;
            drop(samples);
            let portrait = self.look_at(&prepared, host)?;
            let denoising = Denoising {
                network: &self.networks.denoiser,
                portrait: &portrait.keys_values,
                face: &portrait.face,
                speech: &|window: &Window| speech.tokens(&window.of(speech.rows(), 0)),
                windows,
                cfg: params.cfg(self.variant),
                at_once,
            };
            let noise = self.noise(seed, length, params);
            let latents = denoised(&denoising, noise, params.steps(self.variant), length, host)?;
            self.show(&latents, params, length, host)
        })?
    }

    fn windows_at_once(&self, params: &Params, length: Length) -> Result<usize, EngineError> {
        let Networks { unet, vae_config: vae, place, bytes, .. } = &self.networks;
        let sizes = NetworkSizes { unet, vae, kind: place.kind };
        let demand = Demand {
            width: params.width,
            height: params.height,
            frames: length.made as u64,
            context_frames: params.context_frames,
            context_overlap: params.context_overlap,
            fps: params.fps,
            is_guided: params.cfg(self.variant) > 1.0,
        };
        let room = Room::now(*place, self.memory, *bytes).or_earlier(&self.room);
        let windows = memory::windows_at_once(&room, &sizes, &demand, self.windows_at_once)?;
        Ok(usize::try_from(windows).unwrap_or(1))
    }

    fn prepared(&self, job: &Job<'_>) -> Result<Prepared, EngineError> {
        Ok(prepare::prepare(&self.networks.detector, &prepare::read(job.portrait)?, job.params)?)
    }

    fn hear(
        &self,
        samples: &[f32],
        params: &Params,
        length: Length,
        host: &mut dyn Host,
    ) -> Result<HeardSpeech, EngineError> {
        self.networks.speech.hear(samples, params.fps, length.made, &mut |done, total| {
            host.progress("hear the speech", done, total);
            host.canceled()
        })
    }

    fn look_at(&self, prepared: &Prepared, host: &mut dyn Host) -> Result<Portrait, EngineError> {
        host.progress("look at the portrait", 0, 0);
        let picture = pixels::to_vae_input(&prepared.picture);
        let portrait = self.networks.portrait(&picture, &pixels::planes(&prepared.mask));
        host.canceled()?;
        Ok(portrait)
    }

    /// Where denoising begins: (frames, 4, rows, columns).
    fn noise(&self, seed: u64, length: Length, params: &Params) -> Tensor {
        let size = [params.width, params.height].map(i64::from);
        let noise = noise::drawn(seed, length.made as i64, size, tch::Kind::Half);
        noise::latents(&noise, self.networks.place).squeeze_dim(0).transpose(0, 1).contiguous()
    }

    /// Decodes frames one by one and hands them over, so that no more than one picture is held.
    fn show(&self, latents: &Tensor, params: &Params, length: Length, host: &mut dyn Host) -> Result<(), EngineError> {
        host.begin(VideoFormat {
            width: params.width,
            height: params.height,
            rate: FrameRate::new(params.fps, 1),
            frames: Some(length.shown as u64),
        })?;
        let mut bytes = Vec::new();
        for frame in 0..length.shown as i64 {
            let picture = self.networks.vae.decode(&latents.narrow(0, frame, 1));
            pixels::write_rgb24(&(picture / 2.0 + 0.5), &mut bytes);
            host.frame(&bytes)?;
        }
        Ok(())
    }
}

/// Tells what the client may not expect.
fn warn(prepared: &Prepared, length: Length, host: &mut dyn Host) {
    match prepared.faces {
        0 => host
            .warn("no_face", "no face was found in the portrait: the whole picture is shown, and all of it may move"),
        1 => {}
        faces => host.warn("several_faces", &format!("the portrait shows {faces} faces, and the largest one speaks")),
    }
    let Length { shown, spoken, .. } = length;
    if shown < spoken {
        host.warn("length", &format!("the video ends before the speech: length allows {shown} of its {spoken} frames"));
    }
}

fn denoised(
    denoising: &Denoising<'_>,
    noise: Tensor,
    steps: usize,
    length: Length,
    host: &mut dyn Host,
) -> Result<Tensor, EngineError> {
    // All pictures are made here, although none is seen before the end. What is counted are calls of a network, and each
    // picture that is shown then takes one more.
    host.phase(Phase::Rendering);
    let total = denoising.calls(steps) + length.shown as u64;
    let mut done = 0;
    denoising.run(&Ddim::new(&SCHEDULE, steps), noise, &mut || {
        done += 1;
        host.progress("denoise", done, total);
        host.canceled()
    })
}
