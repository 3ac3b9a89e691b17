//! The UNet itself: down to small pictures with many channels, and up again beside what was left on the way (Ronneberger et
//! al. 2015, arXiv 1505.04597).

use engine_torch::VarPath;
use engine_torch::layers::Conv2d;
use tch::{Kind, Tensor};

use super::blocks::{DownBlock, Layer, Layers, MidBlock, UpBlock};
use super::pass::{Pass, Probe};
use super::plan::Plan;
use crate::embeddings::{TimestepEmbedding, sinusoid};

/// Stable Diffusion's UNet without its head, with a network's own layers.
pub struct Backbone<L: Layer> {
    conv_in: Conv2d,
    time_embedding: TimestepEmbedding,
    down_blocks: Vec<DownBlock<L>>,
    mid_block: MidBlock<L>,
    up_blocks: Vec<UpBlock<L>>,
    first: i64,
}

/// What one run is about.
#[derive(Debug, Clone, Copy)]
pub struct Given<'g> {
    /// Latents (N, channels, rows, columns).
    pub latents: &'g Tensor,
    /// Frames of a window, of which the N are made up.
    pub frames: i64,
    /// The step's vector (1 or N, size) before its activation.
    pub temb: &'g Tensor,
}

impl<L: Layer> Backbone<L> {
    /// `conv_in`, `time_embedding`, `down_blocks.0` and so on, `mid_block`, `up_blocks.0` and so on.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, plan: &L::Plan) -> Self {
        let topology = plan.topology();
        let (first, step) = (topology.first(), topology.time_embedding());
        let levels = 0..topology.channels.len();
        let down = |level| DownBlock::new(&(vs / "down_blocks" / level), plan, level);
        let up = |block| UpBlock::new(&(vs / "up_blocks" / block), plan, block);
        Self {
            conv_in: Conv2d::new(&(vs / "conv_in"), topology.in_channels, first, 3).padding(1),
            time_embedding: TimestepEmbedding::new(&(vs / "time_embedding"), first, step, step),
            down_blocks: levels.clone().map(down).collect(),
            mid_block: MidBlock::new(&(vs / "mid_block"), plan),
            up_blocks: levels.map(up).collect(),
            first,
        }
    }

    /// The network's own layers, in the order in which they run.
    pub fn layers(&self) -> impl Iterator<Item = &L> {
        let down = self.down_blocks.iter().map(|block| &block.layers);
        let up = self.up_blocks.iter().map(|block| &block.layers);
        down.chain([&self.mid_block.layers]).chain(up).flat_map(Layers::iter)
    }

    /// A step of the diffusion as a vector (1, size), in the place and numbers of `like`.
    pub fn step(&self, timestep: f64, like: &Tensor, probe: &mut Probe<'_>) -> Tensor {
        let number = Tensor::full([1], timestep, (Kind::Float, like.device()));
        let temb = self.time_embedding.forward(&sinusoid(&number, self.first).to_kind(like.kind()));
        probe.see(|| "time_embedding".to_owned(), &temb);
        temb
    }

    /// Latents to features (N, channels of the first level, rows, columns).
    ///
    /// `steer` may change the first features.
    pub fn forward(
        &self,
        given: Given<'_>,
        steer: impl FnOnce(Tensor) -> Tensor,
        run: &mut L::Run<'_>,
        probe: &mut Probe<'_>,
    ) -> Tensor {
        let Given { latents, frames, temb } = given;
        let x = self.conv_in.forward(latents);
        probe.see(|| "conv_in".to_owned(), &x);
        let mut x = steer(x);
        let mut skips = vec![x.shallow_clone()];
        let mut pass = Pass { temb, frames, run, probe };
        for block in &self.down_blocks {
            x = block.forward(x, &mut skips, &mut pass);
        }
        x = self.mid_block.forward(&x, &mut pass);
        for block in &self.up_blocks {
            x = block.forward(x, &mut skips, &mut pass);
        }
        x
    }
}
