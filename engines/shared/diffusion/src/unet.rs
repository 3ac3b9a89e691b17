//! Stable Diffusion's UNet, with residual blocks and layers of a network's own: a [`Plan`] and a [`Layer`] make a network of
//! the [`Backbone`].

mod backbone;
mod blocks;
mod pass;
mod plan;

pub use backbone::{Backbone, Given};
pub use blocks::Layer;
pub use pass::{Probe, Watch};
pub use plan::{Part, Plan, Resnet, Site, Topology};
