//! The EchoMimic talking-head pipeline on libtorch: one portrait and a speech become a talking head.

pub mod audio;
pub mod denoise;
pub mod denoising_unet;
pub mod face;
pub mod memory;
pub mod motion_module;
pub mod noise;
pub mod options;
pub mod params;
pub mod pixels;
pub mod reference_unet;
pub mod schedule;
pub mod unet;
pub mod variant;
pub mod weights;
pub mod windows;
