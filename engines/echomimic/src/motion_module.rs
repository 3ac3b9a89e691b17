//! Attention along time: what makes frames of one window a movement (Guo et al. 2023, arXiv 2307.04725).

use engine_diffusion::attention::Attention;
use engine_diffusion::feed_forward::FeedForward;
use engine_diffusion::transformer::Wrapper;
use engine_torch::VarPath;
use engine_torch::layers::LayerNorm;
use tch::{Kind, Tensor};

use crate::unet_config::UNetConfig;

/// Attentions of a module.
const ATTENTIONS: usize = 2;
/// Pixels whose frames attend to each other at once: CUDA's kernels have limits not far above.
const MOST_SEQUENCES: i64 = 32_768;

/// Attention of each pixel's frames to each other.
pub struct MotionModule {
    wrapper: Wrapper,
    attentions: [(LayerNorm, Attention); ATTENTIONS],
    ff_norm: LayerNorm,
    ff: FeedForward,
    positions: Tensor,
}

impl MotionModule {
    /// Groups of the normalisation, whatever the rest of the network has.
    pub const GROUPS: i64 = 32;

    /// `temporal_transformer`; the positions are computed, not read.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, config: &UNetConfig, channels: i64) -> Self {
        let heads = config.motion_heads;
        let transformer = vs / "temporal_transformer";
        let block = &transformer / "transformer_blocks" / 0;
        let attention = |place: usize| {
            let norm = LayerNorm::new(&(&block / "norms" / place), channels);
            (norm, Attention::new(&(&block / "attention_blocks" / place), channels, channels, heads))
        };
        Self {
            wrapper: Wrapper::new(&transformer, Self::GROUPS, channels),
            attentions: std::array::from_fn(attention),
            ff_norm: LayerNorm::new(&(&block / "ff_norm"), channels),
            ff: FeedForward::new(&(&block / "ff"), channels),
            positions: vs.place().put(&positions(config.motion_frames, channels)),
        }
    }

    /// Windows of `frames` frames each, at most as many as there are positions for, one behind the other (windows · frames,
    /// channels, rows, columns), to the same.
    pub fn forward(&self, x: &Tensor, frames: i64) -> Tensor {
        let [n, channels, rows, columns] = x.size4().expect("pictures have four axes").into();
        let (windows, pixels) = (n / frames, rows * columns);
        let tokens = self.wrapper.tokens(x);
        // Each pixel becomes a sequence of its frames, and stays one through all layers but those around.
        let sequences = tokens.view([windows, frames, pixels, channels]).transpose(1, 2).contiguous();
        let sequences = sequences.view([windows * pixels, frames, channels]);
        sequences.split(MOST_SEQUENCES, 0).into_iter().for_each(|part| self.transform(part));
        let tokens = sequences.view([windows, pixels, frames, channels]).transpose(1, 2).contiguous();
        self.wrapper.picture(&tokens.view([n, pixels, channels]), x)
    }

    /// Changes sequences (N, frames, channels) where they lie.
    fn transform(&self, mut sequences: Tensor) {
        let positions = self.positions.narrow(0, 0, sequences.size()[1]);
        for (norm, attention) in &self.attentions {
            let mut placed = norm.forward(&sequences);
            placed += &positions;
            sequences += attention.forward(&placed, &placed);
        }
        sequences += self.ff.forward(&self.ff_norm.forward(&sequences));
    }
}

/// Positions 0 and up as waves (`count`, `channels`), sines and cosines in turn, in 32 bits (Vaswani et al. 2017).
pub fn positions(count: i64, channels: i64) -> Tensor {
    let on_cpu = (Kind::Float, tch::Device::Cpu);
    let exponents = Tensor::arange_start_step(0, channels, 2, on_cpu) * (-10_000_f64.ln() / channels as f64);
    let angles = Tensor::arange(count, on_cpu).unsqueeze(1) * exponents.exp();
    Tensor::stack(&[angles.sin(), angles.cos()], 2).view([count, channels])
}
