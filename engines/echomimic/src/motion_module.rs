//! Attention along time: what makes frames of one window a movement (Guo et al. 2023, arXiv 2307.04725).

use engine_diffusion::attention::Attention;
use engine_diffusion::feed_forward::FeedForward;
use engine_torch::VarPath;
use engine_torch::layers::{GroupNorm, LayerNorm, Linear};
use tch::{Kind, Tensor};

use crate::unet::UNetConfig;

/// Groups of the normalisation, whatever the rest of the network has.
const GROUPS: i64 = 32;
/// Attentions of a module.
const ATTENTIONS: usize = 2;
/// Pixels whose frames attend to each other at once: CUDA's kernels have limits not far above.
const MOST_SEQUENCES: i64 = 32_768;

/// Attention of each pixel's frames to each other.
pub struct MotionModule {
    norm: GroupNorm,
    proj_in: Linear,
    attentions: [(LayerNorm, Attention); ATTENTIONS],
    ff_norm: LayerNorm,
    ff: FeedForward,
    proj_out: Linear,
    positions: Tensor,
}

impl MotionModule {
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
            norm: GroupNorm::new(&(&transformer / "norm"), GROUPS, channels, UNetConfig::ATTENTION_EPS),
            proj_in: Linear::new(&(&transformer / "proj_in"), channels, channels),
            attentions: std::array::from_fn(attention),
            ff_norm: LayerNorm::new(&(&block / "ff_norm"), channels),
            ff: FeedForward::new(&(&block / "ff"), channels),
            proj_out: Linear::new(&(&transformer / "proj_out"), channels, channels),
            positions: positions(config.motion_frames, channels).to_device(vs.place().device).to_kind(vs.place().kind),
        }
    }

    /// Windows of `frames` frames each, at most as many as there are positions for, one behind the other (windows · frames, channels, rows, columns), to the same.
    pub fn forward(&self, x: &Tensor, frames: i64) -> Tensor {
        let [n, channels, rows, columns] = x.size4().expect("pictures have four axes").into();
        let windows = n / frames;
        // Each pixel becomes a sequence of its frames and stays one to the end: nothing else looks beyond one number's channels.
        let sequences = self.norm.forward(x).view([windows, frames, channels, rows * columns]).permute([0, 3, 1, 2]);
        let sequences = sequences.reshape([windows * rows * columns, frames, channels]);
        let parts: Vec<Tensor> = sequences.split(MOST_SEQUENCES, 0).iter().map(|part| self.transformed(part)).collect();
        let pictures = Tensor::cat(&parts, 0).view([windows, rows * columns, frames, channels]).permute([0, 2, 3, 1]);
        pictures.reshape([n, channels, rows, columns]) + x
    }

    /// Sequences (N, frames, channels) to the same.
    fn transformed(&self, sequences: &Tensor) -> Tensor {
        let positions = self.positions.narrow(0, 0, sequences.size()[1]);
        let mut y = self.proj_in.forward(sequences);
        for (norm, attention) in &self.attentions {
            let placed = norm.forward(&y) + &positions;
            y += attention.forward(&placed, &placed);
        }
        y += self.ff.forward(&self.ff_norm.forward(&y));
        self.proj_out.forward(&y)
    }
}

/// Positions 0 and up as waves (`count`, `channels`), sines and cosines in turn, in 32 bits (Vaswani et al. 2017).
pub fn positions(count: i64, channels: i64) -> Tensor {
    let on_cpu = (Kind::Float, tch::Device::Cpu);
    let exponents = Tensor::arange_start_step(0, channels, 2, on_cpu) * (-10_000_f64.ln() / channels as f64);
    let angles = Tensor::arange(count, on_cpu).unsqueeze(1) * exponents.exp();
    Tensor::stack(&[angles.sin(), angles.cos()], 2).view([count, channels])
}
