//! What a job takes beside the networks' weights, by its sizes.

use std::{fmt, iter};

use engine_diffusion::vae::{AutoencoderKl, VaeConfig};
use tch::Kind;

use crate::unet_config::UNetConfig;
use crate::windows::Windows;

/// Frames that are denoised together, as the first level of the denoising network holds them at its fullest, counted in
/// tensors of that level's channels: the input and what is left of the way down, tokens, and the 16-fold middle of the
/// layers between attentions. The other levels hold half as much or less. Measured at 512 by 512 on the processor: 26.7 a frame.
const UNET_COPIES: u64 = 28;
/// A picture, as the autoencoder holds it at its fullest, counted in tensors of its first level's channels at full size: the
/// doubled picture with twice the channels, its normalisation, and what comes of it. Measured at 256 and 512: 7.4.
const VAE_COPIES: u64 = 8;
/// Latents of the whole video: those of this step and the next, sums, velocities and their halves.
const LATENT_COPIES: u64 = 8;
/// Numbers that Whisper-tiny gives for a row: 5 states of 384.
const ROW_NUMBERS: u64 = 5 * 384;
/// Rows in a second of speech.
const ROWS_PER_SECOND: u64 = 50;
/// Bytes that libraries take for themselves, and all that is small. Measured on the processor: up to 200 MB, most of it the
/// weights of a convolution in another order.
const WORKSPACE: u64 = 400_000_000;
/// Sides of a video are multiples of this.
const STEP: u32 = 8;
/// The smallest side of a video.
const LEAST_SIDE: u32 = 64;

/// The sizes of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// Columns of the video.
    pub width: u32,
    /// Rows of the video.
    pub height: u32,
    /// Frames of the video, from 1 on.
    pub frames: u64,
    /// Frames of a window.
    pub context_frames: u32,
    /// Frames of a window that lie in the one before, too.
    pub context_overlap: u32,
    /// Frames per second.
    pub fps: u32,
    /// Whether each window is denoised with and without portrait and speech.
    pub is_guided: bool,
}

/// A change of a job by which it fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// No guidance.
    Unguided,
    /// Shorter windows.
    ContextFrames(u32),
    /// A smaller picture of the same shape: width and height.
    Size(u32, u32),
    /// Fewer frames.
    Length(u64),
}

impl Demand {
    /// The windows of a step.
    #[must_use]
    pub fn windows(&self) -> u64 {
        let [length, overlap] = [self.context_frames, self.context_overlap].map(i64::from);
        Windows::new(self.frames.cast_signed(), length, overlap).map_or(1, |windows| windows.of_step(0).count() as u64)
    }

    /// Changes that make it fit, each by itself: of each kind the smallest.
    pub(super) fn smaller(&self, fits: impl Fn(&Self) -> bool) -> Vec<Remedy> {
        let unguided = self.is_guided.then_some(Remedy::Unguided);
        let shorter = (1..self.context_frames).rev().map(Remedy::ContextFrames);
        // Sides that shrink together, by the longer one; each a multiple of the step.
        let longer = self.width.max(self.height) / STEP;
        let side = |side: u32, steps: u32| (side * steps / longer / STEP * STEP).max(LEAST_SIDE);
        let sizes = (LEAST_SIDE / STEP..longer).rev();
        let sizes = sizes.map(|steps| Remedy::Size(side(self.width, steps), side(self.height, steps)));
        let window = u64::from(self.context_frames);
        let lengths = iter::successors(Some(self.frames / 2), |frames| Some(frames / 2));
        let lengths = lengths.take_while(|frames| *frames > window);
        let works = |remedy: &Remedy| fits(&self.with(*remedy));
        let found = [
            unguided.filter(works),
            shorter.into_iter().find(works),
            sizes.into_iter().find(works),
            lengths.map(Remedy::Length).find(works),
        ];
        found.into_iter().flatten().collect()
    }

