//! What both of EchoMimic's denoising networks are built on: Stable Diffusion's UNet, with a layer of the network's own
//! behind each residual block.

mod backbone;
mod blocks;
mod config;
mod pass;
mod transformer;

pub use backbone::Backbone;
pub use blocks::{Layer, Site};
pub use config::UNetConfig;
pub use pass::{Probe, Watch};
pub use transformer::Wrapper;
