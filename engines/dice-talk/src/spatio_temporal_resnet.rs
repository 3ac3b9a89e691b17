//! The residual block of networks that paint several frames together: one half looks at each frame by itself, one at each
//! pixel along time (Blattmann et al. 2023, arXiv 2311.15127).

use engine_diffusion::resnet::{ResnetBlock2D, ResnetShape};
use engine_torch::VarPath;
use engine_torch::layers::{GroupNorm, Linear, TemporalConv};
use tch::Tensor;

use crate::time_mixer::{Half, TimeMixer};

/// Frames that the temporal half's convolutions see at once.
const KERNEL: i64 = 3;

/// Both halves, the temporal one behind the spatial one, and the mixing of what both give.
#[derive(Debug)]
pub struct SpatioTemporalResBlock {
    /// The half that looks at each frame by itself.
    pub spatial: ResnetBlock2D,
    /// The half that looks along time.
    pub temporal: TemporalResBlock,
    time_mixer: TimeMixer,
}

/// The shape of a [`SpatioTemporalResBlock`].
#[derive(Debug, Clone, Copy)]
pub struct SpatioTemporalShape {
    /// The spatial half, and the block as a whole.
    pub spatial: ResnetShape,
    /// The epsilon of the temporal half's normalisations.
    pub temporal_eps: f64,
    /// The half that the learned share belongs to.
    pub mixed_by: Half,
}

impl SpatioTemporalResBlock {
    /// `spatial_res_block`, `temporal_res_block` and `time_mixer`.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, shape: SpatioTemporalShape) -> Self {
        let SpatioTemporalShape { spatial, temporal_eps, mixed_by } = shape;
        let temporal = ResnetShape { inputs: spatial.outputs, eps: temporal_eps, ..spatial };
        Self {
            spatial: ResnetBlock2D::new(&(vs / "spatial_res_block"), spatial),
            temporal: TemporalResBlock::new(&(vs / "temporal_res_block"), temporal),
            time_mixer: TimeMixer::new(&(vs / "time_mixer"), mixed_by),
        }
    }

    /// Windows of `frames` frames each, one behind the other (windows · frames, `inputs`, rows, columns), to
    /// (windows · frames, `outputs`, rows, columns). `temb` (1 or windows · frames, size) is the step's vector before its
    /// activation.
    pub fn forward(&self, x: &Tensor, frames: i64, temb: Option<&Tensor>) -> Tensor {
        self.along_time(self.spatial.forward(x, temb), frames, temb)
    }

    /// The same without the spatial half, whose result is given: what that was made of need not be held any longer.
    pub fn along_time(&self, spatial: Tensor, frames: i64, temb: Option<&Tensor>) -> Tensor {
        let [n, channels, rows, columns] = spatial.size4().expect("pictures have four axes").into();
        let along_time = [n / frames, frames, channels, rows * columns];
        let spatial = spatial.view(along_time);
        let temporal = self.temporal.forward(&spatial.transpose(1, 2).contiguous(), temb);
        self.time_mixer.mix(spatial, &temporal.transpose(1, 2)).view([n, channels, rows, columns])
    }
}

/// Two normalised convolutions along time beside a shortcut; where the network has steps, the step's vector is added between.
#[derive(Debug)]
pub struct TemporalResBlock {
    norm1: GroupNorm,
    conv1: TemporalConv,
    time_emb_proj: Option<Linear>,
    norm2: GroupNorm,
    conv2: TemporalConv,
}

impl TemporalResBlock {
    /// `norm1`, `conv1`, `time_emb_proj` where there are steps, `norm2` and `conv2`.
    ///
    /// # Panics
    /// As many channels do not go out as come in.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, shape: ResnetShape) -> Self {
        let ResnetShape { inputs, outputs: channels, time_embedding, groups, eps } = shape;
        assert_eq!(inputs, channels, "the shortcut changes nothing");
        let norm = |name| GroupNorm::new(&(vs / name), groups, channels, eps);
        let conv = |name| TemporalConv::new(&(vs / name), channels, channels, KERNEL);
        Self {
            norm1: norm("norm1"),
            conv1: conv("conv1"),
            time_emb_proj: time_embedding.map(|size| Linear::new(&(vs / "time_emb_proj"), size, channels)),
            norm2: norm("norm2"),
            conv2: conv("conv2"),
        }
    }

    /// Windows (windows, channels, frames, pixels) to the same. `temb` is as in [`SpatioTemporalResBlock::forward`].
    pub fn forward(&self, x: &Tensor, temb: Option<&Tensor>) -> Tensor {
        let mut hidden = self.conv1.forward(&self.norm1.forward(x).silu_());
        if let (Some(proj), Some(temb)) = (&self.time_emb_proj, temb) {
            let step = proj.forward(&temb.silu());
            let [n, channels] = step.size2().expect("a vector for all frames, or one for each").into();
            let by_window = if n == 1 { 1 } else { x.size()[0] };
            hidden += step.view([by_window, n / by_window, channels]).transpose(1, 2).unsqueeze(-1);
        }
        let normed = self.norm2.forward(&hidden).silu_();
        drop(hidden);
        let mut hidden = self.conv2.forward(&normed);
        hidden += x;
        hidden
    }
}