    fn with(mut self, remedy: Remedy) -> Self {
        match remedy {
            Remedy::Unguided => self.is_guided = false,
            Remedy::ContextFrames(frames) => {
                self.context_frames = frames;
                self.context_overlap = self.context_overlap.min(frames - 1);
            }
            Remedy::Size(width, height) => (self.width, self.height) = (width, height),
            Remedy::Length(frames) => self.frames = frames,
        }
        self
    }

    /// Pixels of a latent.
    fn latent_pixels(&self) -> u64 {
        let [columns, rows] =
            [self.width, self.height].map(|side| u64::from(side).div_ceil(AutoencoderKl::SHRINK.unsigned_abs()));
        columns * rows
    }

    fn halves(&self) -> u64 {
        if self.is_guided { 2 } else { 1 }
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { width, height, frames, context_frames, is_guided, .. } = self;
        let guided = if *is_guided { " with guidance" } else { "" };
        write!(
            f,
            "{frames} frames of {width} by {height} pixels, {context_frames} of them (context_frames) at once{guided}"
        )
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unguided => f.write_str("cfg 1"),
            Self::ContextFrames(frames) => write!(f, "context_frames {frames}"),
            Self::Size(width, height) => write!(f, "width {width} and height {height}"),
            Self::Length(frames) => write!(f, "length {frames}"),
        }
    }
}

/// The networks of a job, as far as memory goes.
#[derive(Debug, Clone, Copy)]
pub struct NetworkSizes<'a> {
    /// Both denoising networks.
    pub unet: &'a UNetConfig,
    /// The autoencoder.
    pub vae: &'a VaeConfig,
    /// In which numbers they compute.
    pub kind: Kind,
}

impl NetworkSizes<'_> {
    /// Bytes that a job takes beside the weights where so many of its windows are denoised in one call. What is made once per
    /// video comes before or after the denoising, and does not add to it.
    #[must_use]
    pub fn bytes(&self, demand: &Demand, windows: u64) -> u64 {
        let at_once = (windows * self.window(demand)).max(self.decoding(demand));
        self.kept(demand) + at_once + WORKSPACE
    }

    /// Bytes of one window in the denoising network.
    fn window(&self, demand: &Demand) -> u64 {
        let frames = u64::from(demand.context_frames).min(demand.frames) * demand.halves();
        self.of(frames * demand.latent_pixels() * self.channels(0) * UNET_COPIES)
    }

    /// Bytes of one picture in the autoencoder.
    fn decoding(&self, demand: &Demand) -> u64 {
        let pixels = u64::from(demand.width) * u64::from(demand.height);
        let channels = self.vae.block_out_channels.first().copied().unwrap_or(0).unsigned_abs();
        self.of(pixels * channels * VAE_COPIES)
    }

    /// Bytes that are kept from the beginning of the denoising to its end: the portrait's keys and values, the face's place,
    /// and, alone in growing with the video, the speech and the latents.
    fn kept(&self, demand: &Demand) -> u64 {
        let levels = self.unet.block_out_channels.len();
        // Each level but the last has an attention for each layer down, and one more up; the last has one in the middle.
        let layers = 2 * self.unet.layers_per_block.unsigned_abs() + 1;
        let bank = |level: usize| {
            let attentions = if level + 1 < levels { layers } else { 1 };
            2 * attentions * self.channels(level) * (demand.latent_pixels() >> (2 * level))
        };
        let banks: u64 = (0..levels).map(bank).sum();
        let face = self.channels(0) * demand.latent_pixels();
        let speech = (demand.frames * ROWS_PER_SECOND).div_ceil(demand.fps.into()) * ROW_NUMBERS;
        let latents = demand.frames * self.unet.in_channels.unsigned_abs() * demand.latent_pixels() * LATENT_COPIES;
        self.of(banks + face + speech + latents)
    }

    fn channels(&self, level: usize) -> u64 {
        self.unet.block_out_channels[level].unsigned_abs()
    }

    fn of(&self, numbers: u64) -> u64 {
        numbers * self.kind.elt_size_in_bytes() as u64
    }
}
