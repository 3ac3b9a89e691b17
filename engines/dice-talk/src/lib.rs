//! The DICE-Talk pipeline on libtorch: one portrait, a speech and an emotion become a talking head (Tan et al. 2025, arXiv
//! 2504.18087).
//!
//! Every step is tested against numbers that the reference implementation gave (`tests/golden`).

pub mod clip;
pub mod decode;
pub mod denoise;
pub mod emotion;
pub mod face;
pub mod guidance;
pub mod interleave;
pub mod noise;
pub mod options;
pub mod params;
pub mod projection;
pub mod rife;
pub mod schedule;
pub mod spatio_temporal_resnet;
pub mod speech;
pub mod time_mixer;
pub mod unet;
pub mod vae;
pub mod weights;
pub mod windows;
