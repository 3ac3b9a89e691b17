//! What engines share that paint by latent diffusion: the blocks of Stable Diffusion's networks (Rombach et al. 2022,
//! arXiv 2112.10752), its autoencoder, and schedules of noise.

pub mod schedulers;
