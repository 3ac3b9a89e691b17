//! A job from its files to its frames.

use std::path::{Path, PathBuf};

use avatar_media::speech::SpeechReader;
use engine_api::{EngineError, FrameRate, Host, Phase, VideoFormat};
use engine_diffusion::schedulers::euler::Euler;
use engine_diffusion::window::Window;
use engine_torch::guarded;
use engine_torch::room::Room;
use tch::Tensor;

use crate::decode::Decoding;
use crate::denoise::{Conditions, Denoising, IDS, SCALES};
use crate::emotion::priors;
use crate::face::prepare::{self, Prepared};
use crate::interleave::Interleaving;
use crate::length::Length;
use crate::memory::{self, Demand, NetworkSizes};
use crate::networks::Networks;
use crate::noise;
use crate::params::Params;
use crate::portrait::Portrait;
use crate::schedule::SCHEDULE;
use crate::speech::SpeechError;
use crate::video::{self, VideoSize};
use crate::weights::prior;
use crate::windows::Windows;

/// Frames that are decoded together, as in the reference.
const CHUNK: i64 = 10;

/// The networks, and how jobs are run with them.
pub struct Pipeline {
    /// The networks.
    pub networks: Networks,
    /// The folder of the emotions.
    pub emotions: PathBuf,
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

/// What is to be made of a job, once nothing speaks against it.
struct Work {
    windows: Windows,
    length: Length,
    size: VideoSize,
    branches_at_once: bool,
}

impl Pipeline {
    /// Renders a job. All that can be refused is refused before the large networks are run.
    ///
    /// # Errors
    /// The portrait shows no face, the speech is too short, the emotion's file is none, memory does not suffice, the device
    /// fails, or the host ends the job.
    pub fn render(&self, job: Job<'_>, host: &mut dyn Host) -> Result<(), EngineError> {
        let params = job.params;
        let mut speech = SpeechReader::open(job.speech).map_err(SpeechError::from)?;
        let length = Length::new(speech.samples_total(), params)?;
        let emotion = priors::read(&self.emotions.join(prior(params.emotion)))?;

        host.progress("find the face", 0, 0);
        let prepared = prepare::prepare(&self.networks.detector, &prepare::read(job.portrait)?, &params.framing())?;
        host.canceled()?;
        let work = self.planned(&prepared, length, params)?;
        warn(&prepared, length, params, host);
        guarded(|| {
            let latents = self.denoised(&mut speech, &prepared, &emotion, &work, params, host)?;
            self.show(&latents, &work, params, host)
        })?
    }

    fn planned(&self, prepared: &Prepared, length: Length, params: &Params) -> Result<Work, EngineError> {
        let Networks { unet, vae_config: vae, place, bytes, .. } = &self.networks;
        let shown = [prepared.shown.width(), prepared.shown.height()];
        let size = video::size(prepared, params)?;
        let demand =
            Demand { shown, min_resolution: params.min_resolution, frames: length.frames, chunk: CHUNK.unsigned_abs() };
        let room = Room::now(*place, self.memory, *bytes).or_earlier(&self.room);
        let sizes = NetworkSizes { unet, vae, kind: place.kind };
        let branches_at_once = memory::branches_at_once(&room, &sizes, &demand)?;
        Ok(Work { windows: Windows::over(length.frames.cast_signed()), length, size, branches_at_once })
    }

