//! A layer of a vision transformer (Dosovitskiy et al. 2020, arXiv 2010.11929).

use engine_torch::layers::{LayerNorm, Linear};
use engine_torch::{VarPath, heads};
use tch::Tensor;

use super::config::ClipConfig;

/// Attention and perceptron, each after a normalisation and added to what it got.
#[derive(Debug)]
pub(super) struct Layer {
    layer_norm1: LayerNorm,
    self_attn: Attention,
    layer_norm2: LayerNorm,
    fc1: Linear,
    fc2: Linear,
}

impl Layer {
    /// `layer_norm1`, `self_attn`, `layer_norm2`, `mlp.fc1` and `mlp.fc2`.
    pub(super) fn new(vs: &VarPath<'_>, config: &ClipConfig) -> Self {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let mlp = vs / "mlp";
        Self {
            layer_norm1: LayerNorm::new(&(vs / "layer_norm1"), hidden),
            self_attn: Attention::new(&(vs / "self_attn"), hidden, config.num_attention_heads),
            layer_norm2: LayerNorm::new(&(vs / "layer_norm2"), hidden),
            fc1: Linear::new(&(&mlp / "fc1"), hidden, inner),
            fc2: Linear::new(&(&mlp / "fc2"), inner, hidden),
        }
    }

    /// Tokens (N, tokens, channels) to the same.
    pub(super) fn forward(&self, x: &Tensor) -> Tensor {
        let mut x = self.self_attn.forward(&self.layer_norm1.forward(x)) + x;
        x += self.fc2.forward(&self.fc1.forward(&self.layer_norm2.forward(&x)).gelu("none"));
        x
    }
}

/// Every token looks at every other.
#[derive(Debug)]
struct Attention {
    q_proj: Linear,
    k_proj: Linear,
    v_proj: Linear,
    out_proj: Linear,
    heads: i64,
}

impl Attention {
    fn new(vs: &VarPath<'_>, channels: i64, heads: i64) -> Self {
        let [q_proj, k_proj, v_proj, out_proj] =
            ["q_proj", "k_proj", "v_proj", "out_proj"].map(|name| Linear::new(&(vs / name), channels, channels));
        Self { q_proj, k_proj, v_proj, out_proj, heads }
    }

    fn forward(&self, x: &Tensor) -> Tensor {
        let [q, k, v] =
            [&self.q_proj, &self.k_proj, &self.v_proj].map(|part| heads::by_head(&part.forward(x), self.heads));
        self.out_proj.forward(&heads::gathered(&q, &k, &v))
    }
}
