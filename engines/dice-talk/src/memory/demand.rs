//! What a job takes beside the networks' weights, by its sizes.

use std::fmt;

use engine_diffusion::vae::{AutoencoderKl, VaeConfig};
use tch::Kind;

use crate::face::geometry::{MULTIPLE, working_size};
use crate::unet::UNetConfig;
use crate::windows::Windows;

/// Branches of the guidance.
const BRANCHES: u64 = 3;
/// Frames that are denoised together, as the first level of the denoising network holds them at its fullest, counted in
/// tensors of that level's channels. Measured at 256 by 256 on the processor: 30, with all that libraries take.
const UNET_COPIES: u64 = 32;
/// Frames that are decoded together, as the autoencoder holds them at its fullest, counted in tensors of its first level's
/// channels at full size. Measured at 256 by 256 on the processor: 5.6, and 6 for encoding; GPUs may copy what a convolution
/// is given into another order.
const VAE_COPIES: u64 = 8;
/// Numbers in 32 bits for each pixel that making a picture between two takes. Measured on the processor: 117 at 512 by 512, 91
/// at 1024 by 1024.
const RIFE_NUMBERS: u64 = 120;
/// Latents of the whole timeline: the noise, those of this step and the next, and their sums.
const LATENT_COPIES: u64 = 5;
/// Numbers that are kept of each frame's speech.
const SPEECH_NUMBERS: u64 = 1024;
/// Bytes that libraries take for themselves, and all that is small.
const WORKSPACE: u64 = 600_000_000;
/// Bytes of a number in 32 bits.
const SINGLE: u64 = 4;
/// Frames of a second, before any are made between them.
const FRAME_RATE: f64 = 12.5;
/// The smallest value of `min_resolution`.
const LEAST_RESOLUTION: u32 = 128;
/// The smallest and the greatest value of `duration`, in tenths of seconds.
const LEAST_TENTHS: u64 = 1;
const MOST_TENTHS: u64 = 3000;

/// The sizes of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// Columns and rows of what is shown of the portrait.
    pub shown: [usize; 2],
    /// The parameter of that name.
    pub min_resolution: u32,
    /// Frames that are denoised, from 1 on.
    pub frames: u64,
    /// Frames that are decoded together.
    pub chunk: u64,
}

/// A change of a job by which it fits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Remedy {
    /// A smaller picture.
    MinResolution(u32),
    /// Seconds of a shorter video.
    Duration(f64),
}

impl Demand {
    /// Columns and rows of the picture that is worked on.
    #[must_use]
    pub fn size(&self) -> [usize; 2] {
        working_size(self.shown, self.min_resolution as usize)
    }

    /// Changes that make it fit, each by itself: of each kind the one that changes least.
    pub(super) fn smaller(&self, fits: impl Fn(&Self) -> bool) -> Vec<Remedy> {
        let step = MULTIPLE as u32;
        let smaller = (LEAST_RESOLUTION..self.min_resolution).rev().filter(|side| side % step == 0);
        let resolution = smaller.map(|side| (Remedy::MinResolution(side), Self { min_resolution: side, ..*self }));
        let resolution = resolution.into_iter().find(|(_, changed)| fits(changed)).map(|(remedy, _)| remedy);
        resolution.into_iter().chain(self.longest(fits).map(Remedy::Duration)).collect()
    }

    /// Tenths of seconds of the longest video that fits and is shorter, if one does.
    fn longest(&self, fits: impl Fn(&Self) -> bool) -> Option<f64> {
        let frames = |tenths: u64| (tenths as f64 / 10.0 * FRAME_RATE) as u64;
        let fits = |tenths: u64| frames(tenths) < self.frames && fits(&Self { frames: frames(tenths).max(1), ..*self });
        // What fits is shorter than what does not.
        let (mut fitting, mut beyond) = (LEAST_TENTHS, MOST_TENTHS + 1);
        while beyond - fitting > 1 {
            let middle = u64::midpoint(fitting, beyond);
            if fits(middle) { fitting = middle } else { beyond = middle }
        }
        fits(fitting).then_some(fitting as f64 / 10.0)
    }

    /// Pixels of the picture.
    fn pixels(&self) -> u64 {
        self.size().iter().product::<usize>() as u64
    }

    /// Pixels of its latent.
    fn latent_pixels(&self) -> u64 {
        self.pixels() / AutoencoderKl::SHRINK.unsigned_abs().pow(2)
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [width, height] = self.size();
        let (seconds, min_resolution) = (self.frames as f64 / FRAME_RATE, self.min_resolution);
        write!(f, "{seconds:.1} seconds of {width} by {height} pixels (min_resolution {min_resolution})")
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MinResolution(side) => write!(f, "min_resolution {side}"),
            Self::Duration(seconds) => write!(f, "duration {seconds}"),
        }
    }
}

/// The networks of a job, as far as memory goes.
#[derive(Debug, Clone, Copy)]
pub struct NetworkSizes<'a> {
    /// The denoising network.
    pub unet: &'a UNetConfig,
    /// The autoencoder.
    pub vae: &'a VaeConfig,
    /// In which numbers they compute.
    pub kind: Kind,
}

impl NetworkSizes<'_> {
    /// Bytes that a job takes beside the weights. What is made once comes before the denoising, and pictures after it.
    #[must_use]
    pub fn bytes(&self, demand: &Demand, branches_at_once: bool) -> u64 {
        let branches = if branches_at_once { BRANCHES } else { 1 };
        let showing = self.decoding(demand, demand.chunk) + self.between(demand);
        let at_once = (branches * self.window(demand)).max(showing).max(self.encoding(demand));
        self.kept(demand) + at_once + WORKSPACE
    }

    /// Bytes of one branch of a window in the denoising network.
    fn window(&self, demand: &Demand) -> u64 {
        let frames = Windows::over(demand.frames.cast_signed()).length.unsigned_abs();
        self.of(frames * demand.latent_pixels() * channels(&self.unet.block_out_channels) * UNET_COPIES)
    }

    /// Bytes of the portrait in the autoencoder, which encodes in 32 bits.
    fn encoding(&self, demand: &Demand) -> u64 {
        demand.pixels() * channels(&self.vae.block_out_channels) * VAE_COPIES * SINGLE
    }

    /// Bytes of frames in the autoencoder.
    fn decoding(&self, demand: &Demand, frames: u64) -> u64 {
        self.of(frames * demand.pixels() * channels(&self.vae.block_out_channels) * VAE_COPIES)
    }

    /// Bytes of making a picture between two.
    fn between(&self, demand: &Demand) -> u64 {
        demand.pixels() * RIFE_NUMBERS * SINGLE
    }

    /// Bytes that are kept from the beginning of the denoising to its end, and alone grow with the video.
    fn kept(&self, demand: &Demand) -> u64 {
        let timeline = Windows::over(demand.frames.cast_signed()).timeline().unsigned_abs();
        let latents = timeline * self.unet.out_channels.unsigned_abs() * demand.latent_pixels() * LATENT_COPIES;
        timeline * SPEECH_NUMBERS * SINGLE + self.of(latents)
    }

    fn of(&self, numbers: u64) -> u64 {
        numbers * self.kind.elt_size_in_bytes() as u64
    }
}

/// Channels of the first level.
fn channels(levels: &[i64]) -> u64 {
    levels.first().copied().unwrap_or(0).unsigned_abs()
}
