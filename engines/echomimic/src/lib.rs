//! The EchoMimic talking-head pipeline on libtorch: one portrait and a speech become a talking head (Chen et al. 2024, arXiv
//! 2407.08136).
//!
//! `engine` is the plugin; `params` is what its clients may say, `options` what its operator may. A `pipeline` renders each
//! job with the `networks`: the `face` is found and cut out of the portrait, the speech heard (`audio`), and both steer how
//! noise becomes latent frames (`denoise`), window by window (`windows`), by the `denoising_unet` that reads what the
//! `reference_unet` has written of the portrait. The autoencoder makes pictures of them.
//!
//! Every step is tested against numbers that the reference implementation gave (`tests/golden`): `antgroup/echomimic` at
//! commit a53e970.

pub mod audio;
pub mod denoise;
pub mod denoising_unet;
mod engine;
pub mod face;
pub mod memory;
pub mod motion_module;
pub mod networks;
pub mod noise;
pub mod options;
pub mod params;
pub mod pipeline;
pub mod reference_unet;
pub mod schedule;
pub mod unet_config;
pub mod variant;
pub mod weights;
pub mod windows;

pub use engine::EchoMimic;
