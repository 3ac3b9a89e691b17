//! The transformer behind a residual block: over each frame's pixels, then over each pixel's frames.

use engine_diffusion::attention::Attention;
use engine_diffusion::embeddings::{TimestepEmbedding, sinusoid};
use engine_diffusion::feed_forward::FeedForward;
use engine_diffusion::transformer::Wrapper;
use engine_diffusion::unet::Probe;
use engine_torch::VarPath;
use engine_torch::layers::LayerNorm;
use tch::{Kind, Tensor};

use super::adapted_attention::AdaptedAttention;
use super::config::UNetConfig;
use super::contexts::Contexts;
use crate::time_mixer::{Half, TimeMixer};

/// How many times wider the middle is of what tells a frame's place.
const WIDENING: i64 = 4;
/// Pixels whose frames attend to each other at once: CUDA's kernels have limits not far above.
const MOST_SEQUENCES: i64 = 32_768;

/// Both halves, the temporal one behind the spatial one, and the mixing of what both give.
#[derive(Debug)]
pub struct SpatioTemporalTransformer {
    wrapper: Wrapper,
    spatial: Block,
    time_pos_embed: TimestepEmbedding,
    norm_in: LayerNorm,
    ff_in: FeedForward,
    temporal: Block,
    time_mixer: TimeMixer,
    channels: i64,
}

/// What all attentions of one run look at.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'s> {
    /// Frames of a window.
    pub frames: i64,
    /// Of each frame by itself, or of each window.
    pub spatial: &'s Contexts,
    /// Of each window.
    pub temporal: &'s Contexts,
}

impl SpatioTemporalTransformer {
    /// `norm`, `proj_in`, `transformer_blocks.0`, `time_pos_embed`, `temporal_transformer_blocks.0`, `time_mixer`, `proj_out`.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, config: &UNetConfig, channels: i64, heads: i64) -> Self {
        let temporal = vs / "temporal_transformer_blocks" / 0;
        let context = config.cross_attention_dim;
        let inner = WIDENING * channels;
        Self {
            wrapper: Wrapper::new(vs, UNetConfig::GROUPS, channels),
            spatial: Block::new(&(vs / "transformer_blocks" / 0), channels, context, heads),
            time_pos_embed: TimestepEmbedding::new(&(vs / "time_pos_embed"), channels, inner, channels),
            norm_in: LayerNorm::new(&(&temporal / "norm_in"), channels),
            ff_in: FeedForward::new(&(&temporal / "ff_in"), channels),
            temporal: Block::new(&temporal, channels, context, heads),
            time_mixer: TimeMixer::new(&(vs / "time_mixer"), Half::Spatial),
            channels,
        }
    }

    /// Windows, one behind the other (windows · frames, channels, rows, columns), to the same. `mask` (rows · columns, 1) says
    /// how much of speech and emotion each pixel takes up in the spatial half.
    pub fn forward(&self, x: &Tensor, around: Surroundings<'_>, mask: &Tensor, probe: &mut Probe<'_>) -> Tensor {
        let tokens = self.wrapper.tokens(x);
        self.spatial.forward(&tokens, tokens.shallow_clone(), around.spatial, Some(mask), probe);
        let [n, pixels, channels] = tokens.size3().expect("tokens have three axes").into();
        let by_frame = tokens.view([n / around.frames, around.frames, pixels, channels]);
        let along_time = self.along_time(&by_frame.transpose(1, 2), around, probe);
        let tokens = self.time_mixer.mix(by_frame, &along_time.transpose(1, 2));
        self.wrapper.picture(&tokens.flatten(0, 1), x)
    }

    /// What pixels make of their frames (windows, pixels, frames, channels).
    fn along_time(&self, x: &Tensor, around: Surroundings<'_>, probe: &mut Probe<'_>) -> Tensor {
        let [windows, pixels, frames, channels] = x.size4().expect("pixels have frames").into();
        // Each pixel becomes a sequence of its frames, and stays one through all layers.
        let mut sequences = Tensor::empty(x.size(), (x.kind(), x.device()));
        let _ = x.add_out(&sequences, &self.places(frames, x));
        sequences += self.ff_in.forward(&self.norm_in.forward(&sequences));
        let [by_pixel, by_window] = [[windows * pixels, frames], [windows, pixels * frames]]
            .map(|[n, tokens]| sequences.view([n, tokens, channels]));
        self.temporal.forward(&by_pixel, by_window, around.temporal, None, probe);
        sequences
    }

    /// What tells frames their places (`frames`, channels), which begin anew in each window.
    fn places(&self, frames: i64, like: &Tensor) -> Tensor {
        let numbers = Tensor::arange(frames, (Kind::Float, like.device()));
        self.time_pos_embed.forward(&sinusoid(&numbers, self.channels).to_kind(like.kind()))
    }
}

/// Attention of tokens to each other and to contexts, and layers behind.
#[derive(Debug)]
struct Block {
    path: String,
    norm1: LayerNorm,
    attn1: Attention,
    norm2: LayerNorm,
    attn2: AdaptedAttention,
    norm3: LayerNorm,
    ff: FeedForward,
}

impl Block {
    /// `norm1`, `attn1`, `norm2`, `attn2`, `norm3` and `ff`.
    fn new(vs: &VarPath<'_>, channels: i64, context: i64, heads: i64) -> Self {
        let norm = |name| LayerNorm::new(&(vs / name), channels);
        Self {
            path: vs.to_string(),
            norm1: norm("norm1"),
            attn1: Attention::new(&(vs / "attn1"), channels, channels, heads),
            norm2: norm("norm2"),
            attn2: AdaptedAttention::new(&(vs / "attn2"), channels, context, heads),
            norm3: norm("norm3"),
            ff: FeedForward::new(&(vs / "ff"), channels),
        }
    }

    /// Changes tokens where they lie: `among` are those that attend to each other (N, tokens, channels), `all` the same in the
    /// rows that contexts go for.
    fn forward(
        &self,
        among: &Tensor,
        mut all: Tensor,
        contexts: &Contexts,
        mask: Option<&Tensor>,
        probe: &mut Probe<'_>,
    ) {
        let path = &self.path;
        for mut part in among.split(MOST_SEQUENCES, 0) {
            let normed = self.norm1.forward(&part);
            part += self.attn1.forward(&normed, &normed);
        }
        let seen = self.attn2.forward(&self.norm2.forward(&all), contexts, mask);
        probe.see(|| format!("{path}.attn2"), &seen);
        all += seen;
        let thought = self.ff.forward(&self.norm3.forward(&all));
        probe.see(|| format!("{path}.ff"), &thought);
        all += thought;
        probe.see(|| path.clone(), &all);
    }
}
