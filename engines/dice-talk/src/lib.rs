//! The DICE-Talk pipeline on libtorch: one portrait, a speech and an emotion become a talking head (Tan et al. 2025, arXiv
//! 2504.18087).
//!
//! `engine` is the plugin; `params` is what its clients may say, `options` what its operator may. A `pipeline` renders each
//! job with the `networks`: the `face` is found in the portrait, the `speech` heard, the `emotion` made tokens, and all of
//! them steer how noise becomes latent frames (`denoise`), window by window (`windows`), by the `unet` under `guidance`. The
//! `vae` makes pictures of them (`decode`), and `rife` makes pictures between these (`interleave`).
//!
//! Every step is tested against numbers that the reference implementation gave (`tests/golden`).

pub mod clip;
pub mod decode;
pub mod denoise;
pub mod emotion;
mod engine;
pub mod face;
pub mod guidance;
pub mod interleave;
pub mod length;
pub mod memory;
pub mod networks;
pub mod noise;
pub mod options;
pub mod params;
pub mod pipeline;
pub mod portrait;
pub mod projection;
pub mod rife;
pub mod schedule;
pub mod spatio_temporal_resnet;
pub mod speech;
pub mod time_mixer;
pub mod unet;
pub mod vae;
pub mod video;
pub mod weights;
pub mod windows;

pub use engine::DiceTalk;