    /// The latents of the video's timeline.
    fn denoised(
        &self,
        speech: &mut SpeechReader,
        prepared: &Prepared,
        emotion: &Tensor,
        work: &Work,
        params: &Params,
        host: &mut dyn Host,
    ) -> Result<Tensor, EngineError> {
        let networks = &self.networks;
        let (windows, place) = (work.windows, networks.place);
        let placed = |tensor: &Tensor| place.put(tensor);
        let heard = networks.speech.hear(speech, &windows, &mut |done, total| {
            host.progress("hear the speech", done, total);
            host.canceled()
        })?;
        host.progress("look at the portrait", 0, 0);
        let portrait = Portrait::new(networks, prepared);
        host.canceled()?;

        let felt = |numbers: &Tensor| placed(&networks.emotion.tokens(&numbers.to_device(place.device))).unsqueeze(0);
        let denoising = Denoising {
            network: &networks.denoiser,
            ids: IDS,
            conditions: Conditions {
                frames: windows.frames,
                portrait: &portrait.latent,
                token: &portrait.token,
                pose: &portrait.pose,
                masks: &portrait.masks,
                speech: &|window: &Window| placed(&heard.tokens(window)),
                silence: &placed(&heard.silence()),
                emotion: &felt(emotion),
                no_emotion: &felt(&emotion.zeros_like()),
                scales: SCALES,
            },
            windows,
            guidance: params.guidance(),
            branches_at_once: work.branches_at_once,
        };
        let schedule = Euler::new(&SCHEDULE, params.steps as usize);
        let latents = self.first_latents(&portrait, &schedule, windows, params);

        // All pictures are made here, although none is seen before the end. What is counted are calls of a network, and each
        // picture that is shown then takes one more.
        host.phase(Phase::Rendering);
        let total = denoising.calls(params.steps as usize) + work.length.pictures;
        let mut done = 0;
        let latents = denoising.run(&schedule, latents, &mut || {
            done += 1;
            host.progress("denoise", done, total);
            host.canceled()
        })?;
        finite(&latents)?;
        Ok(latents)
    }

    /// Where denoising begins: the portrait under noise.
    fn first_latents(&self, portrait: &Portrait, schedule: &Euler, windows: Windows, params: &Params) -> Tensor {
        let Networks { vae_config, place, .. } = &self.networks;
        let size = portrait.latent.size();
        let noise = noise::drawn(params.seed(), windows.timeline(), [size[2], size[3]], place.kind);
        let scaled = &portrait.latent * vae_config.scaling_factor;
        noise::latents(&noise, &scaled, schedule.visits()[0].sigma, *place)
    }

    /// Decodes frames chunk by chunk, makes pictures between them, and hands each over as it is ready.
    fn show(&self, latents: &Tensor, work: &Work, params: &Params, host: &mut dyn Host) -> Result<(), EngineError> {
        let VideoSize { width, height } = work.size;
        let rate = if params.interpolate { FrameRate::new(25, 1) } else { FrameRate::new(25, 2) };
        host.begin(VideoFormat { width, height, rate, frames: Some(work.length.pictures) })?;
        let rife = params.interpolate.then_some(&self.networks.rife);
        let mut video = Interleaving::new(rife).scaled_to([height, width].map(i64::from));
        let mut shown = 0;
        Decoding { chunk: CHUNK, shown: work.windows.frames }.run(&self.networks.vae, latents, |frame| {
            finite(frame)?;
            video.push(frame, |picture| {
                shown += 1;
                host.frame(picture)
            })
        })?;
        (shown..work.length.pictures).try_for_each(|_| host.frame(video.last()))
    }
}

/// Whether a network has given numbers, which bytes of a picture would no longer tell.
fn finite(numbers: &Tensor) -> Result<(), EngineError> {
    if numbers.isfinite().all().int64_value(&[]) == 1 {
        return Ok(());
    }
    Err(EngineError::internal(
        "the networks gave infinite numbers, or none: 16 bits may be too few for this job; precision = \"single\" in \
         [engines.dice-talk] computes in 32",
    ))
}

/// Tells what the client may not expect.
fn warn(prepared: &Prepared, length: Length, params: &Params, host: &mut dyn Host) {
    let faces = prepared.faces;
    if faces > 1 {
        let speaks = if params.original_face_pick { "one of them" } else { "the largest one" };
        host.warn("several_faces", &format!("the portrait shows {faces} faces, and {speaks} speaks"));
    }
    if let Some(seconds) = params.duration.filter(|_| !length.is_whole) {
        host.warn("duration", &format!("the video ends before the speech, after {seconds} seconds, as duration says"));
    }
}
