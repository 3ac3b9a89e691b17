//! The denoising network: Stable Video Diffusion's UNet (Blattmann et al. 2023, arXiv 2311.15127), whose attentions also
//! look at the speech and at the emotion.

mod adapted_attention;
mod config;
mod contexts;
mod denoising_unet;
mod masks;
mod transformer;

pub use config::UNetConfig;
pub use contexts::Contexts;
pub use denoising_unet::{Call, DenoisingUNet};
pub use masks::{Masks, grid, resampled};
pub use transformer::{SpatioTemporalTransformer, Surroundings};
