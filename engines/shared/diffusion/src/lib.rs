//! What engines share that paint by latent diffusion: the blocks of Stable Diffusion's networks (Rombach et al. 2022,
//! arXiv 2112.10752) as diffusers names and shapes them, its autoencoder, schedules of noise, and windows over videos.
//!
//! Pictures are tensors (N, channels, rows, columns), tokens (N, tokens, channels). Keys of weights are those of diffusers.

pub mod attention;
pub mod conditioning_embedding;
pub mod embeddings;
pub mod feed_forward;
pub mod head;
pub mod noise;
pub mod projection;
pub mod published;
pub mod resnet;
pub mod sampling;
pub mod schedulers;
pub mod transformer;
pub mod unet;
pub mod vae;
pub mod window;
