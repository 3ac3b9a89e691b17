//! The residual block of Stable Diffusion's networks (after He et al. 2015, arXiv 1512.03385).

use engine_torch::VarPath;
use engine_torch::layers::{Conv2d, GroupNorm, Linear};
use tch::Tensor;

/// Two normalised convolutions beside a shortcut; where the network has steps, the step's vector is added between.
#[derive(Debug)]
pub struct ResnetBlock2D {
    norm1: GroupNorm,
    conv1: Conv2d,
    time_emb_proj: Option<Linear>,
    norm2: GroupNorm,
    conv2: Conv2d,
    conv_shortcut: Option<Conv2d>,
}

/// The shape of a [`ResnetBlock2D`].
#[derive(Debug, Clone, Copy)]
pub struct ResnetShape {
    /// Channels that come in.
    pub inputs: i64,
    /// Channels that go out.
    pub outputs: i64,
    /// Size of the step's vector, where there is one.
    pub time_embedding: Option<i64>,
    /// Groups of the normalisation.
    pub groups: i64,
    /// Its epsilon.
    pub eps: f64,
}

impl ResnetBlock2D {
    /// `norm1`, `conv1`, `time_emb_proj` where there are steps, `norm2`, `conv2`, and `conv_shortcut` where the number of
    /// channels changes.
    #[must_use]
    pub fn new(vs: &VarPath<'_>, shape: ResnetShape) -> Self {
        let ResnetShape { inputs, outputs, time_embedding, groups, eps } = shape;
        Self {
            norm1: GroupNorm::new(&(vs / "norm1"), groups, inputs, eps),
            conv1: Conv2d::new(&(vs / "conv1"), inputs, outputs, 3).padding(1),
            time_emb_proj: time_embedding.map(|size| Linear::new(&(vs / "time_emb_proj"), size, outputs)),
            norm2: GroupNorm::new(&(vs / "norm2"), groups, outputs, eps),
            conv2: Conv2d::new(&(vs / "conv2"), outputs, outputs, 3).padding(1),
            conv_shortcut: (inputs != outputs).then(|| Conv2d::new(&(vs / "conv_shortcut"), inputs, outputs, 1)),
        }
    }

    /// (N, `inputs`, rows, columns) to (N, `outputs`, rows, columns). `temb` (1 or N, size) is the step's vector before its
    /// activation.
    pub fn forward(&self, x: &Tensor, temb: Option<&Tensor>) -> Tensor {
        let mut hidden = self.conv1.forward(&self.norm1.forward(x).silu_());
        if let (Some(proj), Some(temb)) = (&self.time_emb_proj, temb) {
            hidden += proj.forward(&temb.silu()).unsqueeze(-1).unsqueeze(-1);
        }
        let mut hidden = self.conv2.forward(&self.norm2.forward(&hidden).silu_());
        match &self.conv_shortcut {
            Some(shortcut) => hidden += shortcut.forward(x),
            None => hidden += x,
        }
        hidden
    }
}
