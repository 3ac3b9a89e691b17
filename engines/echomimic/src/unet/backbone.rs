//! The UNet itself: down to small pictures with many channels, and up again beside what was left on the way (Ronneberger et
//! al. 2015, arXiv 1505.04597).

use engine_diffusion::embeddings::{TimestepEmbedding, sinusoid};
use engine_torch::VarPath;
use engine_torch::layers::Conv2d;
use tch::{Kind, Tensor};

use super::blocks::{DownBlock, Layer, Layers, MidBlock, UpBlock};
use super::config::UNetConfig;
use super::pass::{Pass, Probe};

/// Stable Diffusion's UNet without its head, with a network's own layers.
pub struct Backbone<L> {
    conv_in: Conv2d,
    time_embedding: TimestepEmbedding,
    down_blocks: Vec<DownBlock<L>>,
    mid_block: MidBlock<L>,
    up_blocks: Vec<UpBlock<L>>,
    first: i64,
}

impl<L: Layer> Backbone<L> {
    /// `conv_in`, `time_embedding`, `down_blocks.0` and so on, `mid_block`, `up_blocks.0` and so on.
    pub(crate) fn new(vs: &VarPath<'_>, config: &UNetConfig) -> Self {
        let levels = 0..config.block_out_channels.len();
        let down = |level| DownBlock::new(&(vs / "down_blocks" / level), config, level);
        let up = |level| UpBlock::new(&(vs / "up_blocks" / level), config, level);
        Self {
            conv_in: Conv2d::new(&(vs / "conv_in"), config.in_channels, config.first(), 3).padding(1),
            time_embedding: TimestepEmbedding::new(&(vs / "time_embedding"), config.first(), config.time_embedding()),
            down_blocks: levels.clone().map(down).collect(),
            mid_block: MidBlock::new(&(vs / "mid_block"), config),
            up_blocks: levels.map(up).collect(),
            first: config.first(),
        }
    }

    /// The network's own layers, in the order in which they run.
    pub(crate) fn layers(&self) -> impl Iterator<Item = &L> {
        let down = self.down_blocks.iter().map(|block| &block.layers);
        let up = self.up_blocks.iter().map(|block| &block.layers);
        down.chain([&self.mid_block.layers]).chain(up).flat_map(Layers::iter)
    }

    /// The paths of their attentions, in the order in which they run.
    pub(crate) fn attentions(&self) -> impl Iterator<Item = &str> {
        self.layers().filter_map(L::attention)
    }

    /// Latents (N, 4, rows, columns) at a step of the diffusion to features (N, channels of the first level, rows, columns).
    ///
    /// `steer` may change the first features.
    pub(crate) fn forward(
        &self,
        latents: &Tensor,
        timestep: i64,
        steer: impl FnOnce(Tensor) -> Tensor,
        run: &mut L::Run<'_>,
        probe: &mut Probe<'_>,
    ) -> Tensor {
        let number = Tensor::full([1], timestep, (Kind::Float, latents.device()));
        let waves = sinusoid(&number, self.first).to_kind(latents.kind());
        let temb = self.time_embedding.forward(&waves);
        probe.see(|| "time_embedding".to_owned(), &temb);
        let x = self.conv_in.forward(latents);
        probe.see(|| "conv_in".to_owned(), &x);
        let mut x = steer(x);
        let mut skips = vec![x.shallow_clone()];
        let mut pass = Pass { temb: &temb, run, probe };
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
